/* The measure "sharpness": how far the loss can rise close to a checkpoint.
 *
 * Keskar, Mudigere, Nocedal, Smelyanskiy and Tang, arXiv 1609.04836, definition 2.1, as
 * openai/grok's grok/measure.py asks it of Power et al.'s networks: with the columns of
 * A, the pseudo-inverse of `subspace_dim` random rows A+ of unit length,
 *
 *     sharpness = 100 (max f(x + A y) - f(x)) / (1 + f(x))
 *     over |y_i| <= epsilon (|(A+ x)_i| + 1)
 *
 * f is the loss of the training examples and x all trained weights. */
#include "grokscope/error.h"
#include "grokscope/measure.h"
#include "grokscope/memory.h"
#include "grokscope/rng.h"

#include "analyze/maths/box_maximum.h"
#include "analyze/network/loss/loss_gradient.h"
#include "train/numeric/linalg.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct options {
    int64_t subspace_dim, iterations, subspace_seed;
    double epsilon;
};

static const gsc_option option_rows[] = {
    GSC_ROW_INTEGER(struct options, subspace_dim, "10", 0, 1000,
                    "Random directions of the weights that are searched; 0: all."),
    GSC_ROW_REAL(struct options, epsilon, "0.001", 0, 1,
                 "Size of the neighbourhood, over 1 + |weight|."),
    GSC_ROW_INTEGER(struct options, iterations, "10", 1, 100000,
                    "Most steps of the search for the largest loss."),
    GSC_ROW_INTEGER(struct options, subspace_seed, "0", 0, 0x1p53,
                    "Seed of the directions."),
};
static const gsc_measure_options option_set = {"sharpness", option_rows,
                                               sizeof option_rows / sizeof *option_rows,
                                               sizeof(struct options)};

/* ---- The subspace ---- */

typedef struct search {
    const gsc_loaded_model *loaded;
    gsc_loss_gradient loss;
    gsc_threads *threads;
    size_t n;            /* length of the flat array */
    size_t dim;          /* of y */
    gsc_matrix rows;     /* [dim, n] A+; empty where y is all of the weights */
    gsc_matrix inverse;  /* [dim, dim] of A+ A+', where A = A+' (A+ A+')^-1 */
    double *bounds, *at; /* [dim], [n] */
    double *small;       /* [dim] */
} search;

static void
free_search(search *s)
{
    gsc_loss_gradient_close(&s->loss);
    gsc_matrix_free(&s->rows);
    gsc_matrix_free(&s->inverse);
    free(s->bounds);
    free(s->at);
    free(s->small);
}

/* Even in [-1, 1), then of unit length. */
static void
draw_row(const search *s, const double *marks, uint64_t seed, uint64_t stream,
         double *row, size_t number)
{
    double squares = 0;
    for (size_t i = 0; i < s->n; i++) {
        double u = 2 * gsc_rng_uniform(seed, stream, number * s->n + i) - 1;
        row[i] = marks[i] * u;
        squares += row[i] * row[i];
    }
    for (size_t i = 0; i < s->n; i++)
        row[i] /= sqrt(squares);
}

