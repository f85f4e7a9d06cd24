/* One state of a foreign file as a checkpoint. */
#ifndef GSC_TOOL_IMPORT_STATE_H
#define GSC_TOOL_IMPORT_STATE_H

#include "analyze/import/states.h"
#include "analyze/rows/rows_output.h"
#include "train/exchange/import.h"

/* What is the same for all states. */
typedef struct gsc_import_states {
    const gsc_states *states;
    gsc_config known; /* of their network; what a state tells is added to it */
    gsc_naming naming;
    gsc_table history; /* of all steps */
    gsc_rows rows;     /* one a state */
} gsc_import_states;

enum { GSC_IMPORT_COLUMNS = 9 };
extern const gsc_column gsc_import_columns[GSC_IMPORT_COLUMNS];

/* Write a state as the checkpoint `path` and add its row. */
int gsc_import_state(gsc_import_states *self, const gsc_state *state, const char *path);

#endif
