/* A measure asked of many checkpoints: its columns and rows, those of the controls
 * beside them, what whole runs tell, and threads. */
#include "analyze/network/evaluator.h"
#include "measured_runs_fixture.h"

#include <math.h>
#include <unistd.h>

/* ---- A measure of every tensor ---- */

static const gsc_column tensor_columns[] = {
    {"tensor", GSC_CELL_TEXT, true, "", false},
    {"norm", GSC_CELL_REAL, false, "", false},
    {"rank", GSC_CELL_INTEGER, false, "", false},
    {"large", GSC_CELL_BOOL, false, "", false},
    {"phase", GSC_CELL_TEXT, false, "", true},
};

static double
norm_of(const gsc_tensor *tensor)
{
    const double *data = tensor->data;
    double sum = 0;
    for (size_t i = 0; i < gsc_shape_count(tensor->shape); i++)
        sum += data[i] * data[i];
    return sum;
}

static int
fill_tensors(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    const gsc_loaded_model *s = request->loaded;
    for (size_t i = 0; i < s->num_tensors; i++) {
        GSC_TRY(gsc_rows_text(rows, s->tensors[i].name));
        GSC_TRY(gsc_rows_real(rows, norm_of(&s->tensors[i])));
        GSC_TRY(gsc_rows_integer(rows, (int64_t)s->tensors[i].shape.rank));
        GSC_TRY(gsc_rows_bool(rows, norm_of(&s->tensors[i]) > 1));
        GSC_TRY(gsc_rows_text(rows, ""));
    }
out:
    return status;
}

static size_t num_concluded;

/* Tell each row how many there are, which one it is, and from where to where they go.
 */
static int
conclude_tensors(gsc_rows *rows, const int64_t *steps)
{
    int status = 0;
    size_t count = gsc_rows_count(rows), phase = gsc_rows_column(rows, "phase");
    num_concluded++;
    for (size_t i = 0; i < count; i++) {
        char text[64];
        snprintf(text, sizeof text, "%zu/%zu at %d of %d to %d", i, count,
                 (int)steps[i], (int)steps[0], (int)steps[count - 1]);
        GSC_TRY(gsc_rows_replace_text(rows, i, phase, text));
    }
out:
    return status;
}

static const gsc_measure of_tensors = {
    .name = "tensors",
    .needs = GSC_NEEDS_NETWORK,
    .num_tables = 1,
    .tables = {GSC_TABLE("tensor", tensor_columns, fill_tensors, conclude_tensors)},
};

static const char *const expected_columns[] = {
    "run",         "step",         "tensor",    "norm",        "norm_init",
    "norm_random", "rank",         "rank_init", "rank_random", "large",
    "large_init",  "large_random", "phase",
};

static void
controls_stand_beside_their_values(void **state)
{
    (void)state;
    const char *const words[] = {run_a};
    gsc_measured_runs measured;
    gsc_measured_runs_options options = {.measure = &of_tensors};
    options.controls[GSC_CONTROL_INIT] = options.controls[GSC_CONTROL_RANDOM] = true;
    assert_return_ok(measured_runs_of(&measured, words, 1, &options));
    assert_int_equal(measured.rows.num_columns, 13);
    for (size_t c = 0; c < 13; c++)
        assert_string_equal(measured.rows.columns[c].name, expected_columns[c]);
    size_t count = gsc_rows_count(&measured.rows), tensors = count / 3;
    assert_true(tensors > 5 && count == 3 * tensors);
    for (size_t i = 0; i < count; i++) {
        gsc_loaded_model loaded;
        const size_t t = i % tensors;
        const char *const names[] = {"step-000000000.h5", "step-000000020.h5",
                                     "step-000000050.h5"};
        assert_return_ok(
            gsc_loaded_model_open(&loaded, place(run_a, names[i / tensors])));
        assert_string_equal(cell(&measured, i, "run")->text, run_a);
        assert_int_equal(cell(&measured, i, "step")->integer, loaded.checkpoint.step);
        assert_string_equal(cell(&measured, i, "tensor")->text, loaded.tensors[t].name);
        double norm = norm_of(&loaded.tensors[t]);
        assert_true(cell(&measured, i, "norm")->real == norm);
        assert_int_equal(cell(&measured, i, "large")->truth, norm > 1);
        assert_true(cell(&measured, i, "norm_init")->real ==
                    cell(&measured, t, "norm")->real);
        assert_return_ok(gsc_loaded_model_control(&loaded, GSC_CONTROL_RANDOM, NULL));
        norm = norm_of(&loaded.tensors[t]);
        assert_true(cell(&measured, i, "norm_random")->real == norm);
        assert_int_equal(cell(&measured, i, "large_random")->truth, norm > 1);
        assert_int_equal(cell(&measured, i, "rank_random")->integer,
                         loaded.tensors[t].shape.rank);
        gsc_loaded_model_close(&loaded);
    }
    gsc_measured_runs_free(&measured);
    gsc_measured_runs_free(&measured); /* freed ones are fine */
}

