/* Growing text, numbers as text and back, names that are near, whole files. */
#include "folder_fixture.h"

#include "grokscope/rng.h"
#include "grokscope/text.h"

#include <float.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- How it ends ---- */

static void
a_text_ends_with_its_last_letters_and_with_itself(void **state)
{
    (void)state;
    assert_true(gsc_text_ends_with("blocks.0.hook_z", "hook_z"));
    assert_true(gsc_text_ends_with("hook_z", "hook_z"));
    assert_true(gsc_text_ends_with("hook_z", ""));
    assert_false(gsc_text_ends_with("z", "hook_z"));
    assert_false(gsc_text_ends_with("hook_z ", "hook_z"));
}

/* ---- Text that grows ---- */

static void
text_grows_as_it_is_added_to(void **state)
{
    (void)state;
    gsc_text text = {0};
    for (int i = 0; i < 5000; i++)
        assert_return_ok(gsc_text_add(&text, "%04d", i));
    assert_int_equal(text.length, 20000);
    assert_int_equal(strlen(text.data), 20000);
    assert_true(text.capacity > text.length);
    for (int i = 0; i < 5000; i++) {
        char expected[16];
        snprintf(expected, sizeof expected, "%04d", i);
        assert_memory_equal(text.data + 4 * i, expected, 4);
    }
    gsc_text_free(&text);
}

static void
one_long_addition_is_kept_whole(void **state)
{
    (void)state;
    gsc_text text = {0};
    assert_return_ok(gsc_text_add(&text, "a"));
    assert_return_ok(gsc_text_add(&text, "%*d", 100000, 7));
    assert_int_equal(text.length, 100001);
    assert_int_equal(text.data[0], 'a');
    assert_int_equal(text.data[1], ' ');
    assert_string_equal(text.data + 100000, "7");
    gsc_text_free(&text);
}

static void
nothing_added_is_text_too(void **state)
{
    (void)state;
    gsc_text text = {0};
    assert_return_ok(gsc_text_add(&text, "%s", ""));
    assert_int_equal(text.length, 0);
    assert_string_equal(text.data, "");
    gsc_text_free(&text);
    assert_null(text.data);
    assert_int_equal(text.capacity, 0);
    gsc_text_free(&text); /* freed ones are fine */
    assert_return_ok(gsc_text_add(&text, "again"));
    assert_string_equal(text.data, "again");
    gsc_text_free(&text);
}

/* ---- JSON ---- */

static void
json_escapes_what_it_must(void **state)
{
    (void)state;
    gsc_text text = {0};
    assert_return_ok(gsc_text_add_json(&text, "a\"b\\c/\n\t\x01\x1f\x7f ü…"));
    assert_string_equal(text.data,
                        "\"a\\\"b\\\\c/\\u000a\\u0009\\u0001\\u001f\\u007f ü…\"");
    gsc_text_free(&text);
    assert_return_ok(gsc_text_add_json(&text, ""));
    assert_string_equal(text.data, "\"\"");
    gsc_text_free(&text);
}

static void
every_ascii_character_survives_json(void **state)
{
    (void)state;
    gsc_text text = {0};
    char all[128] = {0};
    for (int c = 1; c < 128; c++)
        all[c - 1] = (char)c;
    assert_return_ok(gsc_text_add_json(&text, all));
    json_t *value = json_loads(text.data, JSON_DECODE_ANY, NULL);
    assert_string_equal(json_string_value(value), all);
    json_decref(value);
    gsc_text_free(&text);
}

/* ---- Reals ---- */

/* The digits of a number's text without the zeros around them. */
static int
count_digits(const char *text)
{
    int count = 0, zeros = 0;
    for (const char *c = text; *c && *c != 'e'; c++) {
        if (*c == '0' && count > 0)
            zeros++;
        if (*c < '1' || *c > '9')
            continue;
        count += zeros + 1;
        zeros = 0;
    }
    return count;
}

/* How few digits read back, by trying. */
static int
fewest_digits(double value)
{
    for (int digits = 1; digits < 17; digits++) {
        char text[64];
        snprintf(text, sizeof text, "%.*e", digits - 1, value);
        if (strtod(text, NULL) == value)
            return digits;
    }
    return 17;
}

static void
check_round_trip(double value)
{
    char text[GSC_NUMBER_BYTES];
    double again = -1;
    memset(text, 'x', sizeof text);
    gsc_text_from_real(text, value);
    assert_non_null(memchr(text, '\0', sizeof text));
    assert_return_ok(gsc_text_to_real(text, &again));
    if (isnan(value))
        assert_string_equal(text, "nan");
    else if (memcmp(&again, &value, sizeof value) != 0)
        fail_msg("%a is written %s, read %a", value, text, again);
}

