/* Which frequencies of a checkpoint count as key. */
#include "grokscope/key_rule.h"

#include "all_pairs.h"

#include "grokscope/ablation.h"
#include "grokscope/error.h"
#include "grokscope/fourier.h"
#include "grokscope/key_frequency.h"
#include "grokscope/memory.h"

#include <stdlib.h>
#include <string.h>

const char *const gsc_key_rules[] = {"energy", "neuron", "logit", NULL};

static int
find_by_neuron(const gsc_all_pairs *pairs, bool *key)
{
    int status = 0;
    size_t p = pairs->grid.n, n = pairs->probe.num_neurons,
           count = gsc_fourier_count(p);
    double *fve = NULL, *best = NULL;
    size_t *frequency = NULL;
    GSC_NEW(fve, count * n);
    GSC_NEW(best, n);
    GSC_NEW(frequency, n);
    GSC_TRY(gsc_all_pairs_fve(pairs, fve, NULL));
    gsc_fourier2d_peaks(fve, p, n, frequency, best);
    gsc_key_frequency_by_neuron(frequency, best, n, GSC_KEY_NEURON, count, key, NULL);
out:
    free(fve);
    free(best);
    free(frequency);
    return status;
}

/* The answer of a difference is a wave along a - b. */
static gsc_direction
direction_of(const gsc_subject *subject)
{
    size_t count;
    const char *name = gsc_operations(&count)[subject->task_config.operation].name;
    bool difference = strcmp(name, "subtract") == 0 || strcmp(name, "divide") == 0;
    return difference ? GSC_DIFFERENCE : GSC_SUM;
}

static int
find_by_logit(const gsc_all_pairs *pairs, const gsc_subject *subject, bool *key)
{
    int status = 0;
    size_t p = pairs->grid.n, count = gsc_fourier_count(p);
    gsc_ablation ablation = {.of_neurons = false};
    gsc_cube cube;
    double *v = NULL;
    gsc_answers answers = {.p = p,
                           .num_outputs = p,
                           .direction = direction_of(subject),
                           .logits = pairs->logits,
                           .labels = pairs->grid.answers,
                           .train = pairs->grid.train};
    GSC_NEW(v, count);
    GSC_TRY(gsc_ablation_init(&ablation, &answers));
    GSC_TRY(gsc_ablation_cube(&ablation, v, &cube));
    for (size_t k = 0; k < count; k++)
        v[k] = cube.centred > 0 ? v[k] / cube.centred : 0;
    gsc_key_frequency_by_logit(v, count, GSC_KEY_LOGIT, key);
out:
    gsc_ablation_free(&ablation);
    free(v);
    return status;
}

int
gsc_key_rule_find(gsc_key_rule rule, const gsc_subject *subject, gsc_order order,
                  gsc_threads *threads, bool *key)
{
    int status = 0;
    gsc_all_pairs pairs = {.logits = NULL};
    bool by_neuron = rule == GSC_KEY_BY_NEURON;
    if (rule == GSC_KEY_BY_ENERGY)
        return gsc_fail(GSC_EARGUMENT, "each matrix has key frequencies of its own");
    GSC_TRY(gsc_all_pairs_init(&pairs, subject, order, by_neuron, threads));
    GSC_TRY(by_neuron ? find_by_neuron(&pairs, key)
                      : find_by_logit(&pairs, subject, key));
out:
    gsc_all_pairs_free(&pairs);
    return status;
}
