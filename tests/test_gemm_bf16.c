/* Products of rounded factors against the triple loop, by oneDNN's instructions and by
 * those of float32. */
#include "grokscope/rng.h"

#include "test.h"
#include "train/numeric/gemm_bf16.h"

#include <math.h>
#include <stdlib.h>

typedef struct product {
    bool transpose_a, transpose_b;
    size_t m, n, k, lda, ldb, ldc;
    float beta;
} product;

static float *
random_floats(size_t count, uint64_t stream)
{
    float *x = malloc((count + 1) * sizeof *x);
    assert_non_null(x);
    for (size_t i = 0; i < count; i++)
        x[i] = (float)gsc_rng_normal(113, stream, i);
    return x;
}

/* The nearest number of eight significant bits; of two as near, the one whose last bit
 * is 0. */
static double
nearest(float x)
{
    int exponent;
    double fraction = frexp((double)x, &exponent); /* 0.5 <= |fraction| < 1 */
    return isfinite(x) ? ldexp(nearbyint(ldexp(fraction, 8)), exponent - 8) : (double)x;
}

static double
element(const float *x, bool transpose, size_t ld, size_t i, size_t j)
{
    return nearest(transpose ? x[j * ld + i] : x[i * ld + j]);
}

/* Both ways, where the processor has both. */
static void
check_product(product p)
{
    size_t rows_a = p.transpose_a ? p.k : p.m, rows_b = p.transpose_b ? p.n : p.k;
    size_t num_a = rows_a * p.lda, num_b = rows_b * p.ldb, num_c = p.m * p.ldc;
    float *a = random_floats(num_a, 1), *b = random_floats(num_b, 2);
    float *before = random_floats(num_c, 3);
    for (int rounded = !gsc_bf16_is_there(); rounded < 2; rounded++) {
        gsc_bf16 *self;
        float *c = random_floats(num_c, 3);
        assert_return_ok(gsc_bf16_open(&self, rounded, p.m * p.k, p.k * p.n));
        for (int times = 0; times < 2; times++) {
            memcpy(c, before, num_c * sizeof *c);
            gsc_gemm_bf16(self, p.transpose_a, p.transpose_b, p.m, p.n, p.k, a, p.lda,
                          b, p.ldb, p.beta, c, p.ldc);
        }
        for (size_t i = 0; i < p.m; i++)
            for (size_t j = 0; j < p.ldc; j++) {
                double sum =
                    j < p.n ? p.beta * before[i * p.ldc + j] : before[i * p.ldc + j];
                for (size_t l = 0; j < p.n && l < p.k; l++)
                    sum += element(a, p.transpose_a, p.lda, i, l) *
                           element(b, p.transpose_b, p.ldb, l, j);
                if (fabs(c[i * p.ldc + j] - sum) > 1e-6 * (double)(p.k + 8))
                    fail_msg("%g is not %g", (double)c[i * p.ldc + j], sum);
            }
        gsc_bf16_close(self);
        free(c);
    }
    free(a);
    free(b);
    free(before);
}

static void
products_agree_with_the_triple_loop(void **state)
{
    (void)state;
    static const size_t sizes[][3] = {{1, 1, 1},     {1, 7, 3},       {5, 1, 9},
                                      {3, 4, 1},     {17, 31, 13},    {64, 64, 64},
                                      {65, 33, 127}, {113, 114, 128}, {120, 512, 31}};
    for (unsigned transposes = 0; transposes < 4; transposes++)
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
            for (size_t gap = 0; gap < 6; gap += 5) {
                product p = {.transpose_a = transposes & 1,
                             .transpose_b = transposes & 2,
                             .m = sizes[s][0],
                             .n = sizes[s][1],
                             .k = sizes[s][2],
                             .beta = (float)(s % 2)};
                p.lda = (p.transpose_a ? p.m : p.k) + gap;
                p.ldb = (p.transpose_b ? p.k : p.n) + gap;
                p.ldc = p.n + gap;
                check_product(p);
            }
}

/* A sum of no products is beta C. */
static void
empty_sums_are_right(void **state)
{
    (void)state;
    check_product((product){.m = 4, .n = 6, .k = 0, .lda = 1, .ldb = 7, .ldc = 7});
    check_product(
        (product){.m = 4, .n = 6, .k = 0, .lda = 1, .ldb = 7, .ldc = 7, .beta = 1});
}

/* One factor is 1, so that the product is what the other was rounded to. */
static float
round_by(bool rounded, float x)
{
    gsc_bf16 *self;
    float one = 1, out = NAN;
    assert_return_ok(gsc_bf16_open(&self, rounded, 1, 1));
    gsc_gemm_bf16(self, false, false, 1, 1, 1, &x, 1, &one, 1, 0, &out, 1);
    gsc_bf16_close(self);
    return out;
}

static void
numbers_become_the_nearest_ones(void **state)
{
    (void)state;
    static const float exact[] = {0, 1, -2.5f, 0x1.fep127f, 255, 0x1p-126f};
    for (int rounded = !gsc_bf16_is_there(); rounded < 2; rounded++) {
        for (size_t i = 0; i < sizeof exact / sizeof *exact; i++)
            assert_true(round_by(rounded, exact[i]) == exact[i]);
        assert_true(round_by(rounded, 257) == 256); /* ties go to the even one */
        assert_true(round_by(rounded, 259) == 260);
        assert_true(round_by(rounded, 257.001f) == 258);
        assert_true(round_by(rounded, -1 - 0x1p-9f) == -1);
        assert_true(round_by(rounded, 0x1.fffp127f) == INFINITY);
        assert_true(round_by(rounded, -INFINITY) == -INFINITY);
        assert_true(isnan(round_by(rounded, NAN)));
        for (size_t i = 0; i < 10000; i++) {
            float x = (float)gsc_rng_normal(7, 1, i);
            assert_true((double)round_by(true, x) == nearest(x));
        }
    }
}

/* C holds anything where it is not added to. */
static void
beta_zero_overwrites_nan(void **state)
{
    (void)state;
    float a[] = {1, 2}, b[] = {3, 4}, c = NAN;
    for (int rounded = 0; rounded < 2; rounded++) {
        gsc_bf16 *self;
        assert_return_ok(gsc_bf16_open(&self, rounded, 2, 2));
        gsc_gemm_bf16(self, false, false, 1, 1, 2, a, 2, b, 1, 0, &c, 1);
        assert_true(c == 11);
        c = NAN;
        gsc_bf16_close(self);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_agree_with_the_triple_loop),
        cmocka_unit_test(empty_sums_are_right),
        cmocka_unit_test(numbers_become_the_nearest_ones),
        cmocka_unit_test(beta_zero_overwrites_nan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
