/* Checkpoint files that are damaged, foreign or hostile. */
#include "checkpoint_fixture.h"

#include "grokscope/memory.h"
#include "grokscope/text.h"

#include "train/checkpoint/trailer.h"

#include <hdf5.h>

/* ---- Files that are none ---- */

static void
copy_part(size_t length)
{
    char *data;
    size_t whole;
    assert_int_equal(gsc_text_read_file(path, SIZE_MAX / 4, &data, &whole), 0);
    assert_true(length < whole);
    assert_int_equal(gsc_file_write(other, data, length), 0);
    free(data);
}

static void
what_is_no_checkpoint_is_named(void **state)
{
    (void)state;
    gsc_checkpoint got;
    expect_error(read_and_free(0), GSC_EFORMAT, "%s: No such file or directory", path);
    assert_int_equal(gsc_file_write(path, "", 0), 0);
    expect_error(read_and_free(0), GSC_EFORMAT, "%s: is empty", path);
    assert_int_equal(gsc_file_write(path, "step,loss\n1,2\n", 14), 0);
    expect_error(read_and_free(0), GSC_EFORMAT, "%s: not an HDF5 file", path);
    expect_error(gsc_checkpoint_check(path), GSC_EFORMAT, "%s: not an HDF5 file", path);
    assert_int_equal(gsc_checkpoint_read(&got, folder, 0), GSC_EFORMAT);
    assert_non_null(strstr(gsc_error_text(), "is a folder, expected a file"));
    gsc_checkpoint_free(&got);
    expect_error(gsc_checkpoint_read(&got, "/dev/null", 0), GSC_EFORMAT,
                 "/dev/null: not a regular file");
    gsc_checkpoint_free(&got);
}

static void
a_truncated_file_is_refused_at_every_length(void **state)
{
    (void)state;
    struct stat info;
    write_small(path);
    assert_int_equal(stat(path, &info), 0);
    size_t image = (size_t)info.st_size - GSC_TRAILER_BYTES;
    for (size_t length = 1; length < image; length += 97) {
        gsc_checkpoint got;
        copy_part(length);
        assert_int_equal(gsc_checkpoint_read(&got, other, GSC_READ_ALL), GSC_EFORMAT);
        gsc_checkpoint_free(&got);
    }
    assert_non_null(strstr(gsc_error_text(), "a damaged HDF5 file: truncated file"));
    for (size_t length = image; length < (size_t)info.st_size; length += 7) {
        copy_part(length);
        assert_fails(gsc_checkpoint_check(other), GSC_EFORMAT, "has lost the SHA-256");
    }
}

static void
a_flipped_bit_in_a_tensor_is_found(void **state)
{
    (void)state;
    char *data;
    size_t length, at = 0;
    write_small(path);
    assert_int_equal(gsc_text_read_file(path, SIZE_MAX / 4, &data, &length), 0);
    while (at + sizeof embedding <= length &&
           memcmp(data + at, embedding, sizeof embedding) != 0)
        at++;
    assert_true(at + sizeof embedding <= length);
    data[at] ^= 1; /* in a file that has lost the sum of its bytes */
    assert_int_equal(gsc_file_write(path, data, length - GSC_TRAILER_BYTES), 0);
    free(data);
    assert_int_equal(read_and_free(GSC_READ_PARAM_SHAPES), 0);
    assert_int_equal(read_and_free(GSC_READ_PARAMS), GSC_EFORMAT);
    assert_non_null(strstr(gsc_error_text(), "/params/embed.W_E: "));
}

/* ---- Hostile contents: a good file, changed with the library ---- */

static hid_t
open_to_spoil(void)
{
    write_small(path);
    hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT);
    assert_true(file >= 0);
    return file;
}

/* End the file with the sum of its bytes again. */
static void
seal(void)
{
    char *data;
    size_t length;
    assert_return_ok(gsc_text_read_file(path, SIZE_MAX / 4, &data, &length));
    unsigned char *image = gsc_new(length + GSC_TRAILER_BYTES, 1);
    assert_non_null(image);
    memcpy(image, data, length);
    free(data);
    gsc_trailer_add(image, &length);
    assert_return_ok(gsc_file_write(path, image, length));
    free(image);
}

