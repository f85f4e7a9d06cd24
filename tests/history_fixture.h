/* The history of a training set and a test set of one output: columns step, train and
 * test loss and accuracy, squares. */
#ifndef GSC_TEST_HISTORY_FIXTURE_H
#define GSC_TEST_HISTORY_FIXTURE_H

#include "grokscope/measure.h"

#include "test.h"

#include "train/run/history.h"

static const gsc_dataset one_output = {
    .num_splits = 2,
    .splits = {{.name = "train"}, {.name = "test"}},
    .num_targets = 1,
    .targets = {{.name = "answer", .num_positions = 1, .weight = 1}}};

/* A history with the tables of some built-in measures, which have to be there. */
typedef struct kept_history {
    gsc_online_measures measures;
    gsc_online online;
    gsc_history history;
} kept_history;

static inline int
open_online(kept_history *k, const char *measures)
{
    k->measures = gsc_measures_online(gsc_builtin_measures);
    return gsc_online_open(&k->online, &k->measures, measures);
}

static inline void
open_history(kept_history *k, const char *measures)
{
    assert_return_ok(open_online(k, measures));
    assert_return_ok(gsc_history_init(&k->history, &one_output, &k->online));
}

static inline void
close_history(kept_history *k)
{
    gsc_history_free(&k->history);
    gsc_online_close(&k->online);
}

#endif
