/* HDF5 as files of named arrays and texts. Only the sources of this folder
 * know the library; no type of it passes this header.
 *
 * An object is named by its path in the file ("/params/embed.W_E"), an attribute by
 * its object and its name; where both are given and `attribute` is NULL, the dataset
 * is meant. A file is used by the thread that opened it. */
#ifndef STORE_H5_H
#define STORE_H5_H

#include <stdbool.h>
#include <stddef.h>

typedef struct gsc_h5 gsc_h5;

enum { GSC_H5_MAX_RANK = 8, GSC_H5_NAME_BYTES = 128 };

/* On disk all numbers are little-endian; in memory they are the machine's. */
typedef enum gsc_h5_type {
    GSC_H5_UINT8,
    GSC_H5_UINT16,
    GSC_H5_UINT32,
    GSC_H5_INT32,
    GSC_H5_INT64,
    GSC_H5_FLOAT32,
    GSC_H5_FLOAT64,
    GSC_H5_INTEGER, /* any other integer type; read as int64_t, never written */
    GSC_H5_TEXT,
    GSC_H5_OTHER /* what this program does not read */
} gsc_h5_type;

typedef struct gsc_h5_array {
    gsc_h5_type type;
    size_t rank;
    size_t dims[GSC_H5_MAX_RANK];
} gsc_h5_array;

typedef enum gsc_h5_kind { GSC_H5_NOTHING, GSC_H5_GROUP, GSC_H5_DATASET } gsc_h5_kind;

/* Names of links or attributes, sorted by their bytes. */
typedef struct gsc_h5_names {
    size_t count;
    char (*names)[GSC_H5_NAME_BYTES];
} gsc_h5_names;

size_t gsc_h5_count(const gsc_h5_array *array);
size_t gsc_h5_type_size(gsc_h5_type type); /* in memory; 0 for text and others */
const char *gsc_h5_type_name(gsc_h5_type type);

/* The library's version, as "1.10.8". */
void gsc_h5_library(char *text, size_t room);

/* ---- Files ---- */

/* A new file that lives in memory until gsc_h5_write writes it to `path`. */
int gsc_h5_create(gsc_h5 **file, const char *path);

/* The bytes of a created file, with `room` bytes more after them; the caller frees
 * *image. */
int gsc_h5_image(gsc_h5 *file, size_t room, void **image, size_t *length);

/* Write a created file to its path, by a temporary name; with the root's attributes
 * schema and version, which say what form it has. */
int gsc_h5_write(gsc_h5 *file);
int gsc_h5_write_form(gsc_h5 *file, const char *schema, const char *version);

/* Open for reading. GSC_EFORMAT: missing, no regular file, empty, not HDF5, torn. */
int gsc_h5_open(gsc_h5 **file, const char *path);

/* Tell that every byte of the opened file is as it was written: what damage could have
 * done need not be looked for. */
void gsc_h5_set_sealed(gsc_h5 *file);

/* Close what gsc_h5_create or gsc_h5_open gave; NULL is nothing to close. */
void gsc_h5_close(gsc_h5 *file);

/* GSC_EFORMAT with "path: object: attribute 'name': " before the message. */
int gsc_h5_fail(const gsc_h5 *file, const char *object, const char *attribute,
                const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 4, 5)))
#endif
    ;

/* ---- Writing into a created file ---- */

int gsc_h5_add_group(gsc_h5 *file, const char *object);

/* A dataset carries a checksum unless it is a scalar or empty. */
int gsc_h5_add_array(gsc_h5 *file, const char *object, const char *attribute,
                     const gsc_h5_array *array, const void *data);

/* UTF-8: an attribute of variable length, or a scalar dataset of fixed length. */
int gsc_h5_add_text(gsc_h5 *file, const char *object, const char *attribute,
                    const char *text);

/* A dataset of texts, all of the length of the longest. */
int gsc_h5_add_texts(gsc_h5 *file, const char *object, const char *const *texts,
                     size_t count);

/* A virtual float dataset [num_sources, member's dims] whose part i is dataset `object`
 * of file sources[i], a path relative to this file's folder; NaN where there is none.
 */
int gsc_h5_add_stack(gsc_h5 *file, const char *object, const gsc_h5_array *member,
                     const char *const *sources, size_t num_sources);

/* ---- Reading ----
 * Only hard links are followed: soft and external ones are refused. */

int gsc_h5_kind_of(const gsc_h5 *file, const char *object, gsc_h5_kind *kind);
int gsc_h5_has_attribute(const gsc_h5 *file, const char *object, const char *attribute,
                         bool *has);

/* The links of a group, or the attributes of an object. A name longer than
 * GSC_H5_NAME_BYTES - 1 is refused. */
int gsc_h5_list(const gsc_h5 *file, const char *object, gsc_h5_names *names);
int gsc_h5_list_attributes(const gsc_h5 *file, const char *object, gsc_h5_names *names);
void gsc_h5_names_free(gsc_h5_names *names);

/* Type and shape. Refuses what claims more bytes than the file has, so that a caller
 * may allocate what this says. */
int gsc_h5_inspect(const gsc_h5 *file, const char *object, const char *attribute,
                   gsc_h5_array *array);

/* Read what gsc_h5_inspect described into `data`, checksums verified. */
int gsc_h5_read(const gsc_h5 *file, const char *object, const char *attribute,
                const gsc_h5_array *array, void *data);

/* Read a scalar text of fixed or variable length; the caller frees *text. */
int gsc_h5_read_text(const gsc_h5 *file, const char *object, const char *attribute,
                     char **text);

#endif
