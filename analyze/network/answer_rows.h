/* What a network answers, row by row, beside what it should have, whatever the task. */
#ifndef GSC_NETWORK_ANSWER_ROWS_H
#define GSC_NETWORK_ANSWER_ROWS_H

#include "grokscope/loaded_model.h"
#include "grokscope/threads.h"

/* The answers at the positions of the first output, for some examples: logits, of which
 * one is the label's, or numbers. A score of binary cross entropy counts as two logits,
 * 0 and itself, of which the second one is right where the target is above a half:
 * their softmax is its probability. */
typedef struct gsc_answer_rows {
    size_t num_examples, num_positions, width;
    const double *answers;  /* [num_examples, num_positions, width] */
    const uint16_t *labels; /* [num_examples, num_positions], or NULL: */
    const double *targets;  /* [num_examples, num_positions, width] of numbers */
    const bool *counts;     /* [num_examples, num_positions], by the output's mask */
} gsc_answer_rows;

typedef int gsc_answer_rows_visitor(void *context, const gsc_answer_rows *rows);

/* Show `visit` the rows of examples[count], a block after another in their order, as
 * the network's type has them. A forward pass of each. `threads` may be NULL, and the
 * numbers do not depend on them. GSC_EARGUMENT where the first output is of templates;
 * what gsc_loaded_model_data and the visitor return. */
int gsc_answer_rows_visit(gsc_loaded_model *loaded, gsc_threads *threads,
                          const uint32_t *examples, size_t count,
                          gsc_answer_rows_visitor *visit, void *context);

/* GSC_EARGUMENT where the first output is not of labels, one logit for each. */
int gsc_answer_rows_need_labels(const gsc_loaded_model *loaded);

#endif
