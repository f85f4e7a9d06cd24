/* The table of keys: defaults, values from text, JSON and the command line, help. */
#include "test.h"

#include "grokscope/keys.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- A table with a row of every type ---- */

typedef struct kiln {
    int64_t num_bricks, glaze;
    double peak_heat;
    bool is_lit, dry_run;
    char maker_mark[GSC_KEY_TEXT_BYTES];
} kiln;

typedef struct shelf {
    double height;
} shelf;

static const char *const glazes[] = {"none", "salt", "ash_white", NULL};

static const gsc_key kiln_rows[] = {
    GSC_ROW_INTEGER(kiln, num_bricks, "300", 1, 5000, "bricks in a wall"),
    GSC_ROW_REAL(kiln, peak_heat, "0.25", -1.5, 2, "heat at noon"),
    GSC_ROW_CHOICE(kiln, glaze, "salt", glazes, "what covers it"),
    GSC_ROW_BOOL(kiln, is_lit, "yes", "burn from the start"),
    GSC_ROW_TEXT(kiln, maker_mark, "leaf", "MARK", "stamp on the foot"),
    GSC_ROW_FLAG(kiln, dry_run, 'n', "do nothing"),
};

static const gsc_key shelf_rows[] = {
    {"height", GSC_KEY_REAL, offsetof(shelf, height), "1e-8", 0, 1e18, NULL,
     "of a shelf", NULL, 'H'},
};

enum { NUM_SETS = 2, MOST_WORDS = 8 };

typedef struct fixture {
    kiln kiln;
    shelf shelf;
    gsc_keys sets[NUM_SETS];
    const char *positionals[MOST_WORDS];
    size_t num_positionals;
} fixture;

/* Everything at its default. */
static void
begin(fixture *f)
{
    memset(f, 0x5a, sizeof *f);
    f->sets[0] =
        (gsc_keys){"kiln", kiln_rows, sizeof kiln_rows / sizeof *kiln_rows, &f->kiln};
    f->sets[1] = (gsc_keys){"shelf", shelf_rows, 1, &f->shelf};
    assert_return_ok(gsc_keys_default(f->sets, NUM_SETS));
}

static int
set(fixture *f, const char *name, const char *text)
{
    return gsc_keys_set(f->sets, NUM_SETS, name, text);
}

#define assert_refused(call, message)                     \
    do {                                                  \
        assert_int_equal((call), GSC_EARGUMENT);          \
        assert_string_equal(gsc_error_text(), (message)); \
    } while (0)

/* ---- Defaults and values from text ---- */

static void
defaults_are_those_of_the_rows(void **state)
{
    (void)state;
    fixture f;
    begin(&f);
    assert_int_equal(f.kiln.num_bricks, 300);
    assert_true(f.kiln.peak_heat == 0.25);
    assert_int_equal(f.kiln.glaze, 1);
    assert_true(f.kiln.is_lit);
    assert_false(f.kiln.dry_run);
    assert_string_equal(f.kiln.maker_mark, "leaf");
    assert_true(f.shelf.height == 1e-8);
}

static void
a_default_outside_its_range_is_refused(void **state)
{
    (void)state;
    shelf values;
    const gsc_key row = GSC_ROW_REAL(shelf, height, "7", 0, 1, "");
    const gsc_keys keys = {"shelf", &row, 1, &values};
    assert_refused(gsc_keys_default(&keys, 1), "height: 7 is outside 0 … 1");
}

static void
each_type_is_set_from_its_text(void **state)
{
    (void)state;
    fixture f;
    begin(&f);
    assert_return_ok(set(&f, "num_bricks", "77"));
    assert_return_ok(set(&f, "peak_heat", "-1.25e0"));
    assert_return_ok(set(&f, "glaze", "ash_white"));
    assert_return_ok(set(&f, "maker_mark", "a b = c"));
    assert_return_ok(set(&f, "height", "0.5"));
    assert_int_equal(f.kiln.num_bricks, 77);
    assert_true(f.kiln.peak_heat == -1.25);
    assert_int_equal(f.kiln.glaze, 2);
    assert_string_equal(f.kiln.maker_mark, "a b = c");
    assert_true(f.shelf.height == 0.5);
}

