/* Runs to measure over runs, and what a measure over runs says of them. */
#ifndef GSC_TEST_MEASURED_RUNS_FIXTURE_H
#define GSC_TEST_MEASURED_RUNS_FIXTURE_H

#include "analyze/tool/measured_runs.h"
#include "loaded_model_fixture.h"

/* In the folder lie runs of 0, 20 and 50, and of 10 and 30, and lone files beside
 * the former. */
static char run_a[64], run_b[64];

static inline const char *
place(const char *run, const char *name)
{
    static char places[8][128];
    static unsigned next;
    char *made = places[next++ % 8];
    snprintf(made, sizeof places[0], "%s/%s", run, name);
    return made;
}

static inline int
make_runs(void **state)
{
    gsc_network network;
    if (make_folder(state) < 0)
        return -1;
    snprintf(run_a, sizeof run_a, "%s/a", folder);
    snprintf(run_b, sizeof run_b, "%s/b", folder);
    if (mkdir(run_a, 0777) != 0 || mkdir(run_b, 0777) != 0)
        return -1;
    small_network(&network, "p = 17\n");
    write_network(place(run_a, "step-000000000.h5"), &network, 0, 1);
    write_network(place(run_a, "step-000000020.h5"), &network, 20, 2);
    write_network(place(run_a, "step-000000050.h5"), &network, 50, 3);
    write_network(place(run_b, "step-000000010.h5"), &network, 10, 4);
    write_network(place(run_b, "step-000000030.h5"), &network, 30, 5);
    write_network(place(run_a, "x.h5"), &network, 7, 6);
    write_network(place(run_a, "y.h5"), &network, 0, 7);
    gsc_network_free(&network);
    return 0;
}

#define IN_RUNS(claim) cmocka_unit_test_setup_teardown(claim, make_runs, remove_run)

static inline int
measured_runs_of(gsc_measured_runs *measured, const char *const *words,
                 size_t num_words, const gsc_measured_runs_options *options)
{
    gsc_inputs inputs;
    assert_return_ok(gsc_inputs_init(&inputs, words, num_words, "all"));
    int status = gsc_measured_runs_init(measured, &inputs, options);
    gsc_inputs_free(&inputs);
    return status;
}

static inline const gsc_cell *
cell(const gsc_measured_runs *measured, size_t row, const char *column)
{
    return gsc_rows_cell(&measured->rows, row,
                         gsc_rows_column(&measured->rows, column));
}

#endif
