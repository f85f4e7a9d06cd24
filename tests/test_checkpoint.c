/* Checkpoint files: round trips, damage, hostile contents, digests. */
#include "grokscope/checkpoint.h"
#include "grokscope/error.h"
#include "grokscope/file.h"
#include "grokscope/text.h"

#include <hdf5.h>

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[64];
static char path[128], other[128];

/* ---- A small checkpoint ---- */

static float embedding[6] = {1, -2, 3.5f, 0, -0.0f, 1e-30f};
static double scale = 0.1;
static float bias[3] = {7, 8, 9};
static float moments[6] = {6, 5, 4, 3, 2, 1};
static double counter = 12;
static gsc_tensor params[4];
static gsc_tensor state_tensors[2];
static uint16_t inputs[] = {0, 0, 4, 0, 1, 4, 1, 0, 4, 1, 1, 4};
static uint16_t labels[] = {0, 1, 1, 0}, operands[] = {0, 1}, answers[] = {0, 1};
static uint32_t train[] = {2, 0};
static const char *const columns[] = {"step", "train_loss", "accuracy"};
static gsc_table history[1];
static gsc_note notes[] = {{"host", "näher"}, {"command line", "grokscope-train x"}};

static gsc_tensor
tensor(const char *name, const char *axes, bool trained, gsc_type type, gsc_shape shape,
       void *data)
{
    gsc_tensor made = {.trained = trained, .type = type, .shape = shape, .data = data};
    snprintf(made.name, sizeof made.name, "%s", name);
    snprintf(made.axes, sizeof made.axes, "%s", axes);
    return made;
}

static gsc_checkpoint
small_checkpoint(void)
{
    gsc_shape matrix = {2, {3, 2}}, vector = {1, {3}}, scalar = {0}, none = {1, {0}};
    params[0] = tensor("unembed.b_U", "d_vocab", false, GSC_FLOAT32, vector, bias);
    params[1] =
        tensor("embed.W_E", "d_vocab d_model", true, GSC_FLOAT32, matrix, embedding);
    params[2] = tensor("a_scale", "", true, GSC_FLOAT64, scalar, &scale);
    params[3] = tensor("empty", "nothing", true, GSC_FLOAT32, none, bias);
    state_tensors[0] = tensor("m.embed.W_E", "", false, GSC_FLOAT32, matrix, moments);
    state_tensors[1] = tensor("counter", "", false, GSC_FLOAT64, scalar, &counter);
    return (gsc_checkpoint){
        .step = 12000,
        .config = "{\"task\": {\"p\": 2, \"name\": \"a \\\"b\\\" ]\"}}",
        .task = {4, 3, 5, 2, inputs, labels, 2, train, 2, operands, answers},
        .num_params = 4,
        .params = params,
        .num_tables = 1,
        .history = history,
        .num_state = 2,
        .state = state_tensors,
        .num_notes = 2,
        .provenance = notes,
    };
}

static void
write_small(const char *to)
{
    gsc_checkpoint checkpoint = small_checkpoint();
    if (gsc_checkpoint_write(&checkpoint, to) < 0)
        fail_msg("%s", gsc_error_text());
}

