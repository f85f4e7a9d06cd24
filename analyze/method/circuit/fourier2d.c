/* Spectra over pairs of residues modulo p.
 *
 * F x of p rows costs half of a product with F. With e(t) = x(t) + x(p - t), o(t) =
 * x(t) - x(p - t) for 0 < t < p/2, and e(0) = x(0), e(p/2) = x(p/2):
 *
 *     cosine rows of F x = C e,   C [h, h], h = p/2 + 1, the same columns of F
 *     sine rows of F x = S o,     S [g, g], g = (p - 1)/2
 */
#include "grokscope/fourier2d.h"

#include "grokscope/dft.h"
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "train/numeric/gemm.h"
#include "train/numeric/hot.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Maps, of either type; the other is NULL. Row i begins at i * ld. */
typedef struct maps {
    const double *f64;
    const float *f32;
    size_t p, n, ld;
} maps;

/* Maps whose spectra are summed together: what that needs stays in the cache. */
enum { BLOCK = 128 };

typedef struct halves {
    gsc_matrix basis;
    double *cosines, *sines; /* C, S */
    double *even, *odd;      /* e [h, n], o [g, n] */
    size_t p, n, h, g;
} halves;

static void
free_halves(halves *self)
{
    gsc_matrix_free(&self->basis);
    free(self->cosines);
    free(self->sines);
    free(self->even);
    free(self->odd);
}

static int
init_halves(halves *self, size_t p, size_t n)
{
    int status = 0;
    *self = (halves){.p = p, .n = n, .h = p / 2 + 1, .g = (p - 1) / 2};
    GSC_TRY(gsc_dft_basis(p, &self->basis));
    GSC_NEW(self->cosines, self->h * self->h);
    GSC_NEW(self->sines, self->g * self->g);
    GSC_NEW(self->even, self->h * n);
    GSC_NEW(self->odd, self->g * n);
    const double *basis = self->basis.data;
    for (size_t k = 0; k < self->h; k++)
        memcpy(self->cosines + k * self->h, basis + (k ? 2 * k - 1 : 0) * p,
               self->h * sizeof *basis);
    for (size_t k = 1; k <= self->g; k++)
        memcpy(self->sines + (k - 1) * self->g, basis + 2 * k * p + 1,
               self->g * sizeof *basis);
out:
    return status;
}

static GSC_HOT void
fold(const double *x, const double *y, double *even, double *odd, size_t n)
{
    for (size_t j = 0; j < n; j++) {
        even[j] = x[j] + y[j];
        odd[j] = x[j] - y[j];
    }
}

static GSC_HOT void
fold_f32(const float *x, const float *y, double *even, double *odd, size_t n)
{
    for (size_t j = 0; j < n; j++) {
        even[j] = (double)x[j] + (double)y[j];
        odd[j] = (double)x[j] - (double)y[j];
    }
}

static GSC_HOT void
widen(const float *x, double *y, size_t n)
{
    for (size_t j = 0; j < n; j++)
        y[j] = (double)x[j];
}

/* even and odd of the p rows that begin at row `first` of x, `stride` rows apart. */
static void
fold_rows(halves *self, const maps *x, size_t first, size_t stride)
{
    size_t p = self->p, n = self->n;
    for (size_t t = 0; t < self->h; t++) {
        size_t i = (first + t * stride) * x->ld;
        size_t j = (first + (p - t) * stride) * x->ld;
        double *even = self->even + t * n;
        if (t == 0 || 2 * t == p) {
            if (x->f64)
                memcpy(even, x->f64 + i, n * sizeof *even);
            else
                widen(x->f32 + i, even, n);
        } else if (x->f64)
            fold(x->f64 + i, x->f64 + j, even, self->odd + (t - 1) * n, n);
        else
            fold_f32(x->f32 + i, x->f32 + j, even, self->odd + (t - 1) * n, n);
    }
}

