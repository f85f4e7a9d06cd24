/* How weights follow gradients. */
#ifndef GROKSCOPE_OPTIMIZER_H
#define GROKSCOPE_OPTIMIZER_H

#include "grokscope/graph.h"
#include "grokscope/options.h"
#include "grokscope/stage.h"
#include "grokscope/tensor.h"
#include "grokscope/threads.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The section optimizer of a configuration. Stages are named with their options:
 * "grokfast_ema alpha 0.9, clip norm 1". */
typedef struct gsc_optimizer_config {
    char optimizer[GSC_OPTION_TEXT_BYTES]; /* the rule, with its options: "adamw" */
    double learning_rate;                  /* after the warm-up */
    double weight_decay;                   /* adam and sgd add it to the gradient */
    int64_t decay_to;                      /* what weights decay to, a gsc_decay_to */
    int64_t decay_parameters;              /* which decay, a gsc_decay_parameters */
    double beta1;                          /* decay of the mean gradient */
    double beta2;                          /* decay of the mean squared gradient */
    double epsilon;                        /* added to its root */
    double momentum;      /* sgd: share of the last step that is kept */
    int64_t warmup;       /* updates until the full rate */
    bool first_rate_zero; /* update t has rate min(t / warmup, 1), from t = 0 */
    int64_t annealing;    /* how the rate falls, a gsc_annealing */
    int64_t anneal_steps; /* updates over which it falls, or between falls; 0: all */
    double anneal_floor;  /* what it falls to, as a share; STEP: its factor */
    char groups[GSC_OPTION_TEXT_BYTES]; /* parameters with options of their own */
    char perturbations[GSC_OPTION_TEXT_BYTES];  /* stages on weights, for the pass */
    char filters[GSC_OPTION_TEXT_BYTES];        /* on the gradient */
    char update_filters[GSC_OPTION_TEXT_BYTES]; /* on the rule's update */
    char projections[GSC_OPTION_TEXT_BYTES];    /* on the weights behind it */
} gsc_optimizer_config;

/* What weights decay to. */
typedef enum gsc_decay_to {
    GSC_DECAY_TO_ZERO,   /* 0 */
    GSC_DECAY_TO_INITIAL /* the weights of step 0 */
} gsc_decay_to;

/* Which trained parameters decay. */
typedef enum gsc_decay_parameters {
    GSC_DECAY_ALL,     /* every one */
    GSC_DECAY_MATRICES /* those of rank 2 or more */
} gsc_decay_parameters;

/* How the learning rate falls behind the warm-up: gsc_learning_rate. */
typedef enum gsc_annealing {
    GSC_ANNEAL_NONE,   /* it stays */
    GSC_ANNEAL_LINEAR, /* along a line */
    GSC_ANNEAL_COSINE, /* along half a cosine */
    GSC_ANNEAL_STEP    /* times anneal_floor after every anneal_steps updates */
} gsc_annealing;

/* The keys of the optimizer, bound to `config`. */
gsc_options gsc_optimizer_options(gsc_optimizer_config *config);

/* Write out what a configuration leaves open: stages with all of their options, and,
 * where `graph` is not NULL and the text has room for it, groups with the names of
 * their parameters in place of patterns. Doing it twice changes nothing more.
 *
 *     groups = PATTERN …: OPTION VALUE, …; …
 *
 * Shell patterns (fnmatch: `*` matches dots too) say which trained parameters a group
 * has; options are those of the optimizer that do not name stages or groups, or options
 * of the group's rule. Each trained parameter belongs to exactly one group. A last
 * group whose pattern is only `*` has all that no other one matches.
 *
 * GSC_EARGUMENT: an unknown stage or option, a stage named twice, a parameter that two
 * patterns of different groups match or none does, a group that no parameter belongs
 * to (but for the last `*`), a rule that a parameter has too few axes for. */
int gsc_optimizer_resolve(gsc_optimizer_config *config, const gsc_stages *stages,
                          const gsc_graph *graph);

