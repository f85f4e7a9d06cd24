/* Tables over all pairs of residues, and their modes along a + b or a - b. */
#include "grokscope/pairs.h"

#include "train/numeric/hot.h"

#include <string.h>

static GSC_HOT void
add_row(double *sum, const double *x, double scale, size_t n)
{
    for (size_t j = 0; j < n; j++)
        sum[j] += scale * x[j];
}

static GSC_HOT void
add_row_f32(double *sum, const float *x, double scale, size_t n)
{
    for (size_t j = 0; j < n; j++)
        sum[j] += scale * (double)x[j];
}

void
gsc_pairs_mean(const double *x, size_t p, size_t n, gsc_direction direction,
               double *mean)
{
    memset(mean, 0, p * n * sizeof *mean);
    for (size_t a = 0; a < p; a++)
        for (size_t b = 0; b < p; b++)
            add_row(mean + gsc_pairs_along(direction, p, a, b) * n, x + (a * p + b) * n,
                    1 / (double)p, n);
}

void
gsc_pairs_mean_f32(const float *x, size_t p, size_t n, gsc_direction direction,
                   double *mean)
{
    memset(mean, 0, p * n * sizeof *mean);
    for (size_t a = 0; a < p; a++)
        for (size_t b = 0; b < p; b++)
            add_row_f32(mean + gsc_pairs_along(direction, p, a, b) * n,
                        x + (a * p + b) * n, 1 / (double)p, n);
}

void
gsc_pairs_keep(const gsc_matrix *basis, const double *modes, size_t n,
               const size_t *keys, size_t num_keys, double *part)
{
    size_t p = basis->cols;
    memset(part, 0, p * n * sizeof *part);
    for (size_t i = 0; i < num_keys; i++) {
        size_t first, count = gsc_pairs_rows(p, keys[i], &first);
        for (size_t row = first; row < first + count; row++)
            for (size_t s = 0; s < p; s++)
                add_row(part + s * n, modes + row * n, basis->data[row * p + s], n);
    }
}
