/* The steps of a run.
 *
 * Row N of the history and file N hold the weights after N updates: the loop measures
 * and saves between the forward pass and the update that follows it. */
#include "grokscope/error.h"
#include "grokscope/run_folder.h"

#include "train/base/clock.h"
#include "train/run/schedule.h"
#include "train/run/training.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { RESUME_SECONDS = 60, INDEX_SECONDS = 30 };

/* Loss and gradient of the weights over the step's examples. Where these are all that
 * train, the row has its first numbers. */
static int
pull_gradient(gsc_training *t)
{
    int status = 0;
    double begin = gsc_seconds();
    size_t count;
    const uint32_t *examples = gsc_batches_at(&t->batches, t->step, &count);
    gsc_loss loss;
    gsc_batch batch = gsc_network_batch(&t->network, examples, count);
    GSC_TRY(
        gsc_engine_run(t->train_engine, t->threads, t->weights, &batch, NULL, &loss));
    t->batch_loss = loss.mean;
    t->row = (gsc_train_row){(double)t->step, (double)NAN, (double)NAN, NAN, NAN, NAN};
    if (gsc_batches_take_all(&t->batches)) {
        t->row.train_loss = loss.mean;
        t->row.train_accuracy = (double)loss.num_correct / (double)count;
    }
    t->result->train_seconds += gsc_seconds() - begin;
out:
    return status;
}

static double
sum_of_squares(const gsc_training *t)
{
    double sum = 0;
    for (size_t i = 0; i < t->optimizer.num_weights; i++) {
        double w = t->type == GSC_FLOAT32 ? (double)((const float *)t->weights)[i]
                                          : ((const double *)t->weights)[i];
        sum += w * w;
    }
    return sum;
}

/* Loss and accuracy over some examples; NaN over none. */
static int
evaluate(gsc_training *t, const uint32_t *examples, size_t count, double *loss,
         double *accuracy)
{
    int status = 0;
    gsc_loss result;
    gsc_batch batch = gsc_network_batch(&t->network, examples, count);
    GSC_TRY(
        gsc_engine_run(t->test_engine, t->threads, t->weights, &batch, NULL, &result));
    *loss = result.mean;
    *accuracy = count > 0 ? (double)result.num_correct / (double)count : (double)NAN;
out:
    return status;
}

/* Fill what the row still lacks. */
static int
complete_row(gsc_training *t)
{
    int status = 0;
    double begin = gsc_seconds();
    if (!isnan(t->row.sum_squared_weights))
        return 0; /* all is there */
    if (isnan(t->row.train_accuracy))
        GSC_TRY(evaluate(t, t->network.task.train, t->network.task.num_train,
                         &t->row.train_loss, &t->row.train_accuracy));
    GSC_TRY(
        evaluate(t, t->test, t->num_test, &t->row.test_loss, &t->row.test_accuracy));
    t->row.sum_squared_weights = sum_of_squares(t);
    t->result->test_seconds += gsc_seconds() - begin;
out:
    return status;
}

int
gsc_training_measure(gsc_training *t)
{
    double begin = gsc_seconds();
    int status = gsc_online_ask(&t->online, t->step, t->weights, t->threads);
    t->result->measure_seconds += gsc_seconds() - begin;
    return status;
}

/* Put the rows of this step that the history keeps in their place. */
static void
collect_rows(gsc_training *t, bool measured)
{
    t->rows[0] = (const double *)&t->row;
    for (size_t i = 0; i < t->online.count; i++)
        t->rows[1 + i] = measured ? t->online.rows[i] : NULL;
}

static void
note_stop(gsc_training *t, const gsc_condition *stop)
{
    t->end = strcmp(stop->option, "stop_test_loss") == 0       ? GSC_END_LOSS
             : strcmp(stop->option, "stop_test_accuracy") == 0 ? GSC_END_ACCURACY
                                                               : GSC_END_WHEN;
    snprintf(t->result->condition, sizeof t->result->condition, "%s", stop->text);
}

/* Measure what the history keeps of this step, and see what that sets off. */
static int
visit_rows(gsc_training *t, bool scheduled, gsc_triggered *set)
{
    int status = 0;
    const gsc_run_config *run = &t->network.config.run;
    bool measured =
        t->online.count > 0 &&
        (scheduled || (run->measure_every > 0 && t->step % run->measure_every == 0));
    *set = (gsc_triggered){.save = false};
    if (t->step % run->log_every != 0 && !scheduled && !measured)
        return 0;
    GSC_TRY(complete_row(t));
    if (measured)
        GSC_TRY(gsc_training_measure(t));
    collect_rows(t, measured);
    *set = gsc_triggers_follow(&t->triggers, t->rows);
    GSC_TRY(gsc_history_append(&t->history, t->rows));
    if (measured)
        gsc_online_keep(&t->online);
out:
    return status;
}

