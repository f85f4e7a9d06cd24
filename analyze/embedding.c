/* grokscope-embedding: rows for t-SNE and its like, with what is known of each. */
#include "grokscope/error.h"

#include "analyze/export/annotated_matrix_output.h"
#include "analyze/export/embeddings.h"
#include "analyze/rows/output.h"
#include "analyze/rows/rows_output.h"
#include "analyze/tool/program.h"

#include <stdlib.h>

static struct options {
    char tensor[GSC_OPTION_TEXT_BYTES], output[GSC_OPTION_TEXT_BYTES];
    char step[GSC_OPTION_TEXT_BYTES], position[GSC_OPTION_TEXT_BYTES];
    char subgroup[GSC_OPTION_TEXT_BYTES], columns[GSC_OPTION_TEXT_BYTES];
    int64_t format, rows, inputs, pca, align, modulus, frequency, dtype, threads;
    char operation[GSC_OPTION_TEXT_BYTES];
    bool force, list, center, normalize;
} options;

static const gsc_option rows[] = {
    GSC_ROW_TEXT(
        struct options, tensor, "", "SOURCE",
        "What to write: a view (embedding, unembedding), a parameter (embed.W_E) or an "
        "activation (neurons, logits, blocks.0.hook_attn_out)."),
    GSC_ROW_OUTPUT(
        struct options, "OUT",
        "What to write: X.npy, X.tsv, X.csv, X.json or X.h5, or a folder for the "
        "Embedding Projector. By default a table on standard output."),
    GSC_ROW_FLAG(struct options, force, 0, "Replace OUT where it exists."),
    GSC_ROW_CHOICE(struct options, format, "auto", gsc_annotated_matrix_format_names,
                   "Form of the output; auto: by the ending of OUT."),
    GSC_ROW_FLAG(struct options, list, 0, "List what SOURCE may be, with its shape."),
    GSC_ROW_TEXT(struct options, columns, "", "NAMES",
                 "Columns of the table or of --list, in this order, with commas "
                 "between; x stands for all numbers of a row. All by default."),
    GSC_ROW_TEXT(struct options, step, "last", "S",
                 "Steps of a folder: first, last, all, N or A:B:K (from A to B, every "
                 "K). Several checkpoints become one stack."),
    GSC_ROW_CHOICE(struct options, rows, "inputs", gsc_input_rows_names,
                   "Rows of an activation: one for each input (a, b), or the mean over "
                   "the inputs with the same a, b, or answer c."),
    GSC_ROW_CHOICE(struct options, inputs, "all", gsc_input_choice_names,
                   "Inputs whose activations are written."),
    GSC_ROW_TEXT(struct options, position, "answer", "P",
                 "Position of the tokens whose activations are written: answer, a, b, "
                 "or a number from 0."),
    GSC_ROW_FLAG(struct options, center, 0, "Subtract the mean of the rows from each."),
    GSC_ROW_CHOICE(struct options, align, "previous", gsc_alignment_names,
                   "With several checkpoints: rotate each to fit the one before or the "
                   "last one (Procrustes)."),
    GSC_ROW_FLAG(struct options, normalize, 0, "Give each row the length 1."),
    GSC_ROW_INTEGER(struct options, pca, "0", 0, 65536,
                    "Replace the numbers of a row by this many principal components of "
                    "all rows; 0: leave them as they are."),
    GSC_ROW_INTEGER(
        struct options, modulus, "8", 0, 65536,
        "Modulus m of the columns mod_m and next; 0: without these columns."),
    GSC_ROW_INTEGER(struct options, frequency, "0", 0, 65536,
                    "Frequency in whose plane the column phase is measured; 0: the one "
                    "with most power."),
    GSC_ROW_TEXT(struct options, subgroup, "", "ELEMENTS",
                 "Subgroup for the columns left_coset and right_coset, by its "
                 "generators: '(0 3)(1 4), (1 2)(3 4)', or numbers of elements."),
    GSC_ROW_DTYPE(struct options),
    GSC_ROW_OPERATION(struct options),
    GSC_ROW_INTEGER(struct options, threads, "0", 0, 1024,
                    "Threads; 0: one for each core. Results do not depend on them."),
};
static const gsc_options sets[] = {
    {"embedding", rows, sizeof rows / sizeof *rows, &options}};

