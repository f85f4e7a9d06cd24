/* NumPy's .npy, by itself and as the entries of an .npz.
 * Format: numpy's lib/format.py, versions 1.0 and 2.0. */
#ifndef GSC_NPY_H
#define GSC_NPY_H

#include "train/exchange/arena.h"
#include "train/exchange/value.h"
#include "train/exchange/zip.h"

/* The element type of "<f4", "|u1", "f8", …; false for big-endian and other ones. */
bool gsc_npy_dtype(const char *descr, gsc_dtype *dtype);

/* Whether the bytes begin as an .npy does. */
bool gsc_npy_begins(const unsigned char *data, size_t length);

/* Whether it holds objects, which are a pickle from byte *first on; of an .npy that is
 * damaged nothing is said. */
int gsc_npy_has_objects(const unsigned char *data, size_t length, size_t *first,
                        bool *has);

/* The array of a whole .npy in memory, which it borrows. */
int gsc_npy_read(const unsigned char *data, size_t length, gsc_array *array);

/* The same of one that holds objects: the only one, or a list of them. */
int gsc_npy_read_objects(gsc_arena *arena, const unsigned char *data, size_t length,
                         gsc_value **value);

/* A dictionary of the arrays of an .npz. Their data stays in the file, but for objects.
 */
int gsc_npz_read(gsc_arena *arena, const gsc_zip *zip, gsc_value **root);

#endif
