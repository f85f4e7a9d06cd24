/* The runs of a phase diagram: those of a sweep, or folders of runs, and what came of
 * each. */
#ifndef GSC_PHASE_RUNS_H
#define GSC_PHASE_RUNS_H

#include "analyze/method/regime.h"
#include "analyze/sweep/sweep_plan.h"

typedef struct gsc_phase_run {
    char *path;    /* of its folder */
    bool is_done;  /* it has a history, and no more will follow */
    size_t regime; /* of the rule; num_regimes where there is none: not done, or nothing
                      was measured */
    double memorized, generalized; /* first step of either; NaN: never */
    double train, test;            /* last accuracy */
    double first_test;
} gsc_phase_run;

typedef struct gsc_phase_runs {
    gsc_sweep_plan plan; /* names and values of what differs */
    gsc_phase_run *runs; /* [plan.num_runs] */
    const gsc_regime_rule *rule;
    gsc_regime_thresholds thresholds;
} gsc_phase_runs;

/* Read the histories of a sweep's folder (one word), or of folders of runs, of which
 * `names`, with commas between, says the options that tell them apart. GSC_EFORMAT,
 * GSC_EARGUMENT. Cost: 1 to 2 ms a run. */
int gsc_phase_runs_init(gsc_phase_runs *self, const char *const *words,
                        size_t num_words, const char *names,
                        const gsc_regime_rule *rule,
                        const gsc_regime_thresholds *thresholds);
void gsc_phase_runs_free(gsc_phase_runs *self);

#endif
