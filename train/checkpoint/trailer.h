/* What ends a checkpoint file: the SHA-256 of all bytes before it, as a line of text
 * after the HDF5 image, which HDF5 does not look at:
 *
 *     "grokscope 2 sha256 " <64 hex digits> "\n"
 *
 * so that  head -c -84 FILE | sha256sum  gives what  tail -c 84 FILE  says. */
#ifndef GSC_CHECKPOINT_TRAILER_H
#define GSC_CHECKPOINT_TRAILER_H

#include <stdbool.h>
#include <stddef.h>

enum { GSC_TRAILER_BYTES = 84 };

/* Add it to a file's image, which has room for it. */
void gsc_trailer_add(void *image, size_t *length);

/* Compare a file with its trailer; *found is false where it has none: a file of version
 * 1.0, or one that another program has written to since. GSC_EFORMAT where the bytes
 * are not those that the trailer tells. Cost: one pass over the file, a block in
 * memory. */
int gsc_trailer_check(const char *path, bool *found);

#endif
