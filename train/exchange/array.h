/* Arrays of other programs: their element types, their bounds, their elements as ours.
 */
#ifndef GSC_ARRAY_H
#define GSC_ARRAY_H

#include "grokscope/tensor.h"

#include "train/exchange/value.h"

/* Check that dimensions, strides and place stay within the array's bytes, and that it
 * is not larger than what a small network holds. GSC_EFORMAT says how it does not fit.
 */
int gsc_array_check(const gsc_array *array);

/* The strides of C order (the last index runs fastest), or of Fortran's. */
void gsc_array_set_strides(gsc_array *array, bool fortran);

/* The first element as a number. */
double gsc_array_first(const gsc_array *array, const unsigned char *bytes);

/* The elements in C order, converted; `bytes` are the array's. */
int gsc_array_convert(const gsc_array *array, const unsigned char *bytes,
                      gsc_tensor *tensor);

#endif
