/* Rows of logits with the labels that they should have had, whatever the task. */
#ifndef GSC_NETWORK_LABEL_ROWS_H
#define GSC_NETWORK_LABEL_ROWS_H

#include "grokscope/loaded_model.h"
#include "grokscope/threads.h"

/* What a network answers at the positions of its first output, for some examples. */
typedef struct gsc_label_rows {
    size_t num_examples, num_positions, width;
    const double *logits;   /* [num_examples, num_positions, width] */
    const uint16_t *labels; /* [num_examples, num_positions] */
    const bool *counts;     /* [num_examples, num_positions], by the output's mask */
} gsc_label_rows;

typedef int gsc_label_rows_visitor(void *context, const gsc_label_rows *rows);

/* Show `visit` the rows of examples[count], a block after another in their order, as
 * the network's type has them. A forward pass of each. `threads` may be NULL, and the
 * numbers do not depend on them. GSC_EARGUMENT where the first output is not of labels;
 * what gsc_loaded_model_data and the visitor return. */
int gsc_label_rows_visit(gsc_loaded_model *loaded, gsc_threads *threads,
                         const uint32_t *examples, size_t count,
                         gsc_label_rows_visitor *visit, void *context);

#endif
