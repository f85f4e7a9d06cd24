/* The next character of a text: symbols, windows, the stream, models that count. */
#include "folder_fixture.h"
#include "tasks_fixture.h"

#include "train/base/file.h"
#include "train/data/symbols.h"
#include "train/task/characters.h"
#include "train/task/sequence.h"

#include <math.h>
#include <stdlib.h>

static void
write_file(const char *name, const char *text, size_t length)
{
    assert_return_ok(gsc_file_write(name, text, length));
}

static uint16_t
token(const made *m, const char *field, size_t example, size_t at)
{
    return (uint16_t)gsc_field_element(gsc_dataset_find(&m->dataset, field), example,
                                       at);
}

/* ---- Symbols ---- */

static void
characters_are_numbered_by_their_code_points(void **state)
{
    (void)state;
    static const char text[] = "b\xc3\xa9\xf0\x9f\x98\x80"
                               "a\xe2\x86\x92"
                               "b\n";
    static const int64_t codes[] = {'\n', 'a', 'b', 0xe9, 0x2192, 0x1f600};
    static const uint16_t tokens[] = {2, 3, 5, 1, 4, 2, 0};
    gsc_symbols s;
    write_file("t", text, sizeof text - 1);
    assert_return_ok(gsc_symbols_read(&s, "t", false));
    assert_int_equal(s.count, 7);
    assert_int_equal(s.num_values, 6);
    assert_memory_equal(s.codes, codes, sizeof codes);
    assert_memory_equal(s.tokens, tokens, sizeof tokens);
    gsc_symbols_free(&s);
    write_file("t", "abc", 3); /* FIPS 180-4, appendix */
    assert_return_ok(gsc_symbols_read(&s, "t", false));
    assert_string_equal(
        s.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    gsc_symbols_free(&s);
}

static void
bytes_are_numbered_by_themselves(void **state)
{
    (void)state;
    static const int64_t codes[] = {0, 'a', 0xa9, 0xc3, 0xff};
    static const uint16_t tokens[] = {4, 0, 1, 3, 2};
    gsc_symbols s;
    write_file("t", "\xff\0a\xc3\xa9", 5);
    assert_return_ok(gsc_symbols_read(&s, "t", true));
    assert_int_equal(s.num_values, 5);
    assert_memory_equal(s.codes, codes, sizeof codes);
    assert_memory_equal(s.tokens, tokens, sizeof tokens);
    gsc_symbols_free(&s);
}

static void
what_is_no_text_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t length;
        const char *words;
    } bad[] = {{"ab\xff", 3, "t: byte 3 is no UTF-8"},
               {"a\xc3", 2, "t: byte 2 is no UTF-8"}, /* ends within a letter */
               {"\xc3\0\xa9", 3, "t: byte 1 is no UTF-8"},
               {"\xed\xa0\x80", 3, "t: byte 1 is no UTF-8"}, /* a surrogate */
               {"", 0, "t: is empty"}};
    gsc_symbols s;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        write_file("t", bad[i].bytes, bad[i].length);
        assert_fails(gsc_symbols_read(&s, "t", false), GSC_EFORMAT, bad[i].words);
        gsc_symbols_free(&s);
    }
    assert_fails(gsc_symbols_read(&s, "none", false), GSC_EFORMAT, "none: ");
    gsc_symbols_free(&s);
}

/* ---- Models that count, by hand ---- */

static double
real(const made *m, const char *name)
{
    const void *value;
    const gsc_facet *facet = gsc_facets_find(&m->facets, GSC_CHARACTERS);
    assert_return_ok(
        gsc_facet_array(facet, name, GSC_FACET_REAL, (gsc_shape){.rank = 0}, &value));
    return *(const double *)value;
}

/* Of "aabab": p(a) = 4/7, p(b|a) = (2 + 2 * 3/7) / 5, p(b|b) = (0 + 3/7) / 2. */
static void
models_that_count_are_as_by_hand(void **state)
{
    (void)state;
    write_file("t", "aabababbab", 10);
    made m = make(&gsc_task_characters, "data=t seq_len=4 train_fraction=0.5");
    assert_close(real(&m, "unigram_loss"), -(3 * log(3. / 7) + log(4. / 7)) / 4, 1e-15);
    assert_close(real(&m, "bigram_loss"),
                 -(2 * log(4. / 7) + log(3. / 14) + log(11. / 14)) / 4, 1e-15);
    release(&m);
}

static void
each_model_is_a_distribution(void **state)
{
    (void)state;
    enum { V = 5, N = 40 };
    uint16_t tokens[N];
    gsc_counts c;
    for (size_t i = 0; i < N; i++)
        tokens[i] = (uint16_t)(i * i % 4); /* 4 never occurs, and nothing follows it */
    assert_return_ok(gsc_counts_init(&c, tokens, N, V));
    for (uint16_t a = 0; a < V; a++) {
        double alone = 0, after = 0;
        for (uint16_t b = 0; b < V; b++) {
            const uint16_t pair[] = {a, b};
            double unigram = 0, bigram = 0;
            gsc_counts_add_losses(&c, pair, 1, &unigram, &bigram);
            alone += exp(-unigram);
            after += exp(-bigram);
        }
        assert_close(alone, 1, 1e-14);
        assert_close(after, 1, 1e-14);
    }
    gsc_counts_free(&c);
}

