/* grokscope-prune: weights to begin with of which pruning keeps a share, as a file that
 * training reads. */
#include "grokscope/error.h"
#include "grokscope/run_folder.h"
#include "grokscope/weights.h"

#include "analyze/prune/ticket.h"
#include "analyze/rows/output.h"
#include "analyze/rows/rows_output.h"
#include "analyze/tool/inputs.h"
#include "analyze/tool/program.h"

#include <math.h>
#include <stdlib.h>

static struct options {
    char output[GSC_OPTION_TEXT_BYTES];
    bool force;
    char step[GSC_OPTION_TEXT_BYTES], reset[GSC_OPTION_TEXT_BYTES];
    double keep;
    int64_t by, scope, rounds, seed, write, format;
    char columns[GSC_OPTION_TEXT_BYTES];
} options;

static const char *const scope_names[] = {"global", "layer", NULL};

static const gsc_option rows[] = {
    GSC_ROW_OUTPUT(struct options, "FILE",
                   "The checkpoint to write; training begins with it by --init-from."),
    GSC_ROW_FLAG(struct options, force, 0, "Replace FILE where it exists."),
    GSC_ROW_REAL(struct options, keep, "0.4", 1e-6, 1,
                 "Share of the weights of matrices that is kept."),
    GSC_ROW_CHOICE(struct options, by, "magnitude", gsc_prune_score_names,
                   "Score of a weight; the largest are kept."),
    GSC_ROW_CHOICE(struct options, scope, "global", scope_names,
                   "Keep the share of all matrices together, or of each by itself."),
    GSC_ROW_INTEGER(struct options, rounds, "1", 1, 10000,
                    "Times that scores are found, each of what is kept so far."),
    GSC_ROW_TEXT(struct options, step, "last", "STEP",
                 "Step of a folder whose weights are scored: first, last or N."),
    GSC_ROW_TEXT(struct options, reset, "", "FILE",
                 "Weights to begin with: a checkpoint, a run's last one, or that of "
                 "FOLDER@STEP (those of the run's step 0, unless it is given)."),
    GSC_ROW_CHOICE(struct options, write, "ticket", gsc_ticket_kind_names,
                   "What is written: those weights under the mask, or under the mask "
                   "of each matrix in random order; all of them, with the ticket's L1 "
                   "or L2 norm; or the mask itself."),
    GSC_ROW_INTEGER(struct options, seed, "0", 0, 0x1p53,
                    "Seed of random scores and of random order."),
    GSC_ROW_FORMAT(struct options, gsc_format_names),
    GSC_ROW_COLUMNS(struct options),
};
static const gsc_options sets[] = {
    {"prune", rows, sizeof rows / sizeof *rows, &options}};

static const char program_name[] = "grokscope-prune";

static const gsc_column columns[] = {
    {"run", GSC_CELL_TEXT, true, "its folder, or a lone file", false},
    {"step", GSC_CELL_INTEGER, true, "updates before the weights that are scored",
     false},
    {"tensor", GSC_CELL_TEXT, true, "name of the matrix; all: of all matrices", false},
    {"weights", GSC_CELL_INTEGER, false, "how many it has", false},
    {"kept", GSC_CELL_INTEGER, false, "how many of them the mask keeps", false},
    {"share", GSC_CELL_REAL, false, "the same as a share", false},
    {"l1_ratio", GSC_CELL_REAL, false,
     "L1 norm of the first weights that are kept, over that of all", false},
    {"l2_ratio", GSC_CELL_REAL, false, "the same of the L2 norm", false},
    {"zeros", GSC_CELL_INTEGER, false,
     "first weights that are kept and 0 all the same: the projection 'mask' holds them "
     "there",
     false},
};
enum { NUM_COLUMNS = sizeof columns / sizeof *columns };

static gsc_answer
answer(void)
{
    return (gsc_answer){.program = program_name,
                        .format = (gsc_format)options.format,
                        .columns = options.columns};
}