static void
put_attribute(hid_t file, const char *object, const char *name, hid_t type, int rank,
              const hsize_t *dims, const void *data)
{
    H5Adelete_by_name(file, object, name, H5P_DEFAULT);
    hid_t space =
        rank == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(rank, dims, NULL);
    hid_t id = H5Acreate_by_name(file, object, name, type, space, H5P_DEFAULT,
                                 H5P_DEFAULT, H5P_DEFAULT);
    assert_true(id >= 0 && H5Awrite(id, type, data) >= 0);
    H5Aclose(id);
    H5Sclose(space);
}

/* A dataset instead of what is there; data may be NULL for none. */
static void
put_dataset(hid_t file, const char *object, hid_t type, int rank, const hsize_t *dims,
            hid_t creation, const void *data)
{
    if (H5Lexists(file, object, H5P_DEFAULT) > 0)
        H5Ldelete(file, object, H5P_DEFAULT);
    hid_t space =
        rank == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(rank, dims, NULL);
    hid_t id =
        H5Dcreate2(file, object, type, space, H5P_DEFAULT, creation, H5P_DEFAULT);
    assert_true(id >= 0);
    if (data)
        assert_true(H5Dwrite(id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data) >= 0);
    H5Dclose(id);
    H5Sclose(space);
}

static void
foreign_and_newer_files_are_refused(void **state)
{
    (void)state;
    hid_t file = open_to_spoil(), text = H5Tcopy(H5T_C_S1);
    int64_t version[] = {3, 0};
    hsize_t two = 2;
    H5Tset_size(text, 3);
    put_attribute(file, "/", "format", text, 0, NULL, "foo");
    H5Fclose(file);
    expect_error(read_and_free(0), GSC_EFORMAT,
                 "%s: format is 'foo', expected 'grokscope'", path);
    file = open_to_spoil();
    put_attribute(file, "/", "version", H5T_STD_I64LE, 1, &two, version);
    H5Fclose(file);
    expect_error(read_and_free(0), GSC_EFORMAT,
                 "%s: version 3.0 is newer than this program reads (2.x)", path);
    file = open_to_spoil();
    H5Adelete(file, "format");
    H5Fclose(file);
    expect_error(read_and_free(0), GSC_EFORMAT,
                 "%s: has no format, expected 'grokscope'", path);
    H5Tclose(text);
}

static void
a_newer_minor_version_with_more_in_it_is_read(void **state)
{
    (void)state;
    hid_t file = open_to_spoil();
    int32_t version[] = {2, 7}; /* of another integer type, as h5py may write it */
    hsize_t two = 2;
    put_attribute(file, "/", "version", H5T_STD_I32LE, 1, &two, version);
    put_dataset(file, "/extra", H5T_STD_I32LE, 1, &two, H5P_DEFAULT, version);
    H5Fclose(file);
    seal();
    assert_int_equal(read_and_free(GSC_READ_ALL), 0);
    assert_int_equal(gsc_checkpoint_check(path), 0);
}

static void
wrong_types_and_ranks_are_refused(void **state)
{
    (void)state;
    float cube[8] = {0};
    int32_t whole[6] = {0};
    hsize_t dims[] = {2, 2, 2, 1, 1};
    hid_t file = open_to_spoil(), text = H5Tcopy(H5T_C_S1);
    H5Tset_size(text, 4);
    put_dataset(file, "/data/tokens", H5T_STD_U16LE, 3, dims, H5P_DEFAULT, cube);
    H5Fclose(file);
    expect_error(read_and_free(GSC_READ_ALL), GSC_EFORMAT,
                 "%s: /data/tokens: 2 examples, expected 4", path);
    file = open_to_spoil();
    put_dataset(file, "/params/embed.W_E", text, 1, dims, H5P_DEFAULT, cube);
    H5Fclose(file);
    expect_error(read_and_free(GSC_READ_ALL), GSC_EFORMAT,
                 "%s: /params/embed.W_E: type is text, expected float32 or float64",
                 path);
    file = open_to_spoil();
    put_dataset(file, "/params/embed.W_E", H5T_IEEE_F32LE, 5, dims, H5P_DEFAULT, cube);
    H5Fclose(file);
    expect_error(read_and_free(GSC_READ_ALL), GSC_EFORMAT,
                 "%s: /params/embed.W_E: rank is 5, expected at most 4", path);
    file = open_to_spoil();
    put_dataset(file, "/data/label", H5T_STD_I16LE, 1, dims, H5P_DEFAULT, whole);
    H5Fclose(file);
    expect_error(
        read_and_free(GSC_READ_ALL), GSC_EFORMAT,
        "%s: /data/label: type is another integer type, expected uint8, uint16, "
        "int32, float32 or float64",
        path);
    file = open_to_spoil();
    put_attribute(file, "/", "step", text, 0, NULL, "1200");
    H5Fclose(file);
    expect_error(read_and_free(0), GSC_EFORMAT,
                 "%s: /: attribute 'step': type is text, expected an integer", path);
    file = open_to_spoil();
    put_attribute(file, "/", "step", H5T_STD_I64LE, 1, dims, cube);
    H5Fclose(file);
    expect_error(read_and_free(0), GSC_EFORMAT,
                 "%s: /: attribute 'step': 2 values of rank 1, expected 1 of rank 0",
                 path);
    H5Tclose(text);
}

