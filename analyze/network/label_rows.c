/* Rows of logits with their labels, in blocks. */
#include "analyze/network/label_rows.h"

#include "grokscope/engine.h"
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include <stdlib.h>

/* Numbers of a block: 8 MB in double. */
enum { BLOCK_NUMBERS = 1 << 20 };

typedef struct walk {
    const gsc_loaded_model *loaded;
    gsc_threads *threads;
    const gsc_target *target;
    const gsc_field *field, *mask;
    gsc_engine *engine;
    size_t most; /* examples of a block */
    size_t positions, width;
    void *weights, *narrow; /* in the network's type; `narrow` only where that is not
                               double */
    double *logits;
    uint16_t *labels;
    bool *counts;
} walk;

static void
close_walk(walk *w)
{
    gsc_engine_close(w->engine);
    free(w->weights);
    free(w->narrow);
    free(w->logits);
    free(w->labels);
    free(w->counts);
}

static int
find_fields(walk *w)
{
    const gsc_dataset *dataset = &w->loaded->checkpoint.dataset;
    w->target = &w->loaded->model.outputs[0].target;
    w->field = gsc_dataset_find(dataset, w->target->field);
    if (w->field->num_values == 0)
        return gsc_fail(GSC_EARGUMENT,
                        "output %s is of numbers (loss %s); this asks for one of "
                        "labels",
                        w->target->name, w->target->loss);
    if (*w->target->mask)
        w->mask = gsc_dataset_find(dataset, w->target->mask);
    return 0;
}

static int
open_walk(walk *w, size_t count)
{
    int status = 0;
    const gsc_model *model = &w->loaded->model;
    gsc_node prediction = model->outputs[0].prediction;
    gsc_shape shape = gsc_graph_shape(model->graph, prediction);
    GSC_TRY(find_fields(w));
    w->positions = shape.dims[0];
    w->width = shape.dims[1];
    size_t fit = BLOCK_NUMBERS / (w->positions * w->width);
    w->most = fit < 1 ? 1 : fit < count ? fit : count;
    const gsc_engine_options options = {.type = w->loaded->type,
                                        .taps = &prediction,
                                        .num_taps = 1,
                                        .num_examples = w->most,
                                        .rewrites = GSC_REWRITE_ALL};
    GSC_TRY(gsc_engine_open(&w->engine, model->graph, &options));
    GSC_TRY(gsc_loaded_model_weights_as(w->loaded, w->loaded->type, &w->weights));
    size_t rows = w->most * w->positions;
    GSC_NEW(w->logits, rows * w->width);
    GSC_NEW(w->labels, rows);
    GSC_NEW(w->counts, rows);
    if (w->loaded->type == GSC_FLOAT32) {
        w->narrow = gsc_new(rows * w->width, sizeof(float));
        status = w->narrow ? 0 : GSC_EMEMORY;
    }
out:
    return status;
}

static int
run_block(walk *w, const uint32_t *examples, size_t count)
{
    const gsc_dataset *dataset = &w->loaded->checkpoint.dataset;
    const gsc_batch batch = {.fields = dataset->fields,
                             .num_fields = dataset->num_fields,
                             .examples = examples,
                             .num_examples = count};
    void *taps[] = {w->narrow ? w->narrow : (void *)w->logits};
    int status = gsc_engine_run(w->engine, w->threads, w->weights, &batch, taps, NULL);
    if (status < 0)
        return status;
    for (size_t i = 0; w->narrow && i < count * w->positions * w->width; i++)
        w->logits[i] = (double)((const float *)w->narrow)[i];
    for (size_t row = 0; row < count * w->positions; row++) {
        size_t example = examples[row / w->positions], at = row % w->positions;
        double counted = w->mask ? gsc_field_element(w->mask, example, at) : 1;
        w->labels[row] = (uint16_t)gsc_field_element(w->field, example, at);
        w->counts[row] = counted < 0 || counted > 0;
    }
    return 0;
}

int
gsc_label_rows_visit(gsc_loaded_model *loaded, gsc_threads *threads,
                     const uint32_t *examples, size_t count,
                     gsc_label_rows_visitor *visit, void *context)
{
    int status = 0;
    walk w = {.loaded = loaded, .threads = threads};
    GSC_TRY(gsc_loaded_model_need_model(loaded));
    GSC_TRY(gsc_loaded_model_data(loaded));
    GSC_TRY(open_walk(&w, count));
    for (size_t first = 0; first < count; first += w.most) {
        size_t here = count - first < w.most ? count - first : w.most;
        GSC_TRY(run_block(&w, examples + first, here));
        GSC_TRY(visit(context, &(gsc_label_rows){here, w.positions, w.width, w.logits,
                                                 w.labels, w.counts}));
    }
out:
    close_walk(&w);
    return status;
}