static void
four_words_are_yes_and_four_are_no(void **state)
{
    (void)state;
    const char *const yes[] = {"yes", "true", "on", "1"};
    const char *const no[] = {"no", "false", "off", "0"};
    fixture f;
    begin(&f);
    for (size_t i = 0; i < 4; i++) {
        assert_return_ok(set(&f, "is_lit", no[i]));
        assert_false(f.kiln.is_lit);
        assert_return_ok(set(&f, "is_lit", yes[i]));
        assert_true(f.kiln.is_lit);
    }
    assert_refused(set(&f, "is_lit", "Yes"), "is_lit: 'Yes' is neither yes nor no");
    assert_true(f.kiln.is_lit);
}

static void
text_leaves_nothing_of_longer_text_before_it(void **state)
{
    (void)state;
    fixture f;
    begin(&f);
    assert_return_ok(set(&f, "maker_mark", "a long mark"));
    assert_return_ok(set(&f, "maker_mark", "b"));
    const char expected[GSC_KEY_TEXT_BYTES] = "b";
    assert_memory_equal(f.kiln.maker_mark, expected, sizeof expected);
}

static void
text_that_does_not_fit_is_refused(void **state)
{
    (void)state;
    fixture f;
    begin(&f);
    char text[GSC_KEY_TEXT_BYTES + 1] = {0};
    memset(text, 'x', GSC_KEY_TEXT_BYTES - 1);
    assert_return_ok(set(&f, "maker_mark", text));
    assert_string_equal(f.kiln.maker_mark, text);
    text[GSC_KEY_TEXT_BYTES - 1] = 'x';
    assert_refused(set(&f, "maker_mark", text), "maker_mark: longer than 1023 bytes");
}

static void
a_dash_and_an_underscore_are_one_letter(void **state)
{
    (void)state;
    fixture f;
    begin(&f);
    assert_return_ok(set(&f, "num-bricks", "9"));
    assert_return_ok(set(&f, "glaze", "ash-white"));
    assert_int_equal(f.kiln.num_bricks, 9);
    assert_int_equal(f.kiln.glaze, 2);
    assert_ptr_equal(gsc_keys_find(f.sets, NUM_SETS, "peak-heat", NULL), &kiln_rows[1]);
}

static void
a_key_is_found_with_its_value_in_any_set(void **state)
{
    (void)state;
    fixture f;
    begin(&f);
    void *value = NULL;
    assert_ptr_equal(gsc_keys_find(f.sets, NUM_SETS, "height", &value), &shelf_rows[0]);
    assert_ptr_equal(value, &f.shelf.height);
    assert_null(gsc_keys_find(f.sets, NUM_SETS, "heigh", &value));
    assert_null(gsc_keys_find(f.sets, NUM_SETS, "heights", &value));
    assert_null(gsc_keys_find(f.sets, 1, "height", &value));
}

/* ---- Mistakes in names and values ---- */

static void
both_ends_of_a_range_are_inside(void **state)
{
    (void)state;
    fixture f;
    begin(&f);
    assert_return_ok(set(&f, "num_bricks", "1"));
    assert_return_ok(set(&f, "num_bricks", "5000"));
    assert_return_ok(set(&f, "peak_heat", "-1.5"));
    assert_return_ok(set(&f, "peak_heat", "2"));
    assert_refused(set(&f, "num_bricks", "0"), "num_bricks: 0 is outside 1 … 5000");
    assert_refused(set(&f, "num_bricks", "6000"),
                   "num_bricks: 6000 is outside 1 … 5000");
    assert_refused(set(&f, "peak_heat", "2.0000000000000004"),
                   "peak_heat: 2.0000000000000004 is outside -1.5 … 2");
    assert_refused(set(&f, "peak_heat", "nan"), "peak_heat: nan is outside -1.5 … 2");
    assert_refused(set(&f, "peak_heat", "-inf"), "peak_heat: -inf is outside -1.5 … 2");
    assert_int_equal(f.kiln.num_bricks, 5000);
    assert_true(f.kiln.peak_heat == 2);
}

static void
an_integer_above_a_range_that_doubles_barely_hold_is_refused(void **state)
{
    (void)state;
    kiln values;
    const gsc_key row = GSC_ROW_INTEGER(kiln, num_bricks, "1", 0, 0x1p53, "");
    const gsc_keys keys = {"kiln", &row, 1, &values};
    assert_return_ok(gsc_keys_set(&keys, 1, "num_bricks", "9007199254740992"));
    assert_int_equal(values.num_bricks, 9007199254740992);
    assert_fails(gsc_keys_set(&keys, 1, "num_bricks", "9007199254740993"),
                 GSC_EARGUMENT, "num_bricks: ");
    assert_int_equal(values.num_bricks, 9007199254740992);
}

