/* What heads of attention do with repeated tokens. */
#include "analyze/method/task/induction.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/rng.h"

#include "train/numeric/gemm.h"
#include "train/numeric/linalg.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* ---- Sequences ---- */

static bool
is_among(uint16_t token, const uint16_t *tokens, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (tokens[i] == token)
            return true;
    return false;
}

/* A token that has come before gives way to the next choice that has not. */
void
gsc_induction_tokens(const gsc_repeated *repeated, uint64_t index, uint16_t *tokens)
{
    size_t length = repeated->length, n = repeated->num_choices;
    uint64_t stream = gsc_rng_stream("induction:tokens");
    for (size_t i = 0; i < length; i++) {
        size_t at =
            (size_t)gsc_rng_below(repeated->seed, stream, index * length + i, n);
        while (length <= n && is_among(repeated->choices[at], tokens, i))
            at = (at + 1) % n;
        tokens[i] = repeated->choices[at];
    }
    for (size_t c = 1; c < repeated->copies; c++)
        memcpy(tokens + c * length, tokens, length * sizeof *tokens);
}

/* ---- Attention ---- */

gsc_head_attention
gsc_induction_attention(const double *pattern, size_t keys, const uint16_t *tokens,
                        size_t first, size_t end)
{
    gsc_head_attention sum = {0, 0, 0};
    for (size_t q = 1; q < end; q++) {
        const double *row = pattern + q * keys;
        sum.previous_token += row[q - 1];
        for (size_t j = 0; q >= first && j < q; j++) {
            if (tokens[j] != tokens[q])
                continue;
            sum.prefix_matching += row[j + 1];
            sum.duplicate_token += row[j];
        }
    }
    double queries = (double)(end - first);
    return (gsc_head_attention){sum.prefix_matching / queries,
                                sum.previous_token / (double)(end - 1),
                                sum.duplicate_token / queries};
}

/* ---- Copying ---- */

/* The share of a row's rise that one output has. */
static double
share_of_rise(const double *row, size_t outputs, size_t own)
{
    double mean = 0, sum = 0;
    for (size_t c = 0; c < outputs; c++)
        mean += row[c] / (double)outputs;
    for (size_t c = 0; c < outputs; c++)
        sum += fmax(0, row[c] - mean);
    return sum > 0 ? fmax(0, row[own] - mean) / sum : 0;
}

/* Rows of M at a time, so that they take 32 MB at most. */
enum { MOST_NUMBERS = 1 << 22 };

int
gsc_induction_copied_share(const gsc_matrix *read, const gsc_matrix *write,
                           const size_t *outputs, size_t most, double *share)
{
    int status = 0;
    size_t e = read->cols, count = most > 0 && most < read->rows ? most : read->rows;
    size_t at_once = write->cols < MOST_NUMBERS ? MOST_NUMBERS / write->cols : 1;
    gsc_matrix rows = {0}, m = {0};
    at_once = at_once < count ? at_once : count;
    if (count == 0)
        return gsc_fail(GSC_EARGUMENT, "copying: no output stands for a token");
    GSC_TRY(gsc_matrix_init(&rows, at_once, e));
    GSC_TRY(gsc_matrix_init(&m, at_once, write->cols));
    *share = 0;
    for (size_t first = 0; first < count; first += at_once) {
        size_t n = count - first < at_once ? count - first : at_once;
        for (size_t i = 0; i < n; i++) {
            size_t t = (first + i) * read->rows / count;
            memcpy(rows.data + i * e, read->data + t * e, e * sizeof(double));
        }
        gsc_gemm_f64(false, false, n, m.cols, e, 1, rows.data, e, write->data,
                     write->cols, 0, m.data, m.cols); /* M = R W */
        for (size_t i = 0; i < n; i++) {
            size_t t = (first + i) * read->rows / count;
            *share +=
                share_of_rise(m.data + i * m.cols, m.cols, outputs[t]) / (double)count;
        }
    }
out:
    gsc_matrix_free(&rows);
    gsc_matrix_free(&m);
    return status;
}

/* sum lambda / sum |lambda| of the square matrix R P, P the chosen columns of W, by the
 * eigenvalues of P R. */
int
gsc_induction_eigenvalues(const gsc_matrix *read, const gsc_matrix *write,
                          const size_t *outputs, double *ratio)
{
    int status = 0;
    size_t e = read->cols;
    gsc_matrix chosen = {0}, product = {0};
    double *re = NULL, *im = NULL, sum = 0, total = 0;
    if (read->rows == 0)
        return gsc_fail(GSC_EARGUMENT, "copying: no output stands for a token");
    GSC_TRY(gsc_matrix_init(&chosen, e, read->rows));
    GSC_TRY(gsc_matrix_init(&product, e, e));
    GSC_NEW(re, e);
    GSC_NEW(im, e);
    for (size_t i = 0; i < e; i++)
        for (size_t t = 0; t < read->rows; t++)
            chosen.data[i * read->rows + t] = write->data[i * write->cols + outputs[t]];
    gsc_gemm_f64(false, false, e, e, read->rows, 1, chosen.data, read->rows, read->data,
                 e, 0, product.data, e); /* P R */
    GSC_TRY(gsc_eigenvalues(&product, re, im));
    for (size_t i = 0; i < e; i++) {
        sum += re[i];
        total += hypot(re[i], im[i]);
    }
    *ratio = total > 0 ? sum / total : (double)NAN;
out:
    gsc_matrix_free(&chosen);
    gsc_matrix_free(&product);
    free(re);
    free(im);
    return status;
}
