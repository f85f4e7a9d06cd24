/* A program's man page and its completion, from a table with a row of every type. */
#include "analyze/tool/completion.h"
#include "analyze/tool/manual.h"
#include "options_fixture.h"

static gsc_program
kiln_program(void)
{
    return (gsc_program){.name = "grokscope-kiln",
                         .synopsis = "FILE… [--maker-mark MARK]",
                         .purpose = "fire a well-made pot",
                         .examples = "  grokscope-kiln pot.h5 -n\n"
                                     "      .dots and \\slashes are read\n"
                                     "      as they are\n"
                                     "  grokscope-kiln a b\n"
                                     "      'two' pots\n"};
}

static void
assert_holds(const gsc_text *text, const char *lines)
{
    if (!strstr(text->data, lines))
        fail_msg("no\n%s\nin\n%s", lines, text->data);
}

static gsc_text
page(const gsc_program *program)
{
    fixture f;
    gsc_text text = {0};
    begin(&f);
    assert_return_ok(gsc_manual_add(program, f.sets, NUM_SETS, &text));
    return text;
}

static void
the_page_begins_with_what_the_program_is(void **state)
{
    (void)state;
    gsc_program program = kiln_program();
    gsc_text text = page(&program);
    assert_int_equal(strncmp(text.data, ".TH GROKSCOPE\\-KILN 1 ", 22), 0);
    assert_holds(&text, ".SH NAME\ngrokscope-kiln \\- fire a well\\-made pot\n");
    assert_holds(&text, ".SH SYNOPSIS\n\\fBgrokscope-kiln\\fR "
                        "\\fIFILE\\fR… [\\fB\\-\\-maker\\-mark\\fR \\fIMARK\\fR]\n");
    gsc_text_free(&text);
}

static void
what_the_build_joins_to_it_is_left_out(void **state)
{
    (void)state;
    gsc_program program = kiln_program();
    gsc_text text = page(&program);
    assert_null(strstr(text.data, ".SH DESCRIPTION"));
    gsc_text_free(&text);
}

static void
every_key_is_an_option_with_its_range_and_default(void **state)
{
    (void)state;
    gsc_program program = kiln_program();
    gsc_text text = page(&program);
    assert_holds(&text, ".SS Kiln options\n"
                        ".TP\n\\fB\\-\\-num\\-bricks\\fR \\fIN\\fR\n"
                        "Bricks in a wall. [1–5000, default 300]\n");
    assert_holds(&text, "Heat at noon. [\\-1.5–2, default 0.25]\n");
    assert_holds(&text, "What covers it. [none|\\:salt|\\:ash_white, default salt]\n");
    assert_holds(&text, "\\fB\\-\\-is\\-lit\\fR [yes|\\:no]\n");
    assert_holds(&text, "\\fB\\-n\\fR, \\fB\\-\\-dry\\-run\\fR\nDo nothing.\n");
    assert_holds(&text, ".SS Shelf options\n"
                        ".TP\n\\fB\\-H\\fR, \\fB\\-\\-height\\fR \\fIX\\fR\n");
    gsc_text_free(&text);
}

static void
lines_of_an_option_stay_lines(void **state)
{
    (void)state;
    static const gsc_option option = {.name = "cone",
                                      .type = GSC_OPTION_FLAG,
                                      .fallback = "no",
                                      .help = "Cone:\nsix: cold;\n.7: hot."};
    const gsc_options set = {"kiln", &option, 1, NULL};
    gsc_program program = kiln_program();
    gsc_text text = {0};
    assert_return_ok(gsc_manual_add(&program, &set, 1, &text));
    assert_holds(&text, "Cone:\n.br\nsix: cold;\n.br\n\\&.7: hot.\n");
    gsc_text_free(&text);
}

static void
options_of_a_kind_are_marked_in_the_completion(void **state)
{
    (void)state;
    static const gsc_option option = {.name = "cone", .type = GSC_OPTION_FLAG};
    const gsc_options sets[] = {{"task", &option, 1, NULL},
                                {"task parity", &option, 1, NULL},
                                {"architecture mlp", &option, 1, NULL}};
    gsc_program program = kiln_program();
    gsc_text text = {0};
    assert_return_ok(gsc_completion_add(&program, sets, 3, &text));
    assert_holds(&text, "='FILE\n--cone\n[task parity]\n--cone\n[]\n"
                        "[architecture mlp]\n--cone\n[]\n'\n");
    gsc_text_free(&text);
}

static void
examples_stay_what_they_are(void **state)
{
    (void)state;
    gsc_program program = kiln_program();
    gsc_text text = page(&program);
    assert_holds(&text, ".SH EXAMPLES\n"
                        ".TP\n.B grokscope\\-kiln pot.h5 \\-n\n"
                        "\\&.dots and \\eslashes are read\n"
                        "as they are\n"
                        ".TP\n.B grokscope\\-kiln a b\n"
                        "\\&'two' pots\n"
                        ".SH FILES\n");
    gsc_text_free(&text);
}

static void
a_program_that_takes_a_recipe_says_where_they_are(void **state)
{
    (void)state;
    gsc_program program = kiln_program();
    gsc_text without = page(&program);
    program.synopsis = "RECIPE";
    gsc_text with = page(&program);
    assert_null(strstr(without.data, "share/grokscope/recipes"));
    assert_holds(&with, "share/grokscope/recipes");
    gsc_text_free(&without);
    gsc_text_free(&with);
}

static void
the_completion_has_a_line_for_each_spelling(void **state)
{
    (void)state;
    fixture f;
    gsc_program program = kiln_program();
    gsc_text text = {0};
    begin(&f);
    assert_return_ok(gsc_completion_add(&program, f.sets, NUM_SETS, &text));
    assert_holds(&text, "_grokscope_options[grokscope-kiln]='FILE\n"
                        "--num-bricks N\n"
                        "--peak-heat X\n"
                        "--glaze none|salt|ash_white|\n"
                        "--is-lit yes|no|\n"
                        "--maker-mark MARK\n"
                        "-n\n"
                        "--dry-run\n"
                        "-H X\n"
                        "--height X\n"
                        "'\n");
    gsc_text_free(&text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_page_begins_with_what_the_program_is),
        cmocka_unit_test(what_the_build_joins_to_it_is_left_out),
        cmocka_unit_test(every_key_is_an_option_with_its_range_and_default),
        cmocka_unit_test(lines_of_an_option_stay_lines),
        cmocka_unit_test(options_of_a_kind_are_marked_in_the_completion),
        cmocka_unit_test(examples_stay_what_they_are),
        cmocka_unit_test(a_program_that_takes_a_recipe_says_where_they_are),
        cmocka_unit_test(the_completion_has_a_line_for_each_spelling),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
