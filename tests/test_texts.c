/* Texts: tables of cells, words and vocabularies, reviews as they are handed round, and
 * the task that is made of them. */
#include "folder_fixture.h"
#include "tasks_fixture.h"

#include "train/base/file.h"
#include "train/data/delimited.h"
#include "train/data/reviews.h"
#include "train/data/words.h"
#include "train/task/reviews.h"

#include <stdlib.h>
#include <unistd.h>

static void
write_file(const char *name, const char *text)
{
    assert_return_ok(gsc_file_write(name, text, strlen(text)));
}

/* ---- Tables ---- */

static void
cells_are_cut_at_separators_and_quotes(void **state)
{
    (void)state;
    gsc_delimited t;
    write_file("t.csv", "a,b\r\n1,\"x, \"\"y\"\"\nz\"\r\n,last");
    assert_return_ok(gsc_delimited_read(&t, "t.csv", ','));
    assert_int_equal(t.num_rows, 2);
    assert_int_equal(t.num_columns, 2);
    assert_int_equal(gsc_delimited_column(&t, "b"), 1);
    assert_int_equal(gsc_delimited_column(&t, "c"), 2);
    assert_string_equal(gsc_delimited_cell(&t, 0, 0), "1");
    assert_string_equal(gsc_delimited_cell(&t, 0, 1), "x, \"y\"\nz");
    assert_string_equal(gsc_delimited_cell(&t, 1, 0), "");
    assert_string_equal(gsc_delimited_cell(&t, 1, 1), "last");
    gsc_delimited_free(&t);
}

static void
damaged_tables_are_refused_with_their_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *words;
    } tables[] = {{"a,b\n1\n", "line 2: 1 cells, expected 2"},
                  {"a,b\n1,2,3\n", "line 2: 3 cells, expected 2"},
                  {"a\n\"x\ny", "line 2: a quote without an end"},
                  {"a\n\"x\"y\n", "line 2: 'y' after a cell in quotes"},
                  {"", "is empty, expected a row of names"}};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        gsc_delimited t;
        write_file("t.csv", tables[i].text);
        assert_fails(gsc_delimited_read(&t, "t.csv", ','), GSC_EFORMAT,
                     tables[i].words);
        gsc_delimited_free(&t);
    }
}

/* ---- Words ---- */

static void
words_are_small_letters_without_markup(void **state)
{
    (void)state;
    static const char *const words[] = {"don't", "see", "it", "caf\xc3\xa9",
                                        "7",     "10",  "a",  "b"};
    const char *text = "DON'T see 'it'<br /><br />Caf\xc3\xa9: 7/10! a < b";
    char word[GSC_WORD_BYTES];
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        assert_int_equal(gsc_words_next(&text, word), strlen(words[i]));
        assert_string_equal(word, words[i]);
    }
    assert_int_equal(gsc_words_next(&text, word), 0);
}

static void
a_long_word_is_cut(void **state)
{
    (void)state;
    char text[200], word[GSC_WORD_BYTES];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    const char *rest = text;
    assert_int_equal(gsc_words_next(&rest, word), GSC_WORD_BYTES - 1);
    assert_int_equal(gsc_words_next(&rest, word), 0);
}

static void
a_vocabulary_has_the_most_frequent_words(void **state)
{
    (void)state;
    const char *const texts[] = {"the film, the plot", "a film; the end", "b a"};
    static const char *const kept[] = {"the", "a", "film", "b"};
    gsc_vocabulary v;
    assert_return_ok(gsc_vocabulary_init(&v, texts, 3, 4));
    assert_int_equal(v.count, 4);
    for (int32_t i = 0; i < 4; i++) {
        assert_string_equal(v.words[i], kept[i]);
        assert_int_equal(gsc_vocabulary_find(&v, kept[i]), i);
    }
    assert_int_equal(gsc_vocabulary_find(&v, "plot"), -1);
    gsc_vocabulary_free(&v);
    assert_return_ok(gsc_vocabulary_init(&v, texts, 3, 100));
    assert_int_equal(v.count, 6);
    gsc_vocabulary_free(&v);
}

/* ---- Reviews ---- */

