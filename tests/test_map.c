/* Maps that users write: what their lines do to a tensor, and what is wrong in them. */
#include "grokscope/error.h"

#include "test.h"
#include "train/base/file.h"
#include "train/exchange/naming/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char path[] = "/tmp/grokscope-map-XXXXXX";
static const size_t nothing[GSC_NUM_AXES];

static int
make_path(void **state)
{
    (void)state;
    return close(mkstemp(path));
}

static int
remove_path(void **state)
{
    (void)state;
    return unlink(path);
}

static int
read_map(gsc_map_file *file, const char *text)
{
    assert_return_ok(gsc_file_write(path, text, strlen(text)));
    return gsc_map_file_read(file, path);
}

/* A tensor whose element i is i. */
static gsc_tensor
count_up(const char *name, gsc_shape shape)
{
    gsc_tensor tensor = {.shape = shape};
    float *data = calloc(gsc_shape_count(shape), sizeof *data);
    snprintf(tensor.name, sizeof tensor.name, "%s", name);
    for (size_t i = 0; i < gsc_shape_count(shape); i++)
        data[i] = (float)i;
    tensor.data = data;
    return tensor;
}

/* What a map makes of tensors, in *ours; they are freed. */
static int
convert(const char *text, const gsc_tensor *theirs, size_t count, gsc_tensor **ours,
        size_t *length)
{
    gsc_map_file file;
    gsc_named named;
    *length = count;
    *ours = calloc(count, sizeof **ours);
    memcpy(*ours, theirs, count * sizeof **ours);
    assert_return_ok(read_map(&file, text));
    int status = gsc_naming_fit(*ours, count, nothing, &file.map, &named);
    if (status == 0)
        status = gsc_naming_to_own(&named, ours, length);
    gsc_map_file_free(&file);
    return status;
}

static void
free_all(gsc_tensor *tensors, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(tensors[i].data);
    free(tensors);
}

static float
at(const gsc_tensor *tensors, size_t count, const char *name, size_t element)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(tensors[i].name, name) == 0) {
            assert_true(element < gsc_shape_count(tensors[i].shape));
            return ((const float *)tensors[i].data)[element];
        }
    fail_msg("there is no %s", name);
    return 0;
}

#define REST "linear1.W = W\nlinear2.W = V, transpose\n"

static gsc_tensor *
chain(const char *lines, gsc_shape table, size_t *length)
{
    char text[512];
    gsc_tensor *ours;
    const gsc_tensor theirs[] = {count_up("table", table),
                                 count_up("W", (gsc_shape){2, {4, 3}}),
                                 count_up("V", (gsc_shape){2, {5, 3}})};
    snprintf(text, sizeof text, "%s" REST, lines);
    assert_return_ok(convert(text, theirs, 3, &ours, length));
    return ours;
}

/* Of a table of [5, 2] with rows 2 r and 2 r + 1. */
static void
rows_are_taken_in_the_order_of_the_list(void **state)
{
    size_t length;
    const gsc_shape table = {2, {6, 2}};
    (void)state;
    gsc_tensor *ours = chain("embed.W_E = table, rows 3-5 0,1\n", table, &length);
    static const float rows[] = {3, 4, 5, 0, 1};
    for (size_t i = 0; i < 10; i++)
        assert_true(at(ours, length, "embed.W_E", i) ==
                    2 * rows[i / 2] + (float)(i % 2));
    free_all(ours, length);
    /* residues first, and then the others as they stood */
    ours = chain("embed.W_E = table\noperands = 4,1\noutputs = 4\n", table, &length);
    static const float all[] = {4, 1, 0, 2, 3, 5};
    for (size_t i = 0; i < 12; i++)
        assert_true(at(ours, length, "embed.W_E", i) ==
                    2 * all[i / 2] + (float)(i % 2));
    /* V is [5, 3]: ours is [3, 5], whose column 0 was row 4 and column 1 row 0 */
    for (size_t i = 0; i < 3; i++) {
        assert_true(at(ours, length, "linear2.W", 5 * i) == 12 + (float)i);
        assert_true(at(ours, length, "linear2.W", 5 * i + 1) == (float)i);
    }
    free_all(ours, length);
}