static void
what_is_no_number_is_refused_with_its_key(void **state)
{
    (void)state;
    fixture f;
    begin(&f);
    assert_refused(set(&f, "num_bricks", "12x"),
                   "num_bricks: '12x' is not a whole number");
    assert_refused(set(&f, "num_bricks", "1.5"),
                   "num_bricks: '1.5' is not a whole number");
    assert_refused(set(&f, "num_bricks", ""), "num_bricks: '' is not a whole number");
    assert_refused(
        set(&f, "num_bricks", "99999999999999999999"),
        "num_bricks: '99999999999999999999' is too large for a whole number");
    assert_refused(set(&f, "peak_heat", "1,5"), "peak_heat: '1,5' is not a number");
    assert_int_equal(f.kiln.num_bricks, 300);
    assert_true(f.kiln.peak_heat == 0.25);
}

static void
an_unknown_key_is_refused_with_the_nearest(void **state)
{
    (void)state;
    fixture f;
    begin(&f);
    assert_refused(set(&f, "peek_heat", "1"),
                   "no key 'peek_heat'; did you mean 'peak_heat'?");
    assert_refused(set(&f, "num-brick", "1"),
                   "no key 'num-brick'; did you mean 'num_bricks'?");
    assert_refused(set(&f, "heigth", "1"), "no key 'heigth'; did you mean 'height'?");
    assert_refused(set(&f, "colour_of_it", "1"), "no key 'colour_of_it'");
}

static void
an_unknown_choice_is_refused_with_what_there_is(void **state)
{
    (void)state;
    fixture f;
    begin(&f);
    assert_refused(set(&f, "glaze", "sal"), "glaze: no 'sal'; did you mean 'salt'?");
    assert_refused(set(&f, "glaze", "celadon"),
                   "glaze: no 'celadon'; it is one of 'none', 'salt', 'ash_white'");
    assert_int_equal(f.kiln.glaze, 1);
}

static void
a_value_is_written_as_it_is_read(void **state)
{
    (void)state;
    const char *const texts[] = {"4999", "-0.3",        "ash_white",
                                 "no",   "a \"b\" # c", "yes"};
    fixture f;
    begin(&f);
    for (size_t i = 0; i < f.sets[0].num_rows; i++) {
        void *value;
        gsc_text text = {0};
        assert_return_ok(set(&f, kiln_rows[i].name, texts[i]));
        gsc_keys_find(f.sets, NUM_SETS, kiln_rows[i].name, &value);
        assert_return_ok(gsc_keys_add_value(&kiln_rows[i], value, &text));
        assert_string_equal(text.data, texts[i]);
        gsc_text_free(&text);
    }
}

/* ---- JSON ---- */

static void
json_holds_every_section_in_the_order_of_the_table(void **state)
{
    (void)state;
    fixture f;
    begin(&f);
    gsc_text json = {0};
    assert_return_ok(set(&f, "glaze", "none"));
    assert_return_ok(set(&f, "maker_mark", "a \"b\" \\ c\n"));
    assert_return_ok(gsc_keys_to_json(f.sets, NUM_SETS, &json));
    assert_string_equal(json.data,
                        "{\n"
                        "  \"kiln\": {\n"
                        "    \"num_bricks\": 300,\n"
                        "    \"peak_heat\": 0.25,\n"
                        "    \"glaze\": null,\n"
                        "    \"is_lit\": true,\n"
                        "    \"maker_mark\": \"a \\\"b\\\" \\\\ c\\u000a\",\n"
                        "    \"dry_run\": false\n"
                        "  },\n"
                        "  \"shelf\": {\n"
                        "    \"height\": 1e-08\n"
                        "  }\n"
                        "}\n");
    gsc_text_free(&json);
}

