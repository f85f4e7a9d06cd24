/* Checkpoint files: round trips, the check, digests. */
#include "checkpoint_fixture.h"

#include "grokscope/text.h"

#include "train/base/sha256.h"
#include "train/checkpoint/trailer.h"

#include <math.h>

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
    gsc_checkpoint_free(&got);
    gsc_checkpoint_free(&got);
}

static void
data_come_back_with_their_splits_and_outputs(void **state)
{
    (void)state;
    gsc_checkpoint got;
    write_small(path);
    assert_return_ok(gsc_checkpoint_read(&got, path, GSC_READ_DATA));
    const gsc_dataset *d = &got.dataset;
    const gsc_field *tokens = gsc_dataset_find(d, "tokens");
    const gsc_field *image = gsc_dataset_find(d, "image");
    assert_int_equal(d->num_examples, 4);
    assert_int_equal(d->num_fields, 3);
    assert_int_equal(tokens->shape.dims[0], 3);
    assert_int_equal(tokens->num_values, 5);
    assert_memory_equal(tokens->data, inputs, sizeof inputs);
    assert_int_equal(image->type, GSC_FIELD_UINT8);
    assert_close(gsc_field_element(image, 0, 1), 0.5, 1e-15);
    assert_memory_equal(gsc_dataset_split(d, "train")->indices, train, sizeof train);
    assert_memory_equal(gsc_dataset_split(d, "test")->indices, test, sizeof test);
    assert_int_equal(d->num_targets, 1);
    assert_string_equal(d->targets[0].field, "label");
    assert_int_equal(d->targets[0].position, 2);
    assert_false(d->stream.endless);
    gsc_checkpoint_free(&got);
    assert_return_ok(gsc_checkpoint_read(&got, path, GSC_READ_FIELD_SHAPES));
    assert_int_equal(got.dataset.num_fields, 3);
    assert_null(got.dataset.fields[0].data);
    assert_int_equal(got.dataset.num_splits, 0);
    gsc_checkpoint_free(&got);
}

static void
facets_come_back(void **state)
{
    (void)state;
    gsc_checkpoint got;
    gsc_binary_table pairs;
    bool found;
    write_small(path);
    assert_return_ok(gsc_checkpoint_read(&got, path, GSC_READ_DATA));
    assert_int_equal(got.facets.count, 1);
    assert_return_ok(gsc_binary_table_read(&got.facets, &pairs, &found));
    assert_true(found);
    assert_int_equal(pairs.n, 2);
    assert_string_equal(pairs.formula, "a + b");
    assert_int_equal(pairs.position_b, 1);
    assert_int_equal(pairs.position_c, -1);
    assert_memory_equal(pairs.operands, operands, sizeof operands);
    assert_int_equal(pairs.table[1], 1);
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
    gsc_provenance_item lengthy[] = {{"environment", text}, {"empty", ""}};
    made.provenance = lengthy;
    assert_int_equal(gsc_checkpoint_write(&made, path), 0);
    assert_int_equal(gsc_checkpoint_read(&got, path, GSC_READ_PROVENANCE), 0);
    assert_int_equal(got.num_provenance, 2);
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
    assert_int_equal(got.dataset.num_fields, 0);
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
    assert_int_equal(got.dataset.num_fields, 0);
    assert_int_equal(got.history->num_rows, 0);
    assert_int_equal(got.history->num_columns, 3);
    gsc_checkpoint_free(&got);
}

/* ---- The SHA-256 at the end ---- */

static void
a_file_ends_with_the_sum_of_its_bytes(void **state)
{
    (void)state;
    char *data;
    unsigned char sum[GSC_SHA256_BYTES];
    size_t length;
    char hex[65];
    write_small(path);
    assert_return_ok(gsc_text_read_file(path, SIZE_MAX / 4, &data, &length));
    gsc_sha256(data, length - GSC_TRAILER_BYTES, sum);
    for (size_t i = 0; i < sizeof sum; i++)
        snprintf(hex + 2 * i, 3, "%02x", sum[i]);
    char *end = data + length - GSC_TRAILER_BYTES;
    assert_memory_equal(end, "grokscope 2 sha256 ", 19);
    assert_memory_equal(end + 19, hex, 64);
    assert_int_equal(end[83], '\n');
    free(data);
}