/* Of a network whose first weight is 7: rows x, y, z. Of any other: z, y. */
static int
fill_odd(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    bool own = *(const double *)request->loaded->tensors[0].data == 7;
    for (const char *at = own ? "xyz" : "zy"; *at; at++) {
        char name[2] = {*at, '\0'};
        GSC_TRY(gsc_rows_text(rows, name));
        GSC_TRY(gsc_rows_real(rows, *at + (own ? 0 : 1000)));
        GSC_TRY(gsc_rows_integer(rows, *at));
        GSC_TRY(gsc_rows_bool(rows, true));
        GSC_TRY(gsc_rows_text(rows, ""));
    }
out:
    return status;
}

/* Rows are matched by their keys, wherever they stand. */
static void
a_row_that_a_control_lacks_is_unknown(void **state)
{
    (void)state;
    gsc_measure odd = of_tensors;
    const char *const words[] = {path};
    gsc_network network;
    gsc_loaded_model loaded;
    gsc_measured_runs measured;
    small_network(&network, "");
    write_network(path, &network, 0, 1);
    gsc_network_free(&network);
    assert_return_ok(gsc_loaded_model_open(&loaded, path));
    *(double *)loaded.tensors[0].data = 7;
    gsc_checkpoint marked = loaded.checkpoint;
    marked.params = loaded.tensors;
    assert_return_ok(gsc_checkpoint_write(&marked, path));
    gsc_loaded_model_close(&loaded);
    odd.tables[0].fill = fill_odd;
    odd.tables[0].conclude = NULL;
    gsc_measured_runs_options options = {.measure = &odd};
    options.controls[GSC_CONTROL_RANDOM] = true;
    assert_return_ok(measured_runs_of(&measured, words, 1, &options));
    assert_int_equal(gsc_rows_count(&measured.rows), 3);
    assert_true(isnan(cell(&measured, 0, "norm_random")->real));
    assert_int_equal(cell(&measured, 0, "rank_random")->integer, -1);
    assert_false(cell(&measured, 0, "large_random")->truth);
    for (size_t i = 1; i < 3; i++) {
        assert_true(cell(&measured, i, "norm")->real == "xyz"[i]);
        assert_true(cell(&measured, i, "norm_random")->real == "xyz"[i] + 1000);
        assert_int_equal(cell(&measured, i, "rank_random")->integer, "xyz"[i]);
        assert_true(cell(&measured, i, "large_random")->truth);
    }
    gsc_measured_runs_free(&measured);
}

/* ---- Runs ---- */

