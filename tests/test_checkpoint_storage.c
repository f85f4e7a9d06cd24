/* Files without the SHA-256 of their bytes, as version 1.0 wrote them: what HDF5 would
 * read of a damaged index, and what guards notes and index files of their own. */
#include "checkpoint_fixture.h"

#include "grokscope/memory.h"
#include "grokscope/run_folder.h"
#include "grokscope/text.h"

#include "train/checkpoint/provenance_digest.h"
#include "train/checkpoint/trailer.h"

#include <hdf5.h>

/* The small checkpoint without its trailer; *length is that of the image. */
static unsigned char *
unsealed_image(size_t *length)
{
    char *data;
    write_small(path);
    assert_return_ok(gsc_text_read_file(path, SIZE_MAX / 4, &data, length));
    *length -= GSC_TRAILER_BYTES;
    return (unsigned char *)data;
}

/* ---- Sizes ---- */

/* Three of four chunks hold more bytes than the shape asks for. */
static void
a_missing_chunk_is_refused(void **state)
{
    (void)state;
    float block[4] = {1, 2, 3, 4};
    hsize_t dims[] = {3, 3}, chunk[] = {2, 2}, at[2];
    write_small(path);
    hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    hid_t space = H5Screate_simple(2, dims, NULL);
    H5Pset_chunk(creation, 2, chunk);
    H5Ldelete(file, "/params/embed.W_E", H5P_DEFAULT);
    hid_t id = H5Dcreate2(file, "/params/embed.W_E", H5T_IEEE_F32LE, space, H5P_DEFAULT,
                          creation, H5P_DEFAULT);
    for (size_t i = 0; i < 3; i++) { /* (0, 0), (0, 2) and (2, 0) */
        at[0] = i == 2 ? 2 : 0;
        at[1] = i == 1 ? 2 : 0;
        assert_true(H5Dwrite_chunk(id, H5P_DEFAULT, 0, at, sizeof block, block) >= 0);
    }
    H5Dclose(id);
    H5Sclose(space);
    H5Pclose(creation);
    H5Fclose(file);
    expect_error(read_and_free(GSC_READ_PARAMS), GSC_EFORMAT,
                 "%s: /params/embed.W_E: 3 chunks, expected 4: what is missing would "
                 "read as zeros",
                 path);
}

/* The B-tree node that leads to the chunk of embed.W_E: "TREE", 20 bytes, its key
 * (size, skipped filters, three offsets) and the address of the chunk. */
enum { KEY = 24, ADDRESS = KEY + 8 + 3 * 8, NODE_END = ADDRESS + 8 };

static size_t
find_node(const unsigned char *image, size_t length)
{
    for (size_t at = 0; at + NODE_END <= length; at++) {
        uint64_t address;
        if (memcmp(image + at, "TREE\1", 5) != 0)
            continue;
        memcpy(&address, image + at + ADDRESS, sizeof address);
        if (address + sizeof embedding <= length &&
            memcmp(image + address, embedding, sizeof embedding) == 0)
            return at;
    }
    fail_msg("embed.W_E has no chunk");
    return 0;
}

/* Whether a file is refused; else embed.W_E is as it was, or zeros where they may be.
 */
static bool
is_refused(bool may_be_zeros)
{
    gsc_checkpoint got;
    static const float zeros[6];
    int status = gsc_checkpoint_read(&got, other, GSC_READ_PARAMS);
    if (status == 0) {
        const gsc_tensor *param = gsc_checkpoint_param(&got, "embed.W_E");
        assert_non_null(param);
        if (!may_be_zeros || memcmp(param->data, zeros, sizeof zeros) != 0)
            assert_memory_equal(param->data, embedding, sizeof embedding);
    } else {
        assert_int_equal(status, GSC_EFORMAT);
    }
    gsc_checkpoint_free(&got);
    return status < 0;
}

/* How many files are refused that have one bit of these bytes of the node flipped. */
static size_t
flip_all(size_t from, size_t to, bool may_be_zeros)
{
    size_t length, num_refused = 0;
    unsigned char *image = unsealed_image(&length);
    size_t node = find_node(image, length);
    for (size_t bit = 8 * from; bit < 8 * to; bit++) {
        image[node + bit / 8] ^= (unsigned char)(1u << bit % 8);
        assert_return_ok(gsc_file_write(other, image, length));
        num_refused += is_refused(may_be_zeros);
        image[node + bit / 8] ^= (unsigned char)(1u << bit % 8);
    }
    free(image);
    return num_refused;
}