static void
every_flipped_bit_is_found(void **state)
{
    (void)state;
    char *data;
    size_t length;
    write_small(path);
    assert_return_ok(gsc_text_read_file(path, SIZE_MAX / 4, &data, &length));
    for (size_t at = 0; at < length - GSC_TRAILER_BYTES; at += 37) {
        gsc_checkpoint got;
        data[at] ^= (char)(1 << at % 8);
        assert_return_ok(gsc_file_write(other, data, length));
        assert_fails(gsc_checkpoint_read(&got, other, 0), GSC_EFORMAT, "is damaged");
        gsc_checkpoint_free(&got);
        assert_fails(gsc_checkpoint_check(other), GSC_EFORMAT, "is damaged");
        data[at] ^= (char)(1 << at % 8);
    }
    free(data);
}

static void
a_file_without_its_sum_can_be_read_and_is_told(void **state)
{
    (void)state;
    char *data;
    size_t length;
    gsc_checkpoint got;
    write_small(path);
    assert_return_ok(gsc_text_read_file(path, SIZE_MAX / 4, &data, &length));
    assert_return_ok(gsc_file_write(other, data, length - GSC_TRAILER_BYTES));
    assert_return_ok(gsc_checkpoint_read(&got, other, GSC_READ_ALL));
    gsc_checkpoint_free(&got);
    assert_fails(gsc_checkpoint_check(other), GSC_EFORMAT, "has lost the SHA-256");
    free(data);
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
    made.dataset.fields[0].num_values = 4;
    assert_int_equal(gsc_checkpoint_write(&made, path), 0);
    expect_error(gsc_checkpoint_check(path), GSC_EFORMAT,
                 "%s: /data/tokens: value 2 is 4, expected less than 4", path);
    made = small_checkpoint();
    made.dataset.splits[0].indices = twice;
    assert_int_equal(gsc_checkpoint_write(&made, path), 0);
    expect_error(gsc_checkpoint_check(path), GSC_EFORMAT,
                 "%s: /data/splits/train: names example 1 twice", path);
    made.dataset.splits[0].indices = beyond;
    assert_int_equal(gsc_checkpoint_write(&made, path), 0);
    expect_error(gsc_checkpoint_check(path), GSC_EFORMAT,
                 "%s: /data/splits/train: value 1 is 4, expected less than 4", path);
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
    gsc_provenance_item elsewhere[] = {{"host", "another"}};
    made.provenance = elsewhere;
    made.num_provenance = 1;
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

int
main(void)
{
    const struct CMUnitTest tests[] = {
        IN_TWO(a_checkpoint_reads_back_as_it_was_written),
        IN_TWO(tensors_come_back_sorted_and_bit_for_bit),
        IN_TWO(history_keeps_its_columns_in_order),
        IN_TWO(notes_of_any_length_come_back),
        IN_TWO(only_the_parts_asked_for_are_read),
        IN_TWO(a_checkpoint_may_have_no_task_and_no_rows),
        IN_TWO(data_come_back_with_their_splits_and_outputs),
        IN_TWO(facets_come_back),
        IN_TWO(a_file_ends_with_the_sum_of_its_bytes),
        IN_TWO(every_flipped_bit_is_found),
        IN_TWO(a_file_without_its_sum_can_be_read_and_is_told),
        IN_TWO(what_the_format_cannot_hold_is_not_written),
        IN_TWO(check_accepts_what_is_written),
        IN_TWO(check_finds_values_out_of_range),
        IN_TWO(check_finds_a_configuration_that_is_no_json),
        IN_TWO(equal_contents_make_equal_files_at_any_time),
        IN_TWO(the_digest_leaves_out_provenance_alone),
        IN_TWO(the_digest_sees_every_other_change),
    };
    return cmocka_run_group_tests(tests, make_history, free_history);
}