static double
dot(const double *a, const double *b, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

/* (A+ A+')^-1 by its eigenvectors: the rows are nearly orthogonal. */
static int
invert(search *s)
{
    int status = 0;
    gsc_matrix gram = {0}, vectors = {0};
    double *values = NULL;
    GSC_NEW(values, s->dim);
    GSC_TRY(gsc_matrix_init(&gram, s->dim, s->dim));
    GSC_TRY(gsc_matrix_init(&s->inverse, s->dim, s->dim));
    for (size_t i = 0; i < s->dim; i++)
        for (size_t j = 0; j < s->dim; j++)
            gram.data[i * s->dim + j] =
                dot(s->rows.data + i * s->n, s->rows.data + j * s->n, s->n);
    GSC_TRY(gsc_eigen_symmetric(&gram, values, &vectors));
    if (!(values[s->dim - 1] > 1e-10 * values[0]))
        GSC_TRY(gsc_fail(GSC_EARGUMENT,
                         "subspace_dim: %zu directions are not independent; there are "
                         "few trained weights: 0 searches all of them",
                         s->dim));
    for (size_t i = 0; i < s->dim; i++)
        for (size_t j = 0; j < s->dim; j++)
            for (size_t k = 0; k < s->dim; k++)
                s->inverse.data[i * s->dim + j] += vectors.data[k * s->dim + i] *
                                                   vectors.data[k * s->dim + j] /
                                                   values[k];
out:
    free(values);
    gsc_matrix_free(&gram);
    gsc_matrix_free(&vectors);
    return status;
}

static int
draw_subspace(search *s, const struct options *o, const double *marks)
{
    int status = 0;
    uint64_t stream = gsc_rng_stream("sharpness");
    GSC_TRY(gsc_matrix_init(&s->rows, s->dim, s->n));
    for (size_t i = 0; i < s->dim; i++) {
        double *row = s->rows.data + i * s->n;
        draw_row(s, marks, (uint64_t)o->subspace_seed, stream, row, i);
        s->bounds[i] = o->epsilon * (fabs(dot(row, s->loaded->weights, s->n)) + 1);
    }
    GSC_TRY(invert(s));
out:
    return status;
}

static int
init_search(search *s, const gsc_measure_request *request)
{
    int status = 0;
    const struct options *o = request->options;
    double *marks = NULL;
    *s = (search){.loaded = request->loaded,
                  .threads = request->threads,
                  .n = request->loaded->num_weights};
    s->dim = o->subspace_dim > 0 ? (size_t)o->subspace_dim : s->n;
    GSC_TRY(gsc_loss_gradient_open(&s->loss, request->loaded));
    GSC_TRY(gsc_loss_gradient_need_smooth(&s->loss));
    GSC_NEW(marks, s->n);
    GSC_NEW(s->bounds, s->dim);
    GSC_NEW(s->small, s->dim);
    GSC_NEW(s->at, s->n);
    gsc_mark_trained(request->loaded, marks);
    if (o->subspace_dim > 0)
        GSC_TRY(draw_subspace(s, o, marks));
    for (size_t i = 0; o->subspace_dim == 0 && i < s->n; i++)
        s->bounds[i] = marks[i] * o->epsilon * (fabs(request->loaded->weights[i]) + 1);
out:
    free(marks);
    return status;
}

/* ---- The search ---- */

/* out = inverse in, of small vectors. */
static void
multiply_inverse(const search *s, const double *in, double *out)
{
    for (size_t i = 0; i < s->dim; i++)
        out[i] = dot(s->inverse.data + i * s->dim, in, s->dim);
}

/* s->at = x + A y. */
static void
go_to(search *s, const double *y)
{
    memcpy(s->at, s->loaded->weights, s->n * sizeof *s->at);
    if (!s->rows.data) {
        for (size_t i = 0; i < s->n; i++)
            s->at[i] += y[i];
        return;
    }
    multiply_inverse(s, y, s->small);
    for (size_t k = 0; k < s->dim; k++)
        for (size_t i = 0; i < s->n; i++)
            s->at[i] += s->small[k] * s->rows.data[k * s->n + i];
}

/* The loss there, and its gradient by y: A' of that by the weights. */
static int
value(void *context, const double *y, double *f, double *gradient)
{
    search *s = context;
    const double *by_weights;
    go_to(s, y);
    int status = gsc_loss_gradient_run(&s->loss, s->at, s->threads, f, &by_weights);
    if (status < 0)
        return status;
    if (!s->rows.data) {
        memcpy(gradient, by_weights, s->n * sizeof *gradient);
        return 0;
    }
    for (size_t k = 0; k < s->dim; k++)
        s->small[k] = dot(s->rows.data + k * s->n, by_weights, s->n);
    multiply_inverse(s, s->small, gradient);
    return 0;
}

/* ---- One row for each checkpoint ---- */

static const gsc_column columns[] = {
    {"loss", GSC_CELL_REAL, false, "loss of the training examples", false},
    {"largest_loss", GSC_CELL_REAL, false, "largest loss in the neighbourhood", false},
    {"sharpness", GSC_CELL_REAL, false,
     "rise of the loss to that, in hundredths of 1 + loss", false},
};

static int
fill(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    const struct options *o = request->options;
    search s;
    double *y = NULL, loss, largest;
    const double *gradient;
    GSC_TRY(init_search(&s, request));
    GSC_NEW(y, s.dim);
    const gsc_box box = {s.dim, s.bounds, value, &s};
    GSC_TRY(gsc_loss_gradient_run(&s.loss, request->loaded->weights, s.threads, &loss,
                                  &gradient));
    GSC_TRY(gsc_box_maximise(&box, (size_t)o->iterations, y, &largest));
    GSC_TRY(GSC_ROWS_REALS(rows, loss, largest, 100 * (largest - loss) / (1 + loss)));
out:
    free(y);
    free_search(&s);
    return status;
}

const gsc_measure gsc_measure_sharpness = {
    .name = "sharpness",
    .purpose = "how far the loss can rise close to the weights",
    .examples = "  grokscope-sharpness checkpoints/demo --step all\n"
                "      how sharp the loss is along the run\n"
                "  grokscope-sharpness checkpoints/demo --subspace-dim 0\n"
                "      in all directions, not in ten random ones\n",
    .needs = GSC_NEEDS_NETWORK,
    .options = &option_set,
    .num_tables = 1,
    .tables = {GSC_TABLE("checkpoint", columns, fill, NULL)}};
