/* Folders that take nothing, and files that go while they are read. */
#include "grokscope/trainer.h"

#include "analyze/tool/measured_runs.h"
#include "failing_calls.h"
#include "failing_fixture.h"
#include "loaded_model_fixture.h"

static gsc_config config;
static char first[64], last[64]; /* step files of the run in the folder */

static int
make_run(void **state)
{
    gsc_network network;
    if (make_folder(state) < 0)
        return -1;
    config = small_config("p = 5\nd_model = 4\nd_mlp = 6\nsteps = 2\n");
    small_network(&network, "p = 5\nd_model = 4\nd_mlp = 6\n");
    write_run_step(&network, 0, 1);
    write_run_step(&network, 10, 2);
    snprintf(first, sizeof first, "%s/step-000000000.h5", folder);
    snprintf(last, sizeof last, "%s/step-000000010.h5", folder);
    gsc_network_free(&network);
    return 0;
}

#define IN_PLACE(claim) cmocka_unit_test_setup_teardown(claim, make_run, remove_run)

static int
train(const char *to)
{
    gsc_train_result result;
    gsc_train_options options = {.folder = to, .force = true, .num_threads = 1};
    return gsc_train(&config, &options, &result);
}

static int
ask_norms(const gsc_inputs *inputs)
{
    gsc_measured_runs measured;
    gsc_measured_runs_options options = {.measure = &gsc_measure_norms};
    int status = gsc_measured_runs_init(&measured, inputs, &options);
    gsc_measured_runs_free(&measured);
    return status;
}

static gsc_inputs
list_run(void)
{
    gsc_inputs inputs;
    const char *const words[] = {folder};
    assert_return_ok(gsc_inputs_init(&inputs, words, 1, "all"));
    return inputs;
}

/* ---- Folders ---- */

static void
a_read_only_place_is_told_and_read(void **state)
{
    static const int reasons[] = {EROFS, EACCES};
    char before[GSC_DIGEST_BYTES], after[GSC_DIGEST_BYTES];
    (void)state;
    assert_return_ok(gsc_checkpoint_digest(last, before));
    for (size_t i = 0; i < 2; i++) {
        const fault how = {.reason = reasons[i], .only = CHANGE, .stays = true};
        gsc_checkpoint made = checkpoint_of(10, 1, 3);
        gsc_inputs inputs = list_run();
        start_failing(&how, 0);
        int wrote = gsc_checkpoint_write(&made, last);
        assert_non_null(strstr(gsc_error_text(), strerror(reasons[i])));
        assert_non_null(strstr(gsc_error_text(), last));
        int trained = train(in_folder("new"));
        assert_non_null(strstr(gsc_error_text(), strerror(reasons[i])));
        assert_non_null(strstr(gsc_error_text(), in_folder("new")));
        int replaced = train(folder);
        assert_non_null(strstr(gsc_error_text(), strerror(reasons[i])));
        assert_non_null(strstr(gsc_error_text(), folder));
        assert_return_ok(ask_norms(&inputs));
        stop_failing();
        gsc_inputs_free(&inputs);
        assert_int_equal(wrote, GSC_EIO);
        assert_int_equal(trained, GSC_EIO);
        assert_int_equal(replaced, GSC_EIO);
    }
    assert_return_ok(gsc_checkpoint_digest(last, after));
    assert_string_equal(before, after);
}

static void
a_folder_without_permission_keeps_its_run(void **state)
{
    (void)state;
    if (geteuid() == 0)
        skip(); /* root may write anywhere */
    assert_int_equal(chmod(folder, 0500), 0);
    int replaced = train(folder), made = train(in_folder("new"));
    assert_int_equal(chmod(folder, 0700), 0);
    assert_int_equal(replaced, GSC_EIO);
    assert_int_equal(made, GSC_EIO);
    assert_return_ok(gsc_checkpoint_check(last));
}

static void
a_folder_that_is_a_file_is_told(void **state)
{
    (void)state;
    touch("plain");
    assert_fails(train(in_folder("plain")), GSC_EIO, "plain: Not a directory");
    assert_fails(train(in_folder("plain/run")), GSC_EIO, "plain: Not a directory");
    assert_fails(gsc_run_write_index(in_folder("plain"), NULL, 0), GSC_EFORMAT,
                 "plain: Not a directory");
    assert_fails(gsc_file_write(in_folder("plain/x.h5"), "x", 1), GSC_EIO,
                 "plain/x.h5: Not a directory");
}

