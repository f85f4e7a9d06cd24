/* How alike two sets of points are: linear CKA and the orthogonal Procrustes distance.
 */
#include "analyze/maths/representation.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "train/numeric/gemm.h"
#include "train/numeric/linalg.h"

#include <math.h>
#include <stdlib.h>

/* sum_ij a_ij b_ij */
static double
inner(const gsc_matrix *a, const gsc_matrix *b)
{
    double sum = 0;
    for (size_t i = 0; i < a->rows * a->cols; i++)
        sum += a->data[i] * b->data[i];
    return sum;
}

/* product = aᵀ b, initialised here. */
static int
multiply_columns(const gsc_matrix *a, const gsc_matrix *b, gsc_matrix *product)
{
    int status = 0;
    GSC_TRY(gsc_matrix_init(product, a->cols, b->cols));
    gsc_gemm_f64(true, false, a->cols, b->cols, a->rows, 1, a->data, a->cols, b->data,
                 b->cols, 0, product->data, b->cols); /* aᵀ b */
out:
    return status;
}

/* gram = a aᵀ, initialised here. */
static int
multiply_rows(const gsc_matrix *a, gsc_matrix *gram)
{
    int status = 0;
    GSC_TRY(gsc_matrix_init(gram, a->rows, a->rows));
    gsc_gemm_f64(false, true, a->rows, a->rows, a->cols, 1, a->data, a->cols, a->data,
                 a->cols, 0, gram->data, a->rows); /* a aᵀ */
out:
    return status;
}

static int
check(const gsc_matrix *x)
{
    if (x->rows == 0 || x->cols == 0)
        return gsc_fail(GSC_EARGUMENT, "points of a matrix [%zu, %zu]", x->rows,
                        x->cols);
    for (size_t i = 0; i < x->rows * x->cols; i++)
        if (!isfinite(x->data[i]))
            return gsc_fail(GSC_ENUMERIC,
                            "points: element (%zu, %zu) is %g, not a finite number",
                            i / x->cols, i % x->cols, x->data[i]);
    return 0;
}

/* Divide by the norm. Points that differ only by roundings of their mean are one: what
 * is left of n equal numbers m is below n epsilon |m| each. */
static void
normalise(gsc_representation *representation, const double *mean)
{
    gsc_matrix *x = &representation->x;
    double norm = sqrt(gsc_matrix_squares(x)), of_means = 0;
    for (size_t j = 0; j < x->cols; j++)
        of_means += mean[j] * mean[j];
    double n = (double)x->rows, noise = n * 0x1p-52 * sqrt(n * of_means);
    representation->size = norm > noise ? norm : 0;
    for (size_t i = 0; i < x->rows * x->cols; i++)
        x->data[i] = representation->size > 0 ? x->data[i] / norm : 0;
}

int
gsc_representation_take(gsc_representation *representation, gsc_matrix *x)
{
    int status = 0;
    gsc_matrix gram = {0};
    double *mean = NULL;
    *representation = (gsc_representation){.x = *x};
    *x = (gsc_matrix){0};
    GSC_TRY(check(&representation->x));
    GSC_NEW(mean, representation->x.cols);
    gsc_matrix_centre(&representation->x, mean);
    normalise(representation, mean);
    if (representation->x.rows < representation->x.cols)
        GSC_TRY(multiply_rows(&representation->x, &gram));
    else
        GSC_TRY(multiply_columns(&representation->x, &representation->x, &gram));
    representation->gram = sqrt(gsc_matrix_squares(&gram));
out:
    free(mean);
    gsc_matrix_free(&gram);
    if (status < 0)
        gsc_representation_free(representation);
    return status;
}

int
gsc_representation_init(gsc_representation *representation, const gsc_matrix *x)
{
    int status = 0;
    gsc_matrix copy = {0};
    *representation = (gsc_representation){0};
    GSC_TRY(gsc_matrix_copy(x, &copy));
    GSC_TRY(gsc_representation_take(representation, &copy));
out:
    return status;
}

void
gsc_representation_free(gsc_representation *representation)
{
    gsc_matrix_free(&representation->x);
    *representation = (gsc_representation){0};
}

static int
check_pair(const gsc_representation *a, const gsc_representation *b)
{
    if (a->x.rows != b->x.rows)
        return gsc_fail(GSC_EARGUMENT, "%zu points are compared with %zu", a->x.rows,
                        b->x.rows);
    return 0;
}

double
gsc_representation_cka_of(const gsc_matrix *cross, double gram_a, double gram_b)
{
    if (gram_a <= 0 || gram_b <= 0)
        return NAN;
    return gsc_matrix_squares(cross) / (gram_a * gram_b);
}

int
gsc_representation_cka(const gsc_representation *a, const gsc_representation *b,
                       double *cka)
{
    int status = 0;
    gsc_matrix left = {0}, right = {0};
    double n = (double)a->x.rows, d = (double)a->x.cols, e = (double)b->x.cols;
    GSC_TRY(check_pair(a, b));
    if (n * (d + e) < 2 * d * e) {
        GSC_TRY(multiply_rows(&a->x, &left));
        GSC_TRY(multiply_rows(&b->x, &right));
        double product = a->gram * b->gram;
        *cka = product > 0 ? inner(&left, &right) / product : NAN;
    } else {
        GSC_TRY(multiply_columns(&a->x, &b->x, &left));
        *cka = gsc_representation_cka_of(&left, a->gram, b->gram);
    }
out:
    gsc_matrix_free(&left);
    gsc_matrix_free(&right);
    return status;
}

int
gsc_representation_procrustes_of(const gsc_matrix *cross, double *distance)
{
    int status = 0;
    double *s = NULL, sum = 0;
    size_t count = cross->rows < cross->cols ? cross->rows : cross->cols;
    GSC_NEW(s, count);
    GSC_TRY(gsc_svd(cross, s, NULL, NULL));
    for (size_t i = 0; i < count; i++)
        sum += s[i];
    *distance = fmax(2 - 2 * sum, 0);
out:
    free(s);
    return status;
}

int
gsc_representation_procrustes(const gsc_representation *a, const gsc_representation *b,
                              double *distance)
{
    int status = 0;
    gsc_matrix cross = {0};
    *distance = NAN;
    GSC_TRY(check_pair(a, b));
    if (a->size <= 0 || b->size <= 0)
        goto out;
    GSC_TRY(multiply_columns(&a->x, &b->x, &cross));
    GSC_TRY(gsc_representation_procrustes_of(&cross, distance));
out:
    gsc_matrix_free(&cross);
    return status;
}
