/* Patterns that are learned at speeds of their own: grokking and double descent from
 * one formula (Davies, Langosco and Krueger, arXiv 2303.06173).
 *
 * Pattern i is known for an example with the probability
 *
 *     p_i(t) = gamma_i / (1 + exp(-alpha_i (t - b_i)))
 *
 * independently of the others. A training example is right where any pattern is known;
 * of a test example the known patterns A are right with the probability G(A): that of
 * the preferred pattern where it is in A, else the mean of g_i over A, and 0 of none
 * (where the paper says nothing):
 *
 *     train(t) = 1 - prod_i (1 - p_i(t))
 *     test(t)  = sum_A prod_{i in A} p_i prod_{i not in A} (1 - p_i) G(A)
 */
#ifndef GROKSCOPE_PATTERN_MODEL_H
#define GROKSCOPE_PATTERN_MODEL_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { GSC_MOST_PATTERNS = 12 };

typedef struct gsc_pattern {
    double gamma; /* how far it is learned, 0 to 1 */
    double alpha; /* how fast */
    double b;     /* when it is learned half way */
    double g;     /* how often it is right of test examples */
    bool preferred;
} gsc_pattern;

typedef struct gsc_pattern_accuracy {
    double train, test;
} gsc_pattern_accuracy;

/* O(2^patterns). */
gsc_pattern_accuracy gsc_pattern_accuracy_at(const gsc_pattern *patterns, size_t count,
                                             double t);

#ifdef __cplusplus
}
#endif
#endif
