/* Sparse parity. */
#ifndef GSC_TASK_PARITY_H
#define GSC_TASK_PARITY_H

#include "grokscope/task.h"

/* The facet "bits": n (int64), and relevant (uint16 [k]), the bits that y depends on.
 */
#define GSC_BITS "bits"

typedef struct gsc_parity {
    int64_t n, k;
    bool online;
    int64_t train_samples, test_samples;
    int64_t loss;
    bool tokens;
    int64_t data_seed;
} gsc_parity;

extern const gsc_task gsc_task_parity;

#endif
