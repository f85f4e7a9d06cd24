/* Which examples a step trains on. */
#include "batches.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/rng.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int
gsc_batches_init(gsc_batches *batches, const uint32_t *train, size_t num_train,
                 size_t size, uint64_t seed)
{
    int status = 0;
    *batches = (gsc_batches){.train = train,
                             .num_train = num_train,
                             .size = size,
                             .seed = seed,
                             .epoch = -1};
    if (size == 0 || size >= num_train)
        return 0;
    GSC_NEW(batches->order, num_train);
out:
    return status;
}

void
gsc_batches_free(gsc_batches *batches)
{
    free(batches->order);
    *batches = (gsc_batches){.epoch = -1};
}

static void
shuffle_epoch(gsc_batches *b, int64_t epoch)
{
    char stream[32];
    snprintf(stream, sizeof stream, "batch:%lld", (long long)epoch);
    memcpy(b->order, b->train, b->num_train * sizeof *b->order);
    gsc_rng_shuffle(b->order, b->num_train, b->seed, gsc_rng_stream(stream));
    b->epoch = epoch;
}

const uint32_t *
gsc_batches_at(gsc_batches *b, int64_t step, size_t *count)
{
    *count = b->num_train;
    if (gsc_batches_take_all(b))
        return b->train;
    int64_t an_epoch = (int64_t)((b->num_train + b->size - 1) / b->size);
    if (b->epoch != step / an_epoch)
        shuffle_epoch(b, step / an_epoch);
    size_t first = (size_t)(step % an_epoch) * b->size, left = b->num_train - first;
    *count = left < b->size ? left : b->size;
    return b->order + first;
}
