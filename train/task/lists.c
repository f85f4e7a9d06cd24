/* Lists that are sorted, reversed or copied, symbol by symbol: Power et al.'s operators
 * sort, reverse and copy (arXiv 2201.02177; openai/grok, grok/data.py). Examples are
 * all lists of `length` different symbols, as sequences
 *
 *     eos op x1 … xL = y1 … yL          (and eos after it, which is only to be said)
 *
 * The loss is over the right-hand side: the outputs at = and at the y, each of which
 * should be the next token. An example is right where all of them are. */
#include "train/task/lists.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "train/data/split.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_EXAMPLES = 1 << 20, MOST_LENGTH = 8 };

static const char *const operation_names[] = {"sort", "reverse", "copy", NULL};

static const gsc_option rows[] = {
    GSC_ROW_CHOICE(gsc_lists, operation, "sort", operation_names,
                   "What is made of a list."),
    GSC_ROW_INTEGER(gsc_lists, p, "97", 2, 4096, "Number of symbols."),
    GSC_ROW_INTEGER(gsc_lists, length, "2", 1, MOST_LENGTH,
                    "Number of symbols in a list, all different."),
    GSC_ROW_REAL(gsc_lists, train_fraction, "0.5", 0, 1,
                 "Share of all lists that train, above 0."),
    GSC_ROW_INTEGER(gsc_lists, data_seed, "0", 0, 0x1p53, "Seed of the split."),
};

static int
check(const gsc_lists *o, size_t *num_examples)
{
    size_t count = 1;
    if (o->length > o->p)
        return gsc_fail(GSC_EARGUMENT, "length: %lld different symbols, of %lld",
                        (long long)o->length, (long long)o->p);
    for (int64_t i = 0; i < o->length; i++) {
        count *= (size_t)(o->p - i);
        if (count > MOST_EXAMPLES)
            return gsc_fail(GSC_EARGUMENT, "length: more than %d lists of %lld symbols",
                            MOST_EXAMPLES, (long long)o->p);
    }
    *num_examples = count;
    return 0;
}

/* ---- Lists ---- */

static bool
is_used(const uint16_t *list, size_t count, uint16_t symbol)
{
    for (size_t i = 0; i < count; i++)
        if (list[i] == symbol)
            return true;
    return false;
}

/* The least symbol from `symbol` on that stands in none of the places before, or p. */
static uint16_t
next_free(const uint16_t *list, size_t place, uint16_t symbol, uint16_t p)
{
    while (symbol < p && is_used(list, place, symbol))
        symbol++;
    return symbol;
}

/* The least symbols in the places from `place` on. */
static void
fill_up(uint16_t *list, size_t place, size_t length, uint16_t p)
{
    for (; place < length; place++)
        list[place] = next_free(list, place, 0, p);
}

/* The list that follows in lexicographic order; after the last one nothing changes. */
static void
advance(uint16_t *list, size_t length, uint16_t p)
{
    for (size_t place = length; place-- > 0;) {
        uint16_t next = next_free(list, place, (uint16_t)(list[place] + 1), p);
        if (next == p)
            continue;
        list[place] = next;
        fill_up(list, place + 1, length, p);
        return;
    }
}

static int
compare(const void *a, const void *b)
{
    return *(const uint16_t *)a - *(const uint16_t *)b;
}

static void
operate(int64_t operation, const uint16_t *list, size_t length, uint16_t *made)
{
    for (size_t i = 0; i < length; i++)
        made[i] = list[operation == 1 ? length - 1 - i : i];
    if (operation == 0)
        qsort(made, length, sizeof *made, compare);
}

/* ---- Examples ---- */

/* label[0 … length]: what comes after "=" and after each symbol that follows it. */
static void
write_example(const gsc_lists *o, const uint16_t *list, uint16_t *tokens,
              uint16_t *label)
{
    size_t length = (size_t)o->length;
    uint16_t p = (uint16_t)o->p;
    tokens[0] = (uint16_t)(p + 2);
    tokens[1] = p;
    memcpy(tokens + 2, list, length * sizeof *list);
    tokens[length + 2] = (uint16_t)(p + 1);
    operate(o->operation, list, length, label);
    memcpy(tokens + length + 3, label, length * sizeof *label);
    label[length] = tokens[0];
}

static int
add_examples(const gsc_lists *o, gsc_dataset *dataset)
{
    int status = 0;
    size_t length = (size_t)o->length, n_ctx = 2 * length + 3,
           d_vocab = (size_t)o->p + 3;
    uint16_t list[MOST_LENGTH], p = (uint16_t)o->p;
    void *tokens, *label;
    GSC_TRY(gsc_dataset_add_field(dataset, GSC_TOKENS, GSC_FIELD_UINT16,
                                  (gsc_shape){1, {n_ctx}}, d_vocab, &tokens));
    GSC_TRY(gsc_dataset_add_field(dataset, "label", GSC_FIELD_UINT16,
                                  (gsc_shape){1, {length + 1}}, d_vocab, &label));
    fill_up(list, 0, length, p);
    for (size_t i = 0; i < dataset->num_examples; i++, advance(list, length, p))
        write_example(o, list, (uint16_t *)tokens + i * n_ctx,
                      (uint16_t *)label + i * (length + 1));
    gsc_target *target =
        gsc_dataset_add_target(dataset, "answer", "label", "cross_entropy");
    target->position = length + 2;
    target->num_positions = length + 1;
out:
    return status;
}

static int
make(void *values, gsc_dataset *dataset, gsc_facets *facets)
{
    int status = 0;
    const gsc_lists *o = values;
    gsc_facet *facet;
    const gsc_split_order order = {
        .train_fraction = o->train_fraction, .seed = o->data_seed, .file = ""};
    GSC_TRY(check(o, &dataset->num_examples));
    GSC_TRY(add_examples(o, dataset));
    GSC_TRY(gsc_split_make(dataset, &order));
    GSC_TRY(gsc_facets_add(facets, GSC_LISTS, &facet));
    GSC_TRY(gsc_facet_add_integer(facet, "p", o->p));
    GSC_TRY(gsc_facet_add_integer(facet, "length", o->length));
    GSC_TRY(gsc_facet_add_text(facet, "operation", operation_names[o->operation]));
out:
    return status;
}

const gsc_task gsc_task_lists = {"lists",
                                 "lists of symbols, sorted, reversed or copied",
                                 rows,
                                 sizeof rows / sizeof *rows,
                                 sizeof(gsc_lists),
                                 make};
