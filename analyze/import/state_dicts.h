/* The states of a network in files of other programs: which dictionaries of tensors
 * there are, of which steps, and what was logged beside them. */
#ifndef GROKSCOPE_STATE_DICTS_H
#define GROKSCOPE_STATE_DICTS_H

#include "grokscope/table.h"

#include "train/exchange/external.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gsc_state_dict {
    const gsc_external *file;
    const char *path; /* of the file */
    const gsc_value *weights;
    int64_t step;
} gsc_state_dict;

typedef struct gsc_state_dicts {
    size_t num_files;
    gsc_external **files;
    const char *const *paths; /* the caller's */
    size_t count, room;
    gsc_state_dict *items;
    bool is_list;     /* one file had a list of them, or there are several files */
    const char *told; /* by what the steps are known, for people */
} gsc_state_dicts;

/* Read the files. */
int gsc_state_dicts_open(gsc_state_dicts *dicts, const char *const *paths,
                         size_t num_paths);
void gsc_state_dicts_close(gsc_state_dicts *dicts);

/* The configuration that a file holds: its "config" as a dictionary, an object, or the
 * JSON text of its notes; in *json one to be closed, or NULL. NULL where it has none.
 */
int gsc_state_dicts_config(const gsc_state_dicts *dicts, const gsc_value **config,
                           gsc_external **json);

/* The state of an optimizer that the first file holds, or NULL. */
const gsc_value *gsc_state_dicts_optimizer(const gsc_state_dicts *dicts);

/* Find the dictionaries of tensors, or lists of these: the one at `key`, or "" for the
 * only one; where there are several, only those with names that some naming knows are
 * taken. GSC_EFORMAT: none; GSC_EARGUMENT: several, which are listed. */
int gsc_state_dicts_find(gsc_state_dicts *dicts, const char *key);

/* Their steps: those that a schedule ("linear:100", "list:0,500") saves, or with "" as
 * the file tells (a list epochs, checkpoint_epochs or steps of the same length; an
 * epoch or step), or else 0, 1, 2, …. GSC_EARGUMENT where lengths differ or steps do
 * not ascend. */
int gsc_state_dicts_set_steps(gsc_state_dicts *dicts, const char *schedule);

/* Losses of the first file as a table "loss", where their number makes their steps
 * plain: one a step before each update (with or without the last), or one a state.
 * *table has no columns where there are none; *skipped says whether some were left. */
int gsc_state_dicts_history(const gsc_state_dicts *dicts, gsc_table *table,
                            bool *skipped);

/* The training examples' indices that the first file holds (train_indices), or NULL;
 * the caller frees them. */
int gsc_state_dicts_train(const gsc_state_dicts *dicts, size_t num_examples,
                          uint32_t **train, size_t *count);

#ifdef __cplusplus
}
#endif
#endif
