/* What the network answers rightly, example by example, over the steps: the whole table
 * of a task of pairs (a, b); of any other task its examples one after another, those
 * that were trained on first. */
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "analyze/method/subsample_steps.h"
#include "analyze/network/examples_right.h"
#include "analyze/report/report_write.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Numbers that are kept in all, and examples of a task without a table. */
enum { MOST_NUMBERS = 8000000, MOST_EXAMPLES = 4096 };

enum { NO_CELL, CELL_TRAIN, CELL_TEST, CELL_OTHER };

static bool
may_have_answers(const gsc_report_run *run)
{
    return run->last.model.graph && run->last.checkpoint.dataset.num_examples > 0;
}

/* ---- Cells ---- */

static void
mark_split(const gsc_dataset *dataset, const char *name, uint8_t set, uint8_t *sets)
{
    const gsc_split *split = gsc_dataset_split(dataset, name);
    for (size_t i = 0; split && i < split->count; i++)
        sets[split->indices[i]] = set;
}

/* The element of each token, GSC_NO_ANSWER of a token that is none. */
static void
invert(const gsc_binary_table *pairs, size_t num_tokens, uint16_t *elements)
{
    for (size_t i = 0; i < num_tokens; i++)
        elements[i] = GSC_NO_ANSWER;
    for (size_t i = 0; i < pairs->n; i++)
        if (pairs->operands[i] < num_tokens)
            elements[pairs->operands[i]] = (uint16_t)i;
}

/* Put example `e` into the cell of its pair, unless it is another operation's. */
static void
place_pair(gsc_report_answers *a, const gsc_binary_table *pairs,
           const gsc_field *tokens, const uint16_t *elements, uint32_t e, uint8_t set)
{
    if (!gsc_binary_table_has(pairs, tokens, e))
        return;
    size_t x = (size_t)gsc_field_element(tokens, e, pairs->position_a);
    size_t y = (size_t)gsc_field_element(tokens, e, pairs->position_b);
    if (elements[x] == GSC_NO_ANSWER || elements[y] == GSC_NO_ANSWER)
        return;
    size_t cell = (size_t)elements[x] * pairs->n + elements[y];
    size_t mirrored = (size_t)elements[y] * pairs->n + elements[x];
    a->cells[a->count] = (uint32_t)cell;
    a->mirrored[a->count] = (uint32_t)(pairs->unordered ? mirrored : cell);
    a->examples[a->count++] = e;
    a->sets[cell] = a->sets[pairs->unordered ? mirrored : cell] = set;
}

static int
place_pairs(gsc_report_run *run, const uint8_t *sets)
{
    int status = 0;
    gsc_report_answers *a = &run->answers;
    const gsc_dataset *dataset = &run->last.checkpoint.dataset;
    const gsc_binary_table *pairs = &run->last.pairs;
    const gsc_field *tokens = gsc_dataset_find(dataset, GSC_TOKENS);
    uint16_t *elements = NULL;
    a->rows = a->columns = pairs->n;
    GSC_NEW(a->sets, pairs->n * pairs->n);
    if (!tokens)
        return 0;
    GSC_NEW(elements, tokens->num_values);
    invert(pairs, tokens->num_values, elements);
    for (size_t e = 0; e < dataset->num_examples; e++)
        place_pair(a, pairs, tokens, elements, (uint32_t)e, sets[e]);
out:
    free(elements);
    return status;
}

/* Examples of one set in the cells that follow, evenly spaced where there are many. */
static void
place_set(gsc_report_answers *a, const gsc_split *split, uint8_t set, size_t most)
{
    size_t count = split ? split->count : 0, kept = count < most ? count : most;
    for (size_t i = 0; i < kept; i++) {
        a->cells[a->count] = a->mirrored[a->count] = (uint32_t)a->count;
        a->sets[a->count] = set;
        a->examples[a->count++] = split->indices[i * count / kept];
    }
}

static int
place_examples(gsc_report_run *run)
{
    int status = 0;
    gsc_report_answers *a = &run->answers;
    const gsc_dataset *dataset = &run->last.checkpoint.dataset;
    const gsc_split *train = gsc_dataset_split(dataset, "train");
    const gsc_split *test = gsc_dataset_split(dataset, "test");
    size_t all = (train ? train->count : 0) + (test ? test->count : 0);
    size_t side =
        (size_t)ceil(sqrt((double)(all < MOST_EXAMPLES ? all : MOST_EXAMPLES)));
    a->rows = a->columns = side;
    GSC_NEW(a->sets, side * side);
    place_set(a, train, CELL_TRAIN,
              all > MOST_EXAMPLES ? MOST_EXAMPLES / 2 : MOST_EXAMPLES);
    place_set(a, test, CELL_TEST, side * side - a->count);
out:
    return status;
}

