/* Groups of neurons: planted discs and tori, and what has no shape. */
#include "test.h"

#include "analyze/method/circuit/neuron_cluster.h"
#include "grokscope/rng.h"

static const double two_pi = 6.283185307179586476925;

enum { P = 29, K = 4, M = 24 };

static double
wave(size_t t, double phi)
{
    return cos(two_pi * (double)(K * t % P) / P + phi);
}

/* Neuron j reads a at phi[j] and b at psi[j], and `mixed` times the wave of a + b. */
static gsc_matrix
plant(const double *phi, const double *psi, double mixed)
{
    gsc_matrix x;
    assert_return_ok(gsc_matrix_init(&x, (size_t)P * P, M));
    for (size_t a = 0; a < P; a++)
        for (size_t b = 0; b < P; b++)
            for (size_t j = 0; j < M; j++)
                x.data[(a * P + b) * M + j] = 3 + wave(a, phi[j]) + wave(b, psi[j]) +
                                              mixed * wave((a + b) % P, phi[j]);
    return x;
}

/* The same phase of a and b: two dimensions, largest on the diagonal. */
static void
neurons_that_read_alike_are_a_disc(void **state)
{
    (void)state;
    double phi[M];
    gsc_neuron_cluster cluster;
    for (size_t j = 0; j < M; j++)
        phi[j] = two_pi * (double)j / M;
    gsc_matrix x = plant(phi, phi, 0);
    assert_return_ok(gsc_neuron_cluster_describe(&x, P, K, &cluster));
    assert_close(cluster.disc_share, 1, 1e-12);
    assert_close(cluster.torus_share, 1, 1e-12);
    assert_close(cluster.sum_share, 0, 1e-12);
    assert_close(cluster.diagonal, 0, 0);
    gsc_matrix_free(&x);
}

/* All pairs of evenly spread phases: four equal dimensions. */
static void
independent_phases_are_a_torus(void **state)
{
    (void)state;
    double phi[M], psi[M];
    gsc_neuron_cluster cluster;
    for (size_t j = 0; j < M; j++) {
        phi[j] = two_pi * (double)(j % 6) / 6;
        psi[j] = two_pi * (double)(j / 6) / 4;
    }
    gsc_matrix x = plant(phi, psi, 0);
    assert_return_ok(gsc_neuron_cluster_describe(&x, P, K, &cluster));
    assert_close(cluster.disc_share, 0.5, 1e-12);
    assert_close(cluster.torus_share, 1, 1e-12);
    assert_close(cluster.diagonal, two_pi / 4, 0.1);
    gsc_matrix_free(&x);
}

/* A wave of a + b has the variance 1/2 beside 1/2 + 1/2. */
static void
the_share_along_the_sum_is_that_planted(void **state)
{
    (void)state;
    double phi[M];
    gsc_neuron_cluster cluster;
    for (size_t j = 0; j < M; j++)
        phi[j] = two_pi * (double)j / M;
    gsc_matrix x = plant(phi, phi, 0.5);
    assert_return_ok(gsc_neuron_cluster_describe(&x, P, K, &cluster));
    assert_close(cluster.sum_share, 0.125 / 1.125, 1e-12);
    assert_return_ok(gsc_neuron_cluster_describe(&x, P, K + 1, &cluster));
    assert_close(cluster.sum_share, 0, 1e-12);
    gsc_matrix_free(&x);
}

/* Noise of M neurons has M like dimensions, and maxima anywhere: distances are even on
 * 0 … pi, with the deviation pi/sqrt(12). */
static void
noise_has_no_shape(void **state)
{
    (void)state;
    gsc_matrix x;
    gsc_neuron_cluster cluster;
    assert_return_ok(gsc_matrix_init(&x, (size_t)P * P, M));
    for (size_t i = 0; i < (size_t)P * P * M; i++)
        x.data[i] = gsc_rng_normal(9, 1, i);
    assert_return_ok(gsc_neuron_cluster_describe(&x, P, K, &cluster));
    assert_close(cluster.disc_share, 2.0 / M, 0.03);
    assert_close(cluster.torus_share, 4.0 / M, 0.05);
    assert_close(cluster.diagonal, two_pi / 4, 4 * two_pi / 2 / sqrt(12.0 * M));
    gsc_matrix_free(&x);
}

static void
what_does_not_vary_is_nan(void **state)
{
    (void)state;
    gsc_matrix x = {.rows = 25, .cols = 0}, constant;
    gsc_neuron_cluster cluster;
    assert_return_ok(gsc_neuron_cluster_describe(&x, 5, 1, &cluster));
    assert_true(isnan(cluster.disc_share) && isnan(cluster.diagonal));
    assert_return_ok(gsc_matrix_init(&constant, 25, 2));
    assert_return_ok(gsc_neuron_cluster_describe(&constant, 5, 1, &cluster));
    assert_true(isnan(cluster.disc_share) && isnan(cluster.sum_share));
    constant.data[3] = NAN;
    assert_int_equal(gsc_neuron_cluster_describe(&constant, 5, 1, &cluster),
                     GSC_ENUMERIC);
    gsc_matrix_free(&constant);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(neurons_that_read_alike_are_a_disc),
        cmocka_unit_test(independent_phases_are_a_torus),
        cmocka_unit_test(the_share_along_the_sum_is_that_planted),
        cmocka_unit_test(noise_has_no_shape),
        cmocka_unit_test(what_does_not_vary_is_nan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
