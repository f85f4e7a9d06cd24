/* Representation quality: parallelograms, translations, angles. */
#include "grokscope/rqi.h"

#include "grokscope/dft.h"
#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/rng.h"

#include "analyze/maths/pca.h"
#include "analyze/maths/plane.h"
#include "analyze/maths/standardise.h"
#include "train/numeric/gemm.h"
#include "train/numeric/hot.h"

#include "train/numeric/stats.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

static const double two_pi = 6.283185307179586476925;

static int
not_empty(const gsc_matrix *x, size_t least)
{
    if (x->rows < least || x->cols == 0)
        return gsc_fail(GSC_EARGUMENT,
                        "representation quality of a matrix [%zu, %zu]: expected %zu "
                        "rows and a column at least",
                        x->rows, x->cols, least);
    return 0;
}

/* ---- Liu et al.'s toy ---- */

/* mean_d (R_i + R_j - R_m - R_n)^2 < threshold; a NaN is not. */
static bool
is_real(const gsc_matrix *x, const size_t outer[2], const size_t inner[2],
        double threshold)
{
    size_t d = x->cols;
    const double *i = &x->data[outer[0] * d], *n = &x->data[outer[1] * d];
    const double *j = &x->data[inner[0] * d], *m = &x->data[inner[1] * d];
    double sum = 0;
    for (size_t c = 0; c < d && sum / (double)d < threshold; c++) {
        double deviation = i[c] + n[c] - j[c] - m[c];
        sum += deviation * deviation;
    }
    return sum / (double)d < threshold;
}

/* All parallelograms i < j <= m < n, i + n = j + m. Where `seen` is given, the pairs of
 * a real one are `reached` if the other is seen: [p, p] at the smaller, the larger. */
static gsc_rqi_count
count_parallelograms(const gsc_matrix *x, double threshold, const bool *seen,
                     bool *reached)
{
    gsc_rqi_count count = {0};
    size_t p = x->rows;
    for (size_t i = 0; i < p; i++)
        for (size_t n = i + 2; n < p; n++)
            for (size_t j = i + 1; 2 * j <= i + n; j++) {
                const size_t outer[2] = {i, n}, inner[2] = {j, i + n - j};
                count.ideal++;
                if (!is_real(x, outer, inner, threshold))
                    continue;
                count.real++;
                if (seen) {
                    size_t one = i * p + n, other = j * p + inner[1];
                    reached[one] |= seen[other];
                    reached[other] |= seen[one];
                }
            }
    count.index = (double)count.real / (double)count.ideal;
    return count;
}

int
gsc_rqi_liu(const gsc_matrix *representation, double threshold, gsc_rqi_count *count)
{
    int status = 0;
    gsc_matrix x = {0};
    GSC_TRY(not_empty(representation, 1));
    GSC_TRY(gsc_matrix_copy(representation, &x));
    gsc_standardise(&x);
    *count = count_parallelograms(&x, threshold, NULL, NULL);
out:
    gsc_matrix_free(&x);
    return status;
}

static int
mark_pairs(const uint32_t *pairs, size_t num_pairs, size_t p, bool *seen, bool *reached)
{
    for (size_t i = 0; i < num_pairs; i++) {
        size_t a = pairs[2 * i], b = pairs[2 * i + 1];
        if (a >= p || b >= p)
            return gsc_fail(GSC_EARGUMENT, "training pair (%zu, %zu) of %zu residues",
                            a, b, p);
        size_t at = a < b ? a * p + b : b * p + a;
        seen[at] = reached[at] = true;
    }
    return 0;
}

int
gsc_rqi_liu_accuracy(const gsc_matrix *representation, double threshold,
                     const uint32_t *pairs, size_t num_pairs, double *accuracy)
{
    int status = 0;
    gsc_matrix x = {0};
    bool *seen = NULL, *reached = NULL;
    size_t p = representation->rows, right = 0;
    GSC_TRY(not_empty(representation, 1));
    GSC_NEW(seen, p * p);
    GSC_NEW(reached, p * p);
    GSC_TRY(mark_pairs(pairs, num_pairs, p, seen, reached));
    GSC_TRY(gsc_matrix_copy(representation, &x));
    gsc_standardise(&x);
    count_parallelograms(&x, threshold, seen, reached);
    for (size_t i = 0; i < p * p; i++)
        right += reached[i];
    *accuracy = (double)right / ((double)p * (double)(p + 1) / 2);
out:
    gsc_matrix_free(&x);
    free(seen);
    free(reached);
    return status;
}

