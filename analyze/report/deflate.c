/* Bytes made fewer: the one file that names zlib. */
#include "analyze/report/deflate.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include <limits.h>
#include <stdlib.h>
#include <zlib.h>

int
gsc_deflate(const void *data, size_t length, void **out, size_t *out_length)
{
    int status = 0;
    unsigned char *bytes = NULL;
    if (length > ULONG_MAX / 2)
        return gsc_fail(GSC_EARGUMENT, "%zu bytes: too many to compress", length);
    uLongf room = compressBound((uLong)length);
    GSC_NEW(bytes, room);
    if (compress2(bytes, &room, data, (uLong)length, Z_DEFAULT_COMPRESSION) != Z_OK)
        GSC_TRY(gsc_fail(GSC_EMEMORY, "no memory to compress %zu bytes", length));
    *out = bytes;
    *out_length = room;
    bytes = NULL;
out:
    free(bytes);
    return status;
}
