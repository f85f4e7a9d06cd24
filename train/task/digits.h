/* Addition of numbers, digit by digit. */
#ifndef GSC_TASK_DIGITS_H
#define GSC_TASK_DIGITS_H

#include "grokscope/task.h"

/* The facet "digits": base and digits (int64): the numbers have so many digits, their
 * sum one more, the most significant first. */
#define GSC_DIGITS "digits"

typedef struct gsc_digits {
    int64_t digits;
    bool online;
    int64_t train_samples, test_samples;
    int64_t data_seed;
} gsc_digits;

extern const gsc_task gsc_task_digits;

#endif
