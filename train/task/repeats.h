/* Random sequences in which a subsequence is repeated. */
#ifndef GSC_TASK_REPEATS_H
#define GSC_TASK_REPEATS_H

#include "grokscope/task.h"

typedef struct gsc_repeats {
    int64_t seq_len, subseq_len, num_repeats, vocabulary, place;
    bool online;
    int64_t train_samples, test_samples;
    int64_t data_seed;
} gsc_repeats;

extern const gsc_task gsc_task_repeats;

#endif
