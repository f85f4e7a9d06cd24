/* The spectrum of a symmetric matrix that is known only by its products with vectors.
 */
#include "analyze/method/weights/lanczos.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "train/numeric/linalg.h"

#include <math.h>
#include <stdlib.h>

/* Below this share of the matrix's size a new direction is rounding. */
static const double EXHAUSTED = 1e-10;

static double
dot(const double *a, const double *b, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

/* Take from w what lies along the first `count` rows of q; once is not enough. */
static void
orthogonalise(double *w, const double *q, size_t count, size_t n)
{
    for (int pass = 0; pass < 2; pass++)
        for (size_t k = 0; k < count; k++) {
            double along = dot(w, q + k * n, n);
            for (size_t i = 0; i < n; i++)
                w[i] -= along * q[k * n + i];
        }
}

static void
scale_to(const double *w, double factor, double *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = factor * w[i];
}

/* What A is among the vectors that the iteration finds. */
typedef struct tridiagonal {
    size_t room, count;   /* of steps, and those that were made */
    double *alpha, *beta; /* [room]: the diagonal, and what stands beside it */
} tridiagonal;

static int
iterate(tridiagonal *t, size_t n, const double *start, gsc_symmetric_product *product,
        void *context)
{
    int status = 0;
    double *q = NULL, *w = NULL, size = 0, norm = sqrt(dot(start, start, n));
    if (!(norm > 0))
        return gsc_fail(GSC_EARGUMENT, "Lanczos's iteration begins with a vector of 0");
    GSC_NEW(q, t->room * n);
    GSC_NEW(w, n);
    scale_to(start, 1 / norm, q, n);
    for (size_t k = 0; k < t->room; k++) {
        GSC_TRY(product(context, q + k * n, w));
        t->alpha[k] = dot(w, q + k * n, n);
        orthogonalise(w, q, k + 1, n);
        t->beta[k] = sqrt(dot(w, w, n));
        size = fmax(size, fmax(fabs(t->alpha[k]), t->beta[k]));
        t->count = k + 1;
        if (k + 1 == t->room || !(t->beta[k] > EXHAUSTED * size))
            break;
        scale_to(w, 1 / t->beta[k], q + (k + 1) * n, n);
    }
out:
    free(q);
    free(w);
    return status;
}

int
gsc_ritz_init(gsc_ritz *ritz, size_t n, const double *start, size_t steps,
              gsc_symmetric_product *product, void *context)
{
    int status = 0;
    tridiagonal t = {.room = steps < n ? steps : n};
    gsc_matrix vectors = {0};
    *ritz = (gsc_ritz){.count = 0};
    GSC_NEW(t.alpha, t.room);
    GSC_NEW(t.beta, t.room);
    GSC_TRY(iterate(&t, n, start, product, context));
    ritz->count = t.count;
    GSC_NEW(ritz->values, ritz->count);
    GSC_NEW(ritz->weights, ritz->count);
    GSC_NEW(ritz->residuals, ritz->count);
    GSC_TRY(gsc_eigen_tridiagonal(t.alpha, t.beta, t.count, ritz->values, &vectors));
    for (size_t i = 0; i < ritz->count; i++) {
        const double *v = vectors.data + i * ritz->count;
        ritz->weights[i] = v[0] * v[0];
        ritz->residuals[i] = t.beta[t.count - 1] * fabs(v[ritz->count - 1]);
    }
out:
    free(t.alpha);
    free(t.beta);
    gsc_matrix_free(&vectors);
    if (status < 0)
        gsc_ritz_free(ritz);
    return status;
}

void
gsc_ritz_free(gsc_ritz *ritz)
{
    free(ritz->values);
    free(ritz->weights);
    free(ritz->residuals);
    *ritz = (gsc_ritz){.count = 0};
}

double
gsc_spectral_density(const gsc_ritz *ritz, size_t count, double x, double width)
{
    double sum = 0;
    for (size_t r = 0; r < count; r++)
        for (size_t i = 0; i < ritz[r].count; i++) {
            double off = (x - ritz[r].values[i]) / width;
            sum += ritz[r].weights[i] * exp(-off * off / 2);
        }
    return sum / ((double)count * width * sqrt(4 * acos(0)));
}
