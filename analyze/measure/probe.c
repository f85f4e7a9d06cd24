/* A subject's network, run over all pairs. */
#include "grokscope/probe.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include <stdlib.h>

int
gsc_probe_open(gsc_probe *probe, const gsc_subject *subject, const gsc_grid *grid,
               bool neurons)
{
    int status = 0;
    const gsc_model *model = &subject->model;
    gsc_node taps[] = {model->logits, model->neurons};
    *probe = (gsc_probe){.subject = subject, .grid = grid};
    if (neurons && model->neurons == GSC_NO_NODE)
        return gsc_fail(GSC_EARGUMENT, "this model has no neurons");
    gsc_engine_options options = {.type = GSC_FLOAT64,
                                  .loss = GSC_NO_NODE,
                                  .taps = taps,
                                  .num_taps = neurons ? 2 : 1,
                                  .num_examples = grid->n * grid->n,
                                  .rewrites = GSC_REWRITE_ALL,
                                  .constant = grid->constant,
                                  .n_ctx = grid->n_ctx};
    probe->num_outputs = gsc_graph_shape(model->graph, model->logits).dims[1];
    if (neurons)
        probe->num_neurons = gsc_graph_shape(model->graph, model->neurons).dims[1];
    GSC_TRY(gsc_engine_open(&probe->engine, model->graph, &options));
    GSC_NEW(probe->outputs, grid->n * grid->n * probe->num_outputs);
out:
    if (status < 0)
        gsc_probe_close(probe);
    return status;
}

void
gsc_probe_close(gsc_probe *probe)
{
    gsc_engine_close(probe->engine);
    gsc_engine_close(probe->backward);
    free(probe->outputs);
    *probe = (gsc_probe){.subject = NULL};
}

int
gsc_probe_run(gsc_probe *probe, const double *weights, gsc_threads *threads,
              double *logits, double *neurons)
{
    int status = 0;
    const gsc_grid *grid = probe->grid;
    size_t num_pairs = grid->n * grid->n;
    gsc_batch batch = {
        .inputs = grid->inputs, .n_ctx = grid->n_ctx, .num_examples = num_pairs};
    void *taps[] = {probe->outputs, neurons};
    GSC_TRY(gsc_engine_run(probe->engine, threads, weights, &batch, taps, NULL));
    for (size_t i = 0; i < num_pairs; i++)
        for (size_t c = 0; c < grid->n; c++)
            logits[i * grid->n + c] =
                probe->outputs[i * probe->num_outputs + grid->outputs[c]];
out:
    return status;
}

/* ---- Gradients ---- */

/* The model's graph gains one node, its logits in a loss's place. */
static int
open_backward(gsc_probe *probe)
{
    const gsc_model *model = &probe->subject->model;
    if (model->embed == GSC_NO_NODE)
        return gsc_fail(GSC_EARGUMENT, "this model has no embedding that its operands "
                                       "share");
    gsc_engine_options options = {
        .type = GSC_FLOAT64,
        .loss = gsc_graph_label_logit(model->graph, model->logits),
        .gradient_taps = &model->embed,
        .num_gradient_taps = 1};
    return gsc_engine_open(&probe->backward, model->graph, &options);
}

size_t
gsc_probe_width(const gsc_probe *probe)
{
    const gsc_model *model = &probe->subject->model;
    return model->embed == GSC_NO_NODE
               ? 0
               : gsc_graph_shape(model->graph, model->embed).dims[1];
}

/* Examples that are differentiated in one run: their gradients stay small. */
enum { CHUNK = 4096 };

/* The batch of some triples: pairs' rows, and outputs for labels. */
typedef struct chunk {
    uint16_t *inputs, *labels;
    double *gradient; /* [CHUNK, n_ctx, width] */
} chunk;

static void
fill_chunk(const chunk *c, const gsc_grid *grid, const gsc_triple *triples,
           size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t row = triples[i].a * grid->n + triples[i].b;
        c->labels[i] = grid->outputs[triples[i].c];
        for (size_t at = 0; at < grid->n_ctx; at++)
            c->inputs[i * grid->n_ctx + at] = grid->inputs[row * grid->n_ctx + at];
    }
}

int
gsc_probe_gradients(gsc_probe *probe, const double *weights, gsc_threads *threads,
                    const gsc_triple *triples, size_t count, double *da, double *db)
{
    int status = 0;
    const gsc_grid *grid = probe->grid;
    size_t n_ctx = grid->n_ctx, at_a, at_b;
    size_t most = count < CHUNK ? count : CHUNK, width = gsc_probe_width(probe);
    chunk c = {0};
    if (!probe->backward)
        GSC_TRY(open_backward(probe));
    gsc_task_operand_positions(&probe->subject->task_config, &at_a, &at_b);
    GSC_NEW(c.inputs, most * n_ctx);
    GSC_NEW(c.labels, most);
    GSC_NEW(c.gradient, most * n_ctx * width);
    for (size_t first = 0; first < count; first += most) {
        size_t n = count - first < most ? count - first : most;
        gsc_batch batch = {
            .inputs = c.inputs, .n_ctx = n_ctx, .labels = c.labels, .num_examples = n};
        void *taps[] = {c.gradient};
        fill_chunk(&c, grid, triples + first, n);
        GSC_TRY(gsc_engine_run(probe->backward, threads, weights, &batch, taps, NULL));
        for (size_t i = 0; i < n; i++)
            for (size_t k = 0; k < width; k++) {
                const double *row = c.gradient + i * n_ctx * width + k;
                da[(first + i) * width + k] = (double)n * row[at_a * width];
                db[(first + i) * width + k] = (double)n * row[at_b * width];
            }
    }
out:
    free(c.inputs);
    free(c.labels);
    free(c.gradient);
    return status;
}
