/* Elements of groups: in words, in subsets, in tasks. */
#include "folder_fixture.h"
#include "task_fixture.h"

#include <string.h>

enum { MOST = 720 };

/* ---- Elements in words ---- */

static void
elements_are_read_as_they_are_written(void **state)
{
    (void)state;
    static const char *const names[] = {"S5", "A5", "S6", "D7", "C2xS3", "A1"};
    for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
        gsc_group g = make_group(names[k]);
        for (size_t x = 0; x < g.order; x++) {
            uint16_t elements[MOST];
            size_t count;
            gsc_text text = {0};
            assert_return_ok(gsc_group_add_element(&g, x, &text));
            assert_return_ok(gsc_group_read_elements(&g, text.data, elements, &count));
            assert_true(count == 1 && elements[0] == x);
            gsc_text_free(&text);
        }
        gsc_group_free(&g);
    }
}

static void
lists_of_elements_are_read(void **state)
{
    (void)state;
    gsc_group s = make_group("S5"), d = make_group("D5");
    uint16_t elements[120];
    uint8_t image[5];
    gsc_text text = {0};
    size_t count;
    assert_return_ok(gsc_group_read_elements(
        &s, " (0 3)(1 4) ,(1 2) (3 4), 119 , (), (4)", elements, &count));
    assert_int_equal(count, 5);
    gsc_group_permutation(&s, elements[0], image);
    assert_memory_equal(image, ((uint8_t[]){3, 4, 2, 0, 1}), 5);
    assert_true(elements[2] == 119 && elements[3] == 0 && elements[4] == 0);
    assert_return_ok(gsc_group_add_element(&s, elements[1], &text));
    assert_string_equal(text.data, "(1 2)(3 4)");
    /* Cycles that share points are taken one after the other, from the left. */
    assert_return_ok(gsc_group_read_elements(&s, "(0 1)(1 2)", elements, &count));
    gsc_group_permutation(&s, elements[0], image);
    assert_memory_equal(image, ((uint8_t[]){2, 0, 1, 3, 4}), 5);
    assert_return_ok(gsc_group_read_elements(&d, "9,0", elements, &count));
    assert_true(count == 2 && elements[0] == 9);
    gsc_text_free(&text);
    gsc_group_free(&s);
    gsc_group_free(&d);
}

