/* Tasks: what is learned. A task is one file in train/task, or a client's own: its
 * options, and what they make: a dataset and facts about its structure. */
#ifndef GROKSCOPE_TASK_H
#define GROKSCOPE_TASK_H

#include "grokscope/dataset.h"
#include "grokscope/facet.h"
#include "grokscope/options.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A task. The library writes its own ones in the same way. */
typedef struct gsc_task {
    const char *name;          /* as the option task has it: "binary_operation" */
    const char *purpose;       /* one line, for help */
    const gsc_option *options; /* rows of its table */
    size_t num_options;
    size_t size; /* of the struct that holds their values */
    /* Make the dataset, with its splits and targets, and its facets (both zeroed); fill
     * in options that others decide. GSC_EARGUMENT where the options make no task. */
    int (*make)(void *options, gsc_dataset *dataset, gsc_facets *facets);
} gsc_task;

/* The built-in ones, NULL after the last. */
extern const gsc_task *const gsc_builtin_tasks[];

#ifdef __cplusplus
}
#endif
#endif
