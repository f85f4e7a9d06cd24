/* The effective theory of representation learning of Liu et al. (arXiv 2205.10343,
 * section 3): what a training set of sums says of the representation before any
 * training, and the path on which a simple loss would take it there. Pure functions.
 *
 * Two pairs of symbols of one sum, i + n = j + m, make a parallelogram: an equation
 * E_i + E_n = E_j + E_m that a regular representation satisfies, and a row of the
 * matrix A. Each pair of a training set D is answered by its sum's label, so that D
 * asks for the equations between its own pairs. */
#ifndef GSC_METHOD_EFFECTIVE_THEORY_H
#define GSC_METHOD_EFFECTIVE_THEORY_H

#include "grokscope/matrix.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Their number grows as p^3 / 12, and what is implied costs p^2 for each. */
enum { GSC_MOST_SYMBOLS = 256 };

/* i < j <= m < n, i + n = j + m */
typedef struct gsc_parallelogram {
    uint32_t i, n, j, m;
    bool shown;   /* both pairs are of the training set: P0(D) */
    bool implied; /* it follows from those that are shown: P(D), which holds P0(D) */
} gsc_parallelogram;

typedef struct gsc_parallelograms {
    size_t p, count; /* symbols; parallelograms, P0 */
    gsc_parallelogram *items;
    size_t num_shown, num_implied;
    size_t dof;     /* dimensions of what satisfies all that are shown, beside shift and
                       scale: 0 where the regular row is all there is */
    double slowest; /* the third smallest eigenvalue of A^T A of P0(D): the rate
                       of what becomes regular last; 0 where dof is not */
    double ideal_accuracy; /* |Dbar(D)| / (p (p + 1) / 2): pairs that are shown, or
                              share a parallelogram of P(D) with one that is */
} gsc_parallelograms;

/* All parallelograms of p symbols, and what a training set says of them. pairs
 * [num_pairs, 2]: unordered pairs, in any order. An equation is implied where it has no
 * part in the null space of A^T A of P0(D), whose eigenvalues below 1e-8 count as 0, as
 * in the paper's program. O(p^3 (1 + dof)). GSC_EARGUMENT for fewer than 3 symbols or
 * more than GSC_MOST_SYMBOLS, and for a symbol from p on; GSC_EMEMORY. */
int gsc_parallelograms_init(gsc_parallelograms *self, size_t p, const uint32_t *pairs,
                            size_t num_pairs);
void gsc_parallelograms_free(gsc_parallelograms *self);

/* A^T A = V^T diag(values) V over some of the equations. */
typedef struct gsc_equation_modes {
    double *values;     /* [p], largest first */
    gsc_matrix vectors; /* [p, p], orthonormal rows */
} gsc_equation_modes;

/* Of all equations, or of those of P0(D). GSC_EMEMORY, GSC_ENUMERIC. */
int gsc_equation_modes_init(gsc_equation_modes *self,
                            const gsc_parallelograms *parallelograms, bool all);
void gsc_equation_modes_free(gsc_equation_modes *self);

/* The effective loss of a representation E [p, d], whose scale does not matter:
 *
 *     l0 / Z0,   l0 = |A E|^2,   Z0 = |E|^2
 *
 * The paper's text divides l0 by the number of equations; its program does not, and its
 * learning rate is that of this. NaN for E = 0. */
double gsc_effective_loss(const gsc_equation_modes *modes, const gsc_matrix *e);

/* Gradient descent on it, from E [p, d] on and in its place, as the paper's program
 * has it:
 *
 *     E += rate (2 l0 / Z0^2 E - 2 / Z0 A^T A E)
 *
 * with Z0 that of the start, which the flow keeps. Steps cost p d each. GSC_EMEMORY. */
int gsc_effective_flow(const gsc_equation_modes *modes, double rate, int64_t steps,
                       gsc_matrix *e);

/* Of training sets of `size` pairs that are drawn at random. */
typedef struct gsc_training_size {
    double regular;        /* share of them with dof 0 */
    double ideal_accuracy; /* mean */
    double slowest;        /* mean */
} gsc_training_size;

/* Draw number k has the seed seed + k of Philox, stream "effective_theory:size". Errors
 * of gsc_parallelograms_init; GSC_EARGUMENT for a size beyond p (p + 1) / 2 and no
 * draws. */
int gsc_training_size_draw(size_t p, size_t size, size_t draws, uint64_t seed,
                           gsc_training_size *found);

#endif
