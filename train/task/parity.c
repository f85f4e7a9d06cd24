/* Sparse parity (Barak et al., NeurIPS 2022, arXiv 2207.08799): x uniform on {±1}^n,
 * and y = the product of the k relevant bits. A finite set is memorised first; an
 * endless stream of fresh minibatches cannot be. */
#include "train/task/parity.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/rng.h"

#include <stdlib.h>

enum { MOST_BITS = 4096 };
enum { ASKS = 2, NUM_TOKENS }; /* after the tokens 0 and 1 of bits */
enum { HINGE, MSE, CROSS_ENTROPY, STABLEMAX };

static const char *const loss_names[] = {"hinge", "mse", "cross_entropy", "stablemax",
                                         NULL};

static const gsc_option rows[] = {
    GSC_ROW_INTEGER(gsc_parity, n, "40", 1, MOST_BITS, "Number of bits in an example."),
    GSC_ROW_INTEGER(gsc_parity, k, "3", 1, 64, "Relevant bits: y is their product."),
    GSC_ROW_BOOL(gsc_parity, online, "no",
                 "Train on fresh examples without end, not on a finite set."),
    GSC_ROW_INTEGER(gsc_parity, train_samples, "1000", 1, 1e8,
                    "Examples to train on; ignored online."),
    GSC_ROW_INTEGER(gsc_parity, test_samples, "8192", 1, 1e8, "Examples to test on."),
    GSC_ROW_CHOICE(gsc_parity, loss, "hinge", loss_names, "Loss that is minimised."),
    GSC_ROW_BOOL(gsc_parity, tokens, "no",
                 "Give the bits as tokens with a last one that asks, not as numbers."),
    GSC_ROW_INTEGER(gsc_parity, data_seed, "0", 0, 0x1p53,
                    "Seed of the relevant bits and of the examples."),
};

/* What draws an example: words of random bits, and which of them count. */
typedef struct source {
    size_t n, k;
    bool tokens;
    uint64_t stream;
    uint16_t relevant[64];
} source;

void
gsc_parity_draw(size_t n, uint64_t seed, uint64_t stream, uint64_t example,
                uint8_t *bits)
{
    uint64_t words = (n + 63) / 64, word = 0;
    for (size_t b = 0; b < n; b++, word >>= 1) {
        if (b % 64 == 0)
            word = gsc_rng_bits(seed, stream, example * words + b / 64);
        bits[b] = word & 1;
    }
}

/* out[0] gets the bits, 1 for +1 and 0 for -1, and after them a 2 where they are
 * tokens; out[1] their product's. */
static void
draw(const void *context, uint64_t seed, uint64_t first, size_t count, void *const *out)
{
    const source *s = context;
    uint8_t *x = out[0], *y = out[1];
    for (size_t i = 0; i < count; i++, x += s->n + s->tokens) {
        unsigned minus = 0;
        gsc_parity_draw(s->n, seed, s->stream, first + i, x);
        for (size_t j = 0; j < s->k; j++)
            minus += !x[s->relevant[j]];
        if (s->tokens)
            x[s->n] = ASKS;
        y[i] = minus % 2 == 0;
    }
}

static int
compare(const void *a, const void *b)
{
    return *(const uint16_t *)a - *(const uint16_t *)b;
}

void
gsc_parity_choose(size_t n, size_t k, uint64_t seed, uint64_t stream, uint32_t *order,
                  uint16_t *bits)
{
    for (size_t i = 0; i < n; i++)
        order[i] = (uint32_t)i;
    gsc_rng_shuffle(order, n, seed, stream);
    for (size_t j = 0; j < k; j++)
        bits[j] = (uint16_t)order[j];
    qsort(bits, k, sizeof *bits, compare);
}

static int
choose_relevant(source *s, uint64_t seed)
{
    int status = 0;
    uint32_t *order;
    GSC_NEW(order, s->n);
    gsc_parity_choose(s->n, s->k, seed, gsc_rng_stream("parity:relevant"), order,
                      s->relevant);
out:
    free(order);
    return status;
}