/* [2, 6] read as [6, 2], or transposed after its columns were chosen. */
static void
a_shape_is_changed_before_rows_and_axes(void **state)
{
    size_t length;
    const gsc_shape table = {2, {2, 6}};
    (void)state;
    gsc_tensor *ours =
        chain("embed.W_E = table, rows 1-5, reshape -1 2\n", table, &length);
    for (size_t i = 0; i < 10; i++)
        assert_true(at(ours, length, "embed.W_E", i) == (float)(i + 2));
    free_all(ours, length);
    ours = chain("embed.W_E = table, transpose, columns 5 0-3\n", table, &length);
    static const float columns[] = {5, 0, 1, 2, 3};
    for (size_t i = 0; i < 10; i++)
        assert_true(at(ours, length, "embed.W_E", i) ==
                    columns[i / 2] + (float)(6 * (i % 2)));
    free_all(ours, length);
}

/* Two tables side by side in one tensor: part 1 begins in its middle. */
static void
parts_of_one_tensor_are_tensors_of_ours(void **state)
{
    size_t length;
    gsc_tensor *ours;
    const gsc_tensor theirs[] = {count_up("both", (gsc_shape){2, {3, 10}}),
                                 count_up("end", (gsc_shape){2, {3, 5}})};
    (void)state;
    assert_return_ok(convert("embed.W_left = both, part 0 of 2 along 1, transpose\n"
                             "embed.W_right = both: d_mlp (1/2 d_vocab)\n"
                             "unembed.W_U = end",
                             theirs, 2, &ours, &length));
    for (size_t i = 0; i < 15; i++) { /* [5, 3] of [3, 10] */
        float left = (float)(10 * (i % 3) + i / 3);
        assert_true(at(ours, length, "embed.W_left", i) == left);
        assert_true(at(ours, length, "embed.W_right", i) == left + 5);
    }
    free_all(ours, length);
}

static void
a_line_that_cannot_be_is_told_with_its_number(void **state)
{
    static const struct {
        const char *text, *said;
    } faults[] = {
        {"\n\nembed.W_E", ":3: expected OURS = THEIRS"},
        {"embed.W_left = a\nembed.W_rihgt = b",
         ":2: embed.W_rihgt: is no tensor of ours; "
         "nearest: embed.W_right"},
        {"embed.W_E = a\nembed.W_E = b", ":2: embed.W_E: is on line 1 already"},
        {"embed.W_E = a, rows 1-", ":1: rows: expected a row or FIRST-LAST"},
        {"linear1.W = a\noperands = 1-3",
         ":2: no line of the map has a table of tokens"},
        {"embed.W_E = a, heads ?", ":1: ? waits for an answer"},
        {"embed.W_left = a: d_mlp (1/2 d_vocab)\noperands = 1",
         ":1: d_vocab lies in one "
         "dimension with others"},
        {"# only this", ": no line is OURS = THEIRS"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        gsc_map_file file;
        assert_fails(read_map(&file, faults[i].text), GSC_EFORMAT, faults[i].said);
        gsc_map_file_free(&file);
    }
}

/* A part that a tensor has not is not read from behind its end. */
static void
parts_agree_with_the_sizes_of_others(void **state)
{
    size_t length;
    gsc_tensor *ours;
    const gsc_tensor theirs[] = {count_up("both", (gsc_shape){2, {3, 12}}),
                                 count_up("end", (gsc_shape){2, {3, 5}})};
    (void)state;
    assert_fails(convert("embed.W_left = both, part 0 of 2 along 1, transpose\n"
                         "embed.W_right = both, part 2 of 3 along 1, transpose\n"
                         "unembed.W_U = end",
                         theirs, 2, &ours, &length),
                 GSC_EFORMAT,
                 "line 2: both [3, 12]: expected [d_mlp 3, 3 x d_vocab 6]");
    free_all(ours, length);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_taken_in_the_order_of_the_list),
        cmocka_unit_test(a_shape_is_changed_before_rows_and_axes),
        cmocka_unit_test(parts_of_one_tensor_are_tensors_of_ours),
        cmocka_unit_test(a_line_that_cannot_be_is_told_with_its_number),
        cmocka_unit_test(parts_agree_with_the_sizes_of_others),
    };
    return cmocka_run_group_tests(tests, make_path, remove_path);
}
