/* How weights follow gradients. */
#ifndef GROKSCOPE_OPTIMIZER_H
#define GROKSCOPE_OPTIMIZER_H

#include "grokscope/graph.h"
#include "grokscope/options.h"
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
    int64_t decay; /* gsc_decay */
    double beta1, beta2, epsilon;
    double momentum;
    int64_t warmup;       /* updates until the full rate */
    bool first_rate_zero; /* update t has rate min(t / warmup, 1), from t = 0 */
    int64_t annealing;    /* gsc_annealing */
    int64_t anneal_steps;
    double anneal_floor;
} gsc_optimizer_config;

/* Matrices are the parameters of rank 2 or more. */
typedef enum gsc_decay { GSC_DECAY_ALL, GSC_DECAY_MATRICES } gsc_decay;

typedef enum gsc_annealing {
    GSC_ANNEAL_NONE,
    GSC_ANNEAL_LINEAR,
    GSC_ANNEAL_COSINE
} gsc_annealing;

/* The keys of the optimizer, bound to `config`. */
gsc_options gsc_optimizer_options(gsc_optimizer_config *config);

/* The learning rate of update t = 0, 1, …, with u = t + 1, or u = t with
 * first_rate_zero as Nanda's and Power's code have it:
 *
 *   learning_rate * u / warmup                             while u < warmup,
 *   learning_rate * (f + (1 - f) left((u - warmup) / anneal_steps))    then,
 *
 * f = anneal_floor, left(s) = 1 - s or (1 + cos(pi s)) / 2 for s < 1, then 0; cosine to
 * f = 0.1 is Power's (grok/training.py). Without annealing the rate stays. */
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
        bool decays;
    } * spans;
} gsc_optimizer;

int gsc_optimizer_init(gsc_optimizer *optimizer, const gsc_optimizer_config *config,
                       const gsc_graph *graph, gsc_type type);
void gsc_optimizer_free(gsc_optimizer *optimizer);

/* Update number `update` (0, 1, …): next = what the gradient makes of weights. Only
 * trained parameters are written. The two arrays differ, so that the weights before a
 * step that goes wrong are still there.
 *
 * The weight decay d is 0 for parameters that do not decay; t = update + 1.
 *
 * adamw (Loshchilov and Hutter, arXiv 1711.05101, in the order of PyTorch's):
 *   w -= rate d w
 *   m = beta1 m + (1 - beta1) g,   v = beta2 v + (1 - beta2) g^2
 *   w -= rate / (1 - beta1^t) m / (sqrt(v) / sqrt(1 - beta2^t) + epsilon)
 * adam (Kingma and Ba, arXiv 1412.6980): the same with g + d w for g and without the
 * first line.
 * sgd (Sutskever et al., ICML 2013, as PyTorch has it):
 *   m = momentum m + (g + d w),    w -= rate m
 *
 * Cost: 7 numbers of memory traffic a weight (sgd 5). */
void gsc_optimizer_update(gsc_optimizer *optimizer, gsc_threads *threads,
                          int64_t update, const void *weights, const void *gradient,
                          void *next);

#ifdef __cplusplus
}
#endif
#endif
