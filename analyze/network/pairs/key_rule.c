/* Which frequencies of a checkpoint count as key. */
#include "analyze/network/pairs/key_rule.h"

#include "grokscope/error.h"
#include "grokscope/fourier.h"
#include "grokscope/key_frequency.h"
#include "grokscope/memory.h"

#include <stdlib.h>

const char *const gsc_key_rule_names[] = {"neuron", "energy", "logit", NULL};

static int
find_by_neuron(gsc_pair_outputs *pair_outputs, double least_fve, bool *key)
{
    int status = 0;
    size_t n = pair_outputs->evaluator.num_neurons,
           count = gsc_fourier_count(pair_outputs->grid.n);
    double *fve = NULL;
    size_t *frequency = NULL;
    GSC_NEW(fve, n);
    GSC_NEW(frequency, n);
    GSC_TRY(gsc_pair_outputs_frequencies(pair_outputs, frequency, fve));
    gsc_key_frequency_by_neuron(frequency, fve, n, least_fve, count, key, NULL);
out:
    free(fve);
    free(frequency);
    return status;
}

int
gsc_key_rule_by_logit(const double *v, const gsc_cube *cube, size_t count, bool *key)
{
    int status = 0;
    double *similarity = NULL;
    GSC_NEW(similarity, count);
    for (size_t k = 0; k < count; k++)
        similarity[k] = cube->centred > 0 ? v[k] / cube->centred : 0;
    gsc_key_frequency_by_logit(similarity, count, GSC_KEY_LOGIT, key);
out:
    free(similarity);
    return status;
}

static int
find_by_logit(const gsc_pair_outputs *pair_outputs, bool *key)
{
    int status = 0;
    size_t count = gsc_fourier_count(pair_outputs->grid.n);
    gsc_restricted_loss ablation = {.of_neurons = false};
    gsc_direction direction;
    gsc_cube cube;
    double *v = NULL;
    GSC_TRY(gsc_pair_outputs_direction(pair_outputs, &direction));
    gsc_pair_logits answers = gsc_pair_outputs_logits(pair_outputs, direction);
    GSC_NEW(v, count);
    GSC_TRY(gsc_restricted_loss_init(&ablation, &answers));
    GSC_TRY(gsc_restricted_loss_cube(&ablation, v, &cube));
    GSC_TRY(gsc_key_rule_by_logit(v, &cube, count, key));
out:
    gsc_restricted_loss_free(&ablation);
    free(v);
    return status;
}

int
gsc_key_rule_find(gsc_key_rule rule, double least_fve, const gsc_loaded_model *loaded,
                  gsc_residue_order order, gsc_threads *threads, bool *key)
{
    int status = 0;
    gsc_pair_outputs *pair_outputs;
    bool by_neuron = rule == GSC_KEYS_BY_NEURON;
    if (rule == GSC_KEYS_BY_ENERGY)
        return gsc_fail(GSC_EARGUMENT, "each matrix has key frequencies of its own");
    GSC_TRY(gsc_pair_outputs_of(loaded, order, by_neuron, threads, &pair_outputs));
    GSC_TRY(by_neuron ? find_by_neuron(pair_outputs, least_fve, key)
                      : find_by_logit(pair_outputs, key));
out:
    return status;
}
