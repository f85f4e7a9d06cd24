/* Conditions on a history: what they say, when they are judged, what is none. */
#include "grokscope/measure.h"
#include "grokscope/trainer.h"

#include "history_fixture.h"
#include "train/run/triggers.h"

#include <stdio.h>
#include <stdlib.h>

enum { LOSS, NORMS };

static void
add(gsc_conditions *conditions, const gsc_history *history, const char *list)
{
    assert_return_ok(gsc_conditions_add(conditions, "stop_when", list, history));
}

/* A letter a condition: y holds, n does not, ? is not known. */
static void
assert_judged(const char *list, const double *loss, const double *norms,
              const char *expected)
{
    kept_history k;
    gsc_conditions c = {.count = 0};
    const double *rows[] = {loss, norms};
    char found[16] = "";
    open_history(&k, "norms");
    add(&c, &k.history, list);
    assert_true(c.count < sizeof found);
    for (size_t i = 0; i < c.count; i++) {
        bool known, holds = gsc_conditions_holds(&c.items[i], rows, &known);
        found[i] = "?ny"[known + (known && holds)];
    }
    assert_string_equal(found, expected);
    gsc_conditions_free(&c);
    close_history(&k);
}

/* step, train and test loss and accuracy, squares */
static const double loss[] = {40, 0.5, 1, 0.25, 0.75, 9};
/* step, parameters, l1, l2, … */
static const double norms[] = {40, 100, 7, 3, 1, 9, 1, 1, 1, 1, NAN, NAN};

static void
every_operator_compares(void **state)
{
    (void)state;
    assert_judged("test_loss < 0.25, test_loss <= 0.25, test_loss > 0.25", loss, norms,
                  "nyn");
    assert_judged("test_loss >= .25,test_loss==0.25 ,  test_loss!=0.25", loss, norms,
                  "yyn");
    assert_judged("test_loss<1e0,train_loss>-1,step>=40", loss, norms, "yyy");
    assert_judged("", loss, norms, "");
    assert_judged("  ", loss, norms, "");
}

static void
and_joins_and_a_comma_separates(void **state)
{
    (void)state;
    assert_judged("test_loss < 1 and train_loss < 1, test_loss < 1 and train_loss > 1",
                  loss, norms, "yn");
    assert_judged("norms.l2 == 3 and test_loss < 1 and step == 40", loss, norms, "y");
}

static void
what_was_not_measured_is_not_known(void **state)
{
    (void)state;
    const double unknown[] = {40, NAN, NAN, NAN, NAN, NAN};
    assert_judged("test_loss < 1, test_loss >= 1, test_loss == 1, test_loss != 1",
                  unknown, norms, "????");
    assert_judged("norms.distance_from_before != 0", loss, norms, "n");
}

static void
a_measure_without_a_row_leaves_it_open(void **state)
{
    (void)state;
    assert_judged("norms.l2 < 5, test_loss < 1, norms.l2 < 5 and test_loss > 1", loss,
                  NULL, "?y?");
}

static void
lists_that_are_none_are_refused(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"test_los < 1", "stop_when: no column 'test_los' in the table 'loss'; did you "
                         "mean 'test_loss'?"},
        {"norms.ginni < 1",
         "no column 'ginni' in the table 'norms'; did you mean 'gini'?"},
        {"norms.phase < 1", "norms.phase is no number that one checkpoint tells"},
        {"progress.logit_fve > 1", "progress.logit_fve asks for --measure progress"},
        {"norm.l2 < 1", "no measure 'norm' (of 'norm.l2'); did you mean 'norms'?"},
        {"test_loss = 1", "'=' is none of < <= > >= == !="},
        {"test_loss => 1", "'=>' is none of < <= > >= == !="},
        {"test_loss 1", "'1' does not begin with one of < <= > >= == !="},
        {"test_loss <", "'' is not a number to compare with"},
        {"test_loss < low", "'low' is not a number to compare with"},
        {"test_loss < nan", "'nan' is not a number to compare with"},
        {"test_loss < 1 or step > 1",
         "'or step > 1' begins with neither 'and' nor a comma"},
        {"test_loss < 1 andstep > 1", "begins with neither 'and' nor a comma"},
        {"test_loss < 1 and", "'' does not begin with a column"},
        {"test_loss < 1,", "nothing after the last comma"},
        {", test_loss < 1", "does not begin with a column"},
        {"< 1", "'< 1' does not begin with a column"},
    };
    kept_history k;
    open_history(&k, "norms");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gsc_conditions none = {.count = 0};
        assert_fails(gsc_conditions_add(&none, "stop_when", cases[i][0], &k.history),
                     GSC_EARGUMENT, cases[i][1]);
        gsc_conditions_free(&none);
    }
    close_history(&k);
}

