/* What h5.c, h5_read.c and h5_write.c share. Nobody else includes it. */
#ifndef STORE_H5_HANDLE_H
#define STORE_H5_HANDLE_H

#include "train/hdf5/h5.h"

#include <hdf5.h>

struct gsc_h5 {
    hid_t id;
    char *path;   /* for messages, and where a created file is written */
    size_t bytes; /* length of an opened file: no object in it can hold more */
};

/* A handle without a file; its failures are kept for gsc_h5_reason from here on. */
int gsc_h5_new(gsc_h5 **file, const char *path);

/* The library's type on disk or in memory. */
hid_t gsc_h5_disk_type(gsc_h5_type type);
hid_t gsc_h5_memory_type(gsc_h5_type type);

/* The innermost complaint of the library's last failure on this thread. It is kept
 * from the first gsc_h5_create or gsc_h5_open of the thread on. */
const char *gsc_h5_reason(void);

/* A text type: `size` bytes of UTF-8, or H5T_VARIABLE. To be closed. */
hid_t gsc_h5_text_type(size_t size);

#endif
