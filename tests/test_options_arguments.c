/* The table of keys on a command line. */
#include "options_fixture.h"

#define READ(f, ...) read_words(f, (const char *[]){"program", __VA_ARGS__, NULL})

static int
read_words(fixture *f, const char *const *words)
{
    char *argv[MOST_WORDS + 1];
    int argc = 0;
    for (; words[argc]; argc++)
        argv[argc] = (char *)(uintptr_t)words[argc];
    return gsc_options_from_arguments(f->sets, NUM_SETS, argc, argv, f->positionals,
                                      &f->num_positionals);
}

static void
a_value_stands_behind_an_option_or_its_equals(void **state)
{
    (void)state;
    fixture f;
    begin(&f);
    assert_return_ok(READ(&f, "--num-bricks=4", "--peak_heat", "-1", "--glaze=none"));
    assert_int_equal(f.kiln.num_bricks, 4);
    assert_true(f.kiln.peak_heat == -1);
    assert_int_equal(f.kiln.glaze, 0);
    assert_int_equal(f.num_positionals, 0);
    assert_return_ok(READ(&f, "--maker-mark=a=b", "--is-lit", "no"));
    assert_string_equal(f.kiln.maker_mark, "a=b");
    assert_false(f.kiln.is_lit);
    assert_return_ok(READ(&f, "--maker-mark="));
    assert_string_equal(f.kiln.maker_mark, "");
}

static void
the_last_of_equal_options_counts(void **state)
{
    (void)state;
    fixture f;
    begin(&f);
    assert_return_ok(READ(&f, "--height=2", "-H", "3", "--height=4"));
    assert_true(f.shelf.height == 4);
}

static void
an_option_with_an_implied_value_takes_another_behind_equals_alone(void **state)
{
    (void)state;
    shelf values = {0};
    const gsc_option row = {"height", GSC_OPTION_REAL, 0,    "0", 0,    100,
                            NULL,     "of a shelf",    NULL, 0,   "30", NULL};
    const gsc_options keys = {"shelf", &row, 1, &values};
    char program[] = "program", bare[] = "--height", joined[] = "--height=40",
         word[] = "40";
    const char *positionals[3];
    size_t num_positionals;
    char *argv[] = {program, bare, word};
    assert_return_ok(
        gsc_options_from_arguments(&keys, 1, 3, argv, positionals, &num_positionals));
    assert_true(values.height == 30);
    assert_int_equal(num_positionals, 1);
    argv[1] = joined;
    assert_return_ok(
        gsc_options_from_arguments(&keys, 1, 2, argv, positionals, &num_positionals));
    assert_true(values.height == 40);
}

static void
an_option_of_yes_or_no_stands_alone_for_yes(void **state)
{
    (void)state;
    fixture f;
    const char *const before[][4] = {{"--is-lit", NULL},
                                     {"--is-lit", "--dry-run", NULL},
                                     {"--is-lit", "path", NULL},
                                     {"--is-lit", "--", "no", NULL}};
    for (size_t i = 0; i < sizeof before / sizeof *before; i++) {
        const char *words[6] = {"program"};
        memcpy(words + 1, before[i], sizeof before[i]);
        begin(&f);
        f.kiln.is_lit = false;
        assert_return_ok(read_words(&f, words));
        assert_true(f.kiln.is_lit);
        assert_int_equal(f.kiln.dry_run, i == 1);
        assert_int_equal(f.num_positionals, i >= 2);
    }
    begin(&f);
    assert_return_ok(READ(&f, "--is-lit", "no", "path"));
    assert_false(f.kiln.is_lit);
    assert_string_equal(f.positionals[0], "path");
    assert_refused(READ(&f, "--is-lit=path"), "is_lit: 'path' is neither yes nor no");
    assert_refused(READ(&f, "--is-lit="), "is_lit: '' is neither yes nor no");
}

static void
a_scan_sees_the_words_that_the_reading_sees(void **state)
{
    (void)state;
    fixture f;
    char *argv[] = {(char[]){"program"},  (char[]){"--is-lit"}, (char[]){"path"},
                    (char[]){"--is-lit"}, (char[]){"no"},       (char[]){"-H"},
                    (char[]){"2"}};
    const char *const wanted[] = {"is_lit"};
    const char *words[7], *found;
    size_t count;
    begin(&f);
    gsc_options_scan(f.sets, NUM_SETS, 7, argv, words, &count, wanted, &found, 1);
    assert_int_equal(count, 1);
    assert_string_equal(words[0], "path");
    assert_string_equal(found, "no");
    gsc_options_scan(f.sets, NUM_SETS, 3, argv, words, &count, wanted, &found, 1);
    assert_int_equal(count, 1);
    assert_string_equal(found, "");
}

