/* Which examples a step trains on. */
#include "train/run/batches.h"

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
                             .size = size == 0 || size > num_train ? num_train : size,
                             .seed = seed,
                             .epoch = -1};
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

static int
compare(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static size_t
batch_length(const gsc_batches *b, size_t first)
{
    size_t left = b->num_train - first;
    return left < b->size ? left : b->size;
}

static void
draw_epoch(gsc_batches *b, int64_t epoch)
{
    char stream[32];
    snprintf(stream, sizeof stream, "batch:%lld", (long long)epoch);
    memcpy(b->order, b->train, b->num_train * sizeof *b->order);
    if (!gsc_batches_take_all(b))
        gsc_rng_shuffle(b->order, b->num_train, b->seed, gsc_rng_stream(stream));
    for (size_t first = 0; first < b->num_train; first += b->size)
        qsort(b->order + first, batch_length(b, first), sizeof *b->order, compare);
    b->epoch = epoch;
}

const uint32_t *
gsc_batches_at(gsc_batches *b, int64_t step, size_t *count)
{
    int64_t an_epoch = (int64_t)((b->num_train + b->size - 1) / b->size);
    int64_t epoch = gsc_batches_take_all(b) ? 0 : step / an_epoch;
    if (b->epoch != epoch)
        draw_epoch(b, epoch);
    size_t first = (size_t)(step % an_epoch) * b->size;
    *count = batch_length(b, first);
    return b->order + first;
}

int
gsc_batches_arrange(gsc_batches *b, const gsc_network *network)
{
    size_t count;
    gsc_batches_at(b, 0, &count);
    return gsc_batches_take_all(b) ? gsc_network_order(network, b->order, count) : 0;
}
