/* How well rows of logits answer: losses and what is printed beside them. */
#include "grokscope/scores.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "train/numeric/exp.h"
#include "train/numeric/hot.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TILE = 32 }; /* rows whose exponentials are taken together: in the cache */

static GSC_HOT double
largest(const double *x, size_t n)
{
    double most = -(double)INFINITY;
#pragma omp simd reduction(max : most)
    for (size_t i = 0; i < n; i++)
        most = x[i] > most ? x[i] : most;
    return most;
}

static GSC_HOT void
subtract(double *x, double most, size_t n)
{
    for (size_t i = 0; i < n; i++)
        x[i] -= most;
}

static GSC_HOT void
add_up(const double *x, size_t n, double *sum, double *squares)
{
    double once = 0, twice = 0;
#pragma omp simd reduction(+ : once, twice)
    for (size_t i = 0; i < n; i++) {
        once += x[i];
        twice += x[i] * x[i];
    }
    *sum = once;
    *squares = twice;
}

/* Is the label's logit the first largest one? */
static bool
is_first_largest(const double *z, size_t label, double margin)
{
    if (margin != 0)
        return margin > 0;
    for (size_t i = 0; i < label; i++)
        if (z[i] == z[label])
            return false;
    return true;
}

/* `e` becomes z - max z; the label's own loss and margin are begun. */
static void
lower_row(const double *z, size_t n, size_t label, double *e, gsc_score *score)
{
    memcpy(e, z, n * sizeof *e);
    e[label] = -(double)INFINITY;
    double other = largest(e, n), most = z[label] > other ? z[label] : other;
    e[label] = z[label];
    subtract(e, most, n); /* a NaN where one was, or infinity was */
    score->margin = z[label] - other;
    score->right = is_first_largest(z, label, score->margin);
    score->loss = most - z[label];
}

/* From the exponentials e^(z - max z). The label's is 1 where it is the largest: what
 * is left is then small, and never the difference of two numbers near 1. */
static void
score_row(double *e, size_t n, size_t label, gsc_score *score)
{
    double own = e[label], others, squares;
    e[label] = 0;
    add_up(e, n, &others, &squares);
    double sum = own + others;
    score->loss += own >= 1 ? log1p(others) : log(sum);
    score->p_correct = own / sum;
    score->brier = (squares + others * others) / (sum * sum);
    score->right = score->right && !isnan(score->loss);
}

void
gsc_score_rows(const double *logits, size_t rows, size_t n, const uint16_t *labels,
               double *work, gsc_score *score)
{
    for (size_t first = 0; first < rows; first += TILE) {
        size_t last = first + TILE < rows ? first + TILE : rows;
        for (size_t i = first; i < last; i++)
            lower_row(logits + i * n, n, labels[i], work + i * n, &score[i]);
        gsc_exp(work + first * n, work + first * n, (last - first) * n);
        for (size_t i = first; i < last; i++)
            score_row(work + i * n, n, labels[i], &score[i]);
    }
}

void
gsc_scores_add(gsc_scores *sums, const gsc_score *score)
{
    if (sums->count == 0 || score->margin < sums->least_margin)
        sums->least_margin = score->margin;
    sums->count++;
    sums->loss += score->loss;
    sums->accuracy += score->right;
    sums->p_correct += score->p_correct;
    sums->brier += score->brier;
    sums->margin += score->margin;
}

void
gsc_scores_merge(gsc_scores *sums, const gsc_scores *more)
{
    if (sums->count == 0 ||
        (more->count > 0 && more->least_margin < sums->least_margin))
        sums->least_margin = more->least_margin;
    sums->count += more->count;
    sums->loss += more->loss;
    sums->accuracy += more->accuracy;
    sums->p_correct += more->p_correct;
    sums->brier += more->brier;
    sums->margin += more->margin;
}

void
gsc_scores_finish(gsc_scores *sums)
{
    double count = sums->count ? (double)sums->count : (double)NAN;
    sums->loss /= count;
    sums->accuracy /= count;
    sums->p_correct /= count;
    sums->brier /= count;
    sums->margin /= count;
    if (sums->count == 0)
        sums->least_margin = (double)NAN;
}

static int
check(size_t num_rows, size_t n, const uint16_t *labels, const uint32_t *rows,
      size_t count)
{
    if (n == 0)
        return gsc_fail(GSC_EARGUMENT, "scores of rows without logits");
    for (size_t i = 0; i < count; i++) {
        size_t row = rows ? rows[i] : i;
        if (row >= num_rows)
            return gsc_fail(GSC_EARGUMENT, "row %zu of %zu rows of logits", row,
                            num_rows);
        if (labels[row] >= n)
            return gsc_fail(GSC_EARGUMENT, "row %zu: label %d, expected less than %zu",
                            row, labels[row], n);
    }
    return 0;
}

int
gsc_scores_of(const double *logits, size_t num_rows, size_t n, const uint16_t *labels,
              const uint32_t *rows, size_t count, gsc_scores *means)
{
    int status = 0;
    double *work = NULL;
    *means = (gsc_scores){0};
    count = rows ? count : num_rows;
    GSC_TRY(check(num_rows, n, labels, rows, count));
    GSC_NEW(work, n);
    for (size_t i = 0; i < count; i++) {
        size_t row = rows ? rows[i] : i;
        gsc_score score;
        gsc_score_rows(logits + row * n, 1, n, labels + row, work, &score);
        gsc_scores_add(means, &score);
    }
    gsc_scores_finish(means);
out:
    free(work);
    return status;
}
