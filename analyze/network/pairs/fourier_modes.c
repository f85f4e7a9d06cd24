/* The modes along the sum in a loaded model's logits and neurons. */
#include "analyze/network/pairs/fourier_modes.h"

#include "grokscope/error.h"
#include "grokscope/key_frequency.h"
#include "grokscope/memory.h"

#include "analyze/network/pairs/spectrum.h"
#include "train/numeric/gemm.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const gsc_convention_names[] = {"nanda", "notebook", "chughtai", NULL};

/* ---- Neurons ---- */

static int
find_frequencies(gsc_fourier_modes *self)
{
    int status = 0;
    size_t m = self->pair_outputs->evaluator.num_neurons;
    GSC_NEW(self->frequency, m);
    GSC_NEW(self->fve, m);
    GSC_TRY(
        gsc_pair_outputs_frequencies(self->pair_outputs, self->frequency, self->fve));
out:
    return status;
}

/* The map [m, n] from neurons to the logits of the places. */
static int
find_map(const gsc_fourier_modes *self, const gsc_loaded_model *loaded, gsc_matrix *map)
{
    int status = 0;
    gsc_matrix view = {0};
    *map = (gsc_matrix){0};
    if (gsc_loaded_model_tensor(loaded, "ln_final.w") ||
        gsc_graph_find(loaded->model.graph, "ln_final.hook_normalized") !=
            GSC_NO_NODE ||
        gsc_graph_find(loaded->model.graph, "blocks.0.ln2.hook_normalized") !=
            GSC_NO_NODE)
        return gsc_fail(GSC_EARGUMENT,
                        "convention %s: a layer norm stands between the neurons and "
                        "the logits of this network; expected none",
                        gsc_convention_names[self->convention]);
    GSC_TRY(gsc_loaded_model_view(loaded, GSC_VIEW_NEURON_LOGIT,
                                  self->pair_outputs->grid.order, &view));
    GSC_TRY(gsc_matrix_transpose(&view, map));
out:
    gsc_matrix_free(&view);
    return status;
}

/* written = acts map, in the precision of the network. */
static int
write_logits(gsc_fourier_modes *self, const gsc_matrix *map)
{
    int status = 0;
    const gsc_pair_outputs *r = self->pair_outputs;
    size_t n = r->grid.n, m = map->rows;
    float *narrow = NULL, *out = NULL;
    GSC_ROOM(self->written, n * n * n);
    if (r->evaluator.type == GSC_FLOAT64) {
        gsc_gemm_f64(false, false, n * n, n, m, 1, r->neurons, m, map->data, n, 0,
                     self->written, n);
        return 0;
    }
    GSC_NEW(narrow, m * n);
    GSC_ROOM(out, n * n * n);
    for (size_t i = 0; i < m * n; i++)
        narrow[i] = (float)map->data[i];
    gsc_gemm_f32(false, false, n * n, n, m, 1, r->neurons, m, narrow, n, 0, out, n);
    for (size_t i = 0; i < n * n * n; i++)
        self->written[i] = out[i];
out:
    free(narrow);
    free(out);
    return status;
}

static int
ablate_neurons(gsc_fourier_modes *self, const gsc_loaded_model *loaded,
               gsc_pair_logits answers)
{
    int status = 0;
    const gsc_pair_outputs *r = self->pair_outputs;
    gsc_matrix map = {0};
    GSC_TRY(find_map(self, loaded, &map));
    if (self->convention == GSC_CONVENTION_CHUGHTAI) {
        GSC_TRY(write_logits(self, &map));
        answers.logits = self->written;
    }
    GSC_TRY(r->evaluator.type == GSC_FLOAT32
                ? gsc_restricted_loss_init_neurons_f32(&self->of_neurons, &answers,
                                                       r->neurons, map.data, map.rows)
                : gsc_restricted_loss_init_neurons(&self->of_neurons, &answers,
                                                   r->neurons, map.data, map.rows));
out:
    gsc_matrix_free(&map);
    return status;
}

/* ---- All ---- */

