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

/* The same of only some examples of the dataset. */
int gsc_loss_gradient_run_on(gsc_loss_gradient *self, const double *weights,
                             gsc_threads *threads, const uint32_t *examples,
                             size_t count, double *loss, const double **gradient);

/* GSC_EARGUMENT where the loss's softmax is rounded to float16 or float32: differences
 * of its values and gradients over short ways tell of roundings. */
int gsc_loss_gradient_need_smooth(const gsc_loss_gradient *self);

/* examples [count]: minibatch `number` of a stream of a seed, drawn with replacement
 * from the same examples. */
void gsc_loss_gradient_draw(const gsc_loss_gradient *self, uint64_t seed,
                            uint64_t stream, uint64_t number, size_t count,
                            uint32_t *examples);

/* marks [num_weights]: 1 where an element of the flat array is trained, 0 elsewhere. */
void gsc_mark_trained(const gsc_loaded_model *loaded, double *marks);

#ifdef __cplusplus
}
#endif
#endif
