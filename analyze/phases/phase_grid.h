/* The cells of a phase diagram: two varied options, and the runs at each pair of their
 * values. */
#ifndef GSC_PHASE_GRID_H
#define GSC_PHASE_GRID_H

#include "analyze/phases/phase_runs.h"

typedef struct gsc_phase_axis {
    size_t option;       /* in the plan's names; SIZE_MAX: there is no such axis */
    const char **values; /* [count], numbers ascending, or as the plan has them */
    size_t count;        /* 1 of an axis that is not there */
} gsc_phase_axis;

typedef struct gsc_phase_grid {
    gsc_phase_axis x, y;
    size_t *cell_of;             /* [runs]: y * x.count + x */
    size_t num_regimes, *counts; /* [cells, num_regimes + 1]: the last: no regime */
} gsc_phase_grid;

/* Axes by name; "": the first varied options that are no seeds, x before y. Runs that
 * differ in more than the two and the seeds share cells. GSC_EARGUMENT for an option
 * that was not varied. */
int gsc_phase_grid_init(gsc_phase_grid *self, const gsc_phase_runs *runs, const char *x,
                        const char *y);
void gsc_phase_grid_free(gsc_phase_grid *self);

/* The regime of most of a cell's runs, the first of equals; num_regimes where no run
 * has one. And how many have it, of how many. */
typedef struct gsc_phase_cell {
    size_t regime, agreeing, runs;
} gsc_phase_cell;
gsc_phase_cell gsc_phase_grid_cell(const gsc_phase_grid *self, size_t cell);

/* The runs of each regime, over all cells. */
size_t gsc_phase_grid_total(const gsc_phase_grid *self, size_t regime);

#endif
