/* Many sparse parities at once. */
#ifndef GSC_TASK_MULTITASK_PARITY_H
#define GSC_TASK_MULTITASK_PARITY_H

#include "grokscope/task.h"

/* The facet "quanta": n (int64); frequency (float64 [tasks]), with which each task is
 * asked; and bits (uint16 [tasks, k]), ascending, those that its answer depends on.
 * Task t is asked where input t of the network is 1; the bits follow these inputs. */
#define GSC_QUANTA "quanta"

typedef struct gsc_multitask_parity {
    int64_t tasks, n, k;
    double zipf;
    bool online;
    int64_t train_samples, test_samples, samples_of_task;
    int64_t data_seed;
} gsc_multitask_parity;

extern const gsc_task gsc_task_multitask_parity;

#endif
