/* What was logged beside the states of a network: losses, accuracies, the split. */
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "analyze/import/state_dicts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_NAMES = 12, MOST_ROWS = 1 << 24 };

typedef const char *name_list[MOST_NAMES]; /* NULL after the last */

enum { TRAIN_LOSS, TRAIN_ACCURACY, TEST_LOSS, TEST_ACCURACY, NUM_SERIES };
static const char *const series_columns[NUM_SERIES] = {"train_loss", "train_accuracy",
                                                       "test_loss", "test_accuracy"};
static const name_list series_names[NUM_SERIES] = {
    {"train_losses", "train_loss", "loss_train", "losses_train", "training_loss",
     "training_losses", "train_loss_history"},
    {"train_accuracies", "train_accuracy", "train_accs", "train_acc", "acc_train",
     "training_accuracy", "train_acc_history"},
    {"test_losses", "test_loss", "loss_test", "losses_test", "val_losses", "val_loss",
     "valid_loss", "validation_loss", "eval_loss", "test_loss_history",
     "val_loss_history"},
    {"test_accuracies", "test_accuracy", "test_accs", "test_acc", "acc_test",
     "val_accs", "val_accuracy", "val_acc", "valid_acc", "validation_accuracy",
     "test_acc_history"}};

static const name_list step_lists = {"steps",      "log_steps",  "logged_steps",
                                     "eval_steps", "loss_steps", "global_steps",
                                     "iterations", "epochs",     "step",
                                     "epoch",      "train_steps"};
static const name_list train_lists = {"train_indices", "train_idx",  "train_index",
                                      "train_inds",    "train_ids",  "idx_train",
                                      "train_idxs",    "train_pairs"};
static const name_list test_lists = {"test_indices", "test_idx", "test_index",
                                     "test_inds",    "test_ids", "idx_test",
                                     "val_indices",  "val_idx",  "test_pairs"};
static const name_list train_masks = {"train_mask", "is_train", "mask_train",
                                      "training_mask"};
static const name_list test_masks = {"test_mask", "is_test", "mask_test", "val_mask"};

/* Dictionaries in which such things lie together. */
static const name_list places = {"history", "metrics", "logs",  "log",
                                 "results", "stats",   "split", "dataset",
                                 "splits",  "data",    "losses"};

