/* The next character of a text. */
#ifndef GSC_TASK_CHARACTERS_H
#define GSC_TASK_CHARACTERS_H

#include "grokscope/task.h"

/* The facet "characters": sha256 of the file, codes (int64 [vocabulary], the code point
 * or byte of each token), names (one a line, as "a", "(space)", "(newline)", "(byte
 * 255)"), num_windows (int64, those to train on: a pass), and what models that count
 * are off by in the windows to test on, in nats: unigram_loss and bigram_loss. */
#define GSC_CHARACTERS "characters"

enum { GSC_UNIT_CHARACTERS, GSC_UNIT_BYTES };

typedef struct gsc_character_task {
    char data[GSC_OPTION_TEXT_BYTES]; /* the file, or "" for the usual one */
    int64_t unit, seq_len, stride, train_samples, test_samples, data_seed;
    double train_fraction;
    bool online, shuffled;
} gsc_character_task;

extern const gsc_task gsc_task_characters;

#endif
