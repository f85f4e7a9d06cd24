/* Gradients of a network's outputs, example by example: rows of its Jacobian. */
#ifndef GROKSCOPE_JACOBIAN_H
#define GROKSCOPE_JACOBIAN_H

#include "grokscope/engine.h"
#include "grokscope/loaded_model.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Which examples of a dataset are looked at. */
typedef enum gsc_examples_of { GSC_EXAMPLES_TEST, GSC_EXAMPLES_TRAIN } gsc_examples_of;

/* "test", "train", NULL */
extern const char *const gsc_examples_of_names[];

enum { GSC_JACOBIAN_LANES = 8 };

typedef struct gsc_jacobian {
    const gsc_loaded_model *loaded;
    gsc_engine *engines[GSC_JACOBIAN_LANES]; /* of a share of the examples each */
    size_t count;                            /* examples */
    size_t num_outputs;                      /* of the first target's answer */
    uint32_t *examples;                      /* [count], of the dataset */
    size_t num_fields;
    gsc_field fields[GSC_MAX_FIELDS + 1]; /* of these examples only */
    void *owned[GSC_MAX_FIELDS + 1];
    double *wanted;  /* [count, num_outputs], the last field */
    double *outputs; /* [count, num_outputs] at the weights */
    const double *weights;
    gsc_threads *threads;
} gsc_jacobian;

/* At most `most` examples of a split, drawn without replacement by `seed` (stream
 * "jacobian"): the same ones for all checkpoints of a run. Where the split is missing
 * or empty, those of the other. The loaded model outlives it. GSC_EFORMAT where there
 * are no examples. */
int gsc_jacobian_open(gsc_jacobian *self, const gsc_loaded_model *loaded,
                      gsc_examples_of split, size_t most, uint64_t seed);
void gsc_jacobian_close(gsc_jacobian *self);

/* What the targets ask of these examples, y [count, num_outputs]: the one-hot vectors
 * of labels less their mean over the examples; numbers as they are. */
int gsc_jacobian_targets(const gsc_jacobian *self, gsc_matrix *y);

/* Go to a flat array of weights, which outlives what is asked there. A forward and a
 * backward pass. `threads` may be NULL; the numbers do not depend on them. */
int gsc_jacobian_go_to(gsc_jacobian *self, const double *weights, gsc_threads *threads);

/* rows [count, weights] = d f_output(x_i) / d theta there, in float64; output SIZE_MAX:
 * of the sum of all outputs. 0 where a parameter is not trained. A forward and a
 * backward pass for each example. The caller initialises `rows`. */
int gsc_jacobian_rows(gsc_jacobian *self, size_t output, gsc_matrix *rows);

/* The tangent kernel of the examples, [count, count], which is initialised here:
 *
 *     exact   K_ij = sum_o <d f_o(x_i), d f_o(x_j)>
 *     pseudo  K_ij = <d sum_o f_o(x_i), d sum_o f_o(x_j)> / num_outputs
 *
 * (Jacot et al., arXiv 1806.07572; Mohamadi et al., arXiv 2206.12543, whose pseudo
 * kernel costs one output's gradient instead of all). GSC_EARGUMENT where the
 * gradients of one output take more than 2 GiB. */
int gsc_tangent_kernel(gsc_jacobian *self, bool pseudo, gsc_matrix *kernel);

#ifdef __cplusplus
}
#endif
#endif
