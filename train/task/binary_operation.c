/* The task of binary operations: its examples, labels, split and facets. */
#include "train/task/binary_operation.h"

#include "grokscope/binary_table.h"
#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/rng.h"

#include "train/data/split.h"
#include "train/task/layout.h"
#include "train/task/operation_table.h"
#include "train/task/reported.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Token ids and labels are 16-bit; 4096^2 examples are what one would still list. */
enum { LEAST_P = 2, MOST_P = 4096 };

/* Up to 2^53 every reader of the JSON configuration has the seed exactly. */
#define MOST_SEED 0x1p53

/* ---- Options ---- */

static const char *const loss_names[] = {"cross_entropy", "mse", "stablemax", NULL};
static const char *const loss_of_rows[] = {"cross_entropy", "one_hot_error",
                                           "stablemax"};
static const char *const loss_position_names[] = {"answer", "from_answer", "all", NULL};

static const gsc_option rows[] = {
    GSC_ROW_NAMES(gsc_binary_operation, operation, "add", gsc_operation_names,
                  gsc_operation_check, "NAMES",
                  "Operation that gives c from a and b, modulo p or in a group, or a "
                  "polynomial modulo p, as 'x^2+x*y+y^2'; several with commas between "
                  "have each a token of its own."),
    GSC_ROW_INTEGER(gsc_binary_operation, p, "113", LEAST_P, MOST_P,
                    "Modulus. Prime for division; ignored for groups."),
    GSC_ROW_TEXT(gsc_binary_operation, group, "", "NAME",
                 "Group, for operations in one: C113, D59, S5, A5, C2xS3, …"),
    GSC_ROW_TEXT(
        gsc_binary_operation, group_file, "", "FILE",
        "Group by its Cayley table: one row of element numbers on each line, or a list "
        "of rows as GAP prints it."),
    GSC_ROW_USUAL_TEXT(gsc_binary_operation, layout, "a b =", gsc_usual_layouts,
                       "WORDS",
                       "Tokens of an example: a, b, op, =, eos, mod, p and c in any "
                       "order, as in 'eos a op b = c'."),
    GSC_ROW_INTEGER(
        gsc_binary_operation, op_token, "0", 0, 65535,
        "Number of the (first) operation's token; 0: the next after the elements."),
    GSC_ROW_INTEGER(gsc_binary_operation, equals_token, "0", 0, 65535,
                    "Number of the token =; 0: the next after the elements."),
    GSC_ROW_BOOL(gsc_binary_operation, unordered_pairs, "no",
                 "Count (a, b) and (b, a) as one example."),
    GSC_ROW_CHOICE(
        gsc_binary_operation, loss, "cross_entropy", loss_names,
        "Loss that is minimised; mse: squared error against the one-hot label; "
        "stablemax: cross entropy with StableMax in place of the softmax."),
    GSC_ROW_CHOICE(gsc_binary_operation, loss_positions, "answer", loss_position_names,
                   "Positions whose outputs count in the loss."),
    GSC_ROW_REAL(gsc_binary_operation, label_noise, "0", 0, 1,
                 "Share of the training examples that get random labels."),
    GSC_ROW_BOOL(gsc_binary_operation, random_labels, "no",
                 "Draw every label at random, so that there is nothing to generalise."),
    GSC_ROW_TEXT(gsc_binary_operation, random_operations, "", "NAMES",
                 "Of several operations, those whose labels are drawn at random, with "
                 "commas between."),
    GSC_ROW_INTEGER(gsc_binary_operation, report_a, "-1", -1, MOST_SEED,
                    "Report loss and accuracy of the pairs with this a too; -1: none."),
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
    if (config->p < LEAST_P || config->p > MOST_P)
        return gsc_fail(GSC_EARGUMENT, "p is %lld, expected %d to %d",
                        (long long)config->p, LEAST_P, MOST_P);
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
    return 0;
}

/* ---- Examples ---- */

/* What the examples are filled from. */
typedef struct source {
    const gsc_binary_operation *options;
    const gsc_layout *layout;
    size_t p, num_operations;
    const gsc_operation_table *tables; /* [num_operations] */
    const bool *random;                /* [num_operations]: labels are drawn */
} source;

