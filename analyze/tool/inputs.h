/* What an analysis program is given: any mix of checkpoint files, run folders and steps
 * of folders. */
#ifndef GROKSCOPE_INPUTS_H
#define GROKSCOPE_INPUTS_H

#include "grokscope/loaded_model.h"
#include "grokscope/run_folder.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gsc_input {
    char run[GSC_PATH_BYTES];  /* the folder, as it was given; or a lone file */
    char path[GSC_PATH_BYTES]; /* the step file */
} gsc_input;

typedef struct gsc_inputs {
    size_t count, room;
    gsc_input *items;
    gsc_loading loading; /* what is chosen of all */
} gsc_inputs;

/* The row of the option that chooses this type, for a struct with a field dtype. */
#define GSC_ROW_DTYPE(type)                                   \
    GSC_ROW_CHOICE(type, dtype, "stored", gsc_run_type_names, \
                   "Type that the network is run in; stored: that of the checkpoint.")

/* The row of the option that chooses an operation, for a field operation. */
#define GSC_ROW_OPERATION(type)                                                        \
    GSC_ROW_TEXT(type, operation, "", "OPERATION",                                     \
                 "Of a task of several operations, the one whose pairs are looked at " \
                 "(the first, unless it is given).")

/* Find the step files. In folders `step` chooses: "first", "last", "all", a step, or
 * A:B:K (every step file from A to B whose step is A plus a multiple of K; each part
 * may be left out). A file is taken as it is, and so is the step of FOLDER@STEP.
 * GSC_EARGUMENT for a `step` of no such form, GSC_EFORMAT where a word is neither file
 * nor folder, or a folder has no such step (with those it has). */
int gsc_inputs_init(gsc_inputs *inputs, const char *const *words, size_t num_words,
                    const char *step);
void gsc_inputs_free(gsc_inputs *inputs);

/* Open one of them with what is chosen of all. Errors are those of
 * gsc_loaded_model_open and gsc_loaded_model_choose. */
int gsc_inputs_open(const gsc_inputs *inputs, size_t item, gsc_loaded_model *loaded);

#ifdef __cplusplus
}
#endif
#endif
