/* How often each split is evaluated. */
#ifndef GSC_RUN_EVALUATION_H
#define GSC_RUN_EVALUATION_H

#include "grokscope/dataset.h"

#include <stdbool.h>

/* Steps between evaluations of each split; 1: at every row of the history. */
typedef struct gsc_evaluation {
    int64_t every[GSC_MAX_SPLITS];
} gsc_evaluation;

/* Read a list as "test:100,test_ood:1000"; "" has none. GSC_EARGUMENT for what is no
 * such list, and for a split that the dataset does not have. */
int gsc_evaluation_read(gsc_evaluation *evaluation, const char *list,
                        const gsc_dataset *dataset);

/* Whether a split is evaluated in the row of a step. */
static inline bool
gsc_evaluation_due(const gsc_evaluation *evaluation, size_t split, int64_t step)
{
    return step % evaluation->every[split] == 0;
}

#endif
