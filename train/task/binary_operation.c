/* The task of a binary operation: its examples, labels, split and facet. */
#include "train/task/binary_operation.h"

#include "grokscope/binary_table.h"
#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/rng.h"

#include "train/data/split.h"
#include "train/task/layout.h"
#include "train/task/operations.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Token ids and labels are 16-bit; 4096^2 examples are what one would still list. */
enum { LEAST_P = 2, MOST_P = 4096 };

/* Up to 2^53 every reader of the JSON configuration has the seed exactly. */
#define MOST_SEED 0x1p53

/* ---- Options ---- */

static const char *const loss_names[] = {"cross_entropy", "mse", NULL};
static const char *const loss_position_names[] = {"answer", "from_answer", "all", NULL};

static const gsc_option rows[] = {
    GSC_ROW_CHOICE(gsc_binary_operation, operation, "add", gsc_operation_names,
                   "Operation that gives c from a and b, modulo p or in a group."),
    GSC_ROW_INTEGER(gsc_binary_operation, p, "113", LEAST_P, MOST_P,
                    "Modulus. Prime for division; ignored for groups."),
    GSC_ROW_TEXT(gsc_binary_operation, group, "", "NAME",
                 "Group, for operations in one: C113, D59, S5, A5, C2xS3, …"),
    GSC_ROW_TEXT(
        gsc_binary_operation, group_file, "", "FILE",
        "Group by its Cayley table: one row of element numbers, from 0, on each line."),
    GSC_ROW_CHOICE(gsc_binary_operation, layout, "a b =", gsc_layout_names,
                   "Tokens of an example."),
    GSC_ROW_INTEGER(gsc_binary_operation, op_token, "0", 0, 65535,
                    "Number of the operation's token; 0: the next after the elements."),
    GSC_ROW_INTEGER(gsc_binary_operation, equals_token, "0", 0, 65535,
                    "Number of the token =; 0: the next after the elements."),
    GSC_ROW_BOOL(gsc_binary_operation, unordered_pairs, "no",
                 "Count (a, b) and (b, a) as one example."),
    GSC_ROW_CHOICE(
        gsc_binary_operation, loss, "cross_entropy", loss_names,
        "Loss that is minimised; mse: squared error against the one-hot label."),
    GSC_ROW_CHOICE(gsc_binary_operation, loss_positions, "answer", loss_position_names,
                   "Positions whose outputs count in the loss."),
    GSC_ROW_REAL(gsc_binary_operation, label_noise, "0", 0, 1,
                 "Share of the training examples that get random labels."),
    GSC_ROW_BOOL(gsc_binary_operation, random_labels, "no",
                 "Draw every label at random, so that there is nothing to generalise."),
    GSC_ROW_REAL(gsc_binary_operation, train_fraction, "0.3", 0, 1,
                 "Share of all examples that train, above 0."),
    GSC_ROW_INTEGER(gsc_binary_operation, data_seed, "0", -1, MOST_SEED,
                    "Seed of the split; -1: the split came from elsewhere."),
    GSC_ROW_TEXT(gsc_binary_operation, split_file, "", "FILE",
                 "File with all example indices in an order; the first ones train."),
};

gsc_options
gsc_binary_operation_options(gsc_binary_operation *options)
{
    return (gsc_options){"task", rows, sizeof rows / sizeof *rows, options};
}

/* A group where the operation asks for one, and nowhere else. */
static int
check_group(const gsc_binary_operation *config, const gsc_operation *operation)
{
    bool named = *config->group != '\0', in_file = *config->group_file != '\0';
    bool asks = operation->traits & GSC_OF_GROUP;
    if (named && in_file)
        return gsc_fail(GSC_EARGUMENT, "group and group_file exclude each other");
    if (asks && !named && !in_file)
        return gsc_fail(GSC_EARGUMENT,
                        "operation %s asks for a group: group = S5, or group_file",
                        operation->name);
    if (!asks && (named || in_file))
        return gsc_fail(
            GSC_EARGUMENT, "%s: operation %s (%s) is not of a group; compose is",
            named ? "group" : "group_file", operation->name, operation->formula);
    return 0;
}

