/* The path that weights take. */
#include "analyze/method/weights/trajectory.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "train/numeric/linalg.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

static const double pi = 3.14159265358979323846;

/* The upper triangle of squares, made into G = -1/2 J D J. */
static int
init_gram(gsc_matrix *gram, const double *squares, size_t count)
{
    int status = 0;
    double *mean = NULL, all = 0;
    *gram = (gsc_matrix){0};
    GSC_NEW(mean, count);
    GSC_TRY(gsc_matrix_init(gram, count, count));
    for (size_t i = 0; i < count; i++)
        for (size_t j = i + 1; j < count; j++) {
            double square = squares[i * count + j];
            gram->data[i * count + j] = gram->data[j * count + i] = square;
            mean[i] += square / (double)count;
            mean[j] += square / (double)count;
        }
    for (size_t i = 0; i < count; i++)
        all += mean[i] / (double)count;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++) {
            double *g = &gram->data[i * count + j];
            *g = -(*g - mean[i] - mean[j] + all) / 2;
        }
out:
    free(mean);
    return status;
}

/* The squared distances of a walk whose steps have the same lengths and are orthogonal.
 */
static int
new_walk(const double *squares, size_t count, double **walk)
{
    int status = 0;
    GSC_NEW(*walk, count * count);
    for (size_t i = 0; i < count; i++) {
        double sum = 0;
        for (size_t j = i + 1; j < count; j++) {
            sum += squares[(j - 1) * count + j];
            (*walk)[i * count + j] = sum;
        }
    }
out:
    return status;
}

/* The cosine of a unit vector with the wave of component u; its mean square is 1/2. */
static double
cosine_with_wave(const double *v, size_t u, size_t count)
{
    double sum = 0, n = (double)count;
    for (size_t t = 0; t < count; t++)
        sum += v[t] * cos(pi * (double)(u + 1) * ((double)t + 0.5) / n);
    return sum / sqrt(n / 2);
}

/* Eigenvalues of G, none below 0, as shares; eigenvectors that go with the modes. */
static int
decompose(const double *squares, size_t count, double *values, double *share,
          gsc_matrix *vectors)
{
    int status = 0;
    double sum = 0;
    gsc_matrix gram = {0};
    GSC_TRY(init_gram(&gram, squares, count));
    GSC_TRY(gsc_eigen_symmetric(&gram, values, vectors));
    for (size_t u = 0; u < count; u++) {
        values[u] = values[u] > 0 ? values[u] : 0;
        sum += values[u];
    }
    for (size_t u = 0; u < count; u++) {
        double *v = vectors->data + u * count;
        bool opposes = cosine_with_wave(v, u, count) < 0;
        share[u] = sum > 0 ? values[u] / sum : 0;
        for (size_t t = 0; opposes && t < count; t++)
            v[t] = -v[t];
    }
    values[count - 1] = 0; /* centred rows span one dimension less */
    share[count - 1] = 0;
out:
    gsc_matrix_free(&gram);
    return status;
}

static double
dot(const double *x, const double *y, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i] * y[i];
    return sum;
}

static void
finish(gsc_trajectory *self, const double *values, const gsc_matrix *own,
       const gsc_matrix *walk)
{
    size_t count = self->count;
    for (size_t u = 0; u < count; u++) {
        const double *v = own->data + u * count;
        self->singular_values[u] = sqrt(values[u]);
        for (size_t t = 0; t < count; t++)
            self->coordinates.data[u * count + t] = self->singular_values[u] * v[t];
        if (self->share[u] <= 0)
            continue;
        self->cosine_walk[u] = dot(v, walk->data + u * count, count);
        self->cosine_wave[u] = cosine_with_wave(v, u, count);
    }
}

int
gsc_trajectory_init(gsc_trajectory *self, const double *squares, size_t count)
{
    int status = 0;
    double *values = NULL, *walk_values = NULL, *walk = NULL;
    gsc_matrix own_vectors = {0}, walk_vectors = {0};
    *self = (gsc_trajectory){.count = count};
    if (count == 0)
        return gsc_fail(GSC_EARGUMENT, "the path of no checkpoints");
    GSC_NEW(values, count);
    GSC_NEW(walk_values, count);
    GSC_NEW(self->singular_values, count);
    GSC_NEW(self->share, count);
    GSC_NEW(self->share_walk, count);
    GSC_NEW(self->cosine_walk, count);
    GSC_NEW(self->cosine_wave, count);
    GSC_TRY(gsc_matrix_init(&self->coordinates, count, count));
    GSC_TRY(new_walk(squares, count, &walk));
    GSC_TRY(decompose(squares, count, values, self->share, &own_vectors));
    GSC_TRY(decompose(walk, count, walk_values, self->share_walk, &walk_vectors));
    finish(self, values, &own_vectors, &walk_vectors);
out:
    free(values);
    free(walk_values);
    free(walk);
    gsc_matrix_free(&own_vectors);
    gsc_matrix_free(&walk_vectors);
    if (status < 0)
        gsc_trajectory_free(self);
    return status;
}

void
gsc_trajectory_free(gsc_trajectory *self)
{
    free(self->singular_values);
    free(self->share);
    free(self->share_walk);
    free(self->cosine_walk);
    free(self->cosine_wave);
    gsc_matrix_free(&self->coordinates);
    *self = (gsc_trajectory){0};
}
