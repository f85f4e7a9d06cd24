/* Rows under named columns: their cells, the keys that find them, and the files that
 * they are written as, read back by other programs' readers. */
#include "grokscope/rows.h"
#include "grokscope/text.h"

#include "analyze/rows/rows_output.h"
#include "folder_fixture.h"
#include "train/base/file.h"

#include <hdf5.h>
#include <jansson.h>

static const gsc_column columns[] = {
    {"tensor", GSC_CELL_TEXT, true, "", false},
    {"frequency", GSC_CELL_INTEGER, true, "", false},
    {"power", GSC_CELL_REAL, false, "", false},
    {"key", GSC_CELL_BOOL, false, "", false},
    {"phase", GSC_CELL_TEXT, false, "", true},
};

enum { NUM_COLUMNS = sizeof columns / sizeof *columns };

static void
begin(gsc_rows *rows)
{
    gsc_rows_init(rows, columns, NUM_COLUMNS);
}

static void
add(gsc_rows *rows, const char *tensor, int64_t frequency, double power, bool key)
{
    assert_return_ok(gsc_rows_text(rows, tensor));
    assert_return_ok(gsc_rows_integer(rows, frequency));
    assert_return_ok(gsc_rows_real(rows, power));
    assert_return_ok(gsc_rows_bool(rows, key));
    assert_return_ok(gsc_rows_text(rows, ""));
}

static const int64_t large = INT64_C(9007199254740993); /* no double holds it */

/* Texts of one, two and three bytes a character; a cell of each odd kind. */
static void
fill(gsc_rows *rows)
{
    begin(rows);
    add(rows, "embed", 0, 0.1, true);
    add(rows, "größe p²…", large, (double)NAN, false);
    add(rows, "", INT64_MIN, -0.0, true);
    assert_return_ok(gsc_rows_replace_text(rows, 1, 4, "späte Phase"));
}

/* ---- Cells ---- */

static void
cells_are_kept_by_kind(void **state)
{
    (void)state;
    gsc_rows rows;
    begin(&rows);
    assert_int_equal(gsc_rows_count(&rows), 0);
    for (int i = 0; i < 100; i++) {
        char name[24];
        snprintf(name, sizeof name, "tensor %d", i);
        add(&rows, name, -i, i / 3.0, i % 2);
        assert_int_equal(gsc_rows_count(&rows), (size_t)i + 1);
    }
    for (size_t i = 0; i < 100; i++) {
        char name[16];
        snprintf(name, sizeof name, "tensor %d", (int)i);
        assert_string_equal(gsc_rows_cell(&rows, i, 0)->text, name);
        assert_int_equal(gsc_rows_cell(&rows, i, 1)->integer, -(int)i);
        assert_true(gsc_rows_cell(&rows, i, 2)->real == (int)i / 3.0);
        assert_int_equal(gsc_rows_cell(&rows, i, 3)->truth, i % 2);
    }
    gsc_rows_free(&rows);
    gsc_rows_free(&rows); /* freed ones are fine */
}

static void
half_a_row_does_not_count_and_is_freed(void **state)
{
    (void)state;
    gsc_rows rows;
    begin(&rows);
    add(&rows, "a", 1, 2, false);
    assert_return_ok(gsc_rows_text(&rows, "b"));
    assert_int_equal(gsc_rows_count(&rows), 1);
    gsc_rows_free(&rows);
    assert_int_equal(gsc_rows_count(&rows), 0);
}

static void
columns_are_found_by_name(void **state)
{
    (void)state;
    gsc_rows rows;
    begin(&rows);
    for (size_t c = 0; c < NUM_COLUMNS; c++)
        assert_int_equal(gsc_rows_column(&rows, columns[c].name), c);
    gsc_rows_free(&rows);
}