/* What the table of options would not let through, and what no single one shows. */
static int
check(const gsc_binary_operation *config)
{
    size_t count;
    const gsc_operation *table = gsc_operations(&count);
    if (config->operation < 0 || (size_t)config->operation >= count)
        return gsc_fail(GSC_EARGUMENT, "operation is row %lld, expected 0 to %zu",
                        (long long)config->operation, count - 1);
    if (config->p < LEAST_P || config->p > MOST_P)
        return gsc_fail(GSC_EARGUMENT, "p is %lld, expected %d to %d",
                        (long long)config->p, LEAST_P, MOST_P);
    if (config->layout < 0 || config->layout >= GSC_NUM_LAYOUTS)
        return gsc_fail(GSC_EARGUMENT, "layout is %lld, expected 0 to %d",
                        (long long)config->layout, GSC_NUM_LAYOUTS - 1);
    if (!(config->label_noise >= 0 && config->label_noise <= 1))
        return gsc_fail(GSC_EARGUMENT, "label_noise is %g, expected 0 to 1",
                        config->label_noise);
    if (!(config->train_fraction > 0 && config->train_fraction <= 1))
        return gsc_fail(GSC_EARGUMENT,
                        "train_fraction is %g, expected above 0, up to 1",
                        config->train_fraction);
    if (config->data_seed < 0)
        return gsc_fail(GSC_EARGUMENT, "data_seed is %lld, expected 0 or more",
                        (long long)config->data_seed);
    return check_group(config, &table[config->operation]);
}

/* ---- What the operation calculates in ---- */

typedef struct arithmetic {
    const gsc_operation *operation;
    gsc_arithmetic in;
    int64_t *inverse;
    gsc_group group;
} arithmetic;

static int
set_up_modular(arithmetic *x, int64_t p)
{
    int status = 0;
    x->in.p = p;
    if (!(x->operation->traits & GSC_DIVIDES))
        return 0;
    if (!gsc_is_prime(p))
        return gsc_fail(GSC_EARGUMENT,
                        "p is %lld, expected a prime: operation %s divides (%s)",
                        (long long)p, x->operation->name, x->operation->formula);
    GSC_NEW(x->inverse, (size_t)p);
    gsc_modular_inverses(p, x->inverse);
    x->in.inverse = x->inverse;
out:
    return status;
}

static int
set_up_group(arithmetic *x, const gsc_binary_operation *config)
{
    int status = *config->group ? gsc_group_init(&x->group, config->group)
                                : gsc_group_read(&x->group, config->group_file);
    if (status < 0)
        return status;
    if (x->group.order < LEAST_P)
        return gsc_fail(GSC_EARGUMENT, "group: one element, expected more");
    x->in.p = (int64_t)x->group.order;
    x->in.group = &x->group;
    return 0;
}

static int
set_up(arithmetic *x, const gsc_binary_operation *config)
{
    size_t count;
    *x = (arithmetic){.operation = &gsc_operations(&count)[config->operation]};
    return x->operation->traits & GSC_OF_GROUP ? set_up_group(x, config)
                                               : set_up_modular(x, config->p);
}

static void
free_arithmetic(arithmetic *x)
{
    free(x->inverse);
    gsc_group_free(&x->group);
}

/* ---- The table ---- */

/* table[a * p + b] = a o b; GSC_NO_ANSWER where that is not defined. */
static void
fill_table(const arithmetic *x, uint16_t *table)
{
    bool skips_zero = x->operation->traits & GSC_B_NOT_ZERO;
    for (int64_t a = 0; a < x->in.p; a++)
        for (int64_t b = 0; b < x->in.p; b++)
            *table++ = skips_zero && b == 0
                           ? GSC_NO_ANSWER
                           : (uint16_t)x->operation->apply(a, b, &x->in);
}

static int
check_commutes(const arithmetic *x, const uint16_t *table)
{
    size_t p = (size_t)x->in.p;
    for (size_t a = 0; a < p; a++)
        for (size_t b = 0; b < a; b++)
            if (table[a * p + b] != table[b * p + a])
                return gsc_fail(GSC_EARGUMENT,
                                "unordered_pairs: %s (%s) of (%zu, %zu) is not that "
                                "of (%zu, %zu)",
                                x->operation->name, x->operation->formula, b, a, a, b);
    return 0;
}

/* ---- Examples ---- */

/* What the examples are filled from. */
typedef struct source {
    const gsc_binary_operation *options;
    const gsc_layout *layout;
    size_t p;
    const uint16_t *table;
} source;

static bool
ends_with_c(const gsc_layout *layout)
{
    return layout->symbols[layout->n_ctx - 1] == GSC_SYMBOL_C;
}

static bool
is_example(const source *s, size_t a, size_t b)
{
    return s->table[a * s->p + b] != GSC_NO_ANSWER &&
           (!s->options->unordered_pairs || a <= b);
}

static size_t
count_examples(const source *s)
{
    size_t count = 0;
    for (size_t a = 0; a < s->p; a++)
        for (size_t b = 0; b < s->p; b++)
            count += is_example(s, a, b);
    return count;
}

