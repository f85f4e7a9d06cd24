/* Which examples a network answers rightly. */
#include "analyze/network/examples_right.h"

#include "grokscope/engine.h"
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include <stdlib.h>
#include <string.h>

/* A run over examples, for their loss or whether they are right. */
static int
run(const gsc_loaded_model *loaded, gsc_threads *threads, const gsc_root *roots,
    size_t num_roots, gsc_batch *batch, gsc_result *results)
{
    int status = 0;
    gsc_engine *engine = NULL;
    void *weights = NULL;
    gsc_engine_options options = {.type = loaded->type,
                                  .roots = roots,
                                  .num_roots = num_roots,
                                  .num_examples = batch->num_examples,
                                  .rewrites = GSC_REWRITE_ALL};
    batch->fields = loaded->checkpoint.dataset.fields;
    batch->num_fields = loaded->checkpoint.dataset.num_fields;
    GSC_TRY(gsc_engine_open(&engine, loaded->model.graph, &options));
    GSC_TRY(gsc_loaded_model_weights_as(loaded, loaded->type, &weights));
    GSC_TRY(gsc_engine_run(engine, threads, weights, batch, NULL, results));
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
    const gsc_root root = {loaded->model.outputs[0].metric, 0};
    GSC_TRY(run(loaded, threads, &root, 1, &batch, &result));
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
    gsc_batch batch = {.examples = examples, .num_examples = count};
    gsc_result results[2];
    double *both_losses = NULL;
    uint8_t *both_right = NULL;
    GSC_TRY(gsc_loaded_model_need_model(loaded));
    const gsc_output_node *output = &loaded->model.outputs[0];
    const gsc_root roots[] = {{output->metric, 0}, {output->loss, 0}};
    size_t num_roots = losses ? 2 : 1;
    GSC_NEW(both_right, num_roots * count);
    if (losses)
        GSC_NEW(both_losses, num_roots * count);
    batch.losses = both_losses;
    batch.right = both_right;
    GSC_TRY(run(loaded, threads, roots, num_roots, &batch, results));
    memcpy(right, both_right, count * sizeof *right);
    if (losses)
        memcpy(losses, both_losses + count, count * sizeof *losses);
out:
    free(both_losses);
    free(both_right);
    return status;
}
