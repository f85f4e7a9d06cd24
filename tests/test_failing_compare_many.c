/* Many checkpoints seen at once while memory runs out. */
#include "analyze/compare/compare_many.h"
#include "failing_fixture.h"
#include "loaded_model_fixture.h"

/* They share the most of what they do, so that of each one every STEP-th allocation
 * fails. */
enum { STEP = 37 };

/* Three steps of a run, weights of another shape, and two networks that are asked
 * examples. */
static int
make_run(void **state)
{
    gsc_network network;
    if (make_folder(state) < 0)
        return -1;
    small_network(&network, "p = 5\nd_model = 6\nn_heads = 1\nd_mlp = 4\n");
    write_run_step(&network, 0, 1);
    write_run_step(&network, 10, 2);
    write_run_step(&network, 20, 3);
    gsc_network_free(&network);
    small_network(&network, "p = 5\nd_model = 6\nn_heads = 1\nd_mlp = 3\n");
    write_network(in_folder("other.h5"), &network, 0, 1);
    gsc_network_free(&network);
    small_network(&network, "task = symbol_sum\narchitecture = embedding_sum\np = 3\n"
                            "train_samples = 4\nd_out = 2\nhidden = 3\n");
    write_network(in_folder("toy.h5"), &network, 0, 1);
    write_network(in_folder("toy-1.h5"), &network, 0, 2);
    gsc_network_free(&network);
    return 0;
}

typedef struct question {
    const char *keys[4]; /* names and values of options, NULL after the last */
    bool alone;          /* of the run, without the other weights */
    gsc_compare_many how;
} question;

static void
set_options(const question *q)
{
    assert_return_ok(gsc_options_default(&gsc_compare_many_options, 1));
    for (size_t i = 0; i < 4 && q->keys[i]; i += 2)
        assert_return_ok(
            gsc_options_set(&gsc_compare_many_options, 1, q->keys[i], q->keys[i + 1]));
}

static int
ask(void *context)
{
    const question *q = context;
    static const char *const names[] = {"other.h5", "toy.h5", "toy-1.h5"};
    char others[3][GSC_PATH_BYTES];
    const char *words[] = {folder, others[0], others[1], others[2]};
    for (size_t i = 0; i < 3; i++)
        snprintf(others[i], sizeof others[i], "%s", in_folder(names[i]));
    return gsc_compare_many_answer(&q->how, words, q->alone ? 1 : 4);
}

static void
every_comparison_of_many_survives_every_failure(void **state)
{
    char table[GSC_PATH_BYTES], matrices[GSC_PATH_BYTES];
    (void)state;
    snprintf(table, sizeof table, "%s", in_folder("table"));
    snprintf(matrices, sizeof matrices, "%s", in_folder("matrices"));
    const question questions[] = {
        {{"all_pairs", "full"},
         false,
         {.answer = {.path = table, .format = GSC_FORMAT_H5}}},
        {{"all_pairs", "quick"}, false, {.answer = {.path = table}}},
        {{"all_pairs", "quick"}, true, {.answer = {.path = matrices}, .npy = true}},
        {{"all_pairs", "quick", "matrix", "kl"}, true, {.answer = {.path = table}}},
        {{"trajectory", "yes"}, true, {.answer = {.path = table}}},
        {{"trajectory", "yes"},
         true,
         {.answer = {.path = table}, .by_component = true}},
    };
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++) {
        question q = questions[i];
        q.how.answer.program = "test";
        q.how.answer.columns = "";
        q.how.step = "all";
        q.how.answer.force = true;
        q.how.barrier_points = 3;
        q.how.num_threads = 1;
        set_options(&q);
        fail_each(&(flow){.name = q.keys[1],
                          .run = ask,
                          .context = &q,
                          .first = 3 * i % STEP,
                          .stride = STEP});
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_comparison_of_many_survives_every_failure,
                                        make_run, remove_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
