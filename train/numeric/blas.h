/* What the layer's users of BLAS share. */
#ifndef GROKSCOPE_NUMERIC_BLAS_H
#define GROKSCOPE_NUMERIC_BLAS_H

/* Keep the BLAS library on the calling thread, for the whole process: by default
 * OpenBLAS takes every core, and what LAPACK returns then depends on their number.
 * Cheap to call again. */
void gsc_blas_one_thread(void);

#endif
