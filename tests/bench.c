/* grokscope-bench: what a training step costs, beside what the machine can do, and what
 * a measure costs.
 *
 * Everything is measured in one run, so that the ratios hold on a noisy machine; times
 * are medians. */
#include "grokscope/checkpoint.h"
#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/network.h"
#include "grokscope/optimizer.h"
#include "grokscope/run_folder.h"

#include "bench.h"
#include "train/base/clock.h"
#include "train/data/sampler.h"
#include "train/numeric/gemm.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { STEPS = 60, EVALUATIONS = 10, SAVES = 5, PRODUCTS = 40 };

double
bench_milliseconds(void)
{
    return 1e3 * gsc_seconds();
}

static int
compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double
median(double *times, size_t n)
{
    qsort(times, n, sizeof *times, compare);
    return times[n / 2];
}

void
bench_check(int status)
{
    if (status >= 0)
        return;
    fprintf(stderr, "grokscope-bench: %s\n", gsc_error_text());
    exit(gsc_exit_code(status));
}

/* ---- The peak: one product of each thread, side by side ---- */

enum { PEAK_ROWS = 1920, PEAK_WIDTH = 512, PEAK_INNER = 128 };

typedef struct peak_work {
    float *a, *b, *c; /* of all threads */
} peak_work;

static void
multiply(void *context, size_t item, size_t worker)
{
    peak_work *w = context;
    (void)worker;
    for (int i = 0; i < 4; i++)
        gsc_gemm_f32(false, false, PEAK_ROWS, PEAK_WIDTH, PEAK_INNER, 1,
                     w->a + item * PEAK_ROWS * PEAK_INNER, PEAK_INNER, w->b, PEAK_WIDTH,
                     0, w->c + item * PEAK_ROWS * PEAK_WIDTH, PEAK_WIDTH);
}

/* GFLOP/s of the fastest of many products. */
static double
measure_peak(gsc_threads *threads)
{
    size_t n = gsc_threads_count(threads);
    peak_work w = {gsc_new(n * PEAK_ROWS * PEAK_INNER, sizeof(float)),
                   gsc_new(PEAK_INNER * PEAK_WIDTH, sizeof(float)),
                   gsc_new(n * PEAK_ROWS * PEAK_WIDTH, sizeof(float))};
    double best = 1e30;
    for (int i = 0; i < PRODUCTS; i++) {
        double begin = bench_milliseconds();
        gsc_threads_run(threads, multiply, &w, n);
        double time = bench_milliseconds() - begin;
        best = time < best ? time : best;
    }
    free(w.a);
    free(w.b);
    free(w.c);
    double flops = 4.0 * 2 * PEAK_ROWS * PEAK_WIDTH * PEAK_INNER * (double)n;
    return flops / best * 1e-6;
}

/* ---- A recipe ---- */

typedef struct loaded {
    gsc_network network;
    gsc_sampler sampler;
    uint32_t *test;
    size_t num_test;
    float *weights, *next;
} loaded;

static void
open_loaded_model(loaded *s, const char *recipe)
{
    gsc_config config;
    bench_check(gsc_config_default(&config));
    bench_check(gsc_config_read_recipe(&config, recipe));
    bench_check(gsc_network_init(&s->network, &config));
    const gsc_dataset *dataset = &s->network.dataset;
    const gsc_split *test = gsc_dataset_split(dataset, "test");
    bench_check(gsc_sampler_init(&s->sampler, dataset,
                                 (size_t)s->network.config.run.batch_size, 0));
    s->num_test = test->count;
    s->test = gsc_new(test->count + 1, sizeof *s->test);
    memcpy(s->test, test->indices, test->count * sizeof *s->test);
    bench_check(gsc_cache_order(dataset, s->test, s->num_test));
    size_t n = gsc_graph_num_weights(s->network.model.graph);
    s->weights = gsc_new(n, sizeof(float));
    s->next = gsc_new(n, sizeof(float));
    gsc_graph_init_weights(s->network.model.graph, 0, GSC_FLOAT32, s->weights);
    memcpy(s->next, s->weights, n * sizeof(float));
}

