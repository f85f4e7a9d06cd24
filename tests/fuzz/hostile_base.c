/* The valid checkpoints that hostile ones are made of. */
#include "grokscope/binary_table.h"
#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/network.h"
#include "grokscope/weights.h"

#include "hostile.h"
#include "train/checkpoint/checkpoint_image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Keys and values that make a base of the default configuration; what chooses comes
 * before the sizes of what is chosen. */
static const char *const keys[HOSTILE_BASES][16] = {
    {"p", "7", "d_model", "8", "n_heads", "2", "d_mlp", "12", "train_fraction", "0.5"},
    {"p", "7", "layout", "eos a op b = c", "n_layers", "2", "d_model", "8", "n_heads",
     "2", "d_mlp", "12", "normalization_type", "LN", "attn_biases", "trained"},
    {"p", "7", "layout", "a b", "operation", "multiply", "architecture", "zhong_beta",
     "d_model", "8", "d_mlp", "12"},
    {"p", "7", "layout", "a b", "architecture", "gromov_mlp", "d_mlp", "12", "act_fn",
     "square", "dtype", "float64"},
    {"p", "7", "d_model", "8", "n_heads", "2", "d_mlp", "12", "seed", "3"}};

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
    must(gsc_config_default(config));
    for (size_t i = 0; i < 16 && keys[kind][i]; i += 2)
        must(gsc_config_set(config, keys[kind][i], keys[kind][i + 1]));
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
list_data(hostile_base *base, const gsc_checkpoint *c)
{
    for (size_t i = 0; i < c->dataset.num_fields; i++)
        add_dataset(base, "/data", c->dataset.fields[i].name);
    for (size_t i = 0; i < c->dataset.num_splits; i++)
        add_dataset(base, "/data/splits", c->dataset.splits[i].name);
    const gsc_facet *pairs = gsc_facets_find(&c->facets, GSC_BINARY_TABLE);
    for (size_t i = 0; pairs && i < pairs->num_items; i++)
        add_dataset(base, "/facets/" GSC_BINARY_TABLE, pairs->items[i].name);
}

static void
list_objects(hostile_base *base, const gsc_checkpoint *c)
{
    static const char *const groups[HOSTILE_GROUPS] = {"/",
                                                       "/data",
                                                       "/data/splits",
                                                       "/outputs",
                                                       "/outputs/answer",
                                                       "/facets",
                                                       "/facets/binary_table",
                                                       "/params",
                                                       "/history",
                                                       "/history/loss",
                                                       "/provenance",
                                                       "/state"};
    for (size_t i = 0; i < HOSTILE_GROUPS; i++)
        snprintf(base->groups[base->num_groups++], HOSTILE_PATH_BYTES, "%s", groups[i]);
    add_dataset(base, "", "config");
    list_data(base, c);
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
        must(gsc_config_set(&network.config, "architecture", "tensors"));
    must(gsc_config_to_json(&network.config, &json));
    make_history(&history);
    gsc_checkpoint c = {.config = json.data,
                        .dataset = network.dataset,
                        .facets = network.facets,
                        .num_params = count,
                        .params = tensors,
                        .num_tables = 1,
                        .history = &history,
                        .num_state = kind == 1 ? 2 : 0,
                        .state = tensors,
                        .num_provenance = 1,
                        .provenance = &note};
    if (plain) {
        c.dataset = (gsc_dataset){.num_fields = 0};
        c.facets = (gsc_facets){.count = 0};
    }
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
