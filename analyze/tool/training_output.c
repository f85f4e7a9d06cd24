/* What the training of a run tells: how far it is, what ended it, and its summary. */
#include "analyze/tool/training_output.h"

#include "grokscope/error.h"
#include "grokscope/run_folder.h"

#include "analyze/tool/command.h"
#include "analyze/tool/program.h"
#include "analyze/tool/progress_line.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char *const end_names[] = {[GSC_END_STEPS] = "steps",
                                        [GSC_END_LOSS] = "stop_test_loss",
                                        [GSC_END_ACCURACY] = "stop_test_accuracy",
                                        [GSC_END_SIGNAL] = "signal",
                                        [GSC_END_BEFORE] = "finished_before",
                                        [GSC_END_WHEN] = "stop_when"};

/* Of the training set, of the test set: ever shorter. */
enum { NUM_FORMS = 4, FORM_BYTES = 192 };

static void
write_forms(char forms[NUM_FORMS][FORM_BYTES], const gsc_train_progress *p)
{
    char step[64];
    const gsc_train_row *row = p->row;
    double right[] = {100 * row->train_accuracy, 100 * row->test_accuracy};
    snprintf(step, sizeof step, "step %lld/%lld", (long long)p->step,
             (long long)p->steps);
    snprintf(forms[0], FORM_BYTES,
             "%s  loss: train %.1e, test %.1e  accuracy: train %.1f %%, test %.1f %%",
             step, row->train_loss, row->test_loss, right[0], right[1]);
    snprintf(forms[1], FORM_BYTES, "%s  train %.1e %.3g%%, test %.1e %.3g%%", step,
             row->train_loss, right[0], row->test_loss, right[1]);
    snprintf(forms[2], FORM_BYTES, "%s  loss %.1e, %.1e", step, row->train_loss,
             row->test_loss);
    snprintf(forms[3], FORM_BYTES, "%s", step);
}

void
gsc_training_show(void *line, const gsc_train_progress *p)
{
    char forms[NUM_FORMS][FORM_BYTES];
    if (!gsc_progress_line_is_due(line))
        return;
    write_forms(forms, p);
    gsc_progress_line_show(
        line, p->step - p->first_step, p->steps - p->first_step,
        (const char *const[]){forms[0], forms[1], forms[2], forms[3], NULL});
}

/* What filters make of the learning rate. */
static void
say_rate(const gsc_config *config)
{
    double gain, rate = config->optimizer.learning_rate;
    if (gsc_optimizer_slow_gain(&config->optimizer, config->registry->stages, &gain) ==
            0 &&
        gain != 1)
        gsc_program_say("filters pass slow gradients %g times: a learning rate of up "
                        "to %g for them",
                        gain, gain * rate);
}

void
gsc_training_say_end(const gsc_train_result *r, const gsc_config *config,
                     const char *folder)
{
    double all =
        r->train_seconds + r->test_seconds + r->save_seconds + r->measure_seconds;
    if (gsc_program_is_quiet())
        return;
    if (r->end == GSC_END_BEFORE)
        gsc_program_say("%s: finished already, at step %lld; with more --steps, or "
                        "another --stop-…, it goes on",
                        folder, (long long)r->step);
    say_rate(config);
    if (*r->condition)
        gsc_program_say("stopped at step %lld: %s: %s", (long long)r->step,
                        end_names[r->end], r->condition);
    if (*config->run.measure && r->end != GSC_END_BEFORE)
        gsc_program_say("measuring took %.1f s, %.1f %% of the time",
                        r->measure_seconds, 100 * r->measure_seconds / all);
}

/* ---- In words ---- */

static int
add_learned(const gsc_train_result *r, gsc_text *text)
{
    int status = 0;
    if (isnan(r->memorized_step))
        GSC_TRY(gsc_text_add(text,
                             "By step %lld the network has not memorised: train "
                             "accuracy %.1f %%.\n",
                             (long long)r->step, 100 * r->row.train_accuracy));
    else
        GSC_TRY(gsc_text_add(text,
                             "The network memorised the training set by step %.0f.\n",
                             r->memorized_step));
    if (isnan(r->generalized_step))
        GSC_TRY(gsc_text_add(
            text, "By step %lld it has not generalised: test accuracy %.1f %%.\n",
            (long long)r->step, 100 * r->row.test_accuracy));
    else
        GSC_TRY(gsc_text_add(text, "It generalised to the test set by step %.0f.\n",
                             r->generalized_step));
out:
    return status;
}

static int
add_saved(const char *folder, gsc_text *text)
{
    int status = 0;
    int64_t *steps = NULL;
    size_t count;
    gsc_text word = {0};
    GSC_TRY(gsc_run_steps(folder, &steps, &count));
    GSC_TRY(gsc_command_add_word(folder, &word));
    GSC_TRY(gsc_text_add(text, "%zu checkpoint%s, up to step %lld, %s saved in ", count,
                         count == 1 ? "" : "s",
                         count > 0 ? (long long)steps[count - 1] : 0,
                         count == 1 ? "is" : "are"));
    GSC_TRY(gsc_text_add_escaped(text, folder));
    GSC_TRY(gsc_text_add(
        text, ".\n\nLook at it:\n  grokscope report%s -o report.html\n", word.data));
out:
    free(steps);
    gsc_text_free(&word);
    return status;
}

