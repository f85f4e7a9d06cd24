/* Which examples train: an order of all of them, shuffled or read from a file. */
#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/rng.h"
#include "grokscope/text.h"
#include "operations.h"

#include <ctype.h>
#include <stdlib.h>

/* The longest split file that is read: indices with generous space between them. */
enum { BYTES_AN_INDEX = 32, MORE_BYTES = 1 << 16 };

/* A place in the text of a split file. */
typedef struct reader {
    const char *path, *at, *end;
    size_t line;
} reader;

static bool
skip_space(reader *in)
{
    for (; in->at < in->end && isspace((unsigned char)*in->at); in->at++)
        in->line += *in->at == '\n';
    return in->at < in->end;
}

/* The index at the reader's place, which must be one of 0 … n-1. */
static int
read_index(reader *in, size_t n, size_t *index)
{
    const char *start = in->at;
    size_t value = 0;
    bool good = true;
    for (; in->at < in->end && !isspace((unsigned char)*in->at); in->at++) {
        good = good && isdigit((unsigned char)*in->at) && value < n;
        if (good)
            value = 10 * value + (size_t)(*in->at - '0');
    }
    if (!good || value >= n) {
        ptrdiff_t length = in->at - start;
        return gsc_fail(GSC_EFORMAT, "%s: line %zu: found '%.*s', expected 0 to %zu",
                        in->path, in->line, (int)(length < 40 ? length : 40), start,
                        n - 1);
    }
    *index = value;
    return 0;
}

/* The whole text as a permutation of 0 … n-1; `seen` is n times false. */
static int
read_order(reader *in, size_t n, bool *seen, uint32_t *order)
{
    int status = 0;
    size_t count = 0;
    while (skip_space(in)) {
        size_t index = 0;
        GSC_TRY(read_index(in, n, &index));
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
    reader in = {path, text, text + length, 1};
    GSC_TRY(read_order(&in, n, seen, order));
out:
    free(text);
    free(seen);
    return status;
}

int
gsc_split_order(const gsc_task_config *config, size_t n, uint32_t *order)
{
    if (config->split_file[0] != '\0')
        return order_from_file(config->split_file, n, order);
    for (size_t i = 0; i < n; i++)
        order[i] = (uint32_t)i;
    gsc_rng_shuffle(order, n, (uint64_t)config->data_seed, gsc_rng_stream("split"));
    return 0;
}
