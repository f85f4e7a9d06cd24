/* Reports of small runs while memory runs out. */
#include "analyze/report/report.h"
#include "failing_fixture.h"
#include "loaded_model_fixture.h"

/* Every EACH-th allocation fails; a report has some ten thousand of them, most within
 * measures, whose own tests fail each. */
enum { EACH = 409 };

static const char page[] = "<!--csp--><script>1</script><!--data-->";

static int
report(void *context)
{
    const char *const words[] = {folder, folder};
    gsc_report made;
    const gsc_report_options options = {.runs = words,
                                        .num_runs = 1,
                                        .beside = context ? folder : NULL,
                                        .most_steps = 2,
                                        .most_bytes = 120000,
                                        .page = page,
                                        .command = "report",
                                        .version = "0"};
    int status = gsc_report_init(&made, &options);
    gsc_report_free(&made);
    return status;
}

static void
fail_report(const char *name, const char *lines, bool beside)
{
    gsc_network network;
    small_network(&network, lines);
    for (int64_t step = 0; step < 3; step++)
        write_run_step(&network, step, (uint64_t)(1 + step));
    gsc_network_free(&network);
    fail_each(&(flow){.name = name,
                      .run = report,
                      .context = beside ? folder : NULL,
                      .first = strlen(name) % EACH,
                      .stride = EACH});
}

static void
a_report_of_residues_survives_every_failure(void **state)
{
    (void)state;
    fail_report("report of a sum", "d_model = 6\nn_heads = 1\nd_mlp = 4\n", true);
}

static void
a_report_of_a_group_survives_every_failure(void **state)
{
    (void)state;
    fail_report(
        "report of a group",
        "operation = compose\ngroup = S3\nlayout = a b\narchitecture = chughtai_mlp\n"
        "d_model = 6\nd_mlp = 4\n",
        false);
}

static void
a_report_of_bits_survives_every_failure(void **state)
{
    (void)state;
    fail_report("report of a parity",
                "task = parity\narchitecture = mlp\nn = 5\nk = 2\nhidden = 4\n"
                "train_samples = 8\ntest_samples = 8\n",
                false);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        IN_RUN(a_report_of_residues_survives_every_failure),
        IN_RUN(a_report_of_a_group_survives_every_failure),
        IN_RUN(a_report_of_bits_survives_every_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
