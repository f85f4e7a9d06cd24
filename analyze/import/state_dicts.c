/* The states of a network in files of other programs: which dictionaries of tensors. */
#include "analyze/import/state_dicts.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include <stdlib.h>
#include <string.h>

/* ---- Optimizers ---- */

bool
gsc_state_dicts_is_optimizer(const gsc_value *value)
{
    const gsc_value *groups =
        value->kind == GSC_VALUE_DICT ? gsc_value_get(value, "param_groups") : NULL;
    return groups && groups->kind == GSC_VALUE_LIST;
}

static int
look_for_optimizer(void *context, const char *path, const gsc_value *value)
{
    const gsc_value **found = context;
    (void)path;
    if (!*found && gsc_state_dicts_is_optimizer(value))
        *found = value;
    return *found || value->kind == GSC_VALUE_ARRAY;
}

int
gsc_state_dicts_optimizer(const gsc_state_dicts *s, const gsc_value **found)
{
    *found = NULL;
    int status =
        gsc_value_walk(gsc_external_root(s->files[0]), look_for_optimizer, found);
    if (status < 0)
        *found = NULL;
    return status == GSC_EFORMAT ? 0 /* of what has no end nothing is known */ : status;
}

/* What optimizers keep for each parameter. */
static bool
is_moment(const char *name)
{
    static const char *const names[] = {
        "exp_avg",         "exp_avg_sq", "max_exp_avg_sq", "square_avg", "grad_avg",
        "momentum_buffer", "acc_delta",  "exp_inf",        "step",       NULL};
    for (size_t i = 0; names[i]; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

/* ---- Which dictionaries ---- */

static bool
is_real(gsc_dtype dtype)
{
    return dtype == GSC_DTYPE_F32 || dtype == GSC_DTYPE_F64 || dtype == GSC_DTYPE_F16 ||
           dtype == GSC_DTYPE_BF16;
}

/* An array of reals with an axis, under a name that is not one of what is logged. */
static bool
is_weight(const gsc_value *key, const gsc_value *value)
{
    return key->kind == GSC_VALUE_TEXT && value->kind == GSC_VALUE_ARRAY &&
           value->array->rank > 0 && is_real(value->array->dtype) &&
           !is_moment(key->text) && !gsc_state_dicts_is_log(key->text);
}

/* Dictionaries that a file names in many places are looked through in each: how many
 * items are looked at is bounded. */
enum { MOST_LOOKS = 1 << 24 };

static bool
is_state(const gsc_value *value, size_t *looks)
{
    if (value->kind != GSC_VALUE_DICT || *looks > MOST_LOOKS)
        return false;
    *looks += value->count;
    if (gsc_state_dicts_is_optimizer(value))
        return false;
    for (size_t i = 0; i < value->count; i++)
        if (is_weight(value->items[2 * i], value->items[2 * i + 1]))
            return true;
    return false;
}

/* The state of a record, which is one itself or has one beside what was logged; NULL
 * where it has several, or none. */
static const gsc_value *
state_of(const gsc_value *record, size_t *looks)
{
    const gsc_value *only = NULL;
    size_t count = 0;
    if (record->kind != GSC_VALUE_DICT)
        return NULL;
    *looks += record->count;
    for (size_t i = 0; i < record->count; i++)
        if (is_state(record->items[2 * i + 1], looks)) {
            only = record->items[2 * i + 1];
            count++;
        }
    if (count == 0)
        return is_state(record, looks) ? record : NULL;
    return count == 1 ? only : NULL;
}

/* Whether a key tells a step: a number, or text such as step_100. */
static bool
is_step_key(const gsc_value *key)
{
    static const char *const words[] = {"step", "epoch", "iter", NULL};
    if (key->kind == GSC_VALUE_INTEGER)
        return key->integer >= 0;
    for (size_t i = 0; key->kind == GSC_VALUE_TEXT && words[i]; i++)
        if (strncmp(key->text, words[i], strlen(words[i])) == 0 &&
            strpbrk(key->text, "0123456789"))
            return true;
    return false;
}

/* A list of states, or a dictionary of them by step. */
static bool
is_series(const gsc_value *value, size_t *looks)
{
    bool is_list = value->kind == GSC_VALUE_LIST;
    if ((!is_list && value->kind != GSC_VALUE_DICT) || value->count == 0)
        return false;
    for (size_t i = 0; i < value->count; i++)
        if ((!is_list && !is_step_key(value->items[2 * i])) ||
            !state_of(value->items[is_list ? i : 2 * i + 1], looks))
            return false;
    return true;
}

static const gsc_value *
first_state(const gsc_value *value)
{
    size_t looks = 0;
    bool all = is_series(value, &looks);
    looks = 0;
    if (all)
        value = value->items[value->kind == GSC_VALUE_LIST ? 0 : 1];
    return state_of(value, &looks);
}

/* ---- Of a whole file ---- */

enum { MOST_CANDIDATES = 10000, MOST_PATH_BYTES = 16 << 20 };

typedef struct candidate {
    const gsc_value *value;
    char *path;
    bool is_known;
} candidate;

typedef struct candidates {
    size_t count, room, num_looks, path_bytes;
    candidate *items;
    bool has_optimizer;
} candidates;

/* In the order of a walk what lies in another follows it; a dictionary of tensors that
 * holds another is what was logged around that. */
static void
drop_around(candidates *c, const char *path)
{
    while (c->count > 0) {
        const char *last = c->items[c->count - 1].path;
        size_t length = strlen(last);
        if (strncmp(path, last, length) != 0 ||
            (length > 0 && path[length] != '.' && path[length] != '['))
            return;
        free(c->items[--c->count].path);
    }
}

static int
add_candidate(candidates *c, const char *path, const gsc_value *value)
{
    drop_around(c, path);
    c->path_bytes += strlen(path);
    if (c->count == MOST_CANDIDATES || c->path_bytes > MOST_PATH_BYTES)
        return gsc_fail(
            GSC_EFORMAT,
            "holds more than %d dictionaries of tensors, or under longer names",
            MOST_CANDIDATES);
    int status = gsc_grow(&c->items, c->count, &c->room, sizeof *c->items);
    char *copy = status == 0 ? gsc_copy_text(path) : NULL;
    if (!copy)
        return GSC_EMEMORY;
    c->items[c->count++] = (candidate){.value = value, .path = copy};
    return 0;
}

static int
look(void *context, const char *path, const gsc_value *value)
{
    candidates *c = context;
    if (gsc_state_dicts_is_optimizer(value)) {
        c->has_optimizer = true;
        return 1;
    }
    c->num_looks += value->kind == GSC_VALUE_DICT ? value->count : 1;
    bool all = is_series(value, &c->num_looks);
    bool one = !all && is_state(value, &c->num_looks);
    if (c->num_looks > MOST_LOOKS)
        return gsc_fail(GSC_EFORMAT, "%s: lies in too many lists to look through",
                        path);
    if (!all && !one)
        return value->kind == GSC_VALUE_ARRAY;
    int status = add_candidate(c, path, value);
    return status < 0 ? status : all;
}

static int
list_paths(const candidates *c, bool only_known, gsc_text *text)
{
    int status = 0;
    for (size_t i = 0; i < c->count; i++)
        if (c->items[i].is_known || !only_known)
            GSC_TRY(
                gsc_text_add(text, text->length > 0 ? ", %s" : "%s",
                             *c->items[i].path ? c->items[i].path : "the whole file"));
out:
    return status;
}

static int
choose(candidates *c, const gsc_value **found)
{
    int status = 0;
    size_t num_known = 0;
    gsc_text paths = {0};
    for (size_t i = 0; i < c->count; i++) {
        c->items[i].is_known = gsc_state_dicts_is_known(first_state(c->items[i].value));
        num_known += c->items[i].is_known;
    }
    for (size_t i = 0; i < c->count; i++)
        if (num_known == 0 || c->items[i].is_known)
            *found = c->items[i].value;
    if (c->count == 0)
        status = gsc_fail(GSC_EFORMAT,
                          "holds no dictionary of tensors%s; --list shows "
                          "what it holds",
                          c->has_optimizer ? " but an optimizer's" : "");
    else if (num_known > 1 || (num_known == 0 && c->count > 1)) {
        GSC_TRY(list_paths(c, num_known > 0, &paths));
        status = gsc_fail(GSC_EARGUMENT, "--key has to choose between %s", paths.data);
    }
out:
    gsc_text_free(&paths);
    return status;
}

static int
find_only(const gsc_value *root, const gsc_value **found)
{
    int status = 0;
    candidates c = {.count = 0};
    *found = NULL;
    GSC_TRY(gsc_value_walk(root, look, &c));
    GSC_TRY(choose(&c, found));
out:
    for (size_t i = 0; i < c.count; i++)
        free(c.items[i].path);
    free(c.items);
    return status;
}

/* Whether a dictionary has names that begin with `prefix` and a dot. */
static bool
has_below(const gsc_value *dict, const char *prefix)
{
    size_t length = strlen(prefix);
    for (size_t i = 0; dict && i < dict->count; i++) {
        const gsc_value *key = dict->items[2 * i];
        if (key->kind == GSC_VALUE_TEXT && strncmp(key->text, prefix, length) == 0 &&
            key->text[length] == '.')
            return true;
    }
    return false;
}

/* What lies at a key; or what `only` is a prefix of. */
static int
find_key(const gsc_value *root, const char *key, const gsc_value **found,
         const char **only)
{
    int status = 0;
    gsc_text type = {0};
    *found = gsc_value_at(root, key);
    if (!*found && find_only(root, found) == 0 && has_below(first_state(*found), key)) {
        *only = key;
        return 0;
    }
    if (!*found || !gsc_value_at(root, key))
        return gsc_fail(GSC_EFORMAT, "holds nothing at --key %s", key);
    if (first_state(*found))
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

/* ---- Of all files ---- */

static int
add_state(gsc_state_dicts *s, size_t file, const gsc_value *record,
          const gsc_value *key, const char *only)
{
    size_t looks = 0;
    int status = gsc_grow(&s->items, s->count, &s->room, sizeof *s->items);
    gsc_state_dict state = {
        .file = s->files[file], .path = s->paths[file], .around = record, .key = key};
    if (status == 0)
        status =
            gsc_state_dicts_clean(s, state_of(record, &looks), only, &state.weights);
    if (status == 0)
        status = gsc_state_dicts_drop_copies(s, &state);
    if (status < 0)
        return gsc_fail_in(status, s->paths[file]);
    s->items[s->count++] = state;
    return 0;
}

static int
add_series(gsc_state_dicts *s, size_t file, const gsc_value *series, const char *only)
{
    int status = 0;
    bool is_list = series->kind == GSC_VALUE_LIST;
    for (size_t i = 0; i < series->count; i++)
        GSC_TRY(add_state(s, file, series->items[is_list ? i : 2 * i + 1],
                          is_list ? NULL : series->items[2 * i], only));
out:
    return status;
}

/* A file of a folder that has no weights is another one: an optimizer's, a log. */
static bool
is_passed_over(gsc_state_dicts *s, size_t file, int status)
{
    if (status != GSC_EFORMAT || !s->has_folder || s->num_files == 1 ||
        !strstr(gsc_error_text(), "holds no dictionary of tensors"))
        return false;
    const char *slash = strrchr(s->paths[file], '/');
    return gsc_text_add(&s->left_out, s->left_out.length > 0 ? ", %s" : "%s",
                        slash ? slash + 1 : s->paths[file]) == 0;
}

static int
find_in_file(gsc_state_dicts *s, size_t file, const char *key)
{
    const char *only = "";
    const gsc_value *found, *root = gsc_external_root(s->files[file]);
    int status = *key ? find_key(root, key, &found, &only) : find_only(root, &found);
    if (is_passed_over(s, file, status))
        return 0;
    size_t looks = 0;
    bool all = status == 0 && is_series(found, &looks);
    if (all && s->num_files > 1)
        status = gsc_fail(GSC_EARGUMENT, "holds a list of states; give only this file");
    if (status < 0)
        return gsc_fail_in(status, s->paths[file]);
    s->is_list = s->is_list || all;
    return all ? add_series(s, file, found, only)
               : add_state(s, file, found, NULL, only);
}

int
gsc_state_dicts_find(gsc_state_dicts *s, const char *key)
{
    int status = 0;
    for (size_t i = 0; i < s->num_files; i++)
        GSC_TRY(find_in_file(s, i, key));
    s->is_list = s->is_list || s->count > 1;
    if (s->count == 0)
        status = gsc_fail(GSC_EFORMAT, "%s and others: hold no dictionary of tensors",
                          s->paths[0]);
out:
    return status;
}
