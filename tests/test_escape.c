/* Text from outside as lines, cells and messages hold it. */
#include "grokscope/text.h"

#include "test.h"
#include "train/base/message.h"

#include <stdio.h>
#include <stdlib.h>

static void
expect_escaped(const char *string, const char *expected)
{
    gsc_text text = {0};
    assert_return_ok(gsc_text_add_escaped(&text, string));
    assert_string_equal(text.data, expected);
    gsc_text_free(&text);
}

static void
what_a_terminal_would_obey_is_escaped(void **state)
{
    (void)state;
    expect_escaped("", "");
    expect_escaped("blocks.0.mlp.W_in \"é\" 中 😀 '", "blocks.0.mlp.W_in \"é\" 中 😀 '");
    expect_escaped("a\tb\nc\rd\\", "a\\tb\\nc\\rd\\\\");
    expect_escaped("\x1b]0;title\x07\x7f", "\\x1b]0;title\\x07\\x7f");
    expect_escaped("\xc2\x9b"
                   "2J",
                   "\\xc2\\x9b2J"); /* C1 as a letter */
    expect_escaped("\x9b"
                   "2J",
                   "\\x9b2J"); /* and as a byte */
    expect_escaped("\xe2\x80\xae\xe2\x81\xa9", "\\xe2\\x80\\xae\\xe2\\x81\\xa9");
    expect_escaped("\xe2\x80\xa8\xd8\x9c", "\\xe2\\x80\\xa8\\xd8\\x9c");
    expect_escaped("\xc0\xaf\xed\xa0\x80\xf0\x9f",
                   "\\xc0\\xaf\\xed\\xa0\\x80\\xf0\\x9f");
}

/* Back by the rule that the header states. */
static void
unescape(const char *text, char *bytes)
{
    static const char names[] = "tnr\\", values[] = "\t\n\r\\";
    while (*text) {
        if (text[0] == '\\' && text[1] == 'x') {
            char digits[3] = {text[2], text[3], '\0'};
            *bytes++ = (char)strtol(digits, NULL, 16);
            text += 4;
        } else if (text[0] == '\\') {
            *bytes++ = values[strchr(names, text[1]) - names];
            text += 2;
        } else {
            *bytes++ = *text++;
        }
    }
    *bytes = '\0';
}

/* Of all words of two bytes, which may be letters, halves of letters or controls. */
static void
every_text_can_be_had_back(void **state)
{
    (void)state;
    for (int a = 1; a < 256; a++)
        for (int b = 0; b < 256; b++) {
            const char word[] = {(char)a, (char)b, '\0'};
            char back[sizeof word + 1] = "";
            gsc_text text = {0};
            assert_return_ok(gsc_text_add_cell(&text, word));
            unescape(text.data, back);
            assert_string_equal(back, word);
            assert_true(gsc_text_is_plain(text.data));
            assert_null(strpbrk(text.data, "\t\n\r\""));
            gsc_text_free(&text);
        }
}

static void
a_plain_text_needs_no_escape_but_of_backslashes(void **state)
{
    (void)state;
    assert_true(gsc_text_is_plain("a \\ \"é\""));
    assert_false(gsc_text_is_plain("a\tb"));
    assert_false(gsc_text_is_plain("\x9b"));
    assert_false(gsc_text_is_plain("\xe2\x80\xae"));
}

/* ---- Messages ---- */

static void
a_failure_can_be_printed(void **state)
{
    (void)state;
    gsc_fail(GSC_EFORMAT, "%s: no '%s'", "\x1b]0;t\x07.h5",
             "W\ngrokscope: all is well");
    assert_string_equal(gsc_error_text(),
                        "\\x1b]0;t\\x07.h5: no 'W\\ngrokscope: all is well'");
}

static void
a_message_made_of_messages_is_escaped_once(void **state)
{
    (void)state;
    gsc_fail(GSC_EFORMAT, "no '%s' in '%s'", "\x1b\t", "C:\\n");
    gsc_fail_in(GSC_EFORMAT, "a\x7f");
    gsc_fail(GSC_EFORMAT, "%s; %s", "b", gsc_error_text());
    assert_string_equal(gsc_error_text(), "b; a\\x7f: no '\\x1b\\t' in 'C:\\n'");
}

static void
lists_of_a_message_have_lines_of_their_own(void **state)
{
    (void)state;
    gsc_fail(GSC_EFORMAT, "not these:%s", "\n  W_E [2, 3]\n  W_U [3, 2]");
    assert_string_equal(gsc_error_text(), "not these:\n  W_E [2, 3]\n  W_U [3, 2]");
    gsc_fail(GSC_EFORMAT, "not these:%s", "\n W_E\nW_U");
    assert_string_equal(gsc_error_text(), "not these:\\n W_E\\nW_U");
}

/* At the end of what there is room for stands a whole letter, or a whole escape. */
static void
a_long_message_is_cut_between_letters(void **state)
{
    (void)state;
    static char name[2 * GSC_MESSAGE_BYTES];
    for (size_t shift = 0; shift < 4; shift++) {
        memset(name, 'x', shift);
        for (size_t i = shift; i + 3 < sizeof name; i += 3)
            memcpy(name + i, "→", 4);
        gsc_fail(GSC_EFORMAT, "%s", name);
        size_t length = strlen(gsc_error_text());
        assert_in_range(length, GSC_MESSAGE_BYTES - 4, GSC_MESSAGE_BYTES - 1);
        assert_memory_equal(gsc_error_text() + length - 3, "→", 3);
        memset(name + shift, '\x1b', sizeof name - shift - 1);
        gsc_fail(GSC_EFORMAT, "%s", name);
        length = strlen(gsc_error_text());
        assert_in_range(length, GSC_MESSAGE_BYTES - 5, GSC_MESSAGE_BYTES - 1);
        assert_string_equal(gsc_error_text() + length - 4, "\\x1b");
    }
}

static void
a_message_is_known_by_the_name_before_it(void **state)
{
    (void)state;
    gsc_fail(GSC_EFORMAT, "%s: not an HDF5 file", "a\x1b\\\n.h5");
    assert_string_equal(gsc_message_after(gsc_error_text(), "a\x1b\\\n.h5"),
                        "not an HDF5 file");
    assert_null(gsc_message_after(gsc_error_text(), "a\x1b"));
    assert_null(gsc_message_after(gsc_error_text(), "b"));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_terminal_would_obey_is_escaped),
        cmocka_unit_test(every_text_can_be_had_back),
        cmocka_unit_test(a_plain_text_needs_no_escape_but_of_backslashes),
        cmocka_unit_test(a_failure_can_be_printed),
        cmocka_unit_test(a_message_made_of_messages_is_escaped_once),
        cmocka_unit_test(lists_of_a_message_have_lines_of_their_own),
        cmocka_unit_test(a_long_message_is_cut_between_letters),
        cmocka_unit_test(a_message_is_known_by_the_name_before_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
