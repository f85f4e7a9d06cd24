/* What a subject's network answers to all pairs of residues. */
#include "grokscope/replies.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include <stdlib.h>

/* Whether the answers are the outputs, one by one. */
static bool
answers_are_outputs(const gsc_replies *self)
{
    const gsc_grid *grid = &self->grid;
    bool same = self->probe.num_outputs == grid->n;
    for (size_t i = 0; i < grid->n; i++)
        same = same && grid->outputs[i] == i;
    return same;
}

int
gsc_replies_init(gsc_replies *self, const gsc_subject *subject, bool neurons)
{
    int status = 0;
    *self = (gsc_replies){.logits = NULL};
    GSC_TRY(gsc_grid_init(&self->grid, subject, gsc_task_order(&subject->task_config)));
    GSC_TRY(gsc_probe_open(&self->probe, subject, &self->grid, neurons));
    size_t n = self->grid.n, pairs = n * n;
    GSC_NEW(self->logits, pairs * n);
    GSC_NEW(self->labels, pairs);
    for (size_t i = 0; i < pairs; i++)
        self->labels[i] = self->grid.outputs[self->grid.answers[i]];
    if (!answers_are_outputs(self))
        GSC_NEW(self->outputs, pairs * self->probe.num_outputs);
    if (neurons) {
        self->neurons =
            gsc_new(pairs * self->probe.num_neurons, gsc_type_size(self->probe.type));
        if (!self->neurons)
            status = GSC_EMEMORY;
    }
out:
    if (status < 0)
        gsc_replies_free(self);
    return status;
}

void
gsc_replies_free(gsc_replies *self)
{
    gsc_probe_close(&self->probe);
    gsc_grid_free(&self->grid);
    free(self->logits);
    free(self->neurons);
    free(self->labels);
    free(self->outputs);
    *self = (gsc_replies){.logits = NULL};
}

static void
copy_outputs(gsc_replies *self)
{
    size_t count = self->grid.n * self->grid.n * self->probe.num_outputs;
    const float *narrow = self->probe.outputs;
    const double *wide = self->probe.outputs;
    for (size_t i = 0; i < count; i++)
        self->outputs[i] =
            self->probe.type == GSC_FLOAT32 ? (double)narrow[i] : wide[i];
}

int
gsc_replies_ask(gsc_replies *self, const double *weights, gsc_threads *threads)
{
    int status = 0;
    gsc_answers all = {.p = self->grid.n,
                       .num_outputs = self->probe.num_outputs,
                       .logits = self->outputs ? self->outputs : self->logits,
                       .labels = self->labels,
                       .train = self->grid.train};
    GSC_TRY(gsc_probe_run(&self->probe, weights, threads, self->logits, self->neurons));
    if (self->outputs)
        copy_outputs(self);
    GSC_TRY(gsc_ablation_score(&all, &self->scores));
    gsc_replies_hide_split(self, &self->scores);
out:
    return status;
}

void
gsc_replies_hide_split(const gsc_replies *self, gsc_split_scores *scores)
{
    gsc_scores *apart[] = {&scores->train, &scores->test, &scores->test_mirrored,
                           &scores->test_new};
    for (size_t i = 0; !self->grid.split_is_known && i < 4; i++) {
        *apart[i] = (gsc_scores){0};
        gsc_scores_finish(apart[i]); /* of no pairs */
    }
}

static bool
leads_along(const gsc_grid *grid, gsc_direction direction)
{
    for (size_t i = 0; i < grid->n * grid->n; i++)
        if (grid->answers[i] !=
            gsc_pairs_along(direction, grid->n, i / grid->n, i % grid->n))
            return false;
    return true;
}

int
gsc_replies_direction(const gsc_replies *self, gsc_direction *direction)
{
    const gsc_task_config *config = &self->probe.subject->task_config;
    size_t count;
    const gsc_operation *operation = &gsc_operations(&count)[config->operation];
    for (*direction = GSC_SUM; *direction <= GSC_DIFFERENCE; (*direction)++)
        if (leads_along(&self->grid, *direction))
            return 0;
    return gsc_fail(
        GSC_EARGUMENT,
        "operation %s (%s) modulo %lld is no sum or difference, of residues "
        "or of their logarithms: its waves have no direction",
        operation->name, operation->formula, (long long)config->p);
}

gsc_answers
gsc_replies_answers(const gsc_replies *self, gsc_direction direction)
{
    return (gsc_answers){.p = self->grid.n,
                         .num_outputs = self->grid.n,
                         .direction = direction,
                         .logits = self->logits,
                         .labels = self->grid.answers,
                         .train = self->grid.train};
}
