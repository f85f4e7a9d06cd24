/* Files of other programs that ask for far more work or memory than their bytes. */
#include "external_fixture.h"
#include "train/exchange/external_config.h"
#include "train/exchange/import.h"

#include <time.h>

static int
visit_nothing(void *context, const char *at, const gsc_value *value)
{
    (void)context, (void)at, (void)value;
    return 0;
}

/* Write an archive of a pickle that is made piece by piece, and open it. */
static gsc_external *
open_made(const gsc_text *pickle)
{
    gsc_external *file;
    write_archive(pickle->data, pickle->length, sample_storage, sizeof sample_storage);
    assert_return_ok(open_file(&file));
    return file;
}

static void
put(gsc_text *pickle, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        assert_return_ok(gsc_text_add(pickle, "%c", bytes[i]));
}
#define PUT(pickle, literal) put(pickle, literal, sizeof(literal) - 1)

static void
elements_are_not_repeated_without_end(void **state)
{
    (void)state;
    static const char pickle[] =
        PICKLE("ctorch._utils\n_rebuild_tensor_v2\n((X\x07\x00\x00\x00storage"
               "ctorch\nFloatStorage\nX\x01\x00\x00\x00"
               "0X\x03\x00\x00\x00"
               "cpuK\x07tQK\x00M\x00\x40M\x00\x40\x86K\x00K\x00\x86\x89NtR");
    write_archive(pickle, sizeof pickle - 1, sample_storage, sizeof sample_storage);
    assert_fails(read_everything(), GSC_EFORMAT,
                 "268435456 elements that repeat those of 28 bytes");
}

static void
a_list_of_numbers_is_not_walked_for_ever(void **state)
{
    (void)state;
    enum { NUMBERS = 2000, TIMES = 300 };
    gsc_text pickle = {0};
    PUT(&pickle, "\x80\x02]q\x00(");
    for (size_t i = 0; i < NUMBERS; i++)
        PUT(&pickle, "K\x01");
    PUT(&pickle, "e0");
    for (char level = 1; level < 4; level++) { /* each a list of the one before */
        const char begin[] = {']', 'q', level, '('}, item[] = {'h', (char)(level - 1)};
        put(&pickle, begin, sizeof begin);
        for (size_t i = 0; i < TIMES; i++)
            put(&pickle, item, sizeof item);
        PUT(&pickle, "e0");
    }
    PUT(&pickle, "h\x03.");
    gsc_external *file = open_made(&pickle);
    assert_fails(gsc_value_walk(gsc_external_root(file), visit_nothing, NULL),
                 GSC_EFORMAT, "they lie in each other");
    gsc_external_close(file);
    gsc_text_free(&pickle);
}

static void
a_path_through_a_value_in_itself_has_an_end(void **state)
{
    (void)state;
    gsc_text pickle = {0};
    PUT(&pickle, "\x80\x02}q\x00(");
    for (size_t i = 0; i < 1000; i++)
        PUT(&pickle, "X\x01\x00\x00\x00"
                     "ah\x00");
    PUT(&pickle, "u.");
    gsc_external *file = open_made(&pickle);
    time_t start = time(NULL);
    gsc_value_at(gsc_external_root(file), "a.a.a.a.a.a.b"); /* 10^18 ways without */
    assert_true(time(NULL) - start < 20);
    gsc_external_close(file);
    gsc_text_free(&pickle);
}

/* A zip file of one entry. */
static unsigned char *
image_of(const char *name, const void *data, size_t bytes, size_t *length)
{
    void *image;
    const gsc_zip_member member = {name, data, bytes};
    assert_return_ok(gsc_zip_image(&member, 1, &image, length));
    return image;
}

static size_t
find_last(const unsigned char *image, size_t length, const char *mark)
{
    size_t at = length - 4;
    while (memcmp(image + at, mark, 4) != 0)
        at--;
    return at;
}

/* The data of one entry are another one, header and all, that the directory lists too.
 */
