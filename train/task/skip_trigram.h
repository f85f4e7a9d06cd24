/* Sequences in which one token tells the answer at the end. */
#ifndef GSC_TASK_SKIP_TRIGRAM_H
#define GSC_TASK_SKIP_TRIGRAM_H

#include "grokscope/task.h"

typedef struct gsc_skip_trigram {
    int64_t seq_len, num_fillers, num_answers;
    bool online;
    int64_t train_samples, test_samples;
    int64_t data_seed;
} gsc_skip_trigram;

extern const gsc_task gsc_task_skip_trigram;

#endif
