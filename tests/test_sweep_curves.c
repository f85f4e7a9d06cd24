/* Curves of a sweep on one grid of steps. */
#include "analyze/sweep/tables/curves.h"
#include "test.h"

static const char *const columns[] = {"step", "train_loss", "test_accuracy"};

static void
fill_table(gsc_table *t, const double rows[][3], size_t num_rows)
{
    assert_return_ok(gsc_table_init(t, "loss", columns, 3));
    for (size_t i = 0; i < num_rows; i++)
        assert_return_ok(gsc_table_append(t, rows[i]));
}

static float
value_of(const gsc_sweep_curves *c, const char *name, size_t run, size_t point)
{
    for (size_t i = 0; i < 1 + GSC_NUM_CURVES; i++)
        if (strcmp(c->matrices[i].name, name) == 0)
            return c->matrices[i].values[run * c->matrices[i].width + point];
    fail_msg("no curve %s", name);
    return 0;
}

/* The point of the grid at a step. */
static size_t
point_of(const gsc_sweep_curves *c, double step)
{
    for (size_t p = 0; p < c->num_points; p++)
        if (c->grid[p] == step)
            return p;
    fail_msg("the grid has no step %g", step);
    return 0;
}

static void
a_value_is_the_last_one_that_was_measured(void **state)
{
    (void)state;
    gsc_table longer, shorter;
    gsc_sweep_curves c;
    const double a[][3] = {{0, 5, NAN}, {10, 4, .25}, {20, NAN, .5}, {1000, 1, 1}};
    const double b[][3] = {{0, 3, .125}, {100, 2, .75}};
    fill_table(&longer, a, 4);
    fill_table(&shorter, b, 2);
    gsc_sweep_curves_init(&c);
    assert_return_ok(gsc_sweep_curves_add(&c, &longer));
    assert_return_ok(gsc_sweep_curves_add(&c, NULL));
    assert_return_ok(gsc_sweep_curves_add(&c, &shorter));
    assert_return_ok(gsc_sweep_curves_finish(&c));
    assert_true(c.num_points > 70 && c.grid[0] == 0 && c.grid[1] == 1);
    assert_true(c.grid[c.num_points - 1] == 1000);
    size_t ten = point_of(&c, 10), hundred = point_of(&c, 100);
    assert_true(value_of(&c, "step", 0, ten) == 10);
    assert_true(value_of(&c, "train_loss", 0, 0) == 5);
    assert_true(value_of(&c, "train_loss", 0, ten - 1) == 5);
    assert_true(value_of(&c, "train_loss", 0, ten) == 4);
    assert_true(value_of(&c, "train_loss", 0, hundred) == 4); /* 20 was not measured */
    assert_true(value_of(&c, "train_loss", 0, c.num_points - 1) == 1);
    assert_true(isnan(value_of(&c, "test_accuracy", 0, 0)));
    assert_true(value_of(&c, "test_accuracy", 0, hundred) == .5f);
    for (size_t p = 0; p < c.num_points; p++) {
        assert_true(isnan(value_of(&c, "train_loss", 1, p))); /* no history */
        assert_true(isnan(value_of(&c, "test_loss", 0, p)));  /* no such column */
    }
    assert_true(value_of(&c, "test_accuracy", 2, hundred) == .75f);
    assert_true(
        isnan(value_of(&c, "test_accuracy", 2, hundred + 1))); /* it has ended */
    gsc_sweep_curves_free(&c);
    gsc_table_free(&longer);
    gsc_table_free(&shorter);
}

/* Steps are whole and rise, 32 a decade where there are so many. */
static void
the_grid_is_even_in_the_logarithm(void **state)
{
    (void)state;
    gsc_sweep_curves c;
    gsc_sweep_curves_init(&c);
    for (size_t p = 1; p < GSC_MOST_CURVE_POINTS; p++)
        assert_true(c.grid[p] > c.grid[p - 1] && c.grid[p] == round(c.grid[p]));
    size_t first = 0, last = 0;
    for (size_t p = 0; p < GSC_MOST_CURVE_POINTS; p++) {
        first = c.grid[p] == 1000 ? p : first;
        last = c.grid[p] == 10000 ? p : last;
    }
    assert_int_equal(last - first, GSC_CURVE_POINTS_A_DECADE);
    gsc_sweep_curves_free(&c);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_is_the_last_one_that_was_measured),
        cmocka_unit_test(the_grid_is_even_in_the_logarithm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
