/* Scores of logits against closed forms, and where float64 is at its end. */
#include "test.h"

#include "grokscope/rng.h"
#include "grokscope/scores.h"

static gsc_score
score_of(const double *z, size_t n, uint16_t label)
{
    gsc_score score;
    double work[16];
    gsc_score_rows(z, 1, n, &label, work, &score);
    return score;
}

static void
equal_logits_are_a_guess(void **state)
{
    (void)state;
    const double z[] = {2, 2, 2, 2};
    for (uint16_t label = 0; label < 4; label++) {
        gsc_score score = score_of(z, 4, label);
        assert_close(score.loss, log(4), 1e-15);
        assert_close(score.p_correct, 0.25, 1e-16);
        assert_close(score.brier, 0.75, 1e-15); /* 3/16 + 9/16 */
        assert_true(score.margin == 0 && score.right == (label == 0));
    }
}

static void
scores_have_their_closed_form(void **state)
{
    (void)state;
    const double z[] = {log(1), log(2), log(5)}; /* q = 1/8, 1/4, 5/8 */
    gsc_score score = score_of(z, 3, 1);
    assert_close(score.loss, log(4), 1e-15);
    assert_close(score.p_correct, 0.25, 1e-16);
    assert_close(score.brier, (1 + 36 + 25) / 64., 1e-15);
    assert_close(score.margin, log(2. / 5), 1e-15);
    assert_false(score.right);
    score = score_of(z, 3, 2);
    assert_close(score.loss, log(8. / 5), 1e-15);
    assert_close(score.brier, (1 + 4 + 9) / 64., 1e-15);
    assert_close(score.margin, log(5. / 2), 1e-15);
    assert_true(score.right);
}

static void
a_loss_far_under_epsilon_keeps_its_digits(void **state)
{
    (void)state;
    const double z[] = {1000, 940, 940};
    gsc_score score = score_of(z, 3, 0);
    assert_close(score.loss / (2 * exp(-60)), 1, 1e-14);
    assert_close(score.brier / (6 * exp(-120)), 1, 1e-14);
    assert_close(score_of(z, 3, 1).loss, 60, 1e-14);
}

static void
what_is_not_finite_is_wrong(void **state)
{
    (void)state;
    const double rows[][2] = {
        {(double)NAN, 1}, {1, (double)NAN}, {(double)INFINITY, 1}};
    for (size_t i = 0; i < 3; i++)
        for (uint16_t label = 0; label < 2; label++) {
            gsc_score score = score_of(rows[i], 2, label);
            assert_true(isnan(score.loss) && !score.right);
        }
    const double masked[] = {-(double)INFINITY, 3};
    assert_true(score_of(masked, 2, 1).loss == 0 && score_of(masked, 2, 1).right);
    assert_true(isinf(score_of(masked, 2, 0).loss));
}

static void
many_rows_are_scored_as_one_by_one(void **state)
{
    (void)state;
    enum { ROWS = 75, N = 9 };
    double z[ROWS * N], work[ROWS * N];
    uint16_t labels[ROWS];
    gsc_score scores[ROWS];
    for (size_t i = 0; i < ROWS * N; i++)
        z[i] = 4 * gsc_rng_normal(1, 2, i);
    for (size_t i = 0; i < ROWS; i++)
        labels[i] = (uint16_t)gsc_rng_below(1, 3, i, N);
    gsc_score_rows(z, ROWS, N, labels, work, scores);
    for (size_t i = 0; i < ROWS; i++) {
        double sum = 0;
        for (size_t c = 0; c < N; c++)
            sum += exp(z[i * N + c]);
        assert_close(scores[i].loss, log(sum) - z[i * N + labels[i]], 1e-13);
        assert_true(scores[i].loss == score_of(z + i * N, N, labels[i]).loss);
    }
}

static void
means_are_over_the_rows_asked_for(void **state)
{
    (void)state;
    const double z[] = {0, 0, log(3), 0, 0, log(7)};
    const uint16_t labels[] = {0, 0, 0};
    const uint32_t rows[] = {2, 1};
    gsc_scores means;
    assert_return_ok(gsc_scores_of(z, 3, 2, labels, rows, 2, &means));
    assert_int_equal(means.count, 2);
    assert_close(means.p_correct, (0.75 + 0.125) / 2, 1e-15);
    assert_close(means.loss, (log(4. / 3) + log(8)) / 2, 1e-15);
    assert_close(means.accuracy, 0.5, 0);
    assert_close(means.least_margin, -log(7), 1e-15);
    assert_return_ok(gsc_scores_of(z, 3, 2, labels, NULL, 0, &means));
    assert_int_equal(means.count, 3);
    assert_return_ok(gsc_scores_of(z, 3, 2, labels, rows, 0, &means));
    assert_true(means.count == 0 && isnan(means.loss) && isnan(means.least_margin));
}

static void
sums_of_parts_are_those_of_all(void **state)
{
    (void)state;
    const double z[] = {0, 0, log(3), 0, 0, log(7)};
    const uint16_t labels[] = {0, 0, 0};
    gsc_scores parts[3] = {0}, means;
    double work[2];
    for (size_t i = 0; i < 3; i++) {
        gsc_score score;
        gsc_score_rows(z + 2 * i, 1, 2, labels, work, &score);
        gsc_scores_add(&parts[i == 0 ? 0 : 2], &score);
    }
    gsc_scores_merge(&parts[0], &parts[1]); /* of nothing */
    assert_close(parts[0].least_margin, 0, 0);
    gsc_scores_merge(&parts[0], &parts[2]);
    gsc_scores_finish(&parts[0]);
    assert_return_ok(gsc_scores_of(z, 3, 2, labels, NULL, 0, &means));
    assert_int_equal(parts[0].count, 3);
    assert_close(parts[0].loss, means.loss, 1e-15);
    assert_close(parts[0].brier, means.brier, 1e-15);
    assert_close(parts[0].margin, means.margin, 1e-15);
    assert_close(parts[0].p_correct, means.p_correct, 1e-15);
    assert_close(parts[0].accuracy, means.accuracy, 1e-15);
    assert_close(parts[0].least_margin, -log(7), 1e-15);
    gsc_scores_merge(&parts[1], &parts[2]); /* into nothing */
    assert_memory_equal(&parts[1], &parts[2], sizeof *parts);
}

static void
rows_and_labels_out_of_range_are_refused(void **state)
{
    (void)state;
    const double z[] = {0, 0, 0, 0};
    const uint16_t labels[] = {1, 2};
    const uint32_t row = 2;
    gsc_scores means;
    assert_fails(gsc_scores_of(z, 2, 2, labels, NULL, 0, &means), GSC_EARGUMENT,
                 "row 1: label 2, expected less than 2");
    assert_fails(gsc_scores_of(z, 2, 2, labels, &row, 1, &means), GSC_EARGUMENT,
                 "row 2 of 2");
    assert_fails(gsc_scores_of(z, 2, 0, labels, NULL, 0, &means), GSC_EARGUMENT,
                 "without logits");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_logits_are_a_guess),
        cmocka_unit_test(scores_have_their_closed_form),
        cmocka_unit_test(a_loss_far_under_epsilon_keeps_its_digits),
        cmocka_unit_test(what_is_not_finite_is_wrong),
        cmocka_unit_test(many_rows_are_scored_as_one_by_one),
        cmocka_unit_test(means_are_over_the_rows_asked_for),
        cmocka_unit_test(sums_of_parts_are_those_of_all),
        cmocka_unit_test(rows_and_labels_out_of_range_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
