/* Repeated subsequences (Nanda et al., arXiv 2301.05217, appendix D and E): what
 * induction heads are for.
 *
 *   0 | . . . s1 s2 … s16 . . | . s1 s2 … s16 . . . . | …
 *
 * Token 0 begins a sequence. Blocks of equal length follow, as many as there are
 * repeats. Each holds the same random subsequence somewhere, and random tokens around
 * it. The loss counts the tokens of the subsequence from its second copy on, each as
 * the answer of the position before it. The first token of a copy cannot be known, as
 * its place is random; so the least loss is ln(vocabulary - 1) / subseq_len. */
#include "train/task/repeats.h"

#include "grokscope/error.h"
#include "grokscope/rng.h"

#include "train/task/sequence.h"

#include <string.h>

static const gsc_option rows[] = {
    GSC_ROW_INTEGER(gsc_repeats, seq_len, "85", 3, 16384,
                    "Tokens in an example: 1 and a multiple of num_repeats."),
    GSC_ROW_INTEGER(gsc_repeats, subseq_len, "16", 1, 16384,
                    "Tokens in the subsequence that is repeated."),
    GSC_ROW_INTEGER(gsc_repeats, num_repeats, "3", 2, 64,
                    "Blocks, each with one copy of the subsequence."),
    GSC_ROW_INTEGER(gsc_repeats, vocabulary, "128", 3, 65535,
                    "Number of tokens, of which 0 begins each example."),
    GSC_ROW_INTEGER(gsc_repeats, place, "-1", -1, 16384,
                    "Tokens before the subsequence in its block; -1: random."),
    GSC_ROW_BOOL(gsc_repeats, online, "no",
                 "Train on fresh examples without end, not on a finite set."),
    GSC_ROW_INTEGER(gsc_repeats, train_samples, "512", 1, 1e7,
                    "Examples to train on; ignored online."),
    GSC_ROW_INTEGER(gsc_repeats, test_samples, "512", 1, 1e7, "Examples to test on."),
    GSC_ROW_INTEGER(gsc_repeats, data_seed, "0", 0, 0x1p53, "Seed of the examples."),
};

/* What a mask counts: all of the later copies, their first tokens, the others, and, for
 * comparison, the first copy, whose tokens are as random as any. */
enum { REPEATED, FIRST, REST, ONCE, NUM_MASKS };
static const struct part {
    const char *target, *mask;
} parts[NUM_MASKS] = {{"repeats", "is_repeated"},
                      {"first", "is_first"},
                      {"rest", "is_rest"},
                      {"once", "is_once"}};

typedef struct source {
    uint64_t stream;
    size_t seq_len, subseq_len, num_repeats, block;
    uint64_t vocabulary;
    int64_t place; /* -1: random */
} source;

/* ---- One example ---- */

/* Where copy `c` begins, by the random number at `counter`. */
static size_t
begin_of(const source *s, uint64_t seed, uint64_t counter, size_t c)
{
    uint64_t places = s->block - s->subseq_len + 1;
    uint64_t place = s->place < 0 ? gsc_rng_below(seed, s->stream, counter, places)
                                  : (uint64_t)s->place;
    return 1 + c * s->block + (size_t)place;
}

static void
draw_tokens(const source *s, uint64_t seed, uint64_t counter, uint16_t *tokens)
{
    tokens[0] = 0;
    for (size_t i = 1; i < s->seq_len; i++)
        tokens[i] = (uint16_t)(1 + gsc_rng_below(seed, s->stream, counter + i,
                                                 s->vocabulary - 1));
}

/* Masks [seq_len - 1]: row i is about token i + 1. */
static void
mark_copy(const source *s, size_t copy, size_t begin, uint8_t *const masks[NUM_MASKS])
{
    for (size_t i = begin - 1; i < begin - 1 + s->subseq_len; i++) {
        masks[REPEATED][i] = copy > 0;
        masks[FIRST][i] = copy > 0 && i == begin - 1;
        masks[REST][i] = copy > 0 && i > begin - 1;
        masks[ONCE][i] = copy == 0;
    }
}

