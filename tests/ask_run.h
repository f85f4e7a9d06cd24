/* What a measure says of the run in a folder. */
#ifndef GSC_TEST_ASK_RUN_H
#define GSC_TEST_ASK_RUN_H

#include "analyze/tool/measured_runs.h"
#include "test.h"

#include <stdlib.h>

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
