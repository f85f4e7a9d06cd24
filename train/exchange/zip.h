/* Zip files: PyTorch's archives and NumPy's npz. The one file that knows libzip. */
#ifndef GSC_ZIP_H
#define GSC_ZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct gsc_zip gsc_zip;

typedef struct gsc_zip_entry {
    uint64_t index;
    const char *name; /* the file's */
    size_t bytes;     /* as they are read, less than a compression could make of them */
    bool is_stored;   /* not compressed */
} gsc_zip_entry;

int gsc_zip_open(gsc_zip **zip, const char *path);
void gsc_zip_close(gsc_zip *zip);

size_t gsc_zip_count(const gsc_zip *zip);

/* GSC_EFORMAT where its name or size is missing, it is encrypted, or larger than what
 * can stand in the file. */
int gsc_zip_inspect(const gsc_zip *zip, uint64_t index, gsc_zip_entry *entry);

/* The entry called `name`; *found says whether there is one. */
int gsc_zip_find(const gsc_zip *zip, const char *name, gsc_zip_entry *entry,
                 bool *found);

/* Read the whole entry, its checksum compared, into new memory with a NUL after. */
int gsc_zip_read(const gsc_zip *zip, const gsc_zip_entry *entry, unsigned char **data);

/* A file to be written: entries and their bytes. */
typedef struct gsc_zip_member {
    const char *name;
    const void *data;
    size_t bytes;
} gsc_zip_member;

/* A zip file of entries without compression and without times, in new memory. */
int gsc_zip_image(const gsc_zip_member *members, size_t count, void **image,
                  size_t *length);

#endif