static void
types_of_variable_length_are_refused(void **state)
{
    (void)state;
    hsize_t two = 2;
    float value = 1;
    hvl_t data[] = {{1, &value}, {1, &value}};
    hid_t file = open_to_spoil(), type = H5Tvlen_create(H5T_IEEE_F32LE);
    put_dataset(file, "/params/embed.W_E", type, 1, &two, H5P_DEFAULT, data);
    H5Fclose(file);
    expect_error(read_and_free(GSC_READ_ALL), GSC_EFORMAT,
                 "%s: /params/embed.W_E: type is neither number nor text, expected "
                 "float32 or float64",
                 path);
    H5Tclose(type);
}

static void
links_that_lead_elsewhere_are_refused(void **state)
{
    (void)state;
    hid_t file = open_to_spoil();
    H5Ldelete(file, "/params/embed.W_E", H5P_DEFAULT);
    H5Lcreate_soft("/nowhere", file, "/params/embed.W_E", H5P_DEFAULT, H5P_DEFAULT);
    H5Fclose(file);
    expect_error(
        read_and_free(GSC_READ_PARAMS), GSC_EFORMAT,
        "%s: /params/embed.W_E: is a soft link, expected an object of this file", path);
    file = open_to_spoil();
    H5Ldelete(file, "/params", H5P_DEFAULT);
    H5Lcreate_external("/etc/passwd", "/", file, "/params", H5P_DEFAULT, H5P_DEFAULT);
    H5Fclose(file);
    expect_error(read_and_free(GSC_READ_PARAMS), GSC_EFORMAT,
                 "%s: /params: is an external link, expected an object of this file",
                 path);
}

static void
claims_beyond_the_file_are_refused_before_allocation(void **state)
{
    (void)state;
    struct stat info;
    hsize_t huge[] = {(hsize_t)1 << 40, (hsize_t)1 << 30}, one[] = {1, 1};
    hid_t file = open_to_spoil(), chunked = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(chunked, 2, one);
    put_dataset(file, "/params/embed.W_E", H5T_IEEE_F32LE, 2, huge, chunked, NULL);
    H5Fclose(file);
    assert_int_equal(stat(path, &info), 0);
    expect_error(read_and_free(GSC_READ_PARAM_SHAPES), GSC_EFORMAT,
                 "%s: /params/embed.W_E: claims more bytes than the file's %lld", path,
                 (long long)info.st_size);
    H5Pclose(chunked);
}

static void
data_that_are_not_plainly_in_the_file_are_refused(void **state)
{
    (void)state;
    float values[512] = {0};
    hsize_t dims = 512;
    hid_t file = open_to_spoil(), packed = H5Pcreate(H5P_DATASET_CREATE);
    hid_t outside = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(packed, 1, &dims);
    H5Pset_deflate(packed, 9);
    put_dataset(file, "/params/unembed.b_U", H5T_IEEE_F32LE, 1, &dims, packed, values);
    H5Fclose(file);
    assert_int_equal(read_and_free(GSC_READ_PARAMS), GSC_EFORMAT);
    assert_non_null(strstr(gsc_error_text(), "expected 2048 uncompressed ones"));
    file = open_to_spoil();
    put_dataset(file, "/params/unembed.b_U", H5T_IEEE_F32LE, 1, &dims, H5P_DEFAULT,
                NULL);
    H5Fclose(file);
    assert_int_equal(read_and_free(GSC_READ_PARAMS), GSC_EFORMAT);
    assert_non_null(strstr(gsc_error_text(), "holds 0 bytes, expected 2048"));
    file = open_to_spoil();
    H5Pset_external(outside, other, 0, sizeof values);
    put_dataset(file, "/params/unembed.b_U", H5T_IEEE_F32LE, 1, &dims, outside, NULL);
    H5Fclose(file);
    expect_error(read_and_free(GSC_READ_PARAMS), GSC_EFORMAT,
                 "%s: /params/unembed.b_U: its data lie outside this file", path);
    H5Pclose(packed);
    H5Pclose(outside);
}

