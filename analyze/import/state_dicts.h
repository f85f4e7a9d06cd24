/* The states of a network in files of other programs: which dictionaries of tensors
 * there are, of which steps, and what was logged beside them. */
#ifndef GROKSCOPE_STATE_DICTS_H
#define GROKSCOPE_STATE_DICTS_H

#include "grokscope/table.h"

#include "train/exchange/arena.h"
#include "train/exchange/external.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gsc_state_dict {
    const gsc_external *file;
    const char *path;         /* of the file */
    const gsc_value *weights; /* arrays by name, without prefixes */
    const gsc_value *around;  /* the value that holds them: numbers may lie beside */
    const gsc_value *key;     /* the one they have in a dictionary by step, or NULL */
    int64_t step;
} gsc_state_dict;

/* Patterns of the names of tensors that are left out. */
enum { GSC_MOST_IGNORED = 128 };
typedef struct gsc_ignored {
    size_t count;
    const char *patterns[GSC_MOST_IGNORED]; /* as fnmatch has them */
    bool is_used[GSC_MOST_IGNORED];
    size_t num_tensors; /* that were left out of the first state */
    gsc_text tensors;   /* and their names */
} gsc_ignored;

typedef struct gsc_state_dicts {
    size_t num_files, files_room;
    gsc_external **files;
    char **paths;
    size_t paths_room;
    bool has_folder; /* a folder was given, of which other files may be passed over */
    size_t count, room;
    gsc_state_dict *items;
    gsc_arena arena;
    size_t num_cleaned; /* tensors whose names were looked at */
    bool is_list;       /* one file had several of them, or there are several files */
    const char *told; /* by what the steps are known, for people; NULL: nothing told */
    gsc_text prefix;  /* what was left off the names of tensors */
    gsc_ignored *ignored; /* what is left out by name, or NULL */
    bool keeps_names;     /* only words of wrappers are left off: a map of the
                             user's has the names */
    gsc_text left_out;    /* tensors and objects that are no weights, and whole files */
} gsc_state_dicts;

/* Read the files; of a folder those in it that may hold weights, in the order of the
 * numbers in their names, or where there are none those in its folders. */
int gsc_state_dicts_open(gsc_state_dicts *dicts, const char *const *paths,
                         size_t num_paths);
void gsc_state_dicts_close(gsc_state_dicts *dicts);

/* The state of an optimizer that the first file holds, or NULL: a dictionary that has
 * param_groups, wherever it lies. */
int gsc_state_dicts_optimizer(const gsc_state_dicts *dicts, const gsc_value **state);
bool gsc_state_dicts_is_optimizer(const gsc_value *value);

/* Find the dictionaries of tensors, lists of these, or dictionaries of these by step:
 * the one at `key` (also a prefix of its names), or "" for the only one; where there
 * are several, only those with names that some naming knows are taken. An optimizer's
 * are none. GSC_EFORMAT: none, or one with a tensor that is not read; GSC_EARGUMENT:
 * several, which are listed. */
int gsc_state_dicts_find(gsc_state_dicts *dicts, const char *key);

/* Of a dictionary the tensors that are weights, under names without what they share:
 * the words of wrappers (_orig_mod, module, model, net), or the longest prefix under
 * which a naming knows all names. `only` is a prefix that is asked for, or "". */
int gsc_state_dicts_clean(gsc_state_dicts *dicts, const gsc_value *weights,
                          const char *only, const gsc_value **clean);

/* Leave out tensors that no naming knows where all others are known and each of them
 * repeats one of those, or its first rows, as a module has it under a name of its own.
 * They are told. */
int gsc_state_dicts_drop_copies(gsc_state_dicts *dicts, gsc_state_dict *state);

/* Whether a naming knows some of the names, after any prefix. */
bool gsc_state_dicts_is_known(const gsc_value *weights);

/* Their steps, by which they are sorted: those that a schedule ("linear:100",
 * "list:0,500") saves; or with "" as the file tells (keys, a list of steps or epochs as
 * long as that of the states, or each file's or state's own step, global_step,
 * iter_num, iteration or epoch); or the number in which the names of the files differ;
 * or else 0, 1, 2, …. GSC_EARGUMENT where lengths differ, GSC_EFORMAT where steps are
 * equal. */
int gsc_state_dicts_set_steps(gsc_state_dicts *dicts, const char *schedule);

/* A table "loss" of the losses and accuracies that were logged: lists beside the last
 * state, where their number or a list of steps makes their steps plain, or one number
 * beside each state. Accuracies above 1 are in percent. *table has no columns where
 * there are none; *skipped says whether some were left. */
int gsc_state_dicts_history(const gsc_state_dicts *dicts, gsc_table *table,
                            bool *skipped);

/* The training examples' indices that the first file holds, or NULL; the caller frees
 * them. They are a list (train_indices, train_idx, …), or a mask of all examples. */
int gsc_state_dicts_train(const gsc_state_dicts *dicts, size_t num_examples,
                          uint32_t **train, size_t *count);

/* Whether a name is one of what is logged, or of a split: no weights. */
bool gsc_state_dicts_is_log(const char *name);

/* A list of numbers, or an array of any shape, as reals; *count 0 where it is neither.
 * The caller frees them. */
int gsc_state_dicts_reals(const gsc_external *file, const gsc_value *value,
                          double **reals, size_t *count);

/* The number that a value is, or the only one of an array. */
bool gsc_state_dicts_number(const gsc_external *file, const gsc_value *value,
                            double *number);

/* A value of this name beside a state: around it, in its file, or among its weights. */
const gsc_value *gsc_state_dict_beside(const gsc_state_dict *state, const char *name);

/* Add patterns, of which commas part one from the next; the text is changed, and has to
 * stay. GSC_EARGUMENT where there are too many. */
int gsc_ignored_add(gsc_ignored *ignored, char *patterns);

/* Whether the user leaves out a tensor of this name; what it is in the first state is
 * kept to be told. */
int gsc_state_dicts_ignore(gsc_state_dicts *dicts, const char *name, bool *leaves);

/* GSC_EARGUMENT for a pattern that no tensor of any state has, with the nearest. */
int gsc_state_dicts_check_ignored(const gsc_state_dicts *dicts);

/* -1, 0, 1 as names with numbers in them are ordered: "step-9" before "step-10". */
int gsc_state_dicts_compare_names(const char *a, const char *b);

/* The number in which the names of the files differ, as each state's step; false where
 * there is not one, or states share it. */
bool gsc_state_dicts_steps_of_names(gsc_state_dicts *dicts);

#ifdef __cplusplus
}
#endif
#endif
