/* What a measure over runs tells a measure of runs, and how it ends where something
 * fails. */
#include "measured_runs_fixture.h"

#include <time.h>

static const gsc_column request_columns[] = {
    {"path", GSC_CELL_TEXT, false, "", false},
    {"first", GSC_CELL_TEXT, false, "", false},
    {"last", GSC_CELL_TEXT, false, "", false},
    {"before", GSC_CELL_TEXT, false, "", false},
    {"state", GSC_CELL_TEXT, false, "", false},
};

/* What prepare makes: the run's ends, side by side. */
static int num_prepared, num_released, refused_run;

static int
prepare(size_t table, const void *options, gsc_run_context *run_context, void **state)
{
    (void)table, (void)options;
    const char *first = run_context->first.name, *last = run_context->last.name;
    char *made;
    if (num_prepared == refused_run)
        return gsc_fail(GSC_EFORMAT, "%s: cannot be prepared", first);
    made = gsc_new(strlen(first) + strlen(last) + 2, 1);
    if (!made)
        return GSC_EMEMORY;
    strcat(strcat(strcpy(made, first), "|"), last);
    *state = made;
    num_prepared++;
    return 0;
}

static void
release(void *state)
{
    num_released++;
    free(state);
}

static int64_t failing_steps[2] = {-1, -1}; /* the first one fails late */

static int
fill_request(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    int64_t step = request->loaded->checkpoint.step;
    for (size_t i = 0; i < 2; i++) {
        if (step != failing_steps[i])
            continue;
        nanosleep(&(struct timespec){0, i == 0 ? 3000000 : 0}, NULL);
        return gsc_fail(GSC_ENUMERIC, "step %d is not to be measured", (int)step);
    }
    GSC_TRY(gsc_rows_text(rows, request->name));
    GSC_TRY(gsc_rows_text(rows, request->run_context->first.name));
    GSC_TRY(gsc_rows_text(rows, request->run_context->last.name));
    GSC_TRY(gsc_rows_text(rows, request->before ? request->before->name : "none"));
    GSC_TRY(
        gsc_rows_text(rows, request->state ? (const char *)request->state : "none"));
out:
    return status;
}

static const gsc_measure of_requests = {
    .name = "requests",
    .needs = GSC_NEEDS_NETWORK,
    .num_tables = 1,
    .tables = {GSC_TABLE("checkpoint", request_columns, fill_request, NULL)},
    .prepare = prepare,
    .release = release,
};

static void
begin_requests(int refused)
{
    num_prepared = num_released = 0;
    refused_run = refused;
    failing_steps[0] = failing_steps[1] = -1;
}

static void
assert_request(const gsc_measured_runs *measured, size_t row, const char *path_of,
               const char *first, const char *last, const char *before)
{
    char both[300];
    snprintf(both, sizeof both, "%s|%s", first, last);
    assert_string_equal(cell(measured, row, "path")->text, path_of);
    assert_string_equal(cell(measured, row, "first")->text, first);
    assert_string_equal(cell(measured, row, "last")->text, last);
    assert_string_equal(cell(measured, row, "before")->text, before);
    assert_string_equal(cell(measured, row, "state")->text, both);
}

static void
runs_know_their_ends_and_what_came_before(void **state)
{
    (void)state;
    const char *a0 = place(run_a, "step-000000000.h5");
    const char *a20 = place(run_a, "step-000000020.h5");
    const char *a50 = place(run_a, "step-000000050.h5");
    const char *b10 = place(run_b, "step-000000010.h5");
    const char *b30 = place(run_b, "step-000000030.h5");
    const char *x = place(run_a, "x.h5"), *y = place(run_a, "y.h5");
    const char *const words[] = {a50, a20, run_b, x, y, run_a};
    gsc_measured_runs measured;
    gsc_measured_runs_options options = {.measure = &of_requests};
    begin_requests(-1);
    assert_return_ok(measured_runs_of(&measured, words, 6, &options));
    assert_int_equal(gsc_rows_count(&measured.rows), 9); /* in the order asked for */
    assert_request(&measured, 0, a50, a0, a50, "none");
    assert_request(&measured, 1, a20, a0, a50, a50);
    assert_request(&measured, 2, b10, b10, b30, "none");
    assert_request(&measured, 3, b30, b10, b30, b10);
    assert_request(&measured, 4, x, x, x,
                   "none"); /* lone files are runs of their own */
    assert_request(&measured, 5, y, y, y, "none");
    assert_request(&measured, 6, a0, a0, a50, "none");
    assert_request(&measured, 7, a20, a0, a50, a0);
    assert_request(&measured, 8, a50, a0, a50, a20);
    assert_int_equal(num_prepared, 5);
    assert_int_equal(num_released, 5);
    gsc_measured_runs_free(&measured);
}

