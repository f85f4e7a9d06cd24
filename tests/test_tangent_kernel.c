/* The Jacobian, the tangent kernels that are made of it, and what they tell. */
#include "loaded_model_fixture.h"

#include "analyze/method/tangent_kernel.h"
#include "analyze/network/loss/jacobian.h"

#include <math.h>
#include <stdlib.h>

static const char linear[] = "task = teacher_student\narchitecture = mlp\n"
                             "d_in = 4\nd_hidden = 6\nd_out = 3\n"
                             "train_samples = 9\ntest_samples = 7\n"
                             "hidden = 5\nact_fn = identity\nbiases = absent\n"
                             "freeze = linear1.*\n";

/* ---- The Jacobian ---- */

/* Outputs f [width] of example i with some weights. */
static void
outputs_of(gsc_jacobian *j, const double *weights, uint32_t i, double *f)
{
    gsc_engine *engine;
    const gsc_engine_options options = {
        .type = GSC_FLOAT64, .taps = &j->loaded->model.logits, .num_taps = 1};
    void *taps[] = {f};
    const gsc_batch batch = {.fields = j->fields,
                             .num_fields = j->num_fields,
                             .examples = &i,
                             .num_examples = 1};
    assert_return_ok(gsc_engine_open(&engine, j->loaded->model.graph, &options));
    assert_return_ok(gsc_engine_run(engine, NULL, weights, &batch, taps, NULL));
    gsc_engine_close(engine);
}

/* Output `output`, or the sum of all, over a small change of weight w. */
static double
slope(gsc_jacobian *j, double *weights, size_t w, uint32_t i, size_t output)
{
    double up[16], down[16], sum = 0, kept = weights[w], h = 1e-5;
    weights[w] = kept + h;
    outputs_of(j, weights, i, up);
    weights[w] = kept - h;
    outputs_of(j, weights, i, down);
    weights[w] = kept;
    for (size_t o = 0; o < j->num_outputs; o++)
        sum += output == SIZE_MAX || output == o ? up[o] - down[o] : 0;
    return sum / (2 * h);
}

static void
check_rows(const char *lines, size_t output)
{
    gsc_loaded_model loaded;
    gsc_jacobian j;
    gsc_matrix rows;
    open_small(&loaded, lines);
    assert_return_ok(gsc_jacobian_open(&j, &loaded, GSC_EXAMPLES_TEST, 3, 1));
    assert_int_equal(j.count, 3);
    assert_return_ok(gsc_matrix_init(&rows, j.count, loaded.num_weights));
    assert_return_ok(gsc_jacobian_go_to(&j, loaded.weights, NULL));
    assert_return_ok(gsc_jacobian_rows(&j, output, &rows));
    for (uint32_t i = 0; i < j.count; i++)
        for (size_t t = 0; t < loaded.num_tensors; t++) {
            size_t w = (size_t)((double *)loaded.tensors[t].data - loaded.weights);
            double wanted =
                loaded.tensors[t].trained ? slope(&j, loaded.weights, w, i, output) : 0;
            assert_close(rows.data[i * rows.cols + w], wanted, 2e-8);
        }
    gsc_matrix_free(&rows);
    gsc_jacobian_close(&j);
    gsc_loaded_model_close(&loaded);
}

static void
rows_are_those_of_finite_differences(void **state)
{
    (void)state;
    check_rows("", 2);
    check_rows("", SIZE_MAX);
    check_rows(linear, 1);
}

static void
examples_are_drawn_once_each_and_by_seed(void **state)
{
    (void)state;
    gsc_loaded_model loaded;
    gsc_jacobian a, b;
    bool seen[64] = {false}, differ = false;
    open_small(&loaded, linear);
    assert_return_ok(gsc_jacobian_open(&a, &loaded, GSC_EXAMPLES_TRAIN, 100, 0));
    assert_return_ok(gsc_jacobian_open(&b, &loaded, GSC_EXAMPLES_TRAIN, 100, 1));
    assert_int_equal(a.count, 9);
    for (size_t i = 0; i < a.count; i++) {
        assert_true(a.examples[i] < 9 && !seen[a.examples[i]]);
        seen[a.examples[i]] = true;
        differ = differ || a.examples[i] != b.examples[i];
    }
    assert_true(differ);
    gsc_jacobian_close(&a);
    gsc_jacobian_close(&b);
    gsc_loaded_model_close(&loaded);
}

/* ---- Kernels ---- */

/* h = x W_1 [5], of example i. */
static void
hidden_of(const gsc_jacobian *j, size_t i, double h[5])
{
    const gsc_field *x = gsc_dataset_find(&j->loaded->checkpoint.dataset, "x");
    const double *W = gsc_loaded_model_tensor(j->loaded, "linear1.W")->data;
    for (size_t k = 0; k < 5; k++) {
        h[k] = 0;
        for (size_t d = 0; d < 4; d++)
            h[k] += gsc_field_element(x, j->examples[i], d) * W[d * 5 + k];
    }
}

/* f = h W, only W being trained, has df_o/dW = h in column o: K = outputs <h, h'>, and
 * the pseudo kernel <h, h'>. */
