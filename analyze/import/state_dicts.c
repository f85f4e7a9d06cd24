/* The states of a network in files of other programs. */
#include "analyze/import/state_dicts.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "train/exchange/naming.h"
#include "train/run/schedule.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A schedule is asked step by step. */
enum { MOST_STEP = 100000000 };

int
gsc_state_dicts_open(gsc_state_dicts *s, const char *const *paths, size_t num_paths)
{
    int status = 0;
    *s = (gsc_state_dicts){.paths = paths};
    GSC_NEW(s->files, num_paths);
    for (; s->num_files < num_paths; s->num_files++)
        GSC_TRY(gsc_external_open(&s->files[s->num_files], paths[s->num_files]));
out:
    return status;
}

void
gsc_state_dicts_close(gsc_state_dicts *s)
{
    for (size_t i = 0; i < s->num_files; i++)
        gsc_external_close(s->files[i]);
    free(s->files);
    free(s->items);
    *s = (gsc_state_dicts){.files = NULL};
}

int
gsc_state_dicts_config(const gsc_state_dicts *s, const gsc_value **config,
                       gsc_external **json)
{
    int status = 0;
    const gsc_value *text = gsc_value_get(gsc_external_metadata(s->files[0]), "config");
    *json = NULL;
    *config = gsc_value_get(gsc_external_root(s->files[0]), "config");
    if (text) {
        GSC_TRY(gsc_external_open_json(json, text->text, s->paths[0]));
        *config = gsc_external_root(*json);
    }
    bool has_fields =
        *config && ((*config)->kind == GSC_VALUE_DICT ||
                    ((*config)->kind == GSC_VALUE_OBJECT && (*config)->state));
    if (!has_fields)
        *config = NULL;
out:
    return status;
}

const gsc_value *
gsc_state_dicts_optimizer(const gsc_state_dicts *s)
{
    static const char *const names[] = {"optimizer", "optimizer_state_dict",
                                        "optimizer_state", "optim"};
    const gsc_value *root = gsc_external_root(s->files[0]);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const gsc_value *found = gsc_value_get(root, names[i]);
        if (found && gsc_value_get(found, "param_groups"))
            return found;
    }
    return NULL;
}

/* ---- Which dictionaries ---- */

static bool
is_state(const gsc_value *value)
{
    if (value->kind != GSC_VALUE_DICT || value->count == 0)
        return false;
    for (size_t i = 0; i < value->count; i++)
        if (value->items[2 * i]->kind != GSC_VALUE_TEXT ||
            value->items[2 * i + 1]->kind != GSC_VALUE_ARRAY)
            return false;
    return true;
}

static bool
is_state_list(const gsc_value *value)
{
    if (value->kind != GSC_VALUE_LIST || value->count == 0)
        return false;
    for (size_t i = 0; i < value->count; i++)
        if (!is_state(value->items[i]))
            return false;
    return true;
}

static bool
is_known(const gsc_value *value)
{
    const gsc_value *state = value->kind == GSC_VALUE_LIST ? value->items[0] : value;
    for (size_t i = 0; i < state->count; i++)
        if (gsc_naming_knows(state->items[2 * i]->text))
            return true;
    return false;
}

/* Dictionaries that a file names in many places are looked through in each. */
enum { MOST_LOOKS = 1 << 24 };

typedef struct candidates {
    size_t count, num_known, num_looks;
    const gsc_value *last, *last_known;
    gsc_text names, known_names;
} candidates;

static int
look(void *context, const char *path, const gsc_value *value)
{
    int status = 0;
    candidates *c = context;
    c->num_looks += value->count;
    for (size_t i = 0; value->kind == GSC_VALUE_LIST && i < value->count; i++)
        c->num_looks += value->items[i]->count;
    if (c->num_looks > MOST_LOOKS)
        return gsc_fail(GSC_EFORMAT, "%s: lies in too many lists to look through",
                        path);
    if (!is_state(value) && !is_state_list(value))
        return value->kind == GSC_VALUE_ARRAY;
    const char *name = *path ? path : "the whole file";
    c->last = value;
    GSC_TRY(gsc_text_add(&c->names, c->count++ > 0 ? ", %s" : "%s", name));
    if (is_known(value)) {
        c->last_known = value;
        GSC_TRY(
            gsc_text_add(&c->known_names, c->num_known++ > 0 ? ", %s" : "%s", name));
    }
    return 1;
out:
    return status;
}

static int
find_only(const gsc_value *root, const gsc_value **found)
{
    int status = 0;
    candidates c = {.count = 0};
    GSC_TRY(gsc_value_walk(root, look, &c));
    size_t count = c.num_known > 0 ? c.num_known : c.count;
    *found = c.num_known > 0 ? c.last_known : c.last;
    if (count == 0)
        status = gsc_fail(GSC_EFORMAT, "holds no dictionary of tensors; --list shows "
                                       "what it holds");
    else if (count > 1)
        status = gsc_fail(GSC_EARGUMENT, "--key has to choose between %s",
                          c.num_known > 0 ? c.known_names.data : c.names.data);
out:
    gsc_text_free(&c.names);
    gsc_text_free(&c.known_names);
    return status;
}

