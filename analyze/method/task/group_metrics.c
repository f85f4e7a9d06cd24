/* What a network that composes the elements of a group has of its representations. */
#include "grokscope/group_metrics.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "train/numeric/gemm.h"
#include "train/numeric/hot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* coefficients [rank, m] = Bᵀ W. Room for order m, as much as any rank asks for. */
static void
transform(const gsc_irrep *irrep, size_t order, const double *w, size_t m,
          double *coefficients)
{
    gsc_gemm_f64(true, false, irrep->rank, m, order, 1, irrep->basis, irrep->rank, w, m,
                 0, coefficients, m);
}

/* |Bᵀ W|^2 */
static double
power_on(const gsc_irrep *irrep, size_t order, const double *w, size_t m,
         double *coefficients)
{
    transform(irrep, order, w, m, coefficients);
    return gsc_matrix_squares(&(gsc_matrix){irrep->rank, m, coefficients});
}

/* ---- Weights ---- */

int
gsc_group_metrics_fve(const gsc_irreps *irreps, const gsc_matrix *w, double *fve)
{
    int status = 0;
    size_t order = irreps->order, m = w->cols;
    double *coefficients = NULL;
    if (w->rows != order)
        return gsc_fail(GSC_EARGUMENT,
                        "a matrix [%zu, %zu] on representations of %zu elements",
                        w->rows, m, order);
    GSC_NEW(coefficients, order * m);
    double all = gsc_matrix_squares(w);
    for (size_t i = 0; i < irreps->count; i++)
        fve[i] = power_on(&irreps->items[i], order, w->data, m, coefficients) / all;
out:
    free(coefficients);
    return status;
}

/* ---- Sums over all pairs ---- */

int
gsc_group_sums_init(gsc_group_sums *sums, const gsc_group *group, bool logits,
                    size_t width)
{
    int status = 0;
    size_t order = group->order;
    *sums = (gsc_group_sums){.group = group, .width = width};
    if (logits)
        GSC_NEW(sums->logits, order * order);
    if (width > 0) {
        GSC_NEW(sums->work, width);
        GSC_NEW(sums->mean, width);
        GSC_NEW(sums->x, order * width);
        GSC_NEW(sums->y, order * width);
        GSC_NEW(sums->xy, order * width);
    }
out:
    if (status < 0)
        gsc_group_sums_free(sums);
    return status;
}

void
gsc_group_sums_free(gsc_group_sums *sums)
{
    free(sums->work);
    free(sums->logits);
    free(sums->x);
    free(sums->y);
    free(sums->xy);
    free(sums->mean);
    *sums = (gsc_group_sums){0};
}

/* Add a row less its mean to `sum`; returns the square of what was added. */
static GSC_HOT double
add_centred(const double *row, size_t n, double *sum)
{
    double mean = 0, squares = 0;
#pragma omp simd reduction(+ : mean)
    for (size_t i = 0; i < n; i++)
        mean += row[i];
    mean /= (double)n;
#pragma omp simd reduction(+ : squares)
    for (size_t i = 0; i < n; i++) {
        double centred = row[i] - mean;
        sum[i] += centred;
        squares += centred * centred;
    }
    return squares;
}

/* Row number `count`, from 1, joins mean and squares around it (Welford, Technometrics
 * 4, 1962). */
static GSC_HOT double
join_mean(const double *row, size_t n, double count, double *mean)
{
    double squares = 0, share = 1 / count;
#pragma omp simd reduction(+ : squares)
    for (size_t i = 0; i < n; i++) {
        double apart = row[i] - mean[i];
        mean[i] += apart * share;
        squares += apart * (row[i] - mean[i]);
    }
    return squares;
}

static GSC_HOT void
add_to(const double *row, size_t n, double *sum)
{
    for (size_t i = 0; i < n; i++)
        sum[i] += row[i];
}

static const double *
as_doubles(const gsc_group_block *block, size_t row, size_t m, double *work)
{
    if (block->type == GSC_FLOAT64)
        return (const double *)block->hidden + row * m;
    for (size_t i = 0; i < m; i++)
        work[i] = (double)((const float *)block->hidden)[row * m + i];
    return work;
}

