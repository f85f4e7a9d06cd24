/* The measure "committee": what is left of the test loss of a committee of polynomial
 * neurons on a function of one direction, part by part (Kumar et al., arXiv
 * 2310.06110, equation 6).
 *
 * With alpha the output scale, w the mean of the neurons' weights, M that of their
 * squares w_i w_i' (both less those of step 0 where outputs are centred) and epsilon
 * the neurons' curvature, f = alpha (w . x + epsilon/2 x' M x), y = (beta . x)^2 / 2
 * and x ~ N(0, 1/D): over all x
 *
 *     E (f - y)^2 = (|beta|^2 - alpha epsilon Tr M)^2 / (4 D^2)
 *                 + |alpha epsilon M - beta beta'|^2 / (2 D^2) + alpha^2 |w|^2 / D */
#include "grokscope/error.h"
#include "grokscope/measure.h"
#include "grokscope/memory.h"

#include "train/model/committee.h"
#include "train/numeric/gemm.h"
#include "train/task/single_index.h"

#include <math.h>
#include <stdlib.h>

typedef struct committee {
    size_t d, n;
    const double *beta; /* [d] */
    double *mean;       /* [d]: w */
    gsc_matrix squares; /* [d, d]: M */
} committee;

static void
free_committee(committee *c)
{
    free(c->mean);
    gsc_matrix_free(&c->squares);
}

/* w += sign mean w_i, M += sign mean w_i w_i', of a tensor [d, n]. */
static int
add_neurons(committee *c, const gsc_loaded_model *loaded, const char *name, double sign)
{
    const gsc_tensor *t = gsc_loaded_model_tensor(loaded, name);
    if (!t || t->shape.rank != 2 || t->shape.dims[0] != c->d)
        return gsc_fail(GSC_EARGUMENT, "no matrix %s of %zu rows, a column a neuron",
                        name, c->d);
    const double *W = t->data;
    c->n = t->shape.dims[1];
    double share = sign / (double)c->n;
    for (size_t i = 0; i < c->d; i++)
        for (size_t k = 0; k < c->n; k++)
            c->mean[i] += share * W[i * c->n + k];
    gsc_gemm_f64(false, true, c->d, c->d, c->n, share, W, c->n, W, c->n, 1,
                 c->squares.data, c->d); /* M += W W' / N */
    return 0;
}

static int
read_committee(committee *c, const gsc_loaded_model *loaded)
{
    int status = 0;
    const void *beta;
    const gsc_facet *facet =
        gsc_facets_find(&loaded->checkpoint.facets, GSC_SINGLE_INDEX);
    *c = (committee){.d = 0};
    GSC_TRY(gsc_loaded_model_need_model(loaded));
    if (loaded->model.architecture != &gsc_architecture_committee)
        return gsc_fail(GSC_EARGUMENT,
                        "the network is of architecture %s, not "
                        "committee",
                        loaded->model.architecture->name);
    GSC_TRY(gsc_facet_array(facet, "beta", GSC_FACET_REAL, (gsc_shape){1, {0}}, &beta));
    c->beta = beta;
    c->d = gsc_facet_find(facet, "beta")->shape.dims[0];
    GSC_NEW(c->mean, c->d);
    GSC_TRY(gsc_matrix_init(&c->squares, c->d, c->d));
    GSC_TRY(add_neurons(c, loaded, "linear1.W", 1));
    if (loaded->config.init.center_output)
        GSC_TRY(add_neurons(c, loaded, GSC_INITIAL "linear1.W", -1));
out:
    return status;
}

/* ---- One row for each checkpoint ---- */

static const gsc_column columns[] = {
    {"loss", GSC_CELL_REAL, false,
     "mean squared error over all inputs: the sum of the three parts", false},
    {"loss_of_trace", GSC_CELL_REAL, false,
     "the part that the size of the neurons' squares leaves", false},
    {"loss_of_features", GSC_CELL_REAL, false, "the part that their direction leaves",
     false},
    {"loss_of_mean", GSC_CELL_REAL, false, "the part that is linear in the input",
     false},
    {"feature_alignment", GSC_CELL_REAL, false,
     "beta' M beta / (|beta|^2 |M|): 1 where all neurons lie along beta", false},
};

static double
along_beta(const committee *c)
{
    double sum = 0;
    for (size_t i = 0; i < c->d; i++)
        for (size_t j = 0; j < c->d; j++)
            sum += c->beta[i] * c->squares.data[i * c->d + j] * c->beta[j];
    return sum;
}

static int
fill(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    committee c;
    double trace = 0, mean = 0, beta = 0;
    GSC_TRY(read_committee(&c, request->loaded));
    const gsc_committee_options *o =
        (const void *)request->loaded->config.model.room.values;
    double alpha = request->loaded->config.init.output_scale, d = (double)c.d;
    double scale = alpha * o->curvature, along = along_beta(&c);
    double squares = gsc_matrix_squares(&c.squares);
    for (size_t i = 0; i < c.d; i++) {
        trace += c.squares.data[i * c.d + i];
        mean += c.mean[i] * c.mean[i];
        beta += c.beta[i] * c.beta[i];
    }
    double off = scale * scale * squares - 2 * scale * along + beta * beta;
    double of_trace = pow(beta - scale * trace, 2) / (4 * d * d);
    double of_features = off / (2 * d * d), of_mean = alpha * alpha * mean / d;
    GSC_TRY(GSC_ROWS_REALS(rows, of_trace + of_features + of_mean, of_trace,
                           of_features, of_mean, along / (beta * sqrt(squares))));
out:
    free_committee(&c);
    return status;
}

const gsc_measure gsc_measure_committee = {
    .name = "committee",
    .purpose = "a committee's test loss as a formula, part by part",
    .examples = "  grokscope-committee checkpoints/kumar-polynomial --step all\n"
                "      how each part of the loss rises and falls\n",
    .needs = GSC_NEEDS_SINGLE_INDEX,
    .num_tables = 1,
    .tables = {GSC_TABLE("checkpoint", columns, fill, NULL)}};
