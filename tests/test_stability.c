/* The measures "stability" and "metrics": against the history and differences. */
#include "one_run.h"

#include "analyze/network/answer_rows.h"
#include "analyze/network/loss/loss_gradient.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int
make_run(void **state)
{
    static const char *const changes[][2] = {
        {"p", "7"},           {"d_model", "16"},
        {"n_heads", "2"},     {"d_mlp", "32"},
        {"steps", "120"},     {"checkpoints", "linear:40"},
        {"log_every", "40"},  {"measure", "stability,metrics"},
        {"dtype", "float64"}, {NULL, NULL}};
    return make_one_run(state, "demo", changes);
}

static double
ask(const gsc_measure *measure, const char *step, const char *column)
{
    gsc_measured_runs s;
    ask_run(measure, 0, folder, step, false, &s);
    double value = cell_of(&s, 0, column)->real;
    gsc_measured_runs_free(&s);
    return value;
}

/* A column of the history's row of a step. */
static double
logged(const char *table, int64_t step, const char *column)
{
    gsc_checkpoint c;
    char path[GSC_PATH_BYTES];
    double value = (double)NAN;
    assert_return_ok(gsc_run_step_path(folder, step, path));
    assert_return_ok(gsc_checkpoint_read(&c, path, GSC_READ_HISTORY));
    for (size_t i = 0; i < c.num_tables; i++) {
        const gsc_table *t = &c.history[i];
        if (strcmp(t->name, table) != 0)
            continue;
        size_t at = gsc_table_column(t, column);
        assert_true(at < SIZE_MAX);
        for (size_t row = 0; row < t->num_rows; row++)
            if ((int64_t)t->values[row * t->num_values] == step)
                value = t->values[row * t->num_values + at];
    }
    gsc_checkpoint_free(&c);
    return value;
}

/* ---- Metrics ---- */

static void
losses_and_accuracies_are_the_historys(void **state)
{
    (void)state;
    for (int64_t step = 0; step <= 120; step += 120) {
        char text[16];
        snprintf(text, sizeof text, "%d", (int)step);
        const gsc_measure *m = &gsc_measure_metrics;
        assert_close(ask(m, text, "train_nll"), logged("loss", step, "train_loss"),
                     1e-12);
        assert_close(ask(m, text, "test_nll"), logged("loss", step, "test_loss"),
                     1e-12);
        assert_close(ask(m, text, "train_accuracy"),
                     logged("loss", step, "train_accuracy"), 1e-12);
        assert_close(ask(m, text, "test_accuracy"),
                     logged("loss", step, "test_accuracy"), 1e-12);
    }
}

static void
metrics_agree_with_each_other(void **state)
{
    (void)state;
    const gsc_measure *m = &gsc_measure_metrics;
    double p = ask(m, "120", "train_probability");
    assert_close(ask(m, "120", "train_wrong"), 1 - p, 1e-12); /* one position */
    assert_true(p > ask(m, "0", "train_probability"));
    assert_true(-log(p) <= ask(m, "120", "train_nll") + 1e-12); /* Jensen */
    assert_true(ask(m, "120", "train_margin") > 0);
    assert_true(ask(m, "0", "train_brier") < 2);
}

static void
a_run_in_training_has_the_same_columns(void **state)
{
    (void)state;
    assert_close(logged("metrics", 120, "test_brier"),
                 ask(&gsc_measure_metrics, "120", "test_brier"), 1e-12);
    assert_close(logged("stability", 120, "cos_gradient_weights"),
                 ask(&gsc_measure_stability, "120", "cos_gradient_weights"), 1e-12);
}

static void
every_metric_has_its_width_along_the_run(void **state)
{
    (void)state;
    gsc_measured_runs s;
    ask_run(&gsc_measure_metrics, 1, folder, "all", false, &s);
    assert_int_equal(gsc_rows_count(&s.rows), 4 * 16);
    double first = cell_of(&s, 0, "value")->real, last = cell_of(&s, 48, "value")->real;
    assert_string_equal(cell_of(&s, 48, "metric")->text, "train_nll");
    assert_true(last < first);
    assert_true(cell_of(&s, 0, "emergence")->real < 0); /* it falls */
    double width = cell_of(&s, 0, "width")->real;
    assert_true(width > 0 && width == cell_of(&s, 48, "width")->real);
    assert_close(
        width,
        log10(cell_of(&s, 0, "to_step")->real / cell_of(&s, 0, "from_step")->real),
        1e-12);
    gsc_measured_runs_free(&s);
}

/* ---- Stability ---- */

/* The loss where all weights are multiplied by 1 + t is f(w) + t w . g + …, and along
 * the gradient f(w) + t g . g + …. */
static void
the_cosine_is_that_of_directional_derivatives(void **state)
{
    (void)state;
    const double h = 1e-5;
    gsc_loaded_model loaded;
    gsc_loss_gradient loss;
    const double *g;
    double f[2][2], squares = 0;
    open_step(&loaded, 40);
    assert_return_ok(gsc_loss_gradient_open(&loss, &loaded));
    size_t n = loaded.num_weights;
    double *kept = calloc(n, sizeof *kept), *at = calloc(n, sizeof *at);
    assert_return_ok(gsc_loss_gradient_run(&loss, loaded.weights, NULL, &f[0][0], &g));
    memcpy(kept, g, n * sizeof *kept);
    for (int along = 0; along < 2; along++)
        for (int side = 0; side < 2; side++) {
            for (size_t i = 0; i < n; i++)
                at[i] = loaded.weights[i] +
                        (side ? h : -h) * (along ? kept[i] : loaded.weights[i]);
            assert_return_ok(
                gsc_loss_gradient_run(&loss, at, NULL, &f[along][side], &g));
        }
    for (size_t i = 0; i < n; i++)
        squares += loaded.weights[i] * loaded.weights[i];
    double by_weights = (f[0][1] - f[0][0]) / (2 * h);
    double norm = sqrt((f[1][1] - f[1][0]) / (2 * h));
    const gsc_measure *m = &gsc_measure_stability;
    assert_close(ask(m, "40", "gradient_norm"), norm, 1e-6);
    assert_close(ask(m, "40", "weight_norm"), sqrt(squares), 1e-9);
    assert_close(ask(m, "40", "cos_gradient_weights"),
                 -by_weights / (norm * sqrt(squares)), 1e-5);
    free(kept);
    free(at);
    gsc_loss_gradient_close(&loss);
    gsc_loaded_model_close(&loaded);
}

