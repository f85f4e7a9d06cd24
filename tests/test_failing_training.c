/* A run and its files while memory runs out. */
#include "failing_fixture.h"

#include "run_folder_fixture.h"

#include "grokscope/memory.h"
#include "grokscope/network.h"
#include "grokscope/text.h"
#include "grokscope/trainer.h"
#include "grokscope/weights.h"

enum { LAST_STEP = 3 };

/* A run and one that goes on share what they do: of each every STEP-th allocation
 * fails. */
enum { STEP = 3 };

static gsc_config config;
static char run_path[64], begun[64]; /* a run; one that stopped at step 0 */
static char expected[GSC_DIGEST_BYTES];

static void
set_keys(void)
{
    static const char *const keys[][2] = {{"p", "5"},
                                          {"d_model", "4"},
                                          {"n_heads", "2"},
                                          {"d_mlp", "6"},
                                          {"train_fraction", "0.6"},
                                          {"steps", "3"},
                                          {"log_every", "1"},
                                          {"checkpoints", "list:0,3"},
                                          {"batch_size", "6"}};
    assert_return_ok(gsc_config_default(&config));
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        assert_return_ok(gsc_config_set(&config, keys[i][0], keys[i][1]));
}

static int
train_from(const char *fork, const char *to, bool resume,
           const volatile sig_atomic_t *stop)
{
    gsc_train_result result;
    const gsc_provenance_item notes[] = {{"command", "grokscope-train"},
                                         {"host", "here"}};
    gsc_train_options options = {.folder = to,
                                 .resume = resume,
                                 .force = !resume,
                                 .fork = fork,
                                 .num_threads = 2,
                                 .provenance = notes,
                                 .num_provenance = 2,
                                 .stop = stop};
    return gsc_train(&config, &options, &result);
}

static int
train(const char *to, bool resume, const volatile sig_atomic_t *stop)
{
    return train_from(NULL, to, resume, stop);
}

static int
digest_last(char digest[GSC_DIGEST_BYTES])
{
    char last[GSC_PATH_BYTES];
    assert_return_ok(gsc_run_step_path(run_path, LAST_STEP, last));
    return gsc_checkpoint_digest(last, digest);
}

/* Both runs, of which the first is removed again. */
static int
make_runs(void **state)
{
    static const volatile sig_atomic_t stop = 1;
    if (make_folder(state) < 0)
        return -1;
    snprintf(run_path, sizeof run_path, "%s/run", folder);
    snprintf(begun, sizeof begun, "%s/begun", folder);
    set_keys();
    assert_return_ok(train(run_path, false, NULL));
    assert_return_ok(digest_last(expected));
    assert_return_ok(train(begun, false, &stop)); /* it saves the step it stops at */
    return gsc_run_remove(run_path);
}

static void
copy_file(const char *from, const char *to)
{
    char *data;
    size_t length;
    assert_return_ok(gsc_text_read_file(from, 1 << 20, &data, &length));
    assert_return_ok(gsc_file_write(to, data, length));
    free(data);
}

/* The run as it was begun. */
static void
begin_again(void *context)
{
    static const char *const names[] = {"step-000000000.h5", "resume.h5"};
    (void)context;
    assert_return_ok(gsc_run_remove(run_path));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char from[128], to[128];
        snprintf(from, sizeof from, "%s/%s", begun, names[i]);
        snprintf(to, sizeof to, "%s/%s", run_path, names[i]);
        copy_file(from, to);
    }
}

static int
train_anew(void *context)
{
    (void)context;
    return train(run_path, false, NULL);
}

static int
train_on(void *context)
{
    (void)context;
    return train(run_path, true, NULL);
}

static int
train_fork(void *context)
{
    int status = 0;
    gsc_config own = {.registry = &gsc_builtin_registry};
    (void)context;
    GSC_TRY(gsc_train_read_fork(begun, &own));
    GSC_TRY(train_from(begun, run_path, false, NULL));
out:
    return status;
}

static void
a_run_survives_every_failure(void **state)
{
    char digest[GSC_DIGEST_BYTES];
    (void)state;
    fail_each(&(flow){.name = "a run", .run = train_anew, .stride = STEP});
    assert_return_ok(digest_last(digest));
    assert_string_equal(digest, expected);
}

static void
a_run_that_goes_on_survives_every_failure(void **state)
{
    char digest[GSC_DIGEST_BYTES];
    (void)state;
    fail_each(&(flow){.name = "a resumed run",
                      .begin = begin_again,
                      .run = train_on,
                      .first = 1,
                      .stride = STEP});
    assert_return_ok(digest_last(digest));
    assert_string_equal(digest, expected);
}