/* The name of the first parameter with a weight that is not finite, or NULL. */
static const char *
first_not_finite(const gsc_training *t)
{
    size_t count;
    const gsc_parameter *p = gsc_graph_parameters(t->network.model.graph, &count);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < gsc_shape_count(p[i].shape); j++) {
            size_t at = p[i].offset + j;
            double w = t->type == GSC_FLOAT32 ? (double)((const float *)t->weights)[at]
                                              : ((const double *)t->weights)[at];
            if (!isfinite(w))
                return p[i].name;
        }
    return NULL;
}

/* The loss of the weights at t->step is not finite: save those before the last update.
 * They and their row are still there. */
static int
stop_not_finite(gsc_training *t, double loss_before, const gsc_train_row *before)
{
    int status = 0;
    const char *name = first_not_finite(t);
    long long step = t->step;
    if (step == 0 || !before)
        return gsc_fail(GSC_ENUMERIC,
                        "the loss at step %lld, where this run began, is %g: nothing "
                        "finite to save",
                        step, t->batch_loss);
    double loss = t->batch_loss;
    void *weights = t->weights;
    t->weights = t->next;
    t->next = weights;
    t->step--;
    t->row = *before;
    GSC_TRY(complete_row(t));
    GSC_TRY(gsc_training_measure(t));
    GSC_TRY(gsc_training_save_step(t));
    status =
        gsc_fail(GSC_ENUMERIC,
                 "the train loss became %g at step %lld (%s%s; at step %lld it was "
                 "%g): the weights of step %lld are saved",
                 loss, step, name ? "first in " : "all weights are finite",
                 name ? name : "", step - 1, loss_before, step - 1);
out:
    return status;
}

static int
update_weights(gsc_training *t)
{
    double begin = gsc_seconds();
    gsc_optimizer_update(&t->optimizer, t->threads, t->step, t->weights,
                         gsc_engine_gradient(t->train_engine), t->next);
    void *former = t->weights;
    t->weights = t->next;
    t->next = former;
    t->step++;
    t->result->train_seconds += gsc_seconds() - begin;
    return 0;
}

static int
rewrite_index(gsc_training *t, double *last, bool at_once)
{
    if (!at_once && gsc_seconds() - *last < INDEX_SECONDS)
        return 0;
    double begin = gsc_seconds();
    int status = gsc_run_write_index(t->options->folder);
    *last = gsc_seconds();
    t->result->save_seconds += *last - begin;
    return status;
}

static void
report(const gsc_training *t, int64_t first_step, const gsc_train_row *row)
{
    gsc_train_progress progress = {t->step, t->network.config.run.steps, first_step,
                                   row};
    if (t->options->report)
        t->options->report(t->options->context, &progress);
}

/* A signal asked for a checkpoint of this step. */
static bool
is_asked_to_save(const gsc_training *t)
{
    volatile sig_atomic_t *save = t->options->save;
    bool asked = save && *save;
    if (asked)
        *save = 0;
    return asked;
}

/* Measure and save what is due at this step; *ended where it is the last. */
static int
visit_step(gsc_training *t, double *last_index, bool *ended)
{
    int status = 0;
    const gsc_run_config *run = &t->network.config.run;
    bool stopping = t->options->stop && *t->options->stop;
    bool asked = is_asked_to_save(t);
    bool last = t->step >= run->steps;
    bool scheduled = gsc_schedule_due(run->checkpoints, t->step);
    gsc_triggered set;
    GSC_TRY(visit_rows(t, scheduled, &set));
    if (set.stop)
        note_stop(t, set.stop);
    else if (last)
        t->end = GSC_END_STEPS;
    *ended = last || stopping || set.stop;
    if (scheduled || set.save || asked || *ended) {
        GSC_TRY(complete_row(t));
        GSC_TRY(gsc_training_measure(t));
        GSC_TRY(gsc_training_save(t));
        GSC_TRY(rewrite_index(t, last_index, *ended));
    } else if (gsc_seconds() - t->last_resume_time > RESUME_SECONDS) {
        GSC_TRY(gsc_training_save_resume(t));
    }
    if (*ended)
        t->result->end = last || set.stop ? (gsc_train_end)(int)t->end : GSC_END_SIGNAL;
out:
    return status;
}

int
gsc_training_loop(gsc_training *t)
{
    int status = 0;
    int64_t first_step = t->step;
    double last_index = gsc_seconds(), loss_before = 0;
    gsc_train_row before = {.step = -1}, measured = {.step = -1};
    t->last_resume_time = gsc_seconds();
    for (bool ended = false; !ended;) {
        GSC_TRY(pull_gradient(t));
        if (!isfinite(t->batch_loss)) {
            status = stop_not_finite(t, loss_before, before.step >= 0 ? &before : NULL);
            goto out;
        }
        GSC_TRY(visit_step(t, &last_index, &ended));
        if (!isnan(t->row.sum_squared_weights))
            measured = t->row;
        report(t, first_step, &measured);
        before = t->row;
        loss_before = t->batch_loss;
        if (!ended)
            GSC_TRY(update_weights(t));
    }
    t->result->step = t->step;
    t->result->row = t->row;
out:
    return status;
}
