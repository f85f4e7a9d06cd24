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

/* ---- The row of a step ---- */

static void
clear_row(gsc_training *t)
{
    t->row[0] = (double)t->step;
    for (size_t i = 1; i < t->row_columns; i++)
        t->row[i] = (double)NAN;
}

/* Loss and accuracy of an output on a set of examples, from the results of an engine's
 * roots. */
static void
put_result(gsc_training *t, size_t set, size_t output, const gsc_batch *batch)
{
    const gsc_network *n = &t->network;
    double *cell = t->row + gsc_loss_column(&n->dataset, set, output);
    gsc_output_score score = gsc_network_score(n, output, batch, t->results);
    cell[0] = score.loss;
    cell[1] = gsc_network_accuracy(&score);
}

/* The same of the examples of each group: NaN of one that none of the batch is in. */
static void
put_groups(gsc_training *t, size_t set, size_t output, const gsc_batch *batch)
{
    const gsc_network *n = &t->network;
    const char *group = n->dataset.targets[output].group;
    if (!*group)
        return;
    const gsc_field *field = gsc_field_find(batch->fields, batch->num_fields, group);
    size_t width = field->num_values, count = batch->num_examples;
    double *loss = t->row + gsc_loss_group_column(&n->dataset, set, output);
    double *accuracy = loss + width;
    const double *losses = t->losses + n->loss_roots[output] * count;
    const uint8_t *right = t->right + n->metric_roots[output] * count;
    memset(loss, 0, 2 * width * sizeof *loss);
    memset(t->group_sizes, 0, width * sizeof *t->group_sizes);
    for (size_t i = 0; i < count; i++) {
        size_t example = batch->examples ? batch->examples[i] : i;
        size_t g = (size_t)gsc_field_element(field, example, 0);
        loss[g] += losses[i];
        accuracy[g] += right[i];
        t->group_sizes[g]++;
    }
    for (size_t g = 0; g < width; g++) {
        double size = (double)t->group_sizes[g];
        loss[g] = size > 0 ? loss[g] / size : (double)NAN;
        accuracy[g] = size > 0 ? accuracy[g] / size : (double)NAN;
    }
}

/* Whether what a step computed of `weights` is what the row of this step says: they are
 * not perturbed, nothing is random, the examples are all that train, and every output
 * is minimised. */
static bool
serves_the_row(const gsc_training *t, const void *weights)
{
    return gsc_sampler_takes_all(&t->sampler) && weights == t->weights &&
           t->network.num_trained == t->network.num_roots &&
           !gsc_graph_is_random(t->network.model.graph) && !t->losses;
}

/* Loss and gradient over the step's examples, of the weights as the optimizer perturbs
 * them. Where they serve, the row has its first numbers. */
static int
pull_gradient(gsc_training *t)
{
    int status = 0;
    double begin = gsc_seconds();
    gsc_batch batch = gsc_sampler_at(&t->sampler, t->step);
    const void *weights =
        gsc_optimizer_perturb(&t->optimizer, t->threads, t->step, t->weights);
    GSC_TRY(
        gsc_engine_run(t->train_engine, t->threads, weights, &batch, NULL, t->results));
    t->batch_loss = gsc_engine_total(t->train_engine);
    clear_row(t);
    if (serves_the_row(t, weights))
        for (size_t o = 0; o < t->network.model.num_outputs; o++)
            put_result(t, 0, o, &batch);
    t->result->train_seconds += gsc_seconds() - begin;
out:
    return status;
}

static double
sum_of_squares(const gsc_training *t)
{
    double sum = 0;
    for (size_t i = 0; i < t->optimizer.num_weights; i++) {
        double w = gsc_element(t->type, t->weights, i);
        sum += w * w;
    }
    return sum;
}

/* Losses and accuracies over a set of examples: of a stream the step's batch, or a
 * split. */
static int
evaluate(gsc_training *t, size_t set)
{
    int status = 0;
    const gsc_split *split = gsc_loss_split(&t->network.dataset, set);
    gsc_batch batch;
    if (split)
        batch = gsc_network_batch(
            &t->network, t->orders[split - t->network.dataset.splits], split->count);
    else
        batch = gsc_sampler_at(&t->sampler, t->step);
    batch.training = false;
    batch.losses = t->losses;
    batch.right = t->right;
    GSC_TRY(gsc_engine_run(t->test_engine, t->threads, t->weights, &batch, NULL,
                           t->results));
    for (size_t o = 0; o < t->network.model.num_outputs; o++) {
        put_result(t, set, o, &batch);
        put_groups(t, set, o, &batch);
    }
out:
    return status;
}

static bool
is_due(const gsc_training *t, size_t set)
{
    const gsc_split *split = gsc_loss_split(&t->network.dataset, set);
    return !split ||
           gsc_evaluation_due(&t->evaluation,
                              (size_t)(split - t->network.dataset.splits), t->step);
}

/* Fill what the row still lacks: all of it, or what is due at this step. */
static int
complete_row(gsc_training *t, bool all)
{
    int status = 0;
    double begin = gsc_seconds(), *sum = &t->row[t->sum_column];
    const gsc_dataset *dataset = &t->network.dataset;
    for (size_t set = 0; set < gsc_loss_num_sets(dataset); set++)
        if (isnan(t->row[gsc_loss_column(dataset, set, 0)]) && (all || is_due(t, set)))
            GSC_TRY(evaluate(t, set));
    if (isnan(*sum))
        *sum = sum_of_squares(t);
    t->result->test_seconds += gsc_seconds() - begin;
out:
    return status;
}

