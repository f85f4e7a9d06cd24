/* A small checkpoint, and a folder for two files. */
#ifndef GSC_TEST_CHECKPOINT_FIXTURE_H
#define GSC_TEST_CHECKPOINT_FIXTURE_H

#include "grokscope/binary_table.h"
#include "grokscope/checkpoint.h"

#include "folder_fixture.h"
#include "train/base/file.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

static char other[64]; /* a second file */

static inline int
make_two(void **state)
{
    int status = make_folder(state);
    snprintf(other, sizeof other, "%s/other.h5", folder);
    return status;
}

static inline int
remove_two(void **state)
{
    unlink(other);
    return remove_folder(state); /* fails where a test left something */
}

#define IN_TWO(claim) cmocka_unit_test_setup_teardown(claim, make_two, remove_two)

static float embedding[6] = {1, -2, 3.5f, 0, -0.0f, 1e-30f};
static double scale = 0.1;
static float bias[3] = {7, 8, 9};
static float moments[6] = {6, 5, 4, 3, 2, 1};
static double counter = 12;
static gsc_tensor params[4];
static gsc_tensor state_tensors[2];
static uint16_t inputs[] = {0, 0, 4, 0, 1, 4, 1, 0, 4, 1, 1, 4};
static uint16_t labels[] = {0, 1, 1, 0}, operands[] = {0, 1}, answers[] = {0, 1};
static uint8_t pixels[] = {0, 255, 1, 2, 3, 4, 5, 6};
static uint32_t train[] = {2, 0}, test[] = {1, 3};
static gsc_facets facets; /* made by make_history */
static const char *const columns[] = {"step", "train_loss", "accuracy"};
static gsc_table history[1];
static gsc_provenance_item notes[] = {{"host", "näher"},
                                      {"command line", "grokscope-train x"}};

static inline gsc_tensor
tensor(const char *name, const char *axes, bool trained, gsc_type type, gsc_shape shape,
       void *data)
{
    gsc_tensor made = {.trained = trained, .type = type, .shape = shape, .data = data};
    snprintf(made.name, sizeof made.name, "%s", name);
    snprintf(made.axes, sizeof made.axes, "%s", axes);
    return made;
}

/* Two numbers mod 2, and a picture of each pair. */
static inline gsc_dataset
small_dataset(void)
{
    return (gsc_dataset){
        .num_examples = 4,
        .num_fields = 3,
        .fields = {{"tokens", GSC_FIELD_UINT16, {1, {3}}, 5, 1, 0, inputs},
                   {"label", GSC_FIELD_UINT16, {1, {1}}, 2, 1, 0, labels},
                   {"image", GSC_FIELD_UINT8, {1, {2}}, 0, 1.0 / 255, -0.5, pixels}},
        .num_splits = 2,
        .splits = {{"train", 2, train}, {"test", 2, test}},
        .num_targets = 1,
        .targets = {{.name = "answer",
                     .field = "label",
                     .position = 2,
                     .num_positions = 1,
                     .loss = "cross_entropy",
                     .weight = 1}}};
}

static inline gsc_checkpoint
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
        .dataset = small_dataset(),
        .facets = facets,
        .num_params = 4,
        .params = params,
        .num_tables = 1,
        .history = history,
        .history_since = -1,
        .num_state = 2,
        .state = state_tensors,
        .num_provenance = 2,
        .provenance = notes,
    };
}

static inline void
write_small(const char *to)
{
    gsc_checkpoint checkpoint = small_checkpoint();
    if (gsc_checkpoint_write(&checkpoint, to) < 0)
        fail_msg("%s", gsc_error_text());
}

static inline void
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

static inline int
read_and_free(unsigned parts)
{
    gsc_checkpoint checkpoint;
    int status = gsc_checkpoint_read(&checkpoint, path, parts);
    gsc_checkpoint_free(&checkpoint);
    return status;
}

static inline size_t
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

static inline int
make_history(void **state)
{
    (void)state;
    const double rows[][3] = {{0, 1, NAN}, {100, 0.5, 0.25}, {300, 0.1, 1}};
    static const uint16_t table[] = {0, 1, 1, 0}, input[] = {0, 0, 4};
    gsc_binary_table pairs = {.n = 2,
                              .operation = "add",
                              .formula = "a + b",
                              .group = "",
                              .extra_tokens = "",
                              .n_ctx = 3,
                              .position_b = 1,
                              .position_c = -1,
                              .input = input,
                              .operands = operands,
                              .answers = answers,
                              .table = table};
    int status = gsc_table_init(history, "loss", columns, 3);
    if (status == 0)
        status = gsc_binary_table_add(&pairs, &facets);
    for (size_t i = 0; status == 0 && i < 3; i++)
        status = gsc_table_append(history, rows[i]);
    return status;
}

static inline int
free_history(void **state)
{
    (void)state;
    gsc_table_free(history);
    gsc_facets_free(&facets);
    return 0;
}

static inline void
digest_of(const gsc_checkpoint *made, char digest[GSC_DIGEST_BYTES])
{
    assert_int_equal(gsc_checkpoint_write(made, path), 0);
    if (gsc_checkpoint_digest(path, digest) < 0)
        fail_msg("%s", gsc_error_text());
    assert_int_equal(strlen(digest), GSC_DIGEST_BYTES - 1);
}

#endif