/* ---- What is printed ---- */

static int
add_row(gsc_rows *found, const gsc_loaded_model *loaded, const char *run,
        const char *tensor, const gsc_ticket *t, size_t first, size_t count)
{
    int status = 0;
    size_t kept = 0, zeros = 0;
    double l1 = 0, l2 = 0, of_l1 = 0, of_l2 = 0;
    for (size_t i = first; i < first + count; i++) {
        double size = fabs(t->before[i]);
        l1 += size;
        l2 += size * size;
        of_l1 += t->kept[i] ? size : 0;
        of_l2 += t->kept[i] ? size * size : 0;
        kept += t->kept[i];
        zeros += t->kept[i] && size == 0;
    }
    GSC_TRY(gsc_rows_text(found, run));
    GSC_TRY(gsc_rows_integer(found, loaded->checkpoint.step));
    GSC_TRY(gsc_rows_text(found, tensor));
    GSC_TRY(gsc_rows_integer(found, (int64_t)count));
    GSC_TRY(gsc_rows_integer(found, (int64_t)kept));
    GSC_TRY(GSC_ROWS_REALS(found, (double)kept / (double)count, l1 > 0 ? of_l1 / l1 : 0,
                           l2 > 0 ? sqrt(of_l2 / l2) : 0));
    GSC_TRY(gsc_rows_integer(found, (int64_t)zeros));
out:
    return status;
}

static int
print_ticket(const char *run, const gsc_loaded_model *loaded, const gsc_ticket *t)
{
    int status = 0;
    gsc_rows found;
    const gsc_answer how = answer();
    gsc_rows_init(&found, columns, NUM_COLUMNS);
    for (size_t k = 0; k < t->prunable.num_matrices; k++) {
        const struct gsc_prunable_matrix *m = &t->prunable.matrices[k];
        GSC_TRY(add_row(&found, loaded, run, m->tensor->name, t, m->first, m->count));
    }
    GSC_TRY(add_row(&found, loaded, run, "all", t, 0, t->prunable.count));
    GSC_TRY(gsc_rows_answer(&found, &how));
out:
    gsc_rows_free(&found);
    return status;
}

/* ---- What is read and written ---- */

static int
check_options(const gsc_inputs *inputs)
{
    if (!*options.output)
        return gsc_fail(GSC_EARGUMENT, "-o FILE is missing: the checkpoint to write");
    if (inputs->count != 1)
        return gsc_fail(GSC_EARGUMENT, "%zu checkpoints; one is pruned at a time",
                        inputs->count);
    return gsc_output_check(options.output, options.force);
}

/* The file of the run's step 0. */
static int
find_step_0(const gsc_input *input, char path[GSC_PATH_BYTES])
{
    int status = 0;
    int64_t *steps = NULL, step;
    size_t count = 0;
    if (!gsc_run_is_step_file(input->path, &step))
        return gsc_fail(GSC_EARGUMENT,
                        "%s is no step of a run: --reset FILE says which weights to "
                        "begin with",
                        input->path);
    GSC_TRY(gsc_run_steps(input->run, &steps, &count));
    if (count == 0 || steps[0] != 0)
        status = gsc_fail(GSC_EARGUMENT,
                          "%s has no step 0: --reset FILE says which weights to begin "
                          "with",
                          input->run);
    else
        status = gsc_run_step_path(input->run, 0, path);
out:
    free(steps);
    return status;
}

/* First weights of the network that was scored. */
static int
read_first(const gsc_input *input, const gsc_loaded_model *loaded,
           gsc_checkpoint *first)
{
    int status = 0;
    char path[GSC_PATH_BYTES];
    if (*options.reset)
        GSC_TRY(gsc_run_find(options.reset, path));
    else
        GSC_TRY(find_step_0(input, path));
    GSC_TRY(gsc_checkpoint_read(first, path, GSC_READ_DATA | GSC_READ_PARAMS));
    status = gsc_weights_check(loaded->model.graph, first);
    if (status < 0)
        status = gsc_fail_in(status, path);
out:
    return status;
}