static bool
is_among(const name_list names, const char *name)
{
    for (size_t i = 0; i < MOST_NAMES && names[i]; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

bool
gsc_state_dicts_is_log(const char *name)
{
    for (size_t i = 0; i < NUM_SERIES; i++)
        if (is_among(series_names[i], name))
            return true;
    return is_among(step_lists, name) || is_among(train_lists, name) ||
           is_among(test_lists, name) || is_among(train_masks, name) ||
           is_among(test_masks, name);
}

/* ---- Numbers ---- */

static bool
is_too_large(const gsc_array *array)
{
    size_t count = 1;
    for (size_t i = 0; i < array->rank; i++) {
        if (array->dims[i] > MOST_ROWS / count)
            return true;
        count *= array->dims[i] > 0 ? array->dims[i] : 1;
    }
    return array->rank > GSC_MAX_RANK;
}

int
gsc_state_dicts_reals(const gsc_external *file, const gsc_value *value, double **reals,
                      size_t *count)
{
    int status = 0;
    gsc_tensor tensor = {.data = NULL};
    *reals = NULL;
    *count = 0;
    if (value && value->kind == GSC_VALUE_ARRAY) {
        if (is_too_large(value->array))
            return 0;
        GSC_TRY(gsc_external_tensor(file, value->array, &tensor));
        size_t length = gsc_shape_count(tensor.shape);
        GSC_NEW(*reals, length);
        for (size_t i = 0; i < length; i++)
            (*reals)[i] = tensor.type == GSC_FLOAT32
                              ? (double)((const float *)tensor.data)[i]
                              : ((const double *)tensor.data)[i];
        *count = length;
    } else if (value && gsc_value_is_numbers(value)) {
        GSC_NEW(*reals, value->count);
        for (; *count < value->count; ++*count)
            gsc_value_to_real(value->items[*count], &(*reals)[*count]);
    }
out:
    free(tensor.data);
    return status;
}

bool
gsc_state_dicts_number(const gsc_external *file, const gsc_value *value, double *number)
{
    double *reals;
    size_t count;
    if (gsc_value_to_real(value, number))
        return true;
    if (!value || value->kind != GSC_VALUE_ARRAY ||
        gsc_state_dicts_reals(file, value, &reals, &count) < 0)
        return false;
    if (count == 1)
        *number = *reals;
    free(reals);
    return count == 1;
}

/* ---- Where they lie ---- */

/* Whether it is a list or an array of as many numbers; 0 asks for no number. */
static bool
has_count(const gsc_value *value, size_t count)
{
    if (count == 0)
        return true;
    if (value->kind == GSC_VALUE_ARRAY)
        return value->array->rank == 1 && value->array->dims[0] == count;
    return value->kind == GSC_VALUE_LIST && value->count == count;
}

static const gsc_value *
find_here(const gsc_value *dict, const name_list names, size_t count)
{
    for (size_t i = 0; dict && i < MOST_NAMES && names[i]; i++) {
        const gsc_value *found = gsc_value_get(dict, names[i]);
        if (found && has_count(found, count))
            return found;
    }
    return NULL;
}

/* By the first of these names that a dictionary, or one of those in it, has. */
static const gsc_value *
find_in(const gsc_value *dict, const name_list names, size_t count)
{
    const gsc_value *found = find_here(dict, names, count);
    for (size_t p = 0; !found && dict && p < MOST_NAMES && places[p]; p++)
        found = find_here(gsc_value_get(dict, places[p]), names, count);
    return found;
}

static const gsc_value *
find_beside(const gsc_state_dict *state, const name_list names, size_t count)
{
    const gsc_value *found = find_in(state->around, names, count);
    return found ? found : find_in(gsc_external_root(state->file), names, count);
}

const gsc_value *
gsc_state_dict_beside(const gsc_state_dict *state, const char *name)
{
    const gsc_value *found = gsc_value_get(state->around, name);
    return found ? found : gsc_value_get(gsc_external_root(state->file), name);
}

/* ---- The history ---- */

typedef struct series {
    size_t count, next;
    double *steps, *values;
} series;

/* The steps of `count` numbers of a list; false where they are not plain: a list of
 * them as long, one a step before each update (with or without the last), one a state.
 */
static bool
find_steps(const gsc_state_dicts *s, const gsc_state_dict *state, size_t count,
           double *steps)
{
    double *listed = NULL;
    size_t num_listed = 0, last = (size_t)state->step;
    const gsc_value *list = find_beside(state, step_lists, count);
    if (gsc_state_dicts_reals(state->file, list, &listed, &num_listed) < 0)
        num_listed = 0;
    bool by_list = num_listed == count && count > 1;
    bool by_step = last > 0 && (count == last || count == last + 1);
    bool by_state = s->is_list && count == s->count;
    for (size_t i = 0; i < count; i++)
        steps[i] = by_list   ? listed[i]
                   : by_step ? (double)i
                             : (by_state ? (double)s->items[i].step : -1);
    free(listed);
    for (size_t i = 0; i < count; i++)
        if (!(steps[i] >= 0 && steps[i] <= 0x1p53) || floor(steps[i]) != steps[i] ||
            (i > 0 && steps[i] <= steps[i - 1]))
            return false;
    return true;
}

/* A list beside the last state. */
static int
read_list(const gsc_state_dicts *s, const name_list names, series *line, bool *skipped)
{
    int status = 0;
    const gsc_state_dict *last = &s->items[s->count - 1];
    const gsc_value *value = find_beside(last, names, 0);
    GSC_TRY(gsc_state_dicts_reals(last->file, value, &line->values, &line->count));
    if (line->count < 2 && !(line->count == 1 && value->kind == GSC_VALUE_LIST)) {
        line->count = 0;
        goto out;
    }
    GSC_NEW(line->steps, line->count);
    if (!find_steps(s, last, line->count, line->steps)) {
        *skipped = true;
        line->count = 0;
    }
out:
    return status;
}

/* One number beside each state. */
static int
read_each(const gsc_state_dicts *s, const name_list names, series *line)
{
    int status = 0;
    free(line->values);
    free(line->steps);
    line->values = line->steps = NULL;
    GSC_NEW(line->values, s->count);
    GSC_NEW(line->steps, s->count);
    for (size_t i = 0; i < s->count; i++) {
        const gsc_state_dict *state = &s->items[i];
        const gsc_value *value = s->num_files == 1 && s->count > 1
                                     ? find_in(state->around, names, 0)
                                     : find_beside(state, names, 0);
        if (!gsc_state_dicts_number(state->file, value, &line->values[i]))
            goto out;
        line->steps[i] = (double)state->step;
    }
    line->count = s->count;
out:
    return status;
}

static void
scale_percent(series *line)
{
    double most = 0;
    for (size_t i = 0; i < line->count; i++)
        most = line->values[i] > most ? line->values[i] : most;
    for (size_t i = 0; most > 1 && most <= 100 && i < line->count; i++)
        line->values[i] /= 100;
}

/* Rows by step, of lines that need not have the same steps. */
static int
merge(series lines[NUM_SERIES], const size_t *columns, size_t num_columns,
      gsc_table *table)
{
    int status = 0;
    for (;;) {
        double row[1 + NUM_SERIES] = {INFINITY};
        for (size_t i = 0; i < num_columns; i++) {
            const series *line = &lines[columns[i]];
            if (line->next < line->count && line->steps[line->next] < row[0])
                row[0] = line->steps[line->next];
        }
        if (isinf(row[0]))
            return 0;
        for (size_t i = 0; i < num_columns; i++) {
            series *line = &lines[columns[i]];
            bool here = line->next < line->count && line->steps[line->next] == row[0];
            row[1 + i] = here ? line->values[line->next] : (double)NAN;
            line->next += here;
        }
        GSC_TRY(gsc_table_append(table, row));
    }
out:
    return status;
}

/* Both losses always have a column, accuracies where there are any. */
static int
make_table(series lines[NUM_SERIES], gsc_table *table)
{
    int status = 0;
    const char *names[1 + NUM_SERIES] = {"step"};
    size_t columns[NUM_SERIES], num_columns = 0, num_rows = 0;
    for (size_t i = 0; i < NUM_SERIES; i++) {
        num_rows += lines[i].count;
        if (lines[i].count == 0 && i != TRAIN_LOSS && i != TEST_LOSS)
            continue;
        columns[num_columns++] = i;
        names[num_columns] = series_columns[i];
    }
    if (num_rows == 0)
        return 0;
    GSC_TRY(gsc_table_init(table, "loss", names, 1 + num_columns));
    GSC_TRY(merge(lines, columns, num_columns, table));
out:
    return status;
}

int
gsc_state_dicts_history(const gsc_state_dicts *s, gsc_table *table, bool *skipped)
{
    int status = 0;
    series lines[NUM_SERIES] = {{.count = 0}};
    *table = (gsc_table){.num_columns = 0};
    *skipped = false;
    for (size_t i = 0; i < NUM_SERIES; i++) {
        GSC_TRY(read_list(s, series_names[i], &lines[i], skipped));
        if (lines[i].count == 0)
            GSC_TRY(read_each(s, series_names[i], &lines[i]));
        if (i == TRAIN_ACCURACY || i == TEST_ACCURACY)
            scale_percent(&lines[i]);
    }
    GSC_TRY(make_table(lines, table));
out:
    for (size_t i = 0; i < NUM_SERIES; i++) {
        free(lines[i].steps);
        free(lines[i].values);
    }
    return status;
}

/* ---- The split ---- */

/* Pairs (a, b) of a square of pairs are examples a n + b. */
static void
join_pairs(size_t num_examples, double *reals, size_t *count)
{
    double n = floor(sqrt((double)num_examples) + 0.5);
    *count /= 2;
    for (size_t i = 0; i < *count; i++)
        reals[i] = reals[2 * i] * n + reals[2 * i + 1];
}

static bool
are_pairs(const gsc_value *value)
{
    return value->kind == GSC_VALUE_ARRAY && value->array->rank == 2 &&
           value->array->dims[1] == 2;
}

/* Which examples a list of indices, or of pairs, has: each at most once. They are
 * written to `order` as they stand. */
static int
mark_list(const gsc_state_dicts *s, const gsc_value *value, bool *marks, size_t num,
          uint32_t *order)
{
    int status = 0;
    double *reals = NULL;
    size_t count;
    GSC_TRY(gsc_state_dicts_reals(s->files[0], value, &reals, &count));
    if (are_pairs(value))
        join_pairs(num, reals, &count);
    for (size_t i = 0; i < count; i++) {
        bool good = reals[i] >= 0 && reals[i] < (double)num &&
                    floor(reals[i]) == reals[i] && !marks[(size_t)reals[i]];
        if (!good) {
            status = gsc_fail(GSC_EFORMAT,
                              "%s: train_indices: value %zu is %g, expected each of 0 "
                              "to %zu at most once",
                              s->paths[0], i, reals[i], num - 1);
            goto out;
        }
        marks[(size_t)reals[i]] = true;
        order[i] = (uint32_t)reals[i];
    }
out:
    free(reals);
    return status;
}

/* A mask of all examples, which is true or 1 of those it has; *fits whether it is one.
 */
static int
mark_mask(const gsc_state_dicts *s, const gsc_value *value, bool *marks, size_t num,
          bool *fits)
{
    double *reals = NULL;
    size_t count;
    int status = gsc_state_dicts_reals(s->files[0], value, &reals, &count);
    *fits = status == 0 && count == num;
    for (size_t i = 0; *fits && i < count; i++) {
        marks[i] = reals[i] == 1;
        *fits = marks[i] || reals[i] == 0;
    }
    free(reals);
    return status;
}

/* Marks of the training examples, or of all others (*is_test); *found whether the file
 * has any. Those of a list stand in `order` too. */
static int
find_marks(const gsc_state_dicts *s, bool *marks, size_t num, uint32_t *order,
           bool *found, bool *is_test, bool *is_ordered)
{
    int status = 0;
    const gsc_state_dict *first = &s->items[0];
    const gsc_value *lists[] = {find_beside(first, train_lists, 0),
                                find_beside(first, test_lists, 0)};
    const gsc_value *masks[] = {find_beside(first, train_masks, 0),
                                find_beside(first, test_masks, 0)};
    *found = false;
    for (int i = 0; !*found && i < 2; i++) {
        bool is_list = lists[i] && (lists[i]->kind == GSC_VALUE_ARRAY ||
                                    gsc_value_is_numbers(lists[i]));
        *is_test = i == 1;
        if (is_list)
            GSC_TRY(mark_list(s, lists[i], marks, num, order));
        *found = is_list;
        *is_ordered = is_list && i == 0;
        if (!*found && masks[i])
            GSC_TRY(mark_mask(s, masks[i], marks, num, found));
    }
out:
    return status;
}

int
gsc_state_dicts_train(const gsc_state_dicts *s, size_t num_examples, uint32_t **train,
                      size_t *count)
{
    int status = 0;
    uint32_t *order = NULL;
    bool *marks = NULL, found, is_test, is_ordered;
    *train = NULL;
    *count = 0;
    GSC_NEW(marks, num_examples);
    GSC_NEW(order, num_examples);
    GSC_TRY(find_marks(s, marks, num_examples, order, &found, &is_test, &is_ordered));
    for (size_t i = 0; found && i < num_examples; i++) {
        if (marks[i] == is_test)
            continue;
        if (!is_ordered)
            order[*count] = (uint32_t)i;
        ++*count;
    }
    if (*count > 0) {
        *train = order;
        order = NULL;
    }
out:
    free(marks);
    free(order);
    return status;
}
