/* The polarizability of molecules. */
#ifndef GSC_TASK_MOLECULES_H
#define GSC_TASK_MOLECULES_H

#include "grokscope/task.h"

/* The facet "molecules": target_mean and target_deviation (float64, in Bohr^3), by
 * which the field "polarizability" is standardised, and the text `bonds`, "lengths" or
 * "kinds". */
#define GSC_MOLECULES "molecules"

typedef struct gsc_molecule_task {
    char data[GSC_OPTION_TEXT_BYTES]; /* the folder, or "" for where they usually lie */
    int64_t train_samples, test_samples, data_seed;
    double tolerance;
} gsc_molecule_task;

extern const gsc_task gsc_task_molecules;

#endif
