/* Pairs of checkpoints as a program's answer. */
#ifndef GROKSCOPE_COMPARISON_OUTPUT_H
#define GROKSCOPE_COMPARISON_OUTPUT_H

#include "analyze/compare/comparison_matrices.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A table of its own columns. */
typedef struct gsc_comparison_table {
    gsc_rows rows;
    gsc_column *columns;
    char **names;
    size_t num_names;
} gsc_comparison_table;

/* run_a, step_a, run_b, step_b, for people. */
enum { GSC_COMPARISON_NUM_IDENTIFIERS = 4 };
extern const gsc_column gsc_comparison_identifiers[GSC_COMPARISON_NUM_IDENTIFIERS];

/* A row for each two checkpoints i < j: which they are, and the values of the matrices
 * at [i, j]; after kl, kl_reverse has that at [j, i]. GSC_EMEMORY. */
int gsc_comparison_table_of(gsc_comparison_table *self, const gsc_inputs *inputs,
                            const gsc_comparison_matrices *pairs);

/* One matrix as a square: one row for each checkpoint, with its run and step, and a
 * column a checkpoint, named by its step, or by RUN@STEP where there are several runs.
 */
int gsc_comparison_table_of_matrix(gsc_comparison_table *self, const gsc_inputs *inputs,
                                   const gsc_comparison_matrices *pairs,
                                   gsc_comparison_value value);
void gsc_comparison_table_free(gsc_comparison_table *self);

/* The value of a column's name; GSC_EARGUMENT, with all names, where there is none. */
int gsc_comparison_find_value(const char *name, gsc_comparison_value *value);

/* Write the matrices as datasets [C, C] of an HDF5 file, beside steps [C] and runs [C].
 * `program` is the schema's name. Errors as gsc_output_check, gsc_arrays_write_h5. */
int gsc_comparison_write_h5(const gsc_inputs *inputs,
                            const gsc_comparison_matrices *pairs, const char *program,
                            const char *path, bool force);

/* Write them into a folder, made where there is none: NAME.npy a matrix, steps.npy [C]
 * (float64 all), and checkpoints.tsv with runs and steps. An existing folder is refused
 * (GSC_EARGUMENT) without `force`; each file appears whole. GSC_EIO, GSC_EMEMORY. */
int gsc_comparison_write_npy(const gsc_inputs *inputs,
                             const gsc_comparison_matrices *pairs, const char *program,
                             const char *folder, bool force);

#ifdef __cplusplus
}
#endif
#endif
