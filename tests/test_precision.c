/* Losses whose softmax is computed in a chosen type, and StableMax. */
#include "graph_fixture.h"
#include "loaded_model_fixture.h"

#include "grokscope/loss.h"

#include "train/numeric/precision.h"

/* ---- Numbers of a type ---- */

static double
half(double x)
{
    return gsc_precision_round(GSC_PRECISION_FLOAT16, x);
}

static void
halves_are_rounded_to_even(void **state)
{
    (void)state;
    const double u = 0x1p-10;
    assert_true(half(1.0 / 3) == 0.333251953125);
    assert_true(half(1 + u / 2) == 1 && half(1 + 3 * u / 2) == 1 + 2 * u);
    assert_true(half(1 + u / 2 + 1e-9) == 1 + u && half(-1 - u) == -1 - u);
    assert_true(half(65519) == 65504 && isinf(half(65520)) && half(-65520) < 0);
    assert_true(half(0x1p-24) == 0x1p-24 && half(0x1p-25) == 0);
    assert_true(half(0x1.1p-25) == 0x1p-24 && half(3 * 0x1p-25) == 0x1p-23);
    assert_true(isnan(half((double)NAN)) && half(0) == 0);
}

static void
every_half_stays_and_its_neighbours_come_to_it(void **state)
{
    (void)state;
    for (int exponent = -14; exponent < 16; exponent++)
        for (int digits = 0; digits < 1024; digits++) {
            double x = ldexp(1024 + digits, exponent - 10);
            assert_true(half(x) == x && half(-x) == -x);
            assert_true(half(x * (1 + 0x1p-12)) == x);
        }
}

static void
the_sum_is_one_beyond_the_gap_of_its_type(void **state)
{
    (void)state;
    /* exp(-gap) is half a unit after 1: rounding to even loses it */
    const int digits[] = {11, 24, 53};
    for (int p = 0; p < GSC_NUM_PRECISIONS; p++) {
        double gap = digits[p] * log(2), e[2];
        const double near = gap - 0.03, far = gap + 0.03;
        gsc_softmax_sum s =
            gsc_precision_exponentials((gsc_precision)p, (double[]){near, 0}, 2, e);
        assert_true(s.sum > 1 && s.largest > 7 && e[0] == 1);
        s = gsc_precision_exponentials((gsc_precision)p, (double[]){far, 0}, 2, e);
        assert_true(s.sum == 1 && s.zero_terms == 0);
    }
}

static void
terms_that_underflow_are_counted(void **state)
{
    (void)state;
    const double z[] = {0, -10, -20, -110, -800};
    const size_t zeros[] = {3, 2, 1};
    double e[5];
    for (int p = 0; p < GSC_NUM_PRECISIONS; p++)
        assert_int_equal(
            gsc_precision_exponentials((gsc_precision)p, z, 5, e).zero_terms, zeros[p]);
    assert_true(isnan(gsc_precision_exponentials(GSC_PRECISION_FLOAT32,
                                                 (double[]){1, (double)NAN}, 2, e)
                          .sum));
}

/* ---- Losses of one row of logits, which are weights ---- */

/* Of logits z with the label 0: the loss, and its gradient by each. */
static double
row_loss_of(int which, const double z[FIXTURE_OUT], double gradient[FIXTURE_OUT])
{
    fixture f;
    fixture_open(&f, 1);
    gsc_node table = leaf(&f, "z", 2, FIXTURE_VOCAB, FIXTURE_OUT, 1);
    gsc_node rows = gsc_graph_gather(f.graph, table, tokens(&f), 0, 1);
    gsc_node label = labels(&f, 1);
    gsc_node losses[] = {
        gsc_graph_narrow_cross_entropy(f.graph, rows, label, GSC_NO_NODE, true),
        gsc_graph_narrow_cross_entropy(f.graph, rows, label, GSC_NO_NODE, false),
        gsc_graph_cross_entropy(f.graph, rows, label, GSC_NO_NODE),
        gsc_graph_stablemax(f.graph, rows, label, GSC_NO_NODE)};
    fixture_init_weights(&f);
    f.inputs[0] = f.labels[0] = 0;
    memcpy(f.weights, z, FIXTURE_OUT * sizeof *z);
    gsc_engine *engine = fixture_engine(&f, losses[which], true, 0);
    double loss = fixture_loss(&f, engine);
    memcpy(gradient, gsc_engine_gradient(engine), FIXTURE_OUT * sizeof *gradient);
    gsc_engine_close(engine);
    fixture_close(&f);
    return loss;
}

enum { HALF, SINGLE, DOUBLE, STABLEMAX };

static void
narrow_losses_are_close_to_the_wide_one(void **state)
{
    (void)state;
    const double z[] = {1.5, 0.25, -2, 3, 0.7}, within[] = {4e-3, 1e-6};
    double wide[FIXTURE_OUT], narrow[FIXTURE_OUT];
    double loss = row_loss_of(DOUBLE, z, wide);
    for (int which = HALF; which <= SINGLE; which++) {
        assert_close(row_loss_of(which, z, narrow), loss, within[which]);
        assert_true(row_loss_of(which, z, narrow) != loss);
        for (int i = 0; i < FIXTURE_OUT; i++)
            assert_close(narrow[i], wide[i], within[which]);
    }
}

