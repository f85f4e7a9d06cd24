/* What a program adds to the library from outside of it: a task, an architecture with
 * an operator, a loss, a rule, a filter and a projection of the optimizer, a metric and
 * a measure. It trains a network of all of them and looks at what came out.
 *
 * usage: extend FOLDER */
#include <grokscope/checkpoint.h>
#include <grokscope/config.h>
#include <grokscope/error.h>
#include <grokscope/loaded_model.h>
#include <grokscope/measure.h>
#include <grokscope/memory.h>
#include <grokscope/network.h>
#include <grokscope/operator.h>
#include <grokscope/rng.h>
#include <grokscope/run_folder.h>
#include <grokscope/stage.h>
#include <grokscope/trainer.h>
#include <grokscope/weights.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- A task: y = sin(3 x0) x1 at random points of the square [-1, 1]^2 ---- */

typedef struct wave_options {
    int64_t examples, data_seed;
} wave_options;

static const gsc_option wave_rows[] = {
    GSC_ROW_INTEGER(wave_options, examples, "400", 2, 1e6, "points, half to train on"),
    GSC_ROW_INTEGER(wave_options, data_seed, "0", 0, 0x1p53, "seed of the points"),
};

static int
make_wave(void *options, gsc_dataset *dataset, gsc_facets *facets)
{
    int status = 0;
    const wave_options *o = options;
    uint64_t seed = (uint64_t)o->data_seed, stream = gsc_rng_stream("wave");
    const gsc_shape two = {1, {2}}, one = {1, {1}};
    void *data[2];
    (void)facets; /* facts that measures ask for: this task has none */
    dataset->num_examples = (size_t)o->examples;
    GSC_TRY(gsc_dataset_add_field(dataset, "x", GSC_FIELD_FLOAT64, two, 0, &data[0]));
    GSC_TRY(gsc_dataset_add_field(dataset, "y", GSC_FIELD_FLOAT64, one, 0, &data[1]));
    double *x = data[0], *y = data[1];
    for (size_t i = 0; i < dataset->num_examples; i++) {
        for (size_t k = 2 * i; k < 2 * i + 2; k++)
            x[k] = 2 * gsc_rng_uniform(seed, stream, k) - 1;
        y[i] = sin(3 * x[2 * i]) * x[2 * i + 1];
    }
    GSC_TRY(gsc_dataset_add_first(dataset, "train", dataset->num_examples / 2));
    GSC_TRY(gsc_dataset_add_rest(dataset, "test"));
    gsc_dataset_add_target(dataset, "answer", "y", "log_cosh");
out:
    return status;
}

static const gsc_task wave = {.name = "wave",
                              .purpose = "a wave on the square",
                              .options = wave_rows,
                              .num_options = COUNT(wave_rows),
                              .size = sizeof(wave_options),
                              .make = make_wave};

/* ---- Operators: softplus(x) = log(1 + e^x); a loss, log cosh of the error; a metric,
 * the absolute error ---- */

