/* A transformer run for the patterns of all its heads. */
#include "analyze/network/part/heads.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "train/model/token_model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_NUMBERS = 8 << 20 };

static gsc_node
pattern_at(const gsc_loaded_model *loaded, size_t layer)
{
    char name[GSC_NAME_BYTES];
    snprintf(name, sizeof name, "blocks.%zu.attn.hook_pattern", layer);
    return gsc_graph_find(loaded->model.graph, name);
}

static int
check(const gsc_loaded_model *loaded)
{
    int status = gsc_loaded_model_need_model(loaded);
    if (status < 0)
        return status;
    const gsc_model *model = &loaded->model;
    if (!gsc_dataset_find(&loaded->checkpoint.dataset, GSC_TOKENS) ||
        !gsc_is_token_model(model->architecture) ||
        pattern_at(loaded, 0) == GSC_NO_NODE)
        return gsc_fail(GSC_EARGUMENT,
                        "expected a transformer over tokens, found %s without "
                        "attention; grokscope-norms takes every network",
                        model->architecture->name);
    return 0;
}

static void
measure_sizes(gsc_heads *h)
{
    const gsc_model *model = &h->loaded->model;
    gsc_shape pattern = gsc_graph_shape(model->graph, pattern_at(h->loaded, 0));
    h->num_layers = gsc_loaded_model_layers(h->loaded);
    h->num_heads = pattern.dims[0];
    h->n_ctx = pattern.dims[2];
    h->num_outputs = gsc_graph_shape(model->graph, model->predictions).dims[1];
    size_t numbers =
        (h->num_layers * h->num_heads * h->n_ctx + h->num_outputs) * h->n_ctx;
    h->most = numbers < MOST_NUMBERS ? MOST_NUMBERS / numbers : 1;
    h->most = h->most < 64 ? h->most : 64;
}

int
gsc_heads_open(gsc_heads *heads, const gsc_loaded_model *loaded, bool loses)
{
    int status = 0;
    gsc_node taps[GSC_MOST_BLOCKS + 1];
    *heads = (gsc_heads){.loaded = loaded};
    GSC_TRY(check(loaded));
    const gsc_model *model = &loaded->model;
    measure_sizes(heads);
    if (gsc_graph_shape(model->graph, model->predictions).dims[0] != heads->n_ctx)
        GSC_TRY(gsc_fail(GSC_EARGUMENT,
                         "expected a network that predicts at each of %zu positions, "
                         "found one that answers a sequence as a whole",
                         heads->n_ctx));
    for (size_t l = 0; l < heads->num_layers; l++) {
        taps[l] = pattern_at(loaded, l);
        GSC_NEW(heads->patterns[l],
                heads->most * heads->num_heads * heads->n_ctx * heads->n_ctx);
    }
    taps[heads->num_layers] = model->predictions;
    GSC_NEW(heads->logits, heads->most * heads->n_ctx * heads->num_outputs);
    gsc_root root = {model->outputs[0].loss, 1};
    gsc_engine_options options = {.type = GSC_FLOAT64,
                                  .roots = &root,
                                  .num_roots = loses,
                                  .taps = taps,
                                  .num_taps = heads->num_layers + 1,
                                  .num_examples = heads->most,
                                  .rewrites = GSC_REWRITE_ALL};
    GSC_TRY(gsc_engine_open(&heads->engine, model->graph, &options));
out:
    if (status < 0)
        gsc_heads_close(heads);
    return status;
}

void
gsc_heads_close(gsc_heads *heads)
{
    gsc_engine_close(heads->engine);
    for (size_t l = 0; l < GSC_MOST_BLOCKS; l++)
        free(heads->patterns[l]);
    free(heads->logits);
    *heads = (gsc_heads){.loaded = NULL};
}

int
gsc_heads_run(gsc_heads *heads, const gsc_batch *batch, gsc_threads *threads,
              gsc_result *loss)
{
    void *taps[GSC_MOST_BLOCKS + 1];
    for (size_t l = 0; l < heads->num_layers; l++)
        taps[l] = heads->patterns[l];
    taps[heads->num_layers] = heads->logits;
    return gsc_engine_run(heads->engine, threads, heads->loaded->weights, batch, taps,
                          loss);
}