static void
the_kernel_of_a_linear_layer_is_that_of_its_inputs(void **state)
{
    (void)state;
    gsc_loaded_model loaded;
    gsc_jacobian j;
    open_small(&loaded, linear);
    assert_return_ok(gsc_jacobian_open(&j, &loaded, GSC_EXAMPLES_TEST, 100, 0));
    assert_return_ok(gsc_jacobian_go_to(&j, loaded.weights, NULL));
    for (int pseudo = 0; pseudo < 2; pseudo++) {
        gsc_matrix kernel;
        assert_return_ok(gsc_tangent_kernel(&j, pseudo, &kernel));
        assert_int_equal(kernel.rows, 7);
        for (size_t a = 0; a < 7; a++)
            for (size_t b = 0; b < 7; b++) {
                double sum = 0, h[2][5];
                hidden_of(&j, a, h[0]);
                hidden_of(&j, b, h[1]);
                for (size_t k = 0; k < 5; k++)
                    sum += h[0][k] * h[1][k];
                assert_close(kernel.data[a * 7 + b], (pseudo ? 1 : 3) * sum, 1e-13);
            }
        gsc_matrix_free(&kernel);
    }
    gsc_jacobian_close(&j);
    gsc_loaded_model_close(&loaded);
}

/* One-hot vectors less their mean: their columns add up to 0, labels stand out. */
static void
labels_become_centred_one_hot_vectors(void **state)
{
    (void)state;
    gsc_loaded_model loaded;
    gsc_jacobian j;
    gsc_matrix y;
    open_small(&loaded, "");
    assert_return_ok(gsc_jacobian_open(&j, &loaded, GSC_EXAMPLES_TEST, 10, 0));
    assert_return_ok(gsc_jacobian_targets(&j, &y));
    for (size_t i = 0; i < y.rows; i++) {
        int32_t label = gsc_loaded_model_label(&loaded, j.examples[i]);
        for (size_t o = 0; o < y.cols; o++)
            assert_true((int32_t)o == label ? y.data[i * y.cols + o] > 0
                                            : y.data[i * y.cols + o] <= 0);
    }
    for (size_t o = 0; o < y.cols; o++) {
        double sum = 0;
        for (size_t i = 0; i < y.rows; i++)
            sum += y.data[i * y.cols + o];
        assert_close(sum, 0, 1e-14);
    }
    gsc_matrix_free(&y);
    gsc_jacobian_close(&j);
    gsc_loaded_model_close(&loaded);
}

/* ---- What a kernel tells ---- */

/* K = diag(4, 1, 0), y = (1, 2, 2): y' K y = 8, |K|^2 = 17, |y|^2 = 9. */
static void
a_diagonal_kernel_has_known_numbers(void **state)
{
    (void)state;
    double k[9] = {4, 0, 0, 0, 1, 0, 0, 0, 0}, targets[3] = {1, 2, 2};
    const gsc_matrix kernel = {3, 3, k}, y = {3, 1, targets};
    gsc_kernel_summary s;
    assert_return_ok(gsc_kernel_summary_init(&s, &kernel, &y, 0.25));
    assert_close(s.alignment, 8 / (sqrt(17) * 9), 1e-15);
    assert_close(s.ridge, 1, 1e-15);
    assert_close(s.difficulty, 1 / 5.0 + 4 / 2.0 + 4 / 1.0, 1e-14);
    assert_close(s.trace, 5, 1e-15);
    assert_close(s.effective_rank, exp(-0.8 * log(0.8) - 0.2 * log(0.2)), 1e-14);
    assert_close(s.shares[0], 1 / 9.0, 1e-15);
    assert_close(s.shares[1] + s.shares[2], 8 / 9.0, 1e-15);
    gsc_kernel_summary_free(&s);
}

static void
kernels_are_as_far_as_their_directions(void **state)
{
    (void)state;
    double a[4] = {1, 0, 0, 0}, b[4] = {3, 0, 0, 4};
    const gsc_matrix A = {2, 2, a}, B = {2, 2, b};
    assert_close(gsc_kernel_distance(&A, &B), 1 - 0.6, 1e-15);
    assert_close(gsc_kernel_distance(&B, &B), 0, 1e-15);
}

static void
sizes_that_do_not_match_are_refused(void **state)
{
    (void)state;
    double k[4] = {1, 0, 0, 1}, targets[3] = {0};
    const gsc_matrix kernel = {2, 2, k}, y = {3, 1, targets};
    gsc_kernel_summary s;
    assert_fails(gsc_kernel_summary_init(&s, &kernel, &y, 0), GSC_EARGUMENT,
                 "a kernel of 2 examples and targets of 3");
    k[0] = NAN;
    const gsc_matrix two = {2, 1, targets};
    assert_fails(gsc_kernel_summary_init(&s, &kernel, &two, 0), GSC_ENUMERIC, "");
    assert_null(s.values);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(rows_are_those_of_finite_differences),
        IN_FOLDER(examples_are_drawn_once_each_and_by_seed),
        IN_FOLDER(the_kernel_of_a_linear_layer_is_that_of_its_inputs),
        IN_FOLDER(labels_become_centred_one_hot_vectors),
        cmocka_unit_test(a_diagonal_kernel_has_known_numbers),
        cmocka_unit_test(kernels_are_as_far_as_their_directions),
        cmocka_unit_test(sizes_that_do_not_match_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