static void
a_fork_survives_every_failure(void **state)
{
    char digest[GSC_DIGEST_BYTES];
    (void)state;
    fail_each(&(flow){.name = "a fork", .run = train_fork, .first = 1, .stride = STEP});
    assert_return_ok(digest_last(digest));
    assert_string_equal(digest, expected);
}

/* As it is, with what a failure has left of it. */
static void
a_run_that_failed_goes_on_to_the_same_end(void **state)
{
    char digest[GSC_DIGEST_BYTES];
    const flow anew = {.name = "a run", .run = train_anew};
    (void)state;
    assert_return_ok(run_flow(&anew, SIZE_MAX, false));
    size_t count = num_allocations;
    for (size_t n = 0; n < count; n += 29) {
        assert_return_ok(gsc_run_remove(run_path));
        assert_int_equal(run_flow(&anew, n, false), GSC_EMEMORY);
        assert_return_ok(train(run_path, true, NULL));
        assert_return_ok(digest_last(digest));
        assert_string_equal(digest, expected);
    }
}

/* ---- Its files ---- */

static int
read_and_write(void *context)
{
    int status = 0, lock = -1;
    bool found;
    gsc_checkpoint c = {.step = 0}, resume = {.step = 0};
    char digest[GSC_DIGEST_BYTES], copy[128], step[GSC_PATH_BYTES];
    (void)context;
    snprintf(copy, sizeof copy, "%s/copy.h5", run_path);
    GSC_TRY(gsc_run_lock(run_path, &lock, NULL));
    GSC_TRY(gsc_run_step_path(run_path, 0, step));
    GSC_TRY(gsc_checkpoint_read(&c, step, GSC_READ_ALL));
    GSC_TRY(gsc_checkpoint_write(&c, copy));
    GSC_TRY(gsc_checkpoint_check(copy));
    GSC_TRY(gsc_checkpoint_digest(copy, digest));
    GSC_TRY(gsc_run_read_resume(run_path, &resume, &found));
    GSC_TRY(gsc_run_write_resume(run_path, &resume));
    GSC_TRY(gsc_run_write_index(run_path, NULL, 0));
out:
    gsc_run_unlock(lock);
    gsc_checkpoint_free(&c);
    gsc_checkpoint_free(&resume);
    return status;
}

static void
every_file_of_a_run_survives_every_failure(void **state)
{
    (void)state;
    fail_each(&(flow){
        .name = "the files of a run", .begin = begin_again, .run = read_and_write});
}

static int
read_damaged(void *context)
{
    bool found;
    gsc_checkpoint c;
    (void)context;
    int status = gsc_run_read_resume(run_path, &c, &found);
    gsc_checkpoint_free(&c);
    return status == GSC_EFORMAT ? 0 : status;
}

/* The message of the newest one is kept while the one before it is read. */
static void
damaged_resume_files_survive_every_failure(void **state)
{
    (void)state;
    char name[128];
    begin_again(NULL);
    for (int i = 0; i < 2; i++) {
        snprintf(name, sizeof name, "%s/resume%s.h5", run_path, i ? "-previous" : "");
        assert_return_ok(gsc_file_write(name, "no HDF5", 7));
    }
    fail_each(&(flow){.name = "damaged resume files", .run = read_damaged});
}

static int
start_from_run(void *context)
{
    int status = 0;
    char source[80];
    gsc_network network = {.num_roots = 0};
    float *weights = NULL;
    (void)context;
    snprintf(source, sizeof source, "%s@0", run_path);
    GSC_TRY(gsc_network_init(&network, &config));
    GSC_NEW(weights, gsc_graph_num_weights(network.model.graph));
    GSC_TRY(gsc_weights_read(network.model.graph, source, GSC_FLOAT32, weights));
    GSC_TRY(gsc_weights_read(network.model.graph, run_path, GSC_FLOAT32, weights));
out:
    free(weights);
    gsc_network_free(&network);
    return status;
}

static void
weights_taken_from_a_run_survive_every_failure(void **state)
{
    (void)state;
    begin_again(NULL);
    fail_each(&(flow){.name = "weights of a run", .run = start_from_run});
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_survives_every_failure),
        cmocka_unit_test(a_run_that_goes_on_survives_every_failure),
        cmocka_unit_test(a_fork_survives_every_failure),
        cmocka_unit_test(a_run_that_failed_goes_on_to_the_same_end),
        cmocka_unit_test(every_file_of_a_run_survives_every_failure),
        cmocka_unit_test(damaged_resume_files_survive_every_failure),
        cmocka_unit_test(weights_taken_from_a_run_survive_every_failure),
    };
    return cmocka_run_group_tests(tests, make_runs, remove_run);
}
