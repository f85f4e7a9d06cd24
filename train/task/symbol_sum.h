/* Sums of symbols: Liu et al.'s toy. */
#ifndef GSC_TASK_SYMBOL_SUM_H
#define GSC_TASK_SYMBOL_SUM_H

#include "grokscope/task.h"

/* The facet "symbol_sum": p (int64). Examples are the unordered pairs of the symbols
 * 0 … p-1, and the answer is the sum itself, not modulo anything. */
#define GSC_SYMBOL_SUM "symbol_sum"

typedef struct gsc_symbol_sum {
    int64_t p;
    int64_t train_samples;
    int64_t loss;  /* mse: templates; the others: labels */
    int64_t d_out; /* of a template */
    double label_scale;
    bool random_labels;
    int64_t data_seed;
} gsc_symbol_sum;

extern const gsc_task gsc_task_symbol_sum;

#endif
