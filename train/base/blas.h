/* OpenBLAS made ready: its threads, its kernels, the memory that it works in. */
#ifndef GROKSCOPE_BLAS_H
#define GROKSCOPE_BLAS_H

#include <stddef.h>

/* Before BLAS or LAPACK is called: keep the library on the calling thread, for the
 * whole process (by default OpenBLAS takes every core, and what LAPACK returns then
 * depends on their number), and give it the kernels that this processor can run. Cheap
 * to call again. Another BLAS is left to itself. */
void gsc_blas_prepare(void);

/* Prepare it; and where the process has a limit of memory (ulimit -v or -d), have
 * OpenBLAS take the buffers with which `num_threads` threads may call it at once: it
 * tries for ever where it finds no memory for one later. Those it has count, and
 * without a limit nothing is taken. GSC_EMEMORY names the limit. Not for threads side
 * by side. */
int gsc_blas_memory_take(size_t num_threads);

#endif
