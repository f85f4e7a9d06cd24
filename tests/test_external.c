/* Files of other programs: what they hold, and what is refused. */
#include "external_fixture.h"

static gsc_external *file;

static void
open_pickle(const char *pickle, size_t length)
{
    write_archive(pickle, length, sample_storage, sizeof sample_storage);
    assert_return_ok(open_file(&file));
}

static void
refuse_pickle(const char *pickle, size_t length, const char *words)
{
    write_archive(pickle, length, sample_storage, sizeof sample_storage);
    assert_fails(open_file(&file), GSC_EFORMAT, words);
}
#define OPEN(literal) open_pickle(literal, sizeof(literal) - 1)
#define REFUSE(literal, words) refuse_pickle(literal, sizeof(literal) - 1, words)

static void
write_text(const char *text, size_t length)
{
    assert_return_ok(gsc_file_write(path, text, length));
}

/* ---- PyTorch archives ---- */

static void
views_are_read_in_the_order_of_their_strides(void **state)
{
    static const float expected[] = {1, 3, 5, 2, 4, 6};
    gsc_tensor tensor;
    (void)state;
    OPEN(sample_pickle);
    const gsc_value *w = gsc_value_at(gsc_external_root(file), "w");
    assert_non_null(w);
    assert_return_ok(gsc_external_tensor(file, w->array, &tensor));
    assert_int_equal(tensor.shape.rank, 2);
    assert_int_equal(tensor.shape.dims[0], 2);
    assert_memory_equal(tensor.data, expected, sizeof expected);
    free(tensor.data);
    gsc_external_close(file);
}

static void
numbers_and_texts_are_read(void **state)
{
    double number;
    (void)state;
    OPEN(sample_pickle);
    const gsc_value *root = gsc_external_root(file);
    const gsc_value *n = gsc_value_get(root, "n");
    assert_true(gsc_value_is_numbers(n));
    assert_true(gsc_value_to_real(n->items[1], &number));
    assert_close(number, -1, 0);
    assert_true(gsc_value_to_real(gsc_value_at(root, "t"), &number) == false);
    assert_string_equal(gsc_value_at(root, "t[0]")->text, "x");
    assert_close(n->items[2]->real, 0.5, 0);
    assert_null(gsc_value_at(root, "t[1]"));
    assert_null(gsc_value_at(root, "t[0"));
    gsc_external_close(file);
}

static void
functions_are_names_and_are_not_called(void **state)
{
    (void)state;
    OPEN(PICKLE("cos\nsystem\nX\x02\x00\x00\x00ls\x85R"));
    const gsc_value *root = gsc_external_root(file);
    assert_int_equal(root->kind, GSC_VALUE_OBJECT);
    assert_string_equal(root->text, "os.system");
    assert_string_equal(gsc_value_at(root, "[0]")->text, "ls");
    gsc_external_close(file);
    OPEN("\x80\x04\x8c\x08"
         "builtins\x8c\x04"
         "eval\x93\x8c\x01"
         "1\x85R.");
    assert_string_equal(gsc_external_root(file)->text, "builtins.eval");
    gsc_external_close(file);
}

static void
objects_are_kept_by_name_with_their_fields(void **state)
{
    (void)state;
    OPEN(PICKLE("cmine\nConfig\n)\x81}X\x01\x00\x00\x00pK\x07sb"));
    const gsc_value *root = gsc_external_root(file);
    assert_int_equal(root->kind, GSC_VALUE_OBJECT);
    assert_string_equal(root->text, "mine.Config");
    assert_int_equal(gsc_value_get(root, "p")->integer, 7);
    gsc_external_close(file);
}

