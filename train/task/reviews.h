/* The verdict of a review: sequences of words. */
#ifndef GSC_TASK_REVIEWS_H
#define GSC_TASK_REVIEWS_H

#include "grokscope/task.h"

/* The facet "words": the text `words` has the names of the tokens from 1 on, one a
 * line; token 0 is padding. */
#define GSC_WORDS "words"

typedef struct gsc_review_task {
    char data[GSC_OPTION_TEXT_BYTES]; /* the folder, or "" for where they usually lie */
    int64_t vocabulary, max_words, train_samples, test_samples, data_seed;
} gsc_review_task;

extern const gsc_task gsc_task_reviews;

#endif