/* out[i ldo] = row i of F times the rows folded last. ldo counts numbers. */
static void
transform(const halves *self, double *out, size_t ldo)
{
    size_t n = self->n, h = self->h, g = self->g;
    gsc_gemm_f64(false, false, 1, n, h, 1, self->cosines, h, self->even, n, 0, out,
                 ldo); /* row 0 of C e */
    if (h > 1)
        gsc_gemm_f64(false, false, h - 1, n, h, 1, self->cosines + h, h, self->even, n,
                     0, out + ldo, 2 * ldo); /* C e, to rows 1, 3, … */
    if (g > 0)
        gsc_gemm_f64(false, false, g, n, g, 1, self->sines, g, self->odd, n, 0,
                     out + 2 * ldo, 2 * ldo); /* S o, to rows 2, 4, … */
}

static int
check(const maps *x)
{
    if (x->p == 0 || x->n == 0)
        return gsc_fail(GSC_EARGUMENT,
                        "%zu maps over pairs modulo %zu, expected at least 1 of each",
                        x->n, x->p);
    return 0;
}

static int
transform_both(const maps *x, double *coefficients)
{
    int status = 0;
    size_t p = x->p, n = x->n;
    halves work = {.p = 0};
    maps half = {.f64 = coefficients, .p = p, .n = n, .ld = n};
    GSC_TRY(check(x));
    GSC_TRY(init_halves(&work, p, n));
    for (size_t b = 0; b < p; b++) {
        fold_rows(&work, x, b, p);
        transform(&work, coefficients + b * n, p * n); /* F x, over a */
    }
    for (size_t i = 0; i < p; i++) {
        fold_rows(&work, &half, i * p, 1);
        transform(&work, coefficients + i * p * n, n); /* (F x) Fᵀ, over b */
    }
out:
    free_halves(&work);
    return status;
}

int
gsc_fourier2d(const double *x, size_t p, size_t n, double *coefficients)
{
    return transform_both(&(maps){.f64 = x, .p = p, .n = n, .ld = n}, coefficients);
}

int
gsc_fourier2d_f32(const float *x, size_t p, size_t n, double *coefficients)
{
    return transform_both(&(maps){.f32 = x, .p = p, .n = n, .ld = n}, coefficients);
}

/* ---- The frequency of a map ---- */

/* What GROUP of b add to That[i, 0] and That[i, j], j the cosine and sine of the
 * frequency of i: row i of F x of each lies `stride` after that of the one before.
 * `total` gains their squares. Four at once, to read and write each sum once for all.
 */
enum { GROUP = 4 };

static GSC_HOT void
add_group(const double *restrict y, size_t stride, double weight[3][GROUP],
          double *restrict sums, double *restrict total, size_t n)
{
    const double *w = weight[0], *v = weight[1], *u = weight[2];
    for (size_t m = 0; m < n; m++) {
        double y0 = y[m], y1 = y[stride + m];
        double y2 = y[2 * stride + m], y3 = y[3 * stride + m];
        sums[m] += (w[0] * y0 + w[1] * y1) + (w[2] * y2 + w[3] * y3);
        sums[n + m] += (v[0] * y0 + v[1] * y1) + (v[2] * y2 + v[3] * y3);
        sums[2 * n + m] += (u[0] * y0 + u[1] * y1) + (u[2] * y2 + u[3] * y3);
        total[m] += (y0 * y0 + y1 * y1) + (y2 * y2 + y3 * y3);
    }
}

static GSC_HOT void
add_squares(const double *x, double *sum, size_t n)
{
    for (size_t m = 0; m < n; m++)
        sum[m] += x[m] * x[m];
}

static GSC_HOT void
divide(double *x, const double *by, size_t n)
{
    for (size_t m = 0; m < n; m++)
        x[m] = by[m] > 0 ? x[m] / by[m] : 0;
}

/* What one pass over b leaves of a block of n maps. */
typedef struct sums {
    double *y;     /* [GROUP, p, n]: F x of some b */
    double *three; /* [p, 3, n]: That[i, j], j = 0 and the two rows of i's frequency */
    double *first; /* [p, n]: row 0 of F x, by b; then That[0, j] */
    double *fve, *total; /* [p/2 + 1, n], [n] */
} sums;

