/* A subject's network, run over all pairs. */
#include "analyze/network/probe.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include <assert.h>
#include <stdlib.h>

int
gsc_probe_open_blocks(gsc_probe *probe, const gsc_subject *subject,
                      const gsc_grid *grid, bool neurons, size_t most_rows)
{
    int status = 0;
    const gsc_model *model = &subject->model;
    gsc_node taps[] = {model->logits, model->neurons};
    *probe = (gsc_probe){.subject = subject, .grid = grid, .most_rows = most_rows};
    probe->type = gsc_subject_stored_type(subject);
    if (neurons && model->neurons == GSC_NO_NODE)
        return gsc_fail(GSC_EARGUMENT, "this model has no neurons");
    gsc_constant_field constants = {GSC_TOKENS, grid->constant};
    gsc_engine_options options = {.type = probe->type,
                                  .taps = taps,
                                  .num_taps = neurons ? 2 : 1,
                                  .num_examples = most_rows,
                                  .rewrites = GSC_REWRITE_ALL,
                                  .constants = &constants,
                                  .num_constants = 1};
    size_t size = gsc_type_size(probe->type);
    probe->num_outputs = gsc_graph_shape(model->graph, model->logits).dims[1];
    if (neurons)
        probe->num_neurons = gsc_graph_shape(model->graph, model->neurons).dims[1];
    GSC_TRY(gsc_engine_open(&probe->engine, model->graph, &options));
    probe->outputs = gsc_new(most_rows * probe->num_outputs, size);
    probe->weights = gsc_new(subject->num_weights, size);
    if (!probe->outputs || !probe->weights)
        status = GSC_EMEMORY;
out:
    if (status < 0)
        gsc_probe_close(probe);
    return status;
}

int
gsc_probe_open(gsc_probe *probe, const gsc_subject *subject, const gsc_grid *grid,
               bool neurons)
{
    return gsc_probe_open_blocks(probe, subject, grid, neurons, grid->n * grid->n);
}

void
gsc_probe_close(gsc_probe *probe)
{
    gsc_engine_close(probe->engine);
    gsc_engine_close(probe->backward);
    free(probe->outputs);
    free(probe->weights);
    *probe = (gsc_probe){.subject = NULL};
}

/* The weights in the probe's type. */
static const void *
convert(gsc_probe *probe, const double *weights)
{
    float *narrow = probe->weights;
    if (probe->type == GSC_FLOAT64)
        return weights;
    for (size_t i = 0; i < probe->subject->num_weights; i++)
        narrow[i] = (float)weights[i];
    return narrow;
}

/* Take the columns of the answers, in the order of the grid, from all outputs. */
static void
take_answers(const gsc_probe *probe, size_t count, double *logits)
{
    const gsc_grid *grid = probe->grid;
    for (size_t i = 0; i < count; i++)
        for (size_t c = 0; c < grid->n; c++)
            logits[i * grid->n + c] = gsc_element(
                probe->type, probe->outputs, i * probe->num_outputs + grid->outputs[c]);
}

int
gsc_probe_run_block(gsc_probe *probe, const double *weights, gsc_threads *threads,
                    size_t first, size_t count, double *logits, void *neurons)
{
    int status = 0;
    const gsc_grid *grid = probe->grid;
    gsc_field tokens = gsc_subject_tokens(
        probe->subject, grid->inputs + first * grid->n_ctx, grid->n_ctx);
    gsc_batch batch = {.fields = &tokens, .num_fields = 1, .num_examples = count};
    assert(count <= probe->most_rows);
    void *taps[] = {probe->outputs, neurons};
    GSC_TRY(gsc_engine_run(probe->engine, threads, convert(probe, weights), &batch,
                           taps, NULL));
    if (logits)
        take_answers(probe, count, logits);
out:
    return status;
}

int
gsc_probe_run(gsc_probe *probe, const double *weights, gsc_threads *threads,
              double *logits, void *neurons)
{
    size_t all = probe->grid->n * probe->grid->n;
    return gsc_probe_run_block(probe, weights, threads, 0, all, logits, neurons);
}

/* ---- Gradients ---- */

/* The field of the output that each example's gradient is of. */
#define OUTPUT "output"

/* The model's graph gains one node, its logits in a loss's place. */
static int
open_backward(gsc_probe *probe)
{
    const gsc_model *model = &probe->subject->model;
    if (model->embed == GSC_NO_NODE)
        return gsc_fail(GSC_EARGUMENT, "this model has no embedding that its operands "
                                       "share");
    gsc_node output =
        gsc_graph_index(model->graph, OUTPUT, (gsc_shape){1, {1}}, probe->num_outputs);
    gsc_root root = {gsc_graph_label_logit(model->graph, model->logits, output), 1};
    gsc_engine_options options = {.type = probe->type,
                                  .roots = &root,
                                  .num_roots = 1,
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
    void *gradient; /* [CHUNK, n_ctx, width], of the probe's type */
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

/* Write what a chunk has at one position as the gradients of its `count` examples, each
 * of its own logit and not of the chunk's mean. */
static void
take_gradients(const chunk *c, gsc_type type, size_t count, size_t n_ctx, size_t at,
               size_t width, double *out)
{
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < width; k++)
            *out++ = (double)count *
                     gsc_element(type, c->gradient, (i * n_ctx + at) * width + k);
}

int
gsc_probe_gradients(gsc_probe *probe, const double *weights, gsc_threads *threads,
                    const gsc_triple *triples, size_t count, double *da, double *db)
{
    int status = 0;
    size_t n_ctx = probe->grid->n_ctx, at_a, at_b;
    size_t most = count < CHUNK ? count : CHUNK, width = gsc_probe_width(probe);
    chunk c = {0};
    if (!probe->backward)
        GSC_TRY(open_backward(probe));
    gsc_task_operand_positions(&probe->subject->task_config, &at_a, &at_b);
    GSC_NEW(c.inputs, most * n_ctx);
    GSC_NEW(c.labels, most);
    c.gradient = gsc_new(most * n_ctx * width, gsc_type_size(probe->type));
    if (!c.gradient)
        GSC_TRY(GSC_EMEMORY);
    const void *own = convert(probe, weights);
    const gsc_field fields[] = {
        gsc_subject_tokens(probe->subject, c.inputs, n_ctx),
        gsc_field_of_indices(OUTPUT, c.labels, 1, probe->num_outputs)};
    for (size_t first = 0; first < count; first += most) {
        size_t n = count - first < most ? count - first : most;
        gsc_batch batch = {.fields = fields, .num_fields = 2, .num_examples = n};
        void *taps[] = {c.gradient};
        fill_chunk(&c, probe->grid, triples + first, n);
        GSC_TRY(gsc_engine_run(probe->backward, threads, own, &batch, taps, NULL));
        take_gradients(&c, probe->type, n, n_ctx, at_a, width, da + first * width);
        take_gradients(&c, probe->type, n, n_ctx, at_b, width, db + first * width);
    }
out:
    free(c.inputs);
    free(c.labels);
    free(c.gradient);
    return status;
}