static int
find_key(const gsc_value *root, const char *key, const gsc_value **found)
{
    int status = 0;
    gsc_text type = {0};
    *found = gsc_value_at(root, key);
    if (!*found)
        return gsc_fail(GSC_EFORMAT, "holds nothing at --key %s", key);
    if (is_state(*found) || is_state_list(*found))
        return 0;
    GSC_TRY(gsc_value_add_type(*found, &type));
    status = gsc_fail(GSC_EFORMAT,
                      "%s is a %s, expected a dictionary of tensors, or "
                      "a list of these",
                      key, type.data);
out:
    gsc_text_free(&type);
    return status;
}

static int
add_state(gsc_state_dicts *s, size_t file, const gsc_value *weights)
{
    int status = gsc_grow(&s->items, s->count, &s->room, sizeof *s->items);
    if (status == 0)
        s->items[s->count++] = (gsc_state_dict){
            .file = s->files[file], .path = s->paths[file], .weights = weights};
    return status;
}

int
gsc_state_dicts_find(gsc_state_dicts *s, const char *key)
{
    int status = 0;
    s->is_list = s->num_files > 1;
    for (size_t i = 0; i < s->num_files; i++) {
        const gsc_value *found, *root = gsc_external_root(s->files[i]);
        status = *key ? find_key(root, key, &found) : find_only(root, &found);
        if (status == 0 && found->kind == GSC_VALUE_LIST && s->num_files > 1)
            status =
                gsc_fail(GSC_EARGUMENT, "holds a list of states; give only this file");
        if (status < 0)
            return gsc_fail_in(status, s->paths[i]);
        bool is_list = found->kind == GSC_VALUE_LIST;
        s->is_list = s->is_list || is_list;
        for (size_t j = 0; is_list && j < found->count; j++)
            GSC_TRY(add_state(s, i, found->items[j]));
        if (!is_list)
            GSC_TRY(add_state(s, i, found));
    }
out:
    return status;
}

/* ---- Their steps ---- */

/* A run saves its step 0 whatever the list says; a lone list of others' steps is as it
 * is. */
static int64_t
first_step(const char *schedule)
{
    bool is_list = strncmp(schedule, "list:", 5) == 0 &&
                   schedule[5 + strspn(schedule + 5, "0123456789,")] == '\0';
    return is_list ? strtoll(schedule + 5, NULL, 10) : 0;
}

static int
follow_schedule(gsc_state_dicts *s, const char *schedule)
{
    size_t next = 0;
    int status = gsc_schedule_check("checkpoints", schedule);
    if (status < 0)
        return status;
    for (int64_t step = first_step(schedule); next < s->count && step <= MOST_STEP;
         step++)
        if (gsc_schedule_due(schedule, step))
            s->items[next++].step = step;
    s->told = "--checkpoints";
    if (next < s->count)
        return gsc_fail(GSC_EARGUMENT, "checkpoints: '%s' has %zu steps for %zu states",
                        schedule, next, s->count);
    return 0;
}

/* A whole number of updates. */
static bool
to_step(const gsc_value *value, int64_t *step)
{
    double number;
    if (!gsc_value_to_real(value, &number) || !(number >= 0 && number <= 0x1p53) ||
        floor(number) != number)
        return false;
    *step = (int64_t)number;
    return true;
}

/* A list of the file that has a step for each state; *differs where one has not. */
static bool
follow_list(gsc_state_dicts *s, bool *differs)
{
    static const char *const names[] = {"epochs", "checkpoint_epochs", "steps", "epoch",
                                        "checkpoint_steps"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const gsc_value *list = gsc_value_get(gsc_external_root(s->files[0]), names[i]);
        if (!list || !gsc_value_is_numbers(list))
            continue;
        *differs = list->count != s->count;
        bool good = !*differs;
        for (size_t j = 0; good && j < s->count; j++)
            good = to_step(list->items[j], &s->items[j].step);
        s->told = names[i];
        if (good)
            return true;
    }
    return false;
}

/* Each file of one state may tell its own. */
static bool
follow_own(gsc_state_dicts *s)
{
    for (size_t i = 0; i < s->count; i++) {
        const gsc_value *root = gsc_external_root(s->items[i].file);
        if (!to_step(gsc_value_get(root, "epoch"), &s->items[i].step) &&
            !to_step(gsc_value_get(root, "step"), &s->items[i].step))
            return false;
        s->told = "epoch";
    }
    return true;
}

