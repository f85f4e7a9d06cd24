/* A task from its configuration: examples, labels, split. */
#include "grokscope/task.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/rng.h"

#include "train/task/operations.h"

#include <stdlib.h>
#include <string.h>

/* Token ids and labels are 16-bit; 4096^2 examples are what one would still list. */
enum { LEAST_P = 2, MOST_P = 4096 };

/* Up to 2^53 every reader of the JSON configuration has the seed exactly. */
#define MOST_SEED 0x1p53

/* ---- Layouts ---- */

/* What stands at a position. */
typedef enum symbol { A, B, OP, EQUALS, EOS, C } symbol;

enum { MOST_TOKENS = 6 };

static const char *const layout_names[] = {"a b =", "a b", "a op b =", "eos a op b = c",
                                           NULL};

static const struct layout {
    size_t n_ctx, answer_position;
    symbol tokens[MOST_TOKENS];
    int64_t extra[C]; /* by symbol: its token is p + extra */
    int64_t num_extra;
} layouts[GSC_NUM_LAYOUTS] = {
    [GSC_LAYOUT_A_B_EQUALS] = {3, 2, {A, B, EQUALS}, {[EQUALS] = 0}, 1},
    [GSC_LAYOUT_A_B] = {2, 1, {A, B}, {0}, 0},
    [GSC_LAYOUT_A_OP_B_EQUALS] =
        {4, 3, {A, OP, B, EQUALS}, {[OP] = 0, [EQUALS] = 1}, 2},
    [GSC_LAYOUT_EQUATION] =
        {6, 4, {EOS, A, OP, B, EQUALS, C}, {[OP] = 0, [EQUALS] = 1, [EOS] = 2}, 3},
};

size_t
gsc_task_answer_position(const gsc_task_config *config)
{
    return layouts[config->layout].answer_position;
}

static size_t
position_of(const struct layout *layout, symbol s)
{
    size_t at = 0;
    while (layout->tokens[at] != s)
        at++;
    return at;
}

void
gsc_task_operand_positions(const gsc_task_config *config, size_t *a, size_t *b)
{
    *a = position_of(&layouts[config->layout], A);
    *b = position_of(&layouts[config->layout], B);
}

size_t
gsc_task_extra_tokens(const gsc_task_config *config)
{
    return (size_t)layouts[config->layout].num_extra;
}

static uint16_t
token_of(const struct layout *layout, symbol s, int64_t a, int64_t b, int64_t c,
         int64_t p)
{
    int64_t token = s == A ? a : s == B ? b : s == C ? c : p + layout->extra[s];
    return (uint16_t)token;
}

/* ---- Keys ---- */

static const gsc_option rows[] = {
    GSC_ROW_CHOICE(gsc_task_config, operation, "add", gsc_operation_names,
                   "What is learned: c of a and b modulo p, or in a group."),
    GSC_ROW_INTEGER(gsc_task_config, p, "113", LEAST_P, MOST_P,
                    "Modulus. Prime for division; ignored for groups."),
    GSC_ROW_TEXT(gsc_task_config, group, "", "NAME",
                 "Group, for operations in one: C113, D59, S5, A5, C2xS3, …"),
    GSC_ROW_TEXT(gsc_task_config, group_file, "", "FILE",
                 "The group by its Cayley table instead: a row a line, of element "
                 "numbers from 0."),
    GSC_ROW_CHOICE(gsc_task_config, layout, "a b =", layout_names,
                   "Tokens of an example."),
    GSC_ROW_BOOL(gsc_task_config, unordered_pairs, "no",
                 "Take (a, b) and (b, a) for one example."),
    GSC_ROW_REAL(gsc_task_config, label_noise, "0", 0, 1,
                 "Share of the training examples that get random labels."),
    GSC_ROW_BOOL(gsc_task_config, random_labels, "no",
                 "Draw every label at random, so that there is nothing to generalise."),
    GSC_ROW_REAL(gsc_task_config, train_fraction, "0.3", 0, 1,
                 "Share of all examples that train, above 0."),
    GSC_ROW_INTEGER(gsc_task_config, data_seed, "0", -1, MOST_SEED,
                    "Seed of the split; -1: it came from elsewhere."),
    GSC_ROW_TEXT(gsc_task_config, split_file, "", "FILE",
                 "File with the order of all example indices; the first ones train."),
};

