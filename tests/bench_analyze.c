/* What a measure costs: every table of every one, over the checkpoints of a run; and
 * what comparing all of these with each other does. */
#include "grokscope/error.h"

#include "analyze/compare/comparison_matrices.h"
#include "analyze/tool/measured_runs.h"
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>

/* Steps, and a checkpoint every so many: a hundred of them, of a network that begins to
 * learn. Costs depend only on shapes. */
#define RUN "nanda-mainline --steps 495 --checkpoints linear:5 --log-every 5 --quiet"

/* Milliseconds of a whole measure over runs; below 0 where the measure refuses this
 * network. */
static double
time_measured_runs(const gsc_inputs *inputs, const gsc_measure *measure,
                   const void *options_asked, size_t table, gsc_threads *threads)
{
    gsc_measured_runs measured = {.names = NULL};
    gsc_measured_runs_options options = {.measure = measure,
                                         .options = options_asked,
                                         .table = table,
                                         .threads = threads};
    double begin = bench_milliseconds();
    int status = gsc_measured_runs_init(&measured, inputs, &options);
    double time = bench_milliseconds() - begin;
    if (status < 0)
        fprintf(stderr, "grokscope-bench: %s: %s\n", measure->name, gsc_error_text());
    gsc_measured_runs_free(&measured);
    return status < 0 ? -1 : time;
}

static void
bench_measure(const gsc_inputs *inputs, const gsc_measure *measure)
{
    void *options;
    bool refused = false;
    bench_check(gsc_measure_new_options(measure, &options));
    for (size_t table = 0; table < measure->num_tables; table++)
        for (size_t n = 1; n <= 2 && !refused; n++) {
            gsc_threads *threads;
            bench_check(gsc_threads_open(&threads, n));
            double time = time_measured_runs(inputs, measure, options, table, threads);
            gsc_threads_close(threads);
            refused = time < 0;
            if (refused)
                break;
            printf("%s\t%s\t%zu\t%zu\t%.2f\n", measure->name,
                   measure->tables[table].rows, inputs->count, n,
                   time / (double)inputs->count);
            fflush(stdout);
        }
    free(options);
}

/* All pairs, reading included, a row like the others. */
static void
bench_pairs(const gsc_inputs *inputs)
{
    for (size_t n = 1; n <= 2; n++) {
        gsc_feature_set set;
        gsc_comparison_matrices pairs;
        gsc_feature_set_options options = {.kept = {.key_rule = GSC_KEYS_BY_NEURON}};
        bench_check(gsc_threads_open(&options.threads, n));
        double begin = bench_milliseconds();
        bench_check(gsc_feature_set_init(&set, inputs, &options));
        bench_check(gsc_comparison_matrices_init(&pairs, &set, &options));
        double time = bench_milliseconds() - begin;
        gsc_comparison_matrices_free(&pairs);
        gsc_feature_set_free(&set);
        gsc_threads_close(options.threads);
        printf("compare\tall-pairs\t%zu\t%zu\t%.2f\n", inputs->count, n,
               time / (double)inputs->count);
        fflush(stdout);
    }
}

void
bench_analyze(void)
{
    char folder[BENCH_FOLDER_BYTES], arguments[256];
    bench_summary summary;
    const char *words[] = {folder};
    gsc_inputs inputs;
    bench_make_folder(folder);
    snprintf(arguments, sizeof arguments, RUN " --force --out %s", folder);
    bench_train(arguments, &summary);
    bench_check(gsc_inputs_init(&inputs, words, 1, "all"));
    printf("measure\ttable\tcheckpoints\tthreads\tms_checkpoint\n");
    for (const gsc_measure *const *m = gsc_builtin_measures; *m; m++)
        bench_measure(&inputs, *m);
    bench_pairs(&inputs);
    gsc_inputs_free(&inputs);
    bench_remove_folder(folder);
}
