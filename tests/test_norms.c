/* The measure "norms": against sums written out, on a run of three checkpoints. */
#include "one_run.h"

#include <math.h>

enum { CHECKPOINT, TENSOR };

static int
make_run(void **state)
{
    static const char *const changes[][2] = {
        {"p", "7"},      {"d_model", "16"}, {"n_heads", "2"},
        {"d_mlp", "24"}, {"steps", "20"},   {"checkpoints", "linear:10"},
        {NULL, NULL}};
    return make_one_run(state, "demo", changes);
}

/* x . y over all trained tensors. */
static double
product(const gsc_loaded_model *x, const gsc_loaded_model *y)
{
    double sum = 0;
    for (size_t i = 0; i < x->num_tensors; i++) {
        const double *a = x->tensors[i].data, *b = y->tensors[i].data;
        size_t n = gsc_shape_count(x->tensors[i].shape);
        for (size_t k = 0; x->tensors[i].trained && k < n; k++)
            sum += a[k] * b[k];
    }
    return sum;
}

static void
a_path_is_measured_from_its_beginning_and_step_by_step(void **state)
{
    (void)state;
    gsc_loaded_model a, b, c;
    gsc_measured_runs s;
    open_step(&a, 0);
    open_step(&b, 10);
    open_step(&c, 20);
    ask_run(&gsc_measure_norms, CHECKPOINT, folder, "all", false, &s);
    assert_int_equal(gsc_rows_count(&s.rows), 3);
    double aa = product(&a, &a), bb = product(&b, &b), cc = product(&c, &c);
    double ac = product(&a, &c), bc = product(&b, &c), step = bb + cc - 2 * bc;
    assert_close(cell_of(&s, 2, "sum_of_squares")->real, cc, 1e-12 * cc);
    assert_close(cell_of(&s, 2, "l2")->real, sqrt(cc), 1e-12);
    double n = (double)cell_of(&s, 2, "parameters")->integer;
    assert_close(cell_of(&s, 2, "rms")->real, sqrt(cc / n), 1e-12);
    assert_close(cell_of(&s, 2, "distance_from_init")->real, sqrt(aa + cc - 2 * ac),
                 1e-6);
    assert_close(cell_of(&s, 2, "overlap_with_init")->real, ac / sqrt(aa * cc), 1e-12);
    assert_close(cell_of(&s, 2, "distance_from_before")->real, sqrt(step), 1e-6);
    assert_close(cell_of(&s, 2, "cosine_of_step")->real, (bc - bb) / sqrt(bb * step),
                 1e-6);
    assert_close(cell_of(&s, 0, "distance_from_init")->real, 0, 0);
    assert_close(cell_of(&s, 0, "overlap_with_init")->real, 1, 1e-12);
    assert_true(isnan(cell_of(&s, 0, "distance_from_before")->real));
    gsc_measured_runs_free(&s);
    gsc_loaded_model_close(&a);
    gsc_loaded_model_close(&b);
    gsc_loaded_model_close(&c);
}

static void
a_last_step_alone_knows_its_beginning_but_no_phase(void **state)
{
    (void)state;
    gsc_measured_runs s;
    ask_run(&gsc_measure_norms, CHECKPOINT, folder, "last", true, &s);
    assert_true(cell_of(&s, 0, "distance_from_init")->real > 0);
    assert_true(isnan(cell_of(&s, 0, "distance_from_before")->real));
    assert_string_equal(cell_of(&s, 0, "phase")->text, "");
    /* Gaussian weights of the same root mean square: as large, and in no relation */
    double l2 = cell_of(&s, 0, "l2")->real;
    assert_close(cell_of(&s, 0, "l2_random")->real, l2, 0.1 * l2);
    assert_close(cell_of(&s, 0, "overlap_with_init_random")->real, 0, 0.1);
    gsc_measured_runs_free(&s);
}

static void
a_file_elsewhere_does_not_know_its_beginning(void **state)
{
    (void)state;
    gsc_measured_runs s;
    char path[GSC_PATH_BYTES], lone[64];
    snprintf(lone, sizeof lone, "%s/alone.h5", folder);
    assert_return_ok(gsc_run_step_path(folder, 20, path));
    assert_int_equal(link(path, lone), 0);
    ask_run(&gsc_measure_norms, TENSOR, lone, "last", false, &s);
    assert_true(isnan(cell_of(&s, 0, "distance_from_init")->real));
    assert_true(cell_of(&s, 0, "l2")->real > 0);
    gsc_measured_runs_free(&s);
    unlink(lone);
}

static void
heads_are_matrices_and_shares_sum_to_one(void **state)
{
    (void)state;
    gsc_measured_runs s;
    double share = 0;
    size_t num_queries = 0, num_vectors = 0;
    ask_run(&gsc_measure_norms, TENSOR, folder, "last", false, &s);
    for (size_t i = 0; i < gsc_rows_count(&s.rows); i++) {
        const char *tensor = cell_of(&s, i, "tensor")->text;
        double rank = cell_of(&s, i, "stable_rank")->real;
        double l2 = cell_of(&s, i, "l2")->real;
        share += cell_of(&s, i, "share")->real;
        assert_close(l2 * l2, cell_of(&s, i, "sum_of_squares")->real, 1e-12 * l2 * l2);
        if (strcmp(tensor, "blocks.0.attn.W_Q") == 0) {
            assert_int_equal(cell_of(&s, i, "head")->integer, num_queries++);
            assert_true(rank >= 1 && rank <= 8);
        } else if (strstr(tensor, ".b_")) {
            assert_int_equal(cell_of(&s, i, "head")->integer, -1);
            assert_true(isnan(rank));
            num_vectors++;
        }
    }
    assert_int_equal(num_queries, 2);
    assert_int_equal(num_vectors, 2);
    assert_close(share, 1, 1e-12);
    gsc_measured_runs_free(&s);
}

/* Rows of a measure whose norm is known: 2 3 4 3 2.01 2. */
static void
phases_are_named_by_the_norm(void **state)
{
    (void)state;
    static const double norms[] = {2, 3, 4, 3, 2.01, 2};
    static const int64_t steps[] = {0, 10, 20, 30, 40, 50};
    static const char *const phases[] = {"growth", "growth", "growth",
                                         "decay",  "decay",  "settled"};
    const gsc_measure_table *table = &gsc_measure_norms.tables[CHECKPOINT];
    gsc_rows rows;
    gsc_rows_init(&rows, table->columns, table->num_columns);
    for (size_t i = 0; i < 6; i++) {
        assert_return_ok(gsc_rows_integer(&rows, 1));
        for (size_t c = 1; c + 1 < table->num_columns; c++)
            assert_return_ok(gsc_rows_real(&rows, norms[i]));
        assert_return_ok(gsc_rows_text(&rows, ""));
    }
    assert_return_ok(table->conclude(&rows, steps));
    for (size_t i = 0; i < 6; i++)
        assert_string_equal(
            gsc_rows_cell(&rows, i, gsc_rows_column(&rows, "phase"))->text, phases[i]);
    gsc_rows_free(&rows);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_is_measured_from_its_beginning_and_step_by_step),
        cmocka_unit_test(a_last_step_alone_knows_its_beginning_but_no_phase),
        cmocka_unit_test(a_file_elsewhere_does_not_know_its_beginning),
        cmocka_unit_test(heads_are_matrices_and_shares_sum_to_one),
        cmocka_unit_test(phases_are_named_by_the_norm),
    };
    return cmocka_run_group_tests_name("norms", tests, make_run, remove_one_run);
}
