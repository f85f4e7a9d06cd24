/* The one table of keys: values to JSON and back. */
#include "train/options/options_json.h"

#include "grokscope/error.h"

#include "train/base/json_error.h"

#include <math.h>
#include <string.h>

static int
add_json_value(const gsc_option *key, const void *value, gsc_text *json)
{
    switch (key->type) {
    case GSC_OPTION_NAMES:
    case GSC_OPTION_TEXT: /* what is read back has to be what was given */
        if (!gsc_text_is_utf8(value))
            return gsc_fail(GSC_EARGUMENT, "%s: '%s' is no UTF-8", key->name,
                            (const char *)value);
        return gsc_text_add_json(json, value);
    case GSC_OPTION_CHOICE: {
        const char *choice = key->choices[*(const int64_t *)value];
        return strcmp(choice, "none") == 0 ? gsc_text_add(json, "null")
                                           : gsc_text_add_json(json, choice);
    }
    case GSC_OPTION_BOOL:
    case GSC_OPTION_FLAG:
        return gsc_text_add(json, *(const bool *)value ? "true" : "false");
    default:
        return gsc_options_add_value(key, value, json);
    }
}

/* *first: nothing stands in the object yet. */
static int
add_section(const gsc_options *set, const char *indent, bool *first, gsc_text *json)
{
    int status = 0;
    for (size_t i = 0; i < set->num_rows; i++) {
        const gsc_option *key = &set->rows[i];
        GSC_TRY(gsc_text_add(json, "%s%s", *first ? "" : ",\n", indent));
        *first = false;
        GSC_TRY(gsc_text_add_json(json, key->name));
        GSC_TRY(gsc_text_add(json, ": "));
        GSC_TRY(add_json_value(key, (const char *)set->values + key->offset, json));
    }
out:
    return status;
}

/* Neighbouring sets of one title are one section. */
static bool
is_same_section(const gsc_options *a, const gsc_options *b)
{
    return a->title && b->title && strcmp(a->title, b->title) == 0;
}

int
gsc_options_to_json(const gsc_options *sets, size_t num_sets, gsc_text *json)
{
    int status = 0;
    bool first = true, first_of_section = true;
    GSC_TRY(gsc_text_add(json, "{\n"));
    for (size_t s = 0; s < num_sets; s++) {
        bool goes_on = s > 0 && is_same_section(&sets[s - 1], &sets[s]);
        bool ends = s + 1 == num_sets || !is_same_section(&sets[s], &sets[s + 1]);
        if (!sets[s].title) {
            GSC_TRY(add_section(&sets[s], "  ", &first, json));
            continue;
        }
        if (!goes_on) {
            GSC_TRY(gsc_text_add(json, "%s  \"%s\": {\n", first ? "" : ",\n",
                                 sets[s].title));
            first = false;
            first_of_section = true;
        }
        GSC_TRY(add_section(&sets[s], "    ", &first_of_section, json));
        if (ends)
            GSC_TRY(gsc_text_add(json, "\n  }"));
    }
    GSC_TRY(gsc_text_add(json, "\n}\n"));
out:
    return status;
}

/* A JSON value as a recipe would write it; false where it is no scalar. */
static bool
scalar_text(const json_t *value, char *text, size_t bytes)
{
    char number[GSC_NUMBER_BYTES];
    if (json_is_string(value) && json_string_length(value) < bytes)
        return strcpy(text, json_string_value(value)) != NULL;
    if (json_is_null(value))
        return strcpy(text, "none") != NULL;
    if (json_is_boolean(value))
        return strcpy(text, json_is_true(value) ? "yes" : "no") != NULL;
    if (json_is_integer(value))
        return snprintf(text, bytes, "%lld", (long long)json_integer_value(value)) > 0;
    if (!json_is_real(value))
        return false;
    gsc_text_from_real(number, json_real_value(value));
    return strcpy(text, number) != NULL;
}

static int
read_section(const gsc_options *set, const json_t *section)
{
    for (size_t i = 0; i < set->num_rows; i++) {
        const char *name = set->rows[i].name;
        const json_t *value = json_object_get(section, name);
        char text[GSC_OPTION_TEXT_BYTES];
        if (!value)
            continue;
        if (!scalar_text(value, text, sizeof text))
            return gsc_fail(GSC_EFORMAT, "configuration: %s is no single value", name);
        if (gsc_options_set(set, 1, name, text) < 0)
            return gsc_fail_in(GSC_EFORMAT, "configuration");
    }
    return 0;
}

int
gsc_options_parse(const char *text, json_t **root)
{
    json_error_t error;
    *root = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    if (!*root)
        return gsc_json_fail("configuration: ", &error);
    if (json_is_object(*root))
        return 0;
    json_decref(*root);
    *root = NULL;
    return gsc_fail(GSC_EFORMAT, "configuration: not a JSON object");
}

int
gsc_options_from_root(const gsc_options *sets, size_t num_sets, const json_t *root)
{
    int status = 0;
    for (size_t s = 0; s < num_sets; s++) {
        const char *title = sets[s].title;
        const json_t *section = title ? json_object_get(root, title) : root;
        if (section && !json_is_object(section))
            return gsc_fail(GSC_EFORMAT, "configuration: %s is no object", title);
        GSC_TRY(read_section(&sets[s], section));
    }
out:
    return status;
}

int
gsc_options_from_json(const gsc_options *sets, size_t num_sets, const char *text)
{
    json_t *root;
    int status = gsc_options_parse(text, &root);
    if (status == 0)
        status = gsc_options_from_root(sets, num_sets, root);
    json_decref(root);
    return status;
}