static void
a_run_is_concluded_with_all_its_rows_and_no_others(void **state)
{
    (void)state;
    const char *const words[] = {run_b, run_a, place(run_a, "x.h5")};
    const int steps[][3] = {{2, 10, 30}, {3, 0, 50}, {1, 7, 7}};
    gsc_measured_runs measured;
    gsc_measured_runs_options options = {.measure = &of_tensors};
    num_concluded = 0;
    assert_return_ok(measured_runs_of(&measured, words, 3, &options));
    assert_int_equal(num_concluded, 3);
    size_t tensors = gsc_rows_count(&measured.rows) / 6, row = 0;
    for (size_t r = 0; r < 3; r++) {
        size_t count = (size_t)steps[r][0] * tensors;
        for (size_t i = 0; i < count; i++, row++) {
            char text[64];
            snprintf(text, sizeof text, "%zu/%zu at %d of %d to %d", i, count,
                     (int)cell(&measured, row, "step")->integer, steps[r][1],
                     steps[r][2]);
            assert_string_equal(cell(&measured, row, "phase")->text, text);
        }
    }
    assert_int_equal(row, gsc_rows_count(&measured.rows));
    gsc_measured_runs_free(&measured);
}

static int
refuse_to_conclude(gsc_rows *rows, const int64_t *steps)
{
    (void)rows;
    return gsc_fail(GSC_ENUMERIC, "no phase at step %d", (int)steps[0]);
}

static void
a_failing_conclusion_is_told(void **state)
{
    (void)state;
    static gsc_measure failing;
    const char *const words[] = {run_b};
    gsc_measured_runs measured;
    failing = of_tensors;
    failing.tables[0].conclude = refuse_to_conclude;
    gsc_measured_runs_options options = {.measure = &failing};
    assert_fails(measured_runs_of(&measured, words, 1, &options), GSC_ENUMERIC,
                 "no phase at step 10");
    gsc_measured_runs_free(&measured);
}

static void
init_without_step_0_is_refused(void **state)
{
    (void)state;
    const char *const words[] = {run_b};
    gsc_measured_runs measured;
    gsc_measured_runs_options options = {.measure = &of_tensors};
    options.controls[GSC_CONTROL_INIT] = true;
    assert_fails(measured_runs_of(&measured, words, 1, &options), GSC_EFORMAT,
                 "step-000000010.h5: the first step file of the run is of step 10");
}

/* ---- Threads ---- */

static const gsc_column logit_columns[] = {
    {"a", GSC_CELL_INTEGER, true, "", false},
    {"sum", GSC_CELL_REAL, false, "", false},
};

/* The sum of all logits of each a, by a network that runs on the request's threads. */
static int
fill_logits(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    gsc_grid grid = {.n = 0};
    gsc_evaluator evaluator = {.loaded = NULL};
    double *logits = NULL;
    GSC_TRY(gsc_grid_init(&grid, request->loaded, GSC_RESIDUE_ORDER_PLAIN));
    GSC_TRY(gsc_evaluator_open(&evaluator, request->loaded, &grid, false));
    GSC_NEW(logits, grid.n * grid.n * grid.n);
    GSC_TRY(gsc_evaluator_run(&evaluator, request->loaded->weights, request->threads,
                              logits, NULL));
    for (size_t a = 0; a < grid.n; a++) {
        double sum = 0;
        for (size_t i = 0; i < grid.n * grid.n; i++)
            sum += exp(logits[a * grid.n * grid.n + i]);
        GSC_TRY(gsc_rows_integer(rows, (int64_t)a));
        GSC_TRY(gsc_rows_real(rows, sum));
    }
out:
    free(logits);
    gsc_evaluator_close(&evaluator);
    gsc_grid_free(&grid);
    return status;
}

static const gsc_measure of_logits = {
    .name = "logits",
    .needs = GSC_NEEDS_NETWORK,
    .num_tables = 1,
    .tables = {{"a", logit_columns, 2, fill_logits, NULL}},
};

static void
count_shown(void *context, size_t done, size_t total)
{
    size_t *most = context;
    assert_true(done > *most && done <= total);
    *most = done;
}

