/* The columns of the history's table "loss": for each split and each output its loss
 * and its accuracy, and the size of the weights.
 *
 *   step  train_loss  train_accuracy  [train_digit_0_loss …]  test_loss …
 *   sum_squared_weights
 *
 * and, of an output whose examples are of groups, vector columns: of the field "task"
 *
 *   train_loss_by_task  train_accuracy_by_task  [test_…]
 *
 * The first output goes without its name. Of a stream the examples of the step stand in
 * the place of a training set: batch_loss, batch_accuracy. */
#ifndef GSC_RUN_LOSS_COLUMNS_H
#define GSC_RUN_LOSS_COLUMNS_H

#include "grokscope/dataset.h"
#include "grokscope/table.h"

#include <stdbool.h>

typedef struct gsc_loss_columns {
    size_t count;
    char names[GSC_MAX_COLUMNS][GSC_COLUMN_BYTES];
    size_t num_vectors; /* of outputs with a group */
    gsc_vector_column vectors[GSC_MAX_VECTORS];
} gsc_loss_columns;

/* GSC_EARGUMENT where there are more than a table holds, or names are too long. */
int gsc_loss_columns_init(gsc_loss_columns *columns, const gsc_dataset *dataset);

/* Sets of examples that have columns: the step's batch of a stream, then the splits. */
size_t gsc_loss_num_sets(const gsc_dataset *dataset);

/* The split of a set, or NULL: the step's batch. */
const gsc_split *gsc_loss_split(const gsc_dataset *dataset, size_t set);

/* The column of a set's loss on an output; the accuracy is the next one. */
size_t gsc_loss_column(const gsc_dataset *dataset, size_t set, size_t output);

/* The place in a row of the first of a set's losses on an output, by group; as many
 * accuracies follow. Of an output with a group. */
size_t gsc_loss_group_column(const gsc_dataset *dataset, size_t set, size_t output);

/* Whether any output has a group. */
bool gsc_loss_has_groups(const gsc_dataset *dataset);

#endif
