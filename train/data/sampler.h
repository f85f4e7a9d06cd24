/* Which examples a step trains on: all of them, minibatches by epoch, or fresh ones of
 * a stream. They follow only from the seed and the step: resuming needs no state. */
#ifndef GSC_DATA_SAMPLER_H
#define GSC_DATA_SAMPLER_H

#include "grokscope/dataset.h"
#include "grokscope/engine.h"

#include <stdbool.h>

typedef struct gsc_sampler {
    const gsc_dataset *dataset; /* borrowed */
    const gsc_split *train;     /* NULL: a stream */
    size_t size;                /* of a batch */
    uint64_t seed;
    int64_t epoch; /* whose order is there, or -1 */
    uint32_t *order;
    int64_t drawn; /* of a stream: the step whose examples are there */
    gsc_field fields[GSC_MAX_FIELDS]; /* … and they */
    void *rows[GSC_MAX_FIELDS];
} gsc_sampler;

/* The examples of the split "train", or of the stream. Size 0, or one of at least as
 * many as train, takes all; then they are in an order that serves the cache
 * (gsc_cache_order), else ascending within a batch. GSC_EARGUMENT for a stream without
 * a size, and for a dataset without training examples. */
int gsc_sampler_init(gsc_sampler *sampler, const gsc_dataset *dataset, size_t size,
                     uint64_t seed);
void gsc_sampler_free(gsc_sampler *sampler);

/* Whether every step takes all examples that train. */
bool gsc_sampler_takes_all(const gsc_sampler *sampler);

/* The batch of a step, valid until the next call. Epoch e is shuffled by stream
 * "batch:e"; the last batch of an epoch has what is left. Step t of a stream has its
 * examples t size … t size + size - 1. */
gsc_batch gsc_sampler_at(gsc_sampler *sampler, int64_t step);

/* Put examples into an order in which those of a tile have few tokens at the first two
 * positions that vary: of pairs (a, b) block of the table by block of the table, and in
 * a block ascending. What reads rows of tables then finds them in the cache. Results
 * depend on the order only by rounding. A dataset without such a field keeps it. */
int gsc_cache_order(const gsc_dataset *dataset, uint32_t *examples, size_t count);

#endif
