/* grokscope-pathways: what the routers of a mixture of experts choose. */
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "analyze/pathways/pathway_tables.h"
#include "analyze/rows/rows_output.h"
#include "analyze/tool/inputs.h"
#include "analyze/tool/program.h"

#include <stdlib.h>
#include <string.h>

static struct options {
    char routing[GSC_OPTION_TEXT_BYTES], gates[GSC_OPTION_TEXT_BYTES];
    char step[GSC_OPTION_TEXT_BYTES], position[GSC_OPTION_TEXT_BYTES];
    char columns[GSC_OPTION_TEXT_BYTES], output[GSC_OPTION_TEXT_BYTES];
    int64_t table, experts, top, samples, format, threads;
    bool force;
} options;

static const gsc_option rows[] = {
    GSC_ROW_TEXT(
        struct options, routing, "", "FILE",
        "The numbers of the experts that each sample has, [checkpoints, samples, "
        "layers, k] or [samples, layers, k]: a .npy, or the array `routing` of an npz, "
        "h5 or safetensors file."),
    GSC_ROW_TEXT(struct options, gates, "", "FILE",
                 "Their weights, in an array of the same shape; else the array `gates` "
                 "beside `routing`, or all alike."),
    GSC_ROW_CHOICE(struct options, table, "checkpoints", gsc_pathway_table_names,
                   "One row for each checkpoint, each layer, …: see the columns."),
    GSC_ROW_INTEGER(struct options, experts, "0", 0, 65535,
                    "Experts of a layer; 0: one more than the largest number."),
    GSC_ROW_TEXT(struct options, step, "last", "S",
                 "Steps of a folder: first, last, all, N or A:B:K (from A to B, every "
                 "K)."),
    GSC_ROW_INTEGER(
        struct options, top, "0", 0, GSC_MOST_CHOSEN,
        "Of a run: experts of a layer that a sample has, or neurons, the most active "
        "ones; 0: as many experts as its router chooses, or 8 neurons."),
    GSC_ROW_TEXT(struct options, position, "answer", "POSITION",
                 "Of a run: position that pathways are of: answer, a, b or a number "
                 "from 0."),
    GSC_ROW_INTEGER(struct options, samples, "2000", 2, 1000000,
                    "Of a run: examples of each split, at most."),
    GSC_ROW_INTEGER(struct options, threads, "0", 0, 1024,
                    "Threads; 0: one for each core. Results do not depend on them."),
    GSC_ROW_FORMAT(struct options, gsc_file_format_names),
    GSC_ROW_COLUMNS(struct options),
    GSC_ROW_OUTPUT(struct options, "FILE",
                   "Write the answer to this file, not to standard output."),
    GSC_ROW_FLAG(struct options, force, 0, "Replace an existing output."),
};
static gsc_pathway_settings settings;
static const char *const since_names[] = {"memorised", "first", NULL};

static const gsc_option setting_rows[] = {
    GSC_ROW_REAL(
        gsc_pathway_settings, cutoff, "1", 0, 1,
        "Share of a layer's chosen weights that the experts of a pathway have, "
        "the largest ones; 1: all that are chosen."),
    GSC_ROW_INTEGER(gsc_pathway_settings, pairs, "2000", 1, 100000000,
                    "Pairs of samples whose pathways are compared, at most."),
    GSC_ROW_INTEGER(gsc_pathway_settings, seed, "0", 0, 0x1p53, "Seed of the pairs."),
    GSC_ROW_INTEGER(gsc_pathway_settings, kernel, "400", 1, 5000,
                    "Samples that the effective dimension is of, at most."),
    GSC_ROW_REAL(gsc_pathway_settings, ridge, "0.001", 1e-12, 1e12,
                 "Ridge of the effective dimension."),
    GSC_ROW_REAL(gsc_pathway_settings, noise, "0.1", 0, 1e12,
                 "bound: variance of the labels' noise."),
    GSC_ROW_INTEGER(gsc_pathway_settings, groups, "3", 1, 1000,
                    "Groups of training examples by when they were memorised, of about "
                    "equal size."),
    GSC_ROW_REAL(gsc_pathway_settings, epsilon, "0.1", 0, 1e12,
                 "Loss up to which an example is memorised, from then on."),
    GSC_ROW_REAL(gsc_pathway_settings, delta, "0.1", 0, 1e12,
                 "How far it may then be from its last loss."),
    GSC_ROW_CHOICE(gsc_pathway_settings, since, "memorised", since_names,
                   "correlations: checkpoints from which 99 % of the group are "
                   "memorised, or from the first on."),
    GSC_ROW_REAL(gsc_pathway_settings, fall, "0.2", 0, 1,
                 "forecast: share of the dimension whose loss says that a run "
                 "generalises."),
    GSC_ROW_REAL(gsc_pathway_settings, even, "0", 0, 1,
                 "forecast: least entropy of a layer's load, of ln experts, that is "
                 "asked for; a mixture of experts needs .9."),
};
static const gsc_options sets[] = {
    {"pathways", rows, sizeof rows / sizeof *rows, &options},
    {"numbers", setting_rows, sizeof setting_rows / sizeof *setting_rows, &settings}};