gsc_train_row
gsc_training_summary(const gsc_training *t, const double *row)
{
    const gsc_table *table = &t->history.tables[0];
    const char *const names[] = {"train_loss",    "train_accuracy", "test_loss",
                                 "test_accuracy", "batch_loss",     "batch_accuracy"};
    double cells[6];
    for (size_t i = 0; i < 6; i++) {
        size_t column = gsc_table_column(table, names[i]);
        cells[i] = column == SIZE_MAX ? (double)NAN : row[column];
    }
    bool endless = t->network.dataset.stream.endless;
    return (gsc_train_row){.step = row[0],
                           .train_loss = cells[endless ? 4 : 0],
                           .train_accuracy = cells[endless ? 5 : 1],
                           .test_loss = cells[2],
                           .test_accuracy = cells[3],
                           .sum_squared_weights = row[t->sum_column]};
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
    t->rows[0] = t->row;
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

/* Measure what the history keeps of this step, and see what that sets off. Signals and
 * the number of steps leave no trace in it. */
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
    GSC_TRY(complete_row(t, scheduled));
    if (measured)
        GSC_TRY(gsc_training_measure(t));
    collect_rows(t, measured);
    *set = gsc_triggers_follow(&t->triggers, t->rows);
    if (set->save || set->stop)
        GSC_TRY(complete_row(t, true));
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
 * They are still there, and so is their row where there was a step before. */
static int
stop_not_finite(gsc_training *t, double loss_before, bool has_before)
{
    int status = 0;
    const char *name = first_not_finite(t);
    long long step = t->step;
    if (step == 0 || !has_before)
        return gsc_fail(GSC_ENUMERIC,
                        "the loss at step %lld, where this run began, is %g: nothing "
                        "finite to save",
                        step, t->batch_loss);
    double loss = t->batch_loss;
    void *weights = t->weights;
    t->weights = t->next;
    t->next = weights;
    t->step--;
    memcpy(t->row, t->former_row, t->row_columns * sizeof *t->row);
    GSC_TRY(complete_row(t, true));
    GSC_TRY(gsc_training_measure(t));
    GSC_TRY(gsc_training_save_step(t, false)); /* the state is of the weights after */
    GSC_TRY(gsc_run_write_index(t->options->folder, t->history.tables,
                                t->history.num_tables));
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
    int status = gsc_run_write_index(t->options->folder, t->history.tables,
                                     t->history.num_tables);
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

/* A signal asked for a checkpoint of this step, or it is where a fork begins. */
static bool
is_asked_to_save(gsc_training *t)
{
    volatile sig_atomic_t *save = t->options->save;
    bool signalled = save && *save, first = t->saves_first;
    if (signalled)
        *save = 0;
    t->saves_first = false;
    return signalled || first;
}

/* Measure and save what is due at this step; *ended where it is the last. */
static int
visit_step(gsc_training *t, double *last_index, bool *ended)
{
    int status = 0;
    const gsc_run_config *run = &t->network.config.run;
    bool stopping = t->options->stop && *t->options->stop;
    bool asked = is_asked_to_save(t) || gsc_training_keeps_state(t);
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
        GSC_TRY(complete_row(t, true));
        GSC_TRY(gsc_training_measure(t));
        GSC_TRY(gsc_training_save(t, asked || *ended));
        if (scheduled)
            t->saved_before = t->step;
        GSC_TRY(rewrite_index(t, last_index, *ended));
    } else if (gsc_seconds() - t->last_resume_time > RESUME_SECONDS) {
        GSC_TRY(gsc_training_save_resume(t));
    }
    if (*ended)
        t->result->end = last || set.stop ? (gsc_train_end)(int)t->end : GSC_END_SIGNAL;
out:
    return status;
}

/* What was not evaluated now stays what it was. */
static void
update_summary(const gsc_training *t, gsc_train_row *summary)
{
    gsc_train_row now = gsc_training_summary(t, t->row);
    if (isnan(now.train_loss)) {
        now.train_loss = summary->train_loss;
        now.train_accuracy = summary->train_accuracy;
    }
    if (isnan(now.test_loss)) {
        now.test_loss = summary->test_loss;
        now.test_accuracy = summary->test_accuracy;
    }
    *summary = now;
}

int
gsc_training_loop(gsc_training *t)
{
    int status = 0;
    int64_t first_step = t->step;
    double last_index = gsc_seconds(), loss_before = 0;
    bool has_before = false;
    gsc_train_row measured = {-1, NAN, NAN, NAN, NAN, NAN};
    t->last_resume_time = gsc_seconds();
    for (bool ended = false; !ended;) {
        GSC_TRY(pull_gradient(t));
        if (!isfinite(t->batch_loss)) {
            status = stop_not_finite(t, loss_before, has_before);
            goto out;
        }
        GSC_TRY(visit_step(t, &last_index, &ended));
        if (!isnan(t->row[t->sum_column]))
            update_summary(t, &measured);
        report(t, first_step, &measured);
        memcpy(t->former_row, t->row, t->row_columns * sizeof *t->row);
        has_before = true;
        loss_before = t->batch_loss;
        if (!ended)
            GSC_TRY(update_weights(t));
    }
    t->result->step = t->step;
    t->result->row = gsc_training_summary(t, t->row);
out:
    return status;
}
