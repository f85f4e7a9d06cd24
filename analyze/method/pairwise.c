/* Rows of numbers, every one beside every other. */
#include "analyze/method/pairwise.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "train/numeric/gemm.h"
#include "train/numeric/hot.h"

#include <math.h>
#include <stdlib.h>

/* ---- Squared distances ---- */

/* Pairs are met tile by tile, and a tile's rows part by part, so that both stay in the
 * cache: 2 * 8 rows of 16 KB. */
enum { TILE = 8, PART = 2048 };

typedef struct pairing {
    gsc_type type;
    const void *const *rows;
    size_t count, length, num_tiles;
    double *squares, *products;
} pairing;

GSC_HOT static void
add_f32(const float *x, const float *y, size_t n, double *square, double *product)
{
    double squares = 0, products = 0;
#pragma omp simd reduction(+ : squares, products)
    for (size_t i = 0; i < n; i++) {
        double a = (double)x[i], b = (double)y[i];
        squares += (a - b) * (a - b);
        products += a * b;
    }
    *square += squares;
    *product += products;
}

GSC_HOT static void
add_f64(const double *x, const double *y, size_t n, double *square, double *product)
{
    double squares = 0, products = 0;
#pragma omp simd reduction(+ : squares, products)
    for (size_t i = 0; i < n; i++) {
        squares += (x[i] - y[i]) * (x[i] - y[i]);
        products += x[i] * y[i];
    }
    *square += squares;
    *product += products;
}

static void
add_part(const pairing *p, size_t i, size_t j, size_t first, size_t n)
{
    double *square = &p->squares[i * p->count + j];
    double *product = &p->products[i * p->count + j];
    if (p->type == GSC_FLOAT32)
        add_f32((const float *)p->rows[i] + first, (const float *)p->rows[j] + first, n,
                square, product);
    else
        add_f64((const double *)p->rows[i] + first, (const double *)p->rows[j] + first,
                n, square, product);
}

/* One tile on or above the diagonal. */
static void
pair_tile(void *context, size_t item, size_t worker)
{
    const pairing *p = context;
    size_t top = item / p->num_tiles * TILE, left = item % p->num_tiles * TILE;
    (void)worker;
    if (left < top)
        return;
    size_t bottom = top + TILE < p->count ? top + TILE : p->count;
    size_t right = left + TILE < p->count ? left + TILE : p->count;
    for (size_t first = 0; first < p->length; first += PART) {
        size_t n = p->length - first < PART ? p->length - first : PART;
        for (size_t i = top; i < bottom; i++)
            for (size_t j = left > i ? left : i; j < right; j++)
                add_part(p, i, j, first, n);
    }
}

void
gsc_pairwise_squares(gsc_type type, const void *const *rows, size_t count,
                     size_t length, gsc_threads *threads, double *squares,
                     double *products)
{
    pairing p = {type,    rows,    count, length, (count + TILE - 1) / TILE,
                 squares, products};
    for (size_t i = 0; i < count * count; i++)
        squares[i] = products[i] = 0;
    gsc_threads_run(threads, pair_tile, &p, p.num_tiles * p.num_tiles);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++) {
            squares[i * count + j] = squares[j * count + i];
            products[i * count + j] = products[j * count + i];
        }
}

/* ---- Representations ---- */

typedef struct representation_pairing {
    const gsc_representation *const *representations;
    size_t count;
    double *cka, *procrustes;
    int *status; /* [count] of each row of pairs */
} representation_pairing;

static bool
has_shape(const gsc_representation *representation)
{
    return representation->x.rows > 0 && representation->size > 0;
}

static int
pair_representations(const gsc_representation *a, const gsc_representation *b,
                     double *cka, double *procrustes)
{
    int status = 0;
    gsc_matrix cross = {0};
    size_t d = a->x.cols, e = b->x.cols;
    *cka = *procrustes = (double)NAN;
    if (!has_shape(a) || !has_shape(b) || a->x.rows != b->x.rows)
        return 0;
    GSC_TRY(gsc_matrix_init(&cross, d, e));
    gsc_gemm_f64(true, false, d, e, a->x.rows, 1, a->x.data, d, b->x.data, e, 0,
                 cross.data, e); /* Xᵀ Y */
    *cka = gsc_representation_cka_of(&cross, a->gram, b->gram);
    GSC_TRY(gsc_representation_procrustes_of(&cross, procrustes));
out:
    gsc_matrix_free(&cross);
    return status;
}

static void
pair_representation_row(void *context, size_t i, size_t worker)
{
    const representation_pairing *p = context;
    (void)worker;
    for (size_t j = i; j < p->count && p->status[i] == 0; j++) {
        size_t at = i * p->count + j, mirrored = j * p->count + i;
        p->status[i] =
            pair_representations(p->representations[i], p->representations[j],
                                 &p->cka[at], &p->procrustes[at]);
        p->cka[mirrored] = p->cka[at];
        p->procrustes[mirrored] = p->procrustes[at];
    }
}

int
gsc_pairwise_representations(const gsc_representation *const *representations,
                             size_t count, gsc_threads *threads, double *cka,
                             double *procrustes)
{
    int status = 0;
    representation_pairing p = {representations, count, cka, procrustes, NULL};
    GSC_NEW(p.status, count);
    gsc_threads_run(threads, pair_representation_row, &p, count);
    for (size_t i = 0; i < count && status == 0; i++)
        if (p.status[i] < 0) /* its message is another thread's */
            status = gsc_fail(p.status[i], "points %zu beside others: %s", i,
                              p.status[i] == GSC_EMEMORY
                                  ? "no memory"
                                  : "singular values do not converge");
out:
    free(p.status);
    return status;
}
