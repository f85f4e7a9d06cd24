/* Regimes of runs whose accuracies are written down; and those of the 121 points of Liu
 * et al.'s phase diagram, whose counts are published. */
#include "analyze/method/regime.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 6, NEVER = 99999 };

static const double steps[ROWS] = {0, 100, 500, 1000, 2000, 5000};
static const gsc_regime_thresholds own = {NAN, NAN, NAN, NAN, NAN, NAN};

static const char *
regime_of(const char *rule, const double train[ROWS], const double test[ROWS],
          gsc_regime_thresholds t)
{
    gsc_accuracy_series series = {steps, train, test, ROWS};
    for (size_t i = 0; i < GSC_NUM_REGIME_RULES; i++)
        if (strcmp(gsc_regime_rules[i].name, rule) == 0) {
            size_t k = gsc_regime_of(&gsc_regime_rules[i], &series, &t);
            return k < gsc_regime_rules[i].num_regimes
                       ? gsc_regime_rules[i].regimes[k].name
                       : "none";
        }
    fail_msg("no rule %s", rule);
    return NULL;
}

static const double soon[ROWS] = {0, .92, 1, 1, 1, 1};
static const double late[ROWS] = {0, 0, 0, 0.05, .92, 1};
static const double never[ROWS] = {0, .01, .02, .02, .01, .02};
static const double some[ROWS] = {0, 0, .05, .3, .4, .5};
static const double half[ROWS] = {0, .2, .4, .5, .6, .7};
static const double forgets[ROWS] = {.95, .6, .3, .1, .04, .03};
static const double loses[ROWS] = {.95, .9, .7, .6, .6, .6};
static const double keeps[ROWS] = {.95, .97, .9, .95, .96, .96};
static const double unmeasured[ROWS] = {NAN, NAN, NAN, NAN, NAN, NAN};

static void
liu_looks_at_when(void **state)
{
    (void)state;
    gsc_regime_thresholds t = own;
    assert_string_equal(regime_of("liu", half, never, own), "confusion");
    assert_string_equal(regime_of("liu", soon, never, own), "memorization");
    assert_string_equal(regime_of("liu", soon, late, own), "grokking");
    assert_string_equal(regime_of("liu", soon, soon, own), "comprehension");
    assert_string_equal(regime_of("liu", half, soon, own), "confusion");
    t.delay = 1900; /* known at 100 and at 2000: not more than that apart */
    assert_string_equal(regime_of("liu", soon, late, t), "comprehension");
    t.accuracy = 0.5;
    assert_string_equal(regime_of("liu", half, some, t), "grokking");
    assert_string_equal(regime_of("liu", soon, unmeasured, own), "none");
}

static void
huang_looks_at_where_it_ends(void **state)
{
    (void)state;
    gsc_regime_thresholds t = own;
    assert_string_equal(regime_of("huang", soon, never, own), "memorization");
    assert_string_equal(regime_of("huang", soon, some, own), "semi-grokking");
    assert_string_equal(regime_of("huang", soon, late, own), "grokking");
    assert_string_equal(regime_of("huang", half, some, own), "progression");
    assert_string_equal(regime_of("huang", half, never, own), "confusion");
    assert_string_equal(regime_of("huang", late, late, own), "progression");
    t.ratio = 20; /* 500 and 5000 */
    assert_string_equal(regime_of("huang", soon, late, t), "comprehension");
    t.high = 0.5;
    t.ratio = 2;
    assert_string_equal(regime_of("huang", soon, some, t), "grokking");
}

static void
varma_looks_at_where_it_begins(void **state)
{
    (void)state;
    assert_string_equal(regime_of("varma", soon, forgets, own), "ungrokking");
    assert_string_equal(regime_of("varma", soon, loses, own), "partial");
    assert_string_equal(regime_of("varma", soon, keeps, own), "kept");
    assert_string_equal(regime_of("varma", soon, late, own), "grokking");
    assert_string_equal(regime_of("varma", soon, some, own), "semi-grokking");
    assert_string_equal(regime_of("varma", soon, never, own), "memorization");
    assert_string_equal(regime_of("varma", half, never, own), "confusion");
}

/* A run that was at 0.9 from one step on: two rows say so. */
static size_t
liu_point(double train_step, double test_step)
{
    const double step[3] = {0, train_step, test_step};
    const double *sorted = step;
    double swapped[3] = {0, test_step, train_step};
    if (test_step < train_step)
        sorted = swapped;
    double train[3], test[3];
    for (int i = 0; i < 3; i++) {
        train[i] = train_step < NEVER && sorted[i] >= train_step ? 1 : 0;
        test[i] = test_step < NEVER && sorted[i] >= test_step ? 1 : 0;
    }
    gsc_accuracy_series series = {sorted, train, test, 3};
    return gsc_regime_of(&gsc_regime_rules[0], &series, &own);
}

static void
count_published(const char *name, const size_t expected[4])
{
    char path[4096], line[256];
    size_t found[4] = {0};
    snprintf(path, sizeof path, "%s/liu/%s", getenv("GROKSCOPE_DATA"), name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    while (fgets(line, sizeof line, file)) {
        double decay, rate, train, test;
        assert_int_equal(sscanf(line, "%lf,%lf,%lf,%lf", &decay, &rate, &train, &test),
                         4);
        found[liu_point(train, test)]++;
    }
    fclose(file);
    for (int i = 0; i < 4; i++)
        assert_int_equal(found[i], expected[i]);
}

/* Of confusion, memorization, grokking and comprehension. */
static void
published_diagrams_have_their_counts(void **state)
{
    (void)state;
    static const size_t coarse[4] = {39, 49, 16, 17}, fine[4] = {10, 10, 97, 4};
    if (!getenv("GROKSCOPE_DATA")) {
        print_message(
            "GROKSCOPE_DATA is not set: the published points are not there\n");
        skip();
    }
    count_published("phase_coarse.csv", coarse);
    count_published("phase_fine.csv", fine);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(liu_looks_at_when),
        cmocka_unit_test(huang_looks_at_where_it_ends),
        cmocka_unit_test(varma_looks_at_where_it_begins),
        cmocka_unit_test(published_diagrams_have_their_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