/* As a checkpoint of step 0 without a history. */
static int
write_first(gsc_checkpoint *first, const gsc_loaded_model *loaded)
{
    int status = 0;
    gsc_text note = {0};
    GSC_TRY(gsc_text_add(&note, "%s, by %s of step %lld, keep %.9g",
                         gsc_ticket_kind_names[options.write],
                         gsc_prune_score_names[options.by],
                         (long long)loaded->checkpoint.step, options.keep));
    const gsc_provenance_item item = {"pruned", note.data};
    gsc_checkpoint made = *first;
    made.step = 0;
    made.history_since = -1;
    made.num_provenance = 1;
    made.provenance = (gsc_provenance_item *)&item;
    GSC_TRY(gsc_checkpoint_write(&made, options.output));
out:
    gsc_text_free(&note);
    return status;
}

static int
run(const char *const *words, size_t num_words)
{
    int status = 0;
    gsc_inputs inputs = {0};
    gsc_checkpoint first = {.step = 0};
    gsc_loaded_model loaded = {.weights = NULL};
    gsc_ticket ticket = {.mask = NULL};
    GSC_TRY(gsc_inputs_init(&inputs, words, num_words, options.step));
    const gsc_answer how = answer();
    GSC_TRY(gsc_answer_check_columns(&how, columns, NUM_COLUMNS));
    GSC_TRY(check_options(&inputs));
    GSC_TRY(gsc_inputs_open(&inputs, 0, &loaded));
    GSC_TRY(gsc_loaded_model_need_model(&loaded));
    GSC_TRY(read_first(&inputs.items[0], &loaded, &first));
    const gsc_ticket_options chosen = {.keep = options.keep,
                                       .by = (gsc_prune_score)options.by,
                                       .by_layer = options.scope == 1,
                                       .rounds = (size_t)options.rounds,
                                       .seed = (uint64_t)options.seed,
                                       .kind = (gsc_ticket_kind)options.write};
    status = gsc_ticket_init(&ticket, &loaded, &chosen, NULL, &first);
    if (status < 0)
        GSC_TRY(gsc_fail_in(status, inputs.items[0].path));
    GSC_TRY(write_first(&first, &loaded));
    GSC_TRY(print_ticket(inputs.items[0].run, &loaded, &ticket));
out:
    gsc_ticket_free(&ticket);
    gsc_loaded_model_close(&loaded);
    gsc_checkpoint_free(&first);
    gsc_inputs_free(&inputs);
    return status;
}

int
main(int argc, char **argv)
{
    static const gsc_program_table tables[] = {
        {"one row for each matrix", columns, NUM_COLUMNS}};
    const gsc_program program = {
        .name = program_name,
        .synopsis = "FILE|FOLDER -o FILE [OPTIONS]",
        .purpose = "first weights of which a mask keeps a share, to train from",
        .examples = "  grokscope-prune checkpoints/demo -o ticket.h5\n"
                    "      first weights of the 40 % that are largest at the end\n"
                    "  grokscope-train demo --init-from ticket.h5 --projections mask "
                    "--out checkpoints/ticket\n"
                    "      trained with all others held at 0\n"
                    "  grokscope-prune checkpoints/demo@0 -o snip.h5 --by snip\n"
                    "      scored before training\n"
                    "  grokscope-prune checkpoints/demo -o dense.h5 --write dense_l2\n"
                    "      a control: nothing pruned, all as small as the ticket\n",
        .place = "",
        .sets = sets,
        .num_sets = sizeof sets / sizeof *sets,
        .run = run};
    return gsc_table_program_main(&program, tables, sizeof tables / sizeof *tables,
                                  argc, argv);
}