static int
begin_answers(gsc_report_run *run, gsc_threads *threads)
{
    int status = 0;
    gsc_report_answers *a = &run->answers;
    const gsc_dataset *dataset = &run->last.checkpoint.dataset;
    uint8_t *sets = NULL;
    size_t n = dataset->num_examples;
    (void)threads;
    GSC_TRY(gsc_loaded_model_data(&run->last));
    GSC_NEW(sets, n);
    memset(sets, CELL_OTHER, n);
    mark_split(dataset, "train", CELL_TRAIN, sets);
    mark_split(dataset, "test", CELL_TEST, sets);
    GSC_NEW(a->examples, n);
    GSC_NEW(a->cells, n);
    GSC_NEW(a->mirrored, n);
    a->of_pairs = run->last.pairs.n > 0;
    GSC_TRY(a->of_pairs ? place_pairs(run, sets) : place_examples(run));
    size_t cells = a->rows * a->columns, most = MOST_NUMBERS / (cells > 0 ? cells : 1);
    GSC_NEW(a->at, run->inputs.count);
    if (a->count > 0)
        a->num_steps = gsc_subsample_steps(run->steps, run->inputs.count,
                                           most > 2 ? most : 2, a->at);
    GSC_NEW(a->right, a->num_steps * cells);
out:
    free(sets);
    return status;
}

/* ---- Steps ---- */

static int
draw_answers(gsc_report_run *run, size_t step, const gsc_loaded_model *loaded,
             gsc_threads *threads)
{
    int status = 0;
    gsc_report_answers *a = &run->answers;
    uint8_t *right = NULL;
    size_t place = gsc_report_place(a->at, a->num_steps, step),
           cells = a->rows * a->columns;
    if (place == SIZE_MAX)
        return 0;
    if (loaded->checkpoint.dataset.num_examples !=
        run->last.checkpoint.dataset.num_examples)
        GSC_TRY(gsc_fail(GSC_EFORMAT, "%s: has other examples than the last step",
                         run->inputs.items[step].path));
    GSC_NEW(right, a->count);
    GSC_TRY(gsc_loaded_model_data((gsc_loaded_model *)loaded));
    GSC_TRY(gsc_examples_scores(loaded, threads, a->examples, a->count, NULL, right));
    for (size_t i = 0; i < a->count; i++)
        a->right[place * cells + a->cells[i]] =
            a->right[place * cells + a->mirrored[i]] = right[i];
out:
    free(right);
    return status;
}

static void
drop_answers(gsc_report_run *run)
{
    run->answers.count = 0;
}

const gsc_report_drawing gsc_report_right = {.what = "answers",
                                             .is_there = may_have_answers,
                                             .begin = begin_answers,
                                             .draw = draw_answers,
                                             .drop = drop_answers};

void
gsc_report_free_answers(gsc_report_answers *a)
{
    free(a->examples);
    free(a->cells);
    free(a->mirrored);
    free(a->sets);
    free(a->at);
    free(a->right);
}

/* ---- Writing ---- */

static float *
numbers_of(const uint8_t *bytes, size_t count)
{
    float *numbers = gsc_new(count, sizeof *numbers);
    for (size_t i = 0; numbers && i < count; i++)
        numbers[i] = bytes[i];
    return numbers;
}

void
gsc_report_write_answers(gsc_report_writer *w, const gsc_report_run *run,
                         const char *prefix)
{
    int status = 0;
    const gsc_report_answers *a = &run->answers;
    gsc_json *json = &w->json;
    size_t cells = a->rows * a->columns;
    float *sets = NULL, *right = NULL;
    if (a->count == 0)
        return;
    sets = numbers_of(a->sets, cells);
    right = numbers_of(a->right, a->num_steps * cells);
    if (!sets || !right)
        GSC_TRY(GSC_EMEMORY);
    gsc_arrays_name(&w->arrays, "%s.answers", prefix);
    gsc_json_open(json, "answers", '{');
    gsc_report_write_steps(w, run, a->at, a->num_steps);
    gsc_json_text(json, "of", a->of_pairs ? "pairs" : "examples");
    gsc_json_integer(json, "count", (int64_t)a->count);
    gsc_arrays_add(&w->arrays, json, "sets", GSC_PACK_U8,
                   gsc_pack_source_f32(sets, a->rows, a->columns, 0, 0));
    gsc_arrays_add(&w->arrays, json, "right", GSC_PACK_U8,
                   gsc_pack_source_f32(right, a->num_steps, a->rows, a->columns, 0));
    gsc_json_close(json, '{');
out:
    free(sets);
    free(right);
    gsc_json_note(json, status);
}
