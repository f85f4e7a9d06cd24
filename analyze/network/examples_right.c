/* Which examples a network answers rightly. */
#include "analyze/network/examples_right.h"

#include "grokscope/engine.h"
#include "grokscope/error.h"

#include <stdlib.h>

/* Run one root over the batch. */
static int
run(const gsc_loaded_model *loaded, gsc_threads *threads, gsc_node node,
    gsc_batch *batch, gsc_result *result)
{
    int status = 0;
    gsc_engine *engine = NULL;
    void *weights = NULL;
    gsc_root root = {node, 0};
    gsc_engine_options options = {.type = loaded->type,
                                  .roots = &root,
                                  .num_roots = 1,
                                  .num_examples = batch->num_examples,
                                  .rewrites = GSC_REWRITE_ALL};
    batch->fields = loaded->checkpoint.dataset.fields;
    batch->num_fields = loaded->checkpoint.dataset.num_fields;
    GSC_TRY(gsc_engine_open(&engine, loaded->model.graph, &options));
    GSC_TRY(gsc_loaded_model_weights_as(loaded, loaded->type, &weights));
    GSC_TRY(gsc_engine_run(engine, threads, weights, batch, NULL, result));
out:
    gsc_engine_close(engine);
    free(weights);
    return status;
}

int
gsc_examples_right(const gsc_loaded_model *loaded, gsc_threads *threads,
                   const uint32_t *examples, size_t count, size_t *right)
{
    int status = 0;
    gsc_batch batch = {.examples = examples, .num_examples = count};
    gsc_result result = {.num_right = 0};
    GSC_TRY(gsc_loaded_model_need_model(loaded));
    GSC_TRY(run(loaded, threads, loaded->model.outputs[0].metric, &batch, &result));
    *right = result.num_right;
out:
    return status;
}

int
gsc_examples_scores(const gsc_loaded_model *loaded, gsc_threads *threads,
                    const uint32_t *examples, size_t count, double *losses,
                    uint8_t *right)
{
    int status = 0;
    gsc_batch batch = {.examples = examples, .num_examples = count, .right = right};
    gsc_result result;
    GSC_TRY(gsc_loaded_model_need_model(loaded));
    GSC_TRY(run(loaded, threads, loaded->model.outputs[0].metric, &batch, &result));
    batch.right = NULL;
    batch.losses = losses;
    if (losses)
        GSC_TRY(run(loaded, threads, loaded->model.outputs[0].loss, &batch, &result));
out:
    return status;
}