static void
entries_in_each_other_are_refused(void **state)
{
    (void)state;
    enum { BYTES = 4000, END = 22 };
    static const char data[BYTES];
    size_t inner_length, length;
    unsigned char *inner = image_of("v.npy", data, BYTES, &inner_length);
    size_t listed = find_last(inner, inner_length, "PK\1\2");
    size_t record = inner_length - END - listed;
    unsigned char *outer = image_of("w.npy", inner, listed, &length);
    unsigned char *both = malloc(length + record);
    assert_non_null(both);
    memcpy(both, outer, length - END);
    memcpy(both + length - END, inner + listed, record);
    memcpy(both + length - END + record, outer + length - END, END);
    size_t place = find_last(outer, length, "PK\3\4");
    unsigned char *second = both + length - END, *tail = second + record;
    second[42] = (unsigned char)(place & 255);
    second[43] = (unsigned char)(place >> 8);
    tail[8] = tail[10] = 2;
    tail[12] = (unsigned char)(tail[12] + record);
    assert_return_ok(gsc_file_write(path, both, length + record));
    free(both);
    free(outer);
    free(inner);
    assert_fails(read_everything(), GSC_EFORMAT, "its entries hold more than its");
}

static void
shapes_that_no_memory_holds_are_faults_of_the_file(void **state)
{
    (void)state;
    static const char header[] =
        "{\"w\":{\"dtype\":\"F32\",\"shape\":[9223372036854775807,"
        "8,0],\"data_offsets\":[0,0]}}";
    char file[8 + sizeof header] = {(char)(sizeof header - 1)};
    memcpy(file + 8, header, sizeof header - 1);
    assert_return_ok(gsc_file_write(path, file, 8 + sizeof header - 1));
    assert_fails(read_everything(), GSC_EFORMAT, "more elements than can be");
}

static void
names_that_are_no_texts_are_no_keys(void **state)
{
    (void)state;
    static const char pickle[] = PICKLE("}(X\x05\x00\x00\x00model}(K\x01K\x02X\x07\x00"
                                        "\x00\x00"
                                        "n_headsK\x08uu");
    const gsc_text made = {(char *)pickle, sizeof pickle - 1, 0};
    gsc_external *file = open_made(&made);
    gsc_config config;
    assert_return_ok(gsc_config_unset(&config));
    assert_return_ok(gsc_config_read_external(&config, gsc_external_root(file)));
    assert_int_equal(gsc_import_model(&config)->n_heads, 8);
    gsc_external_close(file);
}

static void
more_layers_than_a_network_may_have_are_refused(void **state)
{
    (void)state;
    enum { LAYERS = 65, ROWS = 6 };
    static const char *const names[ROWS] = {"attn.W_Q", "attn.W_K", "attn.W_V",
                                            "attn.W_O", "mlp.W_in", "mlp.W_out"};
    static float zeros[64];
    static gsc_tensor tensors[ROWS * LAYERS + 3];
    const gsc_tensor ends[] = {
        {.name = "embed.W_E", .shape = {2, {6, 2}}, .data = zeros},
        {.name = "pos_embed.W_pos", .shape = {2, {3, 2}}, .data = zeros},
        {.name = "unembed.W_U", .shape = {2, {2, 5}}, .data = zeros}};
    size_t count = 0;
    for (size_t layer = 0; layer < LAYERS; layer++)
        for (size_t row = 0; row < ROWS; row++, count++) {
            gsc_shape head = {3, {1, 2, 2}}, in = {2, {2, 3}}, back = {2, {3, 2}};
            tensors[count].shape = row < 4 ? head : row == 4 ? in : back;
            tensors[count].data = zeros;
            snprintf(tensors[count].name, sizeof tensors[count].name, "blocks.%zu.%s",
                     layer, names[row]);
        }
    for (size_t i = 0; i < 3; i++)
        tensors[count++] = ends[i];
    void *image;
    size_t length;
    gsc_external *file;
    gsc_import made;
    gsc_config known;
    assert_return_ok(gsc_safetensors_image(tensors, count, NULL, 0, &image, &length));
    assert_return_ok(gsc_file_write(path, image, length));
    free(image);
    assert_return_ok(open_file(&file));
    assert_return_ok(gsc_config_unset(&known));
    assert_fails(gsc_import_init(&made, file, gsc_external_root(file), &known,
                                 GSC_NAMING_TL, NULL),
                 GSC_EFORMAT, "n_layers: the tensors have 65, of at most 64");
    gsc_external_close(file);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(elements_are_not_repeated_without_end),
        IN_FOLDER(a_list_of_numbers_is_not_walked_for_ever),
        IN_FOLDER(a_path_through_a_value_in_itself_has_an_end),
        IN_FOLDER(entries_in_each_other_are_refused),
        IN_FOLDER(shapes_that_no_memory_holds_are_faults_of_the_file),
        IN_FOLDER(names_that_are_no_texts_are_no_keys),
        IN_FOLDER(more_layers_than_a_network_may_have_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