static void
measures_that_are_none_are_refused(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"norm", "measure: no measure 'norm'; did you mean 'norms'?"},
        {"norms,norms", "measure: 'norms' stands twice"},
        {"norms,", "measure: '' is no name of a measure"},
        {"a-long-name-that-is-near-to-none", "is none of ablate, agop, clockpizza"},
        {"rqi:order=residue,rqi:order=residue", "'rqi:order=residue' stands twice"},
        {"rqi:order=residues", "measure: rqi: order: no 'residues'; did you mean"},
        {"rqi:ordr=residue", "measure: rqi: no option 'ordr'"},
        {"rqi:order", "measure: rqi: 'order' is no option=value"},
        {"norms:order=residue", "measure: norms: no option 'order'"},
        {"rqi:order=task,norm", "measure: rqi: order: no 'task,norm'"},
    };
    kept_history k;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_fails(open_online(&k, cases[i][0]), GSC_EARGUMENT, cases[i][1]);
    assert_fails(gsc_online_open(&k.online, NULL, "norms"), GSC_EARGUMENT,
                 "measure: 'norms', but this trainer was handed no measures");
    open_history(&k, " rqi , norms");
    assert_int_equal(k.history.num_tables, 3);
    assert_string_equal(k.history.tables[1].name, "rqi");
    assert_int_equal(gsc_table_column(&k.history.tables[2], "phase"), SIZE_MAX);
    assert_int_equal(gsc_table_column(&k.history.tables[2], "parameters"), 1);
    close_history(&k);
}

/* Tables of one measure with different options are numbered; commas of a value stay in
 * it. */
static void
one_measure_may_stand_twice_with_other_options(void **state)
{
    (void)state;
    kept_history k;
    gsc_conditions c = {.count = 0};
    open_history(&k, "progress:keys=3,5:convention=chughtai, progress,norms");
    assert_int_equal(k.history.num_tables, 4);
    assert_string_equal(k.history.tables[1].name, "progress");
    assert_string_equal(k.history.tables[2].name, "progress_2");
    assert_string_equal(k.history.tables[3].name, "norms");
    add(&c, &k.history, "progress_2.logit_fve > 0.5 and progress.logit_fve > 0.5");
    assert_int_equal(c.items[0].terms[0].table, 2);
    assert_int_equal(c.items[0].terms[1].table, 1);
    gsc_conditions_free(&c);
    close_history(&k);
}

/* ---- What follows from them ---- */

typedef struct feed {
    kept_history kept;
    gsc_triggers triggers;
    gsc_run_config config;
} feed;

static void
begin(feed *f, const char *stop_when, const char *save_when, int64_t patience)
{
    f->config = (gsc_run_config){.log_every = 10, .stop_patience = patience};
    snprintf(f->config.stop_when, sizeof f->config.stop_when, "%s", stop_when);
    snprintf(f->config.save_when, sizeof f->config.save_when, "%s", save_when);
    open_history(&f->kept, "norms");
    assert_return_ok(gsc_triggers_init(&f->triggers, &f->config, &f->kept.history));
}