static void
elements_of_others_are_refused(void **state)
{
    (void)state;
    static const char *const cases[][3] = {
        {"S5", "120",
         "elements '120': at '120', expected numbers or cycles, as (0 3)(1 "
         "4), separated by commas"},
        {"S5", "(0 5)", "elements '(0 5)': at '5)', expected"},
        {"S5", "(0 1", "elements '(0 1': at '', expected"},
        {"S5", "(0 1 0)", "elements '(0 1 0)': at '0)', expected"},
        {"S5", "(0 1) 3", "elements '(0 1) 3': at '3', expected"},
        {"S5", "", "elements '': at '', expected"},
        {"S5", "3,", "elements '3,': at '', expected"},
        {"A5", "(0 1)", "elements '(0 1)': at '(0 1)': an odd permutation"},
        {"D5", "(0 1)",
         "elements '(0 1)': at '(0 1)', expected numbers of elements, "
         "separated by commas"},
        {"C2", "0,1,1", "elements '0,1,1': at '', expected"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gsc_group g = make_group(cases[i][0]);
        uint16_t elements[120];
        size_t count;
        assert_fails(gsc_group_read_elements(&g, cases[i][1], elements, &count),
                     GSC_EARGUMENT, cases[i][2]);
        gsc_group_free(&g);
    }
}

/* ---- Subsets ---- */

static size_t
generate(const gsc_group *group, const char *generators, bool *member)
{
    uint16_t elements[MOST];
    size_t count;
    assert_return_ok(gsc_group_read_elements(group, generators, elements, &count));
    return gsc_group_generate(group, elements, count, member);
}

static void
subgroups_are_generated(void **state)
{
    (void)state;
    static const struct {
        const char *group, *generators;
        size_t order;
    } cases[] = {{"S5", "(0 3)(1 4), (1 2)(3 4)", 10},
                 {"S5", "(0 1), (0 1 2 3 4)", 120},
                 {"S5", "(0 1 2), (2 3 4)", 60},
                 {"S5", "()", 1},
                 {"S6", "(0 1 2 3 4 5)", 6},
                 {"D59", "1", 59},
                 {"C12", "8", 3}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gsc_group g = make_group(cases[i].group);
        bool member[MOST];
        size_t size = 0;
        assert_int_equal(generate(&g, cases[i].generators, member), cases[i].order);
        for (size_t x = 0; x < g.order; x++)
            for (size_t y = 0; y < g.order; y++)
                assert_true(!member[x] || !member[y] ||
                            member[gsc_group_product(&g, x, y)]);
        for (size_t x = 0; x < g.order; x++)
            size += member[x];
        assert_int_equal(size, cases[i].order);
        gsc_group_free(&g);
    }
}

static void
cosets_part_the_group(void **state)
{
    (void)state;
    gsc_group g = make_group("S5");
    bool member[120];
    uint16_t left[120], right[120];
    size_t apart = 0, largest = 0;
    generate(&g, "(0 3)(1 4), (1 2)(3 4)", member);
    assert_int_equal(gsc_group_cosets(&g, member, GSC_LEFT, left), 12);
    assert_int_equal(gsc_group_cosets(&g, member, GSC_RIGHT, right), 12);
    for (size_t x = 0; x < 120; x++) {
        assert_true(left[x] <= largest && right[x] < 12); /* by first elements */
        largest += left[x] == largest;
        for (size_t y = 0; y < 120; y++) {
            size_t x_y = gsc_group_product(&g, g.inverse[x], y); /* x^-1 y */
            size_t y_x = gsc_group_product(&g, y, g.inverse[x]); /* y x^-1 */
            assert_true((left[x] == left[y]) == member[x_y]);
            assert_true((right[x] == right[y]) == member[y_x]);
            apart += (left[x] == left[y]) != (right[x] == right[y]);
        }
    }
    assert_true(apart > 0); /* the subgroup is not normal */
    generate(&g, "(0 1 2), (2 3 4)", member);
    assert_int_equal(gsc_group_cosets(&g, member, GSC_LEFT, left), 2);
    gsc_group_cosets(&g, member, GSC_RIGHT, right);
    assert_memory_equal(left, right, sizeof left); /* A5 is */
    gsc_group_free(&g);
}

static void
conjugacy_classes_are_counted(void **state)
{
    (void)state;
    static const struct {
        const char *group;
        size_t count;
    } cases[] = {{"S5", 7},   {"S6", 11},  {"A5", 5},    {"A4", 4},
                 {"D59", 31}, {"C12", 12}, {"C2xS3", 6}, {"D8", 7}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gsc_group g = make_group(cases[i].group);
        uint16_t of[MOST];
        assert_int_equal(gsc_group_classes(&g, of), cases[i].count);
        for (size_t x = 0; x < g.order; x++)
            for (size_t y = 0; y < g.order; y++) /* x y and y x */
                assert_int_equal(of[gsc_group_product(&g, x, y)],
                                 of[gsc_group_product(&g, y, x)]);
        gsc_group_free(&g);
    }
}

/* ---- Tasks ---- */

static gsc_binary_operation
configure(const char *operation, const char *group)
{
    gsc_binary_operation config = {.p = 2};
    strcpy(config.operation, operation);
    strcpy(config.layout, "a b =");
    config.train_fraction = 0.5;
    strcpy(config.group, group);
    return config;
}

static void
the_tasks_of_s5_are_power_et_als(void **state)
{
    (void)state;
    static const char *const operations[] = {"compose", "conjugate", "aba"};
    gsc_group g = make_group("S5");
    for (size_t k = 0; k < 3; k++) {
        gsc_binary_operation config = configure(operations[k], "S5");
        made_task task = make_task(&config);
        assert_int_equal(task.num_examples, 14400);
        assert_int_equal(task.num_train, 7200);
        assert_int_equal(task.pairs.n, 120);
        assert_int_equal(task.d_vocab, 121);
        for (size_t i = 0; i < 14400; i++) {
            size_t a = task.tokens[3 * i], b = task.tokens[3 * i + 1];
            size_t ab = gsc_group_product(&g, a, b);
            assert_true(a == i / 120 && b == i % 120 && task.tokens[3 * i + 2] == 120);
            assert_int_equal(task.label[i],
                             k == 0   ? ab
                             : k == 1 ? gsc_group_product(&g, ab, g.inverse[a])
                                      : gsc_group_product(&g, ab, a));
        }
        free_made_task(&task);
    }
    gsc_group_free(&g);
}

static void
tasks_know_their_group(void **state)
{
    (void)state;
    made_task task;
    gsc_group g;
    gsc_binary_operation config = configure("compose", "");
    assert_fails(try_task(&config, &task), GSC_EARGUMENT,
                 "operation compose asks for a group: group = S5, or group_file");
    config = configure("add", "");
    task = make_task(&config);
    assert_true(!task.pairs.of_group && !task.pairs.group_table);
    free_made_task(&task);
    config = configure("add", "S5");
    assert_fails(try_task(&config, &task), GSC_EARGUMENT,
                 "group: operation add (a + b) is not of a group; compose is");
    config = configure("compose", "S1");
    assert_fails(try_task(&config, &task), GSC_EARGUMENT,
                 "group: one element, expected more");
    config = configure("compose", "S3");
    strcpy(config.group_file, path);
    assert_fails(try_task(&config, &task), GSC_EARGUMENT,
                 "group and group_file exclude each other");
    config.group[0] = '\0';
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs("0 1 2\n1 2 0\n2 0 1\n", file) >= 0);
    assert_int_equal(fclose(file), 0);
    task = make_task(&config);
    assert_true(task.num_examples == 9 && task.label[5] == 0);
    assert_true(task.pairs.of_group);
    assert_return_ok(gsc_group_init_table(&g, task.pairs.n, task.pairs.group_table));
    assert_int_equal(g.order, 3);
    gsc_group_free(&g);
    free_made_task(&task);
}

static void
pairs_without_order_ask_for_a_group_that_commutes(void **state)
{
    (void)state;
    gsc_binary_operation config = configure("compose", "C2xC3");
    config.unordered_pairs = true;
    made_task task = make_task(&config);
    assert_int_equal(task.num_examples, 21);
    free_made_task(&task);
    config = configure("compose", "S3");
    config.unordered_pairs = true;
    assert_fails(try_task(&config, &task), GSC_EARGUMENT,
                 "unordered_pairs: compose (a b in a group) of (1, 2) is not that of "
                 "(2, 1)");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elements_are_read_as_they_are_written),
        cmocka_unit_test(lists_of_elements_are_read),
        cmocka_unit_test(elements_of_others_are_refused),
        cmocka_unit_test(subgroups_are_generated),
        cmocka_unit_test(cosets_part_the_group),
        cmocka_unit_test(conjugacy_classes_are_counted),
        cmocka_unit_test(the_tasks_of_s5_are_power_et_als),
        IN_FOLDER(tasks_know_their_group),
        cmocka_unit_test(pairs_without_order_ask_for_a_group_that_commutes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
