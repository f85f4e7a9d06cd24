/* JSON as plain values. */
#ifndef GSC_JSON_VALUE_H
#define GSC_JSON_VALUE_H

#include "train/exchange/arena.h"
#include "train/exchange/value.h"

/* GSC_EFORMAT where the text is no JSON, or has a key twice. */
int gsc_json_value(gsc_arena *arena, const char *text, size_t length,
                   gsc_value **value);

#endif
