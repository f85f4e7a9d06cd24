/* What a configuration stands for: its examples, its network, and engines to run them.
 */
#ifndef GROKSCOPE_NETWORK_H
#define GROKSCOPE_NETWORK_H

#include "grokscope/config.h"
#include "grokscope/engine.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Limit of a network. */
enum {
    GSC_MAX_ROOTS = 2 * GSC_MAX_TARGETS + GSC_MAX_PENALTIES /* losses and metrics */
};

/* A task and the model that learns it. */
typedef struct gsc_network {
    gsc_config config;   /* the configuration, with nothing left open */
    gsc_dataset dataset; /* of the task, with its splits */
    gsc_facets facets;   /* facts about it */
    gsc_model model;     /* that learns it */
    /* The losses that are minimised, the network's own penalties after those of the
     * targets; then what is only reported. */
    gsc_root roots[GSC_MAX_ROOTS];
    size_t num_trained; /* of them that are minimised */
    size_t num_roots;
    size_t loss_roots[GSC_MAX_TARGETS],
        metric_roots[GSC_MAX_TARGETS]; /* where each output's are among roots */
    gsc_constant_field *constants;     /* what the engine knows of fields of indices */
    size_t num_constants;
} gsc_network;

/* Build task and model, and resolve what the configuration leaves open. Errors: those
 * of the parts. gsc_network_free takes what is zeroed or half built. */
int gsc_network_init(gsc_network *network, const gsc_config *config);

/* The second half of it: `network` has its configuration, dataset and facets. */
int gsc_network_build(gsc_network *network);

/* Release it; takes what is zeroed, half built or freed. */
void gsc_network_free(gsc_network *network);

/* What an engine is for. */
typedef enum gsc_network_use {
    GSC_TO_TRAIN,   /* the losses that are minimised, and their gradient */
    GSC_TO_EVALUATE /* all losses and metrics */
} gsc_network_use;

/* An engine in the configured type and with the configured rewrites, for runs of about
 * num_examples. */
int gsc_network_engine(const gsc_network *network, gsc_network_use use,
                       size_t num_examples, gsc_engine **engine);

/* The options of that engine, to be changed before gsc_engine_open; they borrow from
 * the network. */
int gsc_network_options(const gsc_network *network, gsc_network_use use,
                        size_t num_examples, gsc_engine_options *options);

/* Some examples (NULL: all) as a batch. */
gsc_batch gsc_network_batch(const gsc_network *network, const uint32_t *examples,
                            size_t num_examples);

/* What an output's loss and accuracy are over a batch. */
typedef struct gsc_output_score {
    size_t num_counted; /* examples with a position that its mask counts; without a
                           mask, all */
    size_t num_right;   /* of those, that are right */
    double loss;        /* their mean; NaN where there are none */
} gsc_output_score;

/* Of an output, from the results that an engine's run over the batch has for all roots.
 * Cost: one pass over the mask. */
gsc_output_score gsc_network_score(const gsc_network *network, size_t output,
                                   const gsc_batch *batch, const gsc_result *results);

/* num_right / num_counted; NaN over none. */
double gsc_network_accuracy(const gsc_output_score *score);

#ifdef __cplusplus
}
#endif
#endif
