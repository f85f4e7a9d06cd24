/* Named arrays as one HDF5 file. */
#ifndef GROKSCOPE_ARRAYS_H
#define GROKSCOPE_ARRAYS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One array: of the three pointers the one that is not NULL. */
typedef struct gsc_named_array {
    const char *name; /* its dataset, in / */
    const char *help; /* its attribute "help"; may be NULL */
    size_t rows, cols;
    const double *reals;      /* [rows, cols] */
    const int64_t *integers;  /* [rows] */
    const char *const *texts; /* [rows] */
} gsc_named_array;

/* Write them, with the attributes schema and version of /. The file appears whole.
 * GSC_EIO, GSC_EMEMORY. */
int gsc_arrays_write_h5(const gsc_named_array *arrays, size_t count, const char *schema,
                        const char *version, const char *path);

#ifdef __cplusplus
}
#endif
#endif
