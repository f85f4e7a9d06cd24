/* grokscope-export: a checkpoint's weights in files that other programs read. */
#include "analyze/export/export.h"

#include "grokscope/error.h"

#include "analyze/export/tfevents.h"
#include "analyze/rows/output.h"
#include "analyze/rows/rows_output.h"
#include "analyze/tool/inputs.h"
#include "analyze/tool/program.h"
#include "train/base/file.h"

#include <stdlib.h>

static struct options {
    char output[GSC_OPTION_TEXT_BYTES];
    bool force;
    char step[GSC_OPTION_TEXT_BYTES];
    int64_t naming, biases;
    char tensor[GSC_OPTION_TEXT_BYTES];
    char columns[GSC_OPTION_TEXT_BYTES];
    int64_t format;
} options;

static const gsc_option rows[] = {
    GSC_ROW_OUTPUT(struct options, "OUT",
                   "What to write: X.safetensors, X.npz, X.npy of one tensor, a folder "
                   "of .npy; or the history as X.tfevents.Y, for TensorBoard."),
    GSC_ROW_FLAG(struct options, force, 0, "Replace OUT where it exists."),
    GSC_ROW_TEXT(struct options, step, "last", "STEP",
                 "Step of a folder: first, last or N."),
    GSC_ROW_CHOICE(struct options, naming, "tl", gsc_naming_names,
                   "Convention for the tensors' names and shapes."),
    GSC_ROW_CHOICE(struct options, biases, "auto", gsc_naming_biases_names,
                   "Biases: those of the naming's own modules, those that the network "
                   "has, zeros for all that it lacks, or none that are all zeros."),
    GSC_ROW_TEXT(struct options, tensor, "", "TENSOR", "Write only this tensor."),
    GSC_ROW_FORMAT(struct options, gsc_format_names),
    GSC_ROW_COLUMNS(struct options),
};
static const gsc_options sets[] = {
    {"export", rows, sizeof rows / sizeof *rows, &options}};

static const char program_name[] = "grokscope-export";

static const gsc_column columns[] = {
    {"run", GSC_CELL_TEXT, true, "its folder, or a lone file", false},
    {"step", GSC_CELL_INTEGER, true, "updates before this checkpoint", false},
    {"tensor", GSC_CELL_TEXT, true, "its name in the new file; of a history a scalar's",
     false},
    {"type", GSC_CELL_TEXT, false, "float32 or float64", false},
    {"shape", GSC_CELL_TEXT, false, "length of each axis; of a history its values",
     false}};
enum { NUM_COLUMNS = sizeof columns / sizeof *columns };

static gsc_answer
answer(void)
{
    return (gsc_answer){.program = program_name,
                        .format = (gsc_format)options.format,
                        .columns = options.columns};
}

static int
print_tensors(const char *run, int64_t step, const gsc_export *e)
{
    int status = 0;
    gsc_rows tensors;
    const gsc_answer how = answer();
    gsc_rows_init(&tensors, columns, NUM_COLUMNS);
    for (size_t i = 0; i < e->count; i++) {
        GSC_TRY(gsc_rows_text(&tensors, run));
        GSC_TRY(gsc_rows_integer(&tensors, step));
        GSC_TRY(gsc_rows_text(&tensors, e->tensors[i].name));
        GSC_TRY(gsc_rows_text(&tensors, gsc_type_names[e->tensors[i].type]));
        GSC_TRY(gsc_rows_shape(&tensors, e->tensors[i].shape));
    }
    GSC_TRY(gsc_rows_answer(&tensors, &how));
out:
    gsc_rows_free(&tensors);
    return status;
}

static int
check_output(const gsc_inputs *inputs)
{
    if (!*options.output)
        return gsc_fail(GSC_EARGUMENT, "-o OUT is missing: what to write");
    if (inputs->count != 1)
        return gsc_fail(GSC_EARGUMENT, "%zu checkpoints; one is written at a time",
                        inputs->count);
    if (gsc_file_has_ending(options.output, ".npy") && !*options.tensor)
        return gsc_fail(GSC_EARGUMENT, "--tensor NAME is missing: an .npy holds one");
    int status = gsc_export_check_name(options.output);
    return status < 0 ? status : gsc_output_check(options.output, options.force);
}