static void
close_loaded_model(loaded *s)
{
    gsc_network_free(&s->network);
    gsc_sampler_free(&s->sampler);
    free(s->test);
    free(s->weights);
    free(s->next);
}

static gsc_engine *
open_engine(loaded *s, gsc_network_use use, unsigned rewrites, bool profile)
{
    gsc_engine *engine;
    gsc_engine_options options;
    bench_check(gsc_network_options(
        &s->network, use, gsc_sampler_at(&s->sampler, 0).num_examples, &options));
    options.rewrites = rewrites;
    options.profile = profile;
    bench_check(gsc_engine_open(&engine, s->network.model.graph, &options));
    return engine;
}

/* ---- Where the time of a step goes ---- */

static void
print_shape(gsc_shape shape)
{
    for (size_t i = 0; i < shape.rank; i++)
        printf("%s%zu", i > 0 ? " " : "", shape.dims[i]);
}

/* Milliseconds of both threads together, node by node. */
static void
profile_recipe(const char *recipe, gsc_threads *threads)
{
    loaded s;
    gsc_engine_node *nodes;
    size_t count;
    open_loaded_model(&s, recipe);
    gsc_engine *engine = open_engine(&s, GSC_TO_TRAIN, GSC_REWRITE_ALL, true);
    gsc_batch batch = gsc_sampler_at(&s.sampler, 0);
    double begin = bench_milliseconds();
    for (int i = 0; i < STEPS; i++)
        bench_check(gsc_engine_run(engine, threads, s.weights, &batch, NULL, NULL));
    double wall = (bench_milliseconds() - begin) / STEPS, sum = 0;
    bench_check(gsc_engine_nodes(engine, &nodes, &count));
    printf("\nnode\toperation\tdomain\tshape\tms_forward\tms_backward\tname\n");
    for (size_t i = 0; i < count; i++) {
        const gsc_engine_node *n = &nodes[i];
        printf("%d\t%s(", n->id, n->operation);
        for (size_t k = 0; k < n->num_inputs; k++)
            printf("%s%d", k > 0 ? " " : "", n->inputs[k]);
        printf(")\t%s\t", n->examples ? "examples" : "parameters");
        print_shape(n->shape);
        printf("\t%.3f\t%.3f\t%s\n", 1e3 * n->forward / STEPS,
               1e3 * n->backward / STEPS, n->name);
        sum += 1e3 * (n->forward + n->backward) / STEPS;
    }
    printf("%s: %.2f ms a run, %.2f ms in nodes on %zu threads\n", recipe, wall, sum,
           gsc_threads_count(threads));
    free(nodes);
    gsc_engine_close(engine);
    close_loaded_model(&s);
}

typedef struct timing {
    double step, evaluation; /* milliseconds */
    double gigaflops;        /* of a step */
    size_t bytes;
} timing;

static timing
time_training(loaded *s, gsc_threads *threads, unsigned rewrites, int steps)
{
    double times[STEPS];
    timing t;
    gsc_engine *train = open_engine(s, GSC_TO_TRAIN, rewrites, false);
    gsc_engine *test = open_engine(s, GSC_TO_EVALUATE, rewrites, false);
    gsc_optimizer optimizer;
    gsc_optimizer_setup setup = {
        .graph = s->network.model.graph, .type = GSC_FLOAT32, .weights = s->weights};
    bench_check(gsc_optimizer_init(&optimizer, &s->network.config.optimizer, &setup));
    for (int i = -2; i < steps; i++) { /* two to warm up */
        double begin = bench_milliseconds();
        gsc_batch batch = gsc_sampler_at(&s->sampler, i + 2);
        bench_check(gsc_engine_run(train, threads, s->weights, &batch, NULL, NULL));
        gsc_optimizer_update(&optimizer, threads, i + 2, s->weights,
                             gsc_engine_gradient(train), s->next);
        float *former = s->weights;
        s->weights = s->next;
        s->next = former;
        if (i >= 0)
            times[i] = bench_milliseconds() - begin;
    }
    t.step = median(times, (size_t)steps);
    gsc_batch test_batch = gsc_network_batch(&s->network, s->test, s->num_test);
    for (int i = 0; i < EVALUATIONS; i++) {
        double begin = bench_milliseconds();
        bench_check(gsc_engine_run(test, threads, s->weights, &test_batch, NULL, NULL));
        times[i] = bench_milliseconds() - begin;
    }
    t.evaluation = median(times, EVALUATIONS);
    t.gigaflops =
        1e-9 * gsc_engine_flops(train, gsc_sampler_at(&s->sampler, 0).num_examples);
    t.bytes = gsc_engine_bytes(train) + gsc_engine_bytes(test);
    gsc_optimizer_free(&optimizer);
    gsc_engine_close(train);
    gsc_engine_close(test);
    return t;
}

