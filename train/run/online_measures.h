/* Measures that are asked of weights in training. */
#ifndef GSC_RUN_ONLINE_MEASURES_H
#define GSC_RUN_ONLINE_MEASURES_H

#include "grokscope/network.h"

#include "train/run/history.h"

/* A measure, and what it says of the weights of step row[0]. */
typedef struct gsc_online_measure {
    const gsc_measure *measure;
    void *state; /* what prepare made of the run */
    double *row; /* a row of its table in the history */
} gsc_online_measure;

/* The run is one that has no last checkpoint yet. Its first are the weights of step 0;
 * before a checkpoint stands the one whose rows the history has before its own. Rows
 * that a file alone holds leave no trace in those of later steps, so a run that was
 * stopped and goes on measures as one that was not. */
typedef struct gsc_online_measures {
    size_t count;
    gsc_online_measure *items;
    const gsc_network *network;
    gsc_type type;
    gsc_checkpoint live; /* the weights that are asked, as a file would hold them */
    gsc_loaded_model present, first;
    gsc_loaded_model kept[2]; /* of the last steps in the history, the newest first */
    gsc_run_context run_context;
} gsc_online_measures;

/* The measures of a history's tables, and the network that they are asked of, with its
 * configuration as JSON; both stay the caller's. */
int gsc_online_measures_init(gsc_online_measures *online, const gsc_history *history,
                             const gsc_network *network, char *config_json);
void gsc_online_measures_free(gsc_online_measures *online);

/* Make ready, with the weights of step 0 in the network's type. What was made ready
 * before is forgotten. */
int gsc_online_measures_begin(gsc_online_measures *online, void *first);

/* Ask all measures of the weights of a step; where that is the step that they were
 * asked last, nothing is done. What has no finite answer has a row of NaN; any other
 * failure names the measure and the step. */
int gsc_online_measures_ask(gsc_online_measures *online, int64_t step, void *weights,
                            gsc_threads *threads);

/* The rows of what was asked last are in the history now. */
void gsc_online_measures_keep(gsc_online_measures *online);

/* The weights that step `step` is compared with as those before it, in float64, or
 * NULL; and put them back. */
const gsc_loaded_model *gsc_online_measures_before(const gsc_online_measures *online,
                                                   int64_t step);
int gsc_online_measures_restore(gsc_online_measures *online, int64_t step,
                                const double *weights);

#endif
