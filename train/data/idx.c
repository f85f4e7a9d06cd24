/* IDX files. */
#include "train/data/idx.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/text.h"

#include "train/data/gzip.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { UNSIGNED_BYTES = 0x08, MOST_BYTES = 0x7fffffff };

void
gsc_idx_free(gsc_idx *idx)
{
    free(idx->data);
    *idx = (gsc_idx){.rank = 0};
}

/* Fewer bytes than asked for are a file that ends early. */
static int
read_bytes(gzFile file, const char *path, void *data, size_t count)
{
    size_t got;
    int status = gsc_gzip_read(file, path, data, count, &got);
    if (status < 0 || got == count)
        return status;
    return gsc_fail(GSC_EFORMAT, "%s: ends after %zu of %zu bytes", path, got, count);
}

static int
read_header(gzFile file, const char *path, size_t rank, gsc_idx *idx)
{
    int status = 0;
    unsigned char magic[4], length[4];
    size_t count = 1;
    GSC_TRY(read_bytes(file, path, magic, sizeof magic));
    if (magic[0] != 0 || magic[1] != 0 || magic[2] != UNSIGNED_BYTES)
        return gsc_fail(GSC_EFORMAT,
                        "%s: is no IDX file of bytes: begins with %02x %02x %02x, "
                        "expected 00 00 08",
                        path, magic[0], magic[1], magic[2]);
    if (magic[3] != rank)
        return gsc_fail(GSC_EFORMAT, "%s: has %d axes, expected %zu", path, magic[3],
                        rank);
    idx->rank = rank;
    for (size_t i = 0; i < rank; i++) {
        GSC_TRY(read_bytes(file, path, length, sizeof length));
        idx->dims[i] = (size_t)length[0] << 24 | (size_t)length[1] << 16 |
                       (size_t)length[2] << 8 | length[3];
        if (idx->dims[i] == 0 || idx->dims[i] > MOST_BYTES / count)
            return gsc_fail(GSC_EFORMAT, "%s: axis %zu has %zu elements", path, i,
                            idx->dims[i]);
        count *= idx->dims[i];
    }
out:
    return status;
}

int
gsc_idx_read(gsc_idx *idx, const char *path, size_t rank)
{
    int status = 0;
    size_t count = 1;
    char more;
    *idx = (gsc_idx){.rank = 0};
    gzFile file = NULL;
    GSC_TRY(gsc_gzip_open(&file, path, MOST_BYTES));
    GSC_TRY(read_header(file, path, rank, idx));
    for (size_t i = 0; i < rank; i++)
        count *= idx->dims[i];
    GSC_NEW(idx->data, count);
    GSC_TRY(read_bytes(file, path, idx->data, count));
    if (gzread(file, &more, 1) != 0)
        status = gsc_fail(GSC_EFORMAT, "%s: has more than the %zu bytes that it says",
                          path, count);
out:
    if (file)
        gzclose(file);
    if (status < 0)
        gsc_idx_free(idx);
    return status;
}
