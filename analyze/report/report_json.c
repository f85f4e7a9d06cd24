/* JSON as it is written, piece by piece. */
#include "analyze/report/report_json.h"

#include <inttypes.h>
#include <math.h>

void
gsc_json_free(gsc_json *json)
{
    gsc_text_free(&json->text);
    *json = (gsc_json){.status = 0};
}

void
gsc_json_note(gsc_json *json, int status)
{
    if (json->status == 0)
        json->status = status;
}

static void
add(gsc_json *json, const char *text)
{
    if (json->status == 0)
        json->status = gsc_text_add(&json->text, "%s", text);
}

/* What stands before a value: a comma, where it is not the first, and its key. */
static void
begin(gsc_json *json, const char *key)
{
    const gsc_text *text = &json->text;
    char before = text->length > 0 ? text->data[text->length - 1] : '[';
    if (before != '[' && before != '{')
        add(json, ",\n");
    if (!key)
        return;
    if (json->status == 0)
        json->status = gsc_text_add_json(&json->text, key);
    add(json, ": ");
}

void
gsc_json_open(gsc_json *json, const char *key, char bracket)
{
    begin(json, key);
    add(json, bracket == '{' ? "{" : "[");
}

void
gsc_json_close(gsc_json *json, char bracket)
{
    add(json, bracket == '{' ? "}" : "]");
}

void
gsc_json_text(gsc_json *json, const char *key, const char *value)
{
    begin(json, key);
    if (json->status == 0)
        json->status = gsc_text_add_json(&json->text, value);
}

void
gsc_json_real(gsc_json *json, const char *key, double value)
{
    begin(json, key);
    if (json->status == 0)
        json->status = isfinite(value) ? gsc_text_add(&json->text, "%.9g", value)
                                       : gsc_text_add(&json->text, "null");
}

void
gsc_json_integer(gsc_json *json, const char *key, int64_t value)
{
    begin(json, key);
    if (json->status == 0)
        json->status = gsc_text_add(&json->text, "%" PRId64, value);
}

void
gsc_json_bool(gsc_json *json, const char *key, bool value)
{
    begin(json, key);
    add(json, value ? "true" : "false");
}

void
gsc_json_raw(gsc_json *json, const char *key, const char *value)
{
    begin(json, key);
    add(json, value);
}