/* ---- What there is ---- */

static const gsc_column list_columns[] = {
    {"run", GSC_CELL_TEXT, true, "its folder, or a lone file", false},
    {"step", GSC_CELL_INTEGER, true, "updates before this checkpoint", false},
    {"name", GSC_CELL_TEXT, true, "what --tensor may be", false},
    {"kind", GSC_CELL_TEXT, false, "view, parameter or activation", false},
    {"row", GSC_CELL_TEXT, false,
     "what a row is of: residue or element, token, output, input, …", false},
    {"rows", GSC_CELL_INTEGER, false, "number of rows", false},
    {"columns", GSC_CELL_INTEGER, false, "numbers in each row", false}};
enum { NUM_LIST_COLUMNS = sizeof list_columns / sizeof *list_columns };

static int
list_sources(gsc_rows *sources, const gsc_input *input)
{
    int status = 0;
    gsc_loaded_model loaded = {.weights = NULL};
    gsc_embedding_source *list = NULL;
    size_t count = 0;
    GSC_TRY(gsc_loaded_model_open(&loaded, input->path));
    GSC_TRY(gsc_embedding_sources_list(&loaded, &list, &count));
    for (size_t i = 0; i < count; i++) {
        GSC_TRY(gsc_rows_text(sources, input->run));
        GSC_TRY(gsc_rows_integer(sources, loaded.checkpoint.step));
        GSC_TRY(gsc_rows_text(sources, list[i].name));
        GSC_TRY(gsc_rows_text(sources, gsc_embedding_source_kind_names[list[i].kind]));
        GSC_TRY(
            gsc_rows_text(sources, gsc_row_kind_name(list[i].row_kind, &loaded.pairs)));
        GSC_TRY(gsc_rows_integer(sources, (int64_t)list[i].rows));
        GSC_TRY(gsc_rows_integer(sources, (int64_t)list[i].cols));
    }
out:
    free(list);
    gsc_loaded_model_close(&loaded);
    return status;
}

static int
answer_list(const gsc_inputs *inputs)
{
    int status = 0;
    gsc_rows sources;
    gsc_rows_init(&sources, list_columns, NUM_LIST_COLUMNS);
    bool json = options.format == GSC_ANNOTATED_MATRIX_JSON;
    if (!json && options.format != GSC_ANNOTATED_MATRIX_TSV &&
        options.format != GSC_ANNOTATED_MATRIX_AUTO)
        return gsc_fail(GSC_EARGUMENT, "--list has the formats tsv and json");
    const gsc_answer how = {.program = "grokscope-embedding",
                            .format = json ? GSC_FORMAT_JSON : GSC_FORMAT_TSV,
                            .columns = options.columns,
                            .path = options.output,
                            .force = options.force};
    GSC_TRY(gsc_answer_check_path(&how));
    GSC_TRY(gsc_answer_check_columns(&how, list_columns, NUM_LIST_COLUMNS));
    for (size_t i = 0; i < inputs->count; i++)
        GSC_TRY(list_sources(&sources, &inputs->items[i]));
    GSC_TRY(gsc_rows_answer(&sources, &how));
out:
    gsc_rows_free(&sources);
    return status;
}

/* ---- The program ---- */

static int
answer(const gsc_inputs *inputs, gsc_annotated_matrix_format format)
{
    int status = 0;
    gsc_threads *threads = NULL;
    gsc_embeddings e = {.runs = NULL};
    size_t *columns = NULL;
    const gsc_embedding_request request = {options.tensor, (gsc_input_rows)options.rows,
                                           (gsc_input_choice)options.inputs,
                                           options.position};
    const gsc_treatment treatment = {options.center, (gsc_alignment)options.align,
                                     options.normalize, (size_t)options.pca};
    const gsc_row_wishes wishes = {(size_t)options.modulus, (size_t)options.frequency,
                                   options.subgroup};
    GSC_TRY(gsc_threads_open(&threads, (size_t)options.threads));
    GSC_TRY(gsc_embeddings_init(&e, inputs, &request, &treatment, &wishes, threads));
    GSC_TRY(gsc_annotated_matrix_choose(&e.annotated, options.columns, &columns));
    GSC_TRY(gsc_annotated_matrix_output(&e.annotated, format, "grokscope-embedding",
                                        options.output));
    if (*options.output)
        GSC_TRY(gsc_annotated_matrix_summary(&e.annotated, "grokscope-embedding",
                                             options.output));
out:
    free(columns);
    gsc_embeddings_free(&e);
    gsc_threads_close(threads);
    return status;
}

