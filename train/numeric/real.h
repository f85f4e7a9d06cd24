/* Numeric code that serves float and double from one source.
 *
 * A file that includes this is compiled twice, with GSC_REAL 32 and 64; `real` is the
 * number and TYPED(name) gives each external name its type's ending. */
#ifndef GSC_NUMERIC_REAL_H
#define GSC_NUMERIC_REAL_H

#include "train/numeric/gemm.h"

#if GSC_REAL == 32
typedef float real;
#define GSC_EPSILON 0x1p-23 /* of `real` */
#define TYPED(name) name##_f32
#elif GSC_REAL == 64
typedef double real;
#define GSC_EPSILON 0x1p-52
#define TYPED(name) name##_f64
#else
#error "GSC_REAL is 32 or 64"
#endif

#endif