static void
names_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    char name[256] = "/params/";
    float value = 0;
    memset(name + 8, 'x', 128);
    hid_t file = open_to_spoil();
    put_dataset(file, name, H5T_IEEE_F32LE, 0, NULL, H5P_DEFAULT, &value);
    H5Fclose(file);
    expect_error(read_and_free(GSC_READ_PARAMS), GSC_EFORMAT,
                 "%s: /params: holds a name of 128 bytes, expected at most 127", path);
}

static void
missing_parts_are_named(void **state)
{
    (void)state;
    hid_t file = open_to_spoil();
    H5Ldelete(file, "/data/splits", H5P_DEFAULT);
    H5Adelete_by_name(file, "/params/embed.W_E", "axes", H5P_DEFAULT);
    H5Ldelete(file, "/history", H5P_DEFAULT);
    H5Fclose(file);
    expect_error(read_and_free(GSC_READ_DATA), GSC_EFORMAT,
                 "%s: /data/splits: is missing, expected a group", path);
    expect_error(read_and_free(GSC_READ_PARAMS), GSC_EFORMAT,
                 "%s: /params/embed.W_E: attribute 'axes': is missing", path);
    expect_error(read_and_free(GSC_READ_HISTORY), GSC_EFORMAT,
                 "%s: /history: is missing, expected a group", path);
}

static void
columns_must_agree(void **state)
{
    (void)state;
    int64_t steps[] = {0, 5, 5};
    double values[2] = {0};
    hsize_t three = 3, two = 2;
    hid_t file = open_to_spoil();
    put_dataset(file, "/history/loss/accuracy", H5T_IEEE_F64LE, 1, &two, H5P_DEFAULT,
                values);
    H5Fclose(file);
    expect_error(read_and_free(GSC_READ_HISTORY), GSC_EFORMAT,
                 "%s: /history/loss/accuracy: 2 values, expected 3 as in step", path);
    file = open_to_spoil();
    put_dataset(file, "/history/loss/step", H5T_STD_I64LE, 1, &three, H5P_DEFAULT,
                steps);
    H5Fclose(file);
    expect_error(read_and_free(GSC_READ_HISTORY), GSC_EFORMAT,
                 "%s: /history/loss: row 2 has step 5, expected more than 5", path);
    file = open_to_spoil();
    put_dataset(file, "/history/loss/more", H5T_IEEE_F64LE, 1, &two, H5P_DEFAULT,
                values);
    H5Fclose(file);
    expect_error(read_and_free(GSC_READ_HISTORY), GSC_EFORMAT,
                 "%s: /history/loss: 4 datasets, expected 3 columns", path);
}

/* The message of a file with such a dataset of the history; values are zeros. */
static const char *
history_error(const char *object, hid_t type, int rank, const hsize_t *dims)
{
    static double zeros[3 * (GSC_MAX_WIDTH + 1)];
    hid_t file = open_to_spoil();
    put_dataset(file, object, type, rank, dims, H5P_DEFAULT, zeros);
    H5Fclose(file);
    assert_int_equal(read_and_free(GSC_READ_HISTORY), GSC_EFORMAT);
    assert_non_null(strstr(gsc_error_text(), path));
    return gsc_error_text();
}

