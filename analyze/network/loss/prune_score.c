/* What single weights are worth, by one of several scores. */
#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/rng.h"

#include "analyze/network/loss/hessian.h"
#include "analyze/network/loss/prunable.h"
#include "train/model/token_model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const gsc_prune_score_names[] = {"magnitude", "random",  "snip",
                                             "grasp",     "synflow", NULL};

static int
score_magnitude(const gsc_prunable *self, const double *weights, double *scores)
{
    gsc_prunable_gather(self, weights, scores);
    for (size_t i = 0; i < self->count; i++)
        scores[i] = fabs(scores[i]);
    return 0;
}

/* A stream for each matrix, so that its numbers do not depend on the others. */
static int
score_random(const gsc_prunable *self, uint64_t seed, double *scores)
{
    for (size_t k = 0; k < self->num_matrices; k++) {
        const struct gsc_prunable_matrix *m = &self->matrices[k];
        char name[GSC_NAME_BYTES + 8] = "prune:";
        strcat(name, m->tensor->name);
        for (size_t i = 0; i < m->count; i++)
            scores[m->first + i] = gsc_rng_uniform(seed, gsc_rng_stream(name), i);
    }
    return 0;
}

/* ---- By gradients ---- */

/* scores [count] *= theta */
static int
multiply_by_weights(const gsc_prunable *self, const double *weights, double *scores)
{
    int status = 0;
    double *own = NULL;
    GSC_NEW(own, self->count);
    gsc_prunable_gather(self, weights, own);
    for (size_t i = 0; i < self->count; i++)
        scores[i] *= own[i];
out:
    free(own);
    return status;
}

static int
score_snip(const gsc_prunable *self, const gsc_loaded_model *loaded,
           const double *weights, gsc_threads *threads, double *scores)
{
    int status = 0;
    gsc_loss_gradient loss;
    double value;
    const double *gradient;
    GSC_TRY(gsc_loss_gradient_open(&loss, loaded));
    GSC_TRY(gsc_loss_gradient_run(&loss, weights, threads, &value, &gradient));
    gsc_prunable_gather(self, gradient, scores);
    GSC_TRY(multiply_by_weights(self, weights, scores));
    for (size_t i = 0; i < self->count; i++)
        scores[i] = fabs(scores[i]);
out:
    gsc_loss_gradient_close(&loss);
    return status;
}

/* H g of the elements that may be pruned, times the weights. */
static int
score_grasp(const gsc_prunable *self, const gsc_loaded_model *loaded,
            const double *weights, gsc_threads *threads, double *scores)
{
    int status = 0;
    gsc_hessian hessian;
    double *g = NULL, *product = NULL, value;
    const double *gradient;
    GSC_TRY(gsc_hessian_open(&hessian, loaded, weights, GSC_HESSIAN_STEP, threads));
    GSC_NEW(g, hessian.n);
    GSC_NEW(product, hessian.n);
    GSC_TRY(gsc_loss_gradient_run(&hessian.loss, weights, threads, &value, &gradient));
    memcpy(g, gradient, hessian.n * sizeof *g);
    GSC_TRY(gsc_hessian_product(&hessian, g, product));
    gsc_prunable_gather(self, product, scores);
    GSC_TRY(multiply_by_weights(self, weights, scores));
out:
    gsc_hessian_close(&hessian);
    free(g);
    free(product);
    return status;
}

/* ---- By the flow through a chain ---- */

static int
refuse_chain(const char *reason)
{
    return gsc_fail(GSC_EARGUMENT,
                    "by: synflow asks for a chain of matrices, as mlp and token_mlp "
                    "are, but %s",
                    reason);
}

/* Each matrix reads what the one before writes: once, or for token_mlp once for each
 * token, side by side. */
static int
check_chain(const gsc_prunable *self, const gsc_loaded_model *loaded)
{
    const gsc_architecture *a = gsc_config_architecture(&loaded->config);
    const gsc_token_model *tokens = (const void *)loaded->config.model.room.values;
    bool of_tokens = strcmp(a->name, "token_mlp") == 0;
    if (*loaded->unknown || (!of_tokens && strcmp(a->name, "mlp") != 0))
        return refuse_chain("this is another network");
    if (of_tokens && tokens->residual)
        return refuse_chain("this network has residual layers");
    if (of_tokens && tokens->own_embeddings)
        return refuse_chain("this network has two embeddings");
    for (size_t k = 0; k < self->num_matrices; k++) {
        const gsc_shape shape = self->matrices[k].tensor->shape;
        if (shape.rank != 2 ||
            (k > 0 && shape.dims[0] % self->matrices[k - 1].tensor->shape.dims[1] != 0))
            return refuse_chain("its matrices do not follow each other");
    }
    return 0;
}