/* ---- Windows ---- */

/* A text whose character i is i mod 26 from 'a', so that places show. */
static void
write_alphabet(size_t length)
{
    char text[1000];
    assert_true(length <= sizeof text);
    for (size_t i = 0; i < length; i++)
        text[i] = (char)('a' + i % 26);
    write_file("t", text, length);
}

static void
check_window(const made *m, size_t example, size_t begin, size_t seq_len)
{
    for (size_t i = 0; i < seq_len; i++) {
        assert_int_equal(token(m, "tokens", example, i), (begin + i) % 26);
        assert_int_equal(token(m, "next", example, i), (begin + i + 1) % 26);
    }
}

static void
windows_follow_each_other_and_parts_do_not_overlap(void **state)
{
    (void)state;
    write_alphabet(100);
    made m = make(&gsc_task_characters, "data=t seq_len=7 train_fraction=0.6");
    const gsc_target *target = &m.dataset.targets[0];
    assert_int_equal(target->position, 0);
    assert_int_equal(target->num_positions, 7);
    /* 60 characters: windows at 0, 7, …, 49, which ends before character 57 */
    assert_int_equal(gsc_dataset_split(&m.dataset, "train")->count, 8);
    assert_int_equal(gsc_dataset_split(&m.dataset, "test")->count, 5);
    for (size_t i = 0; i < 8; i++)
        check_window(&m, i, 7 * i, 7);
    for (size_t i = 0; i < 5; i++)
        check_window(&m, 8 + i, 60 + 7 * i, 7);
    release(&m);
}

static void
strides_and_numbers_are_as_asked(void **state)
{
    (void)state;
    write_alphabet(100);
    made m = make(&gsc_task_characters, "data=t seq_len=7 train_fraction=0.6 stride=3 "
                                        "train_samples=5 test_samples=2");
    /* of 18 windows number 0, 3, 7, 10, 14; of 5 number 0 and 2 */
    static const size_t numbers[] = {0, 3, 7, 10, 14};
    assert_int_equal(gsc_dataset_split(&m.dataset, "train")->count, 5);
    for (size_t i = 0; i < 5; i++)
        check_window(&m, i, 3 * numbers[i], 7);
    check_window(&m, 5, 60, 7);
    check_window(&m, 6, 60 + 7 * 2, 7);
    release(&m);
}

static void
a_pass_of_the_stream_has_every_window_once(void **state)
{
    (void)state;
    enum { WINDOWS = 84, SEQ = 7 };
    uint16_t tokens[WINDOWS * SEQ], next[WINDOWS * SEQ], again[2 * SEQ], more[2 * SEQ];
    void *out[] = {tokens, next}, *other[] = {again, more};
    size_t seen[26] = {0}, in_place = 0;
    write_alphabet(700);
    made m = make(&gsc_task_characters, "data=t seq_len=7 stride=7 online=yes "
                                        "train_fraction=0.85");
    const gsc_stream *s = &m.dataset.stream;
    assert_true(s->endless);
    assert_null(gsc_dataset_split(&m.dataset, "train"));
    s->draw(s->context, s->seed, 0, WINDOWS, out);
    for (size_t i = 0; i < WINDOWS; i++) {
        seen[tokens[i * SEQ]]++;
        in_place += tokens[i * SEQ] == i * SEQ % 26;
        for (size_t k = 0; k < SEQ; k++)
            assert_int_equal(next[i * SEQ + k], (tokens[i * SEQ] + k + 1) % 26);
    }
    for (size_t i = 0; i < WINDOWS; i++)
        seen[i * SEQ % 26]--; /* as often as windows at even distances begin with it */
    for (size_t c = 0; c < 26; c++)
        assert_int_equal(seen[c], 0);
    assert_true(in_place < WINDOWS / 4);        /* in another order */
    s->draw(s->context, s->seed, 40, 2, other); /* the same in batches of any size */
    assert_memory_equal(again, tokens + 40 * SEQ, sizeof again);
    s->draw(s->context, s->seed, WINDOWS + 3, 2, other); /* the next pass */
    assert_memory_equal(again, tokens + 3 * SEQ, sizeof again);
    check_window(&m, 0, 595, SEQ);
    release(&m);
}