static void
reviews_are_read_from_folders_and_tables(void **state)
{
    (void)state;
    static const char *const folders[] = {"acl/train/pos", "acl/train/neg",
                                          "acl/test/pos", "acl/test/neg"};
    gsc_reviews r;
    for (size_t i = 0; i < 4; i++) {
        char name[64], text[2] = {(char)('a' + i), '\0'};
        assert_return_ok(gsc_file_make_folders(folders[i]));
        snprintf(name, sizeof name, "%s/0_1.txt", folders[i]);
        write_file(name, text);
    }
    assert_return_ok(gsc_reviews_read(&r, "acl"));
    assert_int_equal(r.count, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(r.items[i].text[0], 'a' + (char)i);
        assert_int_equal(r.items[i].positive, i % 2 == 0);
    }
    gsc_reviews_free(&r);
    assert_return_ok(gsc_file_make_folders("tables"));
    write_file("tables/b.tsv", "Sentiment\tText\nNegative\tsecond\n");
    write_file("tables/a.tsv", "Sentiment\tText\nPositive\t\"fi\"\"rst\"\n");
    assert_return_ok(gsc_reviews_read(&r, "tables"));
    assert_int_equal(r.count, 2);
    assert_string_equal(r.items[0].text, "fi\"rst");
    assert_int_equal(r.items[0].positive, 1);
    assert_int_equal(r.items[1].positive, 0);
    gsc_reviews_free(&r);
    write_file("tables/b.tsv", "Sentiment\tText\nmixed\tx\n");
    assert_fails(gsc_reviews_read(&r, "tables"), GSC_EFORMAT,
                 "tables/b.tsv: row 1: the verdict is 'mixed', expected Positive or "
                 "Negative");
    gsc_reviews_free(&r);
    assert_return_ok(gsc_file_make_folders("none"));
    assert_fails(gsc_reviews_read(&r, "none"), GSC_EFORMAT, "none: has no reviews");
    gsc_reviews_free(&r);
}

/* ---- The task ---- */

static double
element(const made *m, const char *field, size_t example, size_t at)
{
    return gsc_field_element(gsc_dataset_find(&m->dataset, field), example, at);
}

static void
reviews_become_tokens_with_a_mask(void **state)
{
    (void)state;
    const char *words;
    assert_return_ok(gsc_file_make_folders("few"));
    write_file("few/x.tsv", "Sentiment\tText\n"
                            "Positive\tgood good film\n"
                            "Negative\tbad bad bad film film\n"
                            "Positive\tgood unknown1 film\n"
                            "Negative\tfilm\n");
    made m = make(&gsc_task_reviews, "data=few train_samples=3 vocabulary=2");
    const gsc_facet *facet = gsc_facets_find(&m.facets, GSC_WORDS);
    assert_return_ok(gsc_facet_text(facet, "words", &words));
    const gsc_field *tokens = gsc_dataset_find(&m.dataset, GSC_TOKENS);
    size_t length = tokens->shape.dims[0];
    assert_int_equal(tokens->num_values, 3);
    assert_int_equal(gsc_dataset_split(&m.dataset, "test")->count, 1);
    assert_int_equal(m.dataset.targets[0].position, length - 1);
    for (size_t e = 0; e < 4; e++) {
        bool ended = false;
        for (size_t i = 0; i < length; i++) {
            bool counts = element(&m, GSC_COUNTS, e, i) > 0;
            ended = ended || !counts;
            assert_true(counts == !ended); /* padding stands behind */
            assert_true((element(&m, GSC_TOKENS, e, i) > 0) == counts);
        }
    }
    release(&m);
    assert_fails(try(&gsc_task_reviews, "data=few train_samples=4", &m), GSC_EARGUMENT,
                 "but there are 4 reviews");
    release(&m);
}

static void
without_data_it_says_what_to_fetch(void **state)
{
    (void)state;
    made m;
    const char *root = getenv("GROKSCOPE_DATA");
    char kept[4096];
    snprintf(kept, sizeof kept, "%s", root ? root : "");
    unsetenv("GROKSCOPE_DATA");
    assert_fails(try(&gsc_task_reviews, "", &m), GSC_EARGUMENT,
                 "fetch aclImdb_v1.tar.gz");
    release(&m);
    if (*kept)
        setenv("GROKSCOPE_DATA", kept, 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_are_cut_at_separators_and_quotes),
        cmocka_unit_test(damaged_tables_are_refused_with_their_line),
        cmocka_unit_test(words_are_small_letters_without_markup),
        cmocka_unit_test(a_long_word_is_cut),
        cmocka_unit_test(a_vocabulary_has_the_most_frequent_words),
        cmocka_unit_test(reviews_are_read_from_folders_and_tables),
        cmocka_unit_test(reviews_become_tokens_with_a_mask),
        cmocka_unit_test(without_data_it_says_what_to_fetch),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
