/* JSON as plain values. */
#include "train/exchange/json_value.h"

#include "grokscope/error.h"

#include "train/base/json_error.h"

#include <jansson.h>
#include <string.h>

static int convert(gsc_arena *arena, const json_t *json, gsc_value **value);

static int
convert_text(gsc_arena *arena, const char *text, gsc_value **out)
{
    gsc_value *value = *out = gsc_arena_new(arena, 1, sizeof *value);
    if (!value)
        return GSC_EMEMORY;
    value->kind = GSC_VALUE_TEXT;
    value->count = strlen(text);
    value->text = gsc_arena_copy(arena, text, value->count);
    return value->text ? 0 : GSC_EMEMORY;
}

static int
convert_list(gsc_arena *arena, const json_t *json, gsc_value *value)
{
    int status = 0;
    value->kind = GSC_VALUE_LIST;
    value->count = json_array_size(json);
    value->items = gsc_arena_new(arena, value->count, sizeof *value->items);
    if (!value->items)
        return GSC_EMEMORY;
    for (size_t i = 0; i < value->count; i++)
        GSC_TRY(convert(arena, json_array_get(json, i), &value->items[i]));
out:
    return status;
}

static int
convert_object(gsc_arena *arena, const json_t *json, gsc_value *value)
{
    int status = 0;
    size_t i = 0;
    json_t *object = (json_t *)json; /* an iterator asks for it, and changes nothing */
    value->kind = GSC_VALUE_DICT;
    value->count = json_object_size(json);
    value->items = gsc_arena_new(arena, value->count, 2 * sizeof *value->items);
    if (!value->items)
        return GSC_EMEMORY;
    for (void *at = json_object_iter(object); at;
         at = json_object_iter_next(object, at)) {
        GSC_TRY(convert_text(arena, json_object_iter_key(at), &value->items[i++]));
        GSC_TRY(convert(arena, json_object_iter_value(at), &value->items[i++]));
    }
out:
    return status;
}

static int
convert(gsc_arena *arena, const json_t *json, gsc_value **out)
{
    if (json_is_string(json))
        return convert_text(arena, json_string_value(json), out);
    gsc_value *value = *out = gsc_arena_new(arena, 1, sizeof *value);
    if (!value)
        return GSC_EMEMORY;
    if (json_is_array(json))
        return convert_list(arena, json, value);
    if (json_is_object(json))
        return convert_object(arena, json, value);
    value->kind = json_is_integer(json)   ? GSC_VALUE_INTEGER
                  : json_is_real(json)    ? GSC_VALUE_REAL
                  : json_is_boolean(json) ? GSC_VALUE_BOOL
                                          : GSC_VALUE_NONE;
    value->integer =
        json_is_true(json) ? 1 : json_integer_value(json); /* 0 for others */
    value->real = json_real_value(json);
    return 0;
}

int
gsc_json_value(gsc_arena *arena, const char *text, size_t length, gsc_value **value)
{
    json_error_t error;
    json_t *json = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);
    if (!json)
        return gsc_json_fail("", &error);
    int status = convert(arena, json, value);
    json_decref(json);
    return status;
}