static void
a_collapsed_softmax_has_no_gradient_by_the_right_logit(void **state)
{
    (void)state;
    const double far[] = {20, 0, 0, -1, 0.5}, gap[] = {8, 17};
    double g[FIXTURE_OUT];
    for (int which = HALF; which <= SINGLE; which++) {
        assert_true(row_loss_of(which, far, g) == 0 && g[0] == 0);
        const double one[] = {gap[which], 0, -60, -60, -60};
        assert_true(row_loss_of(which, one, g) == 0 && g[0] == 0 && g[1] > 0);
        const double near[] = {gap[which] - 1, 0, -60, -60, -60};
        assert_true(row_loss_of(which, near, g) > 0 && g[0] < 0);
    }
    assert_true(row_loss_of(DOUBLE, far, g) > 0 && g[0] < 0);
    assert_true(row_loss_of(STABLEMAX, far, g) > 0.1 && g[0] < 0);
}

static void
a_wrong_answer_has_the_loss_of_its_gap(void **state)
{
    (void)state;
    const double z[] = {-1, 999, 0, 0, 0};
    double g[FIXTURE_OUT];
    for (int which = HALF; which <= SINGLE; which++) {
        assert_true(row_loss_of(which, z, g) == 1000);
        assert_true(g[0] == -1 && g[1] == 1 && g[2] == 0);
    }
}

static void
stablemax_by_hand(void **state)
{
    (void)state;
    /* s = 2, 4, 1/2, 1, 1/4 with the slopes 1, 1, 1/4, 1, 1/16; their sum is 7.75 */
    const double z[] = {1, 3, -1, 0, -3}, slope[] = {1, 1, 0.25, 1, 0.0625};
    double g[FIXTURE_OUT];
    assert_close(row_loss_of(STABLEMAX, z, g), log(7.75 / 2), 1e-15);
    for (int i = 0; i < FIXTURE_OUT; i++)
        assert_close(g[i], slope[i] / 7.75 - (i == 0 ? slope[0] / 2 : 0), 1e-15);
}

/* s is once differentiable at 0: the slopes of both sides are the gradient. */
static void
stablemax_is_smooth_at_zero(void **state)
{
    (void)state;
    const double h = 1e-6;
    double z[FIXTURE_OUT] = {0}, g[FIXTURE_OUT], ignored[FIXTURE_OUT];
    double loss = row_loss_of(STABLEMAX, z, g);
    assert_close(loss, log(5), 1e-15);
    for (int i = 0; i < FIXTURE_OUT; i++)
        for (int side = -1; side <= 1; side += 2) {
            z[i] = side * h;
            assert_close((row_loss_of(STABLEMAX, z, ignored) - loss) / (side * h), g[i],
                         5 * h);
            z[i] = 0;
        }
    assert_close(g[0], -0.8, 1e-15);
}

static void
stablemax_has_its_gradient(void **state)
{
    (void)state;
    for (unsigned rewrites = 0; rewrites < 2; rewrites++) {
        fixture f;
        fixture_open(&f, 20);
        gsc_node out = gsc_graph_matmul(f.graph, embedded(&f, 4),
                                        leaf(&f, "w", 2, 4, FIXTURE_OUT, 1));
        gsc_node rows =
            gsc_graph_scale(f.graph, gsc_graph_slice(f.graph, out, 0, 0, 2), 5);
        gsc_node label = labels(&f, 2);
        check_gradient(&f, gsc_graph_stablemax(f.graph, rows, label, mask(&f)),
                       rewrites * GSC_REWRITE_ALL);
        fixture_close(&f);
    }
}

/* ---- Runs ---- */

static void
the_precision_chooses_the_loss(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"loss_precision = float64\n", "cross_entropy"},
        {"loss_precision = float32\n", "cross_entropy_float32"},
        {"loss_precision = float16\n", "cross_entropy_float16"},
        {"loss = stablemax\n", "stablemax"},
        {"task = parity\narchitecture = mlp\nloss = stablemax\n", "stablemax"},
        {"task = permutation\nloss = stablemax\ntrain_samples = 24\n", "stablemax"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gsc_network network;
        small_network(&network, cases[i][0]);
        assert_string_equal(network.model.outputs[0].target.loss, cases[i][1]);
        assert_non_null(gsc_loss_find(gsc_builtin_losses, cases[i][1]));
        gsc_network_free(&network);
    }
}

static void
a_loss_without_softmax_has_no_precision(void **state)
{
    (void)state;
    gsc_network network;
    gsc_config config = small_config("loss = mse\nloss_precision = float16\n");
    assert_fails(gsc_network_init(&network, &config), GSC_EARGUMENT,
                 "loss_precision: float16 is for a cross entropy, and the loss is "
                 "one_hot_error; leave it at float64");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(halves_are_rounded_to_even),
        cmocka_unit_test(every_half_stays_and_its_neighbours_come_to_it),
        cmocka_unit_test(the_sum_is_one_beyond_the_gap_of_its_type),
        cmocka_unit_test(terms_that_underflow_are_counted),
        cmocka_unit_test(narrow_losses_are_close_to_the_wide_one),
        cmocka_unit_test(a_collapsed_softmax_has_no_gradient_by_the_right_logit),
        cmocka_unit_test(a_wrong_answer_has_the_loss_of_its_gap),
        cmocka_unit_test(stablemax_by_hand),
        cmocka_unit_test(stablemax_is_smooth_at_zero),
        cmocka_unit_test(stablemax_has_its_gradient),
        cmocka_unit_test(the_precision_chooses_the_loss),
        cmocka_unit_test(a_loss_without_softmax_has_no_precision),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