/* 0 and 1 are -1 and +1, but for tokens and labels. */
static int
add_field(gsc_dataset *dataset, const char *name, size_t count, size_t num_values,
          void **data)
{
    int status = 0;
    gsc_shape shape = {1, {count}};
    GSC_TRY(
        gsc_dataset_add_field(dataset, name, GSC_FIELD_UINT8, shape, num_values, data));
    gsc_field *field = gsc_dataset_field(dataset, name);
    field->scale = num_values > 0 ? 1 : 2;
    field->offset = num_values > 0 ? 0 : -1;
out:
    return status;
}

static int
add_fields(gsc_dataset *dataset, const source *s, int64_t loss, void *data[2])
{
    int status = 0;
    size_t num_labels = loss >= CROSS_ENTROPY ? 2 : 0;
    if (s->tokens)
        GSC_TRY(add_field(dataset, GSC_TOKENS, s->n + 1, NUM_TOKENS, &data[0]));
    else
        GSC_TRY(add_field(dataset, "x", s->n, 0, &data[0]));
    GSC_TRY(add_field(dataset, "y", 1, num_labels, &data[1]));
out:
    return status;
}

static void
add_target(gsc_dataset *dataset, const source *s, int64_t loss)
{
    static const char *const losses[] = {"hinge", "squared_error", "cross_entropy",
                                         "stablemax"};
    gsc_target *target = gsc_dataset_add_target(dataset, "answer", "y", losses[loss]);
    target->position = s->tokens ? s->n : 0;
    target->tolerance = 1; /* on the right side of 0 */
}

/* What draws the examples to train on. */
static int
make_stream(gsc_dataset *dataset, const source *s, uint64_t seed)
{
    int status = 0;
    source *train;
    GSC_NEW(train, 1);
    *train = *s;
    train->stream = gsc_rng_stream("parity:train");
    dataset->stream =
        (gsc_stream){.draw = draw, .context = train, .seed = seed, .endless = true};
out:
    return status;
}

static int
add_facet(const source *s, gsc_facets *facets)
{
    int status = 0;
    gsc_facet *facet;
    GSC_TRY(gsc_facets_add(facets, GSC_BITS, &facet));
    GSC_TRY(gsc_facet_add_integer(facet, "n", (int64_t)s->n));
    GSC_TRY(gsc_facet_add_array(facet, "relevant", GSC_FACET_INDEX,
                                (gsc_shape){1, {s->k}}, s->relevant));
out:
    return status;
}

static int
make(void *values, gsc_dataset *dataset, gsc_facets *facets)
{
    int status = 0;
    const gsc_parity *o = values;
    void *data[2];
    uint64_t seed = (uint64_t)o->data_seed;
    source s = {.n = (size_t)o->n, .k = (size_t)o->k, .tokens = o->tokens};
    if (o->k > o->n)
        return gsc_fail(GSC_EARGUMENT, "k: %lld relevant bits, of %lld",
                        (long long)o->k, (long long)o->n);
    size_t num_train = o->online ? 0 : (size_t)o->train_samples;
    dataset->num_examples = num_train + (size_t)o->test_samples;
    GSC_TRY(choose_relevant(&s, seed));
    GSC_TRY(add_fields(dataset, &s, o->loss, data));
    s.stream = gsc_rng_stream(o->online ? "parity:test" : "parity:finite");
    draw(&s, seed, 0, dataset->num_examples, data);
    if (o->online)
        GSC_TRY(make_stream(dataset, &s, seed));
    else
        GSC_TRY(gsc_dataset_add_first(dataset, "train", num_train));
    GSC_TRY(gsc_dataset_add_rest(dataset, "test"));
    add_target(dataset, &s, o->loss);
    GSC_TRY(add_facet(&s, facets));
out:
    return status;
}

const gsc_task gsc_task_parity = {"parity",
                                  "the product of k of n bits",
                                  rows,
                                  sizeof rows / sizeof *rows,
                                  sizeof(gsc_parity),
                                  make};
