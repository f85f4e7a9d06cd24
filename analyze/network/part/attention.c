/* What the answer's position attends to, over all pairs of residues. */
#include "analyze/network/part/attention.h"

#include "grokscope/engine.h"
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "analyze/network/pairs/grid.h"

#include <stdlib.h>

/* TransformerLens's name of the weights after the softmax. */
#define PATTERN "blocks.0.attn.hook_pattern"

static gsc_node
find_pattern(const gsc_loaded_model *loaded)
{
    return loaded->model.graph ? gsc_graph_find(loaded->model.graph, PATTERN)
                               : GSC_NO_NODE;
}

bool
gsc_attention_is_there(const gsc_loaded_model *loaded)
{
    return find_pattern(loaded) != GSC_NO_NODE;
}

/* The answer's row of each head's pattern [heads, queries, keys], pair by pair. */
static void
take_rows(gsc_attention *a, const double *pattern, size_t queries, size_t query)
{
    size_t pairs = a->n * a->n, keys = a->n_ctx;
    for (size_t i = 0; i < pairs; i++)
        for (size_t h = 0; h < a->heads; h++)
            for (size_t t = 0; t < keys; t++)
                a->weight[(h * keys + t) * pairs + i] =
                    (float)pattern[((i * a->heads + h) * queries + query) * keys + t];
}

int
gsc_attention_init(gsc_attention *attention, const gsc_loaded_model *loaded,
                   gsc_residue_order order, gsc_threads *threads)
{
    int status = 0;
    gsc_grid grid = {.n = 0};
    gsc_engine *engine = NULL;
    double *pattern = NULL;
    gsc_node node = find_pattern(loaded);
    *attention = (gsc_attention){.n = 0};
    if (node == GSC_NO_NODE)
        return gsc_fail(GSC_EARGUMENT, "this model has no attention");
    GSC_TRY(gsc_grid_init(&grid, loaded, order));
    size_t pairs = grid.n * grid.n;
    gsc_shape shape = gsc_graph_shape(loaded->model.graph, node);
    gsc_constant_field constants = {GSC_TOKENS, grid.constant};
    gsc_engine_options options = {.type = GSC_FLOAT64,
                                  .taps = &node,
                                  .num_taps = 1,
                                  .num_examples = pairs,
                                  .rewrites = GSC_REWRITE_ALL,
                                  .constants = &constants,
                                  .num_constants = 1};
    gsc_field tokens = gsc_grid_tokens(&grid, grid.inputs);
    gsc_batch batch = {.fields = &tokens, .num_fields = 1, .num_examples = pairs};
    size_t query = gsc_model_answer_position(&loaded->model);
    attention->n = grid.n;
    attention->heads = shape.dims[0];
    attention->n_ctx = shape.dims[2];
    GSC_TRY(gsc_engine_open(&engine, loaded->model.graph, &options));
    GSC_ROOM(pattern, pairs * gsc_shape_count(shape));
    GSC_NEW(attention->weight, attention->heads * attention->n_ctx * pairs);
    GSC_TRY(gsc_engine_run(engine, threads, loaded->weights, &batch,
                           (void *[]){pattern}, NULL));
    take_rows(attention, pattern, shape.dims[1],
              query < shape.dims[1] ? query : shape.dims[1] - 1);
out:
    gsc_engine_close(engine);
    gsc_grid_free(&grid);
    free(pattern);
    if (status < 0)
        gsc_attention_free(attention);
    return status;
}

void
gsc_attention_free(gsc_attention *attention)
{
    free(attention->weight);
    *attention = (gsc_attention){.n = 0};
}
