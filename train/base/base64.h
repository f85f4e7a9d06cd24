/* Bytes as letters: base64 of RFC 4648, with padding. */
#ifndef GROKSCOPE_BASE64_H
#define GROKSCOPE_BASE64_H

#include "grokscope/text.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Add `length` bytes, four letters for each three, in one line. GSC_EMEMORY. */
int gsc_base64_add(const void *data, size_t length, gsc_text *text);

#ifdef __cplusplus
}
#endif
#endif
