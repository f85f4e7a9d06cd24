/* Addition of two numbers of some digits (Nanda et al., arXiv 2301.05217, appendix D
 * and E: five digits, context 18): "12345+67890=080235". The loss reads the outputs at
 * the digits of the sum, each from the position before it, the most significant digit
 * first; the history tells of each digit by itself too. Numbers are even on 0 …
 * 10^digits - 1. */
#include "train/task/digits.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/rng.h"

#include <stdio.h>
#include <string.h>

enum { BASE = 10, PLUS = 10, EQUALS = 11, VOCABULARY = 12, MOST_DIGITS = 9 };

static const gsc_option rows[] = {
    GSC_ROW_INTEGER(gsc_digits, digits, "5", 1, MOST_DIGITS,
                    "Number of digits in each number."),
    GSC_ROW_BOOL(gsc_digits, online, "no",
                 "Train on fresh examples without end, not on a finite set."),
    GSC_ROW_INTEGER(gsc_digits, train_samples, "700", 1, 1e7,
                    "Examples to train on; ignored online."),
    GSC_ROW_INTEGER(gsc_digits, test_samples, "1000", 1, 1e7, "Examples to test on."),
    GSC_ROW_INTEGER(gsc_digits, data_seed, "0", 0, 0x1p53, "Seed of the examples."),
};

typedef struct source {
    size_t digits;
    uint64_t stream;
} source;

/* The digits of `value`, the most significant first. */
static void
write_digits(uint64_t value, size_t count, uint16_t *digits)
{
    for (size_t i = count; i-- > 0; value /= BASE)
        digits[i] = (uint16_t)(value % BASE);
}

static size_t
num_tokens(size_t digits)
{
    return 3 * digits + 3; /* a + b = c */
}

/* out[0] gets the tokens, out[1] the digits of the sum, out[2 + i] digit i of them. */
static void
draw(const void *context, uint64_t seed, uint64_t first, size_t count, void *const *out)
{
    const source *s = context;
    size_t d = s->digits, n_ctx = num_tokens(d);
    uint64_t most = 1;
    for (size_t i = 0; i < d; i++)
        most *= BASE;
    for (size_t e = 0; e < count; e++) {
        uint16_t *tokens = (uint16_t *)out[0] + e * n_ctx, *sum = tokens + 2 * d + 2;
        uint64_t a = gsc_rng_below(seed, s->stream, 2 * (first + e), most);
        uint64_t b = gsc_rng_below(seed, s->stream, 2 * (first + e) + 1, most);
        write_digits(a, d, tokens);
        tokens[d] = PLUS;
        write_digits(b, d, tokens + d + 1);
        tokens[2 * d + 1] = EQUALS;
        write_digits(a + b, d + 1, sum);
        memcpy((uint16_t *)out[1] + e * (d + 1), sum, (d + 1) * sizeof *sum);
        for (size_t i = 0; i <= d; i++)
            ((uint16_t *)out[2 + i])[e] = sum[i];
    }
}

/* One target for the whole sum, which is minimised, and one for each digit. */
static int
add_fields(gsc_dataset *dataset, size_t digits, void **data)
{
    int status = 0;
    char field[GSC_NAME_BYTES], name[GSC_NAME_BYTES];
    size_t position = 2 * digits + 1; /* "=" */
    GSC_TRY(gsc_dataset_add_field(dataset, GSC_TOKENS, GSC_FIELD_UINT16,
                                  (gsc_shape){1, {num_tokens(digits)}}, VOCABULARY,
                                  &data[0]));
    GSC_TRY(gsc_dataset_add_field(dataset, "label", GSC_FIELD_UINT16,
                                  (gsc_shape){1, {digits + 1}}, BASE, &data[1]));
    gsc_target *all = gsc_dataset_add_target(dataset, "sum", "label", "cross_entropy");
    all->position = position;
    all->num_positions = digits + 1;
    for (size_t i = 0; i <= digits; i++) {
        snprintf(field, sizeof field, "label_%zu", i);
        snprintf(name, sizeof name, "digit_%zu", i);
        GSC_TRY(gsc_dataset_add_field(dataset, field, GSC_FIELD_UINT16,
                                      (gsc_shape){1, {1}}, BASE, &data[2 + i]));
        gsc_target *one = gsc_dataset_add_target(dataset, name, field, "cross_entropy");
        one->position = position + i;
        one->weight = 0;
    }
out:
    return status;
}

static int
make_stream(gsc_dataset *dataset, const source *s, uint64_t seed)
{
    int status = 0;
    source *train;
    GSC_NEW(train, 1);
    *train = (source){s->digits, gsc_rng_stream("digits:train")};
    dataset->stream =
        (gsc_stream){.draw = draw, .context = train, .seed = seed, .endless = true};
out:
    return status;
}

static int
make(void *values, gsc_dataset *dataset, gsc_facets *facets)
{
    int status = 0;
    const gsc_digits *o = values;
    void *data[GSC_MAX_FIELDS];
    gsc_facet *facet;
    uint64_t seed = (uint64_t)o->data_seed;
    size_t num_train = o->online ? 0 : (size_t)o->train_samples;
    source s = {(size_t)o->digits,
                gsc_rng_stream(o->online ? "digits:test" : "digits:finite")};
    dataset->num_examples = num_train + (size_t)o->test_samples;
    GSC_TRY(add_fields(dataset, s.digits, data));
    draw(&s, seed, 0, dataset->num_examples, data);
    if (o->online)
        GSC_TRY(make_stream(dataset, &s, seed));
    else
        GSC_TRY(gsc_dataset_add_first(dataset, "train", num_train));
    GSC_TRY(gsc_dataset_add_rest(dataset, "test"));
    GSC_TRY(gsc_facets_add(facets, GSC_DIGITS, &facet));
    GSC_TRY(gsc_facet_add_integer(facet, "base", BASE));
    GSC_TRY(gsc_facet_add_integer(facet, "digits", o->digits));
out:
    return status;
}

const gsc_task gsc_task_digits = {"digits",
                                  "the sum of two numbers, digit by digit",
                                  rows,
                                  sizeof rows / sizeof *rows,
                                  sizeof(gsc_digits),
                                  make};
