/* run.h5, the index over all steps of a run. */
#include "run_folder_fixture.h"

#include <hdf5.h>

#include <math.h>

/* Read /params/embed.W_E of run.h5: num_steps times six values. */
static void
read_stack(size_t num_steps, float *values)
{
    hsize_t dims[3];
    hid_t file = H5Fopen(in_folder("run.h5"), H5F_ACC_RDONLY, H5P_DEFAULT);
    assert_true(file >= 0);
    hid_t stack = H5Dopen2(file, "/params/embed.W_E", H5P_DEFAULT);
    assert_true(stack >= 0);
    hid_t space = H5Dget_space(stack);
    assert_int_equal(H5Sget_simple_extent_dims(space, dims, NULL), 3);
    assert_true(dims[0] == num_steps && dims[1] == 2 && dims[2] == 3);
    assert_true(
        H5Dread(stack, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    H5Sclose(space);
    H5Dclose(stack);
    H5Fclose(file);
}

static void
the_index_stacks_all_steps(void **state)
{
    (void)state;
    float values[3][6];
    write_step(0, 1.5f, 3);
    write_step(100, 2.5f, 3);
    write_step(1000, 3.5f, 3);
    assert_int_equal(gsc_run_write_index(folder, NULL, 0), 0);
    read_stack(3, values[0]);
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < 6; j++)
            assert_true(values[i][j] == 1.5f + (float)i);
}

static void
the_index_moves_with_its_folder(void **state)
{
    (void)state;
    float values[6];
    char moved[sizeof folder];
    write_step(0, 1.5f, 3);
    assert_int_equal(gsc_run_write_index(folder, NULL, 0), 0);
    memcpy(moved, folder, sizeof moved);
    moved[strlen(moved) - 1] = '-';
    assert_int_equal(rename(folder, moved), 0);
    memcpy(folder, moved, sizeof moved);
    read_stack(1, values);
    assert_true(values[5] == 1.5f);
}

static void
a_missing_step_file_reads_as_nan(void **state)
{
    (void)state;
    float values[3][6];
    write_step(0, 1, 3);
    write_step(1, 2, 3);
    write_step(2, 3, 3);
    assert_int_equal(gsc_run_write_index(folder, NULL, 0), 0);
    assert_int_equal(unlink(in_folder("step-000000001.h5")), 0);
    read_stack(3, values[0]);
    for (size_t j = 0; j < 6; j++)
        assert_true(values[0][j] == 1 && isnan(values[1][j]) && values[2][j] == 3);
}

static void
a_step_file_without_the_tensor_reads_as_nan(void **state)
{
    (void)state;
    float values[2][6];
    gsc_checkpoint bare = {.config = "{}"};
    assert_int_equal(gsc_checkpoint_write(&bare, in_folder("step-000000000.h5")), 0);
    write_step(1, 2, 3);
    assert_int_equal(gsc_run_write_index(folder, NULL, 0), 0);
    read_stack(2, values[0]);
    for (size_t j = 0; j < 6; j++)
        assert_true(isnan(values[0][j]) && values[1][j] == 2);
}

static void
an_index_without_steps_is_empty(void **state)
{
    (void)state;
    assert_int_equal(gsc_run_write_index(folder, NULL, 0), 0);
    hid_t file = H5Fopen(in_folder("run.h5"), H5F_ACC_RDONLY, H5P_DEFAULT);
    assert_true(file >= 0);
    assert_true(H5Lexists(file, "/steps", H5P_DEFAULT) > 0);
    H5Fclose(file);
}

static void
a_damaged_newest_step_is_named(void **state)
{
    (void)state;
    char message[256];
    write_step(0, 1, 3);
    touch("step-000000001.h5");
    assert_int_equal(gsc_run_write_index(folder, NULL, 0), GSC_EFORMAT);
    snprintf(message, sizeof message, "%s/step-000000001.h5: not an HDF5 file", folder);
    assert_string_equal(gsc_error_text(), message);
    assert_false(exists("run.h5"));
}

static void
an_index_is_no_checkpoint(void **state)
{
    (void)state;
    gsc_checkpoint got;
    write_step(0, 1, 3);
    assert_int_equal(gsc_run_write_index(folder, NULL, 0), 0);
    assert_int_equal(gsc_checkpoint_read(&got, in_folder("run.h5"), 0), GSC_EFORMAT);
    assert_non_null(
        strstr(gsc_error_text(), "format is 'grokscope-run', expected 'grokscope'"));
    gsc_checkpoint_free(&got);
}

static void
a_percent_in_a_name_is_no_directive(void **state)
{
    (void)state;
    float value = 2.5f, read = 0;
    gsc_tensor tensor = {.name = "50%s%b%", .data = &value};
    gsc_checkpoint made = {.config = "{}", .num_params = 1, .params = &tensor};
    assert_return_ok(gsc_checkpoint_write(&made, in_folder("step-000000000.h5")));
    assert_return_ok(gsc_run_write_index(folder, NULL, 0));
    hid_t file = H5Fopen(in_folder("run.h5"), H5F_ACC_RDONLY, H5P_DEFAULT);
    hid_t stack = H5Dopen2(file, "/params/50%s%b%", H5P_DEFAULT);
    assert_true(
        H5Dread(stack, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, &read) >= 0);
    assert_true(read == value);
    H5Dclose(stack);
    H5Fclose(file);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        IN_RUN(a_percent_in_a_name_is_no_directive),
        IN_RUN(the_index_stacks_all_steps),
        IN_RUN(the_index_moves_with_its_folder),
        IN_RUN(a_missing_step_file_reads_as_nan),
        IN_RUN(a_step_file_without_the_tensor_reads_as_nan),
        IN_RUN(an_index_without_steps_is_empty),
        IN_RUN(a_damaged_newest_step_is_named),
        IN_RUN(an_index_is_no_checkpoint),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
