/* Groups: families, axioms, files. */
#include "folder_fixture.h"
#include "task_fixture.h"

#include "grokscope/binary_table.h"

#include <string.h>

/* ---- Families ---- */

static void
families_have_their_orders(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t order, degree;
        gsc_group_family family;
    } families[] = {
        {"C1", 1, 1, GSC_GROUP_CYCLIC},        {"C113", 113, 113, GSC_GROUP_CYCLIC},
        {"D1", 2, 1, GSC_GROUP_DIHEDRAL},      {"D59", 118, 59, GSC_GROUP_DIHEDRAL},
        {"S1", 1, 1, GSC_GROUP_SYMMETRIC},     {"s5", 120, 5, GSC_GROUP_SYMMETRIC},
        {"S6", 720, 6, GSC_GROUP_SYMMETRIC},   {"A1", 1, 1, GSC_GROUP_ALTERNATING},
        {"A2", 1, 2, GSC_GROUP_ALTERNATING},   {"A5", 60, 5, GSC_GROUP_ALTERNATING},
        {"A6", 360, 6, GSC_GROUP_ALTERNATING}, {"C2xS3", 12, 0, GSC_GROUP_TABLE},
        {"C2xC2xC3", 12, 0, GSC_GROUP_TABLE}};
    for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
        gsc_group g = make_group(families[i].name);
        assert_int_equal(g.order, families[i].order);
        assert_int_equal(g.family, families[i].family);
        assert_int_equal(g.degree, families[i].degree);
        assert_int_equal(g.identity, 0);
        for (size_t x = 0; x < g.order; x++)
            assert_int_equal(gsc_group_product(&g, x, g.inverse[x]), 0);
        gsc_group_free(&g);
    }
}

static void
products_are_those_of_the_conventions(void **state)
{
    (void)state;
    gsc_group c = make_group("C12"), d = make_group("D7"), s = make_group("S4"),
              a = make_group("A4");
    for (size_t i = 0; i < 144; i++)
        assert_int_equal(c.table[i], (i / 12 + i % 12) % 12);
    for (size_t x = 0; x < 14; x++)
        for (size_t y = 0; y < 14; y++) {
            size_t turn = x < 7 ? x + y % 7 : x - 7 + 7 - y % 7;
            assert_int_equal(gsc_group_product(&d, x, y),
                             turn % 7 + 7 * ((x / 7 + y / 7) % 2));
        }
    const gsc_group *const both[] = {&s, &a};
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; i < both[k]->order * both[k]->order; i++) {
            uint8_t x[4], y[4], xy[4];
            gsc_group_permutation(both[k], i / both[k]->order, x);
            gsc_group_permutation(both[k], i % both[k]->order, y);
            gsc_group_permutation(both[k], both[k]->table[i], xy);
            for (size_t point = 0; point < 4; point++) /* x, then y */
                assert_int_equal(xy[point], y[x[point]]);
        }
    gsc_group_free(&c);
    gsc_group_free(&d);
    gsc_group_free(&s);
    gsc_group_free(&a);
}

static void
permutations_are_in_lexicographic_order(void **state)
{
    (void)state;
    static const char *const names[] = {"S5", "A5", "S6", "A6", "A3"};
    for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
        gsc_group g = make_group(names[k]);
        uint8_t before[6], image[6];
        for (size_t x = 0; x < g.order; x++) {
            size_t inversions = 0;
            gsc_group_permutation(&g, x, image);
            for (size_t i = 0; i < g.degree; i++)
                for (size_t j = 0; j < i; j++)
                    inversions += image[j] > image[i];
            assert_true(x == 0 || memcmp(before, image, g.degree) < 0);
            assert_true(names[k][0] == 'S' || inversions % 2 == 0);
            memcpy(before, image, sizeof before);
        }
        gsc_group_free(&g);
    }
}

static void
direct_products_multiply_by_factor(void **state)
{
    (void)state;
    gsc_group g = make_group("C3xS3"), c = make_group("C3"), s = make_group("S3");
    for (size_t x = 0; x < 18; x++)
        for (size_t y = 0; y < 18; y++)
            assert_int_equal(gsc_group_product(&g, x, y),
                             gsc_group_product(&c, x / 6, y / 6) * 6 +
                                 gsc_group_product(&s, x % 6, y % 6));
    gsc_group_free(&g);
    gsc_group_free(&c);
    gsc_group_free(&s);
}

