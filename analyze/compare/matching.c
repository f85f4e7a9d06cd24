/* Neurons of one network that do what those of another do. */
#include "analyze/compare/matching.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/text.h"

#include "train/numeric/gemm.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Shapes ---- */

static int
describe(gsc_text *text, const gsc_tensor *x, const gsc_tensor *y)
{
    int status = 0;
    GSC_TRY(gsc_text_add(text, "%s is ", x ? x->name : y->name));
    GSC_TRY(x ? gsc_shape_add(x->shape, text) : gsc_text_add(text, "missing"));
    GSC_TRY(gsc_text_add(text, " and "));
    GSC_TRY(y ? gsc_shape_add(y->shape, text) : gsc_text_add(text, "missing"));
out:
    return status;
}

int
gsc_matching_same_shapes(const gsc_loaded_model *a, const gsc_loaded_model *b,
                         bool *same, char **why)
{
    int status = 0;
    gsc_text text = {0};
    const gsc_tensor *x = NULL, *y = NULL;
    *same = true;
    for (size_t i = 0; *same && i < a->num_tensors; i++) {
        x = &a->tensors[i];
        y = gsc_loaded_model_tensor(b, x->name);
        *same = y && gsc_shape_equal(x->shape, y->shape);
    }
    for (size_t i = 0; *same && i < b->num_tensors; i++) {
        y = &b->tensors[i];
        x = gsc_loaded_model_tensor(a, y->name);
        *same = x != NULL;
    }
    if (!*same && !*why) {
        GSC_TRY(describe(&text, x, y));
        *why = text.data;
    }
    return 0;
out:
    gsc_text_free(&text);
    return status;
}

/* ---- The weights of a neuron ---- */

/* Tensors that neurons read by, and the one that they write by. */
typedef struct roles {
    char reader[GSC_NAME_BYTES]; /* what the names of the readers begin with */
    char axis[16];               /* that their last axis is called */
    char writer[GSC_NAME_BYTES]; /* the writer's name ends with it */
} roles;

static int
count_linear(const gsc_loaded_model *s)
{
    char name[GSC_NAME_BYTES];
    int count = 0;
    do
        snprintf(name, sizeof name, "linear%d.W", ++count);
    while (gsc_loaded_model_tensor(s, name));
    return count - 1;
}

/* The last block's MLP of a transformer; else the last hidden layer, or the embeddings
 * themselves. Where nothing is called W_U the last layer is no hidden one, but what
 * writes the answer. */
static roles
find_roles(const gsc_loaded_model *s)
{
    roles r = {.axis = "d_mlp", .writer = "W_U", .reader = "embed."};
    size_t layers = gsc_loaded_model_layers(s);
    int linear = count_linear(s);
    if (layers > 0) {
        snprintf(r.reader, sizeof r.reader, "blocks.%zu.mlp.", layers - 1);
        snprintf(r.writer, sizeof r.writer, "blocks.%zu.mlp.W_out", layers - 1);
    } else if (gsc_loaded_model_tensor(s, "unembed.W_U")) {
        if (linear > 0)
            snprintf(r.reader, sizeof r.reader, "linear%d.", linear);
    } else {
        snprintf(r.reader, sizeof r.reader, "linear%d.", linear - 1);
        snprintf(r.axis, sizeof r.axis, "d_%d", linear - 1);
        snprintf(r.writer, sizeof r.writer, "linear%d.W", linear);
    }
    return r;
}

/* Tensors whose last axis are neurons, or whose first are. */
typedef enum role { NO_NEURONS, READS, WRITES } role;

static role
role_of(const roles *r, const gsc_tensor *t)
{
    if (gsc_text_ends_with(t->name, r->writer))
        return WRITES;
    return strncmp(t->name, r->reader, strlen(r->reader)) == 0 &&
                   gsc_text_ends_with(t->axes, r->axis)
               ? READS
               : NO_NEURONS;
}

/* Whether it is known by which tensors they read and write. */
static bool
knows_neurons(const gsc_loaded_model *s)
{
    const roles r = find_roles(s);
    size_t read = 0, written = 0;
    for (size_t i = 0; i < s->num_tensors; i++) {
        read += role_of(&r, &s->tensors[i]) == READS;
        written += role_of(&r, &s->tensors[i]) == WRITES;
    }
    return read > 0 && written > 0;
}

/* Numbers that a tensor has of each of m neurons. */
static size_t
width_of(const gsc_tensor *t, size_t m)
{
    return gsc_shape_count(t->shape) / m;
}

/* table [m, width], one row for each neuron: all its weights. */
static int
gather_weights(const gsc_loaded_model *s, size_t m, gsc_matrix *table)
{
    int status = 0;
    size_t width = 0, at = 0;
    const roles r = find_roles(s);
    *table = (gsc_matrix){0};
    for (size_t i = 0; i < s->num_tensors; i++)
        if (role_of(&r, &s->tensors[i]) != NO_NEURONS)
            width += width_of(&s->tensors[i], m);
    GSC_TRY(gsc_matrix_init(table, m, width));
    for (size_t i = 0; i < s->num_tensors; i++) {
        const gsc_tensor *t = &s->tensors[i];
        const double *x = t->data;
        role part = role_of(&r, t);
        size_t count = width_of(t, m);
        if (part == NO_NEURONS)
            continue;
        for (size_t k = 0; k < m; k++)
            for (size_t j = 0; j < count; j++)
                table->data[k * width + at + j] =
                    part == READS ? x[j * m + k] : x[k * count + j];
        at += count;
    }
out:
    return status;
}