gsc_options
gsc_task_options(gsc_task_config *config)
{
    return (gsc_options){"task", rows, sizeof rows / sizeof *rows, config};
}

/* A group where the operation asks for one, and nowhere else. */
static int
check_group(const gsc_task_config *config, const gsc_operation *operation)
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

/* What the table of keys would not let through, and what no single key shows. */
static int
check(const gsc_task_config *config)
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

int
gsc_task_group(const gsc_task_config *config, gsc_group *group)
{
    *group = (gsc_group){0};
    if (*config->group == '\0' && *config->group_file == '\0')
        return gsc_fail(GSC_EARGUMENT, "the task's operation is not of a group");
    return *config->group ? gsc_group_init(group, config->group)
                          : gsc_group_read(group, config->group_file);
}

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
set_up_group(arithmetic *x, const gsc_task_config *config)
{
    int status = gsc_task_group(config, &x->group);
    if (status < 0)
        return status;
    if (x->group.order < LEAST_P)
        return gsc_fail(GSC_EARGUMENT, "group: one element, expected more");
    x->in.p = (int64_t)x->group.order;
    x->in.group = &x->group;
    return 0;
}

static int
set_up(arithmetic *x, const gsc_task_config *config)
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

static int64_t
apply(const arithmetic *x, int64_t a, int64_t b)
{
    return x->operation->apply(a, b, &x->in);
}

/* ---- Examples ---- */

static int
check_commutes(const arithmetic *x)
{
    for (int64_t a = 0; a < x->in.p; a++)
        for (int64_t b = 0; b < a; b++)
            if (apply(x, a, b) != apply(x, b, a))
                return gsc_fail(GSC_EARGUMENT,
                                "unordered_pairs: %s (%s) of (%lld, %lld) is not that "
                                "of (%lld, %lld)",
                                x->operation->name, x->operation->formula, (long long)b,
                                (long long)a, (long long)a, (long long)b);
    return 0;
}

static int
allocate(gsc_task *task, size_t p)
{
    int status = 0;
    GSC_NEW(task->inputs, task->num_examples * task->n_ctx);
    GSC_NEW(task->labels, task->num_examples);
    GSC_NEW(task->operands, p);
    GSC_NEW(task->answers, p);
    for (size_t x = 0; x < p; x++)
        task->operands[x] = task->answers[x] = (uint16_t)x;
out:
    return status;
}

static void
fill(gsc_task *task, const gsc_task_config *config, const arithmetic *x)
{
    const struct layout *layout = &layouts[config->layout];
    int64_t p = x->in.p;
    uint16_t *input = task->inputs, *label = task->labels;
    for (int64_t a = 0; a < p; a++) {
        int64_t first = config->unordered_pairs                 ? a
                        : x->operation->traits & GSC_B_NOT_ZERO ? 1
                                                                : 0;
        for (int64_t b = first; b < p; b++) {
            int64_t c = apply(x, a, b);
            for (size_t i = 0; i < task->n_ctx; i++)
                *input++ = token_of(layout, layout->tokens[i], a, b, c, p);
            *label++ = (uint16_t)c;
        }
    }
}

static int
make_examples(gsc_task *task, const gsc_task_config *config)
{
    int status = 0;
    const struct layout *layout = &layouts[config->layout];
    arithmetic x = {0};
    GSC_TRY(set_up(&x, config));
    size_t p = (size_t)x.in.p;
    if (config->unordered_pairs)
        GSC_TRY(check_commutes(&x));
    task->num_examples = config->unordered_pairs                ? p * (p + 1) / 2
                         : x.operation->traits & GSC_B_NOT_ZERO ? p * (p - 1)
                                                                : p * p;
    task->n_ctx = layout->n_ctx;
    task->d_vocab = p + (size_t)layout->num_extra;
    task->num_operands = task->num_answers = p;
    GSC_TRY(allocate(task, p));
    fill(task, config, &x);
out:
    free_arithmetic(&x);
    return status;
}

/* floor(fraction * n), the product as float64 rounds it: int(fraction * n) of the
 * published Python code, whose 0.29 * 100 is 28.999999999999996. */