static int
choose_tensors(gsc_export *e, const gsc_checkpoint *checkpoint)
{
    int status = gsc_export_init(e, checkpoint, (gsc_naming)options.naming,
                                 (gsc_naming_biases)options.biases);
    return status == 0 && *options.tensor ? gsc_export_choose(e, options.tensor)
                                          : status;
}

/* ---- The history ---- */

static int
print_scalars(const char *run, int64_t step, const gsc_scalar *scalars, size_t count)
{
    int status = 0;
    gsc_rows rows_of;
    const gsc_answer how = answer();
    gsc_rows_init(&rows_of, columns, NUM_COLUMNS);
    for (size_t i = 0; i < count; i++) {
        GSC_TRY(gsc_rows_text(&rows_of, run));
        GSC_TRY(gsc_rows_integer(&rows_of, step));
        GSC_TRY(gsc_rows_text(&rows_of, scalars[i].tag));
        GSC_TRY(gsc_rows_text(&rows_of, gsc_type_names[GSC_FLOAT32]));
        GSC_TRY(gsc_rows_shape(&rows_of, (gsc_shape){1, {scalars[i].count}}));
    }
    GSC_TRY(gsc_rows_answer(&rows_of, &how));
out:
    gsc_rows_free(&rows_of);
    return status;
}

static int
export_history(const gsc_input *input)
{
    int status = 0;
    gsc_checkpoint checkpoint = {.step = 0};
    gsc_scalar *scalars = NULL;
    size_t count;
    GSC_TRY(gsc_run_read_history(&checkpoint, input->path));
    GSC_TRY(
        gsc_scalars_list(checkpoint.history, checkpoint.num_tables, &scalars, &count));
    if (count == 0)
        GSC_TRY(gsc_fail(GSC_EFORMAT, "%s: has no history", input->path));
    GSC_TRY(gsc_tfevents_write(scalars, count, options.output));
    GSC_TRY(print_scalars(input->run, checkpoint.step, scalars, count));
out:
    free(scalars);
    gsc_checkpoint_free(&checkpoint);
    return status;
}

/* ---- The program ---- */

static int
run(const char *const *words, size_t num_words)
{
    int status = 0;
    gsc_inputs inputs = {0};
    gsc_checkpoint checkpoint = {.step = 0};
    gsc_export e = {.tensors = NULL};
    GSC_TRY(gsc_inputs_init(&inputs, words, num_words, options.step));
    const gsc_answer how = answer();
    GSC_TRY(gsc_answer_check_columns(&how, columns, NUM_COLUMNS));
    GSC_TRY(check_output(&inputs));
    if (gsc_is_tfevents(options.output)) {
        status = export_history(&inputs.items[0]);
        goto out;
    }
    GSC_TRY(gsc_checkpoint_read(&checkpoint, inputs.items[0].path, GSC_READ_PARAMS));
    status = choose_tensors(&e, &checkpoint);
    if (status < 0)
        GSC_TRY(gsc_fail_in(status, inputs.items[0].path));
    GSC_TRY(gsc_export_write(&e, &checkpoint, options.output));
    GSC_TRY(print_tensors(inputs.items[0].run, checkpoint.step, &e));
out:
    gsc_export_free(&e);
    gsc_checkpoint_free(&checkpoint);
    gsc_inputs_free(&inputs);
    return status;
}

int
main(int argc, char **argv)
{
    static const gsc_program_table tables[] = {
        {"one row for each tensor", columns, NUM_COLUMNS}};
    const gsc_program program = {
        .name = program_name,
        .synopsis = "FILE|FOLDER -o OUT [OPTIONS]",
        .purpose = "write weights or history for other programs",
        .examples =
            "  grokscope-export checkpoints/demo -o demo.safetensors\n"
            "      with the configuration; TransformerLens loads it strictly\n"
            "  grokscope-export checkpoints/demo --step 0 -o demo-0.npz\n"
            "      for numpy.load\n"
            "  grokscope-export checkpoints/demo --tensor embed.W_E -o W_E.npy\n"
            "      one tensor\n"
            "  grokscope-export checkpoints/demo --naming tl-native -o native.npz\n"
            "      with the names of TransformerLens 3\n",
        .place = "",
        .sets = sets,
        .num_sets = sizeof sets / sizeof *sets,
        .run = run};
    return gsc_table_program_main(&program, tables, sizeof tables / sizeof *tables,
                                  argc, argv);
}
