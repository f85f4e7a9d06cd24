/* Concordance of small tables whose pairs can be counted by hand, and of many runs. */
#include "analyze/method/concordance.h"
#include "grokscope/rng.h"
#include "test.h"

enum { MANY = 200 };

static void
pairs_are_counted(void **state)
{
    (void)state;
    /* Times 1, 2, 3 and a run that had not by 2.5: comparable are (1,2), (1,3), (2,3),
     * (1,c), (2,c), not (3,c). Values 5, 7, 1, 6: the larger first in (1,3), (2,3) and
     * (2,c). */
    const gsc_ranked_run runs[] = {
        {1, true, 5, 0}, {2, true, 7, 0}, {3, true, 1, 0}, {2.5, false, 6, 0}};
    gsc_concordance c = gsc_concordance_of(runs, 4, 0, 1);
    assert_int_equal(c.pairs, 5);
    assert_close(c.index, 3. / 5, 1e-15);
    assert_true(c.low <= c.index && c.index <= c.high);
}

static void
ties_are_halves_or_no_pairs(void **state)
{
    (void)state;
    /* Two at one time cannot be compared; one that is censored then comes later. */
    const gsc_ranked_run runs[] = {
        {4, true, 2, 0}, {4, true, 3, 0}, {4, false, 2, 0}, {9, true, (double)NAN, 0}};
    gsc_concordance c = gsc_concordance_of(runs, 4, 0, 1);
    assert_int_equal(c.pairs, 2);
    assert_close(c.index, 1.5 / 2, 1e-15);
}

static void
folds_are_kept_apart(void **state)
{
    (void)state;
    const gsc_ranked_run runs[] = {
        {1, true, 2, 0}, {2, true, 1, 0}, {1, true, 1, 1}, {2, true, 2, 1}};
    assert_close(gsc_concordance_of(runs, 4, 0, 2).index, 1, 0);
    assert_close(gsc_concordance_of(runs, 4, 1, 2).index, 0, 0);
    assert_close(gsc_concordance_of(runs, 4, 0, 1).index, 0.5, 0);
    assert_true(isnan(gsc_concordance_of(runs, 4, 7, 8).index));
}

/* Of numbers that say nothing intervals of 95 % miss one half in about 5 % of samples;
 * of those that say something they do not hold it. */
static void
intervals_hold_what_they_should(void **state)
{
    (void)state;
    gsc_ranked_run runs[MANY];
    size_t missed = 0;
    for (size_t sample = 0; sample < 200; sample++) {
        for (size_t i = 0; i < MANY; i++) {
            double time = gsc_rng_uniform(1, sample, 3 * i);
            runs[i] = (gsc_ranked_run){fmin(time, 0.6), time < 0.6,
                                       gsc_rng_normal(2, sample, i), 0};
        }
        gsc_concordance c = gsc_concordance_of(runs, MANY, 0, 1);
        missed += c.low > 0.5 || c.high < 0.5;
    }
    assert_true(missed >= 2 && missed <= 24);
    for (size_t i = 0; i < MANY; i++)
        runs[i].value = -runs[i].time + 0.2 * runs[i].value;
    gsc_concordance c = gsc_concordance_of(runs, MANY, 0, 1);
    assert_true(c.low > 0.6 && c.index < 1);
    for (size_t i = 0; i < MANY; i++)
        runs[i].value = -runs[i].time;
    c = gsc_concordance_of(runs, MANY, 0, 1);
    assert_true(c.index == 1 && c.low == 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pairs_are_counted),
        cmocka_unit_test(ties_are_halves_or_no_pairs),
        cmocka_unit_test(folds_are_kept_apart),
        cmocka_unit_test(intervals_hold_what_they_should),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