/* Add the columns b … b + count - 1, whose F x are in s->y; beyond them it holds 0. */
static void
add_columns(sums *s, const halves *work, size_t b, size_t count)
{
    size_t p = work->p, n = work->n;
    for (size_t g = 0; g < count; g++)
        memcpy(s->first + (b + g) * n, s->y + g * p * n, n * sizeof *s->y);
    for (size_t i = 1; i < p; i++) {
        size_t row, num_rows = gsc_pairs_rows(p, (i + 1) / 2, &row);
        const double *basis = work->basis.data + b;
        double weight[3][GROUP] = {{0}};
        for (size_t g = 0; g < count; g++) {
            weight[0][g] = basis[g];
            weight[1][g] = basis[row * p + g];
            weight[2][g] = num_rows == 2 ? basis[(row + 1) * p + g] : 0;
        }
        add_group(s->y + i * n, p * n, weight, s->three + i * 3 * n, s->total, n);
    }
}

/* A constant map leaves rounding errors of its coefficient (0, 0): no variance. */
static void
drop_constants(const double *constant, double *total, size_t n)
{
    const double rounding = 1e-28;
    for (size_t m = 0; m < n; m++)
        if (total[m] <= rounding * constant[m] * constant[m])
            total[m] = 0;
}

/* fve[k] = the squares of the coefficients of k. */
static void
add_frequencies(const sums *s, size_t p, size_t n)
{
    for (size_t i = 1; i < p; i++) {
        double *power = s->fve + (i + 1) / 2 * n;
        add_squares(s->first + i * n, power, n);
        add_squares(s->first + i * n, s->total, n);
        for (size_t j = 0; j < 3; j++)
            add_squares(s->three + (i * 3 + j) * n, power, n);
    }
    drop_constants(s->first, s->total, n);
    for (size_t k = 0; k < p / 2 + 1; k++)
        divide(s->fve + k * n, s->total, n);
}

/* The spectra of the maps of a block, as many as `work` has columns. */
static void
sum_block(halves *work, const maps *x, sums *s)
{
    size_t p = work->p, n = work->n;
    memset(s->three, 0, p * 3 * n * sizeof *s->three);
    memset(s->fve, 0, (p / 2 + 1) * n * sizeof *s->fve);
    memset(s->total, 0, n * sizeof *s->total);
    for (size_t b = 0; b < p; b += GROUP) {
        size_t count = p - b < GROUP ? p - b : GROUP;
        memset(s->y + count * p * n, 0, (GROUP - count) * p * n * sizeof *s->y);
        for (size_t g = 0; g < count; g++) {
            fold_rows(work, x, b + g, p);
            transform(work, s->y + g * p * n, n);
        }
        add_columns(s, work, b, count);
    }
    fold_rows(work, &(maps){.f64 = s->first, .p = p, .n = n, .ld = n}, 0, 1);
    transform(work, s->first, n);
    add_frequencies(s, p, n);
}

static int
init_sums(sums *s, size_t p, size_t n)
{
    int status = 0;
    GSC_NEW(s->y, GROUP * p * n);
    GSC_NEW(s->three, p * 3 * n);
    GSC_NEW(s->first, p * n);
    GSC_NEW(s->fve, (p / 2 + 1) * n);
    GSC_NEW(s->total, n);
out:
    return status;
}

static void
free_sums(sums *s)
{
    free(s->y);
    free(s->three);
    free(s->first);
    free(s->fve);
    free(s->total);
}

static int
find_fve(const maps *x, double *fve, double *total)
{
    int status = 0;
    size_t p = x->p, n = x->n, block = n < BLOCK ? n : BLOCK;
    halves work = {.p = 0};
    sums s = {.y = NULL};
    GSC_TRY(check(x));
    GSC_TRY(init_halves(&work, p, block));
    GSC_TRY(init_sums(&s, p, block));
    for (size_t m = 0; m < n; m += block) {
        maps some = {x->f64 ? x->f64 + m : NULL, x->f32 ? x->f32 + m : NULL, p,
                     n - m < block ? n - m : block, n};
        work.n = some.n;
        sum_block(&work, &some, &s);
        for (size_t k = 0; k < p / 2 + 1; k++)
            memcpy(fve + k * n + m, s.fve + k * some.n, some.n * sizeof *fve);
        if (total)
            memcpy(total + m, s.total, some.n * sizeof *total);
    }
out:
    free_halves(&work);
    free_sums(&s);
    return status;
}

