/* Polynomials in two unknowns: their values, and what is none. */
#include "test.h"

#include "grokscope/binary_table.h"

#include "train/task/operation_table.h"
#include "train/task/polynomial.h"

#include <string.h>

static void
values_are_those_of_arithmetic(void **state)
{
    (void)state;
    for (int64_t x = 0; x < 31; x++)
        for (int64_t y = 0; y < 31; y++) {
            const struct {
                const char *text;
                int64_t value;
            } known[] = {
                {"x^2+x*y+y^2", x * x + x * y + y * y},
                {"2x - 3y", 2 * x - 3 * y},
                {"-x+y", y - x},
                {"(x+y)^3", (x + y) * (x + y) * (x + y)},
                {"a^2 b + b", x * x * y + y},
                {"x(y - 1)", x * (y - 1)},
                {"(x-y)^4 + xy", (x - y) * (x - y) * (x - y) * (x - y) + x * y},
                {"x^0 + 100", 101},
                {"2(x+(3-y))x", 2 * (x + 3 - y) * x},
            };
            for (size_t i = 0; i < sizeof known / sizeof *known; i++)
                assert_int_equal(gsc_polynomial_value(known[i].text, x, y, 31),
                                 (known[i].value % 31 + 31) % 31);
        }
}

static void
what_is_no_polynomial_is_refused_with_its_place(void **state)
{
    (void)state;
    static const char *const wrong[][2] = {
        {"", "'' is no polynomial: expected a number, x, y or '(', at 'the end'"},
        {"x+", "'x+' is no polynomial: expected a number, x, y or '(', at 'the end'"},
        {"x2", "'x2' is no polynomial: a number after an unknown; x^2 is its square, "
               "2x its double, at '2'"},
        {"x^y", "'x^y' is no polynomial: expected a whole exponent, at 'y'"},
        {"x/y", "'x/y' is no polynomial: expected +, -, *, ^ or the end, at '/y'"},
        {"(x+y", "'(x+y' is no polynomial: a parenthesis is not closed, at 'the end'"},
        {"x)", "'x)' is no polynomial: expected +, -, *, ^ or the end, at ')'"},
        {"x^65", "'x^65' is no polynomial: an exponent above 64, at 'the end'"},
        {"1234567890x", "'1234567890x' is no polynomial: a number of more than 9 "
                        "digits, at 'x'"}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(gsc_polynomial_check(wrong[i][0]), GSC_EARGUMENT);
        assert_string_equal(gsc_error_text(), wrong[i][1]);
    }
    char deep[80];
    memset(deep, '(', sizeof deep - 1);
    deep[sizeof deep - 1] = '\0';
    assert_int_equal(gsc_polynomial_check(deep), GSC_EARGUMENT);
}

static bool
is_product(const char *word, int64_t p)
{
    gsc_operation operation;
    gsc_operation_table table;
    const gsc_elements elements = {p, "", ""};
    assert_return_ok(gsc_operation_read(word, &operation));
    assert_return_ok(gsc_operation_table_init(&table, &operation, &elements));
    bool product = gsc_operation_table_is_product(&table);
    gsc_operation_table_free(&table);
    return product;
}

/* A product of powers is a sum of logarithms, however it is written. */
static void
products_are_told_by_their_values(void **state)
{
    (void)state;
    static const char *const products[] = {
        "multiply", "multiply_nonzero", "divide", "x*y", "3x^2y", "x(y+y)", "(xy)^3"};
    static const char *const others[] = {"add", "x^2", "x*y+1", "x^2+y^2", "7", "xy+y"};
    for (size_t i = 0; i < sizeof products / sizeof *products; i++)
        assert_true(is_product(products[i], 31));
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_false(is_product(others[i], 31));
    assert_false(is_product("x*y", 30)); /* no prime: no logarithms */
}

/* A named operation and its formula as a polynomial are one table. */
static void
named_operations_are_their_polynomials(void **state)
{
    (void)state;
    static const char *const same[][2] = {
        {"add", "x+y"},          {"subtract", "a-b"},      {"multiply", "ab"},
        {"quad1", "x^2+y^2"},    {"quad2", "x^2+xy+y^2"},  {"quad3", "x^2+xy+y^2+x"},
        {"cube1", "x^3+x*y"},    {"cube2", "x^3+x*y^2+y"}, {"cube_plus", "x^3+y"},
        {"square_plus", "x^2+y"}};
    const gsc_elements elements = {23, "", ""};
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        gsc_operation operation[2];
        gsc_operation_table table[2];
        for (size_t k = 0; k < 2; k++) {
            assert_return_ok(gsc_operation_read(same[i][k], &operation[k]));
            assert_return_ok(
                gsc_operation_table_init(&table[k], &operation[k], &elements));
        }
        assert_memory_equal(table[0].answers, table[1].answers,
                            23 * 23 * sizeof *table[0].answers);
        gsc_operation_table_free(&table[0]);
        gsc_operation_table_free(&table[1]);
    }
}

static void
keys_are_letters_and_differ(void **state)
{
    (void)state;
    static const char *const words[][2] = {{"add", "add"},
                                           {"x^2+x*y", "x2_plus_x_y"},
                                           {"(x+y)^2", "_x_plus_y_2"},
                                           {"x+y^2", "x_plus_y2"},
                                           {"2x - 3y", "2x_minus_3y"}};
    char key[GSC_NAME_BYTES];
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        gsc_operation_key(words[i][0], key);
        assert_string_equal(key, words[i][1]);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_those_of_arithmetic),
        cmocka_unit_test(what_is_no_polynomial_is_refused_with_its_place),
        cmocka_unit_test(products_are_told_by_their_values),
        cmocka_unit_test(named_operations_are_their_polynomials),
        cmocka_unit_test(keys_are_letters_and_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