void
gsc_group_sums_add(gsc_group_sums *sums, const gsc_group_block *block)
{
    size_t order = sums->group->order, m = sums->width;
    for (size_t i = 0; i < block->count; i++) {
        size_t pair = block->first + i, x = pair / order, y = pair % order;
        size_t g = gsc_group_product(sums->group, x, y);
        sums->count++;
        if (sums->logits)
            sums->logit_squares +=
                add_centred(block->logits + i * order, order, sums->logits + g * order);
        if (m == 0)
            continue;
        const double *row = as_doubles(block, i, m, sums->work);
        sums->hidden_squares += join_mean(row, m, (double)sums->count, sums->mean);
        add_to(row, m, sums->x + x * m);
        add_to(row, m, sums->y + y * m);
        add_to(row, m, sums->xy + g * m);
    }
}

/* With n and k rows: mean += (k / (n + k)) apart, squares += (n k / (n + k)) apart^2 */
static double
merge_means(double *mean, double n, const double *more, double k, size_t m)
{
    double squares = 0;
    for (size_t i = 0; i < m; i++) {
        double apart = more[i] - mean[i];
        mean[i] += k / (n + k) * apart;
        squares += n * k / (n + k) * apart * apart;
    }
    return squares;
}

void
gsc_group_sums_merge(gsc_group_sums *sums, const gsc_group_sums *more)
{
    size_t order = sums->group->order, m = sums->width;
    if (more->count == 0)
        return;
    if (sums->logits)
        add_to(more->logits, order * order, sums->logits);
    sums->logit_squares += more->logit_squares;
    if (m > 0) {
        sums->hidden_squares +=
            more->hidden_squares + merge_means(sums->mean, (double)sums->count,
                                               more->mean, (double)more->count, m);
        add_to(more->x, order * m, sums->x);
        add_to(more->y, order * m, sums->y);
        add_to(more->xy, order * m, sums->xy);
    }
    sums->count += more->count;
}

/* ---- What they say ---- */

static int
check_sums(const gsc_group_sums *sums, const gsc_irreps *irreps, bool has,
           const char *what)
{
    size_t order = sums->group->order;
    if (irreps->order != order)
        return gsc_fail(GSC_EARGUMENT,
                        "representations of %zu elements, sums over pairs of %zu",
                        irreps->order, order);
    if (!has)
        return gsc_fail(GSC_EARGUMENT, "sums without %s", what);
    if (sums->count != order * order)
        return gsc_fail(GSC_EARGUMENT, "sums over %zu pairs, expected all %zu",
                        sums->count, order * order);
    return 0;
}

/* folded[s]: the sum over g z^-1 = s. */
static void
fold(const gsc_group *group, const double *table, double *folded)
{
    size_t order = group->order;
    for (size_t g = 0; g < order; g++)
        for (size_t z = 0; z < order; z++)
            folded[gsc_group_product(group, g, group->inverse[z])] +=
                table[g * order + z];
}

int
gsc_group_metrics_similarity(const gsc_group_sums *sums, const gsc_irreps *irreps,
                             double *similarity, double *explained)
{
    int status = 0;
    size_t order = sums->group->order;
    double *folded = NULL, n = (double)order;
    GSC_TRY(check_sums(sums, irreps, sums->logits != NULL, "logits"));
    GSC_NEW(folded, order);
    fold(sums->group, sums->logits, folded);
    *explained = 0;
    for (size_t i = 0; i < irreps->count; i++) {
        const gsc_irrep *irrep = &irreps->items[i];
        double product = 0;
        for (size_t s = 0; s < order; s++)
            product += folded[s] * irrep->character[s];
        similarity[i] =
            product / sqrt(sums->logit_squares * n * n * n * (double)irrep->type);
        if (!irrep->trivial)
            *explained += similarity[i] * similarity[i];
    }
out:
    free(folded);
    return status;
}

/* The sums of activations less their mean, each row being of order pairs. */
static void
centre_sums(const gsc_group_sums *sums, const double *table, double *centred)
{
    size_t m = sums->width;
    for (size_t i = 0; i < sums->group->order * m; i++)
        centred[i] = table[i] - (double)sums->group->order * sums->mean[i % m];
}

