/* A run's history as an events file of TensorBoard, so that a lab's dashboard has it
 * beside its other runs. */
#ifndef GSC_EXPORT_TFEVENTS_H
#define GSC_EXPORT_TFEVENTS_H

#include "grokscope/table.h"

/* A number that a dashboard draws over steps. */
typedef struct gsc_scalar {
    char tag[2 * GSC_COLUMN_BYTES + 8]; /* "loss/train", "progress/excluded_loss" */
    size_t count;                       /* values that were measured */
    const gsc_table *table;
    size_t column;
} gsc_scalar;

/* The scalars of some tables, each column but the step that has any value: losses and
 * accuracies by kind ("loss/test"), other columns of the table of losses under
 * "history/", those of other tables under their name. The caller frees *scalars.
 * GSC_EMEMORY. */
int gsc_scalars_list(const gsc_table *tables, size_t num_tables, gsc_scalar **scalars,
                     size_t *count);

/* Whether a path is the name of such a file: TensorBoard finds those with ".tfevents."
 * in their name. */
bool gsc_is_tfevents(const char *path);

/* Write them: records of length, masked CRC-32C and an Event of TensorFlow's protocol
 * buffers, one for each row of a table, with the values as float32. No time was kept:
 * each event's is its step in seconds. The file appears whole. GSC_EIO. */
int gsc_tfevents_write(const gsc_scalar *scalars, size_t count, const char *path);

#endif
