/* How many examples a network answers rightly. */
#include "analyze/network/examples_right.h"

#include "grokscope/engine.h"
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include <stdlib.h>

int
gsc_examples_right(const gsc_loaded_model *loaded, gsc_threads *threads,
                   const uint32_t *examples, size_t count, size_t *right)
{
    int status = 0;
    const gsc_dataset *dataset = &loaded->checkpoint.dataset;
    gsc_engine *engine = NULL;
    void *weights = NULL;
    gsc_result result = {.num_right = 0};
    GSC_TRY(gsc_loaded_model_need_model(loaded));
    gsc_root root = {loaded->model.outputs[0].metric, 0};
    gsc_engine_options options = {.type = loaded->type,
                                  .roots = &root,
                                  .num_roots = 1,
                                  .num_examples = count,
                                  .rewrites = GSC_REWRITE_ALL};
    gsc_batch batch = {.fields = dataset->fields,
                       .num_fields = dataset->num_fields,
                       .examples = examples,
                       .num_examples = count};
    GSC_TRY(gsc_engine_open(&engine, loaded->model.graph, &options));
    GSC_TRY(gsc_loaded_model_weights_as(loaded, loaded->type, &weights));
    GSC_TRY(gsc_engine_run(engine, threads, weights, &batch, NULL, &result));
    *right = result.num_right;
out:
    gsc_engine_close(engine);
    free(weights);
    return status;
}