static void
assert_same_rows(const gsc_measured_runs *a, const gsc_measured_runs *b)
{
    assert_int_equal(a->rows.num_columns, b->rows.num_columns);
    assert_int_equal(a->rows.num_cells, b->rows.num_cells);
    for (size_t i = 0; i < a->rows.num_cells; i++) {
        const gsc_cell *x = &a->rows.cells[i], *y = &b->rows.cells[i];
        switch (a->rows.columns[i % a->rows.num_columns].kind) {
        case GSC_CELL_TEXT:
            assert_string_equal(x->text, y->text);
            break;
        case GSC_CELL_REAL:
            assert_memory_equal(&x->real, &y->real, sizeof x->real);
            break;
        case GSC_CELL_INTEGER:
            assert_int_equal(x->integer, y->integer);
            break;
        default:
            assert_int_equal(x->truth, y->truth);
        }
    }
}

/* What looks back has the checkpoint before at hand in a block of inputs, and reads it
 * at the block's beginning: 24 inputs are blocks of six on one thread, of one on eight.
 */
static void
blocks_change_no_bit(void **state)
{
    (void)state;
    const char *const words[] = {run_a, run_b, run_a, run_a, run_b,
                                 run_a, run_b, run_a, run_a};
    gsc_measured_runs measured[2];
    for (size_t i = 0; i < 2; i++) {
        gsc_measured_runs_options options = {.measure = &gsc_measure_norms};
        options.controls[GSC_CONTROL_SHUFFLED] = true;
        assert_return_ok(gsc_threads_open(&options.threads, i == 0 ? 1 : 8));
        assert_return_ok(measured_runs_of(&measured[i], words, 9, &options));
        gsc_threads_close(options.threads);
    }
    assert_int_equal(gsc_rows_count(&measured[0].rows), 24);
    assert_same_rows(&measured[0], &measured[1]);
    for (size_t i = 0; i < 2; i++)
        gsc_measured_runs_free(&measured[i]);
}

/* ---- Several questions ---- */

static int
fail_at_20(const gsc_measure_request *request, gsc_rows *rows)
{
    if (request->loaded->checkpoint.step >= 20)
        return gsc_fail(GSC_ENUMERIC, "nothing to be said of step %d",
                        (int)request->loaded->checkpoint.step);
    return fill_tensors(request, rows);
}

static const gsc_measure of_beginnings = {
    .name = "beginnings",
    .needs = GSC_NEEDS_NETWORK,
    .num_tables = 1,
    .tables = {GSC_TABLE("tensor", tensor_columns, fail_at_20, NULL)},
};

enum { QUESTIONS = 3 };

static void
ask_three(gsc_measured_runs measured[QUESTIONS], gsc_outcome outcomes[QUESTIONS],
          const gsc_measured_runs_options asked[QUESTIONS])
{
    const char *const words[] = {run_b, run_a};
    gsc_inputs inputs;
    assert_return_ok(gsc_inputs_init(&inputs, words, 2, "all"));
    const gsc_survey survey = {.asked = asked, .count = QUESTIONS};
    assert_return_ok(gsc_measured_runs_survey(measured, &inputs, &survey, outcomes));
    gsc_inputs_free(&inputs);
}

