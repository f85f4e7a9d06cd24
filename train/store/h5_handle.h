/* What h5.c and h5_read.c share. Nobody else includes it. */
#ifndef STORE_H5_HANDLE_H
#define STORE_H5_HANDLE_H

#include "h5.h"

#include <hdf5.h>

struct gsc_h5 {
    hid_t id;
    char *path;   /* for messages */
    size_t bytes; /* length of an opened file: no object in it can hold more */
};

/* The library's type on disk or in memory. */
hid_t gsc_h5_disk_type(gsc_h5_type type);
hid_t gsc_h5_memory_type(gsc_h5_type type);

/* The innermost complaint of the library's last failure on this thread. It is kept
 * from the first gsc_h5_create or gsc_h5_open of the thread on. */
const char *gsc_h5_reason(void);

/* A text type: `size` bytes of UTF-8, or H5T_VARIABLE. To be closed. */
hid_t gsc_h5_text_type(size_t size);

#endif
