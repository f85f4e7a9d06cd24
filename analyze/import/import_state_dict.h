/* One state of a file of another program as a checkpoint. */
#ifndef GSC_TOOL_IMPORT_STATE_H
#define GSC_TOOL_IMPORT_STATE_H

#include "analyze/import/state_config.h"
#include "analyze/rows/rows_output.h"
#include "train/exchange/import.h"

/* What is the same for all states. */
typedef struct gsc_import_run {
    const gsc_state_dicts *dicts;
    const gsc_state_configs *configs;
    gsc_config known; /* of their network; what a state tells is added to it */
    gsc_naming naming;
    const gsc_map *map; /* or NULL: the naming's */
    gsc_table history;  /* of all steps */
    gsc_rows rows;      /* one a state */
    bool told;          /* what was left out of the first one */
} gsc_import_run;

enum { GSC_IMPORT_COLUMNS = 9 };
extern const gsc_column gsc_import_columns[GSC_IMPORT_COLUMNS];

/* Write a network that was imported as the checkpoint `path` and add its row. */
int gsc_import_save(gsc_import_run *self, const gsc_state_dict *state, gsc_import *im,
                    const char *path);

/* Import a state and save it. */
int gsc_import_state_dict(gsc_import_run *self, const gsc_state_dict *state,
                          const char *path);

#endif
