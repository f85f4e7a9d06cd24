/* What a loaded model's network answers to all pairs of residues. */
#include "analyze/network/pairs/pair_outputs.h"

#include "grokscope/error.h"
#include "grokscope/fourier.h"
#include "grokscope/memory.h"

#include <stdlib.h>
#include <string.h>

/* Whether the answers are the outputs, one by one. */
static bool
answers_are_outputs(const gsc_pair_outputs *self)
{
    const gsc_grid *grid = &self->grid;
    bool same = self->evaluator.num_outputs == grid->n;
    for (size_t i = 0; i < grid->n; i++)
        same = same && grid->outputs[i] == i;
    return same;
}

int
gsc_pair_outputs_init(gsc_pair_outputs *self, const gsc_loaded_model *loaded,
                      gsc_residue_order order, bool neurons)
{
    int status = 0;
    *self = (gsc_pair_outputs){.logits = NULL};
    GSC_TRY(gsc_grid_init(&self->grid, loaded, order));
    GSC_TRY(gsc_evaluator_open(&self->evaluator, loaded, &self->grid, neurons));
    size_t n = self->grid.n;
    GSC_ROOM(self->logits, n * n * n);
    if (neurons) {
        self->neurons = gsc_room(n * n * self->evaluator.num_neurons,
                                 gsc_type_size(self->evaluator.type));
        if (!self->neurons)
            status = GSC_EMEMORY;
    }
out:
    if (status < 0)
        gsc_pair_outputs_free(self);
    return status;
}

void
gsc_pair_outputs_free(gsc_pair_outputs *self)
{
    gsc_evaluator_close(&self->evaluator);
    gsc_grid_free(&self->grid);
    free(self->logits);
    free(self->neurons);
    free(self->fve);
    free(self->total);
    *self = (gsc_pair_outputs){.logits = NULL};
}

int
gsc_pair_outputs_run(gsc_pair_outputs *self, const double *weights,
                     gsc_threads *threads)
{
    self->scored = false;
    free(self->fve);
    free(self->total);
    self->fve = self->total = NULL;
    return gsc_evaluator_run(&self->evaluator, weights, threads, self->logits,
                             self->neurons);
}

/* ---- Kept with a loaded model ---- */

/* What was answered with which weights. */
typedef struct kept_outputs {
    gsc_pair_outputs outputs;
    double *weights;
} kept_outputs;

static void
release(void *value)
{
    kept_outputs *kept = value;
    gsc_pair_outputs_free(&kept->outputs);
    free(kept->weights);
    free(kept);
}

static bool
is_good(const kept_outputs *kept, const gsc_loaded_model *loaded,
        gsc_residue_order order)
{
    return kept && kept->outputs.grid.order == order &&
           kept->outputs.evaluator.type == loaded->type &&
           memcmp(kept->weights, loaded->weights,
                  loaded->num_weights * sizeof *kept->weights) == 0;
}

static int
answer(kept_outputs *kept, const gsc_loaded_model *loaded, gsc_residue_order order,
       bool neurons, gsc_threads *threads)
{
    int status = 0;
    GSC_NEW(kept->weights, loaded->num_weights);
    memcpy(kept->weights, loaded->weights, loaded->num_weights * sizeof *kept->weights);
    GSC_TRY(gsc_pair_outputs_init(&kept->outputs, loaded, order, neurons));
    GSC_TRY(gsc_pair_outputs_run(&kept->outputs, kept->weights, threads));
out:
    return status;
}

int
gsc_pair_outputs_of(const gsc_loaded_model *loaded, gsc_residue_order order,
                    bool neurons, gsc_threads *threads, gsc_pair_outputs **outputs)
{
    int status = 0;
    bool has_neurons = loaded->model.neurons != GSC_NO_NODE;
    kept_outputs *kept = loaded->kept->value;
    if (!is_good(kept, loaded, order) || (neurons && !has_neurons)) {
        gsc_loaded_model_forget(loaded);
        GSC_NEW(kept, 1);
        *loaded->kept = (gsc_kept){kept, release};
        status = answer(kept, loaded, order, neurons || has_neurons, threads);
        if (status < 0) {
            gsc_loaded_model_forget(loaded);
            return status;
        }
    }
    kept->outputs.evaluator.loaded = loaded; /* which may have moved since */
    *outputs = &kept->outputs;
out:
    return status;
}

