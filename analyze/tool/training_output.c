/* What the training of a run tells: how far it is, what ended it, and its summary. */
#include "analyze/tool/training_output.h"

#include "grokscope/error.h"

#include "analyze/tool/program.h"
#include "analyze/tool/progress.h"

#include <stdio.h>

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
    if (!gsc_progress_is_due(line))
        return;
    write_forms(forms, p);
    gsc_progress_show(
        line, p->step - p->first_step, p->steps - p->first_step,
        (const char *const[]){forms[0], forms[1], forms[2], forms[3], NULL});
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
    if (*r->condition)
        gsc_program_say("stopped at step %lld: %s: %s", (long long)r->step,
                        end_names[r->end], r->condition);
    if (*config->run.measure && r->end != GSC_END_BEFORE)
        gsc_program_say("measuring took %.1f s, %.1f %% of the time",
                        r->measure_seconds, 100 * r->measure_seconds / all);
}

static const char *const columns[] = {"run",
                                      "step",
                                      "end",
                                      "train_loss",
                                      "train_accuracy",
                                      "test_loss",
                                      "test_accuracy",
                                      "memorized_step",
                                      "generalized_step",
                                      "train_seconds",
                                      "test_seconds",
                                      "save_seconds",
                                      "measure_seconds"};

int
gsc_training_output(const gsc_train_result *r, const char *folder, gsc_format format,
                    const char *program)
{
    int status = 0;
    gsc_output output;
    GSC_TRY(gsc_output_init(&output, format, program, columns,
                            sizeof columns / sizeof *columns));
    GSC_TRY(gsc_output_text(&output, folder));
    GSC_TRY(gsc_output_integer(&output, r->step));
    GSC_TRY(gsc_output_text(&output, end_names[r->end]));
    GSC_TRY(gsc_output_real(&output, r->row.train_loss));
    GSC_TRY(gsc_output_real(&output, r->row.train_accuracy));
    GSC_TRY(gsc_output_real(&output, r->row.test_loss));
    GSC_TRY(gsc_output_real(&output, r->row.test_accuracy));
    GSC_TRY(gsc_output_real(&output, r->memorized_step));
    GSC_TRY(gsc_output_real(&output, r->generalized_step));
    GSC_TRY(gsc_output_real(&output, r->train_seconds));
    GSC_TRY(gsc_output_real(&output, r->test_seconds));
    GSC_TRY(gsc_output_real(&output, r->save_seconds));
    GSC_TRY(gsc_output_real(&output, r->measure_seconds));
    GSC_TRY(gsc_output_write(&output, "", false));
out:
    gsc_output_free(&output);
    return status;
}