static void
values_survive_json(void **state)
{
    (void)state;
    fixture f, again;
    begin(&f);
    begin(&again);
    gsc_text json = {0};
    assert_return_ok(set(&f, "glaze", "none"));
    assert_return_ok(set(&f, "num_bricks", "1"));
    assert_return_ok(set(&f, "peak_heat", "0.1"));
    assert_return_ok(set(&f, "is_lit", "no"));
    assert_return_ok(set(&f, "dry_run", "yes"));
    assert_return_ok(set(&f, "maker_mark", "\"ü\\\t"));
    assert_return_ok(set(&f, "height", "123456789.125"));
    assert_return_ok(gsc_keys_to_json(f.sets, NUM_SETS, &json));
    assert_return_ok(gsc_keys_from_json(again.sets, NUM_SETS, json.data));
    assert_int_equal(again.kiln.glaze, 0);
    assert_int_equal(again.kiln.num_bricks, 1);
    assert_true(again.kiln.peak_heat == 0.1);
    assert_false(again.kiln.is_lit);
    assert_true(again.kiln.dry_run);
    assert_string_equal(again.kiln.maker_mark, "\"ü\\\t");
    assert_true(again.shelf.height == 123456789.125);
    gsc_text_free(&json);
}

static void
a_set_without_title_stands_at_the_top(void **state)
{
    (void)state;
    fixture f;
    begin(&f);
    f.sets[1].title = NULL;
    gsc_text json = {0};
    assert_return_ok(gsc_keys_to_json(&f.sets[1], 1, &json));
    assert_string_equal(json.data, "{\n  \"height\": 1e-08\n}\n");
    assert_return_ok(gsc_keys_from_json(&f.sets[1], 1, "{\"height\": 3}"));
    assert_true(f.shelf.height == 3);
    gsc_text_free(&json);
}

static void
what_json_does_not_name_stays_and_what_is_unknown_is_passed_over(void **state)
{
    (void)state;
    fixture f;
    begin(&f);
    assert_return_ok(set(&f, "maker_mark", "kept"));
    assert_return_ok(gsc_keys_from_json(
        f.sets, NUM_SETS,
        "{\"roof\": [1], \"kiln\": {\"num_bricks\": 5, \"doors\": {\"n\": 2}}}"));
    assert_int_equal(f.kiln.num_bricks, 5);
    assert_string_equal(f.kiln.maker_mark, "kept");
    assert_true(f.shelf.height == 1e-8);
}

static void
json_that_does_not_fit_is_refused(void **state)
{
    (void)state;
    const struct {
        const char *json, *words;
    } cases[] = {
        {"{\"kiln\": {\"num_bricks\": [1]}}",
         "configuration: num_bricks is no single value"},
        {"{\"kiln\": {\"num_bricks\": 6001}}", "configuration: num_bricks: 6001 is"},
        {"{\"kiln\": {\"num_bricks\": 1.5}}",
         "configuration: num_bricks: '1.5' is not a whole number"},
        {"{\"kiln\": {\"num_bricks\": null}}",
         "configuration: num_bricks: 'none' is not a whole number"},
        {"{\"kiln\": {\"glaze\": \"sal\"}}",
         "configuration: glaze: no 'sal'; did you mean 'salt'?"},
        {"{\"kiln\": {\"is_lit\": \"maybe\"}}",
         "configuration: is_lit: 'maybe' is neither yes nor no"},
        {"{\"kiln\": 5}", "configuration: kiln is no object"},
        {"[1]", "not a JSON object"},
        {"{\n\"kiln\"", "configuration: line 2: "},
        {"{\"kiln\": {}, \"kiln\": {}}", "duplicate"},
        {"", "configuration: line 1: "},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fixture f;
        begin(&f);
        assert_fails(gsc_keys_from_json(f.sets, NUM_SETS, cases[i].json), GSC_EFORMAT,
                     cases[i].words);
        assert_null(strstr(gsc_error_text(), "line -1"));
        assert_int_equal(f.kiln.num_bricks, 300);
    }
}

static void
text_too_long_for_its_key_is_refused_in_json(void **state)
{
    (void)state;
    fixture f;
    begin(&f);
    char json[GSC_KEY_TEXT_BYTES + 64], mark[GSC_KEY_TEXT_BYTES + 1] = {0};
    memset(mark, 'x', GSC_KEY_TEXT_BYTES);
    snprintf(json, sizeof json, "{\"kiln\": {\"maker_mark\": \"%s\"}}", mark);
    assert_fails(gsc_keys_from_json(f.sets, NUM_SETS, json), GSC_EFORMAT,
                 "configuration: maker_mark ");
    assert_string_equal(f.kiln.maker_mark, "leaf");
}

/* ---- The command line ---- */

