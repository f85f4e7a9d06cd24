/* Which examples train: an order of all of them, shuffled or read from a file. */
#include "train/data/split.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/rng.h"
#include "grokscope/text.h"

#include "train/data/index_text.h"

#include <stdlib.h>

/* The longest split file that is read: indices with generous space between them. */
enum { BYTES_AN_INDEX = 32, MORE_BYTES = 1 << 16 };

/* The whole text as a permutation of 0 … n-1; `seen` is n times false. */
static int
read_order(gsc_index_text *in, size_t n, bool *seen, uint32_t *order)
{
    int status = 0;
    size_t count = 0;
    while (gsc_index_skip(in)) {
        size_t index = 0;
        GSC_TRY(gsc_index_next(in, n, &index));
        if (seen[index])
            return gsc_fail(GSC_EFORMAT,
                            "%s: line %zu: found %zu again, expected each of 0 to %zu "
                            "once",
                            in->path, in->line, index, n - 1);
        seen[index] = true;
        order[count++] = (uint32_t)index;
    }
    if (count < n)
        return gsc_fail(GSC_EFORMAT,
                        "%s: line %zu: ends after %zu indices, expected %zu", in->path,
                        in->line, count, n);
out:
    return status;
}

static int
order_from_file(const char *path, size_t n, uint32_t *order)
{
    int status = 0;
    char *text = NULL;
    bool *seen = NULL;
    size_t length;
    GSC_TRY(gsc_text_read_file(path, n * BYTES_AN_INDEX + MORE_BYTES, &text, &length));
    GSC_NEW(seen, n);
    gsc_index_text in = {path, text, text + length, 1};
    GSC_TRY(read_order(&in, n, seen, order));
out:
    free(text);
    free(seen);
    return status;
}

static int
find_order(const gsc_split_order *by, size_t n, uint32_t *order)
{
    if (*by->file)
        return order_from_file(by->file, n, order);
    for (size_t i = 0; i < n; i++)
        order[i] = (uint32_t)i;
    gsc_rng_shuffle(order, n, (uint64_t)by->seed, gsc_rng_stream("split"));
    return 0;
}

size_t
gsc_split_part(double fraction, size_t n)
{
    size_t part = (size_t)(fraction * (double)n);
    return part < n ? part : n;
}

/* Move the examples that train to the front of an order, which it keeps, and return how
 * many there are. left[part] (room for all) is how many of each still train. */
static size_t
choose_of_parts(const gsc_split_order *by, size_t n, size_t *left, uint32_t *order)
{
    size_t count = 0;
    for (size_t k = 0; k < by->num_parts; k++)
        left[k] = gsc_split_part(by->train_fraction,
                                 by->ends[k] - (k > 0 ? by->ends[k - 1] : 0));
    for (size_t i = 0; i < n; i++) {
        size_t part = 0;
        while (order[i] >= by->ends[part])
            part++;
        if (left[part] > 0) {
            left[part]--;
            order[count++] = order[i];
        }
    }
    return count;
}

int
gsc_split_make(gsc_dataset *dataset, const gsc_split_order *by)
{
    int status = 0;
    size_t *left = NULL;
    size_t n = dataset->num_examples, num_train = gsc_split_part(by->train_fraction, n);
    uint32_t *order = NULL;
    if (num_train == 0)
        return gsc_fail(GSC_EARGUMENT,
                        "train_fraction is %g: of %zu examples none would train",
                        by->train_fraction, n);
    GSC_NEW(order, n);
    GSC_TRY(find_order(by, n, order));
    GSC_NEW(left, by->num_parts);
    if (by->num_parts > 1 && !*by->file)
        num_train = choose_of_parts(by, n, left, order);
    GSC_TRY(gsc_dataset_add_split(dataset, "train", order, num_train));
    GSC_TRY(gsc_dataset_add_rest(dataset, "test"));
out:
    free(left);
    free(order);
    return status;
}

int
gsc_split_choose(const gsc_split_draw *d, uint32_t **chosen, size_t *count)
{
    int status = 0;
    if (d->train + d->test > d->n || d->train == d->n)
        return gsc_fail(GSC_EARGUMENT,
                        "train_samples and test_samples: %zu and %zu, but there are "
                        "%zu %s",
                        d->train, d->test, d->n, d->what);
    *count = d->test > 0 ? d->train + d->test : d->n;
    GSC_NEW(*chosen, d->n);
    for (size_t i = 0; i < d->n; i++)
        (*chosen)[i] = (uint32_t)i;
    gsc_rng_shuffle(*chosen, d->n, (uint64_t)d->seed, gsc_rng_stream(d->what));
out:
    return status;
}
