/* Files that may be packed by gzip. */
#ifndef GSC_DATA_GZIP_H
#define GSC_DATA_GZIP_H

#include <stddef.h>

#include <zlib.h>

/* Open a regular file of at most `most` bytes, packed or not. GSC_EFORMAT. */
int gsc_gzip_open(gzFile *file, const char *path, size_t most);

/* Read up to `count` bytes of what is in it; *got are there. GSC_EFORMAT. */
int gsc_gzip_read(gzFile file, const char *path, void *data, size_t count, size_t *got);

/* All that is in a file, with a NUL behind it; the caller frees it. GSC_EFORMAT where
 * that are more than `most` bytes. */
int gsc_gzip_read_text(const char *path, size_t most, char **text);

#endif