static int
follow_file(gsc_state_dicts *s)
{
    bool differs = false;
    if (s->num_files == 1 && s->is_list) {
        if (follow_list(s, &differs))
            return 0;
        if (differs)
            return gsc_fail(GSC_EFORMAT,
                            "%s: %s has another length than the %zu states; give "
                            "--checkpoints",
                            s->paths[0], s->told, s->count);
    } else if (follow_own(s)) {
        return 0;
    }
    for (size_t i = 0; i < s->count; i++)
        s->items[i].step = (int64_t)i;
    s->told = "their order";
    /* Notes of a file of our own. */
    const gsc_value *step = gsc_value_get(gsc_external_metadata(s->files[0]), "step");
    if (!s->is_list && step && gsc_text_to_integer(step->text, &s->items[0].step) == 0)
        s->told = "step";
    return 0;
}

int
gsc_state_dicts_set_steps(gsc_state_dicts *s, const char *schedule)
{
    int status = 0;
    GSC_TRY(*schedule ? follow_schedule(s, schedule) : follow_file(s));
    for (size_t i = 0; i < s->count; i++)
        if (s->items[i].step < (i > 0 ? s->items[i - 1].step + 1 : 0))
            return gsc_fail(*schedule ? GSC_EARGUMENT : GSC_EFORMAT,
                            "%s: state %zu is of step %lld, by %s: not "
                            "after the one before; give --checkpoints",
                            s->items[i].path, i, (long long)s->items[i].step, s->told);
out:
    return status;
}

/* ---- Numbers beside them ---- */

/* A list of numbers, or an array of one dimension, as reals; *count 0 where it is
 * neither. The caller frees them. */
static int
read_reals(const gsc_external *file, const gsc_value *value, double **reals,
           size_t *count)
{
    int status = 0;
    gsc_tensor tensor = {.data = NULL};
    *reals = NULL;
    *count = 0;
    if (value && value->kind == GSC_VALUE_ARRAY && value->array->rank == 1) {
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

/* The step of loss number i, of `count` in all; -1 where it is not plain. */
static int64_t
loss_step(const gsc_state_dicts *s, size_t i, size_t count)
{
    size_t last = (size_t)s->items[s->count - 1].step;
    if (last > 0 && (count == last || count == last + 1))
        return (int64_t)i;
    return s->is_list && count == s->count ? s->items[i].step : -1;
}

int
gsc_state_dicts_history(const gsc_state_dicts *s, gsc_table *table, bool *skipped)
{
    static const char *const names[] = {"train_losses", "test_losses"};
    static const char *const columns[] = {"step", "train_loss", "test_loss"};
    int status = 0;
    double *losses[2] = {NULL, NULL};
    size_t counts[2] = {0, 0};
    *table = (gsc_table){.num_columns = 0};
    *skipped = false;
    for (size_t i = 0; i < 2; i++)
        GSC_TRY(read_reals(s->files[0],
                           gsc_value_get(gsc_external_root(s->files[0]), names[i]),
                           &losses[i], &counts[i]));
    size_t count = counts[0] > 0 ? counts[0] : counts[1];
    if (count == 0)
        goto out;
    *skipped = s->num_files > 1 || (counts[1] > 0 && counts[1] != count) ||
               loss_step(s, 0, count) < 0;
    if (*skipped)
        goto out;
    GSC_TRY(gsc_table_init(table, "loss", columns, 3));
    for (size_t i = 0; i < count; i++) {
        const double row[] = {(double)loss_step(s, i, count),
                              counts[0] > 0 ? losses[0][i] : (double)NAN,
                              counts[1] > 0 ? losses[1][i] : (double)NAN};
        GSC_TRY(gsc_table_append(table, row));
    }
out:
    free(losses[0]);
    free(losses[1]);
    return status;
}

int
gsc_state_dicts_train(const gsc_state_dicts *s, size_t num_examples, uint32_t **train,
                      size_t *count)
{
    int status = 0;
    double *reals = NULL;
    bool *seen = NULL;
    *train = NULL;
    const gsc_value *value =
        gsc_value_get(gsc_external_root(s->files[0]), "train_indices");
    GSC_TRY(read_reals(s->files[0], value, &reals, count));
    if (*count == 0)
        goto out;
    GSC_NEW(*train, *count);
    GSC_NEW(seen, num_examples);
    for (size_t i = 0; i < *count; i++) {
        bool good = reals[i] >= 0 && reals[i] < (double)num_examples &&
                    floor(reals[i]) == reals[i] && !seen[(size_t)reals[i]];
        if (!good) {
            status = gsc_fail(GSC_EFORMAT,
                              "%s: train_indices: value %zu is %g, expected each of 0 "
                              "to %zu at most once",
                              s->paths[0], i, reals[i], num_examples - 1);
            goto out;
        }
        seen[(size_t)reals[i]] = true;
        (*train)[i] = (uint32_t)reals[i];
    }
out:
    free(reals);
    free(seen);
    if (status < 0) {
        free(*train);
        *train = NULL;
    }
    return status;
}