static void
expect_error(int status, int code, const char *format, ...)
{
    char expected[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(expected, sizeof expected, format, arguments);
    va_end(arguments);
    assert_int_equal(status, code);
    assert_string_equal(gsc_error_text(), expected);
}

static int
read_and_free(unsigned parts)
{
    gsc_checkpoint checkpoint;
    int status = gsc_checkpoint_read(&checkpoint, path, parts);
    gsc_checkpoint_free(&checkpoint);
    return status;
}

static size_t
count_files(void)
{
    size_t count = 0;
    DIR *entries = opendir(folder);
    assert_non_null(entries);
    for (struct dirent *entry; (entry = readdir(entries));)
        count += entry->d_name[0] != '.' || strlen(entry->d_name) > 2;
    closedir(entries);
    return count;
}

/* ---- Round trips ---- */

static void
a_checkpoint_reads_back_as_it_was_written(void **state)
{
    (void)state;
    gsc_checkpoint got;
    write_small(path);
    if (gsc_checkpoint_read(&got, path, GSC_READ_ALL) < 0)
        fail_msg("%s", gsc_error_text());
    assert_int_equal(got.step, 12000);
    assert_string_equal(got.config, small_checkpoint().config);
    assert_int_equal(got.task.num_examples, 4);
    assert_int_equal(got.task.n_ctx, 3);
    assert_int_equal(got.task.d_vocab, 5);
    assert_memory_equal(got.task.inputs, inputs, sizeof inputs);
    assert_memory_equal(got.task.labels, labels, sizeof labels);
    assert_int_equal(got.task.num_train, 2);
    assert_memory_equal(got.task.train, train, sizeof train);
    assert_int_equal(got.task.num_operands, 2);
    assert_memory_equal(got.task.operands, operands, sizeof operands);
    assert_int_equal(got.task.num_answers, 2);
    assert_memory_equal(got.task.answers, answers, sizeof answers);
    gsc_checkpoint_free(&got);
    gsc_checkpoint_free(&got);
}

static void
tensors_come_back_sorted_and_bit_for_bit(void **state)
{
    (void)state;
    gsc_checkpoint got;
    write_small(path);
    assert_int_equal(gsc_checkpoint_read(&got, path, GSC_READ_ALL), 0);
    assert_int_equal(got.num_params, 4);
    assert_string_equal(got.params[0].name, "a_scale");
    assert_string_equal(got.params[3].name, "unembed.b_U");
    const gsc_tensor *found = gsc_checkpoint_param(&got, "embed.W_E");
    assert_non_null(found);
    assert_int_equal(found->type, GSC_FLOAT32);
    assert_int_equal(found->shape.rank, 2);
    assert_int_equal(found->shape.dims[0], 3);
    assert_string_equal(found->axes, "d_vocab d_model");
    assert_true(found->trained && !got.params[3].trained);
    assert_memory_equal(found->data, embedding, sizeof embedding);
    assert_int_equal(got.params[0].shape.rank, 0);
    assert_memory_equal(got.params[0].data, &scale, sizeof scale);
    assert_int_equal(gsc_shape_count(got.params[2].shape), 0);
    assert_null(gsc_checkpoint_param(&got, "embed.W_e"));
    assert_int_equal(got.num_state, 2);
    assert_memory_equal(got.state[0].data, &counter, sizeof counter);
    assert_memory_equal(got.state[1].data, moments, sizeof moments);
    gsc_checkpoint_free(&got);
}

static void
history_keeps_its_columns_in_order(void **state)
{
    (void)state;
    gsc_checkpoint got;
    write_small(path);
    assert_int_equal(gsc_checkpoint_read(&got, path, GSC_READ_HISTORY), 0);
    assert_int_equal(got.num_tables, 1);
    assert_int_equal(got.history->num_columns, 3);
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(got.history->columns[i], columns[i]);
    assert_int_equal(got.history->num_rows, history->num_rows);
    assert_memory_equal(got.history->values, history->values,
                        history->num_rows * 3 * sizeof(double));
    const double more[] = {400, 1, 1};
    assert_int_equal(gsc_table_append(got.history, more), 0);
    gsc_checkpoint_free(&got);
}

static void
notes_of_any_length_come_back(void **state)
{
    (void)state;
    gsc_checkpoint made = small_checkpoint(), got;
    size_t length = 200000; /* longer than an attribute can be */
    char *text = malloc(length + 1);
    assert_non_null(text);
    memset(text, 'x', length);
    text[length] = '\0';
    gsc_note lengthy[] = {{"environment", text}, {"empty", ""}};
    made.provenance = lengthy;
    assert_int_equal(gsc_checkpoint_write(&made, path), 0);
    assert_int_equal(gsc_checkpoint_read(&got, path, GSC_READ_PROVENANCE), 0);
    assert_int_equal(got.num_notes, 2);
    assert_string_equal(got.provenance[0].name, "empty");
    assert_string_equal(got.provenance[0].text, "");
    assert_string_equal(got.provenance[1].text, text);
    gsc_checkpoint_free(&got);
    free(text);
}

static void
only_the_parts_asked_for_are_read(void **state)
{
    (void)state;
    gsc_checkpoint got;
    write_small(path);
    assert_int_equal(gsc_checkpoint_read(&got, path, 0), 0);
    assert_int_equal(got.step, 12000);
    assert_non_null(got.config);
    assert_true(got.num_params == 0 && got.num_tables == 0 && got.num_state == 0);
    assert_null(got.task.inputs);
    gsc_checkpoint_free(&got);
    assert_int_equal(gsc_checkpoint_read(&got, path, GSC_READ_PARAM_SHAPES), 0);
    assert_int_equal(got.num_params, 4);
    assert_null(got.params[1].data);
    assert_int_equal(got.params[1].shape.dims[1], 2);
    assert_string_equal(got.params[1].axes, "d_vocab d_model");
    gsc_checkpoint_free(&got);
}

static void
a_checkpoint_may_have_no_task_and_no_rows(void **state)
{
    (void)state;
    gsc_checkpoint got, made = {.config = "{}", .num_tables = 1};
    gsc_table empty;
    assert_int_equal(gsc_table_init(&empty, "loss", columns, 3), 0);
    made.history = &empty;
    assert_int_equal(gsc_checkpoint_write(&made, path), 0);
    assert_int_equal(gsc_checkpoint_check(path), 0);
    assert_int_equal(gsc_checkpoint_read(&got, path, GSC_READ_ALL), 0);
    assert_null(got.task.inputs);
    assert_int_equal(got.history->num_rows, 0);
    assert_int_equal(got.history->num_columns, 3);
    gsc_checkpoint_free(&got);
}

static void
four_thousand_residues_fit_an_attribute_and_more_are_refused(void **state)
{
    (void)state;
    enum { MOST = 40000 };
    static uint16_t many[MOST];
    for (size_t i = 0; i < MOST; i++)
        many[i] = (uint16_t)i;
    gsc_checkpoint got, made = small_checkpoint();
    made.task.d_vocab = 4097;
    made.task.operands = made.task.answers = many;
    made.task.num_operands = made.task.num_answers = 4096;
    assert_int_equal(gsc_checkpoint_write(&made, path), 0);
    assert_int_equal(gsc_checkpoint_check(path), 0);
    assert_int_equal(gsc_checkpoint_read(&got, path, GSC_READ_TASK), 0);
    assert_int_equal(got.task.num_answers, 4096);
    assert_memory_equal(got.task.operands, many, 4096 * sizeof *many);
    gsc_checkpoint_free(&got);
    made.task.num_operands = MOST;
    expect_error(gsc_checkpoint_write(&made, path), GSC_EARGUMENT,
                 "%s: /task: attribute 'operands': 80000 bytes, at most 65024", path);
}

/* ---- What a caller must not give ---- */

static void
what_the_format_cannot_hold_is_not_written(void **state)
{
    (void)state;
    gsc_checkpoint made = small_checkpoint();
    snprintf(params[1].axes, sizeof params[1].axes, "d_vocab");
    expect_error(gsc_checkpoint_write(&made, path), GSC_EARGUMENT,
                 "%s: /params/embed.W_E: axes 'd_vocab' name 1 of 2 dimensions", path);
    made = small_checkpoint();
    snprintf(params[1].name, sizeof params[1].name, "a/b");
    expect_error(gsc_checkpoint_write(&made, path), GSC_EARGUMENT,
                 "%s: /params: 'a/b' is no name of an object", path);
    made = small_checkpoint();
    snprintf(params[1].name, sizeof params[1].name, "a_scale");
    assert_int_equal(gsc_checkpoint_write(&made, path), GSC_EIO);
    assert_non_null(strstr(gsc_error_text(), "/params/a_scale cannot be added"));
    made = small_checkpoint();
    made.step = -1;
    assert_int_equal(gsc_checkpoint_write(&made, path), GSC_EARGUMENT);
    assert_int_equal(count_files(), 0);
}

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
    for (size_t length = 1; length < (size_t)info.st_size; length += 97) {
        gsc_checkpoint got;
        copy_part(length);
        assert_int_equal(gsc_checkpoint_read(&got, other, GSC_READ_ALL), GSC_EFORMAT);
        gsc_checkpoint_free(&got);
    }
    assert_non_null(strstr(gsc_error_text(), "a damaged HDF5 file: truncated file"));
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
    data[at] ^= 1;
    assert_int_equal(gsc_file_write(path, data, length), 0);
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
    int64_t version[] = {2, 0};
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
                 "%s: version 2.0 is newer than this program reads (1.x)", path);
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
    int32_t version[] = {1, 7}; /* of another integer type, as h5py may write it */
    hsize_t two = 2;
    put_attribute(file, "/", "version", H5T_STD_I32LE, 1, &two, version);
    put_dataset(file, "/extra", H5T_STD_I32LE, 1, &two, H5P_DEFAULT, version);
    H5Fclose(file);
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
    put_dataset(file, "/task/inputs", H5T_STD_U16LE, 3, dims, H5P_DEFAULT, cube);
    H5Fclose(file);
    expect_error(read_and_free(GSC_READ_ALL), GSC_EFORMAT,
                 "%s: /task/inputs: rank is 3, expected 2", path);
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
    put_dataset(file, "/task/labels", H5T_STD_I32LE, 1, dims, H5P_DEFAULT, whole);
    H5Fclose(file);
    expect_error(read_and_free(GSC_READ_ALL), GSC_EFORMAT,
                 "%s: /task/labels: type is another integer type, expected uint16",
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
    H5Pset_external(outside, "/etc/passwd", 0, sizeof values);
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
    H5Ldelete(file, "/task/train", H5P_DEFAULT);
    H5Adelete_by_name(file, "/params/embed.W_E", "axes", H5P_DEFAULT);
    H5Ldelete(file, "/history", H5P_DEFAULT);
    H5Fclose(file);
    expect_error(read_and_free(GSC_READ_TASK), GSC_EFORMAT,
                 "%s: /task/train: is missing", path);
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

/* ---- Check ---- */

static void
check_accepts_what_is_written(void **state)
{
    (void)state;
    write_small(path);
    if (gsc_checkpoint_check(path) < 0)
        fail_msg("%s", gsc_error_text());
}

static void
check_finds_values_out_of_range(void **state)
{
    (void)state;
    uint32_t twice[] = {1, 1}, beyond[] = {0, 4};
    gsc_checkpoint made = small_checkpoint();
    made.task.d_vocab = 4;
    assert_int_equal(gsc_checkpoint_write(&made, path), 0);
    expect_error(gsc_checkpoint_check(path), GSC_EFORMAT,
                 "%s: /task/inputs: value 2 is 4, expected less than d_vocab 4", path);
    made = small_checkpoint();
    made.task.train = twice;
    assert_int_equal(gsc_checkpoint_write(&made, path), 0);
    expect_error(gsc_checkpoint_check(path), GSC_EFORMAT,
                 "%s: /task/train: names example 1 twice", path);
    made.task.train = beyond;
    assert_int_equal(gsc_checkpoint_write(&made, path), 0);
    expect_error(gsc_checkpoint_check(path), GSC_EFORMAT,
                 "%s: /task/train: value 1 is 4, expected less than 4", path);
}

static void
check_finds_a_configuration_that_is_no_json(void **state)
{
    (void)state;
    char *wrong[] = {"", "[]", "{", "{]}", "{\"a}", "{} {}", "{\"a\": [}]"};
    gsc_checkpoint made = small_checkpoint();
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        made.config = wrong[i];
        assert_int_equal(gsc_checkpoint_write(&made, path), 0);
        expect_error(gsc_checkpoint_check(path), GSC_EFORMAT,
                     "%s: /config: is no JSON object", path);
    }
    made.config = "{\"a\": \"\xff\"}";
    assert_int_equal(gsc_checkpoint_write(&made, path), 0);
    expect_error(gsc_checkpoint_check(path), GSC_EFORMAT, "%s: /config: is no UTF-8",
                 path);
}