/* The vectors around a matrix: what flows in from the inputs [rows], and what a unit of
 * each output contributes to R [cols]. */
typedef struct flow {
    double *in, *out;
} flow;

static int
make_flows(const gsc_prunable *self, flow *flows)
{
    int status = 0;
    for (size_t k = 0; k < self->num_matrices; k++) {
        GSC_NEW(flows[k].in, self->matrices[k].tensor->shape.dims[0]);
        GSC_NEW(flows[k].out, self->matrices[k].tensor->shape.dims[1]);
    }
out:
    return status;
}

static void
free_flows(flow *flows, size_t count)
{
    for (size_t k = 0; flows && k < count; k++) {
        free(flows[k].in);
        free(flows[k].out);
    }
    free(flows);
}

/* in_1 = 1 and in_{k+1} = |W_k|' in_k, once for each time that W_{k+1} reads it. */
static void
flow_forward(const gsc_prunable *self, const double *weights, flow *flows)
{
    for (size_t i = 0; i < self->matrices[0].tensor->shape.dims[0]; i++)
        flows[0].in[i] = 1;
    for (size_t k = 0; k + 1 < self->num_matrices; k++) {
        const size_t *dims = self->matrices[k].tensor->shape.dims;
        const double *w = weights + self->matrices[k].at;
        double *next = flows[k + 1].in;
        for (size_t i = 0; i < dims[0]; i++)
            for (size_t j = 0; j < dims[1]; j++)
                next[j] += fabs(w[i * dims[1] + j]) * flows[k].in[i];
        for (size_t j = dims[1]; j < self->matrices[k + 1].tensor->shape.dims[0]; j++)
            next[j] = next[j - dims[1]];
    }
}

/* out_L = 1 and out_{k-1} = |W_k| out_k, summed over the times that W_k reads it. */
static void
flow_backward(const gsc_prunable *self, const double *weights, flow *flows)
{
    size_t last = self->num_matrices - 1;
    for (size_t j = 0; j < self->matrices[last].tensor->shape.dims[1]; j++)
        flows[last].out[j] = 1;
    for (size_t k = last; k > 0; k--) {
        const size_t *dims = self->matrices[k].tensor->shape.dims;
        size_t before = self->matrices[k - 1].tensor->shape.dims[1];
        const double *w = weights + self->matrices[k].at;
        for (size_t i = 0; i < dims[0]; i++)
            for (size_t j = 0; j < dims[1]; j++)
                flows[k - 1].out[i % before] +=
                    fabs(w[i * dims[1] + j]) * flows[k].out[j];
    }
}

static int
score_synflow(const gsc_prunable *self, const gsc_loaded_model *loaded,
              const double *weights, double *scores)
{
    int status = 0;
    flow *flows = NULL;
    GSC_TRY(check_chain(self, loaded));
    GSC_NEW(flows, self->num_matrices);
    GSC_TRY(make_flows(self, flows));
    flow_forward(self, weights, flows);
    flow_backward(self, weights, flows);
    for (size_t k = 0; k < self->num_matrices; k++) {
        const struct gsc_prunable_matrix *m = &self->matrices[k];
        size_t cols = m->tensor->shape.dims[1];
        for (size_t i = 0; i < m->count; i++)
            scores[m->first + i] = flows[k].in[i / cols] * fabs(weights[m->at + i]) *
                                   flows[k].out[i % cols];
    }
out:
    free_flows(flows, self->num_matrices);
    return status;
}

int
gsc_prunable_score(const gsc_prunable *self, const gsc_loaded_model *loaded,
                   const double *weights, gsc_prune_score by, uint64_t seed,
                   gsc_threads *threads, double *scores)
{
    switch (by) {
    case GSC_PRUNE_MAGNITUDE:
        return score_magnitude(self, weights, scores);
    case GSC_PRUNE_RANDOM:
        return score_random(self, seed, scores);
    case GSC_PRUNE_SYNFLOW:
        return score_synflow(self, loaded, weights, scores);
    case GSC_PRUNE_SNIP:
        return score_snip(self, loaded, weights, threads, scores);
    default:
        return score_grasp(self, loaded, weights, threads, scores);
    }
}
