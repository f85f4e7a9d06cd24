/* What a tangent kernel tells of the targets, and of another one. */
#include "analyze/method/tangent_kernel.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "train/numeric/linalg.h"
#include "train/numeric/stats.h"

#include <math.h>
#include <stdlib.h>

/* |v' y|^2, of one eigenvector. */
static double
squares_along(const double *v, const gsc_matrix *y)
{
    double squares = 0;
    for (size_t o = 0; o < y->cols; o++) {
        double sum = 0;
        for (size_t i = 0; i < y->rows; i++)
            sum += v[i] * y->data[i * y->cols + o];
        squares += sum * sum;
    }
    return squares;
}

/* Rounding leaves eigenvalues a little below 0 that should be 0. */
static double
not_negative(double x)
{
    return x > 0 ? x : 0;
}

static int
sum_up(gsc_kernel_summary *s, const gsc_matrix *vectors, const gsc_matrix *y,
       double norm)
{
    int status = 0;
    double squares = gsc_matrix_squares(y), along = 0, *positive = NULL;
    GSC_NEW(positive, s->count);
    for (size_t k = 0; k < s->count; k++) {
        double of_y = squares_along(vectors->data + k * s->count, y);
        positive[k] = not_negative(s->values[k]);
        along += s->values[k] * of_y;
        s->difficulty += of_y / (positive[k] + s->ridge);
        s->trace += s->values[k];
        s->shares[k] = of_y / squares;
    }
    s->alignment = along / (norm * squares);
    s->effective_rank = norm > 0 ? exp(gsc_stats_entropy(positive, s->count)) : NAN;
out:
    free(positive);
    return status;
}

int
gsc_kernel_summary_init(gsc_kernel_summary *s, const gsc_matrix *kernel,
                        const gsc_matrix *y, double ridge)
{
    int status = 0;
    gsc_matrix vectors = {0};
    *s = (gsc_kernel_summary){.count = kernel->rows};
    if (y->rows != kernel->rows)
        GSC_TRY(gsc_fail(GSC_EARGUMENT, "a kernel of %zu examples and targets of %zu",
                         kernel->rows, y->rows));
    GSC_NEW(s->values, s->count);
    GSC_NEW(s->shares, s->count);
    GSC_TRY(gsc_eigen_symmetric(kernel, s->values, &vectors));
    s->ridge = ridge * not_negative(s->values[0]);
    GSC_TRY(sum_up(s, &vectors, y, sqrt(gsc_matrix_squares(kernel))));
out:
    gsc_matrix_free(&vectors);
    if (status < 0)
        gsc_kernel_summary_free(s);
    return status;
}

void
gsc_kernel_summary_free(gsc_kernel_summary *s)
{
    free(s->values);
    free(s->shares);
    *s = (gsc_kernel_summary){.count = 0};
}

double
gsc_kernel_distance(const gsc_matrix *a, const gsc_matrix *b)
{
    double product = 0;
    for (size_t i = 0; i < a->rows * a->cols; i++)
        product += a->data[i] * b->data[i];
    return 1 - product / sqrt(gsc_matrix_squares(a) * gsc_matrix_squares(b));
}
