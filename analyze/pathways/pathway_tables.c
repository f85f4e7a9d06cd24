/* What is told of the routing of one checkpoint; and the columns of all tables. */
#include "analyze/pathways/pathway_tables.h"

#include "grokscope/error.h"

#include "analyze/method/task/routing.h"

#include <math.h>

const char *const gsc_pathway_table_names[] = {
    "checkpoints", "layers", "bound", "groups", "correlations", "forecast", NULL};

#define OF_RUN                                                                 \
    {                                                                          \
        "run", GSC_CELL_TEXT, true, "the run, or the file of a routing", false \
    }
#define OF_STEP                                                     \
    {                                                               \
        "step", GSC_CELL_INTEGER, true,                             \
            "updates before it; of a file its place, from 0", false \
    }
#define OF_SPLIT                                                                \
    {                                                                           \
        "split", GSC_CELL_TEXT, true, "train or test; of a file routing", false \
    }

static const gsc_column checkpoint_columns[] = {
    OF_RUN,
    OF_STEP,
    OF_SPLIT,
    {"samples", GSC_CELL_INTEGER, false, "that were routed", false},
    {"distance", GSC_CELL_REAL, false, "mean edit distance of two pathways", false},
    {"distance_error", GSC_CELL_REAL, false, "its standard error", false},
    {"distinct", GSC_CELL_INTEGER, false, "different sequences of first experts",
     false},
    {"entropy", GSC_CELL_REAL, false,
     "mean over layers of the load's entropy, of ln experts", false},
    {"entropy_least", GSC_CELL_REAL, false, "the least of a layer", false},
    {"dimension", GSC_CELL_REAL, false, "effective dimension of the routing kernel",
     false},
    {"erratic", GSC_CELL_REAL, false,
     "C as the paper prints it: more where neighbouring layers differ more", false},
    {"consistency", GSC_CELL_REAL, false, "1 - C, as its text means it", false}};

static const gsc_column layer_columns[] = {
    OF_RUN,
    OF_STEP,
    OF_SPLIT,
    {"layer", GSC_CELL_INTEGER, true, "from 0", false},
    {"distance", GSC_CELL_REAL, false, "mean edit distance within the layer", false},
    {"entropy", GSC_CELL_REAL, false, "of the load, in nats", false},
    {"entropy_share", GSC_CELL_REAL, false, "the same of ln experts: 1 is even", false},
    {"neighbours", GSC_CELL_REAL, false,
     "mean overlap of neighbouring samples, |A and B| / |A or B|", false},
    {"information", GSC_CELL_REAL, false,
     "mutual information of first experts here and in the next layer, in nats", false}};

static const gsc_column bound_columns[] = {
    OF_RUN,
    OF_STEP,
    OF_SPLIT,
    {"samples", GSC_CELL_INTEGER, false, "n, of the kernel", false},
    {"dimension", GSC_CELL_REAL, false, "Tr(H (H + ridge)^-1)", false},
    {"bias", GSC_CELL_REAL, false, "of the labels: ridge^2 |(H + ridge)^-1 y|^2 / n",
     false},
    {"variance", GSC_CELL_REAL, false, "noise Tr(H^2 (H + ridge)^-2) / n", false},
    {"bound", GSC_CELL_REAL, false, "bias + noise dimension / n", false}};

static const gsc_column group_columns[] = {
    {"run", GSC_CELL_TEXT, true, "the run", false},
    {"step", GSC_CELL_INTEGER, true, "updates before the checkpoint", false},
    {"group", GSC_CELL_INTEGER, true,
     "of training examples, by when they were memorised, from 1", false},
    {"from", GSC_CELL_INTEGER, false, "first step at which one of them was", false},
    {"to", GSC_CELL_INTEGER, false, "last one", false},
    {"samples", GSC_CELL_INTEGER, false, "training examples in the group", false},
    {"train_loss", GSC_CELL_REAL, false, "theirs", false},
    {"train_accuracy", GSC_CELL_REAL, false, "theirs", false},
    {"test_loss", GSC_CELL_REAL, false, "of the test examples they are paired with",
     false},
    {"test_accuracy", GSC_CELL_REAL, false, "of these", false},
    {"distance", GSC_CELL_REAL, false, "mean edit distance of two pathways", false},
    {"consistency", GSC_CELL_REAL, false, "1 - C", false},
    {"entropy", GSC_CELL_REAL, false, "of the load, of ln experts", false},
    {"dimension", GSC_CELL_REAL, false, "effective dimension", false}};

static const gsc_column correlation_columns[] = {
    {"run", GSC_CELL_TEXT, true, "the run", false},
    {"group", GSC_CELL_INTEGER, true, "as in groups; 0: all training examples", false},
    {"measure", GSC_CELL_TEXT, true,
     "distance, consistency, entropy or dimension; or train_loss, to compare with",
     false},
    {"against", GSC_CELL_TEXT, true, "test_accuracy or train_loss", false},
    {"checkpoints", GSC_CELL_INTEGER, false, "in the series", false},
    {"pearson", GSC_CELL_REAL, false, "correlation", false},
    {"spearman", GSC_CELL_REAL, false, "correlation of the ranks", false},
    {"shifts", GSC_CELL_REAL, false,
     "share of circular shifts with a Pearson as large: what trends alone give",
     false}};