int
gsc_group_metrics_hidden(const gsc_group_sums *sums, const gsc_irreps *irreps,
                         gsc_hidden_fve *fve)
{
    int status = 0;
    size_t order = sums->group->order, m = sums->width;
    const double *const tables[] = {sums->x, sums->y, sums->xy};
    double *centred = NULL, *coefficients = NULL;
    double all = sums->hidden_squares * (double)order;
    GSC_TRY(check_sums(sums, irreps, m > 0, "activations"));
    GSC_NEW(centred, order * m);
    GSC_NEW(coefficients, order * m);
    for (size_t t = 0; t < 3; t++) {
        centre_sums(sums, tables[t], centred);
        for (size_t i = 0; i < irreps->count; i++) {
            double *const shares[] = {&fve[i].x, &fve[i].y, &fve[i].xy};
            *shares[t] =
                power_on(&irreps->items[i], order, centred, m, coefficients) / all;
        }
    }
out:
    free(centred);
    free(coefficients);
    return status;
}

/* ---- Ablation ---- */

static int
check_keys(const gsc_irreps *irreps, const size_t *keys, size_t num_keys,
           const gsc_matrix *map, size_t m)
{
    if (map->rows != m || map->cols != irreps->order)
        return gsc_fail(GSC_EARGUMENT,
                        "what units write to the logits is [%zu, %zu], expected "
                        "[%zu, %zu]",
                        map->rows, map->cols, m, irreps->order);
    for (size_t i = 0; i < num_keys; i++)
        if (keys[i] >= irreps->count)
            return gsc_fail(GSC_EARGUMENT, "representation %zu of %zu", keys[i],
                            irreps->count);
    return 0;
}

int
gsc_group_metrics_keep(const gsc_group_sums *sums, const gsc_irreps *irreps,
                       const size_t *keys, size_t num_keys, const gsc_matrix *map,
                       gsc_matrix *kept)
{
    int status = 0;
    size_t order = sums->group->order, m = sums->width;
    double *coefficients = NULL, *hidden = NULL;
    *kept = (gsc_matrix){0};
    GSC_TRY(check_sums(sums, irreps, m > 0, "activations"));
    GSC_TRY(check_keys(irreps, keys, num_keys, map, m));
    GSC_NEW(coefficients, order * m);
    GSC_NEW(hidden, order * m);
    GSC_TRY(gsc_matrix_init(kept, order, order));
    for (size_t i = 0; i < num_keys; i++) {
        const gsc_irrep *irrep = &irreps->items[keys[i]];
        transform(irrep, order, sums->xy, m, coefficients);
        gsc_gemm_f64(false, false, order, m, irrep->rank, 1 / (double)order,
                     irrep->basis, irrep->rank, coefficients, m, 1, hidden, m);
    }
    gsc_gemm_f64(false, false, order, order, m, 1, hidden, m, map->data, order, 0,
                 kept->data, order);
out:
    free(coefficients);
    free(hidden);
    return status;
}

int
gsc_group_metrics_restricted(const gsc_matrix *kept, gsc_scores *means)
{
    int status = 0;
    uint16_t *labels = NULL;
    GSC_NEW(labels, kept->rows);
    for (size_t g = 0; g < kept->rows; g++)
        labels[g] = (uint16_t)g;
    GSC_TRY(gsc_scores_of(kept->data, kept->rows, kept->cols, labels, NULL, kept->rows,
                          means));
out:
    free(labels);
    return status;
}

int
gsc_group_metrics_exclude(const gsc_group *group, const gsc_matrix *kept,
                          const gsc_group_block *block, const bool *train,
                          gsc_scores *sums)
{
    int status = 0;
    size_t order = group->order;
    double *row = NULL, *work = NULL;
    if (kept->rows != order || kept->cols != order)
        return gsc_fail(GSC_EARGUMENT,
                        "a table of logits [%zu, %zu] of a group of %zu elements",
                        kept->rows, kept->cols, order);
    GSC_NEW(row, order);
    GSC_NEW(work, order);
    for (size_t i = 0; i < block->count; i++) {
        size_t pair = block->first + i;
        uint16_t g = gsc_group_product(group, pair / order, pair % order);
        gsc_score score;
        if (train && !train[pair])
            continue;
        for (size_t z = 0; z < order; z++)
            row[z] = block->logits[i * order + z] - kept->data[g * order + z];
        gsc_score_rows(row, 1, order, &g, work, &score);
        gsc_scores_add(sums, &score);
    }
out:
    free(row);
    free(work);
    return status;
}
