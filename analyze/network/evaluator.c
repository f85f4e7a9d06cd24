/* A loaded model's network, run over all pairs. */
#include "analyze/network/evaluator.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "train/model/outputs.h"

#include <assert.h>
#include <stdlib.h>

int
gsc_evaluator_open_blocks(gsc_evaluator *evaluator, const gsc_loaded_model *loaded,
                          const gsc_grid *grid, bool neurons, size_t most_rows)
{
    int status = 0;
    const gsc_model *model = &loaded->model;
    gsc_node taps[] = {model->logits, model->neurons};
    *evaluator =
        (gsc_evaluator){.loaded = loaded, .grid = grid, .most_rows = most_rows};
    evaluator->type = loaded->type;
    if (neurons && model->neurons == GSC_NO_NODE)
        return gsc_fail(GSC_EARGUMENT, "this model has no neurons");
    gsc_constant_field constants = {GSC_TOKENS, grid->constant};
    gsc_engine_options options = {.type = evaluator->type,
                                  .taps = taps,
                                  .num_taps = neurons ? 2 : 1,
                                  .num_examples = most_rows,
                                  .rewrites = GSC_REWRITE_ALL,
                                  .constants = &constants,
                                  .num_constants = 1};
    size_t size = gsc_type_size(evaluator->type);
    evaluator->num_outputs = gsc_graph_shape(model->graph, model->logits).dims[1];
    if (neurons)
        evaluator->num_neurons = gsc_graph_shape(model->graph, model->neurons).dims[1];
    GSC_TRY(gsc_engine_open(&evaluator->engine, model->graph, &options));
    evaluator->outputs = gsc_room(most_rows * evaluator->num_outputs, size);
    evaluator->weights = gsc_room(loaded->num_weights, size);
    if (!evaluator->outputs || !evaluator->weights)
        GSC_TRY(GSC_EMEMORY);
    if (gsc_dataset_find(&loaded->checkpoint.dataset, GSC_PAIR))
        GSC_NEW(evaluator->pairs, most_rows);
out:
    if (status < 0)
        gsc_evaluator_close(evaluator);
    return status;
}

int
gsc_evaluator_open(gsc_evaluator *evaluator, const gsc_loaded_model *loaded,
                   const gsc_grid *grid, bool neurons)
{
    return gsc_evaluator_open_blocks(evaluator, loaded, grid, neurons,
                                     grid->n * grid->n);
}

void
gsc_evaluator_close(gsc_evaluator *evaluator)
{
    gsc_engine_close(evaluator->engine);
    gsc_engine_close(evaluator->backward);
    free(evaluator->outputs);
    free(evaluator->weights);
    free(evaluator->pairs);
    *evaluator = (gsc_evaluator){.loaded = NULL};
}

/* The weights in the evaluator's type. */
static const void *
convert(gsc_evaluator *evaluator, const double *weights)
{
    float *narrow = evaluator->weights;
    if (evaluator->type == GSC_FLOAT64)
        return weights;
    for (size_t i = 0; i < evaluator->loaded->num_weights; i++)
        narrow[i] = (float)weights[i];
    return narrow;
}

/* Take the columns of the answers, in the order of the grid, from all outputs. */
static void
take_answers(const gsc_evaluator *evaluator, size_t count, double *logits)
{
    size_t n = evaluator->grid->n, width = evaluator->num_outputs;
    const uint16_t *columns = evaluator->grid->outputs;
    const float *narrow = evaluator->outputs;
    const double *wide = evaluator->outputs;
    for (size_t i = 0; i < count; i++, logits += n)
        if (evaluator->type == GSC_FLOAT32)
            for (size_t c = 0; c < n; c++)
                logits[c] = narrow[i * width + columns[c]];
        else
            for (size_t c = 0; c < n; c++)
                logits[c] = wide[i * width + columns[c]];
}

/* The number of each pair, where the network asks for it. */
static gsc_field
pair_field(const gsc_evaluator *evaluator, const uint16_t *inputs, size_t count)
{
    const gsc_binary_table *pairs = &evaluator->loaded->pairs;
    for (size_t i = 0; evaluator->pairs && i < count; i++)
        evaluator->pairs[i] =
            (int32_t)gsc_pair_number(pairs, inputs + i * evaluator->grid->n_ctx);
    return (gsc_field){.name = GSC_PAIR,
                       .type = GSC_FIELD_INT32,
                       .shape = {1, {1}},
                       .num_values = pairs->n * pairs->n,
                       .data = evaluator->pairs};
}

