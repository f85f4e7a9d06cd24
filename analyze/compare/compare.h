/* The measure "compare": a checkpoint beside another one, chosen before.
 *
 * It is a measure of the second one, b, like all others; what it is compared with, a,
 * is the same for all that are asked. */
#ifndef GROKSCOPE_COMPARE_H
#define GROKSCOPE_COMPARE_H

#include "grokscope/measure.h"

#include "analyze/network/key_rule.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Its tables, in this order. */
enum {
    GSC_COMPARE_PAIR,
    GSC_COMPARE_FREQUENCY,
    GSC_COMPARE_TENSOR,
    GSC_COMPARE_BARRIER,
    GSC_COMPARE_NEURON
};

/* Its first two columns are run_a and step_a. Not among those of gsc_measure_at. */
extern const gsc_measure gsc_measure_compare;

/* Say what a is: the folder, or lone file, that is its run, and its file. Both outlive
 * the asking. */
void gsc_compare_choose(const char *run, const char *path);

/* What its options say of key frequencies and of barriers. */
void gsc_compare_rule(gsc_key_rule *rule, double *least_fve, size_t *barrier_points);

/* Whether the parameters of two checkpoints are the same, by name, shape and, within
 * the tolerances that the options give, value. */
bool gsc_compare_same(const gsc_checkpoint *a, const gsc_checkpoint *b);

#ifdef __cplusplus
}
#endif
#endif
