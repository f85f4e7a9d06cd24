/* A run whose disk fails: it says so, its files are whole, and it goes on to the same
 * end. */
#include "failing_calls.h"

#include "run_folder_fixture.h"

#include "grokscope/text.h"
#include "grokscope/trainer.h"

#include <dirent.h>

enum { NUM_STEPS = 3 };
static const int64_t saved[] = {0, 1, 3}; /* the last is where all steps are made */

static gsc_config config;
static char run_path[64];
static char expected[NUM_STEPS][GSC_DIGEST_BYTES];

static void
set_keys(void)
{
    static const char *const keys[][2] = {
        {"p", "5"},         {"d_model", "4"},
        {"n_heads", "2"},   {"d_mlp", "6"},
        {"steps", "3"},     {"train_fraction", "0.6"},
        {"log_every", "2"}, {"checkpoints", "list:0,1"},
    };
    assert_return_ok(gsc_config_default(&config));
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        assert_return_ok(gsc_config_set(&config, keys[i][0], keys[i][1]));
}

static int
train(bool resume)
{
    gsc_train_result result;
    gsc_train_options options = {
        .folder = run_path, .resume = resume, .force = !resume, .num_threads = 1};
    return gsc_train(&config, &options, &result);
}

static void
digest_step(size_t i, char digest[GSC_DIGEST_BYTES])
{
    char step[GSC_PATH_BYTES];
    assert_return_ok(gsc_run_step_path(run_path, saved[i], step));
    assert_return_ok(gsc_checkpoint_digest(step, digest));
}

static int
make_run(void **state)
{
    if (make_folder(state) < 0)
        return -1;
    snprintf(run_path, sizeof run_path, "%s/above/run", folder);
    set_keys();
    assert_return_ok(train(false));
    for (size_t i = 0; i < NUM_STEPS; i++)
        digest_step(i, expected[i]);
    return 0;
}

/* ---- What is left ---- */

/* All files by which others know the run are whole; *leftovers counts others. */
static void
check_files(size_t *leftovers)
{
    char name[GSC_PATH_BYTES];
    DIR *entries = opendir(run_path);
    *leftovers = 0;
    for (struct dirent *entry; entries && (entry = readdir(entries));) {
        snprintf(name, sizeof name, "%s/%s", run_path, entry->d_name);
        *leftovers += gsc_text_ends_with(name, ".tmp");
        if (gsc_text_ends_with(name, ".h5") && !gsc_text_ends_with(name, "run.h5") &&
            gsc_checkpoint_check(name) < 0)
            fail_msg("%s: %s", failed, gsc_error_text());
    }
    if (entries)
        closedir(entries);
}

static void
remove_all(void)
{
    char command[160];
    snprintf(command, sizeof command, "rm -rf '%s/above'", folder);
    assert_int_equal(system(command), 0);
}

/* A failure is told with the folder and the reason. */
static void
check_told(int status, const fault *how, size_t n)
{
    bool told = strstr(gsc_error_text(), folder) &&
                strstr(gsc_error_text(), strerror(how->reason));
    if (status < 0 && (!told || status != GSC_EIO))
        fail_msg("call %zu, %s: code %d: '%s'", n, failed, status, gsc_error_text());
    /* A folder that is there need not be made. */
    bool matters = strcmp(failed, "close of nothing") != 0 && strcmp(failed, "mkdir");
    if (status == 0 && matters)
        fail_msg("call %zu, %s: not said", n, failed);
}

/* The run came to its end: its last file holds the history of all. Every few times the
 * others are compared too. */
static void
check_end(void)
{
    static size_t times;
    size_t leftovers;
    char digest[GSC_DIGEST_BYTES];
    check_files(&leftovers);
    assert_int_equal(leftovers, 0);
    for (size_t i = times++ % 8 == 0 ? 0 : NUM_STEPS - 1; i < NUM_STEPS; i++) {
        digest_step(i, digest);
        assert_string_equal(digest, expected[i]);
    }
}

/* ---- Every call ---- */

/* A run in which one call fails; false where there is no such call. */
static bool
fail_run(const fault *how, size_t n, bool resume)
{
    size_t leftovers;
    start_failing(how, n);
    int status = train(resume);
    bool reached = stop_failing();
    if (reached)
        check_told(status, how, n);
    else
        assert_return_ok(status);
    check_files(&leftovers);
    /* What could not be removed is, as soon as the run goes on. */
    if (leftovers > 0 && strcmp(failed, "unlink") != 0 && !how->stays)
        fail_msg("call %zu, %s: %zu leftovers", n, failed, leftovers);
    return reached;
}

static void
every_call_fails_once_and_the_run_goes_on(void **state)
{
    (void)state;
    for (size_t i = 0; i < NUM_FAULTS; i++) {
        size_t n = 0;
        for (bool reached = true; reached; n++) {
            remove_all();
            reached = fail_run(&faults[i], n, false);
            assert_return_ok(train(true));
            check_end();
        }
        print_message("%s%s%s: %zu calls failed\n", strerror(faults[i].reason),
                      faults[i].partly ? ", half a write" : "",
                      faults[i].stays ? ", for good" : "", n - 1);
        assert_true(n > NUM_STEPS);
    }
}

/* Each failure meets what the former one left, and comes later in the run. */
static void
a_run_that_goes_on_may_fail_again(void **state)
{
    static const fault full = {.reason = ENOSPC, .stays = true};
    (void)state;
    remove_all();
    for (size_t n = 4; n < 24; n++)
        assert_true(fail_run(&full, n, true));
    assert_return_ok(train(true));
    check_end();
}

static void
interrupted_calls_are_made_again(void **state)
{
    static const fault signalled = {.reason = EINTR, .only = WAIT};
    (void)state;
    size_t n = 0;
    for (bool reached = true; reached; n++) {
        remove_all();
        start_failing(&signalled, n);
        int status = train(false);
        reached = stop_failing();
        if (status < 0)
            fail_msg("call %zu, %s: %s", n, failed, gsc_error_text());
        if (n % 8 == 0)
            check_end();
    }
    print_message("%zu calls interrupted\n", n - 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_call_fails_once_and_the_run_goes_on),
        cmocka_unit_test(a_run_that_goes_on_may_fail_again),
        cmocka_unit_test(interrupted_calls_are_made_again),
    };
    return cmocka_run_group_tests(tests, make_run, remove_run);
}
