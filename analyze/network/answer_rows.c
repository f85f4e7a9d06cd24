/* Rows of answers with what they should be, in blocks. */
#include "analyze/network/answer_rows.h"

#include "grokscope/engine.h"
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include <stdlib.h>
#include <string.h>

/* Numbers of a block: 8 MB in double. */
enum { BLOCK_NUMBERS = 1 << 20 };

typedef struct walk {
    const gsc_loaded_model *loaded;
    gsc_threads *threads;
    const gsc_target *target;
    const gsc_field *field, *mask;
    bool binary; /* one score is shown as two logits */
    gsc_engine *engine;
    size_t most;             /* examples of a block */
    size_t positions, width; /* of what the network answers */
    void *weights, *taken;   /* in the network's type */
    double *answers, *targets;
    uint16_t *labels;
    bool *counts;
} walk;

static void
close_walk(walk *w)
{
    gsc_engine_close(w->engine);
    free(w->weights);
    free(w->taken);
    free(w->answers);
    free(w->targets);
    free(w->labels);
    free(w->counts);
}

static const gsc_target *
target_of(const gsc_loaded_model *loaded)
{
    return &loaded->model.outputs[0].target;
}

static bool
is_of_labels(const gsc_loaded_model *loaded)
{
    const gsc_field *field =
        gsc_dataset_find(&loaded->checkpoint.dataset, target_of(loaded)->field);
    return field->num_values > 0;
}

int
gsc_answer_rows_need_labels(const gsc_loaded_model *loaded)
{
    int status = gsc_loaded_model_need_model(loaded);
    if (status < 0 || is_of_labels(loaded))
        return status;
    return gsc_fail(GSC_EARGUMENT,
                    "output %s is of numbers (loss %s); this asks for one of labels",
                    target_of(loaded)->name, target_of(loaded)->loss);
}

static int
find_fields(walk *w)
{
    const gsc_dataset *dataset = &w->loaded->checkpoint.dataset;
    w->target = target_of(w->loaded);
    w->field = gsc_dataset_find(dataset, w->target->field);
    w->binary = strcmp(w->target->loss, "binary_cross_entropy") == 0;
    if (w->target->num_templates > 0)
        return gsc_fail(GSC_EARGUMENT,
                        "output %s is of templates; this asks for labels or numbers",
                        w->target->name);
    if (*w->target->mask)
        w->mask = gsc_dataset_find(dataset, w->target->mask);
    return 0;
}

static int
make_room(walk *w, size_t count)
{
    int status = 0;
    size_t fit = BLOCK_NUMBERS / (w->positions * w->width);
    w->most = fit < 1 ? 1 : fit < count ? fit : count;
    size_t rows = w->most * w->positions;
    w->taken = gsc_new(rows * w->width, gsc_type_size(w->loaded->type));
    if (!w->taken)
        return GSC_EMEMORY;
    GSC_NEW(w->answers, rows * (w->width + w->binary));
    GSC_NEW(w->labels, rows);
    GSC_NEW(w->counts, rows);
    if (w->field->num_values == 0 && !w->binary)
        GSC_NEW(w->targets, rows * w->width);
out:
    return status;
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
    GSC_TRY(make_room(w, count));
    const gsc_engine_options options = {.type = w->loaded->type,
                                        .taps = &prediction,
                                        .num_taps = 1,
                                        .num_examples = w->most,
                                        .rewrites = GSC_REWRITE_ALL};
    GSC_TRY(gsc_engine_open(&w->engine, model->graph, &options));
    GSC_TRY(gsc_loaded_model_weights_as(w->loaded, w->loaded->type, &w->weights));
out:
    return status;
}

/* The network's answers of a block as double; a score becomes 0 and itself. */
static void
widen(walk *w, size_t count)
{
    for (size_t i = 0; i < count * w->positions * w->width; i++) {
        double x = w->loaded->type == GSC_FLOAT32 ? (double)((const float *)w->taken)[i]
                                                  : ((const double *)w->taken)[i];
        w->answers[w->binary ? 2 * i + 1 : i] = x;
    }
}

/* What row `at` of an example should be. */
static void
read_row(walk *w, size_t row, size_t example, size_t at)
{
    double counted = w->mask ? gsc_field_element(w->mask, example, at) : 1;
    w->counts[row] = counted < 0 || counted > 0;
    if (w->binary)
        w->labels[row] = gsc_field_element(w->field, example, at) > 0.5;
    else if (!w->targets)
        w->labels[row] = (uint16_t)gsc_field_element(w->field, example, at);
    for (size_t k = 0; w->targets && k < w->width; k++)
        w->targets[row * w->width + k] =
            gsc_field_element(w->field, example, at * w->width + k);
}

static int
run_block(walk *w, const uint32_t *examples, size_t count)
{
    const gsc_dataset *dataset = &w->loaded->checkpoint.dataset;
    const gsc_batch batch = {.fields = dataset->fields,
                             .num_fields = dataset->num_fields,
                             .examples = examples,
                             .num_examples = count};
    void *taps[] = {w->taken};
    int status = gsc_engine_run(w->engine, w->threads, w->weights, &batch, taps, NULL);
    if (status < 0)
        return status;
    widen(w, count);
    for (size_t row = 0; row < count * w->positions; row++)
        read_row(w, row, examples[row / w->positions], row % w->positions);
    return 0;
}

int
gsc_answer_rows_visit(gsc_loaded_model *loaded, gsc_threads *threads,
                      const uint32_t *examples, size_t count,
                      gsc_answer_rows_visitor *visit, void *context)
{
    int status = 0;
    walk w = {.loaded = loaded, .threads = threads};
    GSC_TRY(gsc_loaded_model_need_model(loaded));
    GSC_TRY(gsc_loaded_model_data(loaded));
    GSC_TRY(open_walk(&w, count));
    for (size_t first = 0; first < count; first += w.most) {
        gsc_answer_rows rows = {.num_examples =
                                    count - first < w.most ? count - first : w.most,
                                .num_positions = w.positions,
                                .width = w.width + w.binary,
                                .answers = w.answers,
                                .labels = w.targets ? NULL : w.labels,
                                .targets = w.targets,
                                .counts = w.counts};
        GSC_TRY(run_block(&w, examples + first, rows.num_examples));
        GSC_TRY(visit(context, &rows));
    }
out:
    close_walk(&w);
    return status;
}
