/* Products of matrices against the triple loop, and from many threads at once. */
#include "grokscope/rng.h"

#include "train/numeric/gemm.h"
#include "train/numeric/libraries.h"

#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const uint64_t seed = 113;

typedef struct product {
    bool transpose_a, transpose_b;
    size_t m, n, k, lda, ldb, ldc;
    double alpha, beta;
} product;

/* Columns between rows beyond what they need: leading dimensions must be honoured. */
static product
make_product(unsigned transposes, size_t m, size_t n, size_t k, size_t gap)
{
    product p = {.transpose_a = transposes & 1, .transpose_b = transposes & 2};
    p.m = m, p.n = n, p.k = k;
    p.lda = (p.transpose_a ? m : k) + gap;
    p.ldb = (p.transpose_b ? k : n) + gap;
    p.ldc = n + gap;
    return p;
}

static double
element(const double *x, bool transpose, size_t ld, size_t i, size_t j)
{
    return transpose ? x[j * ld + i] : x[i * ld + j];
}

static void
multiply_plainly(const product *p, const double *a, const double *b, double *c)
{
    for (size_t i = 0; i < p->m; i++)
        for (size_t j = 0; j < p->n; j++) {
            double sum = 0;
            for (size_t l = 0; l < p->k; l++)
                sum += element(a, p->transpose_a, p->lda, i, l) *
                       element(b, p->transpose_b, p->ldb, l, j);
            double *out = &c[i * p->ldc + j];
            *out = p->alpha * sum + (p->beta == 0 ? 0 : p->beta * *out);
        }
}

/* All of a stored matrix and its gaps. */
static double *
random_matrix(size_t rows, size_t ld, uint64_t stream)
{
    size_t count = rows * ld;
    double *x = malloc((count + 1) * sizeof *x);
    assert_non_null(x);
    for (size_t i = 0; i < count; i++) /* floats, so that both precisions see them */
        x[i] = (double)(float)gsc_rng_normal(seed, stream, i);
    return x;
}

static float *
to_float(const double *x, size_t count)
{
    float *y = malloc((count + 1) * sizeof *y);
    assert_non_null(y);
    for (size_t i = 0; i < count; i++)
        y[i] = (float)x[i];
    return y;
}

static void
assert_near(double x, double y, double tolerance)
{
    if (!(fabs(x - y) <= tolerance * (1 + fabs(y))))
        fail_msg("%.17g is not %.17g", x, y);
}

static void
run_f32(const product *p, const double *a, size_t num_a, const double *b, size_t num_b,
        const double *c, const double *expected)
{
    size_t num_c = p->m * p->ldc;
    float *a32 = to_float(a, num_a), *b32 = to_float(b, num_b);
    float *c32 = to_float(c, num_c);
    gsc_gemm_f32(p->transpose_a, p->transpose_b, p->m, p->n, p->k, (float)p->alpha, a32,
                 p->lda, b32, p->ldb, (float)p->beta, c32, p->ldc);
    for (size_t i = 0; i < num_c; i++)
        if (!isnan(expected[i]))
            assert_near(c32[i], expected[i], 1e-6 * (double)(p->k + 8));
        else
            assert_true(isnan(c32[i]));
    free(a32);
    free(b32);
    free(c32);
}

/* Both precisions against the triple loop; `fill` is what C holds, or random. */
static void
check_product(product p, double alpha, double beta, const double *fill)
{
    p.alpha = alpha;
    p.beta = beta;
    size_t rows_a = p.transpose_a ? p.k : p.m, rows_b = p.transpose_b ? p.n : p.k;
    size_t num_c = p.m * p.ldc;
    double *a = random_matrix(rows_a, p.lda, 1), *b = random_matrix(rows_b, p.ldb, 2);
    double *c = random_matrix(p.m, p.ldc, 3), *expected = random_matrix(p.m, p.ldc, 3);
    for (size_t i = 0; fill && i < num_c; i++)
        c[i] = expected[i] = *fill;
    multiply_plainly(&p, a, b, expected);
    run_f32(&p, a, rows_a * p.lda, b, rows_b * p.ldb, c, expected);
    gsc_gemm_f64(p.transpose_a, p.transpose_b, p.m, p.n, p.k, alpha, a, p.lda, b, p.ldb,
                 beta, c, p.ldc);
    for (size_t i = 0; i < num_c; i++)
        if (!isnan(expected[i]))
            assert_near(c[i], expected[i], 1e-14 * (double)(p.k + 8));
        else
            assert_true(isnan(c[i])); /* the gaps of a C that held NaN */
    free(a);
    free(b);
    free(c);
    free(expected);
}

static void
products_agree_with_the_triple_loop(void **state)
{
    (void)state;
    static const size_t sizes[][3] = {{1, 1, 1},     {1, 7, 3},       {5, 1, 9},
                                      {3, 4, 1},     {17, 31, 13},    {64, 64, 64},
                                      {65, 33, 127}, {113, 114, 128}, {120, 512, 31},
                                      {70, 97, 59},  {9, 99, 1100},   {600, 113, 11}};
    for (unsigned transposes = 0; transposes < 4; transposes++)
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
            for (size_t gap = 0; gap < 6; gap += 5)
                check_product(make_product(transposes, sizes[s][0], sizes[s][1],
                                           sizes[s][2], gap),
                              1, 0, NULL);
}

