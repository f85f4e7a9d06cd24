/* Lists of symbols that are sorted, reversed or copied. */
#ifndef GSC_TASK_LISTS_H
#define GSC_TASK_LISTS_H

#include "grokscope/task.h"

/* The facet "lists": p and length (int64), operation (text). Symbols are tokens 0 …
 * p-1, the operation, = and the end follow. */
#define GSC_LISTS "lists"

typedef struct gsc_lists {
    int64_t operation; /* which of sort, reverse, copy */
    int64_t p;
    int64_t length;
    double train_fraction;
    int64_t data_seed;
} gsc_lists;

extern const gsc_task gsc_task_lists;

#endif
