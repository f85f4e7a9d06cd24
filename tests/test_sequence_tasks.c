/* The tasks of sequences: their examples by hand, their streams, what they refuse. */
#include "tasks_fixture.h"

#include "grokscope/model.h"

#include "train/task/digits.h"
#include "train/task/repeats.h"
#include "train/task/sequence.h"
#include "train/task/skip_trigram.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static size_t
value(const made *m, const char *field, size_t example, size_t element)
{
    return (size_t)gsc_field_element(gsc_dataset_find(&m->dataset, field), example,
                                     element);
}

static void
check_facet(const made *m, int64_t vocabulary, int64_t begin, int64_t first_output)
{
    const gsc_facet *facet = gsc_facets_find(&m->facets, GSC_SEQUENCE);
    const char *const names[] = {"vocabulary", "begin", "first_output"};
    const int64_t expected[] = {vocabulary, begin, first_output};
    for (size_t i = 0; i < 3; i++) {
        int64_t found;
        assert_return_ok(gsc_facet_integer(facet, names[i], -1, 1 << 20, &found));
        assert_int_equal(found, expected[i]);
    }
}

/* ---- Repeated subsequences ---- */

enum { LENGTH = 22, BLOCK = 7, COPY = 4, REPEATS = 3 };

/* Where each copy stands, as the masks have it; every mask is checked. */
static void
find_copies(const made *m, size_t e, size_t at[REPEATS])
{
    bool counts[LENGTH - 1] = {false};
    for (size_t b = 0; b < REPEATS; b++) {
        const char *mask = b == 0 ? "is_once" : "is_repeated";
        size_t i = 1 + b * BLOCK;
        while (!value(m, mask, e, i - 1))
            i++;
        at[b] = i;
        assert_true(i + COPY <= 1 + (b + 1) * BLOCK);
        for (size_t k = 0; k < COPY; k++) {
            counts[i + k - 1] = true;
            assert_int_equal(value(m, "is_once", e, i + k - 1), b == 0);
            assert_int_equal(value(m, "is_repeated", e, i + k - 1), b > 0);
            assert_int_equal(value(m, "is_first", e, i + k - 1), b > 0 && k == 0);
            assert_int_equal(value(m, "is_rest", e, i + k - 1), b > 0 && k > 0);
        }
    }
    for (size_t i = 0; i < LENGTH - 1; i++)
        for (int k = 0; k < 4 && !counts[i]; k++) {
            static const char *const masks[] = {"is_repeated", "is_first", "is_rest",
                                                "is_once"};
            assert_int_equal(value(m, masks[k], e, i), 0);
        }
}

static void
each_block_has_the_same_subsequence_somewhere(void **state)
{
    (void)state;
    made m = make(&gsc_task_repeats, "seq_len=22 subseq_len=4 vocabulary=50 "
                                     "train_samples=300 test_samples=100");
    size_t at[REPEATS], places[BLOCK - COPY + 1] = {0};
    for (size_t e = 0; e < 400; e++) {
        find_copies(&m, e, at);
        assert_int_equal(value(&m, "tokens", e, 0), 0);
        for (size_t i = 1; i < LENGTH; i++) {
            assert_in_range(value(&m, "tokens", e, i), 1, 49);
            assert_int_equal(value(&m, "next", e, i - 1), value(&m, "tokens", e, i));
        }
        for (size_t b = 0; b < REPEATS; b++) {
            places[(at[b] - 1) % BLOCK]++;
            for (size_t k = 0; k < COPY; k++)
                assert_int_equal(value(&m, "tokens", e, at[b] + k),
                                 value(&m, "tokens", e, at[0] + k));
        }
    }
    for (size_t p = 0; p <= BLOCK - COPY; p++) /* 4 places, each a quarter of 1200 */
        assert_close((double)places[p], 300, 5 * sqrt(1200 * 0.25 * 0.75));
    check_facet(&m, 50, 0, 0);
    release(&m);
}

