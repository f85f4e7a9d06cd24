/* The neurons of one frequency: a disc or a torus? Pure functions. */
#ifndef GROKSCOPE_NEURON_CLUSTER_H
#define GROKSCOPE_NEURON_CLUSTER_H

#include "grokscope/matrix.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gsc_neuron_cluster {
    double disc_share;  /* of the variance that the first two components have */
    double torus_share; /* the first four */
    double sum_share;   /* of the variance along a + b, at the frequency */
    double diagonal; /* mean distance of the neurons' maxima from a = b, in radians */
} gsc_neuron_cluster;

/* What the pre-activations x [p p, m] of a group of neurons over all pairs, row a p +
 * b, have in common. Those whose neurons read
 *
 *     A cos(w_k a + phi) + B cos(w_k b + psi)
 *
 * lie in a plane where each has phi = psi and all have one A/B: their principal
 * components are A cos(w_k a) + B cos(w_k b) and the sines, and disc_share is 1. Where
 * phi and psi are independent they fill four dimensions: a torus, disc_share 1/2 and
 * torus_share 1. sum_share is that of the directions cos(w_k(a + b)) and its sine
 * (pairs.h) in the whole variance: what makes pre-activations more than a function of a
 * and one of b. `diagonal` is
 *
 *     2 pi/p mean_j min(d_j, p - d_j),    d_j = k (a_j - b_j) mod p,
 *     (a_j, b_j) = argmax x_j,
 *
 * how far apart the phases of a and b are there: 0 where both are read alike, pi/2 at
 * random. After arXiv 2512.25060, of which no program is known. Two things are ours:
 * the groups are by the frequency that explains most of a pre-activation (fourier2d.h),
 * and distances are counted along the wave, where the paper counts |a - b| itself;
 * neighbours in phase are 1/k mod p residues apart, and a maximum that falls between
 * two residues is anywhere by that count.
 *
 * Two of its readings disagree: Model B of Zhong et al. has three groups of neurons
 * with a disc_share of .95 and more, which is near a disc for all three, where the
 * circles left out (circle.h) have r = 1.04, 1.03 and .04. So both numbers are given.
 *
 * All NaN where nothing varies, or m is 0. O(p^2 m^2 + m^3). 0 < k < p/2. GSC_ENUMERIC
 * for an element that is not finite, GSC_EMEMORY. */
int gsc_neuron_cluster_describe(const gsc_matrix *x, size_t p, size_t k,
                                gsc_neuron_cluster *cluster);

#ifdef __cplusplus
}
#endif
#endif