/* ---- Scores ---- */

static void
copy_outputs(const gsc_pair_outputs *self, double *outputs)
{
    size_t count = self->grid.n * self->grid.n * self->evaluator.num_outputs;
    for (size_t i = 0; i < count; i++)
        outputs[i] = gsc_element(self->evaluator.type, self->evaluator.outputs, i);
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
gsc_pair_outputs_score(gsc_pair_outputs *self)
{
    int status = 0;
    size_t pairs = self->grid.n * self->grid.n;
    double *outputs = NULL;
    uint16_t *labels = NULL;
    gsc_pair_logits all = {.p = self->grid.n,
                           .num_outputs = self->evaluator.num_outputs,
                           .logits = self->logits,
                           .train = self->grid.train};
    if (self->scored)
        return 0;
    GSC_NEW(labels, pairs);
    GSC_TRY(find_labels(&self->grid, labels));
    all.labels = labels;
    if (!answers_are_outputs(self)) {
        GSC_ROOM(outputs, pairs * self->evaluator.num_outputs);
        copy_outputs(self, outputs);
        all.logits = outputs;
    }
    GSC_TRY(gsc_restricted_loss_score(&all, &self->scores));
    gsc_pair_outputs_hide_split(self, &self->scores);
    self->scored = true;
out:
    free(outputs);
    free(labels);
    return status;
}

void
gsc_pair_outputs_hide_split(const gsc_pair_outputs *self, gsc_split_scores *scores)
{
    gsc_scores *apart[] = {&scores->train, &scores->test, &scores->test_mirrored,
                           &scores->test_new};
    for (size_t i = 0; !self->grid.split_is_known && i < 4; i++) {
        *apart[i] = (gsc_scores){0};
        gsc_scores_finish(apart[i]); /* of no pairs */
    }
}

int
gsc_pair_outputs_direction(const gsc_pair_outputs *self, gsc_direction *direction)
{
    return gsc_grid_direction(&self->grid, self->evaluator.loaded, direction);
}

gsc_pair_logits
gsc_pair_outputs_logits(const gsc_pair_outputs *self, gsc_direction direction)
{
    return (gsc_pair_logits){.p = self->grid.n,
                             .num_outputs = self->grid.n,
                             .direction = direction,
                             .logits = self->logits,
                             .labels = self->grid.answers,
                             .train = self->grid.train};
}

/* ---- Neurons ---- */

int
gsc_pair_outputs_fve(gsc_pair_outputs *self)
{
    int status = 0;
    size_t p = self->grid.n, n = self->evaluator.num_neurons;
    double *fve = NULL, *total = NULL;
    if (self->fve)
        return 0;
    GSC_NEW(fve, gsc_fourier_count(p) * n);
    GSC_NEW(total, n);
    GSC_TRY(self->evaluator.type == GSC_FLOAT32
                ? gsc_fourier2d_fve_f32(self->neurons, p, n, fve, total)
                : gsc_fourier2d_fve(self->neurons, p, n, fve, total));
    self->fve = fve;
    self->total = total;
    return 0;
out:
    free(fve);
    free(total);
    return status;
}

int
gsc_pair_outputs_shares(const gsc_pair_outputs *self, gsc_direction direction,
                        double *share)
{
    size_t p = self->grid.n, n = self->evaluator.num_neurons;
    return self->evaluator.type == GSC_FLOAT32
               ? gsc_fourier2d_shares_f32(self->neurons, p, n, direction, share)
               : gsc_fourier2d_shares(self->neurons, p, n, direction, share);
}

int
gsc_pair_outputs_frequencies(gsc_pair_outputs *self, size_t *frequency, double *fve)
{
    int status = gsc_pair_outputs_fve(self);
    if (status == 0)
        gsc_fourier2d_peaks(self->fve, self->grid.n, self->evaluator.num_neurons,
                            frequency, fve);
    return status;
}
