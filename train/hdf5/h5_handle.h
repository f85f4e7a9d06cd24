/* What the sources of this folder share. Nobody else includes it. */
#ifndef STORE_H5_HANDLE_H
#define STORE_H5_HANDLE_H

#include "train/hdf5/h5.h"

#include <hdf5.h>

enum { GSC_H5_PATH_BYTES = 1024 };

/* The object that was opened last, and what a dataset was found to be. */
typedef struct gsc_h5_object {
    hid_t id; /* or H5I_INVALID_HID */
    char path[GSC_H5_PATH_BYTES];
    bool is_described;
    gsc_h5_array array;
} gsc_h5_object;

struct gsc_h5 {
    hid_t id;
    gsc_h5_object *opened;
    char *path;   /* for messages, and where a created file is written */
    size_t bytes; /* length of an opened file: no object in it can hold more */
    bool sealed;  /* every byte of it is known to be as it was written */
};

/* A handle without a file; its failures are kept for gsc_h5_reason from here on. */
int gsc_h5_new(gsc_h5 **file, const char *path);

/* The library's type on disk or in memory. */
hid_t gsc_h5_disk_type(gsc_h5_type type);
hid_t gsc_h5_memory_type(gsc_h5_type type);

/* The innermost complaint of the library's last failure on this thread. It is kept
 * from the first gsc_h5_create or gsc_h5_open of the thread on. */
const char *gsc_h5_reason(void);

/* Open an object whose path has only hard links, and which is linked once: the id is
 * the file's, until another object is opened. GSC_EFORMAT where it is missing or none.
 */
int gsc_h5_open_object(const gsc_h5 *file, const char *object, hid_t *id);
void gsc_h5_close_object(gsc_h5_object *opened);

/* A text type: `size` bytes of UTF-8, or H5T_VARIABLE. To be closed. */
hid_t gsc_h5_text_type(size_t size);

/* The product of dims[0 … rank) and `size`, as large as SIZE_MAX where it is larger. */
size_t gsc_h5_bytes(const size_t *dims, size_t rank, size_t size);

/* How many chunks of a dataset are looked at: HDF5 1.10 goes from the first one to
 * each.
 */
enum { GSC_H5_MOST_CHUNKS = 1 << 12 };

/* Whether the data of a dataset of this shape lie in the file: uncompressed, no chunk
 * missing, of another size or beyond the end. GSC_EFORMAT with what was found. Cost:
 * a look at the index, and at 4096 chunks at most. */
int gsc_h5_check_storage(const gsc_h5 *file, const char *object, hid_t id, hid_t space,
                         const gsc_h5_array *array, size_t element_bytes);

/* Whether the chunk of a dataset that was read as zeros lies in nothing else in the
 * file, unless that is sealed. GSC_EFORMAT where it does. Cost: a pass over the file.
 */
int gsc_h5_check_zeros(const gsc_h5 *file, const char *object, hid_t id, hid_t space);

#endif
