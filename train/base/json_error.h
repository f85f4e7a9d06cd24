/* What jansson says of a text that it could not read. */
#ifndef GSC_BASE_JSON_ERROR_H
#define GSC_BASE_JSON_ERROR_H

#include "grokscope/error.h"

#include <jansson.h>

/* Where memory ran out jansson has no words. */
static inline int
gsc_json_fail(const char *what, const json_error_t *error)
{
    if (error->text[0] == '\0' || json_error_code(error) == json_error_out_of_memory)
        return gsc_fail(GSC_EMEMORY, "%sno memory for its JSON", what);
    return gsc_fail(GSC_EFORMAT, "%sline %d: %s", what, error->line, error->text);
}

#endif
