/* Files of other programs with bytes changed at random: read or refused, never worse.
 * What would be worse is for the sanitizers to find. */
#include "external_fixture.h"

#include "grokscope/rng.h"

enum { ROUNDS = 1000, SEED = 1 };

/* Some bytes changed, and the end cut off now and then. */
static size_t
damage(unsigned char *data, size_t length, uint64_t round)
{
    uint64_t stream = gsc_rng_stream("damage");
    uint64_t changes = 1 + gsc_rng_below(SEED + round, stream, 0, 4);
    for (uint64_t i = 0; i < changes; i++) {
        size_t at = gsc_rng_below(SEED + round, stream, 2 * i + 1, (uint32_t)length);
        data[at] = (unsigned char)gsc_rng_below(SEED + round, stream, 2 * i + 2, 256);
    }
    if (gsc_rng_below(SEED + round, stream, 100, 4) == 0)
        return gsc_rng_below(SEED + round, stream, 101, (uint32_t)length);
    return length;
}

static void
read_damaged(const unsigned char *image, size_t length, bool is_pickle)
{
    size_t refused = 0;
    unsigned char *copy = malloc(length);
    assert_non_null(copy);
    for (uint64_t round = 0; round < ROUNDS; round++) {
        memcpy(copy, image, length);
        size_t left = damage(copy, length, round);
        if (is_pickle)
            write_archive(copy, left, sample_storage, sizeof sample_storage);
        else
            assert_return_ok(gsc_file_write(path, copy, left));
        int status = read_everything();
        assert_true(status == 0 || status == GSC_EFORMAT);
        refused += status < 0;
    }
    print_message("%zu of %d refused (seed %d)\n", refused, ROUNDS, SEED);
    assert_true(refused > ROUNDS / 4);
    free(copy);
}

static void
damaged_pickles_do_no_harm(void **state)
{
    (void)state;
    read_damaged((const unsigned char *)sample_pickle, sizeof sample_pickle - 1, true);
}

/* A file as the library writes it, damaged. */
static void
damage_written(int form)
{
    float w[] = {1, 2, 3, 4, 5, 6};
    const gsc_tensor tensor = {.name = "w", .shape = {2, {2, 3}}, .data = w};
    const gsc_zip_member members[] = {
        {"a/data.pkl", sample_pickle, sizeof sample_pickle - 1},
        {"a/data/0", sample_storage, sizeof sample_storage}};
    void *image;
    size_t length;
    assert_return_ok(form == 0 ? gsc_zip_image(members, 2, &image, &length)
                     : form == 1
                         ? gsc_safetensors_image(&tensor, 1, NULL, 0, &image, &length)
                     : form == 2 ? gsc_npz_image(&tensor, 1, &image, &length)
                                 : gsc_npy_image(&tensor, &image, &length));
    read_damaged(image, length, false);
    free(image);
}

static void
damaged_archives_do_no_harm(void **state)
{
    (void)state;
    damage_written(0);
}

static void
damaged_safetensors_do_no_harm(void **state)
{
    (void)state;
    damage_written(1);
}

static void
damaged_npz_does_no_harm(void **state)
{
    (void)state;
    damage_written(2);
}

static void
damaged_npy_does_no_harm(void **state)
{
    (void)state;
    damage_written(3);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(damaged_pickles_do_no_harm),
        IN_FOLDER(damaged_archives_do_no_harm),
        IN_FOLDER(damaged_safetensors_do_no_harm),
        IN_FOLDER(damaged_npz_does_no_harm),
        IN_FOLDER(damaged_npy_does_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
