/* Which examples a step trains on. */
#include "train/data/sampler.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/rng.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Making ready ---- */

/* Room for a batch of a stream. */
static int
make_rows(gsc_sampler *s)
{
    for (size_t i = 0; i < s->dataset->num_fields; i++) {
        s->fields[i] = s->dataset->fields[i];
        s->rows[i] = gsc_new(s->size, gsc_field_stride(&s->fields[i]));
        if (!s->rows[i])
            return GSC_EMEMORY;
        s->fields[i].data = s->rows[i];
    }
    return 0;
}

static int
init_stream(gsc_sampler *s, size_t size)
{
    if (size == 0)
        return gsc_fail(GSC_EARGUMENT,
                        "batch_size: 0 takes all examples, but this task "
                        "draws them without end; give a number");
    if (!s->dataset->stream.draw)
        return gsc_fail(GSC_EARGUMENT, "the examples of this file were drawn without "
                                       "end, and it does not say how");
    s->size = size;
    return make_rows(s);
}

int
gsc_sampler_init(gsc_sampler *s, const gsc_dataset *dataset, size_t size, uint64_t seed)
{
    int status = 0;
    *s = (gsc_sampler){.dataset = dataset, .seed = seed, .epoch = -1, .drawn = -1};
    if (dataset->stream.endless) {
        GSC_TRY(init_stream(s, size));
        goto out;
    }
    s->train = gsc_dataset_split(dataset, "train");
    if (!s->train || s->train->count == 0)
        return gsc_fail(GSC_EARGUMENT, "no examples to train on");
    s->size = size == 0 || size > s->train->count ? s->train->count : size;
    GSC_NEW(s->order, s->train->count);
    gsc_sampler_at(s, 0);
    if (gsc_sampler_takes_all(s))
        GSC_TRY(gsc_cache_order(dataset, s->order, s->size));
out:
    if (status < 0)
        gsc_sampler_free(s);
    return status;
}

void
gsc_sampler_free(gsc_sampler *s)
{
    for (size_t i = 0; i < GSC_MAX_FIELDS; i++)
        free(s->rows[i]);
    free(s->order);
    *s = (gsc_sampler){.epoch = -1, .drawn = -1};
}

bool
gsc_sampler_takes_all(const gsc_sampler *s)
{
    return s->train && s->size == s->train->count;
}

/* ---- Epochs ---- */

static int
compare(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static size_t
batch_length(const gsc_sampler *s, size_t first)
{
    size_t left = s->train->count - first;
    return left < s->size ? left : s->size;
}

static void
draw_epoch(gsc_sampler *s, int64_t epoch)
{
    char stream[32];
    size_t count = s->train->count;
    snprintf(stream, sizeof stream, "batch:%lld", (long long)epoch);
    memcpy(s->order, s->train->indices, count * sizeof *s->order);
    if (!gsc_sampler_takes_all(s))
        gsc_rng_shuffle(s->order, count, s->seed, gsc_rng_stream(stream));
    for (size_t first = 0; first < count; first += s->size)
        qsort(s->order + first, batch_length(s, first), sizeof *s->order, compare);
    s->epoch = epoch;
}

static gsc_batch
batch_of_epoch(gsc_sampler *s, int64_t step)
{
    int64_t an_epoch = (int64_t)((s->train->count + s->size - 1) / s->size);
    int64_t epoch = gsc_sampler_takes_all(s) ? 0 : step / an_epoch;
    if (s->epoch != epoch)
        draw_epoch(s, epoch);
    size_t first = (size_t)(step % an_epoch) * s->size;
    return (gsc_batch){.fields = s->dataset->fields,
                       .num_fields = s->dataset->num_fields,
                       .examples = s->order + first,
                       .num_examples = batch_length(s, first)};
}

gsc_batch
gsc_sampler_at(gsc_sampler *s, int64_t step)
{
    const gsc_stream *stream = &s->dataset->stream;
    gsc_batch batch = {.fields = s->fields,
                       .num_fields = s->dataset->num_fields,
                       .num_examples = s->size};
    if (s->train)
        batch = batch_of_epoch(s, step);
    else if (s->drawn != step)
        stream->draw(stream->context, stream->seed, (uint64_t)step * s->size, s->size,
                     s->rows);
    s->drawn = step;
    batch.seed = s->seed;
    batch.step = step;
    batch.training = true;
    return batch;
}
