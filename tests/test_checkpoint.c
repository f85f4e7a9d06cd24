/* Checkpoint files: round trips, the check, digests. */
#include "checkpoint_fixture.h"

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
        IN_TWO(four_thousand_residues_fit_an_attribute_and_more_are_refused),
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