/* Of an offset, what is below the length of a chunk says nothing. */
static void
no_flipped_bit_of_a_chunk_key_changes_weights(void **state)
{
    (void)state;
    assert_true(flip_all(KEY, ADDRESS, false) >= 8 * (ADDRESS - KEY) - 3 * 2);
}

/* Free space of a file is of zeros, as is their checksum: only the SHA-256 that ends a
 * file finds an address that leads to as many. */
static void
a_flipped_bit_of_an_address_gives_no_other_numbers(void **state)
{
    (void)state;
    assert_true(flip_all(ADDRESS, NODE_END, true) >= 8 * 7);
}

/* What the library keeps empty in a node of a group's names. */
static void
an_address_that_leads_into_a_structure_is_refused(void **state)
{
    (void)state;
    enum { STORED = sizeof embedding + 4 };
    static const unsigned char none[STORED];
    size_t length, at = 0;
    unsigned char *image = unsealed_image(&length);
    while (memcmp(image + at, "SNOD", 4) != 0)
        at++;
    while (memcmp(image + at, none, STORED) != 0)
        at++;
    uint64_t address = at;
    memcpy(image + find_node(image, length) + ADDRESS, &address, sizeof address);
    assert_return_ok(gsc_file_write(path, image, length));
    free(image);
    assert_fails(read_and_free(GSC_READ_PARAMS), GSC_EFORMAT,
                 "/params/embed.W_E: its zeros lie in another part of the file");
}

static void
zeros_that_are_meant_are_read(void **state)
{
    (void)state;
    float kept[6];
    memcpy(kept, embedding, sizeof kept);
    memset(embedding, 0, sizeof embedding);
    write_small(path);
    memcpy(embedding, kept, sizeof kept);
    assert_int_equal(read_and_free(GSC_READ_ALL), 0);
}

static void
a_chunk_of_another_size_is_named(void **state)
{
    (void)state;
    size_t length;
    unsigned char *image = unsealed_image(&length);
    size_t node = find_node(image, length);
    image[node + KEY] ^= 8; /* 28 bytes: six numbers and the checksum */
    assert_return_ok(gsc_file_write(path, image, length));
    free(image);
    assert_fails(read_and_free(GSC_READ_PARAMS), GSC_EFORMAT,
                 "/params/embed.W_E: holds 20 bytes, expected 24 uncompressed ones");
}

static void
a_chunk_whose_checksum_was_skipped_is_named(void **state)
{
    (void)state;
    size_t length;
    unsigned char *image = unsealed_image(&length);
    size_t node = find_node(image, length);
    image[node + KEY + 4] ^= 1;
    assert_return_ok(gsc_file_write(path, image, length));
    free(image);
    assert_fails(read_and_free(GSC_READ_PARAMS), GSC_EFORMAT,
                 "/params/embed.W_E: a chunk that has lost its checksum");
}

/* ---- Without the comparison ---- */

static void
whoever_wants_no_comparison_gets_none(void **state)
{
    (void)state;
    size_t length;
    unsigned char *image = unsealed_image(&length);
    length += GSC_TRAILER_BYTES;
    image[length - 2] ^= 1; /* the last digit of the SHA-256 */
    assert_return_ok(gsc_file_write(path, image, length));
    free(image);
    assert_fails(read_and_free(GSC_READ_ALL), GSC_EFORMAT, "is damaged: its bytes");
    gsc_checkpoint_verify(false);
    assert_int_equal(read_and_free(GSC_READ_ALL), 0);
    assert_fails(gsc_checkpoint_check(path), GSC_EFORMAT, "is damaged: its bytes");
    gsc_checkpoint_verify(true);
    assert_fails(read_and_free(GSC_READ_ALL), GSC_EFORMAT, "is damaged: its bytes");
}

/* ---- Notes ---- */

