/* Matrices: made, copied, transposed, freed, refused. */
#include "grokscope/error.h"
#include "grokscope/matrix.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
a_new_matrix_is_zero(void **state)
{
    (void)state;
    gsc_matrix a;
    assert_int_equal(gsc_matrix_init(&a, 3, 5), 0);
    assert_int_equal(a.rows, 3);
    assert_int_equal(a.cols, 5);
    for (size_t i = 0; i < 15; i++)
        assert_true(a.data[i] == 0);
    gsc_matrix_free(&a);
}

static void
free_accepts_zeroed_and_freed(void **state)
{
    (void)state;
    gsc_matrix a = {0};
    gsc_matrix_free(&a);
    assert_int_equal(gsc_matrix_init(&a, 2, 2), 0);
    gsc_matrix_free(&a);
    gsc_matrix_free(&a);
    assert_null(a.data);
    assert_int_equal(a.rows, 0);
}

static void
a_copy_is_its_own(void **state)
{
    (void)state;
    gsc_matrix a, b;
    assert_int_equal(gsc_matrix_init(&a, 2, 2), 0);
    a.data[3] = 7;
    assert_int_equal(gsc_matrix_copy(&a, &b), 0);
    a.data[3] = 8;
    assert_true(b.data[3] == 7);
    gsc_matrix_free(&a);
    gsc_matrix_free(&b);
}

static void
transposing_swaps_the_indices(void **state)
{
    (void)state;
    gsc_matrix a, b;
    assert_int_equal(gsc_matrix_init(&a, 2, 3), 0);
    for (size_t i = 0; i < 6; i++)
        a.data[i] = (double)i;
    assert_int_equal(gsc_matrix_transpose(&a, &b), 0);
    assert_int_equal(b.rows, 3);
    assert_int_equal(b.cols, 2);
    for (size_t i = 0; i < 2; i++)
        for (size_t j = 0; j < 3; j++)
            assert_true(b.data[j * 2 + i] == a.data[i * 3 + j]);
    gsc_matrix_free(&a);
    gsc_matrix_free(&b);
}

static void
empty_matrices_copy(void **state)
{
    (void)state;
    gsc_matrix zeroed = {0}, a, b;
    assert_int_equal(gsc_matrix_copy(&zeroed, &a), 0);
    assert_int_equal(gsc_matrix_init(&b, 0, 4), 0);
    gsc_matrix_free(&a);
    assert_int_equal(gsc_matrix_transpose(&b, &a), 0);
    assert_int_equal(a.rows, 4);
    gsc_matrix_free(&a);
    gsc_matrix_free(&b);
}

static void
a_size_beyond_memory_is_refused(void **state)
{
    (void)state;
    gsc_matrix a;
    assert_int_equal(gsc_matrix_init(&a, SIZE_MAX / 2, 3), GSC_EMEMORY);
    assert_null(a.data);
    assert_string_equal(gsc_error_text(),
                        "9223372036854775807 times 3 bytes do not fit in memory");
    assert_int_equal(gsc_matrix_init(&a, SIZE_MAX / 2, 1), GSC_EMEMORY);
    assert_int_equal(a.rows, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_matrix_is_zero),
        cmocka_unit_test(free_accepts_zeroed_and_freed),
        cmocka_unit_test(a_copy_is_its_own),
        cmocka_unit_test(transposing_swaps_the_indices),
        cmocka_unit_test(empty_matrices_copy),
        cmocka_unit_test(a_size_beyond_memory_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