static bool
is_example(const source *s, size_t operation, size_t a, size_t b)
{
    return s->tables[operation].answers[a * s->p + b] != GSC_NO_ANSWER &&
           (!s->options->unordered_pairs || a <= b);
}

/* ends[k] (room for all operations): one past the last example of operation k. */
static size_t
count_examples(const source *s, size_t *ends)
{
    size_t count = 0;
    for (size_t k = 0; k < s->num_operations; k++) {
        for (size_t a = 0; a < s->p; a++)
            for (size_t b = 0; b < s->p; b++)
                count += is_example(s, k, a, b);
        ends[k] = count;
    }
    return count;
}

/* Example i is row i of the tokens: pairs (a, b) in lexicographic order, of one
 * operation after the other; answer[i] is the element c. */
static void
fill_tokens(const source *s, uint16_t *tokens, uint16_t *answer)
{
    gsc_equation e;
    for (e.operation = 0; e.operation < s->num_operations; e.operation++)
        for (e.a = 0; e.a < s->p; e.a++)
            for (e.b = 0; e.b < s->p; e.b++) {
                if (!is_example(s, e.operation, e.a, e.b))
                    continue;
                e.c = s->tables[e.operation].answers[e.a * s->p + e.b];
                gsc_layout_write(s->layout, s->p, &e, tokens);
                tokens += s->layout->n_ctx;
                *answer++ = (uint16_t)e.c;
            }
}

/* Label noise: the first floor(label_noise n_train) training examples get labels drawn
 * evenly from all answers, as in Doshi et al. (arXiv 2310.13061). */
static void
draw_labels(const gsc_dataset *dataset, const source *s, const size_t *ends,
            uint16_t *answer)
{
    uint64_t seed = (uint64_t)s->options->data_seed;
    uint64_t all = gsc_rng_stream("random_labels");
    uint64_t some = gsc_rng_stream("label_noise");
    const gsc_split *train = gsc_dataset_split(dataset, "train");
    for (size_t i = 0, k = 0; i < dataset->num_examples; i++) {
        while (i == ends[k])
            k++;
        if (s->random[k])
            answer[i] = (uint16_t)gsc_rng_below(seed, all, i, s->p);
    }
    size_t num_noisy = gsc_split_part(s->options->label_noise, train->count);
    for (size_t i = 0; i < num_noisy; i++)
        answer[train->indices[i]] = (uint16_t)gsc_rng_below(seed, some, i, s->p);
}