/* As sentences for the one who sat and waited. */
static int
tell(const gsc_train_result *r, const char *folder)
{
    int status = 0;
    gsc_text text = {0};
    GSC_TRY(add_learned(r, &text));
    GSC_TRY(add_saved(folder, &text));
    fputs(text.data, stderr);
out:
    gsc_text_free(&text);
    return status;
}

/* ---- As a row ---- */

static const gsc_column columns[] = {
    {"run", GSC_CELL_TEXT, true, "its folder", false},
    {"step", GSC_CELL_INTEGER, true, "step where it ended", false},
    {"end", GSC_CELL_TEXT, false, "why it ended there", false},
    {"train_loss", GSC_CELL_REAL, false, "loss of the training examples at that step",
     false},
    {"train_accuracy", GSC_CELL_REAL, false,
     "share of the training examples that are right then", false},
    {"test_loss", GSC_CELL_REAL, false, "loss of the test examples then", false},
    {"test_accuracy", GSC_CELL_REAL, false,
     "share of the test examples that are right then", false},
    {"memorized_step", GSC_CELL_REAL, false,
     "first logged step with 99 % of the training examples right", false},
    {"generalized_step", GSC_CELL_REAL, false,
     "first logged step with 99 % of the test examples right", false},
    {"sustained_step", GSC_CELL_REAL, false,
     "first logged step from which on 95 % of the test examples stay right, for five "
     "evaluations more, of at least 100 steps each; nan: none",
     false},
    {"slingshots", GSC_CELL_REAL, false,
     "spikes of the training loss after memorized_step, tenfold up and down again; "
     "nan: not "
     "memorised",
     false},
    {"early_stop_step", GSC_CELL_REAL, false,
     "logged step where early stopping would have ended the run, --patience "
     "evaluations after the least test loss; nan: not at all",
     false},
    {"early_stop_lost", GSC_CELL_REAL, false,
     "test accuracy at the end less that of this least test loss", false},
    {"train_seconds", GSC_CELL_REAL, false, "time that updates took", false},
    {"test_seconds", GSC_CELL_REAL, false, "time that test losses took", false},
    {"save_seconds", GSC_CELL_REAL, false, "time that writing files took", false},
    {"measure_seconds", GSC_CELL_REAL, false, "time that measures took", false}};
enum { NUM_COLUMNS = sizeof columns / sizeof *columns };

const char *const gsc_training_formats[] = {"auto", "tsv", "json", "text", NULL};

/* Behind "auto" the formats are those of all answers. */
gsc_answer
gsc_training_answer_of(const gsc_training_answer *how)
{
    return (gsc_answer){.program = how->program,
                        .format = how->format > 0 ? (gsc_format)(how->format - 1)
                                                  : GSC_FORMAT_TSV,
                        .columns = how->columns};
}

int
gsc_training_check(const gsc_training_answer *how)
{
    const gsc_answer answer = gsc_training_answer_of(how);
    return gsc_answer_check_columns(&answer, columns, NUM_COLUMNS);
}

int
gsc_training_add_columns(gsc_text *text)
{
    return gsc_columns_add("one row, the summary of the run", columns, NUM_COLUMNS,
                           text);
}

static int
write_row(const gsc_train_result *r, const char *folder, const gsc_answer *how)
{
    int status = 0;
    gsc_rows rows;
    gsc_rows_init(&rows, columns, NUM_COLUMNS);
    GSC_TRY(gsc_rows_text(&rows, folder));
    GSC_TRY(gsc_rows_integer(&rows, r->step));
    GSC_TRY(gsc_rows_text(&rows, end_names[r->end]));
    GSC_TRY(GSC_ROWS_REALS(&rows, r->row.train_loss, r->row.train_accuracy,
                           r->row.test_loss, r->row.test_accuracy, r->memorized_step,
                           r->generalized_step, r->sustained_step, r->slingshots,
                           r->early_stop_step, r->early_stop_lost, r->train_seconds,
                           r->test_seconds, r->save_seconds, r->measure_seconds));
    GSC_TRY(gsc_rows_answer(&rows, how));
out:
    gsc_rows_free(&rows);
    return status;
}

int
gsc_training_output(const gsc_train_result *r, const char *folder,
                    const gsc_training_answer *how)
{
    const gsc_answer answer = gsc_training_answer_of(how);
    bool asked = how->format > 0 || *how->columns;
    if (asked || !gsc_program_is_terminal(STDOUT_FILENO))
        return write_row(r, folder, &answer);
    return gsc_program_is_quiet() ? 0 : tell(r, folder);
}
