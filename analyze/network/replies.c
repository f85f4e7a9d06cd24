/* What a subject's network answers to all pairs of residues. */
#include "analyze/network/replies.h"

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
gsc_replies_init(gsc_replies *self, const gsc_subject *subject, gsc_order order,
                 bool neurons)
{
    int status = 0;
    *self = (gsc_replies){.logits = NULL};
    GSC_TRY(gsc_grid_init(&self->grid, subject, order));
    GSC_TRY(gsc_probe_open(&self->probe, subject, &self->grid, neurons));
    size_t n = self->grid.n;
    GSC_NEW(self->logits, n * n * n);
    if (neurons) {
        self->neurons =
            gsc_new(n * n * self->probe.num_neurons, gsc_type_size(self->probe.type));
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
    *self = (gsc_replies){.logits = NULL};
}

int
gsc_replies_ask(gsc_replies *self, const double *weights, gsc_threads *threads)
{
    return gsc_probe_run(&self->probe, weights, threads, self->logits, self->neurons);
}

/* ---- Scores ---- */

static void
copy_outputs(const gsc_replies *self, double *outputs)
{
    size_t count = self->grid.n * self->grid.n * self->probe.num_outputs;
    for (size_t i = 0; i < count; i++)
        outputs[i] = gsc_element(self->probe.type, self->probe.outputs, i);
}

static int
find_labels(const gsc_grid *grid, uint16_t *labels)
{
    for (size_t i = 0; i < grid->n * grid->n; i++) {
        if (grid->answers[i] == GSC_NO_ANSWER)
            return gsc_fail(GSC_EARGUMENT,
                            "the answer to the residues %d and %d is not in the order",
                            grid->residues[i / grid->n], grid->residues[i % grid->n]);
        labels[i] = grid->outputs[grid->answers[i]];
    }
    return 0;
}

int
gsc_replies_score(gsc_replies *self)
{
    int status = 0;
    size_t pairs = self->grid.n * self->grid.n;
    double *outputs = NULL;
    uint16_t *labels = NULL;
    gsc_answers all = {.p = self->grid.n,
                       .num_outputs = self->probe.num_outputs,
                       .logits = self->logits,
                       .train = self->grid.train};
    GSC_NEW(labels, pairs);
    GSC_TRY(find_labels(&self->grid, labels));
    all.labels = labels;
    if (!answers_are_outputs(self)) {
        GSC_NEW(outputs, pairs * self->probe.num_outputs);
        copy_outputs(self, outputs);
        all.logits = outputs;
    }
    GSC_TRY(gsc_ablation_score(&all, &self->scores));
    gsc_replies_hide_split(self, &self->scores);
out:
    free(outputs);
    free(labels);
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

int
gsc_replies_direction(const gsc_replies *self, gsc_direction *direction)
{
    return gsc_grid_direction(&self->grid, self->probe.subject, direction);
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

/* ---- Neurons ---- */

int
gsc_replies_fve(const gsc_replies *self, double *fve, double *total)
{
    size_t p = self->grid.n, n = self->probe.num_neurons;
    return self->probe.type == GSC_FLOAT32
               ? gsc_fourier2d_fve_f32(self->neurons, p, n, fve, total)
               : gsc_fourier2d_fve(self->neurons, p, n, fve, total);
}

int
gsc_replies_shares(const gsc_replies *self, gsc_direction direction, double *share)
{
    size_t p = self->grid.n, n = self->probe.num_neurons;
    return self->probe.type == GSC_FLOAT32
               ? gsc_fourier2d_shares_f32(self->neurons, p, n, direction, share)
               : gsc_fourier2d_shares(self->neurons, p, n, direction, share);
}

int
gsc_replies_frequencies(const gsc_replies *self, size_t *frequency, double *fve)
{
    int status = 0;
    size_t p = self->grid.n, n = self->probe.num_neurons;
    double *all = NULL;
    GSC_NEW(all, (p / 2 + 1) * n);
    GSC_TRY(gsc_replies_fve(self, all, NULL));
    gsc_fourier2d_peaks(all, p, n, frequency, fve);
out:
    free(all);
    return status;
}
