/* Examples with what a generalising and a memorising circuit say of each. */
#ifndef GSC_TASK_THREE_INGREDIENTS_H
#define GSC_TASK_THREE_INGREDIENTS_H

#include "grokscope/task.h"

typedef struct gsc_three_ingredients {
    int64_t num_answers;
    int64_t train_samples, test_samples;
    int64_t data_seed;
} gsc_three_ingredients;

extern const gsc_task gsc_task_three_ingredients;

#endif
