/* The neurons of one frequency. */
#include "analyze/method/circuit/neuron_cluster.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/pairs.h"

#include "train/numeric/gemm.h"
#include "train/numeric/linalg.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

/* The eigenvalues of the covariance, largest first: values [m] of centred x. */
static int
find_variances(const gsc_matrix *x, double *values)
{
    int status = 0;
    gsc_matrix gram = {0};
    size_t m = x->cols;
    GSC_TRY(gsc_matrix_init(&gram, m, m));
    gsc_gemm_f64(true, false, m, m, x->rows, 1, x->data, m, x->data, m, 0, gram.data,
                 m); /* XᵀX */
    GSC_TRY(gsc_eigen_symmetric(&gram, values, NULL));
out:
    gsc_matrix_free(&gram);
    return status;
}

static double
share_of_first(const double *values, size_t m, size_t count, double total)
{
    double sum = 0;
    for (size_t i = 0; i < m && i < count; i++)
        sum += values[i];
    return sum / total;
}

static const double two_pi = 6.283185307179586476925;

/* Of all the variance, that along a + b: (u_c . x)^2 = p (F_k M)^2 of pairs.h. */
static int
find_sum_share(const gsc_matrix *x, size_t p, size_t k, double total, double *share)
{
    int status = 0;
    size_t m = x->cols;
    double *mean = NULL, sum = 0;
    GSC_NEW(mean, p * m);
    gsc_pairs_mean(x->data, p, m, GSC_SUM, mean);
    for (size_t j = 0; j < m; j++) {
        double cosine = 0, sine = 0;
        for (size_t s = 0; s < p; s++) {
            double angle = two_pi * (double)(k * s % p) / (double)p;
            cosine += mean[s * m + j] * cos(angle);
            sine += mean[s * m + j] * sin(angle);
        }
        sum += 2 * (cosine * cosine + sine * sine);
    }
    *share = sum / total;
out:
    free(mean);
    return status;
}

static double
distance_from_diagonal(const gsc_matrix *x, size_t p, size_t k)
{
    double sum = 0;
    for (size_t j = 0; j < x->cols; j++) {
        size_t best = 0;
        for (size_t i = 1; i < x->rows; i++)
            if (x->data[i * x->cols + j] > x->data[best * x->cols + j])
                best = i;
        size_t d = k * gsc_pairs_along(GSC_DIFFERENCE, p, best / p, best % p) % p;
        sum += (double)(d < p - d ? d : p - d);
    }
    return two_pi / (double)p * sum / (double)x->cols;
}

int
gsc_neuron_cluster_describe(const gsc_matrix *x, size_t p, size_t k,
                            gsc_neuron_cluster *cluster)
{
    int status = 0;
    gsc_matrix centred = {0};
    double *mean = NULL, *values = NULL;
    *cluster = (gsc_neuron_cluster){NAN, NAN, NAN, NAN};
    if (x->cols == 0)
        return 0;
    assert(x->rows == p * p);
    GSC_TRY(gsc_matrix_copy(x, &centred));
    GSC_NEW(mean, x->cols);
    GSC_NEW(values, x->cols);
    gsc_matrix_centre(&centred, mean);
    double total = gsc_matrix_squares(&centred);
    if (total == 0)
        goto out;
    GSC_TRY(find_variances(&centred, values));
    cluster->disc_share = share_of_first(values, x->cols, 2, total);
    cluster->torus_share = share_of_first(values, x->cols, 4, total);
    GSC_TRY(find_sum_share(&centred, p, k, total, &cluster->sum_share));
    cluster->diagonal = distance_from_diagonal(x, p, k);
out:
    gsc_matrix_free(&centred);
    free(mean);
    free(values);
    return status;
}
