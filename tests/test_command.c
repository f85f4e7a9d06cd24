/* Command lines as a shell reads them, and the one that trains a run again. */
#include "grokscope/config.h"

#include "analyze/tool/command.h"
#include "folder_fixture.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>

static void
expect_word(const char *word, const char *expected)
{
    gsc_text text = {0};
    assert_return_ok(gsc_command_add_word(word, &text));
    assert_string_equal(text.data, expected);
    gsc_text_free(&text);
}

static void
a_plain_word_stands_as_it_is(void **state)
{
    (void)state;
    expect_word("checkpoints/lr=0.001@12", " checkpoints/lr=0.001@12");
    expect_word("log:2,90%", " log:2,90%");
}

static void
what_a_shell_would_take_apart_is_quoted(void **state)
{
    (void)state;
    expect_word("", " ''");
    expect_word("a b", " 'a b'");
    expect_word("it's", " 'it'\\''s'");
    expect_word("loss < 1e-3", " 'loss < 1e-3'");
}

/* The bytes from `first` to `last`. */
static void
expect_back(const char *shell, int first, int last)
{
    char word[256] = "", back[sizeof word] = "", command[sizeof path + 8];
    gsc_text text = {0};
    for (int byte = first; byte <= last; byte++)
        word[byte - first] = (char)byte;
    FILE *script = fopen(path, "w");
    assert_non_null(script);
    assert_return_ok(gsc_text_add(&text, "printf %%s"));
    assert_return_ok(gsc_command_add_word(word, &text));
    fputs(text.data, script);
    assert_int_equal(fclose(script), 0);
    snprintf(command, sizeof command, "%s %s", shell, path);
    FILE *answer = popen(command, "r");
    assert_non_null(answer);
    assert_int_equal(fread(back, 1, sizeof back - 1, answer), last - first + 1);
    assert_int_equal(pclose(answer), 0);
    assert_string_equal(back, word);
    gsc_text_free(&text);
}

static void
a_shell_reads_a_word_back(void **state)
{
    (void)state;
    expect_back("sh", ' ', '~');
}

/* Of every byte but NUL; $'...' is not of every shell. */
static void
bash_reads_back_what_a_terminal_would_not_show(void **state)
{
    (void)state;
    expect_word("a\x1b[2J'\\\n\xff", " $'a\\x1b[2J\\'\\\\\\n\\xff'");
    expect_back("bash", 1, 255);
}

static void
only_what_is_not_as_by_default_is_an_option(void **state)
{
    (void)state;
    gsc_config config;
    gsc_text json = {0}, text = {0};
    assert_return_ok(gsc_config_default(&config));
    assert_return_ok(gsc_config_set(&config, "p", "7"));
    snprintf(config.run.stop_when, sizeof config.run.stop_when, "loss.test_loss < 1");
    assert_return_ok(gsc_config_to_json(&config, &json));
    assert_return_ok(gsc_command_add_training(json.data, &text));
    assert_string_equal(text.data, "grokscope-train --p 7 --stop-when "
                                   "'loss.test_loss < 1' --out DIR");
    gsc_text_free(&json);
    gsc_text_free(&text);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_word_stands_as_it_is),
        cmocka_unit_test(what_a_shell_would_take_apart_is_quoted),
        IN_FOLDER(a_shell_reads_a_word_back),
        IN_FOLDER(bash_reads_back_what_a_terminal_would_not_show),
        cmocka_unit_test(only_what_is_not_as_by_default_is_an_option),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
