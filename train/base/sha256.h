/* SHA-256 of bytes in memory (FIPS 180-4), by Nettle. */
#ifndef GROKSCOPE_SHA256_H
#define GROKSCOPE_SHA256_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { GSC_SHA256_BYTES = 32 };

void gsc_sha256(const void *data, size_t length, unsigned char sum[GSC_SHA256_BYTES]);

#ifdef __cplusplus
}
#endif
#endif
