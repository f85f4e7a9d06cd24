/* Which examples a step trains on. */
#ifndef GSC_RUN_BATCHES_H
#define GSC_RUN_BATCHES_H

#include "grokscope/network.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The training examples of every step: all of them, or the next `size` of an order that
 * is drawn anew for each epoch. The last batch of an epoch has what is left. Within a
 * batch they are ascending, so that neighbours share rows of the tables they read. */
typedef struct gsc_batches {
    const uint32_t *train;  /* [num_train], borrowed */
    size_t num_train, size; /* size == num_train: every step takes all */
    uint64_t seed;
    int64_t epoch; /* whose order is there, or -1 */
    uint32_t *order;
} gsc_batches;

/* size 0, or one of at least num_train, takes all. */
int gsc_batches_init(gsc_batches *batches, const uint32_t *train, size_t num_train,
                     size_t size, uint64_t seed);
void gsc_batches_free(gsc_batches *batches);

static inline bool
gsc_batches_take_all(const gsc_batches *batches)
{
    return batches->size == batches->num_train;
}

/* Where every step takes all examples, take them in the network's own order. */
int gsc_batches_arrange(gsc_batches *batches, const gsc_network *network);

/* The examples of a step, which follow from the seed and the step alone. Epoch e is
 * shuffled by stream "batch:e". Valid until the next call. */
const uint32_t *gsc_batches_at(gsc_batches *batches, int64_t step, size_t *count);

#endif