static const gsc_column forecast_columns[] = {
    {"run", GSC_CELL_TEXT, true, "the run", false},
    {"memorised", GSC_CELL_INTEGER, false,
     "step from which 99 % of the training examples are; -1: not yet", false},
    {"step", GSC_CELL_INTEGER, false, "of the last checkpoint", false},
    {"distance_fall", GSC_CELL_REAL, false,
     "share of the distance that is gone since then", false},
    {"dimension_fall", GSC_CELL_REAL, false, "share of the dimension", false},
    {"entropy_least", GSC_CELL_REAL, false, "of a layer's load now, of ln experts",
     false},
    {"forecast", GSC_CELL_TEXT, false,
     "not-memorised, uneven, memorising or generalising", false}};

#define COUNT(array) (sizeof(array) / sizeof *(array))

const gsc_program_table gsc_pathway_tables[GSC_PATHWAYS_TABLES] = {
    {"one row for each checkpoint, and split of a run", checkpoint_columns,
     COUNT(checkpoint_columns)},
    {"--table layers: one row for each layer of each", layer_columns,
     COUNT(layer_columns)},
    {"--table bound: one row for each checkpoint and split of a run", bound_columns,
     COUNT(bound_columns)},
    {"--table groups: one row for each checkpoint and group of a run", group_columns,
     COUNT(group_columns)},
    {"--table correlations: one row for each pair of series of a group",
     correlation_columns, COUNT(correlation_columns)},
    {"--table forecast: one row for each run, from training examples alone",
     forecast_columns, COUNT(forecast_columns)}};

/* ---- Numbers ---- */

int
gsc_pathway_numbers_of(const gsc_routing *r, const gsc_pathway_settings *set,
                       gsc_pathway_numbers *n)
{
    int status = 0;
    gsc_pathway_distance distance;
    double entropy;
    *n = (gsc_pathway_numbers){.entropy_least = (double)INFINITY};
    GSC_TRY(gsc_routing_distance(r, GSC_ALL_LAYERS, set->cutoff, (size_t)set->pairs,
                                 (uint64_t)set->seed, &distance));
    n->distance = distance.mean;
    n->error = distance.error;
    for (size_t layer = 0; layer < r->layers; layer++) {
        GSC_TRY(gsc_routing_entropy(r, layer, &entropy));
        entropy /= log((double)r->experts);
        n->entropy += entropy / (double)r->layers;
        n->entropy_least = fmin(n->entropy_least, entropy);
    }
    GSC_TRY(gsc_routing_erratic(r, &n->erratic));
    GSC_TRY(gsc_routing_dimension(r, (size_t)set->kernel, set->ridge, &n->dimension));
out:
    return status;
}

/* ---- Rows ---- */

static int
add_origin(gsc_rows *rows, const gsc_pathway_origin *of)
{
    int status = 0;
    GSC_TRY(gsc_rows_text(rows, of->run));
    GSC_TRY(gsc_rows_integer(rows, of->step));
    GSC_TRY(gsc_rows_text(rows, of->split));
out:
    return status;
}

int
gsc_pathway_add_checkpoint(gsc_rows *rows, const gsc_routing *r,
                           const gsc_pathway_origin *of,
                           const gsc_pathway_settings *set)
{
    int status = 0;
    gsc_pathway_numbers n;
    size_t distinct;
    GSC_TRY(gsc_pathway_numbers_of(r, set, &n));
    GSC_TRY(gsc_routing_distinct(r, &distinct));
    GSC_TRY(add_origin(rows, of));
    GSC_TRY(gsc_rows_integer(rows, (int64_t)r->samples));
    GSC_TRY(GSC_ROWS_REALS(rows, n.distance, n.error));
    GSC_TRY(gsc_rows_integer(rows, (int64_t)distinct));
    GSC_TRY(GSC_ROWS_REALS(rows, n.entropy, n.entropy_least, n.dimension, n.erratic,
                           1 - n.erratic));
out:
    return status;
}

static int
add_layer(gsc_rows *rows, const gsc_routing *r, const gsc_pathway_origin *of,
          const gsc_pathway_settings *set, size_t layer)
{
    int status = 0;
    gsc_pathway_distance distance;
    double entropy, information;
    GSC_TRY(gsc_routing_distance(r, (int64_t)layer, set->cutoff, (size_t)set->pairs,
                                 (uint64_t)set->seed, &distance));
    GSC_TRY(gsc_routing_entropy(r, layer, &entropy));
    GSC_TRY(gsc_routing_information(r, layer, &information));
    GSC_TRY(add_origin(rows, of));
    GSC_TRY(gsc_rows_integer(rows, (int64_t)layer));
    GSC_TRY(GSC_ROWS_REALS(rows, distance.mean, entropy,
                           entropy / log((double)r->experts),
                           gsc_routing_neighbours(r, layer), information));
out:
    return status;
}

int
gsc_pathway_add_layers(gsc_rows *rows, const gsc_routing *r,
                       const gsc_pathway_origin *of, const gsc_pathway_settings *set)
{
    int status = 0;
    for (size_t layer = 0; layer < r->layers; layer++)
        GSC_TRY(add_layer(rows, r, of, set, layer));
out:
    return status;
}

int
gsc_pathway_add_bound(gsc_rows *rows, const gsc_routing *r, const int32_t *labels,
                      const gsc_pathway_origin *of, const gsc_pathway_settings *set)
{
    int status = 0;
    gsc_routing_bound b;
    GSC_TRY(gsc_routing_bound_of(r, labels, (size_t)set->kernel, set->ridge, set->noise,
                                 &b));
    GSC_TRY(add_origin(rows, of));
    GSC_TRY(gsc_rows_integer(rows, (int64_t)b.samples));
    GSC_TRY(GSC_ROWS_REALS(rows, b.dimension, b.bias, b.variance, b.bound));
out:
    return status;
}
