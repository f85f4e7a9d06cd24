/* Plain values as other programs' files hold them. */
#include "train/exchange/value.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_VALUES = 4000000,
    MOST_STEPS = 1000000,   /* to find a value by its path */
    MOST_NUMBERS = 1 << 27, /* looked at in lists of numbers, each time one is met */
    MOST_DEPTH = 32,
    MOST_REPEATS = 4, /* of a value in a walk, on average, */
    MOST_FREE = 10000 /* beyond those of few values */
};

/* A key as it stands in a path. */
static const char *
key_text(const gsc_value *key, char number[GSC_NUMBER_BYTES])
{
    if (key->kind == GSC_VALUE_TEXT)
        return key->text;
    if (key->kind != GSC_VALUE_INTEGER)
        return "?";
    snprintf(number, GSC_NUMBER_BYTES, "%lld", (long long)key->integer);
    return number;
}

/* What holds the keys of a value: a dictionary itself, an object's fields. */
static const gsc_value *
dict_of(const gsc_value *value)
{
    if (value && value->kind == GSC_VALUE_OBJECT)
        value = value->state;
    return value && value->kind == GSC_VALUE_DICT ? value : NULL;
}

const gsc_value *
gsc_value_get(const gsc_value *value, const char *key)
{
    char number[GSC_NUMBER_BYTES];
    const gsc_value *dict = dict_of(value);
    for (size_t i = 0; dict && i < dict->count; i++)
        if (strcmp(key_text(dict->items[2 * i], number), key) == 0)
            return dict->items[2 * i + 1];
    return NULL;
}

/* What holds the items of a value: a list itself, the arguments of an object. */
static const gsc_value *
list_of(const gsc_value *value)
{
    if (value && value->kind == GSC_VALUE_OBJECT)
        value = value->state;
    return value && value->kind == GSC_VALUE_LIST ? value : NULL;
}

/* Of a value that lies in itself there is no end of paths: the steps that are left. */
static const gsc_value *find_at(const gsc_value *value, const char *path,
                                size_t *steps);

static const gsc_value *
item_at(const gsc_value *value, const char *path, size_t *steps)
{
    size_t index = 0;
    const char *digit = path + 1;
    const gsc_value *list = list_of(value);
    if (!list)
        return NULL;
    for (; *digit >= '0' && *digit <= '9' && index < list->count; digit++)
        index = 10 * index + (size_t)(*digit - '0');
    if (digit == path + 1 || *digit != ']' || index >= list->count)
        return NULL;
    return find_at(list->items[index], digit + 1, steps);
}

static const gsc_value *
find_at(const gsc_value *value, const char *path, size_t *steps)
{
    char number[GSC_NUMBER_BYTES];
    const gsc_value *found = NULL, *dict = dict_of(value);
    size_t longest = 0;
    if (*path == '\0')
        return value;
    if (*path == '[')
        return item_at(value, path, steps);
    path += *path == '.';
    for (size_t i = 0; dict && i<dict->count && * steps> 0; i++) {
        const char *key = key_text(dict->items[2 * i], number);
        size_t length = strlen(key);
        --*steps;
        if (length < longest || strncmp(path, key, length) != 0 ||
            !strchr(".[", path[length])) /* finds the NUL at the end too */
            continue;
        const gsc_value *at = find_at(dict->items[2 * i + 1], path + length, steps);
        if (at) {
            found = at;
            longest = length;
        }
    }
    return found;
}

const gsc_value *
gsc_value_at(const gsc_value *value, const char *path)
{
    size_t steps = MOST_STEPS;
    return find_at(value, path, &steps);
}

bool
gsc_value_to_real(const gsc_value *value, double *number)
{
    if (!value || (value->kind != GSC_VALUE_BOOL && value->kind != GSC_VALUE_INTEGER &&
                   value->kind != GSC_VALUE_REAL))
        return false;
    *number = value->kind == GSC_VALUE_REAL ? value->real : (double)value->integer;
    return true;
}

bool
gsc_value_is_numbers(const gsc_value *value)
{
    double number;
    if (value->kind != GSC_VALUE_LIST || value->count == 0)
        return false;
    for (size_t i = 0; i < value->count; i++)
        if (!gsc_value_to_real(value->items[i], &number))
            return false;
    return true;
}

static int
add_array_type(const gsc_array *array, gsc_text *text)
{
    int status = 0;
    GSC_TRY(gsc_text_add(text, "%s [", gsc_dtype_name(array->dtype)));
    for (size_t i = 0; i < array->rank; i++)
        GSC_TRY(gsc_text_add(text, "%s%zu", i > 0 ? ", " : "", array->dims[i]));
    GSC_TRY(gsc_text_add(text, "]"));
out:
    return status;
}

int
gsc_value_add_type(const gsc_value *value, gsc_text *text)
{
    static const char *const names[GSC_NUM_VALUE_KINDS] = {"none", "bool", "integer",
                                                           "real", "text", "bytes"};
    switch (value->kind) {
    case GSC_VALUE_ARRAY:
        return add_array_type(value->array, text);
    case GSC_VALUE_LIST:
        return gsc_text_add(text, "list of %zu%s", value->count,
                            gsc_value_is_numbers(value) ? " numbers" : "");
    case GSC_VALUE_DICT:
        return gsc_text_add(text, "dict of %zu", value->count);
    case GSC_VALUE_OBJECT:
        return gsc_text_add(text, "%s object", value->text);
    case GSC_VALUE_BYTES:
        return gsc_text_add(text, "%zu bytes", value->count);
    default:
        return gsc_text_add(text, "%s", names[value->kind]);
    }
}