/* ---- Digests ---- */

static void
digest_of(const gsc_checkpoint *made, char digest[GSC_DIGEST_BYTES])
{
    assert_int_equal(gsc_checkpoint_write(made, path), 0);
    if (gsc_checkpoint_digest(path, digest) < 0)
        fail_msg("%s", gsc_error_text());
    assert_int_equal(strlen(digest), GSC_DIGEST_BYTES - 1);
}

static void
equal_contents_make_equal_files_at_any_time(void **state)
{
    (void)state;
    char *first, *second;
    size_t first_length, second_length;
    write_small(path);
    sleep(1); /* a time kept in the file would differ */
    write_small(other);
    assert_int_equal(gsc_text_read_file(path, SIZE_MAX / 4, &first, &first_length), 0);
    assert_int_equal(gsc_text_read_file(other, SIZE_MAX / 4, &second, &second_length),
                     0);
    assert_int_equal(first_length, second_length);
    assert_memory_equal(first, second, first_length);
    free(first);
    free(second);
}

static void
the_digest_leaves_out_provenance_alone(void **state)
{
    (void)state;
    char digest[GSC_DIGEST_BYTES], changed[GSC_DIGEST_BYTES];
    gsc_checkpoint made = small_checkpoint();
    digest_of(&made, digest);
    gsc_note elsewhere[] = {{"host", "another"}};
    made.provenance = elsewhere;
    made.num_notes = 1;
    digest_of(&made, changed);
    assert_string_equal(digest, changed);
    gsc_tensor turned[] = {params[2], params[3], params[1], params[0]};
    made.params = turned; /* the order of writing is none of the contents */
    digest_of(&made, changed);
    assert_string_equal(digest, changed);
}

