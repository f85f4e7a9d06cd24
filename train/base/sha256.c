/* SHA-256 of bytes in memory. */
#include "train/base/sha256.h"

#include <stdint.h>
#include <sys/types.h>

#include <sha2.h>

void
gsc_sha256(const void *data, size_t length, unsigned char sum[GSC_SHA256_BYTES])
{
    SHA2_CTX context;
    SHA256Init(&context);
    SHA256Update(&context, data, length);
    SHA256Final(sum, &context);
}