/* Each has the rows that it has alone, whatever becomes of the others. */
static void
questions_do_not_touch_each_other(void **state)
{
    (void)state;
    const char *const words[] = {run_b, run_a};
    gsc_measured_runs_options asked[QUESTIONS] = {
        {.measure = &of_tensors}, {.measure = &of_beginnings}, {.measure = &of_logits}};
    asked[0].controls[GSC_CONTROL_RANDOM] = true;
    asked[2].controls[GSC_CONTROL_SHUFFLED] = true;
    for (size_t threads = 1; threads <= 4; threads++) {
        gsc_measured_runs measured[QUESTIONS];
        gsc_outcome outcomes[QUESTIONS];
        assert_return_ok(gsc_threads_open(&asked[0].threads, threads));
        ask_three(measured, outcomes, asked);
        for (size_t i = 0; i < QUESTIONS; i += 2) {
            gsc_measured_runs alone;
            asked[i].threads = asked[0].threads;
            assert_return_ok(gsc_outcome_fail(&outcomes[i]));
            assert_return_ok(measured_runs_of(&alone, words, 2, &asked[i]));
            assert_same_rows(&measured[i], &alone);
            gsc_measured_runs_free(&alone);
        }
        assert_fails(gsc_outcome_fail(&outcomes[1]), GSC_ENUMERIC,
                     "step-000000030.h5: nothing to be said of step 30");
        assert_false(outcomes[1].unread);
        assert_int_equal(measured[1].rows.num_cells, 0);
        for (size_t i = 0; i < QUESTIONS; i++) {
            gsc_measured_runs_free(&measured[i]);
            gsc_outcome_free(&outcomes[i]);
        }
        gsc_threads_close(asked[0].threads);
    }
}

static void
what_cannot_be_read_fails_all(void **state)
{
    (void)state;
    const gsc_measured_runs_options asked[QUESTIONS] = {
        {.measure = &of_tensors}, {.measure = &of_beginnings}, {.measure = &of_logits}};
    gsc_measured_runs measured[QUESTIONS];
    gsc_outcome outcomes[QUESTIONS];
    const char *torn = place(run_b, "step-000000010.h5");
    assert_int_equal(truncate(torn, 3000), 0);
    ask_three(measured, outcomes, asked);
    for (size_t i = 0; i < QUESTIONS; i++) {
        assert_fails(gsc_outcome_fail(&outcomes[i]), GSC_EFORMAT, "step-000000010.h5");
        assert_true(outcomes[i].unread);
        gsc_measured_runs_free(&measured[i]);
        gsc_outcome_free(&outcomes[i]);
    }
}

/* One or two checkpoints have all threads for themselves, five stand side by side. */
static void
threads_change_no_bit(void **state)
{
    (void)state;
    const char *const words[] = {place(run_a, "step-000000050.h5"), run_b, run_a};
    for (size_t num_words = 1; num_words <= 3; num_words++) {
        gsc_measured_runs first = {.names = NULL};
        for (size_t count = 1; count <= 4; count++) {
            size_t shown = 0;
            gsc_measured_runs measured;
            gsc_measured_runs_options options = {
                .measure = &of_logits, .show = count_shown, .context = &shown};
            options.controls[GSC_CONTROL_SHUFFLED] = true;
            assert_return_ok(gsc_threads_open(&options.threads, count));
            assert_return_ok(measured_runs_of(&measured, words, num_words, &options));
            gsc_threads_close(options.threads);
            assert_true(shown > 0 || count > 1);
            if (count == 1) {
                first = measured;
                continue;
            }
            assert_int_equal(measured.rows.num_cells, first.rows.num_cells);
            for (size_t i = 0; i < gsc_rows_count(&measured.rows); i++) {
                assert_true(cell(&measured, i, "sum")->real ==
                            cell(&first, i, "sum")->real);
                assert_true(cell(&measured, i, "sum_shuffled")->real ==
                            cell(&first, i, "sum_shuffled")->real);
                assert_true(cell(&measured, i, "sum")->real !=
                            cell(&measured, i, "sum_shuffled")->real);
            }
            gsc_measured_runs_free(&measured);
        }
        gsc_measured_runs_free(&first);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        IN_RUNS(controls_stand_beside_their_values),
        IN_RUNS(a_row_that_a_control_lacks_is_unknown),
        IN_RUNS(a_run_is_concluded_with_all_its_rows_and_no_others),
        IN_RUNS(a_failing_conclusion_is_told),
        IN_RUNS(init_without_step_0_is_refused),
        IN_RUNS(threads_change_no_bit),
        IN_RUNS(blocks_change_no_bit),
        IN_RUNS(questions_do_not_touch_each_other),
        IN_RUNS(what_cannot_be_read_fails_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
