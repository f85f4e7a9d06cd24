/* Numbers in a text. */
#include "train/data/index_text.h"

#include "grokscope/error.h"

#include <ctype.h>

bool
gsc_index_skip(gsc_index_text *in)
{
    for (; in->at < in->end && isspace((unsigned char)*in->at); in->at++)
        in->line += *in->at == '\n';
    return in->at < in->end;
}

int
gsc_index_next(gsc_index_text *in, size_t n, size_t *index)
{
    const char *start = in->at;
    size_t value = 0;
    bool good = in->at < in->end;
    for (; in->at < in->end && !isspace((unsigned char)*in->at); in->at++) {
        good = good && isdigit((unsigned char)*in->at) && value < n;
        if (good)
            value = 10 * value + (size_t)(*in->at - '0');
    }
    if (!good || value >= n) {
        ptrdiff_t length = in->at - start;
        return gsc_fail(GSC_EFORMAT, "%s: line %zu: found '%.*s', expected 0 to %zu",
                        in->path, in->line, (int)(length < 40 ? length : 40), start,
                        n - 1);
    }
    *index = value;
    return 0;
}