int
gsc_rqi_entropy(const gsc_matrix *embedding, double *entropy)
{
    gsc_pca pca;
    int status = gsc_pca_init(&pca, embedding);
    if (status == 0)
        *entropy = gsc_pca_entropy(&pca);
    gsc_pca_free(&pca);
    return status;
}

/* ---- Translations ---- */

static size_t
product(const gsc_group *group, size_t n, size_t g, size_t s)
{
    return group ? gsc_group_product(group, g, s) : (g + s) % n;
}

/* (c - 1) / (n(n-1)/2 - 1), where an s of order two is a class of its own. */
static double
chance_of(const gsc_group *group, size_t n, size_t identity)
{
    size_t singles = 0;
    for (size_t s = 0; s < n; s++)
        singles += s != identity && product(group, n, s, s) == identity;
    double classes = (double)((n - 1 - singles) / 2 + singles);
    double pairs = (double)n * (double)(n - 1) / 2;
    return (classes - 1) / (pairs - 1);
}

/* K [n, n] of the centred rows. */
static int
centred_gram(const gsc_matrix *embedding, gsc_matrix *gram)
{
    int status = 0;
    gsc_matrix x = {0};
    size_t n = embedding->rows, d = embedding->cols;
    *gram = (gsc_matrix){0};
    GSC_TRY(gsc_matrix_copy(embedding, &x));
    for (size_t j = 0; j < d; j++) {
        double mean = 0;
        for (size_t i = 0; i < n; i++)
            mean += x.data[i * d + j] / (double)n;
        for (size_t i = 0; i < n; i++)
            x.data[i * d + j] -= mean;
    }
    GSC_TRY(gsc_matrix_init(gram, n, n));
    gsc_gemm_f64(false, true, n, n, d, 1, x.data, d, x.data, d, 0, gram->data, n);
out:
    gsc_matrix_free(&x);
    return status;
}

/* The variances over all g != h of kappa and of K, times their number. */
static double
share_explained(const gsc_matrix *gram, const gsc_group *group, size_t identity)
{
    size_t n = gram->rows;
    double mean = 0, all = 0, kept = 0;
    for (size_t i = 0; i < n * n; i++)
        if (i % n != i / n)
            mean += gram->data[i] / ((double)n * (double)(n - 1));
    for (size_t s = 0; s < n; s++) {
        double kappa = 0;
        if (s == identity)
            continue;
        for (size_t g = 0; g < n; g++) {
            double x = gram->data[g * n + product(group, n, g, s)] - mean;
            kappa += x / (double)n;
            all += x * x;
        }
        kept += (double)n * kappa * kappa;
    }
    return kept / all;
}

int
gsc_rqi_gram(const gsc_matrix *embedding, const gsc_group *group, gsc_rqi_fit *fit)
{
    int status = 0;
    gsc_matrix gram = {0};
    size_t n = embedding->rows, identity = group ? group->identity : 0;
    GSC_TRY(not_empty(embedding, 3));
    if (group && group->order != n)
        return gsc_fail(GSC_EARGUMENT,
                        "an embedding [%zu, %zu] of a group of %zu elements", n,
                        embedding->cols, group->order);
    GSC_TRY(centred_gram(embedding, &gram));
    fit->share = share_explained(&gram, group, identity);
    fit->chance = chance_of(group, n, identity);
out:
    gsc_matrix_free(&gram);
    return status;
}

/* ---- Angles ---- */

/* theta [p]: of the centred rows in the plane. */
static int
angles_in(const gsc_plane *plane, const gsc_matrix *x, double *theta)
{
    int status = 0;
    size_t p = x->rows;
    double *y = NULL, mean[2] = {0, 0};
    GSC_NEW(y, 2 * p);
    gsc_plane_project(plane, x->data, p, y);
    for (size_t i = 0; i < 2 * p; i++)
        mean[i % 2] += y[i] / (double)p;
    for (size_t i = 0; i < p; i++)
        theta[i] = atan2(y[2 * i + 1] - mean[1], y[2 * i] - mean[0]);
out:
    free(y);
    return status;
}

/* An angle between -2 pi and 2 pi as one between 0 and 2 pi. */
static double
turned(double angle)
{
    return angle < 0 ? angle + two_pi : angle;
}

