/* What a survey tells a measure of runs, and how it ends where something fails. */
#include "survey_fixture.h"

#include <time.h>

static const gsc_column visit_columns[] = {
    {"path", GSC_CELL_TEXT, false, "", false},
    {"first", GSC_CELL_TEXT, false, "", false},
    {"last", GSC_CELL_TEXT, false, "", false},
    {"before", GSC_CELL_TEXT, false, "", false},
    {"state", GSC_CELL_TEXT, false, "", false},
};

/* What prepare makes: the run's ends, side by side. */
static int num_prepared, num_released, refused_run;

static int
prepare(size_t table, gsc_lineage *lineage, void **state)
{
    (void)table;
    const char *first = lineage->first.name, *last = lineage->last.name;
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
fill_visit(const gsc_visit *visit, gsc_rows *rows)
{
    int status = 0;
    int64_t step = visit->subject->checkpoint.step;
    for (size_t i = 0; i < 2; i++) {
        if (step != failing_steps[i])
            continue;
        nanosleep(&(struct timespec){0, i == 0 ? 3000000 : 0}, NULL);
        return gsc_fail(GSC_ENUMERIC, "step %d is not to be measured", (int)step);
    }
    GSC_TRY(gsc_rows_text(rows, visit->name));
    GSC_TRY(gsc_rows_text(rows, visit->lineage->first.name));
    GSC_TRY(gsc_rows_text(rows, visit->lineage->last.name));
    GSC_TRY(gsc_rows_text(rows, visit->before ? visit->before->name : "none"));
    GSC_TRY(gsc_rows_text(rows, visit->state ? (const char *)visit->state : "none"));
out:
    return status;
}

static const gsc_measure of_visits = {
    .name = "visits",
    .num_tables = 1,
    .tables = {GSC_TABLE("checkpoint", visit_columns, fill_visit, NULL)},
    .prepare = prepare,
    .release = release,
};

static void
begin_visits(int refused)
{
    num_prepared = num_released = 0;
    refused_run = refused;
    failing_steps[0] = failing_steps[1] = -1;
}

static void
assert_visit(const gsc_survey *survey, size_t row, const char *path_of,
             const char *first, const char *last, const char *before)
{
    char both[300];
    snprintf(both, sizeof both, "%s|%s", first, last);
    assert_string_equal(cell(survey, row, "path")->text, path_of);
    assert_string_equal(cell(survey, row, "first")->text, first);
    assert_string_equal(cell(survey, row, "last")->text, last);
    assert_string_equal(cell(survey, row, "before")->text, before);
    assert_string_equal(cell(survey, row, "state")->text, both);
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
    gsc_survey survey;
    gsc_survey_options options = {.measure = &of_visits};
    begin_visits(-1);
    assert_return_ok(survey_of(&survey, words, 6, &options));
    assert_int_equal(gsc_rows_count(&survey.rows), 9); /* in the order asked for */
    assert_visit(&survey, 0, a50, a0, a50, "none");
    assert_visit(&survey, 1, a20, a0, a50, a50);
    assert_visit(&survey, 2, b10, b10, b30, "none");
    assert_visit(&survey, 3, b30, b10, b30, b10);
    assert_visit(&survey, 4, x, x, x, "none"); /* lone files are runs of their own */
    assert_visit(&survey, 5, y, y, y, "none");
    assert_visit(&survey, 6, a0, a0, a50, "none");
    assert_visit(&survey, 7, a20, a0, a50, a0);
    assert_visit(&survey, 8, a50, a0, a50, a20);
    assert_int_equal(num_prepared, 5);
    assert_int_equal(num_released, 5);
    gsc_survey_free(&survey);
}

static void
what_was_prepared_is_released_after_failures_too(void **state)
{
    (void)state;
    const char *const words[] = {run_b, place(run_a, "x.h5"), run_a};
    gsc_survey survey;
    gsc_survey_options options = {.measure = &of_visits};
    begin_visits(-1);
    failing_steps[0] = 20;
    assert_fails(survey_of(&survey, words, 3, &options), GSC_ENUMERIC, "step 20");
    assert_int_equal(num_prepared, 3);
    assert_int_equal(num_released, 3);
    begin_visits(2);
    assert_fails(survey_of(&survey, words, 3, &options), GSC_EFORMAT,
                 "cannot be prepared");
    assert_int_equal(num_released, 2);
    assert_null(survey.rows.cells);
}

static void
the_first_failure_in_order_is_told(void **state)
{
    (void)state;
    const char *const words[] = {run_b, run_a};
    char expected[256];
    snprintf(expected, sizeof expected, "%s: step 20 is not to be measured",
             place(run_a, "step-000000020.h5"));
    begin_visits(-1);
    failing_steps[0] = 20;
    failing_steps[1] = 50;
    for (size_t count = 1; count <= 5; count++)
        for (int again = 0; again < 10; again++) {
            gsc_survey survey;
            gsc_survey_options options = {.measure = &of_visits};
            assert_return_ok(gsc_threads_open(&options.threads, count));
            assert_int_equal(survey_of(&survey, words, 2, &options), GSC_ENUMERIC);
            assert_string_equal(gsc_error_text(), expected);
            gsc_threads_close(options.threads);
        }
    begin_visits(-1);
}

static void
a_damaged_file_is_told_by_its_name(void **state)
{
    (void)state;
    const char *const words[] = {run_b};
    const char *damaged = place(run_b, "step-000000030.h5");
    gsc_survey survey;
    gsc_survey_options options = {.measure = &of_visits};
    begin_visits(-1);
    assert_int_equal(truncate(damaged, 3000), 0);
    assert_fails(survey_of(&survey, words, 1, &options), GSC_EFORMAT, damaged);
    assert_int_equal(num_released, 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        IN_RUNS(runs_know_their_ends_and_what_came_before),
        IN_RUNS(what_was_prepared_is_released_after_failures_too),
        IN_RUNS(the_first_failure_in_order_is_told),
        IN_RUNS(a_damaged_file_is_told_by_its_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
