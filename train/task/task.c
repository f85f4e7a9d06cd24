/* A task from its configuration: examples, labels, split. */
#include "grokscope/task.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "operations.h"

#include <stdlib.h>
#include <string.h>

/* Token ids and labels are 16-bit; 4096^2 examples are what one would still list. */
enum { LEAST_P = 2, MOST_P = 4096 };

/* Up to 2^53 every reader of the JSON configuration has the seed exactly. */
#define MOST_SEED 0x1p53

static const char *const layout_names[] = {"a b =", "a b", NULL};

static const gsc_key rows[] = {
    GSC_ROW_CHOICE(gsc_task_config, operation, "add", gsc_operation_names,
                   "what is learned: c of a and b modulo p"),
    GSC_ROW_INTEGER(gsc_task_config, p, "113", LEAST_P, MOST_P,
                    "modulus; a prime where the operation divides"),
    GSC_ROW_CHOICE(gsc_task_config, layout, "a b =", layout_names,
                   "tokens of an example, '=' being token p"),
    GSC_ROW_REAL(gsc_task_config, train_fraction, "0.3", 0, 1,
                 "share of all examples that train, above 0"),
    GSC_ROW_INTEGER(gsc_task_config, data_seed, "0", 0, MOST_SEED, "seed of the split"),
    GSC_ROW_TEXT(gsc_task_config, split_file, "", "FILE",
                 "order of all example indices; the first ones train"),
};

gsc_keys
gsc_task_keys(gsc_task_config *config)
{
    return (gsc_keys){"task", rows, sizeof rows / sizeof *rows, config};
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
    if (config->layout != GSC_LAYOUT_A_B_EQUALS && config->layout != GSC_LAYOUT_A_B)
        return gsc_fail(GSC_EARGUMENT, "layout is %lld, expected 0 or 1",
                        (long long)config->layout);
    if (!(config->train_fraction > 0 && config->train_fraction <= 1))
        return gsc_fail(GSC_EARGUMENT,
                        "train_fraction is %g, expected above 0, up to 1",
                        config->train_fraction);
    if (config->data_seed < 0)
        return gsc_fail(GSC_EARGUMENT, "data_seed is %lld, expected 0 or more",
                        (long long)config->data_seed);
    if (table[config->operation].divides && !gsc_is_prime(config->p))
        return gsc_fail(GSC_EARGUMENT,
                        "p is %lld, expected a prime: operation %s divides (%s)",
                        (long long)config->p, table[config->operation].name,
                        table[config->operation].formula);
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
out:
    return status;
}

static void
fill(gsc_task *task, const gsc_operation *operation, int64_t p, const int64_t *inverse)
{
    uint16_t *input = task->inputs, *label = task->labels;
    for (int64_t a = 0; a < p; a++)
        for (int64_t b = operation->b_not_zero ? 1 : 0; b < p; b++) {
            input[0] = (uint16_t)a;
            input[1] = (uint16_t)b;
            if (task->n_ctx == 3)
                input[2] = (uint16_t)p; /* "=" */
            input += task->n_ctx;
            *label++ = (uint16_t)operation->apply(a, b, p, inverse);
        }
    for (size_t x = 0; x < (size_t)p; x++)
        task->operands[x] = task->answers[x] = (uint16_t)x;
}

static int
make_examples(gsc_task *task, const gsc_task_config *config)
{
    int status = 0;
    size_t count, p = (size_t)config->p;
    const gsc_operation *operation = &gsc_operations(&count)[config->operation];
    bool equals = config->layout == GSC_LAYOUT_A_B_EQUALS;
    int64_t *inverse = NULL;
    task->num_examples = p * (operation->b_not_zero ? p - 1 : p);
    task->n_ctx = equals ? 3 : 2;
    task->d_vocab = equals ? p + 1 : p;
    task->num_operands = task->num_answers = p;
    GSC_TRY(allocate(task, p));
    if (operation->divides) {
        GSC_NEW(inverse, p);
        gsc_modular_inverses(config->p, inverse);
    }
    fill(task, operation, config->p, inverse);
out:
    free(inverse);
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

int
gsc_task_init(gsc_task *task, const gsc_task_config *config)
{
    int status = 0;
    *task = (gsc_task){0};
    GSC_TRY(check(config));
    GSC_TRY(make_examples(task, config));
    GSC_TRY(make_split(task, config));
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
