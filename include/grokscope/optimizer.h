/* How weights follow gradients. */
#ifndef GROKSCOPE_OPTIMIZER_H
#define GROKSCOPE_OPTIMIZER_H

#include "grokscope/graph.h"
#include "grokscope/keys.h"
#include "grokscope/threads.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gsc_optimizer_config {
    int64_t optimizer; /* a row of the table of optimizers */
    double learning_rate;
    double weight_decay;
    double beta1, beta2, epsilon;
    int64_t warmup;       /* updates until the full rate */
    bool first_rate_zero; /* update t has rate min(t / warmup, 1), from t = 0 */
} gsc_optimizer_config;

/* The keys of the optimizer, bound to `config`. */
gsc_keys gsc_optimizer_keys(gsc_optimizer_config *config);

/* The learning rate of update t = 0, 1, …: learning_rate * min((t + 1) / warmup, 1), or
 * min(t / warmup, 1) with first_rate_zero, as Nanda's and Power's code have it. */
double gsc_learning_rate(const gsc_optimizer_config *config, int64_t update);

enum { GSC_MAX_MOMENTS = 2 };

/* The optimizer of one run. Moments are flat arrays like the weights. */
typedef struct gsc_optimizer {
    gsc_optimizer_config config;
    gsc_type type;
    size_t num_weights;
    size_t num_moments;
    const char *moment_names[GSC_MAX_MOMENTS];
    void *moments[GSC_MAX_MOMENTS];
    size_t num_spans; /* the trained parts of the flat array, in pieces for threads */
    struct gsc_optimizer_span {
        size_t first, count;
    } * spans;
} gsc_optimizer;

int gsc_optimizer_init(gsc_optimizer *optimizer, const gsc_optimizer_config *config,
                       const gsc_graph *graph, gsc_type type);
void gsc_optimizer_free(gsc_optimizer *optimizer);

/* Update number `update` (0, 1, …): next = what the gradient makes of weights. Only
 * trained parameters are written. The two arrays differ, so that the weights before a
 * step that goes wrong are still there.
 *
 * AdamW (Loshchilov and Hutter, arXiv 1711.05101, in the order of PyTorch's):
 *   w -= rate * weight_decay * w
 *   m = beta1 m + (1 - beta1) g,   v = beta2 v + (1 - beta2) g^2
 *   w -= rate / (1 - beta1^t) * m / (sqrt(v) / sqrt(1 - beta2^t) + epsilon),  t =
 * update + 1 Cost: 7 numbers of memory traffic a weight. */
void gsc_optimizer_update(gsc_optimizer *optimizer, gsc_threads *threads,
                          int64_t update, const void *weights, const void *gradient,
                          void *next);

#ifdef __cplusplus
}
#endif
#endif