/* Example i is row i of the tokens, pairs (a, b) in lexicographic order; answer[i] is
 * the element c. */
static void
fill_tokens(const source *s, uint16_t *tokens, uint16_t *answer)
{
    for (size_t a = 0; a < s->p; a++)
        for (size_t b = 0; b < s->p; b++) {
            if (!is_example(s, a, b))
                continue;
            uint16_t c = s->table[a * s->p + b];
            gsc_layout_write(s->layout, s->p, a, b, c, tokens);
            tokens += s->layout->n_ctx;
            *answer++ = c;
        }
}

/* Label noise: the first floor(label_noise n_train) training examples get labels drawn
 * evenly from all answers, as in Doshi et al. (arXiv 2310.13061). */
static void
draw_labels(const gsc_dataset *dataset, const source *s, uint16_t *answer)
{
    uint64_t seed = (uint64_t)s->options->data_seed;
    uint64_t all = gsc_rng_stream("random_labels");
    uint64_t some = gsc_rng_stream("label_noise");
    const gsc_split *train = gsc_dataset_split(dataset, "train");
    for (size_t i = 0; s->options->random_labels && i < dataset->num_examples; i++)
        answer[i] = (uint16_t)gsc_rng_below(seed, all, i, s->p);
    size_t num_noisy = gsc_split_part(s->options->label_noise, train->count);
    for (size_t i = 0; i < num_noisy; i++)
        answer[train->indices[i]] = (uint16_t)gsc_rng_below(seed, some, i, s->p);
}

/* A layout that ends with c has the answer among its tokens too. */
static void
write_answers(const gsc_dataset *dataset, const source *s, const uint16_t *answer,
              uint16_t *tokens)
{
    if (!ends_with_c(s->layout))
        return;
    for (size_t i = 0; i < dataset->num_examples; i++)
        tokens[(i + 1) * s->layout->n_ctx - 1] = answer[i];
}

/* What the outputs at `count` positions from `first` on should be: the answer at its
 * position, the next token at any other; after the last token comes the first one, as
 * in a sequence framed by end tokens. */
static void
fill_labels(const gsc_dataset *dataset, const source *s, const uint16_t *tokens,
            const uint16_t *answer, const gsc_target *target, uint16_t *label)
{
    size_t n_ctx = s->layout->n_ctx, end = target->position + target->num_positions;
    for (size_t i = 0; i < dataset->num_examples; i++)
        for (size_t at = target->position; at < end; at++)
            *label++ = at == s->layout->answer_position
                           ? answer[i]
                           : tokens[i * n_ctx + (at + 1) % n_ctx];
}

static int
add_target(gsc_dataset *dataset, const source *s, const uint16_t *tokens,
           const uint16_t *answer)
{
    int status = 0;
    int64_t which = s->options->loss_positions;
    size_t n_ctx = s->layout->n_ctx, vocabulary = s->p + (size_t)s->layout->num_extra;
    void *label;
    gsc_target *target = gsc_dataset_add_target(
        dataset, "answer", "label",
        s->options->loss == 0 ? "cross_entropy" : "one_hot_error");
    target->position = which == GSC_LOSS_ALL ? 0 : s->layout->answer_position;
    target->num_positions = which == GSC_LOSS_ANSWER ? 1 : n_ctx - target->position;
    target->answer_row = s->layout->answer_position - target->position;
    GSC_TRY(gsc_dataset_add_field(
        dataset, "label", GSC_FIELD_UINT16, (gsc_shape){1, {target->num_positions}},
        which == GSC_LOSS_ANSWER ? s->p : vocabulary, &label));
    fill_labels(dataset, s, tokens, answer, target, label);
out:
    return status;
}

static int
make_dataset(gsc_dataset *dataset, const source *s)
{
    int status = 0;
    uint16_t *answer = NULL;
    void *tokens;
    gsc_split_order order = {s->options->train_fraction, s->options->data_seed,
                             s->options->split_file};
    dataset->num_examples = count_examples(s);
    GSC_NEW(answer, dataset->num_examples);
    GSC_TRY(gsc_dataset_add_field(dataset, GSC_TOKENS, GSC_FIELD_UINT16,
                                  (gsc_shape){1, {s->layout->n_ctx}},
                                  s->p + (size_t)s->layout->num_extra, &tokens));
    fill_tokens(s, tokens, answer);
    GSC_TRY(gsc_split_make(dataset, &order));
    draw_labels(dataset, s, answer);
    write_answers(dataset, s, answer, tokens);
    GSC_TRY(add_target(dataset, s, tokens, answer));
out:
    free(answer);
    return status;
}

