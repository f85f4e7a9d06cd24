/* The measure "ntk" over a run. */
#include "one_run.h"

static int
make_run(void **state)
{
    static const char *const changes[][2] = {
        {"p", "5"},     {"d_model", "8"}, {"n_heads", "2"},
        {"d_mlp", "8"}, {"steps", "40"},  {"checkpoints", "linear:20"},
        {NULL, NULL}};
    return make_one_run(state, "demo", changes);
}

static void
a_run_moves_away_from_its_first_kernel(void **state)
{
    (void)state;
    gsc_measured_runs s;
    ask_run_with(&gsc_measure_ntk, 0, folder, "all", false, "examples=6", &s);
    assert_int_equal(cell_of(&s, 0, "examples")->integer, 6);
    assert_int_equal(cell_of(&s, 0, "outputs")->integer, 5);
    assert_close(cell_of(&s, 0, "distance_from_init")->real, 0, 1e-15);
    double early = cell_of(&s, 1, "distance_from_init")->real;
    assert_true(early > 1e-4 && cell_of(&s, 2, "distance_from_init")->real > early);
    assert_true(cell_of(&s, 1, "alignment")->real != cell_of(&s, 0, "alignment")->real);
    gsc_measured_runs_free(&s);
}

/* The eigenvectors are a basis: along them lies all of the targets. */
static void
shares_of_the_targets_add_up(void **state)
{
    (void)state;
    gsc_measured_runs s;
    ask_run_with(&gsc_measure_ntk, 1, folder, "last", false,
                 "examples=6:kernel=pseudo:split=train:example_seed=3", &s);
    assert_int_equal(gsc_rows_count(&s.rows), 6);
    assert_close(cell_of(&s, 5, "target_share_to_here")->real, 1, 1e-12);
    for (size_t i = 1; i < 6; i++)
        assert_true(cell_of(&s, i, "eigenvalue")->real <=
                    cell_of(&s, i - 1, "eigenvalue")->real);
    gsc_measured_runs_free(&s);
}

/* The more is added to each eigenvalue, the less the difficulty is. */
static void
a_ridge_makes_targets_less_difficult(void **state)
{
    (void)state;
    gsc_measured_runs little, much;
    ask_run_with(&gsc_measure_ntk, 0, folder, "last", false, "ridge=1e-3", &little);
    ask_run_with(&gsc_measure_ntk, 0, folder, "last", false, "ridge=0.5", &much);
    assert_close(cell_of(&much, 0, "ridge")->real,
                 0.5 * cell_of(&much, 0, "eigenvalue_1")->real, 1e-12);
    assert_true(cell_of(&much, 0, "difficulty")->real <
                cell_of(&little, 0, "difficulty")->real);
    gsc_measured_runs_free(&little);
    gsc_measured_runs_free(&much);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_moves_away_from_its_first_kernel),
        cmocka_unit_test(shares_of_the_targets_add_up),
        cmocka_unit_test(a_ridge_makes_targets_less_difficult),
    };
    return cmocka_run_group_tests(tests, make_run, remove_one_run);
}