static size_t
part_of(double fraction, size_t n)
{
    size_t part = (size_t)(fraction * (double)n);
    return part < n ? part : n;
}

static int
make_split(gsc_task *task, const gsc_task_config *config)
{
    int status = 0;
    size_t n = task->num_examples;
    uint32_t *order = NULL;
    task->num_train = part_of(config->train_fraction, n);
    if (task->num_train == 0)
        return gsc_fail(GSC_EARGUMENT,
                        "train_fraction is %g: of %zu examples none would train",
                        config->train_fraction, n);
    GSC_NEW(order, n);
    GSC_NEW(task->train, task->num_train);
    GSC_TRY(gsc_split_order(config, n, order));
    memcpy(task->train, order, task->num_train * sizeof *order);
out:
    free(order);
    return status;
}

/* ---- Labels that are not the operation's ---- */

/* A layout that ends with c has the label among its tokens too. */
static void
set_label(gsc_task *task, size_t example, uint64_t label, int64_t layout)
{
    uint16_t answer = task->answers[label];
    task->labels[example] = answer;
    if (layouts[layout].tokens[task->n_ctx - 1] == C)
        task->inputs[(example + 1) * task->n_ctx - 1] = answer;
}

static void
draw_labels(gsc_task *task, const gsc_task_config *config)
{
    uint64_t seed = (uint64_t)config->data_seed;
    uint64_t all = gsc_rng_stream("random_labels");
    uint64_t some = gsc_rng_stream("label_noise");
    for (size_t i = 0; config->random_labels && i < task->num_examples; i++)
        set_label(task, i, gsc_rng_below(seed, all, i, task->num_answers),
                  config->layout);
    size_t num_noisy = part_of(config->label_noise, task->num_train);
    for (size_t i = 0; i < num_noisy; i++)
        set_label(task, task->train[i], gsc_rng_below(seed, some, i, task->num_answers),
                  config->layout);
}

int
gsc_task_init(gsc_task *task, const gsc_task_config *config)
{
    int status = 0;
    *task = (gsc_task){0};
    GSC_TRY(check(config));
    GSC_TRY(make_examples(task, config));
    GSC_TRY(make_split(task, config));
    draw_labels(task, config);
out:
    if (status < 0)
        gsc_task_free(task);
    return status;
}

void
gsc_task_free(gsc_task *task)
{
    free(task->inputs);
    free(task->labels);
    free(task->train);
    free(task->operands);
    free(task->answers);
    *task = (gsc_task){0};
}

int
gsc_task_test(const gsc_task *task, uint32_t **test, size_t *num_test)
{
    int status = 0;
    bool *trains = NULL;
    uint32_t *rest = NULL;
    *test = NULL;
    *num_test = 0;
    GSC_NEW(trains, task->num_examples);
    GSC_NEW(rest, task->num_examples - task->num_train);
    for (size_t i = 0; i < task->num_train; i++)
        trains[task->train[i]] = true;
    size_t count = 0;
    for (size_t i = 0; i < task->num_examples; i++)
        if (!trains[i])
            rest[count++] = (uint32_t)i;
    *test = rest;
    *num_test = count;
out:
    free(trains);
    return status;
}

int
gsc_task_targets(const gsc_task *task, size_t answer_position, size_t first,
                 size_t count, uint16_t **targets)
{
    int status = 0;
    uint16_t *target = NULL;
    *targets = NULL;
    GSC_NEW(target, task->num_examples * count);
    *targets = target;
    for (size_t i = 0; i < task->num_examples; i++)
        for (size_t at = first; at < first + count; at++)
            *target++ = at == answer_position
                            ? task->labels[i]
                            : task->inputs[i * task->n_ctx + (at + 1) % task->n_ctx];
out:
    return status;
}

void
gsc_task_constant_tokens(const gsc_task *task, int32_t *constant)
{
    for (size_t at = 0; at < task->n_ctx; at++) {
        constant[at] = task->num_examples > 0 ? task->inputs[at] : -1;
        for (size_t i = 1; i < task->num_examples; i++)
            if (task->inputs[i * task->n_ctx + at] != task->inputs[at])
                constant[at] = -1;
    }
}