static void
a_place_that_is_given_is_that_of_every_copy(void **state)
{
    (void)state;
    made m = make(&gsc_task_repeats, "seq_len=22 subseq_len=4 place=2 train_samples=9");
    size_t at[REPEATS];
    for (size_t e = 0; e < 9; e++) {
        find_copies(&m, e, at);
        for (size_t b = 0; b < REPEATS; b++)
            assert_int_equal(at[b], 1 + b * BLOCK + 2);
    }
    release(&m);
}

static void
only_what_is_repeated_is_minimised(void **state)
{
    (void)state;
    made m = make(&gsc_task_repeats, "train_samples=2 test_samples=3");
    static const char *const names[] = {"repeats", "first", "rest", "once"};
    assert_int_equal(m.dataset.num_targets, 4);
    for (size_t i = 0; i < 4; i++) {
        const gsc_target *t = &m.dataset.targets[i];
        assert_string_equal(t->name, names[i]);
        assert_int_equal(t->position, 0);
        assert_int_equal(t->num_positions, 84);
        assert_close(t->weight, i == 0, 0);
    }
    assert_int_equal(gsc_dataset_split(&m.dataset, "train")->count, 2);
    assert_int_equal(gsc_dataset_split(&m.dataset, "test")->count, 3);
    release(&m);
    m = make(&gsc_task_repeats, "seq_len=5 subseq_len=1 num_repeats=2");
    assert_int_equal(m.dataset.num_targets, 3); /* nothing comes after a first token */
    assert_string_equal(m.dataset.targets[2].name, "once");
    release(&m);
}

/* Tokens of an example, and the shape of what the published network sees. */
static void
sizes_are_the_published_ones(void **state)
{
    (void)state;
    made m = make(&gsc_task_repeats, "train_samples=1 test_samples=1");
    size_t width;
    assert_int_equal(gsc_dataset_find(&m.dataset, GSC_TOKENS)->shape.dims[0], 85);
    assert_int_equal(gsc_dataset_find(&m.dataset, GSC_TOKENS)->num_values, 128);
    assert_return_ok(gsc_model_width(&m.dataset, &width));
    assert_int_equal(width, 128);
    release(&m);
    m = make(&gsc_task_skip_trigram, "");
    assert_int_equal(gsc_dataset_find(&m.dataset, GSC_TOKENS)->num_values, 20);
    assert_return_ok(gsc_model_width(&m.dataset, &width));
    assert_int_equal(width, 10); /* the first loss is ln 10 */
    assert_int_equal(gsc_dataset_split(&m.dataset, "train")->count, 512);
    release(&m);
    m = make(&gsc_task_digits, ""); /* "12345+67890=080235" */
    assert_int_equal(gsc_dataset_find(&m.dataset, GSC_TOKENS)->shape.dims[0], 18);
    assert_int_equal(gsc_dataset_find(&m.dataset, GSC_TOKENS)->num_values, 12);
    assert_return_ok(gsc_model_width(&m.dataset, &width));
    assert_int_equal(width, 10);
    assert_int_equal(m.dataset.num_targets, 1 + 6); /* the sum, and each digit of it */
    assert_int_equal(gsc_dataset_split(&m.dataset, "train")->count, 700);
    release(&m);
}

static void
sizes_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *changes, *message;
    } cases[] = {
        {"seq_len=86", "seq_len: 86 is not 1 and a multiple of num_repeats 3; 85 is"},
        {"subseq_len=29", "subseq_len: 29, but a block has 28 tokens"},
        {"place=13", "place: 13, but a block of 28 tokens has 0 to 12 for 16 tokens"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        made m;
        assert_fails(try(&gsc_task_repeats, cases[i].changes, &m), GSC_EARGUMENT,
                     cases[i].message);
        release(&m);
    }
}

/* ---- Skip trigrams ---- */

