/* All pairs of residues. */
#include "analyze/network/grid.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include <stdlib.h>
#include <string.h>

/* Whether a file has the whole table of its group, which is then not read again: the
 * table's own file may be gone, or another by now. */
static bool
has_whole_table(const gsc_loaded_model *loaded)
{
    const gsc_task_config *c = &loaded->task_config;
    const gsc_task *task = &loaded->checkpoint.task;
    bool same = *c->group_file != '\0' && task->num_operands == task->num_answers &&
                task->num_examples == task->num_operands * task->num_operands;
    for (size_t x = 0; same && x < task->num_operands; x++)
        same = task->operands[x] == x && task->answers[x] == x;
    return same && c->label_noise == 0 && !c->random_labels && !c->unordered_pairs;
}

static int
copy_examples(const gsc_task *from, gsc_task *task)
{
    int status = 0;
    *task = (gsc_task){.num_examples = from->num_examples, .n_ctx = from->n_ctx};
    GSC_NEW(task->inputs, from->num_examples * from->n_ctx);
    GSC_NEW(task->labels, from->num_examples);
    memcpy(task->inputs, from->inputs,
           from->num_examples * from->n_ctx * sizeof *task->inputs);
    memcpy(task->labels, from->labels, from->num_examples * sizeof *task->labels);
    for (size_t i = 0; i < from->num_examples; i++)
        if (from->labels[i] >= from->num_answers)
            return gsc_fail(GSC_EFORMAT, "/task: label %u of example %zu, of %zu",
                            from->labels[i], i, from->num_answers);
out:
    return status;
}

/* The task as it would be with every pair in it and every label right. */
static int
whole_task(const gsc_loaded_model *loaded, gsc_task *task)
{
    if (has_whole_table(loaded))
        return copy_examples(&loaded->checkpoint.task, task);
    gsc_task_config config = loaded->task_config;
    config.unordered_pairs = false;
    config.label_noise = 0;
    config.random_labels = false;
    config.train_fraction = 1;
    config.data_seed = 0; /* an import has none */
    config.split_file[0] = '\0';
    return gsc_task_init(task, &config);
}

/* What the pairs are filled from. */
typedef struct source {
    const gsc_loaded_model *loaded;
    const gsc_task *whole;
    size_t p, at_a, at_b; /* modulus, positions of the operands */
    size_t *row_of;       /* [p * p] example (a, b) of the whole task, or SIZE_MAX */
    uint16_t *place_of;   /* [p] place of a residue in the order */
    uint16_t *residue_of; /* [65536] residue of a token of the checkpoint */
} source;

static int
read_source(source *s, const gsc_grid *grid)
{
    int status = 0;
    const gsc_task *task = &s->loaded->checkpoint.task;
    GSC_NEW(s->row_of, s->p * s->p);
    GSC_NEW(s->place_of, s->p);
    GSC_NEW(s->residue_of, (size_t)UINT16_MAX + 1);
    memset(s->row_of, 0xff, s->p * s->p * sizeof *s->row_of); /* SIZE_MAX */
    for (size_t i = 0; i < s->whole->num_examples; i++) {
        const uint16_t *input = s->whole->inputs + i * s->whole->n_ctx;
        if (input[s->at_a] >= s->p || input[s->at_b] >= s->p)
            return gsc_fail(GSC_EFORMAT, "/task: example %zu is not of elements", i);
        s->row_of[input[s->at_a] * s->p + input[s->at_b]] = i;
    }
    for (size_t r = 0; r < s->p; r++)
        s->place_of[r] = GSC_NO_ANSWER;
    for (size_t i = 0; i < grid->n; i++)
        s->place_of[grid->residues[i]] = (uint16_t)i;
    for (size_t t = 0; t <= UINT16_MAX; t++)
        s->residue_of[t] = GSC_NO_ANSWER;
    for (size_t r = 0; r < task->num_operands; r++)
        s->residue_of[task->operands[r]] = (uint16_t)r;
out:
    return status;
}

static int
fill_grid(gsc_grid *grid, const source *s)
{
    const gsc_task *task = &s->loaded->checkpoint.task;
    for (size_t i = 0; i < grid->n; i++)
        for (size_t j = 0; j < grid->n; j++) {
            size_t a = grid->residues[i], b = grid->residues[j];
            size_t at = i * grid->n + j, row = s->row_of[a * s->p + b];
            if (row == SIZE_MAX)
                return gsc_fail(GSC_EARGUMENT,
                                "the operation is not defined for the pair (%zu, %zu)",
                                a, b);
            uint16_t *input = grid->inputs + at * grid->n_ctx;
            memcpy(input, s->whole->inputs + row * grid->n_ctx,
                   grid->n_ctx * sizeof *input);
            input[s->at_a] = task->operands[a];
            input[s->at_b] = task->operands[b];
            grid->answers[at] = s->place_of[s->whole->labels[row]];
        }
    return 0;
}

/* Mark the pairs that the checkpoint's split trains on. */
static void
mark_train(gsc_grid *grid, const source *s)
{
    const gsc_task *task = &s->loaded->checkpoint.task;
    grid->split_is_known = task->num_train > 0;
    for (size_t k = 0; k < task->num_train; k++) {
        const uint16_t *input = task->inputs + task->train[k] * task->n_ctx;
        uint16_t a = s->residue_of[input[s->at_a]], b = s->residue_of[input[s->at_b]];
        if (a == GSC_NO_ANSWER || b == GSC_NO_ANSWER)
            continue;
        size_t i = s->place_of[a], j = s->place_of[b];
        if (i == GSC_NO_ANSWER || j == GSC_NO_ANSWER)
            continue;
        grid->train[i * grid->n + j] = true;
        if (s->loaded->task_config.unordered_pairs)
            grid->train[j * grid->n + i] = true;
    }
}