static void
the_digest_sees_every_other_change(void **state)
{
    (void)state;
    char digest[GSC_DIGEST_BYTES], changed[8][GSC_DIGEST_BYTES];
    gsc_checkpoint made = small_checkpoint();
    digest_of(&made, digest);
    made.step++;
    digest_of(&made, changed[0]);
    made = small_checkpoint();
    made.config = "{}";
    digest_of(&made, changed[1]);
    made = small_checkpoint();
    params[1].trained = false;
    digest_of(&made, changed[2]);
    made = small_checkpoint();
    params[1].shape = (gsc_shape){2, {2, 3}};
    digest_of(&made, changed[3]);
    made = small_checkpoint();
    moments[0] += 1;
    digest_of(&made, changed[4]);
    moments[0] -= 1;
    made.num_tables = 0;
    digest_of(&made, changed[5]);
    made = small_checkpoint();
    snprintf(params[3].name, sizeof params[3].name, "emptier");
    digest_of(&made, changed[6]);
    made = small_checkpoint();
    embedding[4] = 0; /* from -0 */
    digest_of(&made, changed[7]);
    embedding[4] = -0.0f;
    for (size_t i = 0; i < 8; i++)
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(changed[i], changed[j]);
    for (size_t i = 0; i < 8; i++)
        assert_string_not_equal(changed[i], digest);
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
                 "%s: /history/loop/loop/loop/loop: lies deeper than 4 groups", path);
}

