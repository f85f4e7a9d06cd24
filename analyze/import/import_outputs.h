/* What networks of any architecture said of every pair, one set for each step. */
#ifndef GSC_TOOL_IMPORT_OUTPUTS_H
#define GSC_TOOL_IMPORT_OUTPUTS_H

#include "analyze/import/import_state_dict.h"

/* Where a set lies: in a file of its own, or stacked with those of other steps. */
typedef struct gsc_output_set {
    const gsc_external *file;
    const char *path;
    bool stacked;
    size_t number;
    int64_t step;
} gsc_output_set;

typedef struct gsc_output_sets {
    size_t count;
    gsc_output_set *items; /* ascending by step */
} gsc_output_sets;

/* List the sets of the files: each holds logits [pairs, outputs] and a number `step`,
 * or logits [sets, pairs, outputs] and as many `steps`. One set alone may have no step
 * and gets 0. GSC_EFORMAT names what is missing; GSC_EFORMAT where two have one step.
 */
int gsc_output_sets_init(gsc_output_sets *sets, const gsc_state_dicts *dicts);
void gsc_output_sets_free(gsc_output_sets *sets);

/* Write a set as the checkpoint `path` and add its row. */
int gsc_import_output_set(gsc_import_run *self, const gsc_output_set *set,
                          const char *path);

#endif