static const char program_name[] = "grokscope-pathways";

/* ---- Files ---- */

static int
add_file_checkpoint(gsc_rows *table, const gsc_routing *routing,
                    const gsc_pathway_origin *of)
{
    return options.table == GSC_PATHWAYS_LAYERS
               ? gsc_pathway_add_layers(table, routing, of, &settings)
               : gsc_pathway_add_checkpoint(table, routing, of, &settings);
}

static int
add_file(gsc_rows *table)
{
    int status = 0;
    gsc_routing_file file = {.checkpoints = 0};
    gsc_pathway_origin of = {options.routing, "routing", 0};
    GSC_TRY(gsc_routing_file_read(&file, options.routing, options.gates,
                                  (size_t)options.experts));
    for (size_t c = 0; c < file.checkpoints; c++, of.step++) {
        gsc_routing routing = gsc_routing_file_at(&file, c);
        GSC_TRY(add_file_checkpoint(table, &routing, &of));
    }
out:
    gsc_routing_file_free(&file);
    return status;
}

/* ---- Checkpoints ---- */

static gsc_routing_request
request_of(gsc_input_choice split)
{
    return (gsc_routing_request){split, (size_t)options.top, (size_t)options.samples,
                                 options.position};
}

static int
add_bound(gsc_rows *table, const gsc_loaded_model *loaded, const gsc_routing *routing,
          const uint32_t *examples, const gsc_pathway_origin *of)
{
    int status = 0;
    int32_t *labels = NULL;
    GSC_NEW(labels, routing->samples);
    for (size_t i = 0; i < routing->samples; i++) {
        labels[i] = gsc_loaded_model_label(loaded, examples[i]);
        if (labels[i] < 0)
            GSC_TRY(gsc_fail(GSC_EFORMAT, "has no labels, of which the bound is"));
    }
    GSC_TRY(gsc_pathway_add_bound(table, routing, labels, of, &settings));
out:
    free(labels);
    return status;
}

static int
add_split(gsc_rows *table, const gsc_loaded_model *loaded, const gsc_pathway_origin *of,
          gsc_input_choice split, gsc_threads *threads)
{
    int status = 0;
    uint32_t *examples = NULL;
    gsc_routing_file file;
    const gsc_routing_request request = request_of(split);
    GSC_TRY(gsc_network_routing_init(&file, loaded, &request, threads, &examples));
    gsc_routing routing = gsc_routing_file_at(&file, 0);
    GSC_TRY(options.table == GSC_PATHWAYS_BOUND
                ? add_bound(table, loaded, &routing, examples, of)
                : add_file_checkpoint(table, &routing, of));
out:
    gsc_routing_file_free(&file);
    free(examples);
    return status;
}

