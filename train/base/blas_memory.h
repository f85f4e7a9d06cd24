/* The memory that OpenBLAS works in, under a limit of memory. */
#ifndef GROKSCOPE_BLAS_MEMORY_H
#define GROKSCOPE_BLAS_MEMORY_H

#include <stddef.h>

/* Where the process has a limit of memory (ulimit -v or -d), have OpenBLAS take the
 * buffers with which `num_threads` threads may call it at once: it tries for ever where
 * it finds no memory for one later. Those it has count, and without a limit nothing is
 * taken. GSC_EMEMORY names the limit. Not for threads side by side. */
int gsc_blas_memory_take(size_t num_threads);

#endif
