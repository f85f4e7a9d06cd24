/* What the losses and accuracies of a run's history tell, number by number. NaN stands
 * for what was never measured or never came about. */
#ifndef GROKSCOPE_LOSS_HISTORY_H
#define GROKSCOPE_LOSS_HISTORY_H

#include "grokscope/checkpoint.h"
#include "grokscope/run_folder.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The table of losses of a checkpoint whose history was read (gsc_run_read_history); it
 * has rows. GSC_EFORMAT, which names `path`, where there is none. */
int gsc_loss_history_find(const gsc_checkpoint *checkpoint, const char *path,
                          const gsc_table **table);

/* Read the history of a run's folder from the newest file that has it: where it would
 * go on, or its last step. `table` has the losses, and is NULL where there is no such
 * file yet. Errors are those of gsc_run_read_history and gsc_loss_history_find. */
int gsc_loss_history_read(gsc_checkpoint *checkpoint, const char *run,
                          const gsc_table **table);

/* The last value of a column that was measured, and the first one. */
double gsc_loss_history_last(const gsc_table *table, const char *column);
double gsc_loss_history_first(const gsc_table *table, const char *column);

/* The lowest value of a column, and its step. */
double gsc_loss_history_lowest(const gsc_table *table, const char *column,
                               double *step);

/* The first step at which a column reaches `least`; and the first one from which it
 * keeps it for GSC_SUSTAINED_ROWS more rows that were measured. */
enum { GSC_SUSTAINED_ROWS = 5 };
double gsc_loss_history_reaches(const gsc_table *table, const char *column,
                                double least);
double gsc_loss_history_sustains(const gsc_table *table, const char *column,
                                 double least);

/* Steps to generalise over steps to memorise: infinite where it memorised and never
 * generalised, NaN where it never memorised or knew all from step 0 on. */
double gsc_loss_history_delay(double memorized, double generalized);

#ifdef __cplusplus
}
#endif
#endif