/* ---- Saving and starting: the programs themselves ---- */

static const char *program;

double
bench_train(const char *arguments, bench_summary *summary)
{
    char command[4096];
    *summary = (bench_summary){.names = ""};
    snprintf(command, sizeof command, "%s/grokscope-train %s 2>/dev/null", program,
             arguments);
    double begin = bench_milliseconds();
    FILE *pipe = popen(command, "r");
    if (pipe && fgets(summary->names, sizeof summary->names, pipe))
        while (fgets(summary->values, sizeof summary->values, pipe))
            continue;
    if (!pipe || pclose(pipe) != 0) {
        fprintf(stderr, "grokscope-bench: %s failed\n", command);
        exit(1);
    }
    return bench_milliseconds() - begin;
}

double
bench_value(const bench_summary *summary, const char *column)
{
    const char *name = summary->names, *value = summary->values;
    size_t length = strlen(column);
    while (name && value) {
        if (strncmp(name, column, length) == 0 && strchr("\t\n", name[length]))
            return strtod(value, NULL);
        name = strchr(name, '\t');
        value = strchr(value, '\t');
        name += name != NULL;
        value += value != NULL;
    }
    fprintf(stderr, "grokscope-bench: no column %s\n", column);
    exit(1);
}

void
bench_make_folder(char folder[BENCH_FOLDER_BYTES])
{
    snprintf(folder, BENCH_FOLDER_BYTES, "/tmp/grokscope-bench-XXXXXX");
    if (!mkdtemp(folder)) {
        perror("grokscope-bench: /tmp");
        exit(1);
    }
}

void
bench_remove_folder(const char *folder)
{
    char lock[BENCH_FOLDER_BYTES + 8];
    gsc_run_remove(folder);
    snprintf(lock, sizeof lock, "%s/.lock", folder);
    unlink(lock);
    rmdir(folder);
}

/* What measures cost while it trains, step 0 among the checkpoints. */
static void
bench_measures(const char *recipe, const char *measures)
{
    char folder[BENCH_FOLDER_BYTES], arguments[256];
    bench_summary summary;
    bench_make_folder(folder);
    snprintf(arguments, sizeof arguments,
             "%s --steps 800 --checkpoints linear:100 --log-every 100 --measure %s "
             "--force --out %s",
             recipe, measures, folder);
    bench_train(arguments, &summary);
    double measure = bench_value(&summary, "measure_seconds");
    double train = bench_value(&summary, "train_seconds");
    printf("measuring\t%s, %s, every 100 of 800 steps\t%.1f ms a checkpoint, %.2f %% "
           "of training\n",
           recipe, measures, 1e3 * measure / 9, 100 * measure / train);
    bench_remove_folder(folder);
}

/* The largest of all programs that have run so far. */
static void
print_memory(const char *recipe, const char *what)
{
    struct rusage usage;
    getrusage(RUSAGE_CHILDREN, &usage);
    printf("memory\tgrokscope-train %s%s, peak\t%.0f MB\n", recipe, what,
           (double)usage.ru_maxrss / 1024);
}

