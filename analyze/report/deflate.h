/* Bytes made fewer: the zlib format, RFC 1950, which a browser reads by itself. */
#ifndef GROKSCOPE_DEFLATE_H
#define GROKSCOPE_DEFLATE_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Compress; the caller frees *out. The same bytes give the same bytes. 30 MB a second
 * or so. GSC_EMEMORY. */
int gsc_deflate(const void *data, size_t length, void **out, size_t *out_length);

#ifdef __cplusplus
}
#endif
#endif
