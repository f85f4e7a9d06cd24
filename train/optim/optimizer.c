/* The table of optimizers, their keys and their state. */
#include "grokscope/optimizer.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "train/optim/rules.h"

#include <math.h>
#include <stdlib.h>

/* Weights that one thread updates at a time. */
enum { SPAN = 8192 };

static const double pi = 0x1.921fb54442d18p+1;

static const char *const optimizer_names[] = {"adamw", "adam", "sgd", NULL};
static const char *const decay_names[] = {"all", "matrices", NULL};
static const char *const annealing_names[] = {"none", "linear", "cosine", NULL};

/* By optimizer, then by gsc_type. */
static const struct {
    gsc_update_rule *update[2];
    size_t num_moments;
    const char *moment_names[GSC_MAX_MOMENTS];
} optimizers[] = {
    {{gsc_adamw_update_f32, gsc_adamw_update_f64}, 2, {"moment1", "moment2"}},
    {{gsc_adam_update_f32, gsc_adam_update_f64}, 2, {"moment1", "moment2"}},
    {{gsc_sgd_update_f32, gsc_sgd_update_f64}, 1, {"momentum"}},
};

static const gsc_option rows[] = {
    GSC_ROW_CHOICE(gsc_optimizer_config, optimizer, "adamw", optimizer_names,
                   "How weights follow gradients."),
    GSC_ROW_REAL(gsc_optimizer_config, learning_rate, "0.001", 0, 1e3,
                 "Learning rate after the warm-up."),
    GSC_ROW_REAL(gsc_optimizer_config, weight_decay, "1", 0, 1e3,
                 "Weight decay; adam and sgd add it to the gradient."),
    GSC_ROW_CHOICE(gsc_optimizer_config, decay, "all", decay_names,
                   "Trained weights that decay; matrices have two axes or more."),
    GSC_ROW_REAL(gsc_optimizer_config, beta1, "0.9", 0, 0.999999,
                 "Decay of the mean gradient."),
    GSC_ROW_REAL(gsc_optimizer_config, beta2, "0.98", 0, 0.999999,
                 "Decay of the mean squared gradient."),
    GSC_ROW_REAL(gsc_optimizer_config, epsilon, "1e-08", 0, 1,
                 "Added to the root of the mean squared gradient."),
    GSC_ROW_REAL(gsc_optimizer_config, momentum, "0", 0, 0.999999,
                 "What sgd keeps of the last step."),
    GSC_ROW_INTEGER(gsc_optimizer_config, warmup, "10", 0, 1e9,
                    "Updates over which the learning rate rises."),
    GSC_ROW_BOOL(gsc_optimizer_config, first_rate_zero, "no",
                 "Begin the warm-up with an update of rate 0."),
    GSC_ROW_CHOICE(gsc_optimizer_config, annealing, "none", annealing_names,
                   "How the learning rate falls after the warm-up."),
    GSC_ROW_INTEGER(gsc_optimizer_config, anneal_steps, "0", 0, 1e12,
                    "Updates over which it falls; 0: all of the run's."),
    GSC_ROW_REAL(gsc_optimizer_config, anneal_floor, "0.1", 0, 1,
                 "Share of the learning rate that is left in the end."),
};

gsc_options
gsc_optimizer_options(gsc_optimizer_config *config)
{
    return (gsc_options){"optimizer", rows, sizeof rows / sizeof *rows, config};
}

/* What is left of the rate after a share of the annealing. */
static double
annealed(const gsc_optimizer_config *config, double share)
{
    double left =
        config->annealing == GSC_ANNEAL_COSINE ? (1 + cos(pi * share)) / 2 : 1 - share;
    return config->anneal_floor + (1 - config->anneal_floor) * left;
}

