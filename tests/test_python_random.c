/* Python's generator: its authors' first words, Python's own, published orders. */
#include "analyze/maths/python_random.h"
#include "test.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void
first_words_are_the_authors(void **state)
{
    (void)state;
    const uint32_t key[] = {0x123, 0x234, 0x345, 0x456}; /* of mt19937ar.out */
    const uint32_t words[] = {1067595299, 955945823, 477289528, 4107218783, 4228976476};
    gsc_python_random random;
    gsc_python_random_init_array(&random, key, 4);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        assert_int_equal(gsc_python_random_bits(&random), words[i]);
    for (size_t i = 5; i < 999; i++)
        gsc_python_random_bits(&random);
    assert_int_equal(gsc_python_random_bits(&random), 3460025646); /* their last one */
}

static void
ranges_and_orders_are_whole(void **state)
{
    (void)state;
    enum { COUNT = 1000 };
    gsc_python_random random;
    uint32_t items[COUNT];
    bool seen[COUNT] = {false};
    gsc_python_random_init(&random, 7);
    for (uint32_t i = 0; i < COUNT; i++) {
        assert_int_equal(gsc_python_random_below(&random, 1), 0);
        assert_true(gsc_python_random_below(&random, i + 1) <= i);
        gsc_python_random_below(&random, UINT32_MAX);
        items[i] = i;
    }
    gsc_python_random_shuffle(&random, items, COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        assert_false(seen[items[i]]);
        seen[items[i]] = true;
    }
    gsc_python_random_shuffle(&random, items, 0);
}

/* The numbers that a stream has are those of `items`. */
static void
assert_holds(FILE *stream, const uint32_t *items, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        unsigned long value;
        assert_int_equal(fscanf(stream, "%lu", &value), 1);
        assert_int_equal(value, items[i]);
    }
}

static uint32_t *
shuffled(uint64_t seed, uint32_t count)
{
    gsc_python_random random;
    uint32_t *items = calloc(count, sizeof *items);
    assert_non_null(items);
    for (uint32_t i = 0; i < count; i++)
        items[i] = i;
    gsc_python_random_init(&random, seed);
    gsc_python_random_shuffle(&random, items, count);
    return items;
}

static void
orders_are_pythons(void **state)
{
    (void)state;
    if (access("/usr/bin/python3", X_OK) != 0)
        skip();
    const uint64_t seeds[] = {0, 42, 4294967295, 4294967296, 123456789012345678};
    for (size_t i = 0; i < sizeof seeds / sizeof *seeds; i++) {
        char command[256];
        snprintf(command, sizeof command,
                 "/usr/bin/python3 -c 'import random; x = list(range(3000)); "
                 "random.Random(%llu).shuffle(x); print(*x)'",
                 (unsigned long long)seeds[i]);
        FILE *python = popen(command, "r");
        uint32_t *items = shuffled(seeds[i], 3000);
        assert_non_null(python);
        assert_holds(python, items, 3000);
        assert_int_equal(pclose(python), 0);
        free(items);
    }
}

/* GROKSCOPE_ORACLES/splits/<name>, or NULL where the variable is not set. */
static FILE *
open_order(const char *name)
{
    char path[1024];
    const char *folder = getenv("GROKSCOPE_ORACLES");
    if (!folder)
        return NULL;
    snprintf(path, sizeof path, "%s/splits/%s", folder, name);
    FILE *file = fopen(path, "r");
    if (!file)
        fail_msg("%s cannot be read", path);
    return file;
}

static void
orders_are_those_of_published_runs(void **state)
{
    (void)state;
    for (int seed = 0; seed < 2; seed++) {
        char name[64];
        snprintf(name, sizeof name, "nanda_p113_pyrandom_seed%d_order.txt", seed);
        FILE *file = open_order(name);
        if (!file)
            skip();
        uint32_t *items = shuffled((uint64_t)seed, 113 * 113);
        assert_holds(file, items, 113 * 113);
        free(items);
        fclose(file);
    }
}

static void
triples_are_those_of_the_published_program(void **state)
{
    (void)state;
    FILE *file = open_order("pizza_gradsym_triples_seed42_first100.txt");
    if (!file)
        skip();
    uint32_t *items = shuffled(42, 59 * 59 * 59), abc[3 * 100];
    for (size_t i = 0; i < 100; i++) {
        abc[3 * i] = items[i] / (59 * 59);
        abc[3 * i + 1] = items[i] / 59 % 59;
        abc[3 * i + 2] = items[i] % 59;
    }
    assert_holds(file, abc, 3 * 100);
    free(items);
    fclose(file);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_words_are_the_authors),
        cmocka_unit_test(ranges_and_orders_are_whole),
        cmocka_unit_test(orders_are_pythons),
        cmocka_unit_test(orders_are_those_of_published_runs),
        cmocka_unit_test(triples_are_those_of_the_published_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