int
gsc_fourier2d_fve(const double *x, size_t p, size_t n, double *fve, double *total)
{
    return find_fve(&(maps){.f64 = x, .p = p, .n = n, .ld = n}, fve, total);
}

int
gsc_fourier2d_fve_f32(const float *x, size_t p, size_t n, double *fve, double *total)
{
    return find_fve(&(maps){.f32 = x, .p = p, .n = n, .ld = n}, fve, total);
}

void
gsc_fourier2d_peaks(const double *fve, size_t p, size_t n, size_t *frequency,
                    double *best)
{
    for (size_t m = 0; m < n; m++) {
        size_t top = 0;
        double most = 0;
        for (size_t k = 1; k <= p / 2; k++)
            if (fve[k * n + m] > most) {
                most = fve[k * n + m];
                top = k;
            }
        frequency[m] = top;
        if (best)
            best[m] = most;
    }
}

/* ---- Directions ---- */

static GSC_HOT void
add_around(const double *x, const double *mean, double *sum, size_t n)
{
    for (size_t m = 0; m < n; m++)
        sum[m] += (x[m] - mean[m]) * (x[m] - mean[m]);
}

static GSC_HOT void
add_around_f32(const float *x, const double *mean, double *sum, size_t n)
{
    for (size_t m = 0; m < n; m++)
        sum[m] += ((double)x[m] - mean[m]) * ((double)x[m] - mean[m]);
}

/* total[m] = sum (x - mean)^2; means are those of the p means of equal s. */
static void
find_totals(const maps *x, const double *along, double *mean, double *total)
{
    size_t p = x->p, n = x->n;
    for (size_t s = 0; s < p; s++)
        for (size_t m = 0; m < n; m++)
            mean[m] += along[s * n + m] / (double)p;
    for (size_t i = 0; i < p * p; i++)
        if (x->f64)
            add_around(x->f64 + i * n, mean, total, n);
        else
            add_around_f32(x->f32 + i * n, mean, total, n);
}

static int
find_shares(const maps *x, gsc_direction direction, double *share)
{
    int status = 0;
    size_t p = x->p, n = x->n;
    halves work = {.p = 0};
    double *along = NULL, *mean = NULL, *total = NULL;
    GSC_TRY(check(x));
    GSC_TRY(init_halves(&work, p, n));
    GSC_NEW(along, p * n);
    GSC_NEW(mean, n);
    GSC_NEW(total, n);
    if (x->f64)
        gsc_pairs_mean(x->f64, p, n, direction, along);
    else
        gsc_pairs_mean_f32(x->f32, p, n, direction, along);
    find_totals(x, along, mean, total);
    for (size_t m = 0; m < n; m++)
        mean[m] *= (double)p; /* the coefficient (0, 0) */
    drop_constants(mean, total, n);
    fold_rows(&work, &(maps){.f64 = along, .p = p, .n = n, .ld = n}, 0, 1);
    transform(&work, along, n); /* F M */
    memset(share, 0, (p / 2 + 1) * n * sizeof *share);
    for (size_t i = 1; i < p; i++)
        add_squares(along + i * n, share + (i + 1) / 2 * n, n);
    for (size_t m = 0; m < n; m++)
        total[m] /= (double)p; /* (u . x)^2 = p (F M)^2 */
    for (size_t k = 0; k < p / 2 + 1; k++)
        divide(share + k * n, total, n);
out:
    free_halves(&work);
    free(along);
    free(mean);
    free(total);
    return status;
}

int
gsc_fourier2d_shares(const double *x, size_t p, size_t n, gsc_direction direction,
                     double *share)
{
    return find_shares(&(maps){.f64 = x, .p = p, .n = n, .ld = n}, direction, share);
}

int
gsc_fourier2d_shares_f32(const float *x, size_t p, size_t n, gsc_direction direction,
                         double *share)
{
    return find_shares(&(maps){.f32 = x, .p = p, .n = n, .ld = n}, direction, share);
}
