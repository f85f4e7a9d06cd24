/* Runs for tests: a moment of training into a folder of its own. */
#ifndef GSC_TEST_RUNS_H
#define GSC_TEST_RUNS_H

#include "grokscope/config.h"
#include "grokscope/run_folder.h"
#include "grokscope/trainer.h"

#include "ask_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Train a recipe with some keys changed (NULL after the last) into a new folder. */
static inline void
train_run(const char *recipe, const char *const (*changes)[2], char folder[32])
{
    gsc_config config;
    gsc_options keys[GSC_CONFIG_SETS];
    gsc_train_result result;
    snprintf(folder, 32, "/tmp/grokscope-run-XXXXXX");
    assert_non_null(mkdtemp(folder));
    const gsc_online_measures measures = gsc_measures_online(gsc_builtin_measures);
    gsc_train_options options = {
        .folder = folder, .force = true, .num_threads = 1, .measures = &measures};
    assert_return_ok(gsc_config_default(&config));
    assert_return_ok(gsc_config_read_recipe(&config, recipe));
    gsc_config_options(&config, keys);
    for (; (*changes)[0]; changes++)
        assert_return_ok(
            gsc_options_set(keys, GSC_CONFIG_SETS, (*changes)[0], (*changes)[1]));
    assert_return_ok(gsc_train(&config, &options, &result));
}

static inline void
remove_run(const char *folder)
{
    char lock[64];
    gsc_run_remove(folder);
    snprintf(lock, sizeof lock, "%s/.lock", folder);
    unlink(lock);
    rmdir(folder);
}

#endif
