/* Arms of a sweep: runs that have the same values of some of the varied options. */
#ifndef GSC_SWEEP_ARMS_H
#define GSC_SWEEP_ARMS_H

#include "grokscope/rows.h"

#include "analyze/sweep/sweep_plan.h"

typedef struct gsc_arm_options {
    size_t options[GSC_MOST_VARIED], count; /* places in plan->names */
} gsc_arm_options;

/* Whether an option is seed or data_seed: what runs of one arm differ in. */
bool gsc_arm_is_seed(const char *name);

/* Whether two options change together: each has one value where the other has one. */
bool gsc_arm_is_tied(const gsc_sweep_plan *plan, size_t a, size_t b);

/* The varied option of that name, of `length` letters. GSC_EARGUMENT if there is none,
 * with those that there are. */
int gsc_arm_find_option(const gsc_sweep_plan *plan, const char *name, size_t length,
                        size_t *found);

/* The options that are named in `by`, with commas between; "" are all but the seeds. */
int gsc_arm_options_init(gsc_arm_options *self, const gsc_sweep_plan *plan,
                         const char *by);

/* Whether two runs are of one arm. */
bool gsc_arm_is_same(const gsc_arm_options *self, const gsc_sweep_plan *plan, size_t a,
                     size_t b);

/* The first run of the plan that is of the same arm. O(runs). */
size_t gsc_arm_first(const gsc_arm_options *self, const gsc_sweep_plan *plan,
                     size_t run);

/* The columns of a table of arms that say which each is; and the cells of one that a
 * run is of. columns [count]. */
void gsc_arm_columns(const gsc_arm_options *self, const gsc_sweep_plan *plan,
                     gsc_column *columns);
int gsc_arm_add_values(const gsc_arm_options *self, const gsc_sweep_plan *plan,
                       size_t run, gsc_rows *rows);

#endif
