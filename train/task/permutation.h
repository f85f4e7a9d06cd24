/* Compositions of permutations: Liu et al.'s toy of a group that does not commute. */
#ifndef GSC_TASK_PERMUTATION_H
#define GSC_TASK_PERMUTATION_H

#include "grokscope/task.h"

/* The facet "permutation": n (int64). Tokens are the permutations of 0 … n-1, numbered
 * in lexicographic order; examples are all ordered pairs. */
#define GSC_PERMUTATION "permutation"

typedef struct gsc_permutation {
    int64_t n;
    int64_t train_samples;
    int64_t loss;  /* mse: templates; the others: labels */
    int64_t d_out; /* of a template */
    double label_scale;
    int64_t data_seed;
} gsc_permutation;

extern const gsc_task gsc_task_permutation;

#endif