static void
shuffled_texts_keep_their_characters(void **state)
{
    (void)state;
    size_t counts[2][26] = {{0}}, same = 0;
    write_alphabet(502);
    made m[] = {make(&gsc_task_characters, "data=t seq_len=10 train_fraction=0.5"),
                make(&gsc_task_characters,
                     "data=t seq_len=10 train_fraction=0.5 shuffled=yes")};
    for (size_t k = 0; k < 2; k++) { /* two parts of 25 windows and a last character */
        assert_int_equal(m[k].dataset.num_examples, 50);
        for (size_t i = 0; i < 500; i++)
            counts[k][token(&m[k], "tokens", i / 10, i % 10)]++;
        counts[k][token(&m[k], "next", 24, 9)]++;
        counts[k][token(&m[k], "next", 49, 9)]++;
    }
    for (size_t i = 0; i < 250; i++)
        same += token(&m[0], "tokens", i / 10, i % 10) ==
                token(&m[1], "tokens", i / 10, i % 10);
    assert_memory_equal(counts[0], counts[1], sizeof counts[0]);
    assert_true(same < 50); /* 10 of 250 by chance */
    assert_true(real(&m[0], "bigram_loss") < 1);
    assert_true(real(&m[1], "bigram_loss") > 3); /* ln 26 = 3.26 */
    release(&m[0]);
    release(&m[1]);
}

/* ---- Facets ---- */

static void
facets_name_the_tokens(void **state)
{
    (void)state;
    const char *names;
    int64_t value;
    static const char text[] = "\xc3\xa9 \n\\a\xe2\x86\x92\xf0\x9f\x98\x80";
    write_file("t", text, sizeof text - 1);
    made m = make(&gsc_task_characters, "data=t seq_len=1 train_fraction=0.5");
    const gsc_facet *facet = gsc_facets_find(&m.facets, GSC_CHARACTERS);
    assert_return_ok(gsc_facet_text(facet, "names", &names));
    assert_string_equal(names, "(newline)\n(space)\n\\\na\n\xc3\xa9\n\xe2\x86\x92\n"
                               "\xf0\x9f\x98\x80\n");
    assert_return_ok(gsc_facet_integer(facet, "num_windows", 0, 100, &value));
    assert_int_equal(value, 2);
    facet = gsc_facets_find(&m.facets, GSC_SEQUENCE);
    assert_return_ok(gsc_facet_integer(facet, "vocabulary", 0, 100, &value));
    assert_int_equal(value, 7);
    release(&m);
}

/* ---- Mistakes ---- */

static void
what_makes_no_task_is_refused(void **state)
{
    (void)state;
    static const char *const bad[][2] = {
        {"data=t seq_len=60", "a window takes 61 characters, but the part of the text "
                              "to test on has 10"},
        {"data=t seq_len=5 train_fraction=0", "to train on has 0"},
        {"data=t seq_len=5 train_fraction=1", "to test on has 0"},
        {"data=t seq_len=5 train_samples=18", "train_samples: 18, but the text has 17"},
        {"data=t seq_len=5 test_samples=2", "test_samples: 2, but the text has 1"},
        {"data=no.txt", "data: no text 'no.txt', here or in $GROKSCOPE_DATA"}};
    made m;
    write_alphabet(100);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_fails(try(&gsc_task_characters, bad[i][0], &m), GSC_EARGUMENT,
                     bad[i][1]);
        release(&m);
    }
}

/* A relative name that is not here is one of the folder of data. */
static void
texts_lie_here_or_with_the_data(void **state)
{
    (void)state;
    const char *root = getenv("GROKSCOPE_DATA");
    char kept[4096], here[4096];
    snprintf(kept, sizeof kept, "%s", root ? root : "");
    assert_return_ok(gsc_file_make_folder("texts"));
    write_file("texts/far", "0123456789012345678901234567890", 31);
    assert_non_null(getcwd(here, sizeof here - 8));
    setenv("GROKSCOPE_DATA", strcat(here, "/texts"), 1);
    made m = make(&gsc_task_characters, "data=far seq_len=2");
    assert_int_equal(gsc_dataset_find(&m.dataset, "tokens")->num_values, 10);
    release(&m);
    if (*kept)
        setenv("GROKSCOPE_DATA", kept, 1);
    else
        unsetenv("GROKSCOPE_DATA");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(characters_are_numbered_by_their_code_points),
        cmocka_unit_test(bytes_are_numbered_by_themselves),
        cmocka_unit_test(what_is_no_text_is_refused),
        cmocka_unit_test(models_that_count_are_as_by_hand),
        cmocka_unit_test(each_model_is_a_distribution),
        cmocka_unit_test(windows_follow_each_other_and_parts_do_not_overlap),
        cmocka_unit_test(strides_and_numbers_are_as_asked),
        cmocka_unit_test(a_pass_of_the_stream_has_every_window_once),
        cmocka_unit_test(shuffled_texts_keep_their_characters),
        cmocka_unit_test(facets_name_the_tokens),
        cmocka_unit_test(what_makes_no_task_is_refused),
        cmocka_unit_test(texts_lie_here_or_with_the_data),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
