/* Every table of every measure while memory runs out. */
#include "analyze/compare/compare.h"
#include "analyze/tool/measured_runs.h"
#include "failing_fixture.h"
#include "loaded_model_fixture.h"

#include <sys/stat.h>

/* Tables share the most of what they do, so that of each one every STEP-th allocation
 * fails, beginning with another one a table; beside controls every CONTROL_STEP-th. */
enum { STEP = 23, CONTROL_STEP = 179 };

/* A table of a measure, with a control. */
typedef struct question {
    const char *of; /* a file; NULL: the run */
    gsc_measured_runs_options options;
    const char *step;
} question;

/* A run of two steps of a small network, in a folder of its own. */
static int
write_run(const char *name, const char *config)
{
    gsc_network network;
    char file[GSC_NAME_BYTES];
    small_network(&network, config);
    if (mkdir(in_folder(name), 0777) < 0)
        return -1;
    for (int64_t step = 0; step <= 10; step += 10) {
        snprintf(file, sizeof file, "%s/step-%09d.h5", name, (int)step);
        write_network(in_folder(file), &network, step, 1 + (uint64_t)step);
    }
    gsc_network_free(&network);
    return 0;
}

/* What the measures of other data than pairs are asked of. */
static const struct {
    const gsc_measure *measure;
    const char *name, *config;
} others[] = {
    {&gsc_measure_committee, "direction",
     "task = single_index\narchitecture = committee\nd_in = 3\nd_mlp = 4\n"
     "train_samples = 4\ntest_samples = 4\ncenter_output = yes\n"},
    {&gsc_measure_effective_theory, "toy",
     "task = symbol_sum\narchitecture = embedding_sum\np = 3\ntrain_samples = 4\n"
     "d_out = 2\nhidden = 3\n"},
    {&gsc_measure_induction, "words",
     "task = repeats\nseq_len = 9\nsubseq_len = 2\nnum_repeats = 2\nvocabulary = 5\n"
     "train_samples = 3\ntest_samples = 2\nd_model = 4\nn_heads = 1\n"
     "attn_only = yes\n"},
    {&gsc_measure_parity, "bits",
     "task = parity\narchitecture = mlp\nn = 4\nk = 2\ntrain_samples = 4\n"
     "test_samples = 4\nhidden = 3\n"},
    {&gsc_measure_quanta, "tasks",
     "task = multitask_parity\narchitecture = mlp\ntasks = 2\nn = 3\nk = 2\n"
     "online = no\ntrain_samples = 6\ntest_samples = 6\nhidden = 3\n"},
    {&gsc_measure_tracing, "hops",
     "task = two_hop\nentities = 12\nrelations = 4\nout_degree = 3\nphi = 1\n"
     "ood_share = 0.25\niid_share = 0.15\nd_model = 4\nn_heads = 1\nd_mlp = 4\n"}};
enum { NUM_OTHERS = sizeof others / sizeof *others };

static int
make_run(void **state)
{
    gsc_network network;
    if (make_folder(state) < 0)
        return -1;
    small_network(&network, "p = 7\nd_model = 6\nn_heads = 1\nd_mlp = 4\n");
    write_run_step(&network, 0, 1);
    write_run_step(&network, 10, 2);
    gsc_network_free(&network);
    for (size_t i = 0; i < NUM_OTHERS; i++)
        if (write_run(others[i].name, others[i].config) < 0)
            return -1;
    small_network(&network, others[1].config);
    write_network(in_folder("toy.h5"), &network, 0, 1);
    write_network(in_folder("toy-1.h5"), &network, 0, 2);
    gsc_network_free(&network);
    return 0;
}

static int
ask(void *context)
{
    int status = 0;
    const question *q = context;
    const char *const words[] = {q->of ? q->of : folder};
    gsc_inputs inputs = {0};
    gsc_measured_runs measured = {.names = NULL};
    GSC_TRY(gsc_inputs_init(&inputs, words, 1, q->step));
    GSC_TRY(gsc_measured_runs_init(&measured, &inputs, &q->options));
out:
    gsc_measured_runs_free(&measured);
    gsc_inputs_free(&inputs);
    return status;
}