/* Kernels in both types of numbers. */
#define KERNELS(real, ending)                                                         \
    static void softplus_forward_##ending(const gsc_call *call)                       \
    {                                                                                 \
        const real *x = call->in[0];                                                  \
        real *out = call->out;                                                        \
        for (size_t i = 0; i < call->n * gsc_node_count(call->node); i++)             \
            out[i] = (real)log1p(exp((double)x[i]));                                  \
    }                                                                                 \
    static void softplus_backward_##ending(const gsc_call *call)                      \
    {                                                                                 \
        const real *x = call->in[0], *dout = call->dout;                              \
        real *dx = call->din;                                                         \
        for (size_t i = 0; i < call->n * gsc_node_count(call->node); i++)             \
            dx[i] =                                                                   \
                (call->fresh ? 0 : dx[i]) + dout[i] / (real)(1 + exp(-(double)x[i])); \
    }                                                                                 \
    static void log_cosh_forward_##ending(const gsc_call *call)                       \
    {                                                                                 \
        const real *y = call->in[0], *answer = call->in[1];                           \
        size_t n = gsc_node_count(call->input[0]);                                    \
        for (size_t i = 0; i < call->n * n; i++) {                                    \
            double error = fabs((double)(y[i] - answer[i]));                          \
            call->loss[i / n] +=                                                      \
                (error + log1p(exp(-2 * error)) - log(2)) / (double)n;                \
        }                                                                             \
        for (size_t e = 0; e < call->n; e++)                                          \
            call->right[e] = call->loss[e] < 0.005;                                   \
    }                                                                                 \
    static void log_cosh_backward_##ending(const gsc_call *call)                      \
    {                                                                                 \
        const real *y = call->in[0], *answer = call->in[1];                           \
        size_t n = gsc_node_count(call->input[0]);                                    \
        real *dy = call->din, weight = (real)(call->weight / (double)n);              \
        for (size_t i = 0; i < call->n * n; i++)                                      \
            dy[i] = (call->fresh ? 0 : dy[i]) +                                       \
                    weight * (real)tanh((double)(y[i] - answer[i]));                  \
    }                                                                                 \
    static void absolute_forward_##ending(const gsc_call *call)                       \
    {                                                                                 \
        const real *y = call->in[0], *answer = call->in[1];                           \
        size_t n = gsc_node_count(call->input[0]);                                    \
        for (size_t i = 0; i < call->n * n; i++)                                      \
            call->loss[i / n] += fabs((double)(y[i] - answer[i])) / (double)n;        \
    }                                                                                 \
    static const gsc_kernels softplus_##ending = {                                    \
        .forward = softplus_forward_##ending,                                         \
        .backward = {softplus_backward_##ending}};                                    \
    static const gsc_kernels log_cosh_##ending = {                                    \
        .forward = log_cosh_forward_##ending,                                         \
        .backward = {log_cosh_backward_##ending}};                                    \
    static const gsc_kernels absolute_##ending = {.forward = absolute_forward_##ending};

KERNELS(float, f32)
KERNELS(double, f64)

static const gsc_operator softplus = {.name = "softplus",
                                      .min_inputs = 1,
                                      .max_inputs = 1,
                                      .shape = gsc_shape_of_first,
                                      .traits = GSC_ELEMENTWISE,
                                      .kernels = {&softplus_f32, &softplus_f64},
                                      .backward_reads = {GSC_READS(0)}};

/* A number an example, whose shape has no axes. */
static const char *
shape_of_metric(gsc_graph_node *node, const gsc_graph_node *const *inputs)
{
    node->shape = (gsc_shape){0};
    return gsc_node_count(inputs[0]) == gsc_node_count(inputs[1])
               ? NULL
               : "the shapes must be equal";
}

static const gsc_operator log_cosh_operator = {
    .name = "log_cosh",
    .min_inputs = 2,
    .max_inputs = 2,
    .shape = shape_of_metric,
    .traits = GSC_SCALAR,
    .kernels = {&log_cosh_f32, &log_cosh_f64},
    .backward_reads = {GSC_READS(0) | GSC_READS(1)}};

static gsc_node
build_log_cosh(gsc_graph *g, const gsc_loss_terms *terms, gsc_node *metric)
{
    gsc_node pair[] = {terms->prediction, terms->answer};
    (void)metric; /* the loss says itself which examples are right */
    return gsc_graph_apply(g, &log_cosh_operator, pair, 2, NULL);
}

static const gsc_loss log_cosh = {
    .name = "log_cosh", .purpose = "log cosh of the error", .build = build_log_cosh};

static const gsc_operator absolute_error = {.name = "absolute_error",
                                            .min_inputs = 2,
                                            .max_inputs = 2,
                                            .shape = shape_of_metric,
                                            .traits = GSC_SCALAR,
                                            .kernels = {&absolute_f32, &absolute_f64}};

/* ---- An architecture: softplus(x W_in + b) W_out ---- */

typedef struct smooth_options {
    int64_t neurons;
} smooth_options;

static const gsc_option smooth_rows[] = {
    GSC_ROW_INTEGER(smooth_options, neurons, "32", 1, 4096, "neurons of the layer"),
};

static int
resolve_smooth(void *options, const gsc_dataset *dataset)
{
    (void)options;
    if (!gsc_dataset_find(dataset, "x"))
        return gsc_fail(GSC_EARGUMENT, "architecture: smooth takes a field x");
    return 0;
}

static gsc_node
build_smooth(gsc_model *model, const void *options, const gsc_dataset *dataset)
{
    gsc_graph *g = model->graph;
    size_t neurons = (size_t)((const smooth_options *)options)->neurons, width;
    size_t in = gsc_shape_count(gsc_dataset_find(dataset, "x")->shape);
    const gsc_initializer normal = {GSC_INITIALIZER_NORMAL, 0.5, NULL},
                          zero = {GSC_INITIALIZER_CONSTANT, 0, NULL};
    if (gsc_model_width(dataset, &width) < 0)
        return GSC_NO_NODE;
    gsc_node W_in = gsc_graph_parameter(g, "W_in", "d_in neurons",
                                        (gsc_shape){2, {in, neurons}}, normal, true);
    gsc_node b =
        gsc_graph_parameter(g, "b", "neurons", (gsc_shape){1, {neurons}}, zero, true);
    gsc_node W_out = gsc_graph_parameter(
        g, "W_out", "neurons d_out", (gsc_shape){2, {neurons, width}}, normal, true);
    gsc_node x = gsc_graph_input(g, "x", (gsc_shape){2, {1, in}});
    x = gsc_graph_add(g, gsc_graph_matmul(g, x, W_in), b);
    model->neurons = gsc_graph_apply(g, &softplus, &x, 1, NULL);
    return gsc_graph_matmul(g, model->neurons, W_out);
}

static const gsc_architecture smooth = {.name = "smooth",
                                        .purpose = "a layer of softplus",
                                        .options = smooth_rows,
                                        .num_options = COUNT(smooth_rows),
                                        .size = sizeof(smooth_options),
                                        .resolve = resolve_smooth,
                                        .build = build_smooth};

/* ---- Stages of the optimizer ----
 *
 * signum (Bernstein et al., arXiv 1802.04434): m = keep m + (1 - keep) g, u = sign(m);
 * limit: every element of the gradient within ±most; box: every weight within ±side. */

typedef struct signum_options {
    double keep;
} signum_options;

typedef struct limit_options {
    double most;
} limit_options;

typedef struct box_options {
    double side;
} box_options;

static const gsc_option signum_rows[] = {
    GSC_ROW_REAL(signum_options, keep, "0.8", 0, 1, "what the mean keeps an update")};
static const gsc_option limit_rows[] = {
    GSC_ROW_REAL(limit_options, most, "1", 0, 1e9, "greatest element")};
static const gsc_option box_rows[] = {
    GSC_ROW_REAL(box_options, side, "1", 0, 1e9, "greatest weight")};

#define STAGES(real, ending)                                             \
    static void signum_##ending(const gsc_span *span)                    \
    {                                                                    \
        const signum_options *o = span->config;                          \
        real *u = span->values, *m = span->state[0];                     \
        for (size_t i = 0; i < span->count; i++) {                       \
            m[i] = (real)o->keep * m[i] + (real)(1 - o->keep) * u[i];    \
            u[i] = (real)((m[i] > 0) - (m[i] < 0));                      \
        }                                                                \
    }                                                                    \
    static void keep_within_##ending(const gsc_span *span, double bound) \
    {                                                                    \
        real *x = span->values;                                          \
        for (size_t i = 0; i < span->count; i++)                         \
            x[i] = (real)fmax(-bound, fmin(bound, (double)x[i]));        \
    }                                                                    \
    static void limit_##ending(const gsc_span *span)                     \
    {                                                                    \
        const limit_options *o = span->config;                           \
        keep_within_##ending(span, o->most);                             \
    }                                                                    \
    static void box_##ending(const gsc_span *span)                       \
    {                                                                    \
        const box_options *o = span->config;                             \
        keep_within_##ending(span, o->side);                             \
    }

STAGES(float, f32)
STAGES(double, f64)

static const gsc_stage signum = {.name = "signum",
                                 .purpose = "Steps along the sign of a mean.",
                                 .kind = GSC_STAGE_RULE,
                                 .rows = signum_rows,
                                 .num_rows = COUNT(signum_rows),
                                 .config_size = sizeof(signum_options),
                                 .states = {{"signum_mean", GSC_STATE_WEIGHTS, NULL}},
                                 .apply = {signum_f32, signum_f64},
                                 .decoupled = true};
static const gsc_stage limit = {.name = "limit",
                                .purpose = "Cut each element of the gradient.",
                                .kind = GSC_STAGE_FILTER,
                                .rows = limit_rows,
                                .num_rows = COUNT(limit_rows),
                                .config_size = sizeof(limit_options),
                                .apply = {limit_f32, limit_f64}};
static const gsc_stage box = {.name = "box",
                              .purpose = "Keep every weight in a box.",
                              .kind = GSC_STAGE_PROJECTION,
                              .rows = box_rows,
                              .num_rows = COUNT(box_rows),
                              .config_size = sizeof(box_options),
                              .apply = {box_f32, box_f64}};

/* ---- A measure: the largest weight, without its sign ---- */

static const gsc_column largest_columns[] = {
    {"largest", GSC_CELL_REAL, false, "of all weights", false}};

static int
fill_largest(const gsc_measure_request *request, gsc_rows *rows)
{
    double largest = 0;
    for (size_t i = 0; i < request->loaded->num_weights; i++)
        largest = fmax(largest, fabs(request->loaded->weights[i]));
    return gsc_rows_real(rows, largest);
}

static const gsc_measure largest_weight = {
    .name = "largest_weight",
    .purpose = "the largest weight",
    .needs = GSC_NEEDS_WEIGHTS,
    .num_tables = 1,
    .tables = {GSC_TABLE("checkpoint", largest_columns, fill_largest, NULL)}};

/* ---- Registries: the library's rows and these, or only these ---- */

static const gsc_task *const tasks[] = {&wave, NULL};
static const gsc_architecture *const architectures[] = {&smooth, NULL};
static const gsc_stage *const own_stages[] = {&signum, &limit, &box};
static const gsc_stages stages = {own_stages, COUNT(own_stages)};
static const gsc_loss *const losses[] = {&log_cosh, NULL};
static const gsc_registry registry = {tasks, architectures, &stages, losses};
static const gsc_measure *const measures[] = {GSC_BUILTIN_MEASURES, &largest_weight,
                                              NULL};

static int
configure(gsc_config *config)
{
    static const char *const settings[][2] = {{"task", "wave"},
                                              {"architecture", "smooth"},
                                              {"neurons", "24"},
                                              {"optimizer", "signum keep 0.5"},
                                              {"filters", "limit most 0.5"},
                                              {"projections", "box side 1"},
                                              {"learning_rate", "0.02"},
                                              {"annealing", "linear"},
                                              {"anneal_steps", "90"},
                                              {"weight_decay", "0"},
                                              {"measure", "norms, largest_weight"},
                                              {"measure_every", "10"},
                                              {"log_every", "10"},
                                              {"steps", "90"},
                                              {"checkpoints", "list:0,90"}};
    int status = 0;
    GSC_TRY(gsc_config_init(config, &registry));
    for (size_t i = 0; i < COUNT(settings); i++)
        GSC_TRY(gsc_config_set(config, settings[i][0], settings[i][1]));
out:
    return status;
}

/* ---- What came out ---- */

/* The cell of a table of the history in its first row, or its last. */
static int
cell(const gsc_checkpoint *c, const char *table, const char *column, bool last,
     double *value)
{
    for (size_t i = 0; i < c->num_tables; i++) {
        const gsc_table *t = &c->history[i];
        size_t at = gsc_table_column(t, column);
        if (strcmp(t->name, table) != 0 || at == SIZE_MAX || t->num_rows == 0)
            continue;
        *value = t->values[(last ? t->num_rows - 1 : 0) * t->num_values + at];
        return 0;
    }
    return gsc_fail(GSC_EFORMAT, "the history has no %s.%s", table, column);
}

static int
check_history(const char *path)
{
    int status = 0;
    gsc_checkpoint c;
    double before, after, step, largest;
    GSC_TRY(gsc_checkpoint_read(&c, path, GSC_READ_HISTORY));
    GSC_TRY(cell(&c, "loss", "train_loss", false, &before));
    GSC_TRY(cell(&c, "loss", "train_loss", true, &after));
    GSC_TRY(cell(&c, "largest_weight", "step", true, &step));
    GSC_TRY(cell(&c, "largest_weight", "largest", true, &largest));
    if (!(after < before / 2))
        status = gsc_fail(GSC_ENUMERIC, "train loss: %g, then %g", before, after);
    else if (step != 90 || !(largest > 0 && largest <= 1))
        status = gsc_fail(GSC_ENUMERIC, "step %g: weight %g outside of the box", step,
                          largest);
    if (status == 0) {
        printf("loss log_cosh, rule signum, filter limit: train loss %.3f to %.3f\n",
               before, after);
        printf("projection box: no weight beyond 1\n");
        printf("measure largest_weight: %.3f at step %.0f\n", largest, step);
    }
out:
    gsc_checkpoint_free(&c);
    return status;
}

/* The metric of the trained weights over all examples, as a root of an engine. */
static int
evaluate(gsc_network *network, const char *path, double *mean)
{
    int status = 0;
    gsc_engine *engine = NULL;
    gsc_engine_options options;
    gsc_result result;
    void *weights = NULL;
    gsc_graph *g = network->model.graph;
    gsc_node pair[] = {network->model.predictions,
                       gsc_graph_input(g, "y", (gsc_shape){2, {1, 1}})};
    gsc_root root = {gsc_graph_apply(g, &absolute_error, pair, 2, NULL), 0};
    GSC_TRY(gsc_graph_status(g));
    GSC_TRY(gsc_network_options(network, GSC_TO_EVALUATE, network->dataset.num_examples,
                                &options));
    options.roots = &root;
    options.num_roots = 1;
    GSC_TRY(gsc_engine_open(&engine, g, &options));
    weights = gsc_new(gsc_graph_num_weights(g), gsc_type_size(options.type));
    if (!weights) {
        status = GSC_EMEMORY;
        goto out;
    }
    GSC_TRY(gsc_weights_read(g, path, options.type, weights));
    gsc_batch batch = gsc_network_batch(network, NULL, network->dataset.num_examples);
    GSC_TRY(gsc_engine_run(engine, NULL, weights, &batch, NULL, &result));
    *mean = result.mean;
out:
    free(weights);
    gsc_engine_close(engine);
    return status;
}

static int
look_at(const gsc_config *config, const char *path)
{
    int status = 0;
    gsc_network network;
    double mean;
    GSC_TRY(gsc_network_init(&network, config));
    const gsc_shape neurons =
        gsc_graph_shape(network.model.graph, network.model.neurons);
    printf("task wave: %zu examples of numbers\n", network.dataset.num_examples);
    printf("architecture smooth, operator softplus: %zu neurons\n",
           gsc_shape_count(neurons));
    GSC_TRY(evaluate(&network, path, &mean));
    if (!(mean > 0 && mean < 0.5))
        status = gsc_fail(GSC_ENUMERIC, "absolute error: %g", mean);
    else
        printf("metric absolute_error: %.3f\n", mean);
out:
    gsc_network_free(&network);
    return status;
}

/* The checkpoint as an analysis takes it. */
static int
reopen(const char *path)
{
    int status = 0;
    gsc_lazy_checkpoint last = {.name = path, .registry = &registry};
    GSC_TRY(gsc_lazy_checkpoint_open(&last));
    printf("opened again: %s with %zu tensors\n", last.loaded->model.architecture->name,
           last.loaded->num_tensors);
out:
    gsc_lazy_checkpoint_close(&last);
    return status;
}

int
main(int argc, char **argv)
{
    int status = 0;
    gsc_config config;
    gsc_train_result result;
    char path[GSC_PATH_BYTES];
    if (argc != 2) {
        fprintf(stderr, "usage: extend FOLDER\n");
        return 2;
    }
    const gsc_online_measures online = gsc_measures_online(measures);
    gsc_train_options options = {.folder = argv[1], .force = true, .measures = &online};
    GSC_TRY(configure(&config));
    GSC_TRY(gsc_train(&config, &options, &result));
    GSC_TRY(gsc_run_step_path(argv[1], result.step, path));
    GSC_TRY(look_at(&config, path));
    GSC_TRY(check_history(path));
    GSC_TRY(reopen(path));
out:
    if (status < 0)
        fprintf(stderr, "extend: %s\n", gsc_error_text());
    return gsc_exit_code(status);
}