static void
end(feed *f)
{
    gsc_triggers_free(&f->triggers);
    close_history(&f->kept);
}

/* A row of both tables, l2 NaN: only of the losses. Triggers that were replayed from
 * the rows before say the same. */
static char
follow(feed *f, double step, double test_loss, double l2)
{
    double losses[] = {step, 0, 0, test_loss, 0, 0};
    double sizes[] = {step, 0, 0, l2, 0, 0, 0, 0, 0, 0, 0, 0};
    const double *rows[] = {losses, isnan(l2) ? NULL : sizes};
    gsc_triggers replayed;
    assert_return_ok(gsc_triggers_init(&replayed, &f->config, &f->kept.history));
    assert_return_ok(gsc_triggers_replay(&replayed, &f->kept.history, (int64_t)step));
    gsc_triggered set = gsc_triggers_follow(&f->triggers, rows);
    gsc_triggered again = gsc_triggers_follow(&replayed, rows);
    assert_int_equal(set.save, again.save);
    assert_int_equal(set.stop != NULL, again.stop != NULL);
    gsc_triggers_free(&replayed);
    assert_return_ok(gsc_history_append(&f->kept.history, rows));
    return set.stop ? 'S' : set.save ? 's' : '.';
}

static void
patience_counts_from_where_a_condition_holds(void **state)
{
    (void)state;
    feed f;
    begin(&f, "test_loss < 1", "", 20);
    assert_int_equal(follow(&f, 0, 0.5, NAN), '.');
    assert_int_equal(follow(&f, 10, 2, NAN), '.'); /* lost */
    assert_int_equal(follow(&f, 20, 0.5, NAN), '.');
    assert_int_equal(follow(&f, 25, 2, NAN), '.'); /* no row of the log */
    assert_int_equal(follow(&f, 30, 0.5, NAN), '.');
    assert_int_equal(follow(&f, 40, 0.5, NAN), 'S');
    end(&f);
}

static void
a_measure_stands_between_its_rows(void **state)
{
    (void)state;
    feed f;
    begin(&f, "norms.l2 < 1 and test_loss < 1, test_loss < 0.1", "", 20);
    assert_int_equal(follow(&f, 0, 0.5, 0.5), '.');
    assert_int_equal(follow(&f, 10, 2, NAN), '.'); /* not judged here */
    assert_int_equal(follow(&f, 20, 2, NAN), 'S');
    assert_int_equal(follow(&f, 25, 2, 0.5), '.'); /* judged, off the log */
    end(&f);
}

static void
each_saves_once(void **state)
{
    (void)state;
    feed f;
    begin(&f, "", "norms.l2 < 2, test_loss < 1", 0);
    assert_int_equal(follow(&f, 0, 2, 3), '.');
    assert_int_equal(follow(&f, 10, 0.5, NAN), 's');
    assert_int_equal(follow(&f, 20, 2, NAN), '.');
    assert_int_equal(follow(&f, 30, 0.5, NAN), '.');
    assert_int_equal(follow(&f, 40, 0.5, 1), 's');
    assert_int_equal(follow(&f, 50, 0.5, 3), '.');
    assert_int_equal(follow(&f, 60, 0.5, 1), '.');
    end(&f);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_operator_compares),
        cmocka_unit_test(and_joins_and_a_comma_separates),
        cmocka_unit_test(what_was_not_measured_is_not_known),
        cmocka_unit_test(a_measure_without_a_row_leaves_it_open),
        cmocka_unit_test(lists_that_are_none_are_refused),
        cmocka_unit_test(measures_that_are_none_are_refused),
        cmocka_unit_test(one_measure_may_stand_twice_with_other_options),
        cmocka_unit_test(patience_counts_from_where_a_condition_holds),
        cmocka_unit_test(a_measure_stands_between_its_rows),
        cmocka_unit_test(each_saves_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