static void
a_text_is_replaced_by_a_copy(void **state)
{
    (void)state;
    gsc_rows rows;
    char text[] = "memorises";
    begin(&rows);
    add(&rows, "a", 1, 2, false);
    add(&rows, "b", 1, 2, false);
    assert_return_ok(gsc_rows_replace_text(&rows, 1, 4, text));
    text[0] = 'x';
    assert_string_equal(gsc_rows_cell(&rows, 0, 4)->text, "");
    assert_string_equal(gsc_rows_cell(&rows, 1, 4)->text, "memorises");
    assert_string_equal(gsc_rows_cell(&rows, 1, 0)->text, "b");
    /* Even by what stands there. */
    assert_return_ok(
        gsc_rows_replace_text(&rows, 1, 4, gsc_rows_cell(&rows, 1, 4)->text + 3));
    assert_string_equal(gsc_rows_cell(&rows, 1, 4)->text, "orises");
    gsc_rows_free(&rows);
}

/* ---- Keys ---- */

static void
rows_are_found_by_their_keys_in_any_order(void **state)
{
    (void)state;
    gsc_rows a, b;
    begin(&a);
    begin(&b);
    for (int i = 0; i < 6; i++)
        add(&a, i < 3 ? "left" : "right", i % 3, i, true);
    for (int i = 5; i >= 0; i--) /* other values, which are no keys */
        add(&b, i < 3 ? "left" : "right", i % 3, 100 + i, false);
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(gsc_rows_find(&a, &a, i), i);
        assert_int_equal(gsc_rows_find(&a, &b, i), 5 - i);
        assert_int_equal(gsc_rows_find(&b, &a, i), 5 - i);
    }
    gsc_rows_free(&a);
    gsc_rows_free(&b);
}

static void
a_row_that_is_missing_is_not_found(void **state)
{
    (void)state;
    gsc_rows a, b, none;
    begin(&a);
    begin(&b);
    begin(&none);
    add(&a, "left", 1, 0, true);
    add(&a, "left", 2, 0, true);
    add(&b, "left", 3, 0, true); /* one key is another */
    add(&b, "right", 1, 0, true);
    add(&b, "left", 2, 0, true);
    assert_true(gsc_rows_find(&a, &b, 0) == SIZE_MAX);
    assert_true(gsc_rows_find(&a, &b, 1) == SIZE_MAX);
    assert_int_equal(gsc_rows_find(&a, &b, 2), 1);
    assert_true(gsc_rows_find(&none, &a, 0) == SIZE_MAX);
    gsc_rows_free(&a);
    gsc_rows_free(&b);
}

static void
keys_of_every_kind_are_compared(void **state)
{
    (void)state;
    const gsc_column keys[] = {{"x", GSC_CELL_REAL, true, "", false},
                               {"y", GSC_CELL_BOOL, true, "", false}};
    gsc_rows rows, wanted;
    gsc_rows_init(&rows, keys, 2);
    gsc_rows_init(&wanted, keys, 2);
    const double xs[] = {0.5, 0.5, 0.25};
    const bool ys[] = {true, false, true};
    for (size_t i = 0; i < 3; i++) {
        assert_return_ok(gsc_rows_real(&rows, xs[i]));
        assert_return_ok(gsc_rows_bool(&rows, ys[i]));
    }
    for (size_t i = 3; i-- > 0;) {
        assert_return_ok(gsc_rows_real(&wanted, xs[i]));
        assert_return_ok(gsc_rows_bool(&wanted, ys[i]));
    }
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(gsc_rows_find(&rows, &wanted, i), 2 - i);
    gsc_rows_free(&rows);
    gsc_rows_free(&wanted);
}

/* ---- HDF5 ---- */