static void
fail_table_of(const char *of, const gsc_measure *measure, const void *options,
              size_t table, size_t control)
{
    char name[80];
    bool controlled = control < GSC_NUM_CONTROLS;
    question q = {.options = {.measure = measure, .options = options, .table = table},
                  .step = controlled ? "last" : "all",
                  .of = of};
    if (controlled)
        q.options.controls[control] = true;
    snprintf(name, sizeof name, "%s, table of a %s%s%s", measure->name,
             measure->tables[table].rows, controlled ? ", control " : "",
             controlled ? gsc_control_names[control] : "");
    fail_each(&(flow){.name = name,
                      .run = ask,
                      .context = &q,
                      .first = (4 * table + 31 * control) % STEP,
                      .stride = controlled ? CONTROL_STEP : STEP});
}

static void
fail_table(const gsc_measure *measure, const void *options, size_t table,
           size_t control)
{
    char other[GSC_PATH_BYTES] = "";
    for (size_t i = 0; i < NUM_OTHERS; i++)
        if (others[i].measure == measure)
            snprintf(other, sizeof other, "%s", in_folder(others[i].name));
    fail_table_of(*other ? other : NULL, measure, options, table, control);
}

static void
every_table_survives_every_failure(void **state)
{
    (void)state;
    for (const gsc_measure *const *m = gsc_builtin_measures; *m; m++) {
        void *options;
        assert_return_ok(gsc_measure_new_options(*m, &options));
        for (size_t table = 0; table < (*m)->num_tables; table++)
            fail_table(*m, options, table, GSC_NUM_CONTROLS);
        free(options);
    }
}

static void
every_control_survives_every_failure(void **state)
{
    (void)state;
    for (const gsc_measure *const *m = gsc_builtin_measures; *m; m++) {
        void *options;
        assert_return_ok(gsc_measure_new_options(*m, &options));
        for (size_t table = 0; table < (*m)->num_tables; table++)
            for (size_t control = 0; control < GSC_NUM_CONTROLS; control++)
                fail_table(*m, options, table, control);
        free(options);
    }
}

/* Every table of the measure that is not asked while a network trains: `a` beside
 * another file, or beside a run. Frequencies are of the run's pairs alone. */
static void
fail_comparison(const char *a, const char *beside)
{
    gsc_first_checkpoint first = {.run = folder, .path = a};
    void *clockpizza, *options;
    assert_return_ok(gsc_measure_new_options(&gsc_measure_clockpizza, &clockpizza));
    assert_return_ok(gsc_measure_new_options(&gsc_measure_compare, &options));
    ((gsc_compare_options *)options)->first = &first;
    ((gsc_compare_options *)options)->clockpizza = clockpizza;
    for (size_t table = 0; table < gsc_measure_compare.num_tables; table++)
        if (!beside || table != GSC_COMPARE_FREQUENCY)
            fail_table_of(beside, &gsc_measure_compare, options, table,
                          GSC_NUM_CONTROLS);
    free(options);
    free(clockpizza);
}

static void
every_comparison_survives_every_failure(void **state)
{
    char first[GSC_PATH_BYTES];
    (void)state;
    assert_return_ok(gsc_run_step_path(folder, 0, first));
    fail_comparison(first, NULL);
}

static void
every_comparison_over_examples_survives_every_failure(void **state)
{
    char a[GSC_PATH_BYTES], b[GSC_PATH_BYTES];
    (void)state;
    snprintf(a, sizeof a, "%s", in_folder("toy.h5"));
    snprintf(b, sizeof b, "%s", in_folder("toy-1.h5"));
    fail_comparison(a, b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_table_survives_every_failure),
        cmocka_unit_test(every_control_survives_every_failure),
        cmocka_unit_test(every_comparison_survives_every_failure),
        cmocka_unit_test(every_comparison_over_examples_survives_every_failure),
    };
    return cmocka_run_group_tests(tests, make_run, remove_run);
}