int
gsc_fourier_modes_init(gsc_fourier_modes *self, const gsc_loaded_model *loaded,
                       gsc_convention convention, bool neurons, gsc_threads *threads)
{
    int status = 0;
    bool of_neurons = neurons || convention != GSC_CONVENTION_NANDA;
    gsc_direction direction;
    *self = (gsc_fourier_modes){.convention = convention};
    GSC_TRY(gsc_pair_outputs_of(loaded, loaded->pairs.order, of_neurons, threads,
                                &self->pair_outputs));
    GSC_TRY(gsc_pair_outputs_direction(self->pair_outputs, &direction));
    GSC_TRY(gsc_pair_outputs_score(self->pair_outputs));
    gsc_pair_logits answers = gsc_pair_outputs_logits(self->pair_outputs, direction);
    self->count = answers.p / 2 + 1;
    GSC_NEW(self->v, self->count);
    GSC_TRY(gsc_restricted_loss_init(&self->of_logits, &answers));
    GSC_TRY(gsc_restricted_loss_cube(&self->of_logits, self->v, &self->cube));
    if (convention != GSC_CONVENTION_NANDA)
        GSC_TRY(ablate_neurons(self, loaded, answers));
    if (neurons)
        GSC_TRY(find_frequencies(self));
out:
    if (status < 0)
        gsc_fourier_modes_free(self);
    return status;
}

void
gsc_fourier_modes_free(gsc_fourier_modes *self)
{
    gsc_restricted_loss_free(&self->of_logits);
    gsc_restricted_loss_free(&self->of_neurons);
    free(self->written);
    free(self->v);
    free(self->frequency);
    free(self->fve);
    *self = (gsc_fourier_modes){.v = NULL};
}

/* ---- Key frequencies ---- */

static int
mark_by_energy(const gsc_fourier_modes *self, bool *key)
{
    int status = 0;
    const gsc_pair_outputs *r = self->pair_outputs;
    gsc_matrix map = {0};
    gsc_spectrum spectrum = {.power = NULL};
    GSC_TRY(gsc_loaded_model_view(r->evaluator.loaded, GSC_VIEW_NEURON_LOGIT,
                                  r->grid.order, &map));
    GSC_TRY(gsc_spectrum_init(&spectrum, &map));
    memcpy(key, spectrum.key, self->count * sizeof *key);
out:
    gsc_matrix_free(&map);
    gsc_spectrum_free(&spectrum);
    return status;
}

int
gsc_fourier_modes_keys(const gsc_fourier_modes *self, gsc_key_rule rule, double fve,
                       bool *key)
{
    if (rule == GSC_KEYS_BY_ENERGY)
        return mark_by_energy(self, key);
    if (rule == GSC_KEYS_BY_LOGIT)
        return gsc_key_rule_by_logit(self->v, &self->cube, self->count, key);
    gsc_key_frequency_by_neuron(self->frequency, self->fve,
                                self->pair_outputs->evaluator.num_neurons, fve,
                                self->count, key, NULL);
    return 0;
}

/* ---- Losses ---- */

static const gsc_restricted_loss *
ablated(const gsc_fourier_modes *self)
{
    return self->convention == GSC_CONVENTION_NANDA ? &self->of_logits
                                                    : &self->of_neurons;
}

int
gsc_fourier_modes_restrict(const gsc_fourier_modes *self, const size_t *keys,
                           size_t num_keys, gsc_mode_losses *losses)
{
    int status = 0;
    bool recentred = self->convention != GSC_CONVENTION_CHUGHTAI;
    gsc_split_scores scores;
    losses->restricted = losses->restricted_train = losses->restricted_test = NAN;
    if (num_keys == 0)
        return 0;
    GSC_TRY(
        gsc_restricted_loss_keep(ablated(self), keys, num_keys, recentred, &scores));
    gsc_pair_outputs_hide_split(self->pair_outputs, &scores);
    losses->restricted_train = scores.train.loss;
    losses->restricted_test = scores.test.loss;
    losses->restricted = self->convention == GSC_CONVENTION_NOTEBOOK ? scores.test.loss
                                                                     : scores.all.loss;
out:
    return status;
}

int
gsc_fourier_modes_exclude(const gsc_fourier_modes *self, const size_t *keys,
                          size_t num_keys, gsc_mode_losses *losses)
{
    int status = 0;
    gsc_split_scores scores;
    losses->excluded = losses->excluded_cube = NAN;
    if (num_keys == 0)
        return 0;
    GSC_TRY(gsc_restricted_loss_exclude(ablated(self), keys, num_keys, GSC_SCORE_TRAIN,
                                        &scores));
    losses->excluded = scores.train.loss;
    GSC_TRY(gsc_restricted_loss_exclude_cube(&self->of_logits, self->v, keys, num_keys,
                                             GSC_SCORE_TRAIN, &scores));
    losses->excluded_cube = scores.train.loss;
out:
    return status;
}
