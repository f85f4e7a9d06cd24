/* grokscope-info: what a checkpoint holds; check it, hash it, repeat it; and the
 * compute graph of a recipe. */
#include "analyze/info/info.h"

#include "grokscope/checkpoint.h"
#include "grokscope/error.h"

#include "analyze/info/history_output.h"
#include "analyze/rows/output.h"
#include "analyze/tool/command.h"
#include "analyze/tool/program.h"

#include <string.h>

static struct options {
    char step[GSC_OPTION_TEXT_BYTES];
    bool check, digest, command, list_tensors, graph;
    char history[GSC_OPTION_TEXT_BYTES], rewrite[GSC_OPTION_TEXT_BYTES];
    char columns[GSC_OPTION_TEXT_BYTES];
    int64_t format;
} options;

static const gsc_option rows[] = {
    GSC_ROW_TEXT(
        struct options, step, "", "S",
        "Steps of a folder: first, last, all, N or A:B:K (from A to B, every K). By "
        "default the last one, and all for --check."),
    GSC_ROW_FLAG(struct options, check, 0,
                 "Check the files against the format; exit code 3 where one fails. Of "
                 "the steps of a run also their series: equal weights, NaN, norms and "
                 "ways that leave the line; exit code 1 where one does."),
    GSC_ROW_FLAG(struct options, digest, 0,
                 "Print the SHA-256 of what two equal runs have in common."),
    GSC_ROW_FLAG(struct options, list_tensors, 0,
                 "List the tensors, one row for each, and nothing else."),
    GSC_ROW_FLAG(struct options, command, 0,
                 "Print the command line that repeats the run."),
    {"history", GSC_OPTION_TEXT, offsetof(struct options, history), "", 0, 0, NULL,
     "What was measured in training: a list of the tables and their columns, or the "
     "rows of one table.",
     "TABLE", 0, GSC_HISTORY_TABLES, NULL},
    GSC_ROW_FLAG(
        struct options, graph, 0,
        "Print the compute graph of a RECIPE, as its model has it and as rewritten."),
    GSC_ROW_TEXT(struct options, rewrite, "", "REWRITES",
                 "Rewrites for --graph: all, none, or names with commas between. By "
                 "default those of the recipe."),
    GSC_ROW_FORMAT(struct options, gsc_format_names),
    GSC_ROW_COLUMNS(struct options),
};
static const gsc_options sets[] = {
    {"info", rows, sizeof rows / sizeof *rows, &options}};

static const char program_name[] = "grokscope-info";

/* A configuration does not tell that a run began with the state of another. */
static int
add_fork(const gsc_checkpoint *c, gsc_text *text)
{
    int status = 0;
    for (size_t i = 0; i < c->num_provenance; i++)
        if (strcmp(c->provenance[i].name, "forked_from") == 0) {
            GSC_TRY(gsc_text_add(text, " # begun with --fork"));
            GSC_TRY(gsc_command_add_word(c->provenance[i].text, text));
        }
out:
    return status;
}

static int
print_command(const gsc_input *input)
{
    int status = 0;
    gsc_checkpoint c = {.step = 0};
    gsc_text text = {0};
    GSC_TRY(gsc_checkpoint_read(&c, input->path, GSC_READ_PROVENANCE));
    status = gsc_command_add_training(c.config, &text);
    if (status < 0)
        GSC_TRY(gsc_fail_in(status, input->path));
    GSC_TRY(add_fork(&c, &text));
    GSC_TRY(gsc_text_add(&text, "\n"));
    GSC_TRY(gsc_output_write_text(&text, "", false));
out:
    gsc_text_free(&text);
    gsc_checkpoint_free(&c);
    return status;
}

static int
print_commands(const gsc_inputs *inputs)
{
    int status = 0;
    for (size_t i = 0; i < inputs->count; i++)
        GSC_TRY(print_command(&inputs->items[i]));
out:
    return status;
}

static gsc_info_question
question(void)
{
    return options.check          ? GSC_INFO_CHECK
           : options.digest       ? GSC_INFO_DIGEST
           : options.list_tensors ? GSC_INFO_TENSORS
                                  : GSC_INFO_FACTS;
}

static int
run(const char *const *words, size_t num_words)
{
    int status = 0;
    gsc_inputs inputs = {0};
    const gsc_answer how = {.program = program_name,
                            .format = (gsc_format)options.format,
                            .columns = options.columns};
    bool history = options.history[0] != '\0';
    if (options.check + options.digest + options.list_tensors + options.command +
            options.graph + history >
        1)
        return gsc_fail(GSC_EARGUMENT,
                        "--check, --digest, --list-tensors, --command, --history and "
                        "--graph exclude each other");
    if (options.graph && num_words != 1)
        return gsc_fail(GSC_EARGUMENT, "--graph takes one RECIPE");
    if (options.graph)
        return gsc_info_graph(words[0], options.rewrite, &how);
    const char *step = *options.step ? options.step : options.check ? "all" : "last";
    GSC_TRY(gsc_inputs_init(&inputs, words, num_words, step));
    GSC_TRY(options.command ? print_commands(&inputs)
            : history       ? gsc_history_output(&inputs, options.history, &how)
                            : gsc_info_answer(&inputs, question(), &how));
out:
    gsc_inputs_free(&inputs);
    return status;
}

int
main(int argc, char **argv)
{
    gsc_text columns = {0};
    gsc_program program = {
        .name = program_name,
        .synopsis = "FILE|FOLDER… [OPTIONS]",
        .purpose = "what a checkpoint holds; check it, hash it, repeat it",
        .examples = "  grokscope-info checkpoints/demo\n"
                    "      configuration, sizes, tensors and losses of the last step\n"
                    "  grokscope-info checkpoints/demo --check\n"
                    "      is every file whole, and do they make one series?\n"
                    "  grokscope-info checkpoints/demo --list-tensors\n"
                    "      the names, types, shapes and axes of its tensors\n"
                    "  grokscope-info checkpoints/demo --history\n"
                    "      the tables of its history, and their columns\n"
                    "  grokscope-info checkpoints/demo --history=loss\n"
                    "      the losses of all steps so far\n"
                    "  grokscope-info checkpoints/demo --command\n"
                    "      the line that trains it again\n"
                    "  grokscope-info --graph nanda-mainline --rewrite gather,mix\n"
                    "      its compute graph, plain and with two of the rewrites\n",
        .place = "as the question has them",
        .sets = sets,
        .num_sets = sizeof sets / sizeof *sets,
        .run = run};
    int status = gsc_info_add_columns(&columns);
    program.columns = columns.data;
    if (status < 0)
        gsc_program_say("%s", gsc_error_text());
    int code =
        status < 0 ? gsc_exit_code(status) : gsc_program_main(&program, argc, argv);
    gsc_text_free(&columns);
    return code;
}
