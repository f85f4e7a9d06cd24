/* A network's own loss over the examples of a dataset. */
#include "analyze/compare/examples_loss.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include <math.h>
#include <stdlib.h>

static int
open_engine(gsc_examples_loss *self)
{
    const gsc_model *model = &self->loaded->model;
    gsc_root roots[GSC_MAX_TARGETS];
    size_t num_roots = 0;
    for (size_t i = 0; i < model->num_outputs; i++)
        if (model->outputs[i].target.weight > 0)
            roots[num_roots++] =
                (gsc_root){model->outputs[i].loss, model->outputs[i].target.weight};
    gsc_engine_options options = {.type = self->type,
                                  .roots = roots,
                                  .num_roots = num_roots,
                                  .num_examples = self->questions->count,
                                  .rewrites = GSC_REWRITE_ALL};
    return gsc_engine_open(&self->engine, model->graph, &options);
}

static int
sort_examples(gsc_examples_loss *self, const bool *test)
{
    int status = 0;
    const gsc_questions *q = self->questions;
    size_t at = 0;
    GSC_NEW(self->examples, q->count);
    for (size_t i = 0; i < q->count; i++)
        if (test[i])
            self->examples[at++] = q->examples[i];
    self->num_test = at;
    for (size_t i = 0; i < q->count; i++)
        if (!test[i])
            self->examples[at++] = q->examples[i];
out:
    return status;
}

int
gsc_examples_loss_open(gsc_examples_loss *self, const gsc_loaded_model *loaded,
                       const gsc_questions *questions, const bool *test)
{
    int status = 0;
    *self = (gsc_examples_loss){
        .loaded = loaded, .questions = questions, .type = loaded->type};
    GSC_TRY(open_engine(self));
    GSC_TRY(sort_examples(self, test));
    self->weights = gsc_new(loaded->num_weights, gsc_type_size(self->type));
    if (!self->weights)
        status = GSC_EMEMORY;
out:
    if (status < 0)
        gsc_examples_loss_close(self);
    return status;
}

void
gsc_examples_loss_close(gsc_examples_loss *self)
{
    gsc_engine_close(self->engine);
    free(self->weights);
    free(self->examples);
    *self = (gsc_examples_loss){.loaded = NULL};
}

/* The sum of the loss over some examples. */
static int
add_up(gsc_examples_loss *self, gsc_threads *threads, size_t first, size_t count,
       double *sum)
{
    int status = 0;
    const gsc_dataset *dataset = self->questions->dataset;
    gsc_batch batch = {.fields = dataset->fields,
                       .num_fields = dataset->num_fields,
                       .examples = self->examples + first,
                       .num_examples = count};
    *sum = 0;
    if (count == 0)
        return 0;
    GSC_TRY(gsc_engine_run(self->engine, threads, self->weights, &batch, NULL, NULL));
    *sum = gsc_engine_total(self->engine) * (double)count;
out:
    return status;
}

int
gsc_examples_loss_run(gsc_examples_loss *self, const double *weights,
                      gsc_threads *threads, double *loss, double *test_loss)
{
    int status = 0;
    size_t all = self->questions->count, num_test = self->num_test;
    double of_test, of_others;
    for (size_t i = 0; i < self->loaded->num_weights; i++)
        if (self->type == GSC_FLOAT32)
            ((float *)self->weights)[i] = (float)weights[i];
        else
            ((double *)self->weights)[i] = weights[i];
    GSC_TRY(add_up(self, threads, 0, num_test, &of_test));
    GSC_TRY(add_up(self, threads, num_test, all - num_test, &of_others));
    *loss = (of_test + of_others) / (double)all;
    *test_loss = num_test > 0 ? of_test / (double)num_test : (double)NAN;
out:
    return status;
}
