/* Train a network from a shipped recipe, and ask two measures of its checkpoints: which
 * frequencies its neurons write, and how far its circuit has come.
 *
 * usage: train_and_measure FOLDER
 *
 * CMakeLists.txt beside this file builds it; so does
 *     cc train_and_measure.c $(pkg-config --cflags --libs --static grokscope) */
#include <grokscope/config.h>
#include <grokscope/error.h>
#include <grokscope/measure.h>
#include <grokscope/network.h>
#include <grokscope/run_folder.h>
#include <grokscope/trainer.h>

#include <stdio.h>
#include <stdlib.h>

/* What can fail returns 0 or a negative code, and GSC_TRY goes to `out:` with a code in
 * `status`. The library never prints and never exits: its message waits in
 * gsc_error_text(). */

/* ---- Train ---- */

/* A configuration: all options at their defaults, then those of a shipped recipe, then
 * our own. Which there are follows from the task and the architecture that are chosen:
 * gsc_config_set(config, "task", "parity") comes before the options of parity. */
static int
configure(gsc_config *config)
{
    static const char *const changes[][2] = {
        {"p", "29"},     {"d_model", "32"}, {"n_heads", "2"},
        {"d_mlp", "64"}, {"steps", "300"},  {"checkpoints", "linear:100"}};
    int status = 0;
    GSC_TRY(gsc_config_default(config));
    GSC_TRY(gsc_config_read_recipe(config, "demo"));
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
        GSC_TRY(gsc_config_set(config, changes[i][0], changes[i][1]));
out:
    return status;
}

/* A network is what a configuration stands for: a dataset and a model. It is built here
 * only to tell of it; gsc_train builds its own. */
static int
describe(const gsc_config *config)
{
    int status = 0;
    gsc_network network;
    GSC_TRY(gsc_network_init(&network, config));
    const gsc_split *train = gsc_dataset_split(&network.dataset, "train");
    printf("%zu examples, %zu of them train\n", network.dataset.num_examples,
           train ? train->count : 0);
out:
    gsc_network_free(&network); /* every _free takes what is zeroed or half built */
    return status;
}

/* The options of training do not belong to the configuration: they change how a run is
 * made and never what comes out of it. */
static int
train(const gsc_config *config, const char *folder)
{
    int status = 0;
    gsc_train_options options = {.folder = folder, .force = true};
    gsc_train_result result;
    GSC_TRY(gsc_train(config, &options, &result));
    printf("step %lld: train loss %.1e, test loss %.1e\n", (long long)result.step,
           result.row.train_loss, result.row.test_loss);
out:
    return status;
}

/* ---- Measure ---- */

/* What is asked: a measure by its name, with options as its program has them, and the
 * columns of its answer that are printed, up to NULL. */
typedef struct question {
    const char *measure, *options;
    const char *columns[5];
} question;

static const question questions[] = {
    {"fourier", "key_rule=energy", {"neuron_logit_keys", "neuron_logit_share"}},
    {"progress",
     "key_rule=energy:convention=notebook",
     {"key_frequencies", "train_loss", "test_loss", "restricted_loss"}}};

/* The checkpoints of a run, which lie in its folder. */
typedef struct run {
    const char *folder;
    int64_t *steps; /* ascending */
    size_t num_steps;
} run;

/* Add the row of one checkpoint. A loaded model is a checkpoint with its model rebuilt;
 * a measure that is asked of one without what it needs fails with both their names. */
static int
add_row(const gsc_measure *measure, gsc_measure_request *request, const run *r,
        int64_t step, gsc_rows *rows)
{
    int status = 0;
    gsc_loaded_model loaded = {.weights = NULL};
    char path[GSC_PATH_BYTES];
    GSC_TRY(gsc_run_step_path(r->folder, step, path));
    GSC_TRY(gsc_loaded_model_open(&loaded, path));
    request->loaded = &loaded;
    request->name = path;
    GSC_TRY(gsc_measure_fill(measure, 0, request, rows));
out:
    gsc_loaded_model_close(&loaded);
    return status;
}

/* The first table of a measure, which has one row for each checkpoint. Some measures
 * ask the run's first or last checkpoint, as for the key frequencies that it ends with;
 * they prepare that once. */
