/* What training minimises, and its gradient, for whatever weights. */
#ifndef GROKSCOPE_LOSS_GRADIENT_H
#define GROKSCOPE_LOSS_GRADIENT_H

#include "grokscope/engine.h"
#include "grokscope/loaded_model.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gsc_loss_gradient {
    const gsc_loaded_model *loaded;
    const gsc_split *split;
    gsc_engine *engine;
} gsc_loss_gradient;

/* Make ready to ask it of the examples to train on (of an endless stream, of those to
 * test on). The loss is the sum of the outputs' losses by their weights, without
 * dropout, in float64 whatever the network's type. The loaded model outlives it.
 * GSC_EFORMAT where its data have no examples. */
int gsc_loss_gradient_open(gsc_loss_gradient *self, const gsc_loaded_model *loaded);
void gsc_loss_gradient_close(gsc_loss_gradient *self);

/* The mean loss with a flat array of weights, and *gradient, the flat array of its
 * gradient, which is valid until the next call; 0 where a parameter is not trained. A
 * forward and a backward pass. `threads` may be NULL; the numbers do not depend on
 * them. */
int gsc_loss_gradient_run(gsc_loss_gradient *self, const double *weights,
                          gsc_threads *threads, double *loss, const double **gradient);

#ifdef __cplusplus
}
#endif
#endif
