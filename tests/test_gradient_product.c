/* The average gradient outer product: closed forms, and a network of known gradients.
 */
#include "test.h"

#include "analyze/method/circuit/gradient_product.h"
#include "grokscope/rng.h"

enum { P = 13, D = 4 };

static gsc_matrix
matrix(size_t rows, size_t cols)
{
    gsc_matrix x;
    assert_return_ok(gsc_matrix_init(&x, rows, cols));
    return x;
}

static void
fill_normal(gsc_matrix *x, uint64_t stream)
{
    for (size_t i = 0; i < x->rows * x->cols; i++)
        x->data[i] = gsc_rng_normal(2, stream, i);
}

/* What depends on one of i - j and i + j has 0 along it; along the other, of elements
 * x_s that each diagonal holds all of, 1 - p mean(x)^2 / sum x^2. */
static void
a_circulant_block_has_no_deviation(void **state)
{
    (void)state;
    for (int sum = 0; sum < 2; sum++) {
        gsc_matrix m = matrix(2 * P, 2 * P);
        double total = 0, squares = 0;
        for (size_t s = 0; s < P; s++) {
            double x = 1 + gsc_rng_normal(7, 1, s);
            total += x;
            squares += x * x;
            for (size_t i = 0; i < P; i++) {
                size_t j = sum ? (s + P - i) % P : (i + P - s) % P;
                m.data[i * 2 * P + P + j] = x;
            }
        }
        m.data[0] = m.data[P * 2 * P + P] = 1e3; /* other blocks do not matter */
        assert_close(gsc_circulant_deviation(&m, sum ? GSC_SUM : GSC_DIFFERENCE), 0,
                     1e-15);
        assert_close(gsc_circulant_deviation(&m, sum ? GSC_DIFFERENCE : GSC_SUM),
                     1 - total * total / (P * squares), 1e-12);
        gsc_matrix_free(&m);
    }
}

/* 1 - 1/p, with a deviation of about sqrt(2)/p of the mean of p squares. */
static void
independent_elements_have_one_less_a_pth(void **state)
{
    (void)state;
    enum { LARGE = 97 };
    gsc_matrix m = matrix(2 * LARGE, 2 * LARGE);
    assert_true(isnan(gsc_circulant_deviation(&m, GSC_DIFFERENCE)));
    fill_normal(&m, 3);
    assert_close(gsc_circulant_deviation(&m, GSC_DIFFERENCE), 1 - 1. / LARGE, 0.006);
    assert_close(gsc_circulant_deviation(&m, GSC_SUM), 1 - 1. / LARGE, 0.006);
    assert_close(gsc_gradient_product_block_share(&m), 0.5, 0.02);
    gsc_matrix_free(&m);
}

/* Of n gradients it is the mean of g gT with g = (E da, E db), and its root squared. */
static void
the_product_is_the_mean_of_outer_products(void **state)
{
    (void)state;
    enum { N = 5 };
    gsc_matrix E = matrix(P, D), gradients = matrix(N, 2 * D);
    gsc_matrix moments = matrix(2 * D, 2 * D), product, root;
    double g[N][2 * P] = {{0}};
    fill_normal(&E, 1);
    fill_normal(&gradients, 2);
    for (size_t n = 0; n < N; n++)
        for (size_t i = 0; i < 2 * D; i++)
            for (size_t j = 0; j < 2 * D; j++)
                moments.data[i * 2 * D + j] +=
                    gradients.data[n * 2 * D + i] * gradients.data[n * 2 * D + j] / N;
    for (size_t n = 0; n < N; n++)
        for (size_t i = 0; i < 2 * P; i++)
            for (size_t k = 0; k < D; k++)
                g[n][i] +=
                    E.data[i % P * D + k] * gradients.data[n * 2 * D + i / P * D + k];
    assert_return_ok(gsc_gradient_product(&E, &moments, &product));
    assert_return_ok(gsc_gradient_product_root(&product, &root));
    for (size_t i = 0; i < 2 * P; i++)
        for (size_t j = 0; j < 2 * P; j++) {
            double mean = 0, square = 0;
            for (size_t n = 0; n < N; n++)
                mean += g[n][i] * g[n][j] / N;
            for (size_t k = 0; k < 2 * P; k++)
                square += root.data[i * 2 * P + k] * root.data[k * 2 * P + j];
            assert_close(product.data[i * 2 * P + j], mean, 1e-12);
            assert_close(square, mean, 1e-6);
        }
    gsc_matrix *const all[] = {&E, &gradients, &moments, &product, &root};
    for (size_t i = 0; i < 5; i++)
        gsc_matrix_free(all[i]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_circulant_block_has_no_deviation),
        cmocka_unit_test(independent_elements_have_one_less_a_pth),
        cmocka_unit_test(the_product_is_the_mean_of_outer_products),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
