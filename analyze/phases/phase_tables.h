/* Phase diagrams as tables: one row for each run, for each cell of the grid, or for
 * each critical size. */
#ifndef GSC_PHASE_TABLES_H
#define GSC_PHASE_TABLES_H

#include "analyze/phases/phase_grid.h"
#include "analyze/phases/phase_runs.h"
#include "analyze/sweep/tables/collect.h"

typedef enum gsc_phase_table {
    GSC_PHASE_RUNS,
    GSC_PHASE_CELLS,
    GSC_PHASE_CRITICAL,
    GSC_NUM_PHASE_TABLES
} gsc_phase_table;

extern const char *const gsc_phase_table_names[];

/* What stands in each, for people; of cells the columns of the regimes' counts follow.
 */
extern const gsc_sweep_columns gsc_phase_columns[GSC_NUM_PHASE_TABLES];

/* Rows of a table. Cells are those of a grid; a critical size is one along its x, of
 * all runs that have the same of everything else but the seeds. GSC_EARGUMENT where the
 * sizes of x are no numbers above 0. */
int gsc_phase_table_init(gsc_sweep_table *self, gsc_phase_table which,
                         const gsc_phase_runs *runs, const gsc_phase_grid *grid);

#endif