/* ---- The facet ---- */

static gsc_residue_order
order_of(const arithmetic *x)
{
    bool by_logarithm = x->operation->traits & GSC_MULTIPLIES && gsc_is_prime(x->in.p);
    return by_logarithm ? GSC_RESIDUE_ORDER_LOGARITHM : GSC_RESIDUE_ORDER_PLAIN;
}

static int
add_facet(const source *s, const arithmetic *x, gsc_facets *facets)
{
    int status = 0;
    uint16_t *elements = NULL, input[GSC_MOST_SYMBOLS];
    char extra_tokens[GSC_EXTRA_TOKENS_BYTES];
    bool composes = strcmp(x->operation->name, "compose") == 0;
    GSC_NEW(elements, s->p);
    for (size_t i = 0; i < s->p; i++)
        elements[i] = (uint16_t)i;
    gsc_layout_write(s->layout, s->p, 0, 0, 0, input);
    gsc_layout_name_extra(s->layout, extra_tokens);
    gsc_binary_table table = {
        .n = s->p,
        .operation = x->operation->name,
        .formula = x->operation->formula,
        .group = *s->options->group ? s->options->group : s->options->group_file,
        .unordered = s->options->unordered_pairs,
        .order = order_of(x),
        .n_ctx = s->layout->n_ctx,
        .position_a = gsc_layout_position(s->layout, GSC_SYMBOL_A),
        .position_b = gsc_layout_position(s->layout, GSC_SYMBOL_B),
        .position_c = ends_with_c(s->layout) ? (int64_t)s->layout->n_ctx - 1 : -1,
        .input = input,
        .extra_tokens = extra_tokens,
        .operands = elements,
        .answers = elements,
        .table = s->table,
        .group_table = composes ? s->table : x->group.table};
    GSC_TRY(gsc_binary_table_add(&table, facets));
out:
    free(elements);
    return status;
}

/* ---- The task ---- */

/* What the options stand for, beside the examples. */
typedef struct parts {
    arithmetic x;
    uint16_t *table;
    gsc_layout layout;
} parts;

static int
make_parts(gsc_binary_operation *options, parts *p)
{
    int status = 0;
    GSC_TRY(check(options));
    GSC_TRY(set_up(&p->x, options));
    options->p = p->x.in.p; /* a group's order */
    p->layout = gsc_layouts[options->layout];
    GSC_TRY(
        gsc_layout_set_token(&p->layout, GSC_SYMBOL_OP, options->p, options->op_token));
    GSC_TRY(gsc_layout_set_token(&p->layout, GSC_SYMBOL_EQUALS, options->p,
                                 options->equals_token));
    GSC_TRY(gsc_layout_check_tokens(&p->layout));
    size_t n = (size_t)options->p;
    GSC_NEW(p->table, n * n);
    fill_table(&p->x, p->table);
    if (options->unordered_pairs)
        GSC_TRY(check_commutes(&p->x, p->table));
out:
    return status;
}

static void
free_parts(parts *p)
{
    free(p->table);
    free_arithmetic(&p->x);
}

static source
source_of(const gsc_binary_operation *options, const parts *p)
{
    return (source){options, &p->layout, (size_t)options->p, p->table};
}

static int
make(void *options, gsc_dataset *dataset, gsc_facets *facets)
{
    int status = 0;
    parts p = {.table = NULL};
    GSC_TRY(make_parts(options, &p));
    source s = source_of(options, &p);
    GSC_TRY(make_dataset(dataset, &s));
    GSC_TRY(add_facet(&s, &p.x, facets));
out:
    free_parts(&p);
    return status;
}

int
gsc_binary_operation_facet(gsc_binary_operation *options, gsc_facets *facets)
{
    int status = 0;
    parts p = {.table = NULL};
    GSC_TRY(make_parts(options, &p));
    source s = source_of(options, &p);
    GSC_TRY(add_facet(&s, &p.x, facets));
out:
    free_parts(&p);
    return status;
}

int
gsc_binary_operation_label(const gsc_binary_operation *options, const uint16_t *tokens,
                           const uint16_t *answer, size_t d_vocab, gsc_dataset *dataset)
{
    source s = {options, &gsc_layouts[options->layout], 0, NULL};
    s.p = d_vocab - (size_t)s.layout->num_extra;
    return add_target(dataset, &s, tokens, answer);
}

const gsc_task gsc_task_binary_operation = {
    "binary_operation",
    "c of pairs (a, b): modulo p, or in a group",
    rows,
    sizeof rows / sizeof *rows,
    sizeof(gsc_binary_operation),
    make};
