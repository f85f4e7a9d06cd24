/* The waves along the sum in a subject's logits and neurons. */
#include "analyze/network/waves.h"

#include "grokscope/error.h"
#include "grokscope/key_frequency.h"
#include "grokscope/memory.h"

#include "analyze/network/spectrum.h"
#include "train/numeric/gemm.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const gsc_convention_names[] = {"nanda", "notebook", "chughtai", NULL};

/* ---- Neurons ---- */

static int
find_frequencies(gsc_waves *self)
{
    int status = 0;
    size_t m = self->replies.probe.num_neurons;
    GSC_NEW(self->frequency, m);
    GSC_NEW(self->fve, m);
    GSC_TRY(gsc_replies_frequencies(&self->replies, self->frequency, self->fve));
out:
    return status;
}

/* The map [m, n] from neurons to the logits of the places. */
static int
find_map(const gsc_waves *self, const gsc_subject *subject, gsc_matrix *map)
{
    int status = 0;
    gsc_matrix view = {0};
    *map = (gsc_matrix){0};
    if (subject->config.normalization_type != GSC_NORM_NONE)
        return gsc_fail(GSC_EARGUMENT,
                        "convention %s: a layer norm stands between the neurons and "
                        "the logits of this network; expected none",
                        gsc_convention_names[self->convention]);
    GSC_TRY(gsc_subject_view(subject, GSC_VIEW_NEURON_LOGIT, self->replies.grid.order,
                             &view));
    GSC_TRY(gsc_matrix_transpose(&view, map));
out:
    gsc_matrix_free(&view);
    return status;
}

/* written = acts map, in the precision of the network. */
static int
write_logits(gsc_waves *self, const gsc_matrix *map)
{
    int status = 0;
    const gsc_replies *r = &self->replies;
    size_t n = r->grid.n, m = map->rows;
    float *narrow = NULL, *out = NULL;
    GSC_NEW(self->written, n * n * n);
    if (r->probe.type == GSC_FLOAT64) {
        gsc_gemm_f64(false, false, n * n, n, m, 1, r->neurons, m, map->data, n, 0,
                     self->written, n);
        return 0;
    }
    GSC_NEW(narrow, m * n);
    GSC_NEW(out, n * n * n);
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
ablate_neurons(gsc_waves *self, const gsc_subject *subject, gsc_answers answers)
{
    int status = 0;
    const gsc_replies *r = &self->replies;
    gsc_matrix map = {0};
    GSC_TRY(find_map(self, subject, &map));
    if (self->convention == GSC_CONVENTION_CHUGHTAI) {
        GSC_TRY(write_logits(self, &map));
        answers.logits = self->written;
    }
    GSC_TRY(r->probe.type == GSC_FLOAT32
                ? gsc_ablation_init_neurons_f32(&self->of_neurons, &answers, r->neurons,
                                                map.data, map.rows)
                : gsc_ablation_init_neurons(&self->of_neurons, &answers, r->neurons,
                                            map.data, map.rows));
out:
    gsc_matrix_free(&map);
    return status;
}

/* ---- All ---- */

int
gsc_waves_init(gsc_waves *self, const gsc_subject *subject, gsc_convention convention,
               bool neurons, gsc_threads *threads)
{
    int status = 0;
    bool taps = neurons || convention != GSC_CONVENTION_NANDA;
    gsc_direction direction;
    *self = (gsc_waves){.convention = convention};
    GSC_TRY(gsc_replies_init(&self->replies, subject,
                             gsc_task_order(&subject->task_config), taps));
    GSC_TRY(gsc_replies_direction(&self->replies, &direction));
    GSC_TRY(gsc_replies_ask(&self->replies, subject->weights, threads));
    GSC_TRY(gsc_replies_score(&self->replies));
    gsc_answers answers = gsc_replies_answers(&self->replies, direction);
    self->count = answers.p / 2 + 1;
    GSC_NEW(self->v, self->count);
    GSC_TRY(gsc_ablation_init(&self->of_logits, &answers));
    GSC_TRY(gsc_ablation_cube(&self->of_logits, self->v, &self->cube));
    if (convention != GSC_CONVENTION_NANDA)
        GSC_TRY(ablate_neurons(self, subject, answers));
    if (neurons)
        GSC_TRY(find_frequencies(self));
out:
    if (status < 0)
        gsc_waves_free(self);
    return status;
}

void
gsc_waves_free(gsc_waves *self)
{
    gsc_replies_free(&self->replies);
    gsc_ablation_free(&self->of_logits);
    gsc_ablation_free(&self->of_neurons);
    free(self->written);
    free(self->v);
    free(self->frequency);
    free(self->fve);
    *self = (gsc_waves){.v = NULL};
}

/* ---- Key frequencies ---- */

static int
mark_by_energy(const gsc_waves *self, bool *key)
{
    int status = 0;
    const gsc_replies *r = &self->replies;
    gsc_matrix map = {0};
    gsc_spectrum spectrum = {.power = NULL};
    GSC_TRY(
        gsc_subject_view(r->probe.subject, GSC_VIEW_NEURON_LOGIT, r->grid.order, &map));
    GSC_TRY(gsc_spectrum_init(&spectrum, &map));
    memcpy(key, spectrum.key, self->count * sizeof *key);
out:
    gsc_matrix_free(&map);
    gsc_spectrum_free(&spectrum);
    return status;
}

int
gsc_waves_keys(const gsc_waves *self, gsc_key_rule rule, double fve, bool *key)
{
    if (rule == GSC_KEYS_BY_ENERGY)
        return mark_by_energy(self, key);
    if (rule == GSC_KEYS_BY_LOGIT)
        return gsc_key_rule_by_logit(self->v, &self->cube, self->count, key);
    gsc_key_frequency_by_neuron(self->frequency, self->fve,
                                self->replies.probe.num_neurons, fve, self->count, key,
                                NULL);
    return 0;
}

/* ---- Losses ---- */

static const gsc_ablation *
ablated(const gsc_waves *self)
{
    return self->convention == GSC_CONVENTION_NANDA ? &self->of_logits
                                                    : &self->of_neurons;
}

int
gsc_waves_restrict(const gsc_waves *self, const size_t *keys, size_t num_keys,
                   gsc_wave_losses *losses)
{
    int status = 0;
    bool recentred = self->convention != GSC_CONVENTION_CHUGHTAI;
    gsc_split_scores scores;
    losses->restricted = losses->restricted_train = losses->restricted_test = NAN;
    if (num_keys == 0)
        return 0;
    GSC_TRY(gsc_ablation_restricted(ablated(self), keys, num_keys, recentred, &scores));
    gsc_replies_hide_split(&self->replies, &scores);
    losses->restricted_train = scores.train.loss;
    losses->restricted_test = scores.test.loss;
    losses->restricted = self->convention == GSC_CONVENTION_NOTEBOOK ? scores.test.loss
                                                                     : scores.all.loss;
out:
    return status;
}

int
gsc_waves_exclude(const gsc_waves *self, const size_t *keys, size_t num_keys,
                  gsc_wave_losses *losses)
{
    int status = 0;
    gsc_split_scores scores;
    losses->excluded = losses->excluded_cube = NAN;
    if (num_keys == 0)
        return 0;
    GSC_TRY(
        gsc_ablation_excluded(ablated(self), keys, num_keys, GSC_SCORE_TRAIN, &scores));
    losses->excluded = scores.train.loss;
    GSC_TRY(gsc_ablation_excluded_cube(&self->of_logits, self->v, keys, num_keys,
                                       GSC_SCORE_TRAIN, &scores));
    losses->excluded_cube = scores.train.loss;
out:
    return status;
}