double
gsc_learning_rate(const gsc_optimizer_config *config, int64_t update)
{
    int64_t part = config->first_rate_zero ? update : update + 1;
    double rate = config->learning_rate;
    if (part < config->warmup)
        return rate * (double)part / (double)config->warmup;
    if (config->annealing == GSC_ANNEAL_NONE || config->anneal_steps == 0)
        return rate;
    double share = (double)(part - config->warmup) / (double)config->anneal_steps;
    return rate * annealed(config, fmin(share, 1));
}

/* The trained parameters, cut into pieces. */
static int
cut_spans(gsc_optimizer *optimizer, const gsc_graph *graph)
{
    int status = 0;
    size_t num_parameters;
    const gsc_parameter *parameters = gsc_graph_parameters(graph, &num_parameters);
    GSC_NEW(optimizer->spans, optimizer->num_weights / SPAN + num_parameters + 1);
    for (size_t i = 0; i < num_parameters; i++) {
        size_t count = gsc_shape_count(parameters[i].shape);
        for (size_t at = 0; parameters[i].trained && at < count; at += SPAN)
            optimizer->spans[optimizer->num_spans++] = (struct gsc_optimizer_span){
                parameters[i].offset + at, count - at < SPAN ? count - at : SPAN,
                optimizer->config.decay == GSC_DECAY_ALL ||
                    parameters[i].shape.rank >= 2};
    }
out:
    return status;
}

int
gsc_optimizer_init(gsc_optimizer *optimizer, const gsc_optimizer_config *config,
                   const gsc_graph *graph, gsc_type type)
{
    int status = 0;
    *optimizer =
        (gsc_optimizer){.config = *config,
                        .type = type,
                        .num_weights = gsc_graph_num_weights(graph),
                        .num_moments = optimizers[config->optimizer].num_moments};
    for (size_t i = 0; i < optimizer->num_moments; i++) {
        optimizer->moment_names[i] = optimizers[config->optimizer].moment_names[i];
        optimizer->moments[i] = gsc_new(optimizer->num_weights, gsc_type_size(type));
        if (!optimizer->moments[i]) {
            status = GSC_EMEMORY;
            goto out;
        }
    }
    GSC_TRY(cut_spans(optimizer, graph));
out:
    if (status < 0)
        gsc_optimizer_free(optimizer);
    return status;
}

void
gsc_optimizer_free(gsc_optimizer *optimizer)
{
    for (size_t i = 0; i < GSC_MAX_MOMENTS; i++)
        free(optimizer->moments[i]);
    free(optimizer->spans);
    *optimizer = (gsc_optimizer){0};
}

typedef struct update_work {
    gsc_optimizer *optimizer;
    int64_t update;
    double rate;
    const void *weights, *gradient;
    void *next;
} update_work;

static void
update_span(void *context, size_t item, size_t worker)
{
    const update_work *work = context;
    const gsc_optimizer *optimizer = work->optimizer;
    size_t size = gsc_type_size(optimizer->type);
    size_t first = optimizer->spans[item].first * size;
    void *moments[GSC_MAX_MOMENTS] = {NULL};
    gsc_optimizer_config config = optimizer->config;
    (void)worker;
    if (!optimizer->spans[item].decays)
        config.weight_decay = 0;
    for (size_t i = 0; i < optimizer->num_moments; i++)
        moments[i] = (char *)optimizer->moments[i] + first;
    optimizers[config.optimizer].update[optimizer->type](
        &config, work->rate, work->update, optimizer->spans[item].count,
        (const char *)work->weights + first, (const char *)work->gradient + first,
        moments, (char *)work->next + first);
}

void
gsc_optimizer_update(gsc_optimizer *optimizer, gsc_threads *threads, int64_t update,
                     const void *weights, const void *gradient, void *next)
{
    update_work work = {.optimizer = optimizer,
                        .update = update,
                        .rate = gsc_learning_rate(&optimizer->config, update),
                        .weights = weights,
                        .gradient = gradient,
                        .next = next};
    gsc_threads_run(threads, update_span, &work, optimizer->num_spans);
}
