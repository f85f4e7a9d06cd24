/* Phases of runs drawn by hand. */
#include "analyze/method/phases.h"
#include "test.h"

#define NOT_MEASURED ((double)NAN)

static const int64_t step[] = {0, 100, 200, 300, 400, 500, 600, 700, 800};
static const double train[] = {4.7, 1, 0.09, 0.01, 1e-3, 1e-3, 1e-4, 1e-5, 1e-6};
static const double test[] = {4.7, 9, 18, 20, 19, 17, 9.9, 1, 1e-4};
static const double excluded[] = {4.7, 2, 1, 0.7, 0.9, 2, 4, 5, 5};

static gsc_phases
phases_of(const double *train_loss, const double *test_loss,
          const double *excluded_loss)
{
    gsc_phase_rule rule = gsc_phases_default_rule();
    gsc_run_series series = {step, train_loss, test_loss, excluded_loss, 9};
    gsc_phases phases;
    gsc_phases_of_run(&series, &rule, &phases);
    return phases;
}

static void
a_run_that_groks_has_three_phases(void **state)
{
    (void)state;
    gsc_phases phases = phases_of(train, test, excluded);
    assert_int_equal(phases.memorisation, 300); /* the least excluded loss */
    assert_int_equal(phases.circuit_formation, 600);
    assert_int_equal(phases.cleanup, 800);
}

static void
without_the_excluded_loss_memorisation_ends_early(void **state)
{
    (void)state;
    gsc_phases phases = phases_of(train, test, NULL);
    assert_int_equal(phases.memorisation, 200);
    assert_int_equal(phases.circuit_formation, 600);
}

static void
what_was_not_measured_is_passed_over(void **state)
{
    (void)state;
    const double some[] = {4.7, NOT_MEASURED, 1, NOT_MEASURED, 0.9, NOT_MEASURED, 4,
                           0,   NOT_MEASURED};
    const double none[] = {NOT_MEASURED, NOT_MEASURED, NOT_MEASURED,
                           NOT_MEASURED, NOT_MEASURED, NOT_MEASURED,
                           NOT_MEASURED, NOT_MEASURED, NOT_MEASURED};
    assert_int_equal(phases_of(train, test, some).memorisation, 400);
    assert_int_equal(phases_of(train, test, none).memorisation, 200);
    assert_int_equal(phases_of(train, none, excluded).circuit_formation, -1);
}

static void
a_run_that_never_generalises_has_one_phase(void **state)
{
    (void)state;
    const double stays[] = {4.7, 9, 18, 20, 19, 19, 19, 19, 19};
    gsc_phases phases = phases_of(train, stays, excluded);
    assert_int_equal(phases.memorisation, 300);
    assert_int_equal(phases.circuit_formation, -1);
    assert_int_equal(phases.cleanup, -1);
}

static void
a_run_that_never_memorises_has_none(void **state)
{
    (void)state;
    const double stays[] = {5, 5, 5, 5, 5, 5, 5, 5, 5};
    gsc_phases phases = phases_of(stays, test, excluded);
    assert_true(phases.memorisation == -1 && phases.circuit_formation == -1 &&
                phases.cleanup == -1);
}

static gsc_norm_phases
norm_phases(const double *norm, size_t num_rows)
{
    gsc_norm_phases phases;
    gsc_phases_of_norm(step, norm, num_rows, GSC_NORM_BAND, &phases);
    return phases;
}

static void
a_norm_grows_decays_and_settles(void **state)
{
    (void)state;
    const double norm[] = {NOT_MEASURED, 10, 30, 50, 40, 20, 10.9, 11, 10};
    gsc_norm_phases phases = norm_phases(norm, 9);
    assert_int_equal(phases.peak, 300);
    assert_int_equal(phases.settled, 600);
    assert_true(phases.first == 10 && phases.largest == 50 && phases.last == 10);
    const double again[] = {5, 50, 10, 40, 10, 10, 10, 10, NOT_MEASURED};
    phases = norm_phases(again, 9);
    assert_int_equal(phases.settled, 400); /* it left the band once more */
}

static void
a_norm_that_only_grows_or_shrinks_lacks_a_phase(void **state)
{
    (void)state;
    const double grows[] = {1, 2, 3}, shrinks[] = {3, 2, 1};
    gsc_norm_phases phases = norm_phases(grows, 3);
    assert_true(phases.peak == 200 && phases.settled == 200);
    phases = norm_phases(shrinks, 3);
    assert_true(phases.peak == 0 && phases.settled == 200);
    phases = norm_phases(shrinks, 0);
    assert_true(phases.peak == -1 && phases.settled == -1 && isnan(phases.last));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_that_groks_has_three_phases),
        cmocka_unit_test(without_the_excluded_loss_memorisation_ends_early),
        cmocka_unit_test(what_was_not_measured_is_passed_over),
        cmocka_unit_test(a_run_that_never_generalises_has_one_phase),
        cmocka_unit_test(a_run_that_never_memorises_has_none),
        cmocka_unit_test(a_norm_grows_decays_and_settles),
        cmocka_unit_test(a_norm_that_only_grows_or_shrinks_lacks_a_phase),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
