/* A network's own loss over the examples of a dataset, for whatever weights. */
#ifndef GROKSCOPE_EXAMPLES_LOSS_H
#define GROKSCOPE_EXAMPLES_LOSS_H

#include "grokscope/engine.h"

#include "analyze/compare/questions.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gsc_examples_loss {
    const gsc_loaded_model *loaded;
    const gsc_questions *questions;
    gsc_engine *engine;
    gsc_type type;
    void *weights;      /* of the type */
    uint32_t *examples; /* those to test on, then all others */
    size_t num_test;
} gsc_examples_loss;

/* Make ready; loaded model and questions, which are of a dataset, outlive it. test [of
 * the questions] is copied. The loss is what training minimises: the sum of the
 * outputs' losses by their weights. */
int gsc_examples_loss_open(gsc_examples_loss *self, const gsc_loaded_model *loaded,
                           const gsc_questions *questions, const bool *test);
void gsc_examples_loss_close(gsc_examples_loss *self);

/* The means over all examples and over those to test on (NaN over none) with a flat
 * array of weights. A forward pass. `threads` may be NULL; the numbers do not depend on
 * them. */
int gsc_examples_loss_run(gsc_examples_loss *self, const double *weights,
                          gsc_threads *threads, double *loss, double *test_loss);

#ifdef __cplusplus
}
#endif
#endif
