/* Options out of a JSON that is parsed once and asked several times. */
#ifndef GSC_OPTIONS_OPTIONS_JSON_H
#define GSC_OPTIONS_OPTIONS_JSON_H

#include "grokscope/options.h"

#include <jansson.h>

/* The object that a text is; the caller's to json_decref. GSC_EFORMAT. */
int gsc_options_parse(const char *text, json_t **root);

/* gsc_options_from_json of what was parsed. */
int gsc_options_from_root(const gsc_options *sets, size_t num_sets, const json_t *root);

#endif