static void
broken_pickles_are_refused(void **state)
{
    (void)state;
    REFUSE("\x80\x02}", "has no end");
    REFUSE("\x80\x01}.", "is of protocol 1, expected 2 to 5");
    REFUSE(PICKLE("0"), "takes more from the stack than is on it");
    REFUSE(PICKLE("K\x01(0"), "takes more from the stack");
    REFUSE(PICKLE("u"), "takes a mark where none is set");
    REFUSE(PICKLE("h\x05"), "recalls value number 5");
    REFUSE(PICKLE("Nr\xff\xff\xff\xff"), "keeps value number 4294967295");
    REFUSE(PICKLE("X\xff\xff\xff\x7f"), "ends too early");
    REFUSE(PICKLE("\x8a\x09"), "ends too early: 8 bytes missing");
    REFUSE(PICKLE("N(NNu"), "sets an item of what is no dictionary");
    REFUSE(PICKLE("}(Nu"), "sets a key without a value");
    REFUSE(PICKLE("NQ"), "a persistent id that is no storage");
    REFUSE(PICKLE("I1\n"), "has an opcode 0x49, which is not read");
}

static void
a_value_in_itself_is_walked_once(void **state)
{
    (void)state;
    write_archive(PICKLE("]q\x00h\x00"
                         "a"),
                  9, sample_storage, 4);
    assert_return_ok(read_everything());
}

static void
storages_are_compared_with_the_file(void **state)
{
    (void)state;
    write_archive(sample_pickle, sizeof sample_pickle - 1, sample_storage, 24);
    assert_fails(open_file(&file), GSC_EFORMAT, "element 6 of float32");
}

/* ---- safetensors ---- */

/* The format's own example. */
#define GOLDEN                                                                         \
    "<\0\0\0\0\0\0\0{\"test\":{\"dtype\":\"I32\",\"shape\":[2,2],\"data_offsets\":[0," \
    "16]}}\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"

static void
the_example_of_safetensors_is_read(void **state)
{
    gsc_tensor tensor;
    (void)state;
    write_text(GOLDEN, sizeof GOLDEN - 1);
    assert_return_ok(open_file(&file));
    const gsc_value *test = gsc_value_get(gsc_external_root(file), "test");
    assert_return_ok(gsc_external_tensor(file, test->array, &tensor));
    assert_int_equal(tensor.type, GSC_FLOAT64);
    assert_int_equal(gsc_shape_count(tensor.shape), 4);
    free(tensor.data);
    gsc_external_close(file);
}

static void
refuse_header(const char *header, size_t data, const char *words)
{
    char text[1024] = {(char)strlen(header)};
    assert_true(strlen(header) < 128);
    memcpy(text + 8, header, strlen(header));
    write_text(text, 8 + strlen(header) + data);
    assert_fails(open_file(&file), GSC_EFORMAT, words);
}

static void
broken_safetensors_are_refused(void **state)
{
    (void)state;
    write_text(GOLDEN, sizeof GOLDEN - 2);
    assert_fails(open_file(&file), GSC_EFORMAT, "data_offsets are no place");
    write_text(GOLDEN "x", sizeof GOLDEN);
    assert_fails(open_file(&file), GSC_EFORMAT, "17 bytes of data, expected 16");
    write_text("\xff\0\0\0\0\0\0\0{}", 10);
    assert_fails(open_file(&file), GSC_EFORMAT, "a header of 255 bytes");
    refuse_header("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", 8,
                  "hole or overlap at byte 0");
    refuse_header("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}", 4,
                  "a: has 4 bytes, expected 8");
    refuse_header("{\"a\":{\"dtype\":\"F9\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4,
                  "dtype is F9");
    refuse_header("{\"a\":1,\"a\":2}", 0, "header: line 1: duplicate");
    refuse_header("{\"__metadata__\":{\"n\":1}}", 0, "expected texts by name");
}

/* ---- Written, and read again ---- */