static void
alpha_and_beta_scale(void **state)
{
    (void)state;
    static const double scales[] = {0, 1, -1, 0.375};
    for (unsigned transposes = 0; transposes < 4; transposes++)
        for (size_t i = 0; i < 4; i++)
            for (size_t j = 0; j < 4; j++)
                check_product(make_product(transposes, 19, 35, 21, 3), scales[i],
                              scales[j], NULL);
}

static void
beta_zero_overwrites_nan(void **state)
{
    (void)state;
    double nan_value = NAN;
    for (unsigned transposes = 0; transposes < 4; transposes++) {
        check_product(make_product(transposes, 33, 70, 16, 2), 1, 0, &nan_value);
        check_product(make_product(transposes, 33, 70, 16, 2), 0, 0, &nan_value);
        check_product(make_product(transposes, 33, 70, 0, 2), 1, 0, &nan_value);
    }
}

static void
empty_sizes_are_right(void **state)
{
    (void)state;
    for (unsigned transposes = 0; transposes < 4; transposes++) {
        check_product(make_product(transposes, 4, 6, 0, 1), 2, 0.5, NULL);
        check_product(make_product(transposes, 4, 6, 0, 1), 2, 1, NULL);
        check_product(make_product(transposes, 4, 0, 5, 1), 2, 0, NULL);
        check_product(make_product(transposes, 0, 6, 5, 1), 2, 0, NULL);
    }
}

/* alpha = 0 reads neither factor, as BLAS has it. */
static void
alpha_zero_ignores_nan_factors(void **state)
{
    (void)state;
    float nan_value = NAN, c = 3;
    gsc_gemm_f32(false, false, 1, 1, 1, 0, &nan_value, 1, &nan_value, 1, 2, &c, 1);
    assert_true(c == 6);
}

/* ---- Many threads ---- */

enum { ROWS = 240, COLS = 512, INNER = 128, NUM_THREADS = 4, TIMES = 30 };

typedef struct job {
    const float *a, *b, *expected;
    const double *a64, *b64, *expected64;
    int num_wrong;
} job;

static void *
multiply_often(void *context)
{
    job *work = context;
    float *c = calloc(ROWS * COLS, sizeof *c);
    double *c64 = calloc(ROWS * COLS, sizeof *c64);
    for (int i = 0; c && c64 && i < TIMES; i++) {
        gsc_gemm_f32(false, false, ROWS, COLS, INNER, 1, work->a, INNER, work->b, COLS,
                     0, c, COLS);
        gsc_gemm_f64(false, false, ROWS, COLS, INNER, 1, work->a64, INNER, work->b64,
                     COLS, 0, c64, COLS);
        work->num_wrong += memcmp(c, work->expected, ROWS * COLS * sizeof *c) != 0;
        work->num_wrong +=
            memcmp(c64, work->expected64, ROWS * COLS * sizeof *c64) != 0;
    }
    work->num_wrong += !c || !c64;
    free(c);
    free(c64);
    return NULL;
}

static void
all_threads_get_the_same_bits(void **state)
{
    (void)state;
    double *a64 = random_matrix(ROWS, INNER, 4), *b64 = random_matrix(INNER, COLS, 5);
    double *c64 = random_matrix(ROWS, COLS, 6);
    float *a = to_float(a64, ROWS * INNER), *b = to_float(b64, INNER * COLS);
    float *c = to_float(c64, ROWS * COLS);
    gsc_gemm_f32(false, false, ROWS, COLS, INNER, 1, a, INNER, b, COLS, 0, c, COLS);
    gsc_gemm_f64(false, false, ROWS, COLS, INNER, 1, a64, INNER, b64, COLS, 0, c64,
                 COLS);
    pthread_t threads[NUM_THREADS];
    job jobs[NUM_THREADS];
    for (size_t i = 0; i < NUM_THREADS; i++) {
        jobs[i] = (job){a, b, c, a64, b64, c64, 0};
        assert_int_equal(pthread_create(&threads[i], NULL, multiply_often, &jobs[i]),
                         0);
    }
    for (size_t i = 0; i < NUM_THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_int_equal(jobs[i].num_wrong, 0);
    }
    free(a64);
    free(b64);
    free(c64);
    free(a);
    free(b);
    free(c);
}

#ifdef __x86_64__
/* OpenBLAS takes processors that are newer than it is for old ones, unless it is told.
 */
static void
kernels_are_those_of_this_processor(void **state)
{
    (void)state;
    char text[128];
    gsc_numeric_instruction_set(text, sizeof text);
    bool is_old = !__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma");
    assert_true(is_old || !strstr(text, "Prescott"));
}
#endif

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_agree_with_the_triple_loop),
        cmocka_unit_test(alpha_and_beta_scale),
        cmocka_unit_test(beta_zero_overwrites_nan),
        cmocka_unit_test(empty_sizes_are_right),
        cmocka_unit_test(alpha_zero_ignores_nan_factors),
        cmocka_unit_test(all_threads_get_the_same_bits),
#ifdef __x86_64__
        cmocka_unit_test(kernels_are_those_of_this_processor),
#endif
    };
    printf("seed %llu\n", (unsigned long long)seed);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
