/* grokscope-pathways: what the routers of a mixture of experts choose. */
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "analyze/method/task/routing.h"
#include "analyze/pathways/routing_file.h"
#include "analyze/pathways/virtual_routing.h"
#include "analyze/rows/rows_output.h"
#include "analyze/tool/inputs.h"
#include "analyze/tool/program.h"

#include <math.h>

static struct options {
    char routing[GSC_OPTION_TEXT_BYTES], gates[GSC_OPTION_TEXT_BYTES];
    char step[GSC_OPTION_TEXT_BYTES];
    char columns[GSC_OPTION_TEXT_BYTES], output[GSC_OPTION_TEXT_BYTES];
    int64_t table, experts, top, samples, pairs, seed, kernel, format, threads;
    double cutoff, ridge;
    bool force;
} options;

static const char *const table_names[] = {"checkpoints", "layers", NULL};
enum { TABLE_CHECKPOINTS, TABLE_LAYERS };

static const gsc_option rows[] = {
    GSC_ROW_TEXT(
        struct options, routing, "", "FILE",
        "The numbers of the experts that each sample has, [checkpoints, samples, "
        "layers, k] or [samples, layers, k]: a .npy, or the array `routing` of an npz, "
        "h5 or safetensors file."),
    GSC_ROW_TEXT(struct options, gates, "", "FILE",
                 "Their weights, in an array of the same shape; else the array `gates` "
                 "beside `routing`, or all alike."),
    GSC_ROW_CHOICE(struct options, table, "checkpoints", table_names,
                   "One row for each checkpoint, or for each layer of each."),
    GSC_ROW_INTEGER(struct options, experts, "0", 0, 65535,
                    "Experts of a layer; 0: one more than the largest number."),
    GSC_ROW_TEXT(struct options, step, "last", "S",
                 "Steps of a folder: first, last, all, N or A:B:K (from A to B, every "
                 "K)."),
    GSC_ROW_INTEGER(
        struct options, top, "8", 1, GSC_MOST_CHOSEN,
        "Of a run: neurons of a layer that are a sample's experts, the most "
        "active ones."),
    GSC_ROW_INTEGER(struct options, samples, "2000", 2, 1000000,
                    "Of a run: examples of each split, at most."),
    GSC_ROW_REAL(
        struct options, cutoff, "1", 0, 1,
        "Share of a layer's chosen weights that the experts of a pathway have, "
        "the largest ones; 1: all that are chosen."),
    GSC_ROW_INTEGER(struct options, pairs, "2000", 1, 100000000,
                    "Pairs of samples whose pathways are compared, at most."),
    GSC_ROW_INTEGER(struct options, seed, "0", 0, 0x1p53, "Seed of the pairs."),
    GSC_ROW_INTEGER(struct options, kernel, "400", 1, 5000,
                    "Samples that the effective dimension is of, at most."),
    GSC_ROW_REAL(struct options, ridge, "0.001", 1e-12, 1e12,
                 "Ridge of the effective dimension."),
    GSC_ROW_INTEGER(struct options, threads, "0", 0, 1024,
                    "Threads; 0: one for each core. Results do not depend on them."),
    GSC_ROW_FORMAT(struct options, gsc_file_format_names),
    GSC_ROW_COLUMNS(struct options),
    GSC_ROW_OUTPUT(struct options, "FILE",
                   "Write the answer to this file, not to standard output."),
    GSC_ROW_FLAG(struct options, force, 0, "Replace an existing output."),
};
static const gsc_options sets[] = {
    {"pathways", rows, sizeof rows / sizeof *rows, &options}};

static const char program_name[] = "grokscope-pathways";

static const gsc_column checkpoint_columns[] = {
    {"run", GSC_CELL_TEXT, true, "the run, or the file of a routing", false},
    {"step", GSC_CELL_INTEGER, true, "updates before it; of a file its place, from 0",
     false},
    {"split", GSC_CELL_TEXT, true, "train or test; of a file routing", false},
    {"samples", GSC_CELL_INTEGER, false, "that were routed", false},
    {"distance", GSC_CELL_REAL, false, "mean edit distance of two pathways", false},
    {"distance_error", GSC_CELL_REAL, false, "its standard error", false},
    {"distinct", GSC_CELL_INTEGER, false, "different sequences of first experts",
     false},
    {"entropy", GSC_CELL_REAL, false,
     "mean over layers of the load's entropy, of ln experts", false},
    {"entropy_least", GSC_CELL_REAL, false, "the least of a layer", false},
    {"dimension", GSC_CELL_REAL, false, "effective dimension of the routing kernel",
     false}};