static void
bench_programs(const char *recipe)
{
    char folder[BENCH_FOLDER_BYTES], arguments[256];
    double times[SAVES];
    bench_summary summary;
    for (int i = 0; i < SAVES; i++)
        times[i] = bench_train("--version", &summary);
    printf("start-up\tgrokscope-train --version\t%.1f ms\n", median(times, SAVES));
    bench_make_folder(folder);
    snprintf(arguments, sizeof arguments,
             "%s --steps 800 --checkpoints linear:100 --log-every 100 --force --out %s",
             recipe, folder);
    bench_train(arguments, &summary);
    double save = bench_value(&summary, "save_seconds");
    double train = bench_value(&summary, "train_seconds");
    printf("saving\t%s, every 100 of 800 steps\t%.1f ms a checkpoint, %.2f %% of "
           "training\n",
           recipe, 1e3 * save / 9, 100 * save / train);
    bench_remove_folder(folder);
    print_memory(recipe, "");
    bench_measures(recipe, "progress,norms,fourier,rqi");
    bench_measures(recipe, "clockpizza,progress,norms,fourier,rqi");
    print_memory(recipe, " with measures");
}

static void
bench_recipe(const char *recipe, gsc_threads *const threads[2], const double peak[2])
{
    loaded s;
    open_loaded_model(&s, recipe);
    for (int plain = 1; plain >= 0; plain--) {
        double first = 0;
        for (int i = 0; i < 2; i++) {
            timing t = time_training(&s, threads[i], plain ? 0 : GSC_REWRITE_ALL,
                                     plain ? 8 : STEPS);
            first = i == 0 ? t.step : first;
            printf("%s\t%s\t%d\t%.2f\t%.2f\t%.2f\t%.3f\t%.0f\t%.0f\n", recipe,
                   plain ? "none" : "all", i + 1, t.step, first / t.step, t.evaluation,
                   t.gigaflops, t.gigaflops / t.step * 1e3,
                   100 * t.gigaflops / t.step * 1e3 / peak[i]);
            fflush(stdout);
        }
    }
    close_loaded_model(&s);
}

static int
print_usage(bool asked)
{
    fprintf(
        asked ? stdout : stderr,
        "Usage: grokscope-bench                     every recipe, plain and "
        "rewritten\n"
        "       grokscope-bench --profile RECIPE…   the time of every node\n"
        "       grokscope-bench small               steps of small networks, in parts\n"
        "       grokscope-bench analyze             every table of every measure\n");
    return asked ? 0 : 2;
}

int
main(int argc, char **argv)
{
    static char folder[4096];
    ssize_t length = readlink("/proc/self/exe", folder, sizeof folder - 1);
    folder[length > 0 ? length : 0] = '\0';
    *strrchr(folder, '/') = '\0';
    program = folder;
    bool profile = argc > 2 && strcmp(argv[1], "--profile") == 0;
    if (argc == 2 && strcmp(argv[1], "analyze") == 0) {
        bench_analyze();
        return 0;
    }
    if (argc == 2 && strcmp(argv[1], "small") == 0) {
        bench_small_steps();
        return 0;
    }
    if (argc > 1 && !profile)
        return print_usage(strcmp(argv[1], "--help") == 0);
    gsc_threads *threads[2];
    double peak[2];
    for (size_t i = 0; i < 2; i++) {
        bench_check(gsc_threads_open(&threads[i], i + 1));
        peak[i] = measure_peak(threads[i]);
        printf("sgemm peak\t%zu threads\t%.0f GFLOP/s\n", i + 1, peak[i]);
    }
    if (profile) {
        for (int i = 2; i < argc; i++)
            profile_recipe(argv[i], threads[1]);
        return 0;
    }
    bench_programs("nanda-mainline");
    printf("\nrecipe\trewrites\tthreads\tms_step\tspeedup\tms_evaluation\tgflop_step\t"
           "gflop_s\tpercent_of_peak\n");
    static const char *const recipes[] = {"nanda-mainline",
                                          "demo",
                                          "pizza-model-a",
                                          "pizza-model-b",
                                          "pizza-linear-beta",
                                          "pizza-linear-delta",
                                          "gromov-quadratic",
                                          "power-division-97",
                                          "digits",
                                          "repeats-online-small"};
    for (size_t i = 0; i < sizeof recipes / sizeof *recipes; i++)
        bench_recipe(recipes[i], threads, peak);
    for (size_t i = 0; i < 2; i++)
        gsc_threads_close(threads[i]);
    return 0;
}