static void
what_was_prepared_is_released_after_failures_too(void **state)
{
    (void)state;
    const char *const words[] = {run_b, place(run_a, "x.h5"), run_a};
    gsc_measured_runs measured;
    gsc_measured_runs_options options = {.measure = &of_requests};
    begin_requests(-1);
    failing_steps[0] = 20;
    assert_fails(measured_runs_of(&measured, words, 3, &options), GSC_ENUMERIC,
                 "step 20");
    assert_int_equal(num_prepared, 3);
    assert_int_equal(num_released, 3);
    begin_requests(2);
    assert_fails(measured_runs_of(&measured, words, 3, &options), GSC_EFORMAT,
                 "cannot be prepared");
    assert_int_equal(num_released, 2);
    assert_null(measured.rows.cells);
}

static void
the_first_failure_in_order_is_told(void **state)
{
    (void)state;
    const char *const words[] = {run_b, run_a};
    char expected[256];
    snprintf(expected, sizeof expected, "%s: step 20 is not to be measured",
             place(run_a, "step-000000020.h5"));
    begin_requests(-1);
    failing_steps[0] = 20;
    failing_steps[1] = 50;
    for (size_t count = 1; count <= 5; count++)
        for (int again = 0; again < 10; again++) {
            gsc_measured_runs measured;
            gsc_measured_runs_options options = {.measure = &of_requests};
            assert_return_ok(gsc_threads_open(&options.threads, count));
            assert_int_equal(measured_runs_of(&measured, words, 2, &options),
                             GSC_ENUMERIC);
            assert_string_equal(gsc_error_text(), expected);
            gsc_threads_close(options.threads);
        }
    begin_requests(-1);
}

static void
a_damaged_file_is_told_by_its_name(void **state)
{
    (void)state;
    const char *const words[] = {run_b};
    const char *damaged = place(run_b, "step-000000030.h5");
    gsc_measured_runs measured;
    gsc_measured_runs_options options = {.measure = &of_requests};
    begin_requests(-1);
    assert_int_equal(truncate(damaged, 3000), 0);
    assert_fails(measured_runs_of(&measured, words, 1, &options), GSC_EFORMAT, damaged);
    assert_int_equal(num_released, 1);
}

/* What a visit notes of the checkpoints that it sees. */
typedef struct seen {
    int64_t steps[8];
    int64_t least; /* a visit fails from this step on */
} seen;

static int
see(void *context, size_t item, const gsc_loaded_model *loaded, gsc_threads *threads)
{
    seen *s = context;
    int64_t step = loaded->checkpoint.step;
    (void)threads;
    if (step >= s->least)
        return gsc_fail(GSC_ENUMERIC, "step %d is not to be seen", (int)step);
    s->steps[item] = step;
    return 0;
}

/* A visit sees each checkpoint with its own weights, in its place. */
static void
visits_see_each_checkpoint(void **state)
{
    (void)state;
    const char *const words[] = {run_b, run_a};
    gsc_measured_runs_options asked = {.measure = &of_requests};
    asked.controls[GSC_CONTROL_SHUFFLED] = true;
    for (size_t threads = 1; threads <= 3; threads++) {
        seen all = {.least = INT64_MAX}, some = {.least = 20};
        const gsc_visit visits[] = {{see, &all}, {see, &some}};
        const gsc_survey survey = {&asked, 1, visits, 2};
        gsc_measured_runs measured;
        gsc_outcome outcomes[3];
        gsc_inputs inputs;
        begin_requests(-1);
        assert_return_ok(gsc_threads_open(&asked.threads, threads));
        assert_return_ok(gsc_inputs_init(&inputs, words, 2, "all"));
        assert_true(inputs.count <= 8);
        assert_return_ok(
            gsc_measured_runs_survey(&measured, &inputs, &survey, outcomes));
        for (size_t i = 0; i < inputs.count; i++) {
            int64_t step;
            assert_true(gsc_run_is_step_file(inputs.items[i].path, &step));
            assert_int_equal(all.steps[i], step);
        }
        assert_return_ok(gsc_outcome_fail(&outcomes[0]));
        assert_return_ok(gsc_outcome_fail(&outcomes[1]));
        assert_fails(gsc_outcome_fail(&outcomes[2]), GSC_ENUMERIC, "not to be seen");
        for (size_t i = 0; i < 3; i++)
            gsc_outcome_free(&outcomes[i]);
        gsc_measured_runs_free(&measured);
        gsc_inputs_free(&inputs);
        gsc_threads_close(asked.threads);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        IN_RUNS(runs_know_their_ends_and_what_came_before),
        IN_RUNS(what_was_prepared_is_released_after_failures_too),
        IN_RUNS(the_first_failure_in_order_is_told),
        IN_RUNS(a_damaged_file_is_told_by_its_name),
        IN_RUNS(visits_see_each_checkpoint),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
