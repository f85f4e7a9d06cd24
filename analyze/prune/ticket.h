/* Tickets: weights to begin with of which a mask keeps a share, and what they are
 * compared with. */
#ifndef GROKSCOPE_TICKET_H
#define GROKSCOPE_TICKET_H

#include "analyze/network/loss/prunable.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What is made of the first weights theta and a mask m of the prunable ones.
 *
 *   ticket    theta m
 *   shuffled  theta m', each matrix of m' being that of m in random order
 *   dense_l1  theta r_1, r_p = |theta m|_p / |theta|_p over all prunable weights:
 *   dense_l2  theta r_2  nothing is pruned, but the norm is that of the ticket
 *   mask      m itself, 0 and 1
 *
 * Vectors stay as they are; of the mask they are 1. Minegishi, Iwasawa and Matsuo,
 * arXiv 2310.19470, sections 3 and 4. */
typedef enum gsc_ticket_kind {
    GSC_TICKET,
    GSC_TICKET_SHUFFLED,
    GSC_TICKET_DENSE_L1,
    GSC_TICKET_DENSE_L2,
    GSC_TICKET_MASK
} gsc_ticket_kind;

/* "ticket", …, NULL after the last. */
extern const char *const gsc_ticket_kind_names[];

typedef struct gsc_ticket_options {
    double keep; /* the share that is kept, in (0, 1] */
    gsc_prune_score by;
    bool by_layer;
    size_t rounds; /* scores are found anew of what is kept so far, 1 or more times */
    uint64_t seed; /* of random scores and of shuffling */
    gsc_ticket_kind kind;
} gsc_ticket_options;

typedef struct gsc_ticket {
    gsc_prunable prunable; /* of the network that was scored */
    bool *mask;            /* [prunable.count] */
    double *before;        /* [prunable.count] the first weights */
    bool *kept;            /* the mask that was used, shuffled or not */
} gsc_ticket;

/* Score the weights of `loaded`, keep the share, and change the parameters of `first`,
 * the checkpoint whose weights are begun with. After round k of n the share keep^(k/n)
 * is kept. GSC_EFORMAT where `first` has no such parameters, GSC_EARGUMENT where
 * nothing is kept; also errors of gsc_prunable_score. gsc_ticket_free takes what is
 * zeroed or half built; `loaded` outlives the ticket. */
int gsc_ticket_init(gsc_ticket *self, const gsc_loaded_model *loaded,
                    const gsc_ticket_options *options, gsc_threads *threads,
                    gsc_checkpoint *first);
void gsc_ticket_free(gsc_ticket *self);

#ifdef __cplusplus
}
#endif
#endif
