/* A lower bound of a group network's accuracy from what is understood of its neurons.
 * Pure functions: arrays in, arrays out.
 *
 * After Wu et al., "Unifying and verifying mechanistic interpretations" (arXiv
 * 2410.07476): a network relu(x_a + y_b) U is set beside an idealised one, and where
 * the idealised one's margin exceeds what the two can differ by, the network's answer
 * is right for sure. */
#ifndef GROKSCOPE_COMPACT_BOUND_H
#define GROKSCOPE_COMPACT_BOUND_H

#include "grokscope/group.h"
#include "grokscope/matrix.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Neurons of a network with one row for each element: what each reads of the operands,
 * x and y [order, m], and what it writes to the answers, u [order, m]. */
typedef struct gsc_group_neurons {
    const gsc_matrix *x, *y, *u;
} gsc_group_neurons;

/* Means over all order^2 pairs. */
typedef struct gsc_compact_bound {
    double accuracy;       /* share of the pairs that the network has right */
    double ideal_accuracy; /* that the idealised one has right */
    double certified; /* that the network has right by the bound, at most accuracy */
    double margin;    /* of the idealised one's right answer over the next best */
    double distance;  /* that the two networks' difference between these may be */
} gsc_compact_bound;

/* With h = relu(x_a + y_b), f_c = sum_i h_i u_ci and f~ of the idealised neurons the
 * same, the pair (a, b) with the answer r = a b is certified where for all c != r
 *
 *     f~_r - f~_c > D_r + D_c
 *     D_c = sum_i |u_ci - u~_ci| (relu x_ai + relu y_bi)
 *                 + |u~_ci| (|x_ai - x~_ai| + |y_bi - y~_bi|)  >=  |f_c - f~_c|
 *
 * by relu(s + t) <= relu s + relu t and as relu has slopes of at most 1. D is a sum of
 * a table over (a, c) and one over (b, c), which cost 2 order^2 m flops each; the
 * idealised network is run over all pairs, 2 order^3 m. (Wu et al. have margins of
 * idealised networks in closed form, so that their proof is shorter than a run; here it
 * is a statement of how much is understood.) GSC_EARGUMENT for other shapes,
 * GSC_EMEMORY. */
int gsc_compact_bound_of(const gsc_group *group, const gsc_group_neurons *own,
                         const gsc_group_neurons *ideal, gsc_compact_bound *bound);

#ifdef __cplusplus
}
#endif
#endif