/* out[v] = |x - y[v]|, the shorter way round. */
static GSC_HOT void
deviations_from(double x, const double *y, size_t count, double *out)
{
    for (size_t v = 0; v < count; v++) {
        double apart = fabs(x - y[v]);
        out[v] = apart < two_pi - apart ? apart : two_pi - apart;
    }
}

/* Unordered pairs of residues with sum s: {s - t, t}, and their summed angles, 0 to
 * 2 pi. */
static size_t
pairs_of_sum(const double *theta, size_t p, size_t s, double *sums)
{
    size_t count = 0;
    for (size_t i = 0; i < p; i++) {
        size_t j = (s + p - i) % p;
        if (i <= j)
            sums[count++] = turned(theta[i] + theta[j]);
    }
    return count;
}

/* deviations: of all quadruples; how many. */
static size_t
all_deviations(const double *theta, size_t p, double *sums, double *deviations)
{
    size_t total = 0;
    for (size_t s = 0; s < p; s++) {
        size_t count = pairs_of_sum(theta, p, s, sums);
        for (size_t u = 0; u < count; u++) {
            size_t others = count - u - 1;
            deviations_from(sums[u], sums + u + 1, others, deviations + total);
            total += others;
        }
    }
    return total;
}

int
gsc_rqi_angle(const gsc_matrix *embedding, size_t k, double tolerance,
              gsc_rqi_angles *angles)
{
    int status = 0;
    gsc_plane plane = {0};
    double *theta = NULL, *sums = NULL, *deviations = NULL;
    size_t p = embedding->rows, most = p / 2 + 1, close = 0;
    GSC_TRY(gsc_plane_init(&plane, embedding, k));
    GSC_NEW(theta, p);
    GSC_NEW(sums, most);
    GSC_NEW(deviations, p * (most * (most - 1) / 2));
    GSC_TRY(angles_in(&plane, embedding, theta));
    size_t count = all_deviations(theta, p, sums, deviations);
    for (size_t i = 0; i < count; i++)
        close += deviations[i] < tolerance;
    angles->share = (double)close / (double)count;
    angles->median = gsc_stats_median(deviations, count);
out:
    gsc_plane_free(&plane);
    free(theta);
    free(sums);
    free(deviations);
    return status;
}

/* ---- A reference without structure ---- */

/* The frequency below p/2 of most power; work [2, p/2 + 1, d]. */
static int
strongest_frequency(const gsc_matrix *x, double *work, size_t *strongest)
{
    size_t p = x->rows, d = x->cols, count = (p / 2 + 1) * d;
    double most = -1;
    int status = gsc_dft_columns(x->data, p, d, work, work + count);
    for (size_t k = 1; status == 0 && 2 * k < p; k++) {
        double power = 0;
        for (size_t i = k * d; i < (k + 1) * d; i++)
            power += work[i] * work[i] + work[count + i] * work[count + i];
        if (power > most) {
            most = power;
            *strongest = k;
        }
    }
    return status;
}

int
gsc_rqi_gaussian(size_t p, size_t d, size_t draws, uint64_t seed, double *gram,
                 gsc_rqi_angles *angles)
{
    int status = 0;
    gsc_matrix x = {0};
    double *work = NULL;
    uint64_t stream = gsc_rng_stream("rqi:gaussian");
    if (draws == 0 || p < 4 || d == 0)
        return gsc_fail(GSC_EARGUMENT,
                        "%zu Gaussian embeddings [%zu, %zu]: expected one at least, of "
                        "4 rows and a column at least",
                        draws, p, d);
    GSC_TRY(gsc_matrix_init(&x, p, d));
    GSC_NEW(work, 2 * (p / 2 + 1) * d);
    *gram = angles->share = angles->median = 0;
    for (size_t draw = 0; draw < draws; draw++) {
        gsc_rqi_fit fit;
        gsc_rqi_angles one;
        size_t k = 1;
        for (size_t i = 0; i < p * d; i++)
            x.data[i] = gsc_rng_normal(seed, stream, draw * p * d + i);
        GSC_TRY(strongest_frequency(&x, work, &k));
        GSC_TRY(gsc_rqi_gram(&x, NULL, &fit));
        GSC_TRY(gsc_rqi_angle(&x, k, GSC_RQI_ANGLE, &one));
        *gram += fit.share / (double)draws;
        angles->share += one.share / (double)draws;
        angles->median += one.median / (double)draws;
    }
out:
    gsc_matrix_free(&x);
    free(work);
    return status;
}
