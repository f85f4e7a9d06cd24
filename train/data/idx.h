/* IDX, the format of MNIST (LeCun, Cortes and Burges): a big-endian header of two zero
 * bytes, the type of the elements, the number of axes and their lengths, then the
 * elements. Files may be compressed by gzip. */
#ifndef GSC_DATA_IDX_H
#define GSC_DATA_IDX_H

#include <stddef.h>
#include <stdint.h>

enum { GSC_IDX_MAX_RANK = 4 };

typedef struct gsc_idx {
    size_t rank;
    size_t dims[GSC_IDX_MAX_RANK];
    uint8_t *data; /* of unsigned bytes, the only type that is read */
} gsc_idx;

/* Read a file. GSC_EFORMAT: missing, not IDX, not of bytes, of another rank, more or
 * fewer elements than it says, more than 2 GiB. */
int gsc_idx_read(gsc_idx *idx, const char *path, size_t rank);
void gsc_idx_free(gsc_idx *idx);

#endif