/* ---- Writes that fail ---- */

static void
a_full_disk_leaves_the_old_file_and_nothing_else(void **state)
{
    (void)state;
    char before[GSC_DIGEST_BYTES], after[GSC_DIGEST_BYTES];
    gsc_checkpoint made = small_checkpoint();
    digest_of(&made, before);
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    struct rlimit small = {1000, limit.rlim_max};
    void (*former)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    made.step++;
    int status = gsc_checkpoint_write(&made, path);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    signal(SIGXFSZ, former);
    expect_error(status, GSC_EIO, "%s: %s", path, strerror(EFBIG));
    assert_int_equal(count_files(), 1);
    assert_int_equal(gsc_checkpoint_digest(path, after), 0);
    assert_string_equal(before, after);
}

static void
a_folder_is_no_target(void **state)
{
    (void)state;
    gsc_checkpoint made = small_checkpoint();
    expect_error(gsc_checkpoint_write(&made, folder), GSC_EIO, "%s: Is a directory",
                 folder);
    expect_error(gsc_checkpoint_write(&made, "/nowhere/at/all.h5"), GSC_EIO,
                 "/nowhere/at/all.h5: No such file or directory");
    assert_int_equal(count_files(), 0);
}

static void
a_folder_without_permission_is_no_place(void **state)
{
    (void)state;
    if (geteuid() == 0)
        skip(); /* root may write anywhere */
    gsc_checkpoint made = small_checkpoint();
    assert_int_equal(chmod(folder, 0500), 0);
    int status = gsc_checkpoint_write(&made, path);
    assert_int_equal(chmod(folder, 0700), 0);
    expect_error(status, GSC_EIO, "%s: Permission denied", path);
}

static void
links_are_followed_and_devices_written_directly(void **state)
{
    (void)state;
    struct stat info;
    assert_int_equal(gsc_file_write(path, "old", 3), 0);
    assert_int_equal(symlink(path, other), 0);
    assert_int_equal(gsc_file_write(other, "new text", 8), 0);
    assert_int_equal(lstat(other, &info), 0);
    assert_true(S_ISLNK(info.st_mode));
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_size, 8);
    assert_int_equal(gsc_file_write("/dev/null", "x", 1), 0);
    assert_int_equal(stat("/dev/null", &info), 0);
    assert_true(S_ISCHR(info.st_mode));
}