/* A layout with c has the answer among its tokens too. */
static void
write_answers(const gsc_dataset *dataset, const source *s, const uint16_t *answer,
              uint16_t *tokens)
{
    if (!gsc_layout_has(s->layout, GSC_SYMBOL_C))
        return;
    size_t n_ctx = s->layout->n_ctx, at = gsc_layout_position(s->layout, GSC_SYMBOL_C);
    for (size_t i = 0; i < dataset->num_examples; i++)
        tokens[i * n_ctx + at] = answer[i];
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
    gsc_target *target = gsc_dataset_add_target(dataset, "answer", "label",
                                                loss_of_rows[s->options->loss]);
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

/* Each of several operations is reported too: those of operation k end at ends[k]. */
static int
report_operations(gsc_dataset *dataset, const source *s, const size_t *ends)
{
    int status = 0;
    char key[GSC_NAME_BYTES];
    uint8_t *mask;
    for (size_t k = 0; s->num_operations > 1 && k < s->num_operations; k++) {
        size_t first = k > 0 ? ends[k - 1] : 0;
        gsc_operation_key(s->tables[k].operation.name, key);
        GSC_TRY(gsc_dataset_add_reported(dataset, key, &mask));
        size_t length = dataset->targets[0].num_positions;
        memset(mask + first * length, 1, (ends[k] - first) * length);
    }
out:
    return status;
}

/* And the pairs of one a, where that is asked for. */
static int
report_operand(gsc_dataset *dataset, const source *s)
{
    char name[GSC_NAME_BYTES];
    int64_t a = s->options->report_a;
    if (a >= (int64_t)s->p)
        return gsc_fail(GSC_EARGUMENT, "report_a is %lld, expected less than %zu",
                        (long long)a, s->p);
    if (a < 0)
        return 0;
    snprintf(name, sizeof name, "a_%lld", (long long)a);
    return gsc_dataset_report_token(
        dataset, name, gsc_layout_position(s->layout, GSC_SYMBOL_A), (size_t)a);
}

static int
make_dataset(gsc_dataset *dataset, const source *s)
{
    int status = 0;
    uint16_t *answer = NULL;
    void *tokens;
    size_t ends[GSC_MAX_NAMES];
    dataset->num_examples = count_examples(s, ends);
    gsc_split_order order = {.train_fraction = s->options->train_fraction,
                             .seed = s->options->data_seed,
                             .file = s->options->split_file,
                             .ends = ends,
                             .num_parts = s->num_operations};
    GSC_NEW(answer, dataset->num_examples);
    GSC_TRY(gsc_dataset_add_field(dataset, GSC_TOKENS, GSC_FIELD_UINT16,
                                  (gsc_shape){1, {s->layout->n_ctx}},
                                  s->p + (size_t)s->layout->num_extra, &tokens));
    fill_tokens(s, tokens, answer);
    GSC_TRY(gsc_split_make(dataset, &order));
    draw_labels(dataset, s, ends, answer);
    write_answers(dataset, s, answer, tokens);
    GSC_TRY(add_target(dataset, s, tokens, answer));
    GSC_TRY(report_operations(dataset, s, ends));
    GSC_TRY(report_operand(dataset, s));
out:
    free(answer);
    return status;
}

/* ---- The facets ---- */

/* Of operation number k. */
static int
add_facet(const source *s, size_t k, const uint16_t *elements, const char *extra_tokens,
          gsc_facets *facets)
{
    const gsc_operation_table *t = &s->tables[k];
    uint16_t input[GSC_MOST_SYMBOLS];
    bool composes = strcmp(t->operation.name, "compose") == 0;
    gsc_layout_write(s->layout, s->p, &(gsc_equation){.operation = k}, input);
    gsc_binary_table table = {
        .n = s->p,
        .operation = t->operation.name,
        .formula = t->operation.formula,
        .group = *s->options->group ? s->options->group : s->options->group_file,
        .unordered = s->options->unordered_pairs,
        .order = gsc_operation_table_is_product(t) ? GSC_RESIDUE_ORDER_LOGARITHM
                                                   : GSC_RESIDUE_ORDER_PLAIN,
        .n_ctx = s->layout->n_ctx,
        .position_a = gsc_layout_position(s->layout, GSC_SYMBOL_A),
        .position_b = gsc_layout_position(s->layout, GSC_SYMBOL_B),
        .position_c = gsc_layout_has(s->layout, GSC_SYMBOL_C)
                          ? (int64_t)gsc_layout_position(s->layout, GSC_SYMBOL_C)
                          : -1,
        .input = input,
        .extra_tokens = extra_tokens,
        .operands = elements,
        .answers = elements,
        .table = t->answers,
        .group_table = composes ? t->answers : t->group.table};
    return gsc_binary_table_add(&table, facets);
}

static int
add_facets(const source *s, gsc_facets *facets)
{
    int status = 0;
    uint16_t *elements = NULL;
    const char *names[GSC_MAX_NAMES];
    char extra_tokens[GSC_EXTRA_TOKENS_BYTES];
    for (size_t k = 0; k < s->num_operations; k++)
        names[k] = s->tables[k].operation.name;
    gsc_layout_name_extra(s->layout, names, extra_tokens);
    GSC_NEW(elements, s->p);
    for (size_t i = 0; i < s->p; i++)
        elements[i] = (uint16_t)i;
    for (size_t k = 0; k < s->num_operations; k++)
        GSC_TRY(add_facet(s, k, elements, extra_tokens, facets));
out:
    free(elements);
    return status;
}

/* ---- The task ---- */

/* What the options stand for, beside the examples. */
typedef struct parts {
    size_t num_operations;
    gsc_operation_word names[GSC_MAX_NAMES];
    bool random[GSC_MAX_NAMES];
    gsc_operation_table tables[GSC_MAX_NAMES];
    gsc_layout layout;
} parts;

/* Those that are to have random labels are among the operations. */
static int
find_random(const gsc_binary_operation *options, parts *p)
{
    size_t count = 0;
    gsc_operation_word asked[GSC_MAX_NAMES];
    for (size_t k = 0; k < p->num_operations; k++)
        p->random[k] = options->random_labels;
    if (!*options->random_operations)
        return 0;
    int status = gsc_operation_split(options->random_operations, asked, &count);
    for (size_t i = 0, k; status == 0 && i < count; i++) {
        for (k = 0; k < p->num_operations && strcmp(p->names[k], asked[i]) != 0; k++)
            ;
        if (k == p->num_operations)
            return gsc_fail(GSC_EARGUMENT,
                            "random_operations: '%s' is none of the operations '%s'",
                            asked[i], options->operation);
        p->random[k] = true;
    }
    return status;
}

static int
make_table(gsc_binary_operation *options, const char *name, gsc_operation_table *table)
{
    int status = 0;
    gsc_operation operation;
    const gsc_elements elements = {options->p, options->group, options->group_file};
    GSC_TRY(gsc_operation_read(name, &operation));
    GSC_TRY(check_group(options, &operation));
    GSC_TRY(gsc_operation_table_init(table, &operation, &elements));
    if (options->unordered_pairs)
        GSC_TRY(gsc_operation_table_check_commutes(table));
out:
    return status;
}

static int
make_tables(gsc_binary_operation *options, parts *p)
{
    int status = 0;
    for (size_t k = 0; k < p->num_operations; k++)
        GSC_TRY(make_table(options, p->names[k], &p->tables[k]));
    options->p = (int64_t)p->tables[0].n; /* a group's order */
out:
    return status;
}

static int
make_parts(gsc_binary_operation *options, parts *p)
{
    int status = 0;
    GSC_TRY(check(options));
    GSC_TRY(gsc_layout_parse(&p->layout, options->layout));
    GSC_TRY(gsc_operation_split(options->operation, p->names, &p->num_operations));
    GSC_TRY(find_random(options, p));
    GSC_TRY(gsc_layout_set_operations(&p->layout, (int64_t)p->num_operations));
    GSC_TRY(make_tables(options, p));
    GSC_TRY(
        gsc_layout_set_token(&p->layout, GSC_SYMBOL_OP, options->p, options->op_token));
    GSC_TRY(gsc_layout_set_token(&p->layout, GSC_SYMBOL_EQUALS, options->p,
                                 options->equals_token));
    GSC_TRY(gsc_layout_check_tokens(&p->layout));
out:
    return status;
}

static void
free_parts(parts *p)
{
    for (size_t k = 0; k < GSC_MAX_NAMES; k++)
        gsc_operation_table_free(&p->tables[k]);
}

static source
source_of(const gsc_binary_operation *options, const parts *p)
{
    return (source){options,           &p->layout, (size_t)options->p,
                    p->num_operations, p->tables,  p->random};
}

static int
make(void *options, gsc_dataset *dataset, gsc_facets *facets)
{
    int status = 0;
    parts p = {.layout = {0}};
    GSC_TRY(make_parts(options, &p));
    source s = source_of(options, &p);
    GSC_TRY(make_dataset(dataset, &s));
    GSC_TRY(add_facets(&s, facets));
out:
    free_parts(&p);
    return status;
}

int
gsc_binary_operation_facet(gsc_binary_operation *options, gsc_facets *facets)
{
    int status = 0;
    parts p = {.layout = {0}};
    GSC_TRY(make_parts(options, &p));
    source s = source_of(options, &p);
    GSC_TRY(add_facets(&s, facets));
out:
    free_parts(&p);
    return status;
}

int
gsc_binary_operation_label(const gsc_binary_operation *options, const uint16_t *tokens,
                           const uint16_t *answer, size_t d_vocab, gsc_dataset *dataset)
{
    gsc_layout layout;
    source s = {options, &layout, 0, 1, NULL, NULL};
    int status = gsc_layout_parse(&layout, options->layout);
    if (status < 0)
        return status;
    s.p = d_vocab - (size_t)layout.num_extra;
    return add_target(dataset, &s, tokens, answer);
}

const gsc_task gsc_task_binary_operation = {
    "binary_operation",
    "c of pairs (a, b): modulo p, or in a group",
    rows,
    sizeof rows / sizeof *rows,
    sizeof(gsc_binary_operation),
    make};
