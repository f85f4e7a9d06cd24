/* Values of an HDF5 file as a format expects them: GSC_EFORMAT with what was expected
 * and what was found. */
#ifndef STORE_H5_VALUES_H
#define STORE_H5_VALUES_H

#include "train/hdf5/h5.h"

#include <stdint.h>

/* Inspect, and compare type and rank. */
int gsc_h5_expect(const gsc_h5 *file, const char *object, const char *attribute,
                  gsc_h5_type type, size_t rank, gsc_h5_array *array);

/* Read `count` integers (8 at most) of any type from an attribute: one where rank is 0.
 */
int gsc_h5_read_integers(const gsc_h5 *file, const char *object, const char *attribute,
                         size_t rank, size_t count, int64_t *values);

/* Read a one-dimensional dataset or attribute into new memory: `data` is the address of
 * a pointer. */
int gsc_h5_read_vector(const gsc_h5 *file, const char *object, const char *attribute,
                       gsc_h5_type type, void *data, size_t *count);

/* Read a text into an array of the caller. */
int gsc_h5_read_short_text(const gsc_h5 *file, const char *object,
                           const char *attribute, char *text, size_t room);

#endif
