/* A student learns what a random teacher answers (Liu, Michaud and Tegmark, Omnigrok,
 * arXiv 2210.01117, section 3): x ~ N(0, 1), y = teacher(x), the teacher a tanh network
 * of two hidden layers with PyTorch's first weights, even within 1/sqrt(fan_in) of 0
 * for weights and biases. */
#include "train/task/teacher_student.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/rng.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { NUM_LAYERS = 3, MOST_WIDTH = 4096 };

static const gsc_option rows[] = {
    GSC_ROW_INTEGER(gsc_teacher_student, d_in, "5", 1, MOST_WIDTH,
                    "Numbers in an example."),
    GSC_ROW_INTEGER(gsc_teacher_student, d_hidden, "100", 1, MOST_WIDTH,
                    "Neurons in each of the two hidden layers of the teacher."),
    GSC_ROW_INTEGER(gsc_teacher_student, d_out, "5", 1, MOST_WIDTH,
                    "Numbers in an answer of the teacher."),
    GSC_ROW_INTEGER(gsc_teacher_student, train_samples, "100", 1, 1e7,
                    "Examples to train on."),
    GSC_ROW_INTEGER(gsc_teacher_student, test_samples, "100", 1, 1e7,
                    "Examples to test on."),
    GSC_ROW_REAL(gsc_teacher_student, tolerance, "0.001", 0, 1e9,
                 "An answer is right where its mean squared error is below this."),
    GSC_ROW_INTEGER(gsc_teacher_student, data_seed, "0", 0, 0x1p53,
                    "Seed of the teacher and of the examples."),
};

/* ---- The teacher ---- */

typedef struct teacher {
    size_t width[NUM_LAYERS + 1];
    uint64_t seed;
    double *W[NUM_LAYERS], *b[NUM_LAYERS]; /* [in, out], [out] */
    double *h[2];                          /* of one example, turn by turn */
} teacher;

/* values[i], even within 1/sqrt(fan_in) of 0 */
static int
draw_layer(const teacher *t, size_t layer, const char *what, size_t count,
           double **values)
{
    int status = 0;
    char name[64];
    snprintf(name, sizeof name, "teacher:linear%zu.%s", layer + 1, what);
    uint64_t stream = gsc_rng_stream(name);
    double scale = 1 / sqrt((double)t->width[layer]);
    GSC_NEW(*values, count);
    for (size_t i = 0; i < count; i++)
        (*values)[i] = scale * (2 * gsc_rng_uniform(t->seed, stream, i) - 1);
out:
    return status;
}

static int
make_teacher(teacher *t, const gsc_teacher_student *o)
{
    int status = 0;
    size_t hidden = (size_t)o->d_hidden;
    *t = (teacher){.width = {(size_t)o->d_in, hidden, hidden, (size_t)o->d_out},
                   .seed = (uint64_t)o->data_seed};
    for (size_t l = 0; l < NUM_LAYERS; l++) {
        GSC_TRY(draw_layer(t, l, "W", t->width[l] * t->width[l + 1], &t->W[l]));
        GSC_TRY(draw_layer(t, l, "b", t->width[l + 1], &t->b[l]));
    }
    for (size_t i = 0; i < 2; i++)
        GSC_NEW(t->h[i], MOST_WIDTH);
out:
    return status;
}

static void
free_teacher(teacher *t)
{
    for (size_t l = 0; l < NUM_LAYERS; l++) {
        free(t->W[l]);
        free(t->b[l]);
    }
    free(t->h[0]);
    free(t->h[1]);
}

/* y = tanh(tanh(x W + b) W + b) W + b */
static void
answer(const teacher *t, const double *x, double *y)
{
    const double *in = x;
    for (size_t l = 0; l < NUM_LAYERS; l++) {
        bool last = l + 1 == NUM_LAYERS;
        size_t n = t->width[l], m = t->width[l + 1];
        double *out = last ? y : t->h[l % 2];
        for (size_t j = 0; j < m; j++) {
            double sum = t->b[l][j];
            for (size_t i = 0; i < n; i++)
                sum += in[i] * t->W[l][i * m + j];
            out[j] = last ? sum : tanh(sum);
        }
        in = out;
    }
}

/* ---- The task ---- */

static int
add_examples(gsc_dataset *dataset, const teacher *t)
{
    int status = 0;
    void *x, *y;
    size_t d_in = t->width[0], d_out = t->width[NUM_LAYERS];
    uint64_t stream = gsc_rng_stream("teacher:x");
    GSC_TRY(gsc_dataset_add_field(dataset, "x", GSC_FIELD_FLOAT64,
                                  (gsc_shape){1, {d_in}}, 0, &x));
    GSC_TRY(gsc_dataset_add_field(dataset, "y", GSC_FIELD_FLOAT64,
                                  (gsc_shape){1, {d_out}}, 0, &y));
    for (size_t i = 0; i < dataset->num_examples * d_in; i++)
        ((double *)x)[i] = gsc_rng_normal(t->seed, stream, i);
    for (size_t e = 0; e < dataset->num_examples; e++)
        answer(t, (double *)x + e * d_in, (double *)y + e * d_out);
out:
    return status;
}

static int
make(void *values, gsc_dataset *dataset, gsc_facets *facets)
{
    int status = 0;
    const gsc_teacher_student *o = values;
    gsc_facet *facet;
    teacher t = {.seed = 0};
    dataset->num_examples = (size_t)(o->train_samples + o->test_samples);
    GSC_TRY(make_teacher(&t, o));
    GSC_TRY(add_examples(dataset, &t));
    GSC_TRY(gsc_dataset_add_first(dataset, "train", (size_t)o->train_samples));
    GSC_TRY(gsc_dataset_add_rest(dataset, "test"));
    gsc_target *target =
        gsc_dataset_add_target(dataset, "answer", "y", "squared_error");
    target->tolerance = o->tolerance;
    GSC_TRY(gsc_facets_add(facets, GSC_REGRESSION, &facet));
    GSC_TRY(gsc_facet_add_integer(facet, "d_in", o->d_in));
    GSC_TRY(gsc_facet_add_integer(facet, "d_out", o->d_out));
out:
    free_teacher(&t);
    return status;
}

const gsc_task gsc_task_teacher_student = {
    "teacher_student",          "what a random network answers", rows,
    sizeof rows / sizeof *rows, sizeof(gsc_teacher_student),     make};
