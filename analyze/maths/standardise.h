/* Columns of mean 0 and variance 1. */
#ifndef GSC_MATHS_STANDARDISE_H
#define GSC_MATHS_STANDARDISE_H

#include "grokscope/matrix.h"

/* Take the mean from each column of x [n, d] and divide it by its standard deviation,
 * whose variance is over n - 1; NaN where a column does not vary. */
void gsc_standardise(gsc_matrix *x);

#endif
