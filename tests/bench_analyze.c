/* What a measure costs: every table of every one, over the checkpoints of a run; and
 * what comparing all of these with each other does. */
#include "grokscope/error.h"

#include "analyze/compare/all_pairs.h"
#include "analyze/tool/survey.h"
#include "bench.h"

#include <stdio.h>

/* Steps, and a checkpoint every so many: a hundred of them, of a network that begins to
 * learn. Costs depend on shapes alone. */
#define RUN "nanda-mainline --steps 495 --checkpoints linear:5 --log-every 5 --quiet"

/* Milliseconds of a whole survey; below 0 where the measure refuses this network. */
static double
time_survey(const gsc_inputs *inputs, const gsc_measure *measure, size_t table,
            gsc_threads *threads)
{
    gsc_survey survey = {.names = NULL};
    gsc_survey_options options = {
        .measure = measure, .table = table, .threads = threads};
    double begin = bench_milliseconds();
    int status = gsc_survey_init(&survey, inputs, &options);
    double time = bench_milliseconds() - begin;
    if (status < 0)
        fprintf(stderr, "grokscope-bench: %s: %s\n", measure->name, gsc_error_text());
    gsc_survey_free(&survey);
    return status < 0 ? -1 : time;
}

static void
bench_measure(const gsc_inputs *inputs, const gsc_measure *measure)
{
    if (measure->options)
        bench_check(gsc_options_default(measure->options, 1));
    for (size_t table = 0; table < measure->num_tables; table++)
        for (size_t n = 1; n <= 2; n++) {
            gsc_threads *threads;
            bench_check(gsc_threads_open(&threads, n));
            double time = time_survey(inputs, measure, table, threads);
            gsc_threads_close(threads);
            if (time < 0)
                return;
            printf("%s\t%s\t%zu\t%zu\t%.2f\n", measure->name,
                   measure->tables[table].rows, inputs->count, n,
                   time / (double)inputs->count);
            fflush(stdout);
        }
}

/* All pairs, reading included, a row like the others. */
static void
bench_pairs(const gsc_inputs *inputs)
{
    for (size_t n = 1; n <= 2; n++) {
        gsc_album album;
        gsc_all_pairs pairs;
        gsc_album_options options = {.portrait = {.key_rule = GSC_KEYS_BY_NEURON}};
        bench_check(gsc_threads_open(&options.threads, n));
        double begin = bench_milliseconds();
        bench_check(gsc_album_init(&album, inputs, &options));
        bench_check(gsc_all_pairs_init(&pairs, &album, &options));
        double time = bench_milliseconds() - begin;
        gsc_all_pairs_free(&pairs);
        gsc_album_free(&album);
        gsc_threads_close(options.threads);
        printf("compare\tall-pairs\t%zu\t%zu\t%.2f\n", inputs->count, n,
               time / (double)inputs->count);
        fflush(stdout);
    }
}

void
bench_analyze(void)
{
    char folder[BENCH_FOLDER_BYTES], arguments[256], row[BENCH_ROW_BYTES];
    const char *words[] = {folder};
    gsc_inputs inputs;
    bench_make_folder(folder);
    snprintf(arguments, sizeof arguments, RUN " --force --out %s", folder);
    bench_train(arguments, row);
    bench_check(gsc_inputs_init(&inputs, words, 1, "all"));
    printf("measure\ttable\tcheckpoints\tthreads\tms_checkpoint\n");
    const gsc_measure *measure;
    for (size_t i = 0; (measure = gsc_measure_at(i)) != NULL; i++)
        bench_measure(&inputs, measure);
    bench_pairs(&inputs);
    gsc_inputs_free(&inputs);
    bench_remove_folder(folder);
}