static void
vector_columns_must_agree(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int rank;
        hsize_t dims[3];
        const char *said;
    } cases[] = {
        {"accuracy",
         2,
         {2, 4},
         "/history/loss/accuracy: 2 rows, expected 3 as in step"},
        {"accuracy", 2, {3, 0}, "'accuracy' has the width 0, expected 1 to 65536"},
        {"accuracy",
         2,
         {3, GSC_MAX_WIDTH + 1},
         "'accuracy' has the width 65537, expected 1 to 65536"},
        {"accuracy", 3, {3, 1, 1}, "/history/loss/accuracy: "},
        {"step", 2, {3, 1}, "/history/loss: "},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char object[64];
        snprintf(object, sizeof object, "/history/loss/%s", cases[i].name);
        const char *said =
            history_error(object, H5T_IEEE_F64LE, cases[i].rank, cases[i].dims);
        if (!strstr(said, cases[i].said))
            fail_msg("'%s' does not say '%s'", said, cases[i].said);
    }
    hsize_t dims[] = {3, 2};
    const char *said = history_error("/history/loss/accuracy", H5T_STD_I64LE, 2, dims);
    assert_non_null(strstr(said, "/history/loss/accuracy: "));
}

static void
a_circle_of_groups_has_no_digest(void **state)
{
    (void)state;
    char digest[GSC_DIGEST_BYTES];
    hid_t file = open_to_spoil();
    H5Lcreate_hard(file, "/history", file, "/history/loop", H5P_DEFAULT, H5P_DEFAULT);
    H5Fclose(file);
    expect_error(gsc_checkpoint_digest(path, digest), GSC_EFORMAT,
                 "%s: /history: is linked 2 times, expected once", path);
}

static void
an_object_linked_twice_is_refused(void **state)
{
    (void)state;
    hid_t file = open_to_spoil();
    H5Lcreate_hard(file, "/params/embed.W_E", file, "/params/again", H5P_DEFAULT,
                   H5P_DEFAULT);
    H5Fclose(file);
    expect_error(read_and_free(GSC_READ_PARAMS), GSC_EFORMAT,
                 "%s: /params/again: is linked 2 times, expected once", path);
}

static void
an_axis_is_no_longer_than_the_file_even_without_elements(void **state)
{
    (void)state;
    hsize_t dims[] = {(hsize_t)1 << 40, 0};
    hid_t file = open_to_spoil();
    put_dataset(file, "/params/embed.W_E", H5T_IEEE_F32LE, 2, dims, H5P_DEFAULT, NULL);
    H5Fclose(file);
    assert_int_equal(read_and_free(GSC_READ_PARAM_SHAPES), GSC_EFORMAT);
    assert_non_null(strstr(gsc_error_text(), "/params/embed.W_E: claims more bytes"));
}

/* All columns are looked at before there is memory for any row. */
static void
one_long_column_makes_no_table(void **state)
{
    (void)state;
    enum { ROWS = 20000 };
    static int64_t steps[ROWS];
    hsize_t rows = ROWS;
    for (int64_t i = 0; i < ROWS; i++)
        steps[i] = i;
    hid_t file = open_to_spoil();
    put_dataset(file, "/history/loss/step", H5T_STD_I64LE, 1, &rows, H5P_DEFAULT,
                steps);
    H5Fclose(file);
    expect_error(read_and_free(GSC_READ_HISTORY), GSC_EFORMAT,
                 "%s: /history/loss/train_loss: 3 values, expected 20000 as in step",
                 path);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        IN_TWO(what_is_no_checkpoint_is_named),
        IN_TWO(a_truncated_file_is_refused_at_every_length),
        IN_TWO(a_flipped_bit_in_a_tensor_is_found),
        IN_TWO(foreign_and_newer_files_are_refused),
        IN_TWO(a_newer_minor_version_with_more_in_it_is_read),
        IN_TWO(wrong_types_and_ranks_are_refused),
        IN_TWO(types_of_variable_length_are_refused),
        IN_TWO(links_that_lead_elsewhere_are_refused),
        IN_TWO(claims_beyond_the_file_are_refused_before_allocation),
        IN_TWO(data_that_are_not_plainly_in_the_file_are_refused),
        IN_TWO(names_that_do_not_fit_are_refused),
        IN_TWO(missing_parts_are_named),
        IN_TWO(columns_must_agree),
        IN_TWO(vector_columns_must_agree),
        IN_TWO(a_circle_of_groups_has_no_digest),
        IN_TWO(an_object_linked_twice_is_refused),
        IN_TWO(an_axis_is_no_longer_than_the_file_even_without_elements),
        IN_TWO(one_long_column_makes_no_table),
    };
    return cmocka_run_group_tests(tests, make_history, free_history);
}
