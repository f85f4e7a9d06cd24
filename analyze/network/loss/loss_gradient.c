/* What training minimises, and its gradient, for whatever weights. */
#include "analyze/network/loss/loss_gradient.h"

#include "grokscope/error.h"
#include "grokscope/loss.h"
#include "grokscope/rng.h"

#include "train/numeric/precision.h"

#include <string.h>

static int
find_split(gsc_loss_gradient *self)
{
    const gsc_dataset *dataset = &self->loaded->checkpoint.dataset;
    self->split = gsc_dataset_split(dataset, "train");
    if (!self->split || self->split->count == 0)
        self->split = gsc_dataset_split(dataset, "test");
    return self->split && self->split->count > 0
               ? 0
               : gsc_fail(GSC_EFORMAT, "the loss is asked for, but there are no "
                                       "examples");
}

static int
open_engine(gsc_loss_gradient *self)
{
    const gsc_model *model = &self->loaded->model;
    gsc_root roots[GSC_MAX_TARGETS];
    size_t num_roots = 0;
    for (size_t i = 0; i < model->num_outputs; i++)
        if (model->outputs[i].target.weight > 0)
            roots[num_roots++] =
                (gsc_root){model->outputs[i].loss, model->outputs[i].target.weight};
    const gsc_engine_options options = {.type = GSC_FLOAT64,
                                        .roots = roots,
                                        .num_roots = num_roots,
                                        .gradients = true,
                                        .num_examples = self->split->count,
                                        .rewrites = GSC_REWRITE_ALL};
    return gsc_engine_open(&self->engine, model->graph, &options);
}

int
gsc_loss_gradient_open(gsc_loss_gradient *self, const gsc_loaded_model *loaded)
{
    int status = 0;
    *self = (gsc_loss_gradient){.loaded = loaded};
    GSC_TRY(gsc_loaded_model_need_weights(loaded));
    GSC_TRY(gsc_loaded_model_data((gsc_loaded_model *)loaded));
    GSC_TRY(find_split(self));
    GSC_TRY(open_engine(self));
out:
    return status;
}

int
gsc_loss_gradient_need_smooth(const gsc_loss_gradient *self)
{
    const gsc_model *model = &self->loaded->model;
    for (size_t i = 0; i < model->num_outputs; i++)
        if (gsc_loss_precision(model->outputs[i].target.loss) < GSC_PRECISION_FLOAT64)
            return gsc_fail(GSC_EARGUMENT,
                            "the loss is %s: differences of what is rounded so tell of "
                            "the roundings; expected a run with --loss-precision "
                            "float64",
                            model->outputs[i].target.loss);
    return 0;
}

void
gsc_loss_gradient_close(gsc_loss_gradient *self)
{
    gsc_engine_close(self->engine);
    *self = (gsc_loss_gradient){.loaded = NULL};
}

int
gsc_loss_gradient_run_on(gsc_loss_gradient *self, const double *weights,
                         gsc_threads *threads, const uint32_t *examples, size_t count,
                         double *loss, const double **gradient)
{
    const gsc_dataset *dataset = &self->loaded->checkpoint.dataset;
    const gsc_batch batch = {.fields = dataset->fields,
                             .num_fields = dataset->num_fields,
                             .examples = examples,
                             .num_examples = count};
    int status = gsc_engine_run(self->engine, threads, weights, &batch, NULL, NULL);
    if (status < 0)
        return status;
    *loss = gsc_engine_total(self->engine);
    *gradient = gsc_engine_gradient(self->engine);
    return 0;
}

int
gsc_loss_gradient_run(gsc_loss_gradient *self, const double *weights,
                      gsc_threads *threads, double *loss, const double **gradient)
{
    return gsc_loss_gradient_run_on(self, weights, threads, self->split->indices,
                                    self->split->count, loss, gradient);
}

void
gsc_loss_gradient_draw(const gsc_loss_gradient *self, uint64_t seed, uint64_t stream,
                       uint64_t number, size_t count, uint32_t *examples)
{
    for (size_t i = 0; i < count; i++)
        examples[i] = self->split->indices[gsc_rng_below(
            seed, stream, number * count + i, self->split->count)];
}

void
gsc_mark_trained(const gsc_loaded_model *loaded, double *marks)
{
    for (size_t i = 0; i < loaded->num_tensors; i++) {
        const gsc_tensor *t = &loaded->tensors[i];
        size_t first = (size_t)((const double *)t->data - loaded->weights);
        for (size_t k = 0; k < gsc_shape_count(t->shape); k++)
            marks[first + k] = t->trained;
    }
}
