/* What goes together in the columns of two sets of points. */
#include "analyze/maths/moments.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "analyze/maths/representation.h"
#include "train/numeric/gemm.h"

#include <math.h>
#include <stdlib.h>

int
gsc_moments_init(gsc_moments *moments, size_t d, size_t e)
{
    int status = 0;
    *moments = (gsc_moments){.count = 0};
    GSC_NEW(moments->x, d);
    GSC_NEW(moments->y, e);
    GSC_TRY(gsc_matrix_init(&moments->product, d, e));
out:
    if (status < 0)
        gsc_moments_free(moments);
    return status;
}

void
gsc_moments_free(gsc_moments *moments)
{
    free(moments->x);
    free(moments->y);
    gsc_matrix_free(&moments->product);
    *moments = (gsc_moments){.count = 0};
}

static void
add_rows(const double *x, size_t rows, size_t cols, double *sum)
{
    for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < cols; j++)
            sum[j] += x[i * cols + j];
}

void
gsc_moments_add(gsc_moments *moments, const double *x, const double *y, size_t rows)
{
    gsc_matrix *product = &moments->product;
    size_t d = product->rows, e = product->cols;
    moments->count += (double)rows;
    add_rows(x, rows, d, moments->x);
    add_rows(y, rows, e, moments->y);
    if (d > 0 && e > 0)
        gsc_gemm_f64(true, false, d, e, rows, 1, x, d, y, e, 1, product->data,
                     e); /* Xᵀ Y */
}

void
gsc_moments_merge(gsc_moments *moments, const gsc_moments *more)
{
    gsc_matrix *product = &moments->product;
    moments->count += more->count;
    for (size_t i = 0; i < product->rows; i++)
        moments->x[i] += more->x[i];
    for (size_t j = 0; j < product->cols; j++)
        moments->y[j] += more->y[j];
    for (size_t i = 0; i < product->rows * product->cols; i++)
        product->data[i] += more->product.data[i];
}

void
gsc_moments_finish(gsc_moments *moments)
{
    gsc_matrix *product = &moments->product;
    for (size_t i = 0; moments->count > 0 && i < product->rows; i++)
        for (size_t j = 0; j < product->cols; j++)
            product->data[i * product->cols + j] -=
                moments->x[i] * moments->y[j] / moments->count;
}

/* The sum of squares about the mean of column i. */
static double
variance(const gsc_moments *own, size_t i)
{
    return own->product.data[i * own->product.cols + i];
}

static double
total_variance(const gsc_moments *own)
{
    double sum = 0;
    for (size_t i = 0; i < own->product.rows; i++)
        sum += variance(own, i);
    return sum;
}

static double
norm(const gsc_matrix *x)
{
    double sum = 0;
    for (size_t i = 0; i < x->rows * x->cols; i++)
        sum += x->data[i] * x->data[i];
    return sqrt(sum);
}

double
gsc_moments_cka(const gsc_moments *both, const gsc_moments *own_x,
                const gsc_moments *own_y)
{
    return gsc_representation_cka_of(&both->product, norm(&own_x->product),
                                     norm(&own_y->product));
}

int
gsc_moments_procrustes(const gsc_moments *both, const gsc_moments *own_x,
                       const gsc_moments *own_y, double *distance)
{
    int status = 0;
    gsc_matrix scaled = {0};
    double size = sqrt(total_variance(own_x)) * sqrt(total_variance(own_y));
    *distance = NAN;
    if (size == 0)
        return 0;
    GSC_TRY(gsc_matrix_copy(&both->product, &scaled));
    for (size_t i = 0; i < scaled.rows * scaled.cols; i++)
        scaled.data[i] /= size;
    GSC_TRY(gsc_representation_procrustes_of(&scaled, distance));
out:
    gsc_matrix_free(&scaled);
    return status;
}

int
gsc_moments_correlation(const gsc_moments *both, const gsc_moments *own_x,
                        const gsc_moments *own_y, gsc_matrix *correlation)
{
    int status = 0;
    const gsc_matrix *product = &both->product;
    GSC_TRY(gsc_matrix_init(correlation, product->rows, product->cols));
    for (size_t i = 0; i < product->rows; i++)
        for (size_t j = 0; j < product->cols; j++) {
            double size = sqrt(variance(own_x, i)) * sqrt(variance(own_y, j));
            size_t at = i * product->cols + j;
            correlation->data[at] = size == 0 ? 0 : product->data[at] / size;
        }
out:
    return status;
}
