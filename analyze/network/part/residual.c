/* A transformer's residual stream. */
#include "analyze/network/part/residual.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "train/model/token_model.h"

#include <stdio.h>
#include <stdlib.h>

/* The field of a stream that is given. */
#define GIVEN "given_stream"

enum { MOST_NUMBERS = 8 << 20, MOST_EXAMPLES = 256 };

/* The hook point of a layer. */
static gsc_node
find_state(const gsc_loaded_model *loaded, size_t layer)
{
    char name[GSC_NAME_BYTES];
    snprintf(name, sizeof name, "blocks.%zu.hook_resid_%s", layer > 0 ? layer - 1 : 0,
             layer > 0 ? "post" : "pre");
    return gsc_graph_find(loaded->model.graph, name);
}

static int
check(const gsc_loaded_model *loaded)
{
    int status = gsc_loaded_model_need_weights(loaded);
    if (status < 0)
        return status;
    const gsc_model *model = &loaded->model;
    if (!gsc_dataset_find(&loaded->checkpoint.dataset, GSC_TOKENS) ||
        !gsc_is_token_model(model->architecture) ||
        find_state(loaded, 0) == GSC_NO_NODE)
        return gsc_fail(GSC_EARGUMENT,
                        "expected a transformer over tokens, found %s, which has no "
                        "residual stream; grokscope-probe reads every network",
                        model->architecture->name);
    gsc_shape stream = gsc_graph_shape(model->graph, find_state(loaded, 0));
    size_t positions = gsc_graph_shape(model->graph, model->predictions).dims[0];
    if (positions != stream.dims[0])
        return gsc_fail(GSC_EARGUMENT,
                        "expected a network that answers at each of %zu positions, "
                        "found one that answers a sequence as a whole",
                        stream.dims[0]);
    return 0;
}

static void
measure_sizes(gsc_residual *r)
{
    const gsc_model *model = &r->loaded->model;
    r->num_layers = gsc_loaded_model_layers(r->loaded);
    for (size_t l = 0; l <= r->num_layers; l++)
        r->states[l] = find_state(r->loaded, l);
    gsc_shape stream = gsc_graph_shape(model->graph, r->states[0]);
    r->n_ctx = stream.dims[0];
    r->width = stream.dims[1];
    r->num_outputs = gsc_graph_shape(model->graph, model->predictions).dims[1];
    size_t each = (r->num_layers + 1) * r->n_ctx * (r->width + r->num_outputs);
    r->most = MOST_NUMBERS / each < MOST_EXAMPLES ? MOST_NUMBERS / each : MOST_EXAMPLES;
    r->most = r->most > 0 ? r->most : 1;
}

static int
open_engine(const gsc_residual *r, const gsc_node *taps, size_t num_taps,
            gsc_engine **engine)
{
    const gsc_engine_options options = {.type = GSC_FLOAT64,
                                        .taps = taps,
                                        .num_taps = num_taps,
                                        .num_examples = r->most,
                                        .rewrites = GSC_REWRITE_ALL};
    int status = gsc_graph_status(r->loaded->model.graph);
    return status < 0 ? status
                      : gsc_engine_open(engine, r->loaded->model.graph, &options);
}

int
gsc_residual_open(gsc_residual *residual, const gsc_loaded_model *loaded)
{
    int status = 0;
    gsc_residual *r = residual;
    gsc_node taps[2 * (GSC_MOST_BLOCKS + 1)];
    *r = (gsc_residual){.loaded = loaded};
    GSC_TRY(check(loaded));
    measure_sizes(r);
    gsc_graph *graph = loaded->model.graph;
    size_t layers = r->num_layers + 1;
    for (size_t l = 0; l < layers; l++) {
        taps[l] = gsc_graph_replace(graph, loaded->model.predictions,
                                    r->states[layers - 1], r->states[l]);
        taps[layers + l] = r->states[l];
        GSC_NEW(r->logits[l], r->most * r->n_ctx * r->num_outputs);
        GSC_NEW(r->stream[l], r->most * r->n_ctx * r->width);
    }
    GSC_TRY(open_engine(r, taps, 2 * layers, &r->lens));
out:
    return status;
}

void
gsc_residual_close(gsc_residual *residual)
{
    gsc_engine_close(residual->lens);
    for (size_t l = 0; l <= GSC_MOST_BLOCKS; l++) {
        gsc_engine_close(residual->given[l]);
        free(residual->logits[l]);
        free(residual->stream[l]);
    }
    *residual = (gsc_residual){.loaded = NULL};
}

int
gsc_residual_run(gsc_residual *residual, const uint16_t *tokens, size_t count,
                 gsc_threads *threads)
{
    gsc_residual *r = residual;
    const gsc_field *own = gsc_dataset_find(&r->loaded->checkpoint.dataset, GSC_TOKENS);
    const gsc_field field =
        gsc_field_of_indices(GSC_TOKENS, tokens, r->n_ctx, own->num_values);
    const gsc_batch batch = {.fields = &field, .num_fields = 1, .num_examples = count};
    void *taps[2 * (GSC_MOST_BLOCKS + 1)];
    for (size_t l = 0; l <= r->num_layers; l++) {
        taps[l] = r->logits[l];
        taps[r->num_layers + 1 + l] = r->stream[l];
    }
    return gsc_engine_run(r->lens, threads, r->loaded->weights, &batch, taps, NULL);
}

int
gsc_residual_from(gsc_residual *residual, size_t layer, const double *stream,
                  size_t count, gsc_threads *threads, double *logits)
{
    int status = 0;
    gsc_residual *r = residual;
    gsc_graph *graph = r->loaded->model.graph;
    const gsc_field field = {.name = GIVEN,
                             .type = GSC_FIELD_FLOAT64,
                             .shape = {2, {r->n_ctx, r->width}},
                             .scale = 1,
                             .data = stream};
    const gsc_batch batch = {.fields = &field, .num_fields = 1, .num_examples = count};
    if (!r->given[layer]) {
        gsc_node given = gsc_graph_input(graph, GIVEN, field.shape);
        gsc_node answer = gsc_graph_replace(graph, r->loaded->model.predictions,
                                            r->states[layer], given);
        GSC_TRY(open_engine(r, &answer, 1, &r->given[layer]));
    }
    GSC_TRY(gsc_engine_run(r->given[layer], threads, r->loaded->weights, &batch,
                           (void *[]){logits}, NULL));
out:
    return status;
}
