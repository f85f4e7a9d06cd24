/* The valid checkpoints that hostile ones are made of. */
#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/network.h"
#include "grokscope/weights.h"

#include "hostile.h"
#include "train/checkpoint/checkpoint_image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SMALL = 5 };

/* Keys and values that make a base of the default configuration. */
static const char *const small[2 * SMALL] = {
    "p", "7", "d_model", "8", "n_heads", "2", "d_mlp", "12", "train_fraction", "0.5"};
static const char *const keys[HOSTILE_BASES][8] = {
    {NULL},
    {"layout", "eos a op b = c", "n_layers", "2", "normalization_type", "LN",
     "attn_biases", "trained"},
    {"layout", "a b", "architecture", "zhong_beta", "operation", "multiply"},
    {"layout", "a b", "architecture", "gromov_mlp", "act_fn", "square", "dtype",
     "float64"},
    {"n_layers", "1", "seed", "3"}};

static void
must(int status)
{
    if (status >= 0)
        return;
    fprintf(stderr, "%s\n", gsc_error_text());
    abort();
}

static void
configure(gsc_config *config, unsigned kind)
{
    gsc_options sets[GSC_CONFIG_SETS];
    memset(config, 0, sizeof *config);
    gsc_config_options(config, sets);
    must(gsc_config_default(config));
    for (size_t i = 0; i < SMALL; i++)
        must(gsc_options_set(sets, GSC_CONFIG_SETS, small[2 * i], small[2 * i + 1]));
    for (size_t i = 0; i < 8 && keys[kind][i]; i += 2)
        must(gsc_options_set(sets, GSC_CONFIG_SETS, keys[kind][i], keys[kind][i + 1]));
}

/* ---- What is in it ---- */

static void
add_dataset(hostile_base *base, const char *group, const char *name)
{
    if (base->num_datasets < HOSTILE_PATHS)
        snprintf(base->datasets[base->num_datasets++], HOSTILE_PATH_BYTES, "%s/%s",
                 group, name);
}

static void
list_objects(hostile_base *base, const gsc_checkpoint *c)
{
    static const char *const groups[] = {
        "/", "/task", "/params", "/history", "/history/loss", "/provenance", "/state"};
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
        snprintf(base->groups[base->num_groups++], HOSTILE_PATH_BYTES, "%s", groups[i]);
    add_dataset(base, "", "config");
    if (c->task.inputs) {
        add_dataset(base, "/task", "inputs");
        add_dataset(base, "/task", "labels");
        add_dataset(base, "/task", "train");
    }
    for (size_t i = 0; i < c->num_params; i++)
        add_dataset(base, "/params", c->params[i].name);
    for (size_t i = 0; i < c->num_state; i++)
        add_dataset(base, "/state", c->state[i].name);
    for (size_t i = 0; i < c->history[0].num_columns; i++)
        add_dataset(base, "/history/loss", c->history[0].columns[i]);
    add_dataset(base, "/provenance", "host");
}

/* ---- The file ---- */

static void
make_history(gsc_table *table)
{
    static const char *const columns[] = {"step", "train_loss", "test_loss"};
    must(gsc_table_init(table, "loss", columns, 3));
    for (size_t i = 0; i < 5; i++) {
        const double row[] = {(double)(10 * i), 2.0 / (double)(1 + i), 3};
        must(gsc_table_append(table, row));
    }
}

void
hostile_base_init(hostile_base *base, unsigned kind)
{
    gsc_config config;
    gsc_network network;
    gsc_text json = {0};
    gsc_table history;
    gsc_provenance_item note = {"host", "somewhere"};
    gsc_tensor *tensors;
    size_t count;
    *base = (hostile_base){.image = NULL};
    configure(&config, kind);
    must(gsc_network_init(&network, &config));
    double *weights =
        gsc_new(gsc_graph_num_weights(network.model.graph), sizeof *weights);
    if (!weights)
        abort();
    gsc_graph_init_weights(network.model.graph, kind, GSC_FLOAT64, weights);
    must(gsc_weights_tensors(network.model.graph, GSC_FLOAT64, weights, &tensors,
                             &count));
    bool plain = kind == HOSTILE_BASES - 1;
    if (plain)
        network.config.model.architecture = GSC_TENSORS;
    must(gsc_config_to_json(&network.config, &json));
    make_history(&history);
    gsc_checkpoint c = {.config = json.data,
                        .task = network.task,
                        .num_params = count,
                        .params = tensors,
                        .num_tables = 1,
                        .history = &history,
                        .num_state = kind == 1 ? 2 : 0,
                        .state = tensors,
                        .num_provenance = 1,
                        .provenance = &note};
    if (plain)
        c.task = (gsc_task){0};
    must(gsc_checkpoint_image(&c, "base", &base->image, &base->length));
    list_objects(base, &c);
    base->config = json.data;
    gsc_table_free(&history);
    gsc_network_free(&network);
    free(tensors);
    free(weights);
}

void
hostile_base_free(hostile_base *base)
{
    free(base->image);
    free(base->config);
    *base = (hostile_base){.image = NULL};
}
