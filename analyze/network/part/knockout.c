/* What a transformer loses without one of its heads. */
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "analyze/network/part/heads.h"
#include "train/model/token_model.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One call at work: the whole network, and the same one with given patterns. */
typedef struct work {
    const gsc_loaded_model *loaded;
    gsc_threads *threads;
    size_t count; /* of examples */
    gsc_field fields[GSC_MAX_FIELDS + GSC_MOST_BLOCKS];
    size_t num_fields;          /* of the dataset; patterns come after them */
    void *rows[GSC_MAX_FIELDS]; /* those of the examples, one after the other */
    gsc_heads heads;
    gsc_model model;
    gsc_engine *engine;
    double *weights;
} work;

static void
close_work(work *w)
{
    for (size_t i = 0; i < w->num_fields; i++)
        free(w->rows[i]);
    gsc_heads_close(&w->heads);
    gsc_engine_close(w->engine);
    gsc_model_free(&w->model);
    free(w->weights);
}

/* Put the rows of the examples one after the other: patterns have one for each. */
static int
gather_rows(work *w, size_t num_examples)
{
    int status = 0;
    const gsc_dataset *dataset = &w->loaded->checkpoint.dataset;
    const gsc_split *test = gsc_dataset_split(dataset, "test");
    size_t all = test ? test->count : dataset->num_examples;
    w->count = num_examples < all ? num_examples : all;
    for (size_t f = 0; f < dataset->num_fields; f++) {
        size_t stride = gsc_field_stride(&dataset->fields[f]);
        char *rows = gsc_new(w->count + 1, stride);
        w->fields[f] = dataset->fields[f];
        w->fields[f].data = w->rows[f] = rows;
        w->num_fields = f + 1;
        if (!rows)
            return GSC_EMEMORY;
        for (size_t i = 0; i < w->count; i++) {
            size_t e = test ? test->indices[i] : i;
            memcpy(rows + i * stride,
                   (const char *)dataset->fields[f].data + e * stride, stride);
        }
    }
    return status;
}

static void
add_pattern_fields(work *w)
{
    const gsc_heads *h = &w->heads;
    for (size_t l = 0; l < h->num_layers; l++) {
        gsc_field *field = &w->fields[w->num_fields + l];
        *field = (gsc_field){.type = GSC_FIELD_FLOAT64,
                             .shape = {3, {h->num_heads, h->n_ctx, h->n_ctx}},
                             .scale = 1,
                             .data = h->patterns[l]};
        gsc_given_pattern(l, field->name);
    }
}

/* The parameters are those of the loaded model, in the same places. */
static int
build_model(work *w)
{
    int status = 0;
    const gsc_loaded_model *s = w->loaded;
    gsc_config config = s->config;
    ((gsc_token_model *)(void *)config.model.room.values)->has_given_patterns = true;
    GSC_TRY(gsc_config_model(&config, &s->checkpoint.dataset, &w->model));
    assert(gsc_graph_num_weights(w->model.graph) == s->num_weights);
    gsc_root root = {w->model.outputs[0].loss, 1};
    gsc_engine_options options = {.type = GSC_FLOAT64,
                                  .roots = &root,
                                  .num_roots = 1,
                                  .num_examples = w->heads.most,
                                  .rewrites = GSC_REWRITE_ALL};
    GSC_TRY(gsc_engine_open(&w->engine, w->model.graph, &options));
    GSC_NEW(w->weights, s->num_weights);
out:
    return status;
}

/* The loaded model's weights, but for zeros in the head's rows of W_O. */
static void
drop_head(work *w, size_t layer, size_t head)
{
    char name[GSC_NAME_BYTES];
    snprintf(name, sizeof name, "blocks.%zu.attn.W_O", layer);
    const gsc_tensor *W_O = gsc_loaded_model_tensor(w->loaded, name);
    size_t size = W_O->shape.dims[1] * W_O->shape.dims[2];
    size_t offset = (size_t)((const double *)W_O->data - w->loaded->weights);
    memcpy(w->weights, w->loaded->weights, w->loaded->num_weights * sizeof(double));
    memset(w->weights + offset + head * size, 0, size * sizeof(double));
}

/* Add the losses of examples first … first + count - 1. */
static int
add_block(work *w, size_t first, size_t count, double *loss, double *without)
{
    int status = 0;
    gsc_result result;
    gsc_heads *h = &w->heads;
    gsc_field fields[GSC_MAX_FIELDS + GSC_MOST_BLOCKS];
    memcpy(fields, w->fields, sizeof fields);
    for (size_t f = 0; f < w->num_fields; f++)
        fields[f].data =
            (const char *)w->rows[f] + first * gsc_field_stride(&fields[f]);
    gsc_batch batch = {
        .fields = fields, .num_fields = w->num_fields, .num_examples = count};
    double share = (double)count / (double)w->count;
    GSC_TRY(gsc_heads_run(h, &batch, w->threads, &result));
    *loss += share * result.mean;
    batch.num_fields += h->num_layers;
    for (size_t i = 0; i < h->num_layers * h->num_heads; i++) {
        drop_head(w, i / h->num_heads, i % h->num_heads);
        GSC_TRY(
            gsc_engine_run(w->engine, w->threads, w->weights, &batch, NULL, &result));
        without[i] += share * result.mean;
    }
out:
    return status;
}

int
gsc_heads_knock_out(const gsc_loaded_model *loaded, size_t num_examples,
                    gsc_threads *threads, double *loss, double *without)
{
    int status = 0;
    work w = {.loaded = loaded, .threads = threads};
    GSC_TRY(gsc_heads_open(&w.heads, loaded, true));
    bool has_examples = loaded->checkpoint.dataset.num_examples > 0;
    if (has_examples) {
        GSC_TRY(gsc_loaded_model_data((gsc_loaded_model *)loaded));
        GSC_TRY(gather_rows(&w, num_examples));
    }
    double none = w.count > 0 ? 0 : (double)NAN;
    *loss = none;
    for (size_t i = 0; i < w.heads.num_layers * w.heads.num_heads; i++)
        without[i] = none;
    add_pattern_fields(&w);
    GSC_TRY(build_model(&w));
    for (size_t first = 0; first < w.count; first += w.heads.most) {
        size_t left = w.count - first;
        size_t count = left < w.heads.most ? left : w.heads.most;
        GSC_TRY(add_block(&w, first, count, loss, without));
    }
out:
    close_work(&w);
    return status;
}
