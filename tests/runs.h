/* Runs for tests: a moment of training into a folder of its own. */
#ifndef GSC_TEST_RUNS_H
#define GSC_TEST_RUNS_H

#include "grokscope/config.h"
#include "grokscope/run_folder.h"
#include "grokscope/trainer.h"

#include "analyze/tool/measured_runs.h"
#include "test.h"

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

/* Ask a measure with some options ("key_rule=energy:keys=14,35", or ""), beside random
 * weights where `random`. */
static inline void
ask_run_with(const gsc_measure *measure, size_t table, const char *folder,
             const char *step, bool random, const char *with,
             gsc_measured_runs *measured)
{
    gsc_inputs inputs;
    const char *words[] = {folder};
    gsc_measured_runs_options options = {.measure = measure, .table = table};
    void *asked;
    options.controls[GSC_CONTROL_RANDOM] = random;
    assert_return_ok(gsc_measure_new_options(measure, &asked));
    if (*with)
        assert_return_ok(gsc_measure_read_options(measure, with, asked));
    options.options = asked;
    assert_return_ok(gsc_inputs_init(&inputs, words, 1, step));
    assert_return_ok(gsc_measured_runs_init(measured, &inputs, &options));
    gsc_inputs_free(&inputs);
    free(asked);
}

static inline void
ask_run(const gsc_measure *measure, size_t table, const char *folder, const char *step,
        bool random, gsc_measured_runs *measured)
{
    ask_run_with(measure, table, folder, step, random, "", measured);
}

static inline const gsc_cell *
cell_of(const gsc_measured_runs *measured, size_t row, const char *column)
{
    return gsc_rows_cell(&measured->rows, row,
                         gsc_rows_column(&measured->rows, column));
}

#endif
