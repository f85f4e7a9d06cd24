/* Which frequencies a network uses, by the published rules, and where they came from.
 *
 * Frequencies are 0 … p/2, count = p/2 + 1; key [count], key[0] false. The rule by the
 * energy of a one-dimensional spectrum is gsc_fourier_keys. */
#ifndef GROKSCOPE_KEY_FREQUENCY_H
#define GROKSCOPE_KEY_FREQUENCY_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A frequency is key where it is some neuron's (Nanda et al., arXiv 2301.05217: the
 * authors' program takes every neuron's argmax, without a threshold: `least` 0) of
 * which it explains at least `least` of the variance. GSC_NEURON_FVE is the share under
 * which that program puts a neuron in no cluster. frequency [n], fve [n] as from
 * gsc_fourier2d_peaks; fve may be NULL where least is 0. Neurons of frequency 0
 * (constant) and of one that is not below count do not count. num_neurons [count], how
 * many there are of each, may be NULL. O(n). */
#define GSC_NEURON_FVE 0.85

/* The rule of every program and of the report, unless it is told otherwise: some neuron
 * has the frequency, and more than half of its variance. The authors' rule without a
 * threshold has extras where a run is messy, because each neuron counts whatever it
 * does, and at early steps all frequencies are key. Their 0.85 leaves nothing of a
 * network of squares, whose neurons (cos ka + cos kb)^2 have 0.8 of their variance at k
 * and the rest at 2k. Above one half no other frequency can have as much. */
#define GSC_KEY_FVE 0.5
void gsc_key_frequency_by_neuron(const size_t *frequency, const double *fve, size_t n,
                                 double least, size_t count, bool *key,
                                 size_t *num_neurons);

/* A frequency is key where its mode in the logits has a similarity above `least`:
 * similarity[k] = v_k / centred of gsc_restricted_loss_cube, signed. GSC_KEY_SIMILARITY
 * is the threshold of Chughtai et al. (arXiv 2302.03025, their program: 0.005 at the
 * end of training). It is low: white logits of p = 113 reach 0.003. GSC_KEY_LOGIT is
 * ours: similarity 0.1, one hundredth of the power of the logits. O(count). */
#define GSC_KEY_SIMILARITY 0.005
#define GSC_KEY_LOGIT 0.1
void gsc_key_frequency_by_logit(const double *similarity, size_t count, double least,
                                bool *key);

/* The key frequencies in ascending order, at most count; how many. */
size_t gsc_key_frequency_list(const bool *key, size_t count, size_t *list);

/* Did the key frequencies begin ahead? Ranks in the spectrum of the initial weights: 1
 * for the frequency with most power, n = count - 1 for that with least, equal ones
 * sharing the mean of their ranks. */
typedef struct gsc_key_ranks {
    size_t num_keys; /* how many frequencies are key */
    size_t n;        /* how many are ranked */
    double mean;     /* mean rank of the key frequencies */
    double expected; /* (n + 1) / 2, of num_keys frequencies drawn at random */
    double z;        /* (mean - expected) / its standard deviation; below 0: ahead */
    double p_value;  /* one-sided: P(mean rank of a random draw <= this one) */
    bool exact;      /* p_value by counting draws, else by the normal distribution */
} gsc_key_ranks;

/* Wilcoxon's rank sum (Biometrics Bull. 1, 1945) of the keys against the others; power
 * [count], key [count], element 0 of both ignored. Exact for sums small enough to count
 * (n up to about 250 with ten keys), by the recursion of Mann and Whitney (Ann. Math.
 * Stat. 18, 1947) over the ranks as they are, ties and all; else normal, with the
 * variance of the tied ranks and a continuity correction of half a rank. GSC_EARGUMENT
 * where no frequency is key, GSC_ENUMERIC where a power is not a number, GSC_EMEMORY.
 * O(n num_keys sum of ranks). */
int gsc_key_frequency_ranks(const double *power, const bool *key, size_t count,
                            gsc_key_ranks *ranks);

#ifdef __cplusplus
}
#endif
#endif
