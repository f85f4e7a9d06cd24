/* What a configuration stands for: its examples, its network, and engines to run them.
 */
#ifndef GROKSCOPE_NETWORK_H
#define GROKSCOPE_NETWORK_H

#include "grokscope/config.h"
#include "grokscope/engine.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gsc_network {
    gsc_config config; /* resolved */
    gsc_task task;
    gsc_model model;
    uint16_t *targets;   /* [num_examples, num_loss_positions] */
    int32_t *constant;   /* [n_ctx] */
    gsc_field fields[2]; /* tokens and targets */
    gsc_root root;       /* the loss */
    gsc_constant_field constants;
} gsc_network;

/* Build task and model, and resolve what the configuration leaves open. Errors: those
 * of the parts. gsc_network_free takes what is zeroed or half built. */
int gsc_network_init(gsc_network *network, const gsc_config *config);
void gsc_network_free(gsc_network *network);

/* An engine for the loss, in the configured type and with the configured rewrites, for
 * runs of about num_examples. */
int gsc_network_engine(const gsc_network *network, bool gradients, size_t num_examples,
                       gsc_engine **engine);

/* The options of that engine, to be changed before gsc_engine_open; they borrow from
 * the network. */
int gsc_network_options(const gsc_network *network, bool gradients, size_t num_examples,
                        gsc_engine_options *options);

/* Some examples (NULL: all) as a batch. */
gsc_batch gsc_network_batch(const gsc_network *network, const uint32_t *examples,
                            size_t num_examples);

/* Put examples into an order in which those of a tile have few tokens at the first two
 * positions that vary: the pairs (a, b) block of the table by block of the table, and
 * in a block ascending. What reads rows of tables then finds them in the cache. Results
 * depend on the order by rounding alone. */
int gsc_network_order(const gsc_network *network, uint32_t *examples, size_t count);

#ifdef __cplusplus
}
#endif
#endif