int
gsc_evaluator_run_block(gsc_evaluator *evaluator, const double *weights,
                        gsc_threads *threads, size_t first, size_t count,
                        double *logits, void *neurons)
{
    int status = 0;
    const gsc_grid *grid = evaluator->grid;
    const uint16_t *inputs = grid->inputs + first * grid->n_ctx;
    const gsc_field fields[] = {gsc_grid_tokens(grid, inputs),
                                pair_field(evaluator, inputs, count)};
    gsc_batch batch = {.fields = fields,
                       .num_fields = evaluator->pairs ? 2 : 1,
                       .num_examples = count};
    assert(count <= evaluator->most_rows);
    void *taps[] = {evaluator->outputs, neurons};
    GSC_TRY(gsc_engine_run(evaluator->engine, threads, convert(evaluator, weights),
                           &batch, taps, NULL));
    if (logits)
        take_answers(evaluator, count, logits);
out:
    return status;
}

int
gsc_evaluator_run(gsc_evaluator *evaluator, const double *weights, gsc_threads *threads,
                  double *logits, void *neurons)
{
    int status = 0;
    size_t n = evaluator->grid->n, all = n * n, most = evaluator->most_rows;
    size_t row = evaluator->num_neurons * gsc_type_size(evaluator->type);
    for (size_t first = 0; first < all; first += most)
        GSC_TRY(gsc_evaluator_run_block(
            evaluator, weights, threads, first, all - first < most ? all - first : most,
            logits + first * n, neurons ? (char *)neurons + first * row : NULL));
out:
    return status;
}

/* ---- Gradients ---- */

/* The field of the output that each example's gradient is of. */
#define OUTPUT "output"

/* The model's graph gains one node, its logits in a loss's place. */
static int
open_backward(gsc_evaluator *evaluator)
{
    const gsc_model *model = &evaluator->loaded->model;
    int status = gsc_loaded_model_need_weights(evaluator->loaded);
    if (status < 0)
        return status;
    if (model->embed == GSC_NO_NODE)
        return gsc_fail(GSC_EARGUMENT, "this model has no embedding that its operands "
                                       "share");
    gsc_node output = gsc_graph_index(model->graph, OUTPUT, (gsc_shape){1, {1}},
                                      evaluator->num_outputs);
    gsc_root root = {gsc_graph_label_logit(model->graph, model->logits, output), 1};
    gsc_engine_options options = {.type = evaluator->type,
                                  .roots = &root,
                                  .num_roots = 1,
                                  .gradient_taps = &model->embed,
                                  .num_gradient_taps = 1};
    return gsc_engine_open(&evaluator->backward, model->graph, &options);
}

size_t
gsc_evaluator_width(const gsc_evaluator *evaluator)
{
    const gsc_model *model = &evaluator->loaded->model;
    return model->embed == GSC_NO_NODE
               ? 0
               : gsc_graph_shape(model->graph, model->embed).dims[1];
}

/* Examples that are differentiated in one run: their gradients stay small. */
enum { CHUNK = 4096 };

/* The batch of some triples: pairs' rows, and outputs for labels. */
typedef struct chunk {
    uint16_t *inputs, *labels;
    void *gradient; /* [CHUNK, n_ctx, width], of the evaluator's type */
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
gsc_evaluator_gradients(gsc_evaluator *evaluator, const double *weights,
                        gsc_threads *threads, const gsc_triple *triples, size_t count,
                        double *da, double *db)
{
    int status = 0;
    size_t n_ctx = evaluator->grid->n_ctx, at_a, at_b;
    size_t most = count < CHUNK ? count : CHUNK, width = gsc_evaluator_width(evaluator);
    chunk c = {0};
    if (!evaluator->backward)
        GSC_TRY(open_backward(evaluator));
    at_a = evaluator->loaded->pairs.position_a;
    at_b = evaluator->loaded->pairs.position_b;
    GSC_NEW(c.inputs, most * n_ctx);
    GSC_NEW(c.labels, most);
    c.gradient = gsc_new(most * n_ctx * width, gsc_type_size(evaluator->type));
    if (!c.gradient)
        GSC_TRY(GSC_EMEMORY);
    const void *own = convert(evaluator, weights);
    const gsc_field fields[] = {
        gsc_grid_tokens(evaluator->grid, c.inputs),
        gsc_field_of_indices(OUTPUT, c.labels, 1, evaluator->num_outputs)};
    for (size_t first = 0; first < count; first += most) {
        size_t n = count - first < most ? count - first : most;
        gsc_batch batch = {.fields = fields, .num_fields = 2, .num_examples = n};
        void *taps[] = {c.gradient};
        fill_chunk(&c, evaluator->grid, triples + first, n);
        GSC_TRY(gsc_engine_run(evaluator->backward, threads, own, &batch, taps, NULL));
        take_gradients(&c, evaluator->type, n, n_ctx, at_a, width, da + first * width);
        take_gradients(&c, evaluator->type, n, n_ctx, at_b, width, db + first * width);
    }
out:
    free(c.inputs);
    free(c.labels);
    free(c.gradient);
    return status;
}