static void
what_is_written_is_read(void **state)
{
    float w[] = {1, -2, 3, 0x1p-149f, 5, 6};
    double x = 0.1;
    void *image;
    size_t length;
    gsc_tensor read, tensors[] = {{.name = "w", .shape = {2, {2, 3}}, .data = w},
                                  {.name = "x", .type = GSC_FLOAT64, .data = &x}};
    const gsc_metadata_item note = {"step", "12"};
    (void)state;
    for (int form = 0; form < 2; form++) {
        assert_return_ok(
            form == 0 ? gsc_safetensors_image(tensors, 2, &note, 1, &image, &length)
                      : gsc_npz_image(tensors, 2, &image, &length));
        assert_return_ok(gsc_file_write(path, image, length));
        free(image);
        assert_return_ok(open_file(&file));
        for (int i = 0; i < 2; i++) {
            const gsc_value *value =
                gsc_value_get(gsc_external_root(file), tensors[i].name);
            assert_return_ok(gsc_external_tensor(file, value->array, &read));
            assert_int_equal(read.type, tensors[i].type);
            assert_int_equal(read.shape.rank, tensors[i].shape.rank);
            assert_memory_equal(read.data, tensors[i].data,
                                i == 0 ? sizeof w : sizeof x);
            free(read.data);
        }
        if (form == 0)
            assert_string_equal(
                gsc_value_get(gsc_external_metadata(file), "step")->text, "12");
        gsc_external_close(file);
    }
}

/* ---- npy ---- */

#define NPY(shape, descr, order)                                                   \
    "\x93NUMPY\x01\x00\x3e\x00{'descr': '" descr "', 'fortran_order': " order ", " \
    "'shape': " shape "}"

static void
fortran_order_and_half_precision_are_read(void **state)
{
    static const float expected[] = {1, -2, 0x1p-24f, (float)INFINITY};
    char text[80];
    gsc_tensor tensor;
    (void)state;
    memset(text, ' ', sizeof text);
    memcpy(text, NPY("(2, 2)", "<f2", "True"), sizeof NPY("(2, 2)", "<f2", "True") - 1);
    memcpy(text + 72, "\x00\x3c\x01\x00\x00\xc0\x00\x7c", 8);
    write_text(text, sizeof text);
    assert_return_ok(open_file(&file));
    assert_return_ok(
        gsc_external_tensor(file, gsc_external_root(file)->array, &tensor));
    assert_memory_equal(tensor.data, expected, sizeof expected);
    free(tensor.data);
    gsc_external_close(file);
}

static void
refuse_npy(const char *header, const char *words)
{
    char text[80];
    memset(text, ' ', sizeof text);
    memcpy(text, header, 10 + strlen(header + 10));
    write_text(text, sizeof text);
    assert_fails(open_file(&file), GSC_EFORMAT, words);
}

static void
broken_arrays_are_refused(void **state)
{
    (void)state;
    refuse_npy(NPY("(2, 2)", "|O", "False"), "byte 1: has an opcode 0x20");
    refuse_npy(NPY("(2, 2)", ">f2", "False"), "elements of type '>f2'");
    refuse_npy(NPY("(3, 2)", "<f2", "False"), "element 5 of float16");
    refuse_npy(NPY("(3,)", "<f2", "False"), "has 8 bytes of elements, expected 6");
    refuse_npy(NPY("(-1,)", "<f2", "False"), "has no shape");
    refuse_npy(NPY("(2, 2)", "<f2", "maybe"), "in which order");
}

static void
other_files_are_refused(void **state)
{
    (void)state;
    write_text("hello, world", 12);
    assert_fails(open_file(&file), GSC_EFORMAT, "file: is text, which begins 'hello, ");
    write_text("", 0);
    assert_fails(open_file(&file), GSC_EFORMAT, "file: is empty");
    write_text("PK\3\4", 4);
    assert_fails(open_file(&file), GSC_EFORMAT, "file: ");
    assert_fails(gsc_external_open(&file, "/nowhere/x.pt"), GSC_EFORMAT,
                 "/nowhere/x.pt");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(views_are_read_in_the_order_of_their_strides),
        IN_FOLDER(numbers_and_texts_are_read),
        IN_FOLDER(functions_are_names_and_are_not_called),
        IN_FOLDER(objects_are_kept_by_name_with_their_fields),
        IN_FOLDER(broken_pickles_are_refused),
        IN_FOLDER(a_value_in_itself_is_walked_once),
        IN_FOLDER(storages_are_compared_with_the_file),
        IN_FOLDER(the_example_of_safetensors_is_read),
        IN_FOLDER(broken_safetensors_are_refused),
        IN_FOLDER(what_is_written_is_read),
        IN_FOLDER(fortran_order_and_half_precision_are_read),
        IN_FOLDER(broken_arrays_are_refused),
        IN_FOLDER(other_files_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