int
gsc_value_add_scalar(const gsc_value *value, gsc_text *text)
{
    char number[GSC_NUMBER_BYTES];
    switch (value->kind) {
    case GSC_VALUE_NONE:
        return gsc_text_add(text, "none");
    case GSC_VALUE_BOOL:
        return gsc_text_add(text, "%s", value->integer ? "yes" : "no");
    case GSC_VALUE_INTEGER:
        return gsc_text_add(text, "%lld", (long long)value->integer);
    case GSC_VALUE_REAL:
        gsc_text_from_real(number, value->real);
        return gsc_text_add(text, "%s", number);
    case GSC_VALUE_TEXT:
        return gsc_text_add(text, "%s", value->text);
    default:
        return 0;
    }
}

/* ---- All that is in a value ---- */

typedef struct walk {
    gsc_value_visit *visit;
    void *context;
    gsc_text path;
    size_t num_values, num_numbers, depth;
    const gsc_value *around[MOST_DEPTH]; /* those that the path leads through */
    const gsc_value **seen; /* [room] a hash table of the distinct values so far */
    size_t num_seen, room;
} walk;

/* Of the table the place of a value, or the free one where it would be. */
static size_t
find_seen(const walk *w, const gsc_value *value)
{
    size_t at = (size_t)((uintptr_t)value >> 4) * 0x9e3779b9u & (w->room - 1);
    while (w->seen[at] && w->seen[at] != value)
        at = (at + 1) & (w->room - 1);
    return at;
}

static int
double_seen(walk *w)
{
    int status = 0;
    size_t former = w->room;
    const gsc_value **old = w->seen;
    w->seen = NULL;
    w->room = former > 0 ? 2 * former : 1024;
    GSC_NEW(w->seen, w->room);
    for (size_t i = 0; i < former; i++)
        if (old[i])
            w->seen[find_seen(w, old[i])] = old[i];
out:
    free(old);
    return status;
}

/* A few bytes of a pickle may name a value in many places, and each of these lies in
 * many again: how often each is met is bounded, so that a walk costs no more than a few
 * times what reading the file did. */
static int
count_visit(walk *w, const gsc_value *value)
{
    int status = 0;
    if (2 * w->num_seen >= w->room)
        GSC_TRY(double_seen(w));
    size_t at = find_seen(w, value);
    w->num_seen += !w->seen[at];
    w->seen[at] = value;
    if (++w->num_values > MOST_REPEATS * w->num_seen + MOST_FREE)
        return gsc_fail(GSC_EFORMAT,
                        "%.60s…: %zu values are met in more than %zu places: they lie "
                        "in each other",
                        w->path.data, w->num_seen, w->num_values);
out:
    return status;
}

static int visit_all(walk *w, const gsc_value *value);

static int
visit_item(walk *w, const gsc_value *item, const char *form, const char *step)
{
    int status = 0;
    size_t length = w->path.length;
    if (*form == '.' && length == 0)
        form++;
    GSC_TRY(gsc_text_add(&w->path, form, step));
    GSC_TRY(visit_all(w, item));
    w->path.length = length;
    w->path.data[length] = '\0';
out:
    return status;
}

static int
visit_items(walk *w, const gsc_value *value)
{
    int status = 0;
    char number[GSC_NUMBER_BYTES];
    const gsc_value *dict = dict_of(value);
    for (size_t i = 0; dict && i < dict->count; i++)
        GSC_TRY(visit_item(w, dict->items[2 * i + 1], ".%s",
                           key_text(dict->items[2 * i], number)));
    const gsc_value *list = list_of(value);
    if (!list)
        return 0;
    w->num_numbers += list->count;
    if (w->num_numbers > MOST_NUMBERS)
        return gsc_fail(GSC_EFORMAT, "%.60s…: more than %d numbers", w->path.data,
                        MOST_NUMBERS);
    if (value == list && gsc_value_is_numbers(list))
        return 0;
    for (size_t i = 0; i < list->count; i++) {
        snprintf(number, sizeof number, "%zu", i);
        GSC_TRY(visit_item(w, list->items[i], "[%s]", number));
    }
out:
    return status;
}

/* A module may lie in an object that it holds. */
static bool
is_around(const walk *w, const gsc_value *value)
{
    for (size_t i = 0; i < w->depth; i++)
        if (w->around[i] == value)
            return true;
    return false;
}

static int
visit_all(walk *w, const gsc_value *value)
{
    if (is_around(w, value))
        return 0;
    if (w->num_values == MOST_VALUES || w->depth == MOST_DEPTH)
        return gsc_fail(GSC_EFORMAT, "%.60s…: more than %d values, or %d deep",
                        w->path.data, MOST_VALUES, MOST_DEPTH);
    int status = 0;
    GSC_TRY(count_visit(w, value));
    status = w->visit(w->context, w->path.data, value);
    if (status != 0)
        return status < 0 ? status : 0;
    w->around[w->depth++] = value;
    status = visit_items(w, value);
    w->depth--;
out:
    return status;
}

int
gsc_value_walk(const gsc_value *value, gsc_value_visit *visit, void *context)
{
    int status = 0;
    walk w = {.visit = visit, .context = context};
    GSC_TRY(gsc_text_add(&w.path, "%s", ""));
    GSC_TRY(visit_all(&w, value));
out:
    gsc_text_free(&w.path);
    free(w.seen);
    return status;
}
