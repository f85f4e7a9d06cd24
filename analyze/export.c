/* grokscope-export: a checkpoint's weights in files that other programs read. */
#include "analyze/export/export.h"

#include "grokscope/error.h"

#include "analyze/rows/output.h"
#include "analyze/tool/inputs.h"
#include "analyze/tool/program.h"
#include "train/base/file.h"

static struct options {
    char output[GSC_OPTION_TEXT_BYTES];
    bool force;
    char step[GSC_OPTION_TEXT_BYTES];
    int64_t naming;
    char tensor[GSC_OPTION_TEXT_BYTES];
    int64_t format;
} options;

static const gsc_option rows[] = {
    {"output", GSC_OPTION_TEXT,
     GSC_FIELD(struct options, output, char[GSC_OPTION_TEXT_BYTES]), "", 0, 0, NULL,
     "What to write: X.safetensors, X.npz, X.npy of one tensor, or a folder of .npy.",
     "OUT", 'o', NULL},
    GSC_ROW_FLAG(struct options, force, 0, "Replace what OUT is."),
    GSC_ROW_TEXT(struct options, step, "last", "STEP",
                 "Step of a folder: first, last or N."),
    GSC_ROW_CHOICE(struct options, naming, "tl", gsc_naming_names,
                   "Names and shapes that the tensors get."),
    GSC_ROW_TEXT(struct options, tensor, "", "TENSOR", "This tensor alone."),
    GSC_ROW_CHOICE(struct options, format, "tsv", gsc_format_names,
                   "form of the answer"),
};
static const gsc_options sets[] = {
    {"export", rows, sizeof rows / sizeof *rows, &options}};

static const char program_name[] = "grokscope-export";

static const char *const columns[] = {"run", "step", "tensor", "type", "shape"};

static int
print_tensors(const char *run, int64_t step, const gsc_export *e)
{
    int status = 0;
    gsc_output output = {0};
    GSC_TRY(gsc_output_init(&output, (gsc_format)options.format, program_name, columns,
                            sizeof columns / sizeof *columns));
    for (size_t i = 0; i < e->count; i++) {
        GSC_TRY(gsc_output_text(&output, run));
        GSC_TRY(gsc_output_integer(&output, step));
        GSC_TRY(gsc_output_text(&output, e->tensors[i].name));
        GSC_TRY(gsc_output_text(&output, gsc_type_names[e->tensors[i].type]));
        GSC_TRY(gsc_output_shape(&output, e->tensors[i].shape));
    }
    GSC_TRY(gsc_output_write(&output, "", false));
out:
    gsc_output_free(&output);
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
    return gsc_output_check(options.output, options.force);
}

static int
run(const char *const *words, size_t num_words)
{
    int status = 0;
    gsc_inputs inputs = {0};
    gsc_checkpoint checkpoint = {.step = 0};
    gsc_export e = {.tensors = NULL};
    GSC_TRY(gsc_inputs_init(&inputs, words, num_words, options.step));
    GSC_TRY(check_output(&inputs));
    GSC_TRY(gsc_checkpoint_read(&checkpoint, inputs.items[0].path, GSC_READ_PARAMS));
    GSC_TRY(gsc_export_init(&e, &checkpoint, (gsc_naming)options.naming));
    if (*options.tensor)
        GSC_TRY(gsc_export_choose(&e, options.tensor));
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
    static const gsc_program program = {
        .name = program_name,
        .synopsis = "FILE|FOLDER -o OUT [OPTIONS]",
        .purpose = "write weights for others: safetensors, npz, npy",
        .examples =
            "  grokscope-export checkpoints/demo -o demo.safetensors\n"
            "      with the configuration; TransformerLens loads it strictly\n"
            "  grokscope-export checkpoints/demo --step 0 -o demo-0.npz\n"
            "      for numpy.load\n"
            "  grokscope-export checkpoints/demo --tensor embed.W_E -o W_E.npy\n"
            "      one tensor\n"
            "  grokscope-export checkpoints/demo --naming tl-native -o native.npz\n"
            "      with the names of TransformerLens 3\n",
        .sets = sets,
        .num_sets = sizeof sets / sizeof *sets,
        .run = run};
    return gsc_program_main(&program, argc, argv);
}