static const gsc_column layer_columns[] = {
    {"run", GSC_CELL_TEXT, true, "the run, or the file of a routing", false},
    {"step", GSC_CELL_INTEGER, true, "updates before it; of a file its place, from 0",
     false},
    {"split", GSC_CELL_TEXT, true, "train or test; of a file routing", false},
    {"layer", GSC_CELL_INTEGER, true, "from 0", false},
    {"distance", GSC_CELL_REAL, false, "mean edit distance within the layer", false},
    {"entropy", GSC_CELL_REAL, false, "of the load, in nats", false},
    {"entropy_share", GSC_CELL_REAL, false, "the same of ln experts: 1 is even", false},
    {"neighbours", GSC_CELL_REAL, false,
     "mean overlap of neighbouring samples, |A and B| / |A or B|", false},
    {"information", GSC_CELL_REAL, false,
     "mutual information of first experts here and in the next layer, in nats", false}};

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* What a row is of. */
typedef struct origin {
    const char *run, *split;
    int64_t step;
} origin;

static int
add_origin(gsc_rows *table, const origin *of)
{
    int status = 0;
    GSC_TRY(gsc_rows_text(table, of->run));
    GSC_TRY(gsc_rows_integer(table, of->step));
    GSC_TRY(gsc_rows_text(table, of->split));
out:
    return status;
}

static int
add_layer(gsc_rows *table, const gsc_routing *r, const origin *of, size_t layer)
{
    int status = 0;
    gsc_pathway_distance distance;
    double entropy, information;
    GSC_TRY(gsc_routing_distance(r, (int64_t)layer, options.cutoff,
                                 (size_t)options.pairs, (uint64_t)options.seed,
                                 &distance));
    GSC_TRY(gsc_routing_entropy(r, layer, &entropy));
    GSC_TRY(gsc_routing_information(r, layer, &information));
    GSC_TRY(add_origin(table, of));
    GSC_TRY(gsc_rows_integer(table, (int64_t)layer));
    GSC_TRY(GSC_ROWS_REALS(table, distance.mean, entropy,
                           entropy / log((double)r->experts),
                           gsc_routing_neighbours(r, layer), information));
out:
    return status;
}

static int
add_layers(gsc_rows *table, const gsc_routing *r, const origin *of)
{
    int status = 0;
    for (size_t layer = 0; layer < r->layers; layer++)
        GSC_TRY(add_layer(table, r, of, layer));
out:
    return status;
}

static int
add_checkpoint(gsc_rows *table, const gsc_routing *r, const origin *of)
{
    int status = 0;
    gsc_pathway_distance distance;
    double entropy, mean = 0, least = (double)INFINITY, dimension;
    size_t distinct;
    GSC_TRY(gsc_routing_distance(r, GSC_ALL_LAYERS, options.cutoff,
                                 (size_t)options.pairs, (uint64_t)options.seed,
                                 &distance));
    for (size_t layer = 0; layer < r->layers; layer++) {
        GSC_TRY(gsc_routing_entropy(r, layer, &entropy));
        entropy /= log((double)r->experts);
        mean += entropy / (double)r->layers;
        least = fmin(least, entropy);
    }
    GSC_TRY(gsc_routing_distinct(r, &distinct));
    GSC_TRY(
        gsc_routing_dimension(r, (size_t)options.kernel, options.ridge, &dimension));
    GSC_TRY(add_origin(table, of));
    GSC_TRY(gsc_rows_integer(table, (int64_t)r->samples));
    GSC_TRY(GSC_ROWS_REALS(table, distance.mean, distance.error));
    GSC_TRY(gsc_rows_integer(table, (int64_t)distinct));
    GSC_TRY(GSC_ROWS_REALS(table, mean, least, dimension));
out:
    return status;
}

static int
add_routings(gsc_rows *table, const gsc_routing_file *file, origin of)
{
    int status = 0;
    for (size_t c = 0; c < file->checkpoints; c++, of.step++) {
        gsc_routing routing = gsc_routing_file_at(file, c);
        GSC_TRY(options.table == TABLE_LAYERS ? add_layers(table, &routing, &of)
                                              : add_checkpoint(table, &routing, &of));
    }
out:
    return status;
}