static int
add_input(gsc_rows *table, const gsc_inputs *inputs, size_t item, gsc_threads *threads)
{
    int status = 0;
    gsc_loaded_model loaded = {.weights = NULL};
    gsc_pathway_origin of = {.run = inputs->items[item].run};
    GSC_TRY(gsc_inputs_open(inputs, item, &loaded));
    of.step = loaded.checkpoint.step;
    if (options.table == GSC_PATHWAYS_BOUND)
        GSC_TRY(gsc_loaded_model_data(&loaded));
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

/* ---- Runs ---- */

static int
add_history(gsc_rows *table, const gsc_inputs *inputs, size_t first, size_t count,
            gsc_threads *threads)
{
    int status = 0;
    gsc_pathway_history history;
    GSC_TRY(gsc_pathway_history_init(&history, inputs, first, count,
                                     request_of(GSC_INPUTS_ALL), threads));
    switch (options.table) {
    case GSC_PATHWAYS_GROUPS:
        GSC_TRY(gsc_pathway_add_groups(table, &history, &settings));
        break;
    case GSC_PATHWAYS_CORRELATIONS:
        GSC_TRY(gsc_pathway_add_correlations(table, &history, &settings));
        break;
    default:
        GSC_TRY(gsc_pathway_add_forecast(table, &history, &settings));
    }
out:
    gsc_pathway_history_free(&history);
    return status;
}

/* Inputs that follow each other and are of one run. */
static size_t
count_of_run(const gsc_inputs *inputs, size_t first)
{
    size_t count = 1;
    while (first + count < inputs->count &&
           strcmp(inputs->items[first + count].run, inputs->items[first].run) == 0)
        count++;
    return count;
}

static int
add_runs(gsc_rows *table, const char *const *words, size_t num_words)
{
    int status = 0;
    gsc_inputs inputs = {.count = 0};
    gsc_threads *threads = NULL;
    bool of_history = options.table >= GSC_PATHWAYS_GROUPS;
    GSC_TRY(gsc_inputs_init(&inputs, words, num_words, options.step));
    GSC_TRY(gsc_threads_open(&threads, (size_t)options.threads));
    for (size_t i = 0, count; i < inputs.count; i += count) {
        count = of_history ? count_of_run(&inputs, i) : 1;
        GSC_TRY(of_history ? add_history(table, &inputs, i, count, threads)
                           : add_input(table, &inputs, i, threads));
    }
out:
    gsc_threads_close(threads);
    gsc_inputs_free(&inputs);
    return status;
}

/* ---- The program ---- */

static int
check_words(size_t num_words)
{
    if ((num_words > 0) == (*options.routing != '\0'))
        return gsc_fail(GSC_EARGUMENT, "runs, or --routing FILE: one of the two");
    if (num_words > 0 && (*options.gates || options.experts > 0))
        return gsc_fail(GSC_EARGUMENT,
                        "--gates and --experts are of a file: give it by --routing");
    if (*options.routing && options.table >= GSC_PATHWAYS_BOUND)
        return gsc_fail(GSC_EARGUMENT,
                        "--table %s is of runs: a file of choices says nothing of "
                        "labels and losses",
                        gsc_pathway_table_names[options.table]);
    return 0;
}

static int
run(const char *const *words, size_t num_words)
{
    int status = 0;
    gsc_rows table = {0};
    const gsc_answer how = GSC_ANSWER(program_name, options);
    const gsc_program_table *kind = &gsc_pathway_tables[options.table];
    GSC_TRY(check_words(num_words));
    gsc_rows_init(&table, kind->columns, kind->num_columns);
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
    const gsc_program program = {
        .name = program_name,
        .synopsis = "RUN…|--routing FILE [OPTIONS]",
        .purpose = "which experts, or neurons, each sample goes through",
        .examples =
            "  grokscope-pathways checkpoints/demo --step all --format text\n"
            "      how far apart the pathways of its most active neurons are\n"
            "  grokscope-pathways checkpoints/demo --step all --table forecast\n"
            "      whether it goes on to generalise, without test examples\n"
            "  grokscope-pathways --routing routing.npy --format text\n"
            "      how far apart the samples' pathways are, along the run\n"
            "  grokscope-pathways --routing routing.npy --table layers\n"
            "      which layers share their load, and what they tell of each "
            "other\n",
        .place = "",
        .sets = sets,
        .num_sets = sizeof sets / sizeof *sets,
        .run = run};
    return gsc_table_program_main(&program, gsc_pathway_tables, GSC_PATHWAYS_TABLES,
                                  argc, argv);
}