#define READ(f, ...) read_words(f, (const char *[]){"program", __VA_ARGS__, NULL})

static int
read_words(fixture *f, const char *const *words)
{
    char *argv[MOST_WORDS + 1];
    int argc = 0;
    for (; words[argc]; argc++)
        argv[argc] = (char *)(uintptr_t)words[argc];
    return gsc_keys_from_arguments(f->sets, NUM_SETS, argc, argv, f->positionals,
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

/* ---- Help ---- */

static void
help_holds_every_key_with_range_and_default(void **state)
{
    (void)state;
    fixture f;
    begin(&f);
    gsc_text help = {0};
    for (size_t s = 0; s < NUM_SETS; s++)
        assert_return_ok(gsc_keys_add_help(&f.sets[s], &help));
    assert_string_equal(
        help.data, "      --num-bricks N            bricks in a wall, 1 … 5000 [300]\n"
                   "      --peak-heat X             heat at noon, -1.5 … 2 [0.25]\n"
                   "      --glaze NAME              what covers it: none, salt, "
                   "ash_white [salt]\n"
                   "      --is-lit yes|no           burn from the start [yes]\n"
                   "      --maker-mark MARK         stamp on the foot [leaf]\n"
                   "  -n, --dry-run                 do nothing\n"
                   "  -H, --height X                of a shelf, at least 0 [1e-8]\n");
    gsc_text_free(&help);
}

static void
help_of_a_long_name_begins_on_the_next_line(void **state)
{
    (void)state;
    shelf values;
    const gsc_key row = {"height_of_the_upper_shelves",
                         GSC_KEY_REAL,
                         offsetof(shelf, height),
                         "",
                         0,
                         1,
                         NULL,
                         "metres",
                         "H",
                         0};
    const gsc_keys keys = {"shelf", &row, 1, &values};
    gsc_text help = {0};
    assert_return_ok(gsc_keys_add_help(&keys, &help));
    assert_string_equal(help.data, "      --height-of-the-upper-shelves H\n"
                                   "                                metres, 0 … 1\n");
    gsc_text_free(&help);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_those_of_the_rows),
        cmocka_unit_test(a_default_outside_its_range_is_refused),
        cmocka_unit_test(each_type_is_set_from_its_text),
        cmocka_unit_test(four_words_are_yes_and_four_are_no),
        cmocka_unit_test(text_leaves_nothing_of_longer_text_before_it),
        cmocka_unit_test(text_that_does_not_fit_is_refused),
        cmocka_unit_test(a_dash_and_an_underscore_are_one_letter),
        cmocka_unit_test(a_key_is_found_with_its_value_in_any_set),
        cmocka_unit_test(both_ends_of_a_range_are_inside),
        cmocka_unit_test(an_integer_above_a_range_that_doubles_barely_hold_is_refused),
        cmocka_unit_test(what_is_no_number_is_refused_with_its_key),
        cmocka_unit_test(an_unknown_key_is_refused_with_the_nearest),
        cmocka_unit_test(an_unknown_choice_is_refused_with_what_there_is),
        cmocka_unit_test(a_value_is_written_as_it_is_read),
        cmocka_unit_test(json_holds_every_section_in_the_order_of_the_table),
        cmocka_unit_test(values_survive_json),
        cmocka_unit_test(a_set_without_title_stands_at_the_top),
        cmocka_unit_test(
            what_json_does_not_name_stays_and_what_is_unknown_is_passed_over),
        cmocka_unit_test(json_that_does_not_fit_is_refused),
        cmocka_unit_test(text_too_long_for_its_key_is_refused_in_json),
        cmocka_unit_test(a_value_stands_behind_an_option_or_its_equals),
        cmocka_unit_test(the_last_of_equal_options_counts),
        cmocka_unit_test(a_letter_takes_its_value_with_or_without_a_blank),
        cmocka_unit_test(a_flag_takes_no_value),
        cmocka_unit_test(what_is_no_option_is_positional),
        cmocka_unit_test(two_dashes_end_the_options),
        cmocka_unit_test(no_words_are_no_mistake),
        cmocka_unit_test(an_option_without_its_value_is_refused),
        cmocka_unit_test(an_unknown_option_is_refused_with_the_nearest),
        cmocka_unit_test(help_holds_every_key_with_range_and_default),
        cmocka_unit_test(help_of_a_long_name_begins_on_the_next_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