static int
add_file(gsc_rows *table)
{
    int status = 0;
    gsc_routing_file file = {.checkpoints = 0};
    GSC_TRY(gsc_routing_file_read(&file, options.routing, options.gates,
                                  (size_t)options.experts));
    GSC_TRY(add_routings(table, &file, (origin){options.routing, "routing", 0}));
out:
    gsc_routing_file_free(&file);
    return status;
}

static int
add_split(gsc_rows *table, const gsc_loaded_model *loaded, const origin *of,
          gsc_input_choice split, gsc_threads *threads)
{
    int status = 0;
    gsc_routing_file routing;
    GSC_TRY(gsc_virtual_routing_init(&routing, loaded, split, (size_t)options.top,
                                     (size_t)options.samples, threads));
    GSC_TRY(add_routings(table, &routing, *of));
out:
    gsc_routing_file_free(&routing);
    return status;
}

static int
add_input(gsc_rows *table, const gsc_inputs *inputs, size_t item, gsc_threads *threads)
{
    int status = 0;
    gsc_loaded_model loaded = {.weights = NULL};
    origin of = {.run = inputs->items[item].run};
    GSC_TRY(gsc_inputs_open(inputs, item, &loaded));
    of.step = loaded.checkpoint.step;
    for (gsc_input_choice split = GSC_INPUTS_TRAIN; split <= GSC_INPUTS_TEST; split++) {
        of.split = gsc_input_choice_names[split];
        if (!gsc_dataset_split(&loaded.checkpoint.dataset, of.split))
            continue;
        status = add_split(table, &loaded, &of, split, threads);
        if (status < 0)
            GSC_TRY(gsc_fail_in(status, inputs->items[item].path));
    }
out:
    gsc_loaded_model_close(&loaded);
    return status;
}

static int
add_runs(gsc_rows *table, const char *const *words, size_t num_words)
{
    int status = 0;
    gsc_inputs inputs = {.count = 0};
    gsc_threads *threads = NULL;
    GSC_TRY(gsc_inputs_init(&inputs, words, num_words, options.step));
    GSC_TRY(gsc_threads_open(&threads, (size_t)options.threads));
    for (size_t i = 0; i < inputs.count; i++)
        GSC_TRY(add_input(table, &inputs, i, threads));
out:
    gsc_threads_close(threads);
    gsc_inputs_free(&inputs);
    return status;
}

static int
run(const char *const *words, size_t num_words)
{
    int status = 0;
    gsc_rows table = {0};
    const gsc_answer how = GSC_ANSWER(program_name, options);
    bool of_layers = options.table == TABLE_LAYERS;
    if ((num_words > 0) == (*options.routing != '\0'))
        return gsc_fail(GSC_EARGUMENT, "runs, or --routing FILE: one of the two");
    if (num_words > 0 && (*options.gates || options.experts > 0))
        return gsc_fail(GSC_EARGUMENT,
                        "--gates and --experts are of a file: give it by --routing");
    gsc_rows_init(&table, of_layers ? layer_columns : checkpoint_columns,
                  of_layers ? COUNT(layer_columns) : COUNT(checkpoint_columns));
    GSC_TRY(gsc_answer_check_path(&how));
    GSC_TRY(gsc_answer_check_columns(&how, table.columns, table.num_columns));
    GSC_TRY(*options.routing ? add_file(&table) : add_runs(&table, words, num_words));
    GSC_TRY(gsc_rows_answer(&table, &how));
out:
    gsc_rows_free(&table);
    return status;
}

int
main(int argc, char **argv)
{
    static const gsc_program_table tables[] = {
        {"one row for each checkpoint, and split of a run", checkpoint_columns,
         COUNT(checkpoint_columns)},
        {"--table layers: one row for each layer of each", layer_columns,
         COUNT(layer_columns)}};
    const gsc_program program = {
        .name = program_name,
        .synopsis = "RUN…|--routing FILE [OPTIONS]",
        .purpose = "which experts, or neurons, each sample goes through",
        .examples = "  grokscope-pathways checkpoints/demo --step all --format text\n"
                    "      how far apart the pathways of its most active neurons are\n"
                    "  grokscope-pathways --routing routing.npy --format text\n"
                    "      how far apart the samples' pathways are, along the run\n"
                    "  grokscope-pathways --routing routing.npy --table layers\n"
                    "      which layers share their load, and what they tell of each "
                    "other\n",
        .place = "",
        .sets = sets,
        .num_sets = sizeof sets / sizeof *sets,
        .run = run};
    return gsc_table_program_main(&program, tables, sizeof tables / sizeof *tables,
                                  argc, argv);
}