static void
element_orders_are_counted(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t of_order[7];
    } counts[] = {{"S5", {0, 1, 25, 20, 30, 24, 20}},
                  {"A5", {0, 1, 15, 20, 0, 24, 0}},
                  {"D5", {0, 1, 5, 0, 0, 4, 0}},
                  {"C6", {0, 1, 1, 2, 0, 0, 2}}};
    for (size_t i = 0; i < 4; i++) {
        gsc_group g = make_group(counts[i].name);
        size_t found[7] = {0};
        for (size_t x = 0; x < g.order; x++)
            found[gsc_group_element_order(&g, x)]++;
        assert_memory_equal(found, counts[i].of_order, sizeof found);
        gsc_group_free(&g);
    }
}

static void
names_of_no_group_are_refused(void **state)
{
    (void)state;
    static const char *const names[][2] = {
        {"X5", "group 'X5': expected C, D, S or A with a number, as S5, or a product "
               "of such, as C2xS3"},
        {"", "group '': expected C, D, S or A"},
        {"S", "group 'S': expected C, D, S or A"},
        {"C-3", "group 'C-3': expected C, D, S or A"},
        {"S5yC2", "group 'S5yC2': expected C, D, S or A"},
        {"C2xx3", "group 'C2xx3': expected C, D, S or A"},
        {"S5x", "group 'S5x': ends with x"},
        {"S7", "group 'S7': S with 7, expected 1 to 6"},
        {"A0", "group 'A0': A with 0, expected 1 to 6"},
        {"C4097", "group 'C4097': C with 4097, expected 1 to 4096"},
        {"C2xD99999999999999999999", "expected 1 to 4096"},
        {"D2049", "group 'D2049': more than 4096 elements"},
        {"S6xC6", "group 'S6xC6': more than 4096 elements"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        gsc_group g;
        assert_fails(gsc_group_init(&g, names[i][0]), GSC_EARGUMENT, names[i][1]);
        assert_null(g.table);
        gsc_group_free(&g);
    }
}

/* ---- Axioms ---- */

static void
breaks(size_t order, const uint16_t *table, const char *message)
{
    gsc_group g;
    assert_int_equal(gsc_group_init_table(&g, order, table), GSC_EFORMAT);
    assert_string_equal(gsc_error_text(), message);
    assert_null(g.table);
    gsc_group_free(&g);
}

/* All squares are the identity and every equation has one solution, in a set whose
 * number of elements is odd: no group. */
static const uint16_t loop[25] = {0, 1, 2, 3, 4, 1, 0, 3, 4, 2, 2, 4, 0,
                                  1, 3, 3, 2, 4, 0, 1, 4, 3, 1, 2, 0};

static void
each_axiom_is_asked_for(void **state)
{
    (void)state;
    static const uint16_t beyond[] = {0, 1, 2, 1, 2, 0, 2, 3, 1};
    static const uint16_t no_identity[] = {0, 2, 1, 2, 1, 0, 1, 0, 2}; /* -x - y */
    static const uint16_t one_sided[] = {0, 1, 0, 1};                  /* x y = y */
    static const uint16_t no_inverse[] = {0, 0, 0, 1};                 /* modulo 2 */
    breaks(3, beyond, "no group: 2 1 is 3, expected 0 to 2");
    breaks(3, no_identity, "no group: none of its 3 elements is an identity");
    breaks(2, one_sided, "no group: none of its 2 elements is an identity");
    breaks(2, no_inverse, "no group: 0 has no inverse (identity 1)");
    breaks(5, loop, "no group: (1 1) 2 is 2, but 1 (1 2) is 4");
    breaks(0, loop, "a group of 0 elements, expected 1 to 4096");
    breaks(4097, loop, "a group of 4097 elements, expected 1 to 4096");
}

/* Element 1 associates with all others: more than one has to be tested. */
static void
associativity_is_asked_of_all_generators(void **state)
{
    (void)state;
    uint16_t table[100];
    for (size_t x = 0; x < 10; x++)
        for (size_t y = 0; y < 10; y++)
            table[x * 10 + y] = (uint16_t)(2 * loop[x / 2 * 5 + y / 2] + (x + y) % 2);
    breaks(10, table, "no group: (2 2) 4 is 4, but 2 (2 4) is 8");
}

static void
groups_in_any_order_are_accepted(void **state)
{
    (void)state;
    gsc_group s = make_group("S4"), g;
    uint16_t table[576];
    for (size_t i = 0; i < 576; i++) /* element x is called 23 - x */
        table[i] = (uint16_t)(23 - gsc_group_product(&s, 23 - i / 24, 23 - i % 24));
    assert_return_ok(gsc_group_init_table(&g, 24, table));
    assert_int_equal(g.identity, 23);
    assert_int_equal(g.family, GSC_GROUP_TABLE);
    for (size_t x = 0; x < 24; x++)
        assert_int_equal(g.inverse[x], 23 - s.inverse[23 - x]);
    gsc_group_free(&g);
    gsc_group_free(&s);
}

static void
a_cyclic_table_is_recognised(void **state)
{
    (void)state;
    uint16_t table[49];
    gsc_group g;
    for (size_t i = 0; i < 49; i++)
        table[i] = (uint16_t)((i / 7 + i % 7) % 7);
    assert_return_ok(gsc_group_init_table(&g, 7, table));
    assert_true(g.family == GSC_GROUP_CYCLIC && g.degree == 7);
    gsc_group_free(&g);
    for (size_t i = 0; i < 49; i++) /* the same, 1 and 6 exchanged, 2 and 5, 3 and 4 */
        table[i] = (uint16_t)((14 - (7 - i / 7) % 7 - (7 - i % 7) % 7) % 7);
    assert_return_ok(gsc_group_init_table(&g, 7, table));
    assert_int_equal(g.family, GSC_GROUP_CYCLIC);
    gsc_group_free(&g);
    g = make_group("C2xC3");
    assert_int_equal(g.family, GSC_GROUP_TABLE);
    gsc_group_free(&g);
}

/* ---- Files ---- */

static int
read_text(gsc_group *group, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    return gsc_group_read(group, path);
}

static void
tables_are_read_from_files(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "0 1 2\n1 2 0\n2 0 1\n",
        "0\t1 2\r\n\r\n  1 2 0\r\n2 0 01",
        "0 1 2 1 2 0 2 0 1",
        "1 2 3\n2 3 1\n3 1 2\n",
        "[ [ 1, 2, 3 ],\n  [ 2, 3, 1 ], [ 3, 1, 2 ] ]\n",
        "table := [[1,2,3],[2,3,1],[3,1,2]];"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        gsc_group g;
        assert_return_ok(read_text(&g, texts[i]));
        assert_true(g.order == 3 && g.family == GSC_GROUP_CYCLIC);
        gsc_group_free(&g);
    }
}