static void
every_bit_pattern_reads_back(void **state)
{
    (void)state;
    enum { SEED = 20260101, COUNT = 30000 };
    uint64_t stream = gsc_rng_stream("patterns");
    print_message("seed %d\n", SEED);
    for (uint64_t i = 0; i < COUNT; i++) {
        uint64_t bits = gsc_rng_bits(SEED, stream, i);
        if (i % 4 == 0)
            bits &= 0x800fffffffffffff; /* a denormal */
        if (i % 4 == 1)
            bits |= 0x7ff0000000000000; /* a nan */
        double value;
        memcpy(&value, &bits, sizeof value);
        check_round_trip(value);
    }
}

static void
extreme_reals_read_back(void **state)
{
    (void)state;
    const double values[] = {0.0,       -0.0,
                             0x1p-1074, -0x1p-1074,
                             DBL_MIN,   DBL_MAX,
                             -DBL_MAX,  INFINITY,
                             -INFINITY, (double)NAN,
                             0x1p53,    1 / 3.0,
                             0.1,       0x1p-1022 - 0x1p-1074};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        check_round_trip(values[i]);
}

static void
known_reals_have_their_shortest_text(void **state)
{
    (void)state;
    const struct {
        double value;
        const char *text;
    } cases[] = {
        {0.98, "0.98"},
        {1e-8, "1e-08"},
        {0.1, "0.1"},
        {1, "1"},
        {-2.5, "-2.5"},
        {0, "0"},
        {113, "113"},
        {1e300, "1e+300"},
        {0.1 + 0.2, "0.30000000000000004"},
        {5e-324, "5e-324"},
        {INFINITY, "inf"},
        {-INFINITY, "-inf"},
        {1e23, "1e+23"},
        {(double)NAN, "nan"},
        {-(double)NAN, "nan"},
        {10, "10"},
        {300, "300"},
        {5000, "5000"},
        {1e5, "100000"},
        {-1e12, "-1000000000000"},
        {1024.5, "1024.5"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[GSC_NUMBER_BYTES];
        gsc_text_from_real(text, cases[i].value);
        assert_string_equal(text, cases[i].text);
    }
}

static void
no_fewer_digits_read_back(void **state)
{
    (void)state;
    enum { SEED = 7, COUNT = 3000 };
    uint64_t stream = gsc_rng_stream("short");
    print_message("seed %d\n", SEED);
    for (uint64_t i = 0; i < COUNT; i++) {
        char text[GSC_NUMBER_BYTES];
        uint64_t bits = gsc_rng_bits(SEED, stream, i);
        double scale = pow(10, (double)(bits % 13) - 6);
        double value = (double)(int32_t)(bits >> 44) * scale;
        if (i % 3 == 0)
            value = gsc_rng_normal(SEED, stream + 1, i);
        gsc_text_from_real(text, value);
        assert_true(strtod(text, NULL) == value);
        if (value != 0 && count_digits(text) > fewest_digits(value))
            fail_msg("%.17g is written %s", value, text);
    }
}

/* ---- Numbers read to their end ---- */

static void
lists_of_reals_are_read_whole(void **state)
{
    (void)state;
    double values[3];
    size_t count = 9;
    assert_return_ok(gsc_text_to_reals("", values, 3, &count));
    assert_int_equal(count, 0);
    assert_return_ok(gsc_text_to_reals("1,-2.5e1,inf", values, 3, &count));
    assert_int_equal(count, 3);
    assert_true(values[0] == 1 && values[1] == -25 && values[2] == INFINITY);
    const char *const bad[] = {",", "1,,2", "1;2", "1 2", "a", "1,nan", "1,2x"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_fails(gsc_text_to_reals(bad[i], values, 3, &count), GSC_EARGUMENT,
                     "is no list of numbers with commas between");
    assert_fails(gsc_text_to_reals("1,2,3,4", values, 3, &count), GSC_EARGUMENT,
                 "'1,2,3,4' has more than 3 numbers");
}

static void
reals_are_read_to_their_end(void **state)
{
    (void)state;
    double value = 5;
    assert_return_ok(gsc_text_to_real("-1.5e3", &value));
    assert_true(value == -1500);
    assert_return_ok(gsc_text_to_real("1e-320", &value)); /* a denormal is a number */
    assert_true(value == 1e-320);
    const char *const bad[] = {"", " ", "x", "1x", "1 ", "1.5.2", "1,5", "--1", "e5"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char message[64];
        snprintf(message, sizeof message, "'%s' is not a number", bad[i]);
        assert_int_equal(gsc_text_to_real(bad[i], &value), GSC_EARGUMENT);
        assert_string_equal(gsc_error_text(), message);
    }
    assert_fails(gsc_text_to_real("1e400", &value), GSC_EARGUMENT,
                 "'1e400' is too large for a number");
    assert_fails(gsc_text_to_real("-1e400", &value), GSC_EARGUMENT,
                 "'-1e400' is too large for a number");
    assert_true(value == 1e-320); /* untouched */
}

static void
integers_are_read_to_their_end(void **state)
{
    (void)state;
    int64_t value = 5;
    assert_return_ok(gsc_text_to_integer("9223372036854775807", &value));
    assert_true(value == INT64_MAX);
    assert_return_ok(gsc_text_to_integer("-9223372036854775808", &value));
    assert_true(value == INT64_MIN);
    assert_return_ok(gsc_text_to_integer("010", &value)); /* ten, not octal */
    assert_int_equal(value, 10);
    const char *const bad[] = {"", "-", "x", "1x", "1 ", "1.0", "1e3", "0x10"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char message[64];
        snprintf(message, sizeof message, "'%s' is not a whole number", bad[i]);
        assert_int_equal(gsc_text_to_integer(bad[i], &value), GSC_EARGUMENT);
        assert_string_equal(gsc_error_text(), message);
    }
    assert_fails(gsc_text_to_integer("9223372036854775808", &value), GSC_EARGUMENT,
                 "'9223372036854775808' is too large for a whole number");
    assert_fails(gsc_text_to_integer("-9223372036854775809", &value), GSC_EARGUMENT,
                 "is too large for a whole number");
    assert_int_equal(value, 10);
}

/* ---- Whole files ---- */

static void
write_file(const char *data, size_t length)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

static void
a_file_is_read_whole(void **state)
{
    (void)state;
    static char data[20000], *read;
    size_t length;
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (char)(i % 251);
    const size_t lengths[] = {0, 1, 4095, 4096, 4097, 8192, 8193, sizeof data};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        write_file(data, lengths[i]);
        length = SIZE_MAX;
        assert_return_ok(gsc_text_read_file(path, lengths[i], &read, &length));
        assert_int_equal(length, lengths[i]);
        if (length > 0)
            assert_memory_equal(read, data, length);
        assert_int_equal(read[length], '\0');
        free(read);
    }
}

static void
a_file_longer_than_asked_for_is_refused(void **state)
{
    (void)state;
    char *read = path, message[128];
    size_t length;
    write_file("twelve bytes", 12);
    snprintf(message, sizeof message, "%s: has 12 bytes, expected at most 11", path);
    assert_int_equal(gsc_text_read_file(path, 11, &read, &length), GSC_EFORMAT);
    assert_string_equal(gsc_error_text(), message);
    assert_null(read);
}

static void
a_missing_file_and_a_folder_are_refused_by_name(void **state)
{
    (void)state;
    char *read = path, message[128];
    size_t length;
    unlink(path);
    snprintf(message, sizeof message, "%s: No such file or directory", path);
    assert_int_equal(gsc_text_read_file(path, 100, &read, &length), GSC_EFORMAT);
    assert_string_equal(gsc_error_text(), message);
    assert_null(read);
    snprintf(message, sizeof message, "%s: is a folder, expected a file", folder);
    assert_int_equal(gsc_text_read_file(folder, 100, &read, &length), GSC_EFORMAT);
    assert_string_equal(gsc_error_text(), message);
    assert_null(read);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_ends_with_its_last_letters_and_with_itself),
        cmocka_unit_test(text_grows_as_it_is_added_to),
        cmocka_unit_test(one_long_addition_is_kept_whole),
        cmocka_unit_test(nothing_added_is_text_too),
        cmocka_unit_test(json_escapes_what_it_must),
        cmocka_unit_test(every_ascii_character_survives_json),
        cmocka_unit_test(every_bit_pattern_reads_back),
        cmocka_unit_test(extreme_reals_read_back),
        cmocka_unit_test(known_reals_have_their_shortest_text),
        cmocka_unit_test(no_fewer_digits_read_back),
        cmocka_unit_test(lists_of_reals_are_read_whole),
        cmocka_unit_test(reals_are_read_to_their_end),
        cmocka_unit_test(integers_are_read_to_their_end),
        cmocka_unit_test(a_file_is_read_whole),
        cmocka_unit_test(a_file_longer_than_asked_for_is_refused),
        cmocka_unit_test(a_missing_file_and_a_folder_are_refused_by_name),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
