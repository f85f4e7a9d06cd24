/* What a step of a small network costs, where products are short: how long the batch,
 * the engine's run and the update take, and how much of the run is in its nodes. */
#include "bench.h"
#include "grokscope/memory.h"
#include "grokscope/network.h"
#include "grokscope/optimizer.h"

#include "train/data/sampler.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The first steps make oneDNN's kernels, and are not timed. */
enum { WARM_STEPS = 100, STEPS = 4000, PARTS = 3 };

typedef struct small {
    gsc_network network;
    gsc_sampler sampler;
    gsc_optimizer optimizer;
    float *weights, *next;
} small;

static void
open_small(small *s, const char *recipe)
{
    gsc_config config;
    bench_check(gsc_config_default(&config));
    bench_check(gsc_config_read_recipe(&config, recipe));
    bench_check(gsc_network_init(&s->network, &config));
    bench_check(gsc_sampler_init(&s->sampler, &s->network.dataset,
                                 (size_t)s->network.config.run.batch_size, 0));
    const gsc_graph *graph = s->network.model.graph;
    size_t n = gsc_graph_num_weights(graph);
    s->weights = gsc_new(n, sizeof(float));
    s->next = gsc_new(n, sizeof(float));
    gsc_graph_init_weights(graph, 0, GSC_FLOAT32, s->weights);
    gsc_optimizer_setup setup = {
        .graph = graph, .type = GSC_FLOAT32, .weights = s->weights};
    bench_check(
        gsc_optimizer_init(&s->optimizer, &s->network.config.optimizer, &setup));
}

static void
close_small(small *s)
{
    gsc_optimizer_free(&s->optimizer);
    gsc_sampler_free(&s->sampler);
    gsc_network_free(&s->network);
    free(s->weights);
    free(s->next);
}

static gsc_engine *
open_engine(small *s, bool profile)
{
    gsc_engine *engine;
    gsc_engine_options options;
    bench_check(gsc_network_options(&s->network, GSC_TO_TRAIN,
                                    gsc_sampler_at(&s->sampler, 0).num_examples,
                                    &options));
    options.profile = profile;
    bench_check(gsc_engine_open(&engine, s->network.model.graph, &options));
    return engine;
}

/* Microseconds a step of the batch, the run and the update. */
static void
time_parts(small *s, double parts[PARTS])
{
    gsc_engine *engine = open_engine(s, false);
    for (int64_t i = -WARM_STEPS; i < STEPS; i++) {
        if (i == 0)
            memset(parts, 0, PARTS * sizeof *parts);
        double begin = bench_milliseconds();
        gsc_batch batch = gsc_sampler_at(&s->sampler, i + WARM_STEPS);
        double drawn = bench_milliseconds();
        bench_check(gsc_engine_run(engine, NULL, s->weights, &batch, NULL, NULL));
        double run = bench_milliseconds();
        gsc_optimizer_update(&s->optimizer, NULL, i + WARM_STEPS, s->weights,
                             gsc_engine_gradient(engine), s->next);
        float *former = s->weights;
        s->weights = s->next;
        s->next = former;
        double end = bench_milliseconds();
        parts[0] += (drawn - begin) * 1e3 / STEPS;
        parts[1] += (run - drawn) * 1e3 / STEPS;
        parts[2] += (end - run) * 1e3 / STEPS;
    }
    gsc_engine_close(engine);
}

/* Microseconds a run in products and in all other nodes. */
static void
time_nodes(small *s, double *products, double *others)
{
    gsc_engine *engine = open_engine(s, true);
    gsc_engine_node *nodes;
    size_t count;
    gsc_batch batch = gsc_sampler_at(&s->sampler, 0);
    *products = *others = 0;
    for (int i = 0; i < STEPS; i++)
        bench_check(gsc_engine_run(engine, NULL, s->weights, &batch, NULL, NULL));
    bench_check(gsc_engine_nodes(engine, &nodes, &count));
    for (size_t i = 0; i < count; i++) {
        double time = (nodes[i].forward + nodes[i].backward) * 1e6 / STEPS;
        *(strcmp(nodes[i].operation, "matmul") == 0 ? products : others) += time;
    }
    free(nodes);
    gsc_engine_close(engine);
}

void
bench_small_steps(void)
{
    static const char *const recipes[] = {"parity-online", "parity-finite",
                                          "quanta-small"};
    printf("\nrecipe\tus_step\tus_batch\tus_run\tus_update\tus_products\tus_others\t"
           "percent_overhead\n");
    for (size_t i = 0; i < sizeof recipes / sizeof *recipes; i++) {
        small s;
        double parts[PARTS], products, others;
        open_small(&s, recipes[i]);
        time_parts(&s, parts);
        time_nodes(&s, &products, &others);
        double step = parts[0] + parts[1] + parts[2];
        double overhead = parts[1] - products - others;
        printf("%s\t%.1f\t%.1f\t%.1f\t%.1f\t%.1f\t%.1f\t%.0f\n", recipes[i], step,
               parts[0], parts[1], parts[2], products, others, 100 * overhead / step);
        close_small(&s);
    }
}