/* out[0] gets the tokens, out[1] the next ones, out[2 + m] mask m. */
static void
draw(const void *context, uint64_t seed, uint64_t first, size_t count, void *const *out)
{
    const source *s = context;
    size_t n = s->seq_len, rows_each = n - 1;
    for (size_t e = 0; e < count; e++) {
        uint64_t counter = (first + e) * (n + s->num_repeats);
        uint16_t *tokens = (uint16_t *)out[0] + e * n;
        uint8_t *masks[NUM_MASKS];
        for (size_t m = 0; m < NUM_MASKS; m++) {
            masks[m] = (uint8_t *)out[2 + m] + e * rows_each;
            memset(masks[m], 0, rows_each);
        }
        draw_tokens(s, seed, counter, tokens);
        size_t begin = begin_of(s, seed, counter + n, 0);
        mark_copy(s, 0, begin, masks);
        for (size_t c = 1; c < s->num_repeats; c++) {
            size_t at = begin_of(s, seed, counter + n + c, c);
            memcpy(tokens + at, tokens + begin, s->subseq_len * sizeof *tokens);
            mark_copy(s, c, at, masks);
        }
        memcpy((uint16_t *)out[1] + e * rows_each, tokens + 1,
               rows_each * sizeof *tokens);
    }
}

/* ---- The dataset ---- */

static int
check(const gsc_repeats *o)
{
    int64_t block = (o->seq_len - 1) / o->num_repeats;
    if ((o->seq_len - 1) % o->num_repeats != 0)
        return gsc_fail(GSC_EARGUMENT,
                        "seq_len: %lld is not 1 and a multiple of num_repeats %lld; "
                        "%lld is",
                        (long long)o->seq_len, (long long)o->num_repeats,
                        (long long)(1 + block * o->num_repeats));
    if (o->subseq_len > block)
        return gsc_fail(GSC_EARGUMENT,
                        "subseq_len: %lld, but a block has %lld tokens, (seq_len - 1) "
                        "/ num_repeats",
                        (long long)o->subseq_len, (long long)block);
    if (o->place > block - o->subseq_len)
        return gsc_fail(
            GSC_EARGUMENT,
            "place: %lld, but a block of %lld tokens has 0 to %lld for %lld "
            "tokens",
            (long long)o->place, (long long)block, (long long)(block - o->subseq_len),
            (long long)o->subseq_len);
    return 0;
}

static int
add_fields(gsc_dataset *dataset, const source *s, void **data)
{
    int status = 0;
    size_t rows_each = s->seq_len - 1, vocabulary = (size_t)s->vocabulary;
    GSC_TRY(gsc_dataset_add_field(dataset, GSC_TOKENS, GSC_FIELD_UINT16,
                                  (gsc_shape){1, {s->seq_len}}, vocabulary, &data[0]));
    GSC_TRY(gsc_dataset_add_field(dataset, "next", GSC_FIELD_UINT16,
                                  (gsc_shape){1, {rows_each}}, vocabulary, &data[1]));
    for (size_t m = 0; m < NUM_MASKS; m++) {
        if (m == REST && s->subseq_len == 1) /* no token is left to be counted */
            continue;
        gsc_target *target =
            gsc_dataset_add_target(dataset, parts[m].target, "next", "cross_entropy");
        target->num_positions = rows_each;
        target->weight = m == REPEATED;
        memcpy(target->mask, parts[m].mask, strlen(parts[m].mask) + 1);
    }
    for (size_t m = 0; m < NUM_MASKS; m++)
        GSC_TRY(gsc_dataset_add_field(dataset, parts[m].mask, GSC_FIELD_UINT8,
                                      (gsc_shape){1, {rows_each}}, 0, &data[2 + m]));
out:
    return status;
}

static int
make(void *values, gsc_dataset *dataset, gsc_facets *facets)
{
    int status = 0;
    const gsc_repeats *o = values;
    void *data[2 + NUM_MASKS];
    size_t num_train = o->online ? 0 : (size_t)o->train_samples;
    GSC_TRY(check(o));
    source s = {.seq_len = (size_t)o->seq_len,
                .subseq_len = (size_t)o->subseq_len,
                .num_repeats = (size_t)o->num_repeats,
                .block = (size_t)((o->seq_len - 1) / o->num_repeats),
                .vocabulary = (uint64_t)o->vocabulary,
                .place = o->place};
    gsc_sequence_draw sets = {.task = "repeats",
                              .draw = draw,
                              .source = &s,
                              .size = sizeof s,
                              .seed = (uint64_t)o->data_seed,
                              .online = o->online,
                              .num_train = num_train};
    dataset->num_examples = num_train + (size_t)o->test_samples;
    GSC_TRY(add_fields(dataset, &s, data));
    GSC_TRY(gsc_sequence_draw_examples(dataset, &sets, data));
    GSC_TRY(gsc_sequence_add_facet(facets, o->vocabulary, 0, 0));
out:
    return status;
}

const gsc_task gsc_task_repeats = {"repeats",
                                   "a subsequence that random sequences repeat",
                                   rows,
                                   sizeof rows / sizeof *rows,
                                   sizeof(gsc_repeats),
                                   make};