/* ---- Matching ---- */

static double
squares(const gsc_matrix *x, size_t row)
{
    double sum = 0;
    for (size_t j = 0; j < x->cols; j++)
        sum += x->data[row * x->cols + j] * x->data[row * x->cols + j];
    return sum;
}

/* What weights have to say, added to the gains. */
static int
add_weights(const gsc_compared_features *a, const gsc_compared_features *b,
            gsc_matrix *gain)
{
    int status = 0;
    size_t m = gain->rows;
    gsc_matrix x = {0}, y = {0}, both = {0};
    GSC_TRY(gather_weights(a->loaded, m, &x));
    GSC_TRY(gather_weights(b->loaded, m, &y));
    GSC_TRY(gsc_matrix_init(&both, m, m));
    gsc_gemm_f64(false, true, m, m, x.cols, 1, x.data, x.cols, y.data, y.cols, 0,
                 both.data, m); /* w_a . w_b */
    for (size_t i = 0; i < m; i++) {
        double xx = squares(&x, i);
        for (size_t j = 0; j < m; j++) {
            double sum = xx + squares(&y, j);
            if (sum > 0)
                gain->data[i * m + j] +=
                    GSC_MATCHING_BY_WEIGHTS * (2 * both.data[i * m + j] - sum) / sum;
        }
    }
out:
    gsc_matrix_free(&x);
    gsc_matrix_free(&y);
    gsc_matrix_free(&both);
    return status;
}

static bool
is_constant(const gsc_agreement *own, size_t neuron)
{
    const gsc_matrix *product = &own->neurons.product;
    return product->data[neuron * product->cols + neuron] == 0;
}

static void
read_correlations(gsc_matching *self, const gsc_compared_features *a,
                  const gsc_compared_features *b, const gsc_matrix *correlation)
{
    size_t count = 0;
    double sum = 0;
    for (size_t i = 0; i < self->num_a; i++) {
        size_t j = self->of_a[i];
        self->correlation[i] = NAN;
        if (j == GSC_UNASSIGNED || (is_constant(&a->own, i) && is_constant(&b->own, j)))
            continue;
        self->correlation[i] = correlation->data[i * self->num_b + j];
        sum += self->correlation[i];
        count++;
    }
    self->mean = sum / (double)count;
}

int
gsc_matching_init(gsc_matching *self, const gsc_compared_features *a,
                  const gsc_compared_features *b, const gsc_agreement *agreement)
{
    int status = 0;
    gsc_matrix correlation = {0}, gain = {0};
    bool same;
    char *why = NULL;
    *self = (gsc_matching){.num_a = agreement->neurons.product.rows,
                           .num_b = agreement->neurons.product.cols};
    if (self->num_a == 0 || self->num_b == 0)
        return gsc_fail(GSC_EARGUMENT, "a model without neurons has none to match");
    GSC_NEW(self->of_a, self->num_a);
    GSC_NEW(self->correlation, self->num_a);
    GSC_TRY(gsc_moments_correlation(&agreement->neurons, &a->own.neurons,
                                    &b->own.neurons, &correlation));
    GSC_TRY(gsc_matrix_copy(&correlation, &gain));
    GSC_TRY(gsc_matching_same_shapes(a->loaded, b->loaded, &same, &why));
    if (same && knows_neurons(a->loaded))
        GSC_TRY(add_weights(a, b, &gain));
    GSC_TRY(gsc_assignment(&gain, self->of_a));
    read_correlations(self, a, b, &correlation);
out:
    free(why);
    gsc_matrix_free(&correlation);
    gsc_matrix_free(&gain);
    if (status < 0)
        gsc_matching_free(self);
    return status;
}

void
gsc_matching_free(gsc_matching *self)
{
    free(self->of_a);
    free(self->correlation);
    *self = (gsc_matching){.num_a = 0};
}

/* ---- Permuted weights ---- */

static void
permute(const gsc_matching *self, const gsc_tensor *t, role part, double *to)
{
    size_t m = self->num_a, count = width_of(t, m);
    const double *from = t->data;
    for (size_t i = 0; i < m; i++) {
        size_t k = self->of_a[i];
        for (size_t j = 0; j < count; j++)
            if (part == READS)
                to[j * m + i] = from[j * m + k];
            else
                to[i * count + j] = from[k * count + j];
    }
}

int
gsc_matching_permute(const gsc_matching *self, const gsc_loaded_model *b,
                     double *weights)
{
    if (self->num_a != self->num_b)
        return gsc_fail(GSC_EARGUMENT,
                        "%zu neurons and %zu: none takes the place of "
                        "another",
                        self->num_a, self->num_b);
    if (!knows_neurons(b))
        return gsc_fail(GSC_EARGUMENT,
                        "it is not known which weights are a neuron's of this model");
    const roles r = find_roles(b);
    memcpy(weights, b->weights, b->num_weights * sizeof *weights);
    for (size_t i = 0; i < b->num_tensors; i++) {
        const gsc_tensor *t = &b->tensors[i];
        role part = role_of(&r, t);
        if (part != NO_NEURONS)
            permute(self, t, part, weights + ((double *)t->data - b->weights));
    }
    return 0;
}
