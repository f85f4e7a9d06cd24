/* Least squares on random features. */
#include "analyze/method/task/random_features.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/rng.h"

#include "train/numeric/gemm.h"
#include "train/numeric/linalg.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

/* Examples as the model sees them. */
typedef struct examples {
    gsc_matrix features; /* [count, features] */
    double *targets;     /* [count] */
} examples;

static void
free_examples(examples *e)
{
    gsc_matrix_free(&e->features);
    free(e->targets);
}

/* What one draw has for all its examples. */
typedef struct model {
    const gsc_random_features *setting;
    uint64_t stream;
    double *teacher;    /* [inputs] */
    gsc_matrix weights; /* [inputs, features] */
} model;

enum { TEACHER, WEIGHTS, TRAIN, TEST, NOISE };

static double
normal(const model *m, uint64_t part, uint64_t number)
{
    return gsc_rng_normal(m->setting->seed, gsc_rng_substream(m->stream, part), number);
}

static int
init_model(model *m, size_t features)
{
    int status = 0;
    const size_t d = m->setting->inputs;
    const double scale = 1 / sqrt((double)d);
    GSC_NEW(m->teacher, d);
    GSC_TRY(gsc_matrix_init(&m->weights, d, features));
    for (size_t i = 0; i < d; i++)
        m->teacher[i] = scale * normal(m, TEACHER, i);
    for (size_t i = 0; i < d * features; i++)
        m->weights.data[i] = scale * normal(m, WEIGHTS, i);
out:
    return status;
}

static int
init_examples(examples *e, const model *m, uint64_t part, size_t count, double noise)
{
    int status = 0;
    const size_t d = m->setting->inputs, width = m->weights.cols;
    double *x = NULL;
    GSC_NEW(x, count * d);
    GSC_NEW(e->targets, count);
    GSC_TRY(gsc_matrix_init(&e->features, count, width));
    for (size_t i = 0; i < count * d; i++)
        x[i] = normal(m, part, i);
    for (size_t i = 0; i < count; i++) {
        e->targets[i] = noise > 0 ? noise * normal(m, NOISE, i) : 0;
        for (size_t k = 0; k < d; k++)
            e->targets[i] += m->teacher[k] * x[i * d + k];
    }
    gsc_gemm_f64(false, false, count, width, d, 1, x, d, m->weights.data, width, 0,
                 e->features.data, width);
    for (size_t i = 0; i < count * width; i++)
        e->features.data[i] = fmax(e->features.data[i], 0);
out:
    free(x);
    return status;
}

static double
mean_error(const examples *e, const double *b, double *work)
{
    const size_t count = e->features.rows, width = e->features.cols;
    double sum = 0;
    gsc_gemm_f64(false, false, count, 1, width, 1, e->features.data, width, b, 1, 0,
                 work, 1);
    for (size_t i = 0; i < count; i++)
        sum += (work[i] - e->targets[i]) * (work[i] - e->targets[i]);
    return sum / (double)count;
}

/* b = V diag(s / (s^2 + ridge)) Uᵀ y, over the s that are not 0 to rounding. */
static void
solve(const gsc_matrix *u, const double *s, const gsc_matrix *vt, const double *y,
      double ridge, double *b)
{
    const size_t r = vt->rows, width = vt->cols;
    const double least =
        s[0] * DBL_EPSILON * (double)(width > u->rows ? width : u->rows);
    for (size_t k = 0; k < width; k++)
        b[k] = 0;
    for (size_t i = 0; i < r && s[i] > least; i++) {
        double along = 0;
        for (size_t k = 0; k < u->rows; k++)
            along += u->data[k * r + i] * y[k];
        along *= s[i] / (s[i] * s[i] + ridge);
        for (size_t k = 0; k < width; k++)
            b[k] += along * vt->data[i * width + k];
    }
}

static int
fit_all(const examples *train, const examples *test, const double *ridges,
        size_t num_ridges, gsc_feature_fit *fits)
{
    int status = 0;
    const size_t n = train->features.rows, width = train->features.cols;
    double *s = NULL, *b = NULL, *work = NULL;
    gsc_matrix u = {0}, vt = {0};
    GSC_NEW(s, n < width ? n : width);
    GSC_NEW(b, width);
    GSC_NEW(work, n + test->features.rows);
    GSC_TRY(gsc_svd(&train->features, s, &u, &vt));
    for (size_t i = 0; i < num_ridges; i++) {
        double squares = 0;
        solve(&u, s, &vt, train->targets, ridges[i], b);
        for (size_t k = 0; k < width; k++)
            squares += b[k] * b[k];
        fits[i] = (gsc_feature_fit){mean_error(train, b, work),
                                    mean_error(test, b, work), sqrt(squares)};
    }
out:
    gsc_matrix_free(&u);
    gsc_matrix_free(&vt);
    free(s);
    free(b);
    free(work);
    return status;
}

int
gsc_random_features_fit(const gsc_random_features *setting, size_t features,
                        uint64_t draw, const double *ridges, size_t num_ridges,
                        gsc_feature_fit *fits)
{
    int status = 0;
    model m = {.setting = setting};
    examples train = {.targets = NULL}, test = {.targets = NULL};
    m.stream = gsc_rng_substream(gsc_rng_stream("random features"), draw);
    GSC_TRY(init_model(&m, features));
    GSC_TRY(init_examples(&train, &m, TRAIN, setting->samples, setting->noise));
    GSC_TRY(init_examples(&test, &m, TEST, setting->test_samples, 0));
    GSC_TRY(fit_all(&train, &test, ridges, num_ridges, fits));
out:
    free_examples(&train);
    free_examples(&test);
    free(m.teacher);
    gsc_matrix_free(&m.weights);
    return status;
}