static void
a_letter_takes_its_value_with_or_without_a_blank(void **state)
{
    (void)state;
    fixture f;
    begin(&f);
    assert_return_ok(READ(&f, "-H", "2.5"));
    assert_true(f.shelf.height == 2.5);
    assert_return_ok(READ(&f, "-H7"));
    assert_true(f.shelf.height == 7);
    assert_refused(READ(&f, "-Hx"), "height: 'x' is not a number");
    assert_refused(READ(&f, "-H"), "-H needs a value");
}

static void
a_flag_takes_no_value(void **state)
{
    (void)state;
    fixture f;
    begin(&f);
    assert_return_ok(READ(&f, "-n", "word"));
    assert_true(f.kiln.dry_run);
    assert_int_equal(f.num_positionals, 1);
    begin(&f);
    assert_return_ok(READ(&f, "--dry-run", "word"));
    assert_true(f.kiln.dry_run);
    assert_int_equal(f.num_positionals, 1);
    assert_refused(READ(&f, "--dry-run=yes"), "--dry-run takes no value");
}

static void
what_is_no_option_is_positional(void **state)
{
    (void)state;
    fixture f;
    begin(&f);
    assert_return_ok(READ(&f, "one", "-H", "2", "-", "--dry-run", "", "two"));
    assert_int_equal(f.num_positionals, 4);
    assert_string_equal(f.positionals[0], "one");
    assert_string_equal(f.positionals[1], "-");
    assert_string_equal(f.positionals[2], "");
    assert_string_equal(f.positionals[3], "two");
}

static void
two_dashes_end_the_options(void **state)
{
    (void)state;
    fixture f;
    begin(&f);
    assert_return_ok(READ(&f, "-H2", "--", "--dry-run", "-n", "--"));
    assert_false(f.kiln.dry_run);
    assert_int_equal(f.num_positionals, 3);
    assert_string_equal(f.positionals[0], "--dry-run");
    assert_string_equal(f.positionals[1], "-n");
    assert_string_equal(f.positionals[2], "--");
}

static void
no_words_are_no_mistake(void **state)
{
    (void)state;
    fixture f;
    begin(&f);
    const char *const alone[] = {"program", NULL};
    assert_return_ok(read_words(&f, alone));
    assert_int_equal(f.num_positionals, 0);
    assert_return_ok(read_words(&f, alone + 1)); /* not even a name */
    assert_int_equal(f.num_positionals, 0);
}

static void
an_option_without_its_value_is_refused(void **state)
{
    (void)state;
    fixture f;
    begin(&f);
    assert_refused(READ(&f, "--num-bricks"), "--num-bricks needs a value");
    assert_refused(READ(&f, "one", "--glaze"), "--glaze needs a value");
    assert_refused(READ(&f, "--num-bricks=0"), "num_bricks: 0 is outside 1 … 5000");
    assert_refused(READ(&f, "--num-bricks="), "num_bricks: '' is not a whole number");
}

static void
an_unknown_option_is_refused_with_the_nearest(void **state)
{
    (void)state;
    fixture f;
    begin(&f);
    assert_refused(READ(&f, "--num-brick=4"),
                   "no option '--num-brick'; did you mean '--num-bricks'?");
    assert_refused(READ(&f, "--peek_heat", "4"),
                   "no option '--peek_heat'; did you mean '--peak-heat'?");
    assert_refused(READ(&f, "--colour-of-it"), "no option '--colour-of-it'");
    assert_refused(READ(&f, "-q"), "no option '-q'");
    const char *longest =
        "--aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa="
        "1";
    assert_fails(READ(&f, longest), GSC_EARGUMENT, "no option '--aaaaaaaa");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_stands_behind_an_option_or_its_equals),
        cmocka_unit_test(the_last_of_equal_options_counts),
        cmocka_unit_test(
            an_option_with_an_implied_value_takes_another_behind_equals_alone),
        cmocka_unit_test(an_option_of_yes_or_no_stands_alone_for_yes),
        cmocka_unit_test(a_scan_sees_the_words_that_the_reading_sees),
        cmocka_unit_test(a_letter_takes_its_value_with_or_without_a_blank),
        cmocka_unit_test(a_flag_takes_no_value),
        cmocka_unit_test(what_is_no_option_is_positional),
        cmocka_unit_test(two_dashes_end_the_options),
        cmocka_unit_test(no_words_are_no_mistake),
        cmocka_unit_test(an_option_without_its_value_is_refused),
        cmocka_unit_test(an_unknown_option_is_refused_with_the_nearest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
