/* SHA-256 of bytes in memory. */
#include "train/base/sha256.h"

#include <nettle/sha2.h>

void
gsc_sha256(const void *data, size_t length, unsigned char sum[GSC_SHA256_BYTES])
{
    struct sha256_ctx context;
    sha256_init(&context);
    sha256_update(&context, length, data);
    sha256_digest(&context, GSC_SHA256_BYTES, sum);
}
