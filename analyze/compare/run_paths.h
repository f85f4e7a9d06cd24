/* The paths that the weights of runs take through their checkpoints. */
#ifndef GROKSCOPE_RUN_PATHS_H
#define GROKSCOPE_RUN_PATHS_H

#include "grokscope/rows.h"

#include "analyze/compare/feature_set.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { GSC_RUN_PATHS_COMPONENTS = 3 }; /* that are told unless others are asked for */

/* One row for each checkpoint, or for each component (trajectory.h has the formulas).
 */
typedef struct gsc_run_paths {
    gsc_rows rows;
    gsc_column *columns;
    char **names; /* "pc1", … */
    size_t num_names;
} gsc_run_paths;

/* The columns of one row for each component, and those of one row for each checkpoint
 * without its coordinates, for people. */
extern const gsc_column gsc_run_paths_component_columns[];
extern const gsc_column gsc_run_paths_checkpoint_columns[];
extern const size_t gsc_run_paths_num_component_columns,
    gsc_run_paths_num_checkpoint_columns;

/* Find the path of each run, whose checkpoints stand together in the inputs, on the
 * first `components` of its own principal components; 0: all. The feature set is one of
 * weights, of the same inputs. Squared distances between C checkpoints of N weights
 * cost C^2 N, of their matrices C^3. GSC_EARGUMENT for a run with one checkpoint;
 * GSC_EFORMAT where its weights do not correspond; GSC_ENUMERIC, GSC_EMEMORY. */
int gsc_run_paths_init(gsc_run_paths *self, const gsc_inputs *inputs,
                       const gsc_feature_set *set, gsc_threads *threads,
                       size_t components, bool by_component);
void gsc_run_paths_free(gsc_run_paths *self);

#ifdef __cplusplus
}
#endif
#endif
