/* Triples: those of the paper's program, drawn, of a file, all. */
#include "analyze/network/pairs/triples.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void
those_of_the_paper_are_a_hundred(void **state)
{
    (void)state;
    /* random.Random(42).shuffle of all of 0 … 58, as Python 3 has it */
    const gsc_triple first[] = {{29, 1, 57}, {49, 36, 24}, {40, 38, 8}};
    gsc_triples t;
    gsc_triple all[100];
    assert_return_ok(gsc_triples_init(&t, "paper", GSC_RESIDUE_ORDER_PLAIN, 59));
    assert_int_equal(t.count, 100);
    gsc_triples_take(&t, 0, 100, all);
    for (size_t i = 0; i < sizeof first / sizeof *first; i++)
        assert_true(all[i].a == first[i].a && all[i].b == first[i].b &&
                    all[i].c == first[i].c);
    gsc_triples_free(&t);
    assert_return_ok(gsc_triples_init(&t, "paper", GSC_RESIDUE_ORDER_LOGARITHM, 5));
    assert_int_equal(t.count, 64); /* there are no more */
    gsc_triples_free(&t);
}

static void
all_are_in_order_and_take_no_room(void **state)
{
    (void)state;
    gsc_triples t;
    gsc_triple some[3];
    assert_return_ok(gsc_triples_init(&t, "all", GSC_RESIDUE_ORDER_PLAIN, 113));
    assert_true(t.count == 113 * 113 * 113 && !t.own);
    gsc_triples_take(&t, 113 * 113 + 112, 3, some);
    assert_true(some[0].a == 1 && some[0].b == 0 && some[0].c == 112);
    assert_true(some[1].a == 1 && some[1].b == 1 && some[1].c == 0);
    gsc_triples_free(&t);
}

static void
drawn_ones_repeat_and_spread(void **state)
{
    (void)state;
    gsc_triples t, more;
    double sum[3] = {0};
    assert_return_ok(gsc_triples_init(&t, "5000", GSC_RESIDUE_ORDER_PLAIN, 11));
    assert_return_ok(gsc_triples_init(&more, "6000", GSC_RESIDUE_ORDER_PLAIN, 11));
    assert_int_equal(t.count, 5000);
    assert_memory_equal(t.own, more.own, 5000 * sizeof *t.own);
    for (size_t i = 0; i < t.count; i++) {
        assert_true(t.own[i].a < 11 && t.own[i].b < 11 && t.own[i].c < 11);
        sum[0] += t.own[i].a;
        sum[1] += t.own[i].b;
        sum[2] += t.own[i].c;
    }
    for (size_t i = 0; i < 3; i++)
        assert_close(sum[i] / 5000, 5, 0.2);
    gsc_triples_free(&t);
    gsc_triples_free(&more);
    assert_fails(gsc_triples_init(&t, "0", GSC_RESIDUE_ORDER_PLAIN, 11), GSC_EARGUMENT,
                 "triples: found 0, expected 1 to 10000000");
    assert_fails(gsc_triples_init(&t, "all", GSC_RESIDUE_ORDER_PLAIN, 1626),
                 GSC_EARGUMENT, "1626 residues");
}

/* The status of the choice of a file with this text. */
static int
read_text(const char *text, gsc_residue_order order, size_t p, gsc_triples *t)
{
    char path[] = "/tmp/triples-XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0);
    assert_int_equal(write(file, text, strlen(text)), (ssize_t)strlen(text));
    close(file);
    int status = gsc_triples_init(t, path, order, p);
    unlink(path);
    return status;
}

static void
files_name_residues(void **state)
{
    (void)state;
    gsc_triples t;
    assert_return_ok(read_text("1 2 3\n\n 4 0 2", GSC_RESIDUE_ORDER_PLAIN, 5, &t));
    assert_int_equal(t.count, 2);
    assert_true(t.own[1].a == 4 && t.own[1].b == 0 && t.own[1].c == 2);
    gsc_triples_free(&t);
    /* 2^0 2^1 2^2 2^3 = 1 2 4 3 */
    assert_return_ok(read_text("1 4 3\r\n", GSC_RESIDUE_ORDER_LOGARITHM, 5, &t));
    assert_true(t.own[0].a == 0 && t.own[0].b == 2 && t.own[0].c == 3);
    gsc_triples_free(&t);
}

static void
files_of_another_form_are_refused(void **state)
{
    (void)state;
    const char *texts[] = {"1 2 5", "1 2", "1 2 3 4", "1 -2 3", "a b c"};
    gsc_triples t;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        assert_fails(read_text(texts[i], GSC_RESIDUE_ORDER_PLAIN, 5, &t), GSC_EFORMAT,
                     "line 1: found");
        assert_null(t.own);
    }
    assert_fails(read_text("1 2 3\n1 0 2", GSC_RESIDUE_ORDER_LOGARITHM, 5, &t),
                 GSC_EFORMAT,
                 "line 2: found '1 0 2', expected residues a b c of 1 to 4");
    assert_fails(read_text("\n", GSC_RESIDUE_ORDER_PLAIN, 5, &t), GSC_EFORMAT,
                 "no triple");
    assert_fails(gsc_triples_init(&t, "/nowhere", GSC_RESIDUE_ORDER_PLAIN, 5),
                 GSC_EFORMAT, "/nowhere");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(those_of_the_paper_are_a_hundred),
        cmocka_unit_test(all_are_in_order_and_take_no_room),
        cmocka_unit_test(drawn_ones_repeat_and_spread),
        cmocka_unit_test(files_name_residues),
        cmocka_unit_test(files_of_another_form_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
