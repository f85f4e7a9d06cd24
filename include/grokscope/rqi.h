/* Representation quality: how far an embedding has the geometry of what is learned.
 * Pure functions: arrays in, arrays out.
 *
 * Liu et al., "Towards understanding grokking: an effective theory of representation
 * learning" (arXiv 2205.10343), count parallelograms. Their index is made for their
 * toy: ordinary addition and a representation of one or two dimensions. On the
 * embedding of a network that adds modulo p it says nothing: a perfect circle of p = 59
 * scores .03 to .04, a trained network of 128 dimensions 0, and counted modulo p every
 * embedding has the same mean squared deviation. The measures for those, below, are
 * ours. */
#ifndef GROKSCOPE_RQI_H
#define GROKSCOPE_RQI_H

#include "grokscope/group.h"
#include "grokscope/matrix.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Liu et al.'s toy ---- */

/* The mean square below which a parallelogram is real, of their code (their text has
 * the norm). */
#define GSC_RQI_THRESHOLD 0.01

/* Parallelograms of a representation: gsc_rqi_liu. */
typedef struct gsc_rqi_count {
    size_t real;  /* that the representation has */
    size_t ideal; /* that a line of equal steps would have */
    double index; /* real / ideal; NaN where ideal is 0 */
} gsc_rqi_count;

/* Their index of a representation R [p, d], as their toy's code has it: with each
 * dimension of R made of mean 0 and variance 1 (over p - 1),
 *
 *     ideal: all i < j <= m < n with i + n = j + m, not modulo p; 70 for p = 10
 *     real: those with mean_d (R_i + R_n - R_j - R_m)_d^2 < threshold
 *
 * A dimension that does not vary makes no parallelogram real, as in their code. O(p^3
 * d). GSC_EARGUMENT for an empty matrix, GSC_EMEMORY. */
int gsc_rqi_liu(const gsc_matrix *representation, double threshold,
                gsc_rqi_count *count);

/* The accuracy that a representation R [p, d] allows in their theory (the share of
 * Dbar): of all unordered pairs {i, j}, i <= j < p, those in the training set and those
 * that share a real parallelogram with one of it, i.e. another pair of the same sum.
 * pairs [num_pairs, 2]: the training set, in any order. Only of the toy: a Gaussian
 * embedding of a network has no parallelograms, and decodes. O(p^3 d). GSC_EARGUMENT
 * for an empty matrix and for a residue from p on, GSC_EMEMORY. */
int gsc_rqi_liu_accuracy(const gsc_matrix *representation, double threshold,
                         const uint32_t *pairs, size_t num_pairs, double *accuracy);

/* Their measure in many dimensions (appendix D): the entropy in nats of the principal
 * components' shares of the variance. One decomposition. GSC_EARGUMENT for an
 * empty matrix, GSC_ENUMERIC where an element is not finite, GSC_EMEMORY. */
int gsc_rqi_entropy(const gsc_matrix *embedding, double *entropy);

/* ---- Networks that learn a group ---- */

/* What gsc_rqi_gram finds. */
typedef struct gsc_rqi_fit {
    double share;  /* of the geometry that translations explain */
    double chance; /* of a geometry without structure */
} gsc_rqi_fit;

/* The share of an embedding's geometry that the group's translations explain. With K
 * the Gram matrix of the centred rows of the embedding [n, d], kappa_s the mean of K[g,
 * h] over g^-1 h = s, and m the mean of K off the diagonal:
 *
 *     share = sum_{g != h} (kappa_{g^-1 h} - m)^2 / sum_{g != h} (K[g, h] - m)^2
 *     chance = (c - 1) / (n(n-1)/2 - 1), c the classes {s, s^-1} without the identity
 *
 * 1 for circles of any frequencies and axes, near chance for a Gaussian (within .01 at
 * n = 59). group: NULL for the cyclic one, where g^-1 h = h - g mod n. NaN where no two
 * distances differ. 2 n^2 d flops. GSC_EARGUMENT for n < 3 and a group of another
 * order; GSC_EMEMORY. */
int gsc_rqi_gram(const gsc_matrix *embedding, const gsc_group *group, gsc_rqi_fit *fit);

/* The deviation, in radians, below which a quadruple closes. */
#define GSC_RQI_ANGLE 0.1

/* What gsc_rqi_angle finds. */
typedef struct gsc_rqi_angles {
    double share;  /* of quadruples with a deviation below the tolerance */
    double median; /* of the deviations; pi/2 for angles at random */
} gsc_rqi_angles;

/* How well angles add in frequency k's plane. theta_i is the angle of row i, centred
 * and projected on the plane of component k (plane.h); over all pairs of distinct
 * unordered pairs of equal sum,
 *
 *     {i, j} != {m, n}, i <= j, m <= n, i + j = m + n mod p
 *     deviation = |theta_i + theta_j - theta_m - theta_n|, wrapped to [0, pi]
 *
 * 1 and 0 for a circle of frequency k, whatever the other frequencies are; the share is
 * tolerance/pi for angles at random. The projection is orthogonal and an ellipse is not
 * rounded first: its angles deviate, as its circularity says. O(p^3/8). Errors as
 * gsc_circle_remove. */
int gsc_rqi_angle(const gsc_matrix *embedding, size_t k, double tolerance,
                  gsc_rqi_angles *angles);

/* What gsc_rqi_gram (cyclic) and gsc_rqi_angle, at the frequency of most power, say of
 * Gaussian embeddings [p, d]: the means over `draws`, to be printed beside a network's.
 * At p = 59 and d = 128 the share of angles is about .083 (.009 from draw to draw): the
 * strongest component of noise is a small part of each row, and yet there. seed: of
 * Philox, stream "rqi:gaussian". GSC_EARGUMENT where draws is 0 or p < 4, GSC_EMEMORY.
 */
int gsc_rqi_gaussian(size_t p, size_t d, size_t draws, uint64_t seed, double *gram,
                     gsc_rqi_angles *angles);

#ifdef __cplusplus
}
#endif
#endif
