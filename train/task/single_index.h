/* A function of one direction of its input. */
#ifndef GSC_TASK_SINGLE_INDEX_H
#define GSC_TASK_SINGLE_INDEX_H

#include "grokscope/task.h"

/* The facet "single_index": beta [d_in] (double). Labels of an eigenvector have none.
 */
#define GSC_SINGLE_INDEX "single_index"

typedef enum gsc_single_index_labels {
    GSC_LABELS_INDEX,
    GSC_LABELS_EIGENVECTOR
} gsc_single_index_labels;

typedef struct gsc_single_index {
    int64_t d_in;
    int64_t train_samples, test_samples;
    double tolerance;
    int64_t labels;         /* gsc_single_index_labels */
    int64_t eigenvector;    /* number j from 1 on */
    double label_curvature; /* epsilon of its kernel */
    int64_t data_seed;
} gsc_single_index;

extern const gsc_task gsc_task_single_index;

#endif