static void
files_of_no_table_are_refused(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"", ": 0 numbers, expected n^2 of them: a Cayley table"},
        {" \n", ": 0 numbers, expected n^2 of them: a Cayley table"},
        {"0 1 1 0 0", ": 5 numbers, expected n^2 of them: a Cayley table"},
        {"0 1\n1 2\n", ": line 2: found '2', expected 0 to 1"},
        {"[ [ 1, 2 ], [ 2, 3 ] ]", ": line 1: found '3', expected 0 to 2"},
        {"0 1\n1 x\n", ": line 2: found 'x', expected 0 to 1"},
        {"0 1\n-1 0\n", ": line 2: found '-1', expected 0 to 1"},
        {"0 0\n0 1\n", ": no group: 0 has no inverse (identity 1)"}};
    gsc_group g;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(read_text(&g, cases[i][0]), GSC_EFORMAT);
        assert_memory_equal(gsc_error_text(), path, strlen(path));
        assert_string_equal(gsc_error_text() + strlen(path), cases[i][1]);
        gsc_group_free(&g);
    }
    assert_fails(gsc_group_read(&g, "/nonexistent/table"), GSC_EFORMAT,
                 "/nonexistent/table: No such file or directory");
}

static void
elements_have_frequencies_where_their_product_adds(void **state)
{
    (void)state;
    const struct {
        const char *group;
        bool has;
    } all[] = {{"C6", true}, {"S2", true}, {"S3", false}, {"C2xC3", false}};
    assert_true(gsc_binary_table_has_frequencies(&(gsc_binary_table){.n = 7}));
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        gsc_group group;
        assert_return_ok(gsc_group_init(&group, all[i].group));
        const gsc_binary_table table = {.n = group.order,
                                        .group = all[i].group,
                                        .of_group = true,
                                        .table = group.table,
                                        .group_table = group.table};
        assert_int_equal(gsc_binary_table_has_frequencies(&table), all[i].has);
        if (all[i].has)
            assert_return_ok(gsc_binary_table_need_frequencies(&table));
        else
            assert_fails(gsc_binary_table_need_frequencies(&table), GSC_EARGUMENT,
                         "are no residues and have no frequencies");
        gsc_group_free(&group);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(families_have_their_orders),
        cmocka_unit_test(products_are_those_of_the_conventions),
        cmocka_unit_test(permutations_are_in_lexicographic_order),
        cmocka_unit_test(direct_products_multiply_by_factor),
        cmocka_unit_test(element_orders_are_counted),
        cmocka_unit_test(names_of_no_group_are_refused),
        cmocka_unit_test(each_axiom_is_asked_for),
        cmocka_unit_test(associativity_is_asked_of_all_generators),
        cmocka_unit_test(groups_in_any_order_are_accepted),
        cmocka_unit_test(a_cyclic_table_is_recognised),
        cmocka_unit_test(elements_have_frequencies_where_their_product_adds),
        IN_FOLDER(tables_are_read_from_files),
        IN_FOLDER(files_of_no_table_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
