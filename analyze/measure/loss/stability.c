/* The measure "stability": whether a network still learns from what it has memorised,
 * or its softmax has collapsed and its gradient only scales it up.
 *
 * Prieto, Barsbey, Mediano and Birdal, arXiv 2501.04697. Softmax collapse: where the
 * sum of exp(z - max z) is exactly 1 in the type of the loss, the right output's logit
 * has no gradient. Naive loss minimisation: of a network that is homogeneous in its
 * weights w the logits grow along w, so that the cosine of -gradient and w goes to 1
 * once all training examples are right. */
#include "grokscope/error.h"
#include "grokscope/loss.h"
#include "grokscope/measure.h"
#include "grokscope/memory.h"

#include "analyze/network/answer_rows.h"
#include "analyze/network/loss/loss_gradient.h"
#include "train/numeric/precision.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- Softmax collapse ---- */

typedef struct collapse {
    size_t rows, terms;
    size_t collapsed[GSC_NUM_PRECISIONS], zero_terms[GSC_NUM_PRECISIONS];
    double *work; /* of a row */
} collapse;

static int
count_rows(void *context, const gsc_answer_rows *rows)
{
    collapse *c = context;
    if (!c->work)
        c->work = gsc_new(rows->width, sizeof *c->work);
    if (!c->work)
        return GSC_EMEMORY;
    for (size_t i = 0; i < rows->num_examples * rows->num_positions; i++) {
        const double *z = rows->answers + i * rows->width;
        if (!rows->counts[i])
            continue;
        c->rows++;
        c->terms += rows->width;
        for (int p = 0; p < GSC_NUM_PRECISIONS; p++) {
            gsc_softmax_sum s =
                gsc_precision_exponentials((gsc_precision)p, z, rows->width, c->work);
            c->collapsed[p] += s.sum == 1;
            c->zero_terms[p] += s.zero_terms;
        }
    }
    return 0;
}

static double
share_of(size_t part, size_t all)
{
    return all > 0 ? (double)part / (double)all : (double)NAN;
}

static int
add_collapse(const gsc_measure_request *request, const gsc_split *split, gsc_rows *rows)
{
    int status = 0;
    collapse c = {.rows = 0};
    const double none = (double)NAN;
    const gsc_loaded_model *loaded = request->loaded;
    GSC_TRY(gsc_answer_rows_need_labels(loaded));
    GSC_TRY(gsc_answer_rows_visit((gsc_loaded_model *)loaded, request->threads,
                                  split->indices, split->count, count_rows, &c));
    int own = gsc_loss_precision(loaded->model.outputs[0].target.loss);
    bool has = own < GSC_NUM_PRECISIONS;
    GSC_TRY(GSC_ROWS_REALS(rows, has ? share_of(c.collapsed[own], c.rows) : none,
                           has ? share_of(c.zero_terms[own], c.terms) : none));
    for (int p = 0; p < GSC_NUM_PRECISIONS; p++)
        GSC_TRY(gsc_rows_real(rows, share_of(c.collapsed[p], c.rows)));
    for (int p = 0; p < GSC_NUM_PRECISIONS; p++)
        GSC_TRY(gsc_rows_real(rows, share_of(c.zero_terms[p], c.terms)));
out:
    free(c.work);
    return status;
}

/* ---- The gradient beside the weights ---- */

/* Sums over the trained weights of a tensor, or of all. */
typedef struct products {
    double gradient_weights, gradient, weights;
} products;

static products
products_of(const gsc_loaded_model *loaded, const double *gradient, size_t tensor)
{
    products sums = {0, 0, 0};
    const gsc_tensor *t = &loaded->tensors[tensor];
    const double *w = t->data, *g = gradient + (w - loaded->weights);
    for (size_t i = 0; i < gsc_shape_count(t->shape); i++) {
        sums.gradient_weights += g[i] * w[i];
        sums.gradient += g[i] * g[i];
        sums.weights += w[i] * w[i];
    }
    return sums;
}

/* Cosine of -gradient and weights, and both lengths. */
static int
add_products(const products *sums, gsc_rows *rows)
{
    double lengths = sqrt(sums->gradient) * sqrt(sums->weights);
    return GSC_ROWS_REALS(rows,
                          lengths > 0 ? -sums->gradient_weights / lengths : (double)NAN,
                          sqrt(sums->gradient), sqrt(sums->weights));
}

