/* JSON as it is written, piece by piece. */
#ifndef GSC_TOOL_REPORT_JSON_H
#define GSC_TOOL_REPORT_JSON_H

#include "grokscope/text.h"

/* Zeroed is empty and valid. The first failure is kept: what comes after it does
 * nothing, so that a writer needs no checks between its lines. */
typedef struct gsc_json {
    gsc_text text;
    int status;
} gsc_json;

void gsc_json_free(gsc_json *json);

/* Open an object '{' or an array '[', and close it again. `key` stands in objects and
 * is NULL in arrays, here and below. */
void gsc_json_open(gsc_json *json, const char *key, char bracket);
void gsc_json_close(gsc_json *json, char bracket);

/* A value. Reals have nine digits, enough for any float; what is not finite is null. */
void gsc_json_text(gsc_json *json, const char *key, const char *value);
void gsc_json_real(gsc_json *json, const char *key, double value);
void gsc_json_integer(gsc_json *json, const char *key, int64_t value);
void gsc_json_bool(gsc_json *json, const char *key, bool value);

/* Something that is JSON already. */
void gsc_json_raw(gsc_json *json, const char *key, const char *value);

/* Note a failure of something else; 0 is none. */
void gsc_json_note(gsc_json *json, int status);

#endif