static void
the_digest_of_notes_does_not_depend_on_their_order(void **state)
{
    (void)state;
    char one[GSC_DIGEST_BYTES], two[GSC_DIGEST_BYTES], none[GSC_DIGEST_BYTES];
    const gsc_provenance_item swapped[] = {notes[1], notes[0]};
    gsc_provenance_digest(notes, 2, one);
    gsc_provenance_digest(swapped, 2, two);
    gsc_provenance_digest(NULL, 0, none);
    assert_string_equal(one, two);
    /* printf 'command line\0grokscope-train x\0host\0näher\0' | sha256sum */
    assert_string_equal(
        one, "c68416e711541a594dd89e4f96cec3a8c2577c3dcbffcd2ba1215dfad205de20");
    /* sha256sum </dev/null */
    assert_string_equal(
        none, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void
rewritten_notes_are_noticed_and_change_no_digest(void **state)
{
    (void)state;
    char before[GSC_DIGEST_BYTES], after[GSC_DIGEST_BYTES];
    const char text[5] = "other";
    write_small(path);
    assert_return_ok(gsc_checkpoint_digest(path, before));
    hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT), type = H5Tcopy(H5T_C_S1);
    hid_t space = H5Screate(H5S_SCALAR);
    H5Tset_size(type, sizeof text);
    H5Ldelete(file, "/provenance/host", H5P_DEFAULT);
    hid_t id = H5Dcreate2(file, "/provenance/host", type, space, H5P_DEFAULT,
                          H5P_DEFAULT, H5P_DEFAULT);
    assert_true(H5Dwrite(id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, text) >= 0);
    H5Dclose(id);
    H5Sclose(space);
    H5Tclose(type);
    H5Fclose(file);
    assert_fails(read_and_free(GSC_READ_PROVENANCE), GSC_EFORMAT,
                 "/provenance: attribute 'sha256': its notes have the SHA-256");
    assert_int_equal(read_and_free(GSC_READ_PARAMS), 0);
    assert_return_ok(gsc_checkpoint_digest(path, after));
    assert_string_equal(before, after);
    file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    assert_true(H5Adelete_by_name(file, "/provenance", "sha256", H5P_DEFAULT) >= 0);
    H5Fclose(file);
    assert_int_equal(read_and_free(GSC_READ_PROVENANCE), 0);
}

/* ---- run.h5 ---- */

static void
the_index_of_a_run_is_checked_by_its_sum(void **state)
{
    (void)state;
    char index[80], *data;
    size_t length;
    snprintf(index, sizeof index, "%s/run.h5", folder);
    assert_return_ok(gsc_run_write_index(folder, history, 1));
    assert_return_ok(gsc_checkpoint_check(index));
    assert_return_ok(gsc_text_read_file(index, SIZE_MAX / 4, &data, &length));
    data[length / 2] ^= 1;
    assert_return_ok(gsc_file_write(index, data, length));
    assert_fails(gsc_checkpoint_check(index), GSC_EFORMAT, "is damaged: its bytes");
    data[length / 2] ^= 1; /* one of version 2.0 ends without a sum */
    assert_return_ok(gsc_file_write(index, data, length - GSC_TRAILER_BYTES));
    assert_fails(gsc_checkpoint_check(index), GSC_EFORMAT, "give the run's folder");
    free(data);
    unlink(index);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        IN_TWO(a_missing_chunk_is_refused),
        IN_TWO(no_flipped_bit_of_a_chunk_key_changes_weights),
        IN_TWO(a_flipped_bit_of_an_address_gives_no_other_numbers),
        IN_TWO(an_address_that_leads_into_a_structure_is_refused),
        IN_TWO(zeros_that_are_meant_are_read),
        IN_TWO(a_chunk_of_another_size_is_named),
        IN_TWO(a_chunk_whose_checksum_was_skipped_is_named),
        IN_TWO(whoever_wants_no_comparison_gets_none),
        cmocka_unit_test(the_digest_of_notes_does_not_depend_on_their_order),
        IN_TWO(rewritten_notes_are_noticed_and_change_no_digest),
        IN_TWO(the_index_of_a_run_is_checked_by_its_sum),
    };
    return cmocka_run_group_tests(tests, make_history, free_history);
}