static void
a_missing_folder_is_told(void **state)
{
    (void)state;
    gsc_inputs inputs;
    const char *const words[] = {in_folder("none")};
    assert_fails(gsc_file_write(in_folder("none/x.h5"), "x", 1), GSC_EIO,
                 "none/x.h5: No such file or directory");
    assert_fails(gsc_run_write_index(in_folder("none"), NULL, 0), GSC_EFORMAT,
                 "none: No such file or directory");
    assert_fails(gsc_inputs_init(&inputs, words, 1, "all"), GSC_EFORMAT,
                 "none: No such file or directory");
    assert_return_ok(train(in_folder("none/at/all"))); /* it makes its own */
}

/* Half a list is not taken for the whole: by it a run would be thought to be none. */
static void
a_folder_that_cannot_be_listed_to_its_end_is_told(void **state)
{
    static const fault how = {.reason = EIO, .only = LIST};
    (void)state;
    int64_t *steps;
    size_t count, n = 0;
    for (bool reached = true; reached; n++) {
        start_failing(&how, n);
        int listed = gsc_run_steps(folder, &steps, &count);
        reached = stop_failing();
        free(steps);
        assert_int_equal(listed, reached ? GSC_EIO : 0);
    }
    assert_int_equal(count, 2);
    assert_true(n > 4); /* . and .., two steps, the end */
    for (n = 0; n < 10; n++) {
        start_failing(&how, n);
        int trained = train(folder);
        stop_failing();
        assert_int_equal(trained, GSC_EIO);
        assert_non_null(strstr(gsc_error_text(), folder));
        if (n < 5) /* before it had begun to replace */
            assert_return_ok(gsc_checkpoint_check(last));
    }
}

/* ---- Files that go ---- */

static void
a_file_that_is_gone_since_it_was_listed_is_told(void **state)
{
    (void)state;
    gsc_inputs inputs = list_run();
    assert_int_equal(unlink(last), 0);
    assert_fails(ask_norms(&inputs), GSC_EFORMAT,
                 "step-000000010.h5: No such file or directory");
    assert_int_equal(mkdir(last, 0777), 0);
    assert_fails(ask_norms(&inputs), GSC_EFORMAT, "step-000000010.h5: is a folder");
    assert_fails(gsc_run_write_index(folder, NULL, 0), GSC_EFORMAT,
                 "step-000000010.h5: is a folder");
    assert_fails(gsc_run_remove(folder), GSC_EIO, "step-000000010.h5: Is a directory");
    gsc_inputs_free(&inputs);
}

static void
remove_last(void)
{
    unlink(last);
}

static void
cut_last(void)
{
    struct stat info;
    if (stat(last, &info) == 0)
        assert_int_equal(truncate(last, info.st_size / 2), 0);
}

static int
ask_again(void *context)
{
    return ask_norms(context);
}

/* At one moment after the other something happens to the last file: then it was read
 * already, or what is told has its name. */
static size_t
spoil_at_each_moment(void (*spoil)(void))
{
    char *whole;
    size_t length, num_told = 0, moments = 0;
    gsc_inputs inputs = list_run();
    const flow f = {.name = "norms", .run = ask_again, .context = &inputs};
    assert_return_ok(gsc_text_read_file(last, 1 << 20, &whole, &length));
    instead_of_failing = spoil;
    for (bool reached = true; reached; moments++) {
        assert_return_ok(gsc_file_write(last, whole, length));
        int status = run_flow(&f, moments, false);
        reached = num_allocations > moments;
        num_told += status < 0;
        if (status < 0 && (status != GSC_EFORMAT || !strstr(gsc_error_text(), last)))
            fail_msg("moment %zu: code %d: '%s'", moments, status, gsc_error_text());
    }
    instead_of_failing = NULL;
    free(whole);
    gsc_inputs_free(&inputs);
    print_message("%zu moments, %zu told\n", moments - 1, num_told);
    return num_told;
}

static void
a_file_may_go_at_any_moment(void **state)
{
    (void)state;
    assert_true(spoil_at_each_moment(remove_last) > 10);
}

static void
a_file_may_be_cut_at_any_moment(void **state)
{
    (void)state;
    assert_true(spoil_at_each_moment(cut_last) > 10);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        IN_PLACE(a_read_only_place_is_told_and_read),
        IN_PLACE(a_folder_without_permission_keeps_its_run),
        IN_PLACE(a_folder_that_is_a_file_is_told),
        IN_PLACE(a_missing_folder_is_told),
        IN_PLACE(a_folder_that_cannot_be_listed_to_its_end_is_told),
        IN_PLACE(a_file_that_is_gone_since_it_was_listed_is_told),
        IN_PLACE(a_file_may_go_at_any_moment),
        IN_PLACE(a_file_may_be_cut_at_any_moment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
