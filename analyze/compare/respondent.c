/* A network that answers its questions block by block. */
#include "analyze/compare/respondent.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Made ready ---- */

static int
open_pairs(gsc_respondent *self, bool neurons)
{
    int status = 0;
    GSC_TRY(gsc_evaluator_open_blocks(&self->evaluator, self->loaded,
                                      self->questions->grid, neurons, self->most_rows));
    self->num_neurons = self->evaluator.num_neurons;
out:
    return status;
}

/* The table that a squared error to templates is measured by. */
static int
find_templates(gsc_respondent *self)
{
    char name[GSC_NAME_BYTES];
    const gsc_target *target = &self->loaded->model.outputs[0].target;
    if (self->questions->alike != GSC_ALIKE_TEMPLATE)
        return 0;
    snprintf(name, sizeof name, "targets.%.*s", GSC_NAME_BYTES - 16, target->name);
    self->templates = gsc_loaded_model_tensor(self->loaded, name);
    if (self->templates)
        return 0;
    return gsc_fail(GSC_EARGUMENT, "no parameter %s holds the templates", name);
}

/* No field is said to be constant: what followed from it alone would have one value for
 * all examples. */
static int
open_examples(gsc_respondent *self, bool neurons)
{
    int status = 0;
    const gsc_model *model = &self->loaded->model;
    gsc_node taps[] = {model->outputs[0].prediction, model->neurons};
    if (neurons && model->neurons == GSC_NO_NODE)
        return gsc_fail(GSC_EARGUMENT, "this model has no neurons");
    gsc_engine_options options = {.type = self->type,
                                  .taps = taps,
                                  .num_taps = neurons ? 2 : 1,
                                  .num_examples = self->most_rows,
                                  .rewrites = GSC_REWRITE_ALL};
    GSC_TRY(find_templates(self));
    GSC_TRY(gsc_engine_open(&self->engine, model->graph, &options));
    GSC_TRY(gsc_loaded_model_weights_as(self->loaded, self->type, &self->weights));
    if (neurons)
        self->num_neurons =
            gsc_shape_count(gsc_graph_shape(model->graph, model->neurons));
    self->outputs = gsc_new(self->most_rows * self->width, gsc_type_size(self->type));
    if (!self->outputs)
        status = GSC_EMEMORY;
out:
    return status;
}

int
gsc_respondent_open(gsc_respondent *self, const gsc_loaded_model *loaded,
                    const gsc_questions *questions, bool neurons, size_t most_rows)
{
    int status = 0;
    *self = (gsc_respondent){.loaded = loaded,
                             .questions = questions,
                             .type = loaded->type,
                             .most_rows = most_rows,
                             .width = questions->num_rows * questions->num_outputs};
    GSC_TRY(questions->grid ? open_pairs(self, neurons) : open_examples(self, neurons));
    GSC_NEW(self->answers, most_rows * self->width);
    self->neurons = gsc_new(most_rows * self->num_neurons, gsc_type_size(self->type));
    if (!self->neurons)
        status = GSC_EMEMORY;
out:
    if (status < 0)
        gsc_respondent_close(self);
    return status;
}

void
gsc_respondent_close(gsc_respondent *self)
{
    gsc_evaluator_close(&self->evaluator);
    gsc_engine_close(self->engine);
    free(self->weights);
    free(self->outputs);
    free(self->answers);
    free(self->neurons);
    *self = (gsc_respondent){.loaded = NULL};
}

/* ---- Run ---- */

static void
take_answers(gsc_respondent *self, size_t first, size_t count)
{
    const gsc_questions *q = self->questions;
    for (size_t i = 0; i < count; i++)
        for (size_t row = 0; row < q->num_rows; row++) {
            bool counts = gsc_questions_counts(q, first + i, row);
            size_t at = i * self->width + row * q->num_outputs;
            for (size_t c = 0; c < q->num_outputs; c++)
                self->answers[at + c] =
                    counts ? gsc_element(self->type, self->outputs, at + c) : 0;
        }
}

int
gsc_respondent_run(gsc_respondent *self, gsc_threads *threads, size_t first,
                   size_t count)
{
    int status = 0;
    const gsc_questions *q = self->questions;
    void *neurons = self->num_neurons > 0 ? self->neurons : NULL;
    assert(count <= self->most_rows);
    if (q->grid)
        return gsc_evaluator_run_block(&self->evaluator, self->loaded->weights, threads,
                                       first, count, self->answers, neurons);
    gsc_batch batch = {.fields = q->dataset->fields,
                       .num_fields = q->dataset->num_fields,
                       .examples = q->examples + first,
                       .num_examples = count};
    void *taps[] = {self->outputs, neurons};
    GSC_TRY(gsc_engine_run(self->engine, threads, self->weights, &batch, taps, NULL));
    take_answers(self, first, count);
out:
    return status;
}

/* ---- Labels ---- */

static size_t
first_largest(const double *z, size_t n)
{
    size_t best = 0;
    for (size_t c = 1; c < n; c++)
        if (z[c] > z[best])
            best = c;
    return best;
}

static size_t
nearest_template(const gsc_tensor *templates, const double *row, size_t n)
{
    const double *t = templates->data;
    double least = (double)INFINITY;
    size_t best = 0;
    for (size_t k = 0; k < templates->shape.dims[0]; k++) {
        double sum = 0;
        for (size_t c = 0; c < n; c++)
            sum += (row[c] - t[k * n + c]) * (row[c] - t[k * n + c]);
        if (sum < least) {
            least = sum;
            best = k;
        }
    }
    return best;
}

void
gsc_respondent_labels(const gsc_respondent *self, const double *answer,
                      uint16_t *labels)
{
    const gsc_questions *q = self->questions;
    size_t n = q->num_outputs, count = gsc_questions_num_labels(q);
    for (size_t i = 0; i < count; i++) {
        switch (q->alike) {
        case GSC_ALIKE_LARGEST:
            labels[i] = (uint16_t)first_largest(answer + i * n, n);
            break;
        case GSC_ALIKE_SIGN:
            labels[i] = answer[i] > 0;
            break;
        case GSC_ALIKE_TEMPLATE:
            labels[i] = (uint16_t)nearest_template(self->templates, answer + i * n, n);
            break;
        default:
            labels[i] = 0;
        }
    }
}