static void
only_temporary_names_of_ended_writers_are_leftovers(void **state)
{
    (void)state;
    char name[64];
    assert_true(gsc_file_is_leftover(".run.h5.gsc-999999999-0.tmp"));
    assert_false(gsc_file_is_leftover(".run.h5.gsc-1-0.tmp")); /* init always runs */
    assert_false(gsc_file_is_leftover("run.h5.gsc-999999999-0.tmp"));
    assert_false(gsc_file_is_leftover(".run.h5.gsc-999999999.tmp"));
    assert_false(gsc_file_is_leftover(".run.h5.gsc--1-0.tmp"));
    assert_false(gsc_file_is_leftover(".run.h5.gsc-999999999-0.tmp2"));
    assert_false(gsc_file_is_leftover(".gsc-999999999-0.tmp"));
    assert_false(gsc_file_is_leftover(".lock"));
    snprintf(name, sizeof name, ".a.gsc-%ld-3.tmp", (long)getpid());
    assert_true(gsc_file_is_leftover(name));
}

/* ---- The folder of each test ---- */

static int
make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/gsc-checkpoint-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/step-000012000.h5", folder);
    snprintf(other, sizeof other, "%s/other.h5", folder);
    return 0;
}

static int
remove_folder(void **state)
{
    (void)state;
    unlink(path);
    unlink(other);
    return rmdir(folder); /* fails where a test left something */
}

static int
make_history(void **state)
{
    (void)state;
    const double rows[][3] = {{0, 1, NAN}, {100, 0.5, 0.25}, {300, 0.1, 1}};
    int status = gsc_table_init(history, "loss", columns, 3);
    for (size_t i = 0; status == 0 && i < 3; i++)
        status = gsc_table_append(history, rows[i]);
    return status;
}

static int
free_history(void **state)
{
    (void)state;
    gsc_table_free(history);
    return 0;
}

#define IN_FOLDER(claim) \
    cmocka_unit_test_setup_teardown(claim, make_folder, remove_folder)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(a_checkpoint_reads_back_as_it_was_written),
        IN_FOLDER(tensors_come_back_sorted_and_bit_for_bit),
        IN_FOLDER(history_keeps_its_columns_in_order),
        IN_FOLDER(notes_of_any_length_come_back),
        IN_FOLDER(only_the_parts_asked_for_are_read),
        IN_FOLDER(a_checkpoint_may_have_no_task_and_no_rows),
        IN_FOLDER(four_thousand_residues_fit_an_attribute_and_more_are_refused),
        IN_FOLDER(what_the_format_cannot_hold_is_not_written),
        IN_FOLDER(what_is_no_checkpoint_is_named),
        IN_FOLDER(a_truncated_file_is_refused_at_every_length),
        IN_FOLDER(a_flipped_bit_in_a_tensor_is_found),
        IN_FOLDER(foreign_and_newer_files_are_refused),
        IN_FOLDER(a_newer_minor_version_with_more_in_it_is_read),
        IN_FOLDER(wrong_types_and_ranks_are_refused),
        IN_FOLDER(types_of_variable_length_are_refused),
        IN_FOLDER(links_that_lead_elsewhere_are_refused),
        IN_FOLDER(claims_beyond_the_file_are_refused_before_allocation),
        IN_FOLDER(data_that_are_not_plainly_in_the_file_are_refused),
        IN_FOLDER(names_that_do_not_fit_are_refused),
        IN_FOLDER(missing_parts_are_named),
        IN_FOLDER(columns_must_agree),
        IN_FOLDER(check_accepts_what_is_written),
        IN_FOLDER(check_finds_values_out_of_range),
        IN_FOLDER(check_finds_a_configuration_that_is_no_json),
        IN_FOLDER(equal_contents_make_equal_files_at_any_time),
        IN_FOLDER(the_digest_leaves_out_provenance_alone),
        IN_FOLDER(the_digest_sees_every_other_change),
        IN_FOLDER(a_circle_of_groups_has_no_digest),
        IN_FOLDER(a_full_disk_leaves_the_old_file_and_nothing_else),
        IN_FOLDER(a_folder_is_no_target),
        IN_FOLDER(a_folder_without_permission_is_no_place),
        IN_FOLDER(links_are_followed_and_devices_written_directly),
        IN_FOLDER(only_temporary_names_of_ended_writers_are_leftovers),
    };
    return cmocka_run_group_tests(tests, make_history, free_history);
}