/* `gradient` lies in `loss`. */
static int
open_gradient(const gsc_measure_request *request, gsc_loss_gradient *loss,
              const double **gradient)
{
    int status = 0;
    double f;
    GSC_TRY(gsc_loss_gradient_open(loss, request->loaded));
    GSC_TRY(gsc_loss_gradient_run(loss, request->loaded->weights, request->threads, &f,
                                  gradient));
out:
    return status;
}

/* ---- One row for each checkpoint ---- */

static const gsc_column checkpoint_columns[] = {
    {"softmax_collapse", GSC_CELL_REAL, false,
     "share of the training examples whose sum of exponentials is exactly 1 in the "
     "type of the loss; nan: a loss without softmax",
     false},
    {"zero_terms", GSC_CELL_REAL, false,
     "share of these exponentials that are 0 in the type of the loss", false},
    {"collapse_float16", GSC_CELL_REAL, false,
     "share of the examples whose sum would be 1 in float16", false},
    {"collapse_float32", GSC_CELL_REAL, false, "the same in float32", false},
    {"collapse_float64", GSC_CELL_REAL, false, "the same in float64", false},
    {"zero_float16", GSC_CELL_REAL, false,
     "share of the exponentials that would be 0 in float16", false},
    {"zero_float32", GSC_CELL_REAL, false, "the same in float32", false},
    {"zero_float64", GSC_CELL_REAL, false, "the same in float64", false},
    {"cos_gradient_weights", GSC_CELL_REAL, false,
     "cosine of the loss's negative gradient and all trained weights: 1: a step only "
     "scales them up; nan: no gradient",
     false},
    {"gradient_norm", GSC_CELL_REAL, false, "l2 of that gradient", false},
    {"weight_norm", GSC_CELL_REAL, false, "l2 of the trained weights", false},
};

static int
fill_checkpoint(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    const gsc_loaded_model *loaded = request->loaded;
    gsc_loss_gradient loss = {.loaded = NULL};
    const double *gradient;
    products all = {0, 0, 0};
    GSC_TRY(open_gradient(request, &loss, &gradient));
    GSC_TRY(add_collapse(request, loss.split, rows));
    for (size_t i = 0; i < loaded->num_tensors; i++) {
        if (!loaded->tensors[i].trained)
            continue;
        products one = products_of(loaded, gradient, i);
        all.gradient_weights += one.gradient_weights;
        all.gradient += one.gradient;
        all.weights += one.weights;
    }
    GSC_TRY(add_products(&all, rows));
out:
    gsc_loss_gradient_close(&loss);
    return status;
}

/* ---- One row for each trained tensor ---- */

static const gsc_column tensor_columns[] = {
    {"tensor", GSC_CELL_TEXT, true, "its name", false},
    {"cos_gradient_weights", GSC_CELL_REAL, false,
     "cosine of the loss's negative gradient by it and its weights", false},
    {"gradient_norm", GSC_CELL_REAL, false, "l2 of that gradient", false},
    {"weight_norm", GSC_CELL_REAL, false, "l2 of its weights", false},
};

static int
fill_tensors(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    const gsc_loaded_model *loaded = request->loaded;
    gsc_loss_gradient loss = {.loaded = NULL};
    const double *gradient;
    GSC_TRY(open_gradient(request, &loss, &gradient));
    for (size_t i = 0; i < loaded->num_tensors; i++) {
        if (!loaded->tensors[i].trained)
            continue;
        products one = products_of(loaded, gradient, i);
        GSC_TRY(gsc_rows_text(rows, loaded->tensors[i].name));
        GSC_TRY(add_products(&one, rows));
    }
out:
    gsc_loss_gradient_close(&loss);
    return status;
}

const gsc_measure gsc_measure_stability = {
    .name = "stability",
    .purpose = "whether the loss still has a gradient: softmax collapse, scaling",
    .examples = "  grokscope-stability checkpoints/demo --step all\n"
                "      softmax collapse along the run, in three types\n"
                "  grokscope-stability checkpoints/demo --long\n"
                "      which tensors a step would only scale up\n",
    .needs = GSC_NEEDS_NETWORK,
    .num_tables = 2,
    .tables = {GSC_TABLE("checkpoint", checkpoint_columns, fill_checkpoint, NULL),
               GSC_TABLE("tensor", tensor_columns, fill_tensors, NULL)}};
