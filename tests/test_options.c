/* The table of keys: defaults, values from text and back, help. */
#include "options_fixture.h"

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
    const gsc_option row = GSC_ROW_REAL(shelf, height, "7", 0, 1, "");
    const gsc_options keys = {"shelf", &row, 1, &values};
    assert_refused(gsc_options_default(&keys, 1), "height: 7 is outside 0 … 1");
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
    const char expected[GSC_OPTION_TEXT_BYTES] = "b";
    assert_memory_equal(f.kiln.maker_mark, expected, sizeof expected);
}

static void
text_that_does_not_fit_is_refused(void **state)
{
    (void)state;
    fixture f;
    begin(&f);
    char text[GSC_OPTION_TEXT_BYTES + 1] = {0};
    memset(text, 'x', GSC_OPTION_TEXT_BYTES - 1);
    assert_return_ok(set(&f, "maker_mark", text));
    assert_string_equal(f.kiln.maker_mark, text);
    text[GSC_OPTION_TEXT_BYTES - 1] = 'x';
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
    assert_ptr_equal(gsc_options_find(f.sets, NUM_SETS, "peak-heat", NULL),
                     &kiln_rows[1]);
}

static void
a_key_is_found_with_its_value_in_any_set(void **state)
{
    (void)state;
    fixture f;
    begin(&f);
    void *value = NULL;
    assert_ptr_equal(gsc_options_find(f.sets, NUM_SETS, "height", &value),
                     &shelf_rows[0]);
    assert_ptr_equal(value, &f.shelf.height);
    assert_null(gsc_options_find(f.sets, NUM_SETS, "heigh", &value));
    assert_null(gsc_options_find(f.sets, NUM_SETS, "heights", &value));
    assert_null(gsc_options_find(f.sets, 1, "height", &value));
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
    const gsc_option row = GSC_ROW_INTEGER(kiln, num_bricks, "1", 0, 0x1p53, "");
    const gsc_options keys = {"kiln", &row, 1, &values};
    assert_return_ok(gsc_options_set(&keys, 1, "num_bricks", "9007199254740992"));
    assert_int_equal(values.num_bricks, 9007199254740992);
    assert_fails(gsc_options_set(&keys, 1, "num_bricks", "9007199254740993"),
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
                   "no option 'peek_heat'; did you mean 'peak_heat'?");
    assert_refused(set(&f, "num-brick", "1"),
                   "no option 'num-brick'; did you mean 'num_bricks'?");
    assert_refused(set(&f, "heigth", "1"),
                   "no option 'heigth'; did you mean 'height'?");
    assert_refused(set(&f, "colour_of_it", "1"), "no option 'colour_of_it'");
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
        gsc_options_find(f.sets, NUM_SETS, kiln_rows[i].name, &value);
        assert_return_ok(gsc_options_add_value(&kiln_rows[i], value, &text));
        assert_string_equal(text.data, texts[i]);
        gsc_text_free(&text);
    }
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
        assert_return_ok(gsc_options_add_help(&f.sets[s], 80, &help));
    assert_string_equal(
        help.data,
        "      --num-bricks N          Bricks in a wall. [1–5000, default 300]\n"
        "      --peak-heat X           Heat at noon. [-1.5–2, default 0.25]\n"
        "      --glaze NAME            What covers it.\n"
        "                              [none|salt|ash_white, default salt]\n"
        "      --is-lit [yes|no]       Burn from the start. [default yes]\n"
        "      --maker-mark MARK       Stamp on the foot. [default leaf]\n"
        "  -n, --dry-run               Do nothing.\n"
        "  -H, --height X              Of a shelf. [at least 0, default 1e-8]\n");
    gsc_text_free(&help);
}

static void
help_of_a_long_name_begins_on_the_next_line(void **state)
{
    (void)state;
    shelf values;
    const gsc_option row = {"height_of_the_upper_shelves",
                            GSC_OPTION_REAL,
                            offsetof(shelf, height),
                            "",
                            0,
                            1,
                            NULL,
                            "Metres.",
                            "H",
                            0,
                            NULL,
                            NULL};
    const gsc_options keys = {"shelf", &row, 1, &values};
    gsc_text help = {0};
    assert_return_ok(gsc_options_add_help(&keys, 80, &help));
    assert_string_equal(help.data, "      --height-of-the-upper-shelves H\n"
                                   "                              Metres. [0–1]\n");
    gsc_text_free(&help);
}

static void
help_stands_below_its_term_where_the_screen_is_narrow(void **state)
{
    (void)state;
    gsc_text help = {0};
    assert_return_ok(
        gsc_options_add_line("  --heat X", "Heat at noon, in the shade.", 30, &help));
    assert_string_equal(help.data, "  --heat X\n"
                                   "        Heat at noon, in the\n"
                                   "        shade.\n");
    gsc_text_free(&help);
}

static void
help_is_broken_where_it_says_so_and_in_long_brackets(void **state)
{
    (void)state;
    gsc_text text = {0};
    assert_return_ok(gsc_options_add_wrapped("One rule.\nAnother.", 2, 40, &text));
    assert_string_equal(text.data, "One rule.\n  Another.\n");
    text.length = 0;
    assert_return_ok(gsc_options_add_wrapped(
        "A word. [first|second|third|fourth, default first] End.", 2, 30, &text));
    assert_string_equal(text.data, "A word. [first|second|\n"
                                   "  third|fourth, default\n"
                                   "  first] End.\n");
    gsc_text_free(&text);
}

/* ---- Names of the field ---- */

static void
what_the_field_calls_a_key_points_to_it(void **state)
{
    (void)state;
    static const struct {
        const char *theirs, *ours;
    } names[] = {{"lr", "learning_rate"}, {"wd", "weight_decay"},
                 {"modulus", "p"},        {"mod", "p"},
                 {"prime", "p"},          {"epochs", "steps"},
                 {"Layers", "n_layers"},  {"batch", "batch_size"},
                 {"lr-warmup", "warmup"}, {"optim", "optimizer"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const gsc_option rows[] = {{.name = "seed"}, {.name = names[i].ours}};
        const gsc_options keys = {"keys", rows, 2, NULL};
        assert_string_equal(gsc_options_nearest(&keys, 1, names[i].theirs),
                            names[i].ours);
    }
}

static void
what_the_field_calls_a_key_that_is_absent_points_nowhere(void **state)
{
    (void)state;
    const gsc_option rows[] = {{.name = "seed"}, {.name = "d_model"}};
    const gsc_options keys = {"keys", rows, 2, NULL};
    assert_null(gsc_options_nearest(&keys, 1, "lr"));
    assert_string_equal(gsc_options_nearest(&keys, 1, "hidden"), "d_model");
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
        cmocka_unit_test(help_holds_every_key_with_range_and_default),
        cmocka_unit_test(help_of_a_long_name_begins_on_the_next_line),
        cmocka_unit_test(help_stands_below_its_term_where_the_screen_is_narrow),
        cmocka_unit_test(help_is_broken_where_it_says_so_and_in_long_brackets),
        cmocka_unit_test(what_the_field_calls_a_key_points_to_it),
        cmocka_unit_test(what_the_field_calls_a_key_that_is_absent_points_nowhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