static void
find_constant(gsc_grid *grid)
{
    for (size_t at = 0; at < grid->n_ctx; at++) {
        grid->constant[at] = grid->inputs[at];
        for (size_t i = 1; i < grid->n * grid->n; i++)
            if (grid->inputs[i * grid->n_ctx + at] != grid->inputs[at])
                grid->constant[at] = -1;
    }
}

/* A file may say anything of its task: what is an index has to be one. */
static int
check_task(const gsc_loaded_model *loaded)
{
    const gsc_task *task = &loaded->checkpoint.task;
    for (size_t k = 0; k < task->num_train; k++)
        if (task->train[k] >= task->num_examples)
            return gsc_fail(GSC_EFORMAT, "/task/train: example %lu, of %zu",
                            (unsigned long)task->train[k], task->num_examples);
    for (size_t r = 0; r < task->num_operands; r++)
        if (task->operands[r] >= (size_t)loaded->config.d_vocab)
            return gsc_fail(GSC_EFORMAT,
                            "/task: operand %zu is token %d, of the model's %lld", r,
                            task->operands[r], (long long)loaded->config.d_vocab);
    return 0;
}

static int
find_outputs(gsc_grid *grid, const gsc_loaded_model *loaded)
{
    const gsc_task *task = &loaded->checkpoint.task;
    for (size_t i = 0; i < grid->n; i++) {
        size_t residue = grid->residues[i];
        grid->outputs[i] =
            residue < task->num_answers ? task->answers[residue] : GSC_NO_ANSWER;
        if (grid->outputs[i] >= (size_t)loaded->config.d_vocab_out)
            return gsc_fail(GSC_EFORMAT,
                            "/task: residue %zu has no output among the model's %lld",
                            residue, (long long)loaded->config.d_vocab_out);
    }
    return 0;
}

int
gsc_grid_init(gsc_grid *grid, const gsc_loaded_model *loaded, gsc_residue_order order)
{
    int status = 0;
    gsc_task whole = {0};
    source s = {.loaded = loaded, .whole = &whole, .p = (size_t)loaded->task_config.p};
    *grid = (gsc_grid){.order = order};
    GSC_TRY(gsc_loaded_model_need_model(loaded));
    gsc_task_operand_positions(&loaded->task_config, &s.at_a, &s.at_b);
    GSC_TRY(check_task(loaded));
    GSC_TRY(whole_task(loaded, &whole));
    grid->n_ctx = whole.n_ctx;
    if (loaded->checkpoint.task.n_ctx != whole.n_ctx ||
        loaded->checkpoint.task.num_operands != s.p)
        GSC_TRY(gsc_fail(GSC_EFORMAT,
                         "/task: %zu tokens an example and %zu operands, but the "
                         "configuration has %zu and %zu",
                         loaded->checkpoint.task.n_ctx,
                         loaded->checkpoint.task.num_operands, whole.n_ctx, s.p));
    GSC_NEW(grid->residues, s.p);
    GSC_TRY(gsc_residue_order_list(order, s.p, grid->residues, &grid->n));
    GSC_NEW(grid->inputs, grid->n * grid->n * grid->n_ctx);
    GSC_NEW(grid->answers, grid->n * grid->n);
    GSC_NEW(grid->outputs, grid->n);
    GSC_NEW(grid->train, grid->n * grid->n);
    GSC_NEW(grid->constant, grid->n_ctx);
    GSC_TRY(read_source(&s, grid));
    GSC_TRY(fill_grid(grid, &s));
    GSC_TRY(find_outputs(grid, loaded));
    mark_train(grid, &s);
    find_constant(grid);
out:
    free(s.row_of);
    free(s.place_of);
    free(s.residue_of);
    gsc_task_free(&whole);
    if (status < 0)
        gsc_grid_free(grid);
    return status;
}

void
gsc_grid_free(gsc_grid *grid)
{
    free(grid->residues);
    free(grid->inputs);
    free(grid->answers);
    free(grid->outputs);
    free(grid->constant);
    free(grid->train);
    *grid = (gsc_grid){0};
}

static bool
leads_along(const gsc_grid *grid, gsc_direction direction)
{
    for (size_t i = 0; i < grid->n * grid->n; i++)
        if (grid->answers[i] !=
            gsc_pairs_along(direction, grid->n, i / grid->n, i % grid->n))
            return false;
    return true;
}

int
gsc_grid_direction(const gsc_grid *grid, const gsc_loaded_model *loaded,
                   gsc_direction *direction)
{
    size_t count;
    const gsc_operation *operation =
        &gsc_operations(&count)[loaded->task_config.operation];
    for (*direction = GSC_SUM; *direction <= GSC_DIFFERENCE; (*direction)++)
        if (leads_along(grid, *direction))
            return 0;
    return gsc_fail(
        GSC_EARGUMENT,
        "operation %s (%s) modulo %lld is no sum or difference, of residues "
        "or of their logarithms: its Fourier modes have no direction",
        operation->name, operation->formula, (long long)loaded->task_config.p);
}