/* The learning rate of update t = 0, 1, …, with u = t + 1, or u = t with
 * first_rate_zero as Nanda's and Power's code have it:
 *
 *   learning_rate * u / warmup                             while u < warmup,
 *   learning_rate * (f + (1 - f) left((u - warmup) / anneal_steps))    then,
 *
 * f = anneal_floor, left(s) = 1 - s or (1 + cos(pi s)) / 2 for s < 1, then 0; cosine to
 * f = 0.1 is Power's (grok/training.py). Without annealing the rate stays. */
double gsc_learning_rate(const gsc_optimizer_config *config, int64_t update);

/* What the filters multiply a gradient by that never changes: 1 + lambda of grokfast.
 * The learning rate times this is the effective one of slow gradients under sgd; under
 * adam at most, as far as fast ones decide the mean square. Errors of a filter's text
 * as gsc_optimizer_resolve. */
int gsc_optimizer_slow_gain(const gsc_optimizer_config *config,
                            const gsc_stages *stages, double *gain);

/* The learning_rate of a parameter's group; 0 where it is not trained. Errors as
 * gsc_optimizer_resolve. */
int gsc_optimizer_rate_of(const gsc_optimizer_config *config, const gsc_graph *graph,
                          const char *parameter, double *rate);

/* What an optimizer is made for. All is copied but for the client's stages. */
typedef struct gsc_optimizer_setup {
    const gsc_graph *graph; /* whose trained parameters it changes */
    gsc_type type;          /* of weights and gradients */
    void *weights; /* flat array: the weights of step 0, which a rule may change */
    uint64_t seed; /* of random stages */
    const gsc_stages *stages; /* a client's own beside the library's, or NULL */
} gsc_optimizer_setup;

/* The optimizer of one run. */
typedef struct gsc_optimizer {
    gsc_type type;      /* of weights and gradients */
    size_t num_weights; /* length of the flat arrays */
    size_t num_states;
    gsc_tensor *states; /* all that the next update depends on beside weights, gradient
                           and its number: by name, the optimizer's memory */
    struct gsc_pipeline *pipeline; /* the stages, ready to run */
} gsc_optimizer;

/* Make an optimizer for step 0. Errors as gsc_optimizer_resolve. */
int gsc_optimizer_init(gsc_optimizer *optimizer, const gsc_optimizer_config *config,
                       const gsc_optimizer_setup *setup);

/* Release it; takes what is zeroed or freed. */
void gsc_optimizer_free(gsc_optimizer *optimizer);

/* Whether some weights follow from what their rule keeps (edge_popup), so that they
 * cannot be changed without it. */
bool gsc_optimizer_makes_weights(const gsc_optimizer *optimizer);

/* Take over all states from tensors that bear their names; others are passed over.
 * GSC_EFORMAT where one is missing, of another type or size. */
int gsc_optimizer_restore(gsc_optimizer *optimizer, const gsc_tensor *tensors,
                          size_t num_tensors);

/* Add a line for each group: its rule, rate and decay, and the parameters it has. */
int gsc_optimizer_add_groups(const gsc_optimizer *optimizer, gsc_text *text);

/* The weights that the forward and the backward pass of update number `update` use:
 * `weights` themselves, or, with perturbations, an array of the optimizer's that stays
 * as it is until the next call. */
const void *gsc_optimizer_perturb(gsc_optimizer *optimizer, gsc_threads *threads,
                                  int64_t update, const void *weights);

/* Whether it has perturbations. */
bool gsc_optimizer_perturbs(const gsc_optimizer *optimizer);

/* Update number `update` (0, 1, …): next = what the gradient makes of weights. Only
 * trained parameters are written. The two arrays differ, so that the weights before a
 * step that goes wrong are still there. Bitwise the same for any number of threads.
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
 * Where the decay goes to the initial weights w0, d (w - w0) stands for d w.
 *
 * Cost: 7 numbers of memory traffic a weight (sgd 5), and with each further stage that
 * needs sums a pass of 2 or 3. */
void gsc_optimizer_update(gsc_optimizer *optimizer, gsc_threads *threads,
                          int64_t update, const void *weights, const void *gradient,
                          void *next);

#ifdef __cplusplus
}
#endif
#endif
