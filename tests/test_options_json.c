/* The table of keys in JSON. */
#include "options_fixture.h"

static void
json_holds_every_section_in_the_order_of_the_table(void **state)
{
    (void)state;
    fixture f;
    begin(&f);
    gsc_text json = {0};
    assert_return_ok(set(&f, "glaze", "none"));
    assert_return_ok(set(&f, "maker_mark", "a \"b\" \\ c\n"));
    assert_return_ok(gsc_options_to_json(f.sets, NUM_SETS, &json));
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

/* As the options of a kind that has none. */
static void
a_set_without_options_leaves_no_comma(void **state)
{
    (void)state;
    const gsc_option row = GSC_ROW_BOOL(kiln, is_lit, "yes", "burn from the start");
    kiln k = {.is_lit = true};
    const gsc_options sets[] = {{"kiln", NULL, 0, &k},
                                {"kiln", &row, 1, &k},
                                {"kiln", NULL, 0, &k},
                                {NULL, NULL, 0, &k}};
    gsc_text json = {0};
    assert_return_ok(gsc_options_to_json(sets, 4, &json));
    assert_string_equal(json.data, "{\n"
                                   "  \"kiln\": {\n"
                                   "    \"is_lit\": true\n"
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
    assert_return_ok(gsc_options_to_json(f.sets, NUM_SETS, &json));
    assert_return_ok(gsc_options_from_json(again.sets, NUM_SETS, json.data));
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
    assert_return_ok(gsc_options_to_json(&f.sets[1], 1, &json));
    assert_string_equal(json.data, "{\n  \"height\": 1e-08\n}\n");
    assert_return_ok(gsc_options_from_json(&f.sets[1], 1, "{\"height\": 3}"));
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
    assert_return_ok(gsc_options_from_json(
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
        assert_fails(gsc_options_from_json(f.sets, NUM_SETS, cases[i].json),
                     GSC_EFORMAT, cases[i].words);
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
    char json[GSC_OPTION_TEXT_BYTES + 64], mark[GSC_OPTION_TEXT_BYTES + 1] = {0};
    memset(mark, 'x', GSC_OPTION_TEXT_BYTES);
    snprintf(json, sizeof json, "{\"kiln\": {\"maker_mark\": \"%s\"}}", mark);
    assert_fails(gsc_options_from_json(f.sets, NUM_SETS, json), GSC_EFORMAT,
                 "configuration: maker_mark ");
    assert_string_equal(f.kiln.maker_mark, "leaf");
}

/* U+FFFD in its place would be another text when it is read back. */
static void
text_that_is_no_utf8_is_not_written(void **state)
{
    (void)state;
    fixture f;
    gsc_text json = {0};
    begin(&f);
    assert_return_ok(set(&f, "maker_mark", "n\xe4her"));
    assert_fails(gsc_options_to_json(f.sets, NUM_SETS, &json), GSC_EARGUMENT,
                 "maker_mark: 'n\\xe4her' is no UTF-8");
    gsc_text_free(&json);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_holds_every_section_in_the_order_of_the_table),
        cmocka_unit_test(a_set_without_options_leaves_no_comma),
        cmocka_unit_test(values_survive_json),
        cmocka_unit_test(a_set_without_title_stands_at_the_top),
        cmocka_unit_test(
            what_json_does_not_name_stays_and_what_is_unknown_is_passed_over),
        cmocka_unit_test(json_that_does_not_fit_is_refused),
        cmocka_unit_test(text_too_long_for_its_key_is_refused_in_json),
        cmocka_unit_test(text_that_is_no_utf8_is_not_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
