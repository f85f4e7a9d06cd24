/* The measure "compare": a checkpoint beside another one, chosen before.
 *
 * It is a measure of the second one, b, like all others; what it is compared with, a,
 * is the same for all that are asked. */
#ifndef GROKSCOPE_COMPARE_H
#define GROKSCOPE_COMPARE_H

#include "grokscope/measure.h"

#include "analyze/compare/compared_features.h"

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

/* What all are compared with, open while a run is prepared. */
typedef struct gsc_first_checkpoint {
    const char *run;     /* its folder, or lone file */
    const char *path;    /* its file */
    gsc_loading loading; /* what is chosen of it */
    size_t users;
    gsc_loaded_model loaded;
    gsc_compared_features features;
} gsc_first_checkpoint;

/* Its options. Two of them stand in no row: whoever asks sets these, and they outlive
 * the asking. */
typedef struct gsc_compare_options {
    int64_t key_rule, barrier_points;
    double key_fve, rtol, atol;
    gsc_first_checkpoint *first;
    const void *clockpizza; /* the options of gsc_measure_clockpizza, for both */
} gsc_compare_options;

/* Its first two columns are run_a and step_a. Not among gsc_builtin_measures. */
extern const gsc_measure gsc_measure_compare;

/* Whether the parameters of two checkpoints are the same, by name, shape and, within
 * the tolerances that the options give, value. */
bool gsc_compare_same(const gsc_compare_options *options, const gsc_checkpoint *a,
                      const gsc_checkpoint *b);

#ifdef __cplusplus
}
#endif
#endif