static void
one_token_tells_the_answer(void **state)
{
    (void)state;
    made m = make(&gsc_task_skip_trigram, "seq_len=6 num_fillers=4 num_answers=3 "
                                          "train_samples=500 test_samples=400");
    size_t places[6] = {0}, answers[3] = {0}, fillers[4] = {0};
    for (size_t e = 0; e < 900; e++) {
        size_t found = 0;
        for (size_t i = 0; i < 6; i++) {
            size_t t = value(&m, "tokens", e, i);
            if (t < 4) {
                fillers[t]++;
                continue;
            }
            found++;
            places[i]++;
            answers[t - 4]++;
            assert_int_equal(value(&m, "label", e, 0), t - 4);
        }
        assert_int_equal(found, 1);
    }
    for (size_t i = 0; i < 6; i++)
        assert_close((double)places[i], 150, 5 * sqrt(900 * 5 / 36.0));
    for (size_t i = 0; i < 3; i++)
        assert_close((double)answers[i], 300, 5 * sqrt(900 * 2 / 9.0));
    for (size_t i = 0; i < 4; i++)
        assert_close((double)fillers[i], 1125, 5 * sqrt(4500 * 3 / 16.0));
    assert_int_equal(m.dataset.targets[0].position, 5);
    check_facet(&m, 7, -1, 4);
    release(&m);
}

/* ---- Both ---- */

/* Field `f` of examples 100 … 107, and of 105 … 107 again: the same, and none of the
 * test set. */
static void
check_stream(const gsc_task *task, const char *changes)
{
    made m = make(task, changes);
    const gsc_stream *s = &m.dataset.stream;
    static uint16_t room[GSC_MAX_FIELDS][8 * 85], again[GSC_MAX_FIELDS][3 * 85];
    void *out[GSC_MAX_FIELDS], *late[GSC_MAX_FIELDS];
    for (size_t f = 0; f < GSC_MAX_FIELDS; f++) {
        out[f] = room[f];
        late[f] = again[f];
    }
    assert_true(s->endless);
    assert_null(gsc_dataset_split(&m.dataset, "train"));
    s->draw(s->context, s->seed, 100, 8, out);
    s->draw(s->context, s->seed, 105, 3, late);
    size_t n_ctx = gsc_shape_count(m.dataset.fields[0].shape);
    assert_memory_equal(room[0] + 5 * n_ctx, again[0], 3 * n_ctx * sizeof **room);
    const uint16_t *tested = m.dataset.fields[0].data;
    for (size_t e = 0; e < m.dataset.num_examples; e++)
        for (size_t i = 0; i < 8; i++)
            assert_memory_not_equal(tested + e * n_ctx, room[0] + i * n_ctx,
                                    n_ctx * sizeof **room);
    release(&m);
}

static void
streams_draw_what_is_not_tested_on(void **state)
{
    (void)state;
    check_stream(&gsc_task_repeats, "online=yes test_samples=30");
    check_stream(&gsc_task_skip_trigram, "online=yes test_samples=30");
}

static void
another_seed_draws_other_examples(void **state)
{
    (void)state;
    made m = make(&gsc_task_repeats, "test_samples=1"),
         other = make(&gsc_task_repeats, "test_samples=1 data_seed=1");
    assert_memory_not_equal(m.dataset.fields[0].data, other.dataset.fields[0].data,
                            85 * sizeof(uint16_t));
    release(&m);
    release(&other);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_block_has_the_same_subsequence_somewhere),
        cmocka_unit_test(a_place_that_is_given_is_that_of_every_copy),
        cmocka_unit_test(only_what_is_repeated_is_minimised),
        cmocka_unit_test(sizes_are_the_published_ones),
        cmocka_unit_test(sizes_that_do_not_fit_are_refused),
        cmocka_unit_test(one_token_tells_the_answer),
        cmocka_unit_test(streams_draw_what_is_not_tested_on),
        cmocka_unit_test(another_seed_draws_other_examples),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