static int
measure_run(const gsc_measure *measure, const void *options, const run *r,
            gsc_rows *rows)
{
    int status = 0;
    void *state = NULL;
    char first[GSC_PATH_BYTES], last[GSC_PATH_BYTES];
    gsc_run_context context = {.first = {.name = first}, .last = {.name = last}};
    GSC_TRY(gsc_run_step_path(r->folder, r->steps[0], first));
    GSC_TRY(gsc_run_step_path(r->folder, r->steps[r->num_steps - 1], last));
    GSC_TRY(gsc_measure_prepare(measure, 0, options, &context, &state));
    gsc_measure_request request = {
        .run_context = &context, .options = options, .state = state};
    for (size_t i = 0; i < r->num_steps; i++)
        GSC_TRY(add_row(measure, &request, r, r->steps[i], rows));
    if (measure->tables[0].conclude) /* phases, which only a whole run has */
        GSC_TRY(measure->tables[0].conclude(rows, r->steps));
out:
    gsc_measure_release(measure, state);
    gsc_lazy_checkpoint_close(&context.first);
    gsc_lazy_checkpoint_close(&context.last);
    return status;
}

/* A cell as the programs write it: the shortest decimal that reads back the same. */
static void
print_cell(gsc_cell_kind kind, const gsc_cell *cell)
{
    char number[GSC_NUMBER_BYTES];
    switch (kind) {
    case GSC_CELL_REAL:
        gsc_text_from_real(number, cell->real);
        printf("\t%s", number);
        break;
    case GSC_CELL_INTEGER:
        printf("\t%lld", (long long)cell->integer);
        break;
    case GSC_CELL_BOOL:
        printf("\t%s", cell->truth ? "true" : "false");
        break;
    case GSC_CELL_TEXT:
        printf("\t%s", cell->text);
        break;
    }
}

static void
print_rows(const question *q, const run *r, const gsc_rows *rows)
{
    printf("step");
    for (size_t k = 0; q->columns[k]; k++)
        printf("\t%s", q->columns[k]);
    printf("\n");
    for (size_t i = 0; i < gsc_rows_count(rows); i++) {
        printf("%lld", (long long)r->steps[i]);
        for (size_t k = 0; q->columns[k]; k++) {
            size_t column = gsc_rows_column(rows, q->columns[k]);
            print_cell(rows->columns[column].kind, gsc_rows_cell(rows, i, column));
        }
        printf("\n");
    }
}

static int
answer(const question *q, const run *r)
{
    int status = 0;
    void *options = NULL;
    gsc_rows rows = {0};
    const gsc_measure *measure = gsc_measure_find(gsc_builtin_measures, q->measure);
    if (!measure)
        return gsc_fail(GSC_EARGUMENT, "there is no measure %s", q->measure);
    gsc_rows_init(&rows, measure->tables[0].columns, measure->tables[0].num_columns);
    GSC_TRY(gsc_measure_new_options(measure, &options));
    GSC_TRY(gsc_measure_read_options(measure, q->options, options));
    GSC_TRY(measure_run(measure, options, r, &rows));
    printf("\n%s, %s\n", measure->name, q->options);
    print_rows(q, r, &rows);
out:
    free(options);
    gsc_rows_free(&rows);
    return status;
}

int
main(int argc, char **argv)
{
    int status = 0;
    gsc_config config;
    run r = {.steps = NULL};
    if (argc != 2) {
        fprintf(stderr, "usage: train_and_measure FOLDER\n");
        return 2;
    }
    r.folder = argv[1];
    GSC_TRY(configure(&config));
    GSC_TRY(describe(&config));
    GSC_TRY(train(&config, r.folder));
    GSC_TRY(gsc_run_steps(r.folder, &r.steps, &r.num_steps));
    for (size_t i = 0; i < sizeof questions / sizeof *questions; i++)
        GSC_TRY(answer(&questions[i], &r));
out:
    free(r.steps);
    if (status < 0)
        fprintf(stderr, "train_and_measure: %s\n", gsc_error_text());
    return gsc_exit_code(status);
}