/* The length of a dataset; its values in `values` of `type`. */
static size_t
read_column(hid_t file, const char *name, hid_t type, void *values)
{
    hsize_t length;
    hid_t data = H5Dopen2(file, name, H5P_DEFAULT);
    assert_true(data >= 0);
    hid_t space = H5Dget_space(data);
    assert_int_equal(H5Sget_simple_extent_ndims(space), 1);
    H5Sget_simple_extent_dims(space, &length, NULL);
    if (values)
        assert_true(H5Dread(data, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    H5Sclose(space);
    H5Dclose(data);
    return (size_t)length;
}

static void
assert_texts(hid_t file, const char *name, const char *const *texts, size_t count)
{
    char values[4][64] = {{0}};
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, sizeof *values);
    H5Tset_cset(type, H5T_CSET_UTF8);
    assert_int_equal(read_column(file, name, type, values), count);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(values[i], texts[i]);
    H5Tclose(type);
}

static void
assert_attribute(hid_t file, const char *name, const char *text)
{
    char *value = NULL;
    hid_t attribute = H5Aopen(file, name, H5P_DEFAULT);
    assert_true(attribute >= 0);
    hid_t type = H5Aget_type(attribute);
    assert_true(H5Aread(attribute, type, (void *)&value) >= 0);
    assert_string_equal(value, text);
    H5free_memory(value);
    H5Tclose(type);
    H5Aclose(attribute);
}

static int
answer(const gsc_rows *rows, gsc_format format, const char *to, bool force)
{
    const gsc_answer how = {
        .program = "s", .format = format, .path = to, .force = force};
    return gsc_rows_answer(rows, &how);
}

static void
a_file_holds_a_dataset_a_column(void **state)
{
    (void)state;
    gsc_rows rows;
    int64_t integers[3], truths[3];
    double reals[3];
    fill(&rows);
    assert_return_ok(gsc_rows_write_h5(&rows, "grokscope-test", "1.2.3", path));
    gsc_rows_free(&rows);
    hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    assert_true(file >= 0);
    assert_attribute(file, "schema", "grokscope-test");
    assert_attribute(file, "version", "1.2.3");
    assert_attribute(file, "columns", "tensor frequency power key phase");
    const char *const tensors[] = {"embed", "größe p²…", ""};
    const char *const phases[] = {"", "späte Phase", ""};
    assert_texts(file, "tensor", tensors, 3);
    assert_texts(file, "phase", phases, 3);
    assert_int_equal(read_column(file, "frequency", H5T_NATIVE_INT64, integers), 3);
    assert_true(integers[0] == 0 && integers[1] == large && integers[2] == INT64_MIN);
    assert_int_equal(read_column(file, "power", H5T_NATIVE_DOUBLE, reals), 3);
    assert_true(reals[0] == 0.1 && isnan(reals[1]));
    assert_true(reals[2] == 0 && signbit(reals[2]));
    assert_int_equal(read_column(file, "key", H5T_NATIVE_INT64, truths), 3);
    assert_true(truths[0] == 1 && truths[1] == 0 && truths[2] == 1);
    H5Fclose(file);
}

static void
no_rows_are_a_file_of_empty_datasets(void **state)
{
    (void)state;
    gsc_rows rows;
    begin(&rows);
    assert_return_ok(gsc_rows_write_h5(&rows, "grokscope-test", "1", path));
    hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    assert_true(file >= 0);
    assert_attribute(file, "columns", "tensor frequency power key phase");
    for (size_t c = 0; c < NUM_COLUMNS; c++)
        assert_int_equal(read_column(file, columns[c].name, -1, NULL), 0);
    H5Fclose(file);
    gsc_rows_free(&rows);
}

static void
a_path_that_cannot_be_written_is_told(void **state)
{
    (void)state;
    gsc_rows rows;
    fill(&rows);
    assert_fails(gsc_rows_write_h5(&rows, "s", "1", "/nowhere/x.h5"), GSC_EIO,
                 "/nowhere/x.h5");
    assert_fails(answer(&rows, GSC_FORMAT_H5, "/nowhere/x.h5", true), GSC_EIO,
                 "/nowhere/x.h5");
    assert_fails(answer(&rows, GSC_FORMAT_TSV, "/nowhere/x.tsv", false), GSC_EIO,
                 "/nowhere/x.tsv");
    gsc_rows_free(&rows);
}

static void
a_file_that_exists_is_replaced_by_force_alone(void **state)
{
    (void)state;
    gsc_rows rows;
    char *kept;
    size_t length;
    fill(&rows);
    assert_return_ok(gsc_file_write(path, "mine", 4));
    assert_fails(answer(&rows, GSC_FORMAT_H5, path, false), GSC_EARGUMENT,
                 "exists; --force replaces it");
    assert_return_ok(gsc_text_read_file(path, 100, &kept, &length));
    assert_string_equal(kept, "mine");
    free(kept);
    assert_return_ok(answer(&rows, GSC_FORMAT_H5, path, true));
    assert_true(H5Fis_hdf5(path) > 0);
    assert_fails(answer(&rows, GSC_FORMAT_H5, "", false), GSC_EARGUMENT,
                 "name one with --output");
    gsc_rows_free(&rows);
}

/* ---- Text ---- */

static void
assert_written_as(const gsc_rows *rows, const char *expected)
{
    char *text;
    size_t length;
    assert_return_ok(answer(rows, GSC_FORMAT_TSV, path, true));
    assert_return_ok(gsc_text_read_file(path, 1000, &text, &length));
    assert_string_equal(text, expected);
    free(text);
}

static void
rows_are_lines_of_a_table(void **state)
{
    (void)state;
    gsc_rows rows;
    fill(&rows);
    assert_written_as(&rows, "tensor\tfrequency\tpower\tkey\tphase\n"
                             "embed\t0\t0.1\t1\t\n"
                             "größe p²…\t9007199254740993\tnan\t0\tspäte Phase\n"
                             "\t-9223372036854775808\t-0\t1\t\n");
    gsc_rows_free(&rows);
    begin(&rows);
    assert_written_as(&rows, "tensor\tfrequency\tpower\tkey\tphase\n");
    gsc_rows_free(&rows);
}

static void
rows_are_objects_of_json(void **state)
{
    (void)state;
    for (size_t count = 0; count <= 3; count += 3) {
        gsc_rows rows;
        json_error_t error;
        if (count > 0)
            fill(&rows);
        else
            begin(&rows);
        assert_return_ok(answer(&rows, GSC_FORMAT_JSON, path, true));
        gsc_rows_free(&rows);
        json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
        assert_non_null(root);
        const json_t *results = json_object_get(root, "results");
        assert_true(json_is_array(results));
        assert_int_equal(json_array_size(results), count);
        if (count > 0) {
            const json_t *row = json_array_get(results, 1);
            assert_int_equal(json_object_size(row), NUM_COLUMNS);
            assert_string_equal(json_string_value(json_object_get(row, "tensor")),
                                "größe p²…");
            assert_true(json_integer_value(json_object_get(row, "frequency")) == large);
            assert_true(json_is_null(json_object_get(row, "power")));
            assert_true(json_is_false(json_object_get(row, "key")));
        }
        json_decref(root);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_are_kept_by_kind),
        cmocka_unit_test(half_a_row_does_not_count_and_is_freed),
        cmocka_unit_test(columns_are_found_by_name),
        cmocka_unit_test(a_text_is_replaced_by_a_copy),
        cmocka_unit_test(rows_are_found_by_their_keys_in_any_order),
        cmocka_unit_test(a_row_that_is_missing_is_not_found),
        cmocka_unit_test(keys_of_every_kind_are_compared),
        IN_FOLDER(a_file_holds_a_dataset_a_column),
        IN_FOLDER(no_rows_are_a_file_of_empty_datasets),
        IN_FOLDER(a_path_that_cannot_be_written_is_told),
        IN_FOLDER(a_file_that_exists_is_replaced_by_force_alone),
        IN_FOLDER(rows_are_lines_of_a_table),
        IN_FOLDER(rows_are_objects_of_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
