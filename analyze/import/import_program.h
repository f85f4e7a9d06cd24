/* How files of other programs become checkpoints. */
#ifndef GROKSCOPE_IMPORT_PROGRAM_H
#define GROKSCOPE_IMPORT_PROGRAM_H

#include "grokscope/config.h"

#include "analyze/import/import_outputs.h"
#include "analyze/rows/rows_output.h"
#include "train/exchange/naming/naming.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How to import, and what is answered. */
typedef struct gsc_import_program {
    const gsc_state_dicts *dicts;     /* found, with their steps */
    const gsc_state_configs *configs; /* that `known` was read from */
    int doubts;                  /* what only they tell, and tensors may contradict */
    const gsc_output_sets *sets; /* or NULL: taken in place of the states */
    const gsc_config *known;     /* of gsc_config_unset's form: what is known of them */
    gsc_naming naming;           /* theirs, or GSC_NUM_NAMINGS: to be found */
    const gsc_map *map;          /* or a map of the user's, or NULL */
    const char *path;            /* what to write: a file for one state, a run's folder
                                    for a list of them */
    gsc_answer answer;
} gsc_import_program;

/* How many checkpoints there will be, and whether they are those of a run. */
size_t gsc_import_program_count(const gsc_import_program *self);
bool gsc_import_program_is_run(const gsc_import_program *self);

/* Write the states as checkpoints, with the losses that were logged beside them, and to
 * stdout a row a state. All are of one network: what the first tells holds for the
 * others. A file appears whole; so does a run, and until then a former one stays in its
 * folder. What is left out is told on stderr. Errors: those of gsc_import_init, with
 * the file; GSC_EBUSY for the folder of a run that is being trained; GSC_EIO. */
int gsc_import_program_run(const gsc_import_program *self);

/* Fill in what is still open of the network, in *known: by the last state, run each
 * way (import_tries.h). Where nothing fits with the heads or the modulus that only a
 * configuration told, what fits without is taken. What was tried is told on stderr.
 * Errors as of gsc_import_decide. */
int gsc_import_program_decide(const gsc_import_program *self, gsc_config *known);

/* Write to stdout a map of the first state's tensors: the built-in one that fits, or a
 * beginning of one, in which what could not be told has a question mark. */
int gsc_import_program_suggest(const gsc_import_program *self);

/* Write to stdout what the files hold, one row for each value: its path in the file,
 * its type, and what it is where it is one number or text. */
enum { GSC_IMPORT_LIST_COLUMNS = 4 };
extern const gsc_column gsc_import_list_columns[GSC_IMPORT_LIST_COLUMNS];
int gsc_import_program_list(const gsc_state_dicts *dicts, const gsc_answer *how);

#ifdef __cplusplus
}
#endif
#endif