static void
tensors_add_up_to_the_checkpoint(void **state)
{
    (void)state;
    gsc_measured_runs s;
    double squares = 0, product = 0;
    ask_run(&gsc_measure_stability, 1, folder, "40", false, &s);
    assert_true(gsc_rows_count(&s.rows) > 8);
    for (size_t i = 0; i < gsc_rows_count(&s.rows); i++) {
        double g = cell_of(&s, i, "gradient_norm")->real;
        double w = cell_of(&s, i, "weight_norm")->real;
        squares += g * g;
        if (g * w > 0)
            product += cell_of(&s, i, "cos_gradient_weights")->real * g * w;
    }
    const gsc_measure *m = &gsc_measure_stability;
    double norm = ask(m, "40", "gradient_norm");
    assert_close(sqrt(squares), norm, 1e-9);
    assert_close(product / (norm * ask(m, "40", "weight_norm")),
                 ask(m, "40", "cos_gradient_weights"), 1e-9);
    gsc_measured_runs_free(&s);
}

/* x as the nearest number of 11, 24 or 53 digits; the first has a least step and ends
 * at 65504. */
static double
rounded(double x, int type)
{
    if (type == 2 || x == 0 || !isfinite(x))
        return x;
    if (type == 1)
        return (double)(float)x;
    int exponent;
    frexp(x, &exponent);
    double step = ldexp(1, exponent - 11 < -24 ? -24 : exponent - 11);
    double near = nearbyint(x / step) * step;
    return fabs(near) > 65504 ? copysign(INFINITY, near) : near;
}

/* Rows whose exponentials, each operation rounded to a type, add up to 1. */
typedef struct gaps {
    size_t rows, far[3];
} gaps;

static bool
is_collapsed(const double *z, size_t n, int type)
{
    double most = -INFINITY, sum = 0;
    for (size_t k = 0; k < n; k++)
        most = fmax(most, rounded(z[k], type));
    for (size_t k = 0; k < n; k++) {
        double below = rounded(rounded(z[k], type) - most, type);
        sum = rounded(sum + rounded(exp(below), type), type);
    }
    return sum == 1;
}

static int
count_gaps(void *context, const gsc_answer_rows *rows)
{
    gaps *g = context;
    for (size_t i = 0; i < rows->num_examples * rows->num_positions; i++) {
        const double *z = rows->answers + i * rows->width;
        g->rows++;
        for (int type = 0; type < 3; type++)
            g->far[type] += is_collapsed(z, rows->width, type);
    }
    return 0;
}

/* A network whose unembedding is multiplied answers with as much larger gaps. */
static void
collapse_comes_with_the_gap_of_the_logits(void **state)
{
    (void)state;
    gsc_loaded_model loaded;
    double before[3] = {0};
    size_t seen = 0;
    open_step(&loaded, 120);
    gsc_tensor *W = gsc_loaded_model_tensor(&loaded, "unembed.W_U");
    const gsc_split *train = gsc_dataset_split(&loaded.checkpoint.dataset, "train");
    for (int round = 0; round < 6; round++) {
        gaps g = {.rows = 0};
        gsc_rows rows;
        const gsc_measure_table *t = &gsc_measure_stability.tables[0];
        gsc_measure_request request = {.loaded = &loaded, .name = "run"};
        gsc_rows_init(&rows, t->columns, t->num_columns);
        assert_return_ok(t->fill(&request, &rows));
        assert_return_ok(gsc_answer_rows_visit(&loaded, NULL, train->indices,
                                               train->count, count_gaps, &g));
        assert_int_equal(g.rows, train->count);
        for (size_t p = 0; p < 3; p++) {
            double share = gsc_rows_cell(&rows, 0, 2 + p)->real;
            assert_close(share, (double)g.far[p] / (double)g.rows, 1e-12);
            assert_true(share >= before[p]);
            before[p] = share;
            seen += share > 0 && share < 1;
        }
        assert_true(before[0] >= before[1] && before[1] >= before[2]);
        assert_true(gsc_rows_cell(&rows, 0, 0)->real == before[2]); /* of the loss */
        gsc_rows_free(&rows);
        for (size_t i = 0; i < gsc_shape_count(W->shape); i++)
            ((double *)W->data)[i] *= 4;
    }
    assert_true(before[0] > 0.9 && before[2] > 0.5 && seen > 4);
    gsc_loaded_model_close(&loaded);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(losses_and_accuracies_are_the_historys),
        cmocka_unit_test(metrics_agree_with_each_other),
        cmocka_unit_test(a_run_in_training_has_the_same_columns),
        cmocka_unit_test(every_metric_has_its_width_along_the_run),
        cmocka_unit_test(the_cosine_is_that_of_directional_derivatives),
        cmocka_unit_test(tensors_add_up_to_the_checkpoint),
        cmocka_unit_test(collapse_comes_with_the_gap_of_the_logits),
    };
    return cmocka_run_group_tests(tests, make_run, remove_one_run);
}
