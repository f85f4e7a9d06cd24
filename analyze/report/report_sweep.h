/* A report of a sweep: what came of its runs, over the options that were varied. The
 * page judges the runs itself, so that a reader can move the thresholds. */
#ifndef GSC_REPORT_SWEEP_H
#define GSC_REPORT_SWEEP_H

#include "analyze/report/report.h"

/* Whether a word is the folder of a sweep. */
bool gsc_report_is_sweep(const char *word);

/* As gsc_report_init, of the sweep in options->runs[0]. GSC_EARGUMENT where it is
 * larger than it may be, GSC_EFORMAT where none of its runs is done. */
int gsc_report_of_sweep(gsc_report *report, const gsc_report_options *options);

#endif