static int
run(const char *const *words, size_t num_words)
{
    int status = 0;
    gsc_inputs inputs = {0};
    gsc_annotated_matrix_format format = (gsc_annotated_matrix_format)options.format;
    GSC_TRY(gsc_inputs_init(&inputs, words, num_words, options.step));
    inputs.loading = (gsc_loading){(gsc_run_type)options.dtype, options.operation};
    if (options.list) {
        status = answer_list(&inputs);
        goto out;
    }
    if (!*options.tensor)
        GSC_TRY(gsc_fail(GSC_EARGUMENT, "--tensor NAME is missing; --list shows what "
                                        "there is"));
    GSC_TRY(gsc_annotated_matrix_check(&format, options.output, options.force));
    if (*options.columns && !gsc_annotated_matrix_is_table(format))
        GSC_TRY(gsc_fail(GSC_EARGUMENT,
                         "--columns is of tables: tsv, csv and json; %s holds all of a "
                         "row",
                         gsc_annotated_matrix_format_names[format]));
    GSC_TRY(answer(&inputs, format));
out:
    gsc_inputs_free(&inputs);
    return status;
}

static int
add_columns(gsc_text *text)
{
    int status = 0;
    GSC_TRY(gsc_text_add(text, "%s", gsc_row_facts_columns));
    GSC_TRY(gsc_columns_add("with -o, one row for each checkpoint that was written",
                            gsc_annotated_matrix_columns, GSC_ANNOTATED_MATRIX_COLUMNS,
                            text));
    GSC_TRY(gsc_columns_add("--list, one row for each source", list_columns,
                            NUM_LIST_COLUMNS, text));
out:
    return status;
}

int
main(int argc, char **argv)
{
    gsc_text columns = {0};
    gsc_program program = {
        .name = "grokscope-embedding",
        .synopsis = "FILE|FOLDER… --tensor NAME [-o OUT] [OPTIONS]",
        .purpose = "rows of embeddings and activations for t-SNE, with their labels",
        .examples =
            "  grokscope-embedding checkpoints/demo --list\n"
            "      what has one row for each token or input\n"
            "  grokscope-embedding checkpoints/demo --tensor unembedding -o X.npy\n"
            "      [n, d] for sklearn's TSNE; labels and residues in X.metadata.tsv\n"
            "  grokscope-embedding checkpoints/demo --tensor unembedding --pca 2 "
            "--columns label,x\n"
            "      a table of the labels and two principal components\n"
            "  grokscope-embedding checkpoints/demo --tensor embedding -o projector\n"
            "      a folder for TensorBoard's Embedding Projector\n"
            "  grokscope-embedding checkpoints/demo --tensor neurons --rows c -o "
            "X.csv\n"
            "      the neurons' means over the inputs with the same answer\n"
            "  grokscope-embedding checkpoints/demo --tensor embedding --step all "
            "--pca 2 -o X.h5\n"
            "      two components of all steps, each rotated to fit the one before\n"
            "  grokscope-embedding checkpoints/s5 --tensor unembedding --subgroup '(0 "
            "1 "
            "2), (0 1)'\n"
            "      of a group, with each element's cosets, as a table\n",
        .place = "",
        .sets = sets,
        .num_sets = sizeof sets / sizeof *sets,
        .run = run};
    program.status = add_columns(&columns);
    program.columns = columns.data;
    int code = gsc_program_main(&program, argc, argv);
    gsc_text_free(&columns);
    return code;
}
