/* The runs of a report: which checkpoints are shown, and what measures say of them. */
#include "analyze/report/report_run.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "analyze/method/subsample_steps.h"
#include "train/base/message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Its checkpoints ---- */

/* The last part of a path, "." and "/" aside. */
static void
name_run(gsc_report_run *run)
{
    size_t end = strlen(run->word);
    while (end > 1 && run->word[end - 1] == '/')
        end--;
    size_t begin = end;
    while (begin > 0 && run->word[begin - 1] != '/')
        begin--;
    snprintf(run->name, sizeof run->name, "%.*s", (int)(end - begin),
             run->word + begin);
}

/* The step of each input; of a lone file the one that it holds. */
static int
read_steps(gsc_report_run *run)
{
    int status = 0;
    gsc_checkpoint lone = {.step = 0};
    GSC_NEW(run->steps, run->inputs.count);
    for (size_t i = 0; i < run->inputs.count; i++) {
        const char *path = run->inputs.items[i].path;
        if (gsc_run_is_step_file(path, &run->steps[i]))
            continue;
        GSC_TRY(gsc_checkpoint_read(&lone, path, 0));
        run->steps[i] = lone.step;
        gsc_checkpoint_free(&lone);
    }
out:
    gsc_checkpoint_free(&lone);
    return status;
}

/* Leave those that are shown. */
static int
thin(gsc_report_run *run, size_t most)
{
    int status = 0;
    size_t *chosen = NULL;
    run->num_all = run->inputs.count;
    GSC_NEW(chosen, run->num_all);
    size_t count = gsc_subsample_steps(run->steps, run->num_all, most, chosen);
    for (size_t i = 0; i < count; i++) {
        run->inputs.items[i] = run->inputs.items[chosen[i]];
        run->steps[i] = run->steps[chosen[i]];
    }
    run->inputs.count = count;
out:
    free(chosen);
    return status;
}

/* Whether its task is of residues, in an order in which frequencies mean something. */
static int
find_residues(gsc_report_run *run)
{
    int status = 0;
    uint16_t *residues = NULL;
    const gsc_binary_table *pairs = &run->last.pairs;
    if (pairs->n == 0 || pairs->of_group)
        return 0;
    run->order = pairs->order;
    GSC_NEW(residues, pairs->n);
    GSC_TRY(gsc_residue_order_list(run->order, pairs->n, residues, &run->n));
    run->has_residues = true;
out:
    free(residues);
    return status;
}

int
gsc_report_run_open(gsc_report_run *run, const char *word, gsc_report_role role,
                    const gsc_report_options *options, gsc_notes *notes)
{
    int status = 0;
    *run = (gsc_report_run){.role = role, .word = word};
    name_run(run);
    GSC_TRY(gsc_inputs_init(&run->inputs, &word, 1, "all"));
    run->inputs.loading = options->loading;
    GSC_TRY(read_steps(run));
    GSC_TRY(thin(run, options->most_steps));
    const char *last = run->inputs.items[run->inputs.count - 1].path;
    run->begins = run->steps[0] == 0 && run->num_all > 1;
    GSC_TRY(gsc_run_read_history(&run->log, last));
    GSC_TRY(gsc_inputs_open(&run->inputs, run->inputs.count - 1, &run->last));
    GSC_TRY(find_residues(run));
    if (!run->last.model.graph)
        GSC_TRY(gsc_notes_add(notes,
                              "%s: tensors without a network; only their norms "
                              "are shown.",
                              run->name));
    if (run->inputs.count < run->num_all)
        GSC_TRY(gsc_notes_add(notes, "%s: %zu of %zu checkpoints are shown.", run->name,
                              run->inputs.count, run->num_all));
out:
    return status;
}

static void
free_embedding(gsc_report_embedding *e)
{
    free(e->power);
    free(e->fraction);
    free(e->frequencies);
    free(e->points);
    *e = (gsc_report_embedding){.count = 0};
}

static void
free_pair_maps(gsc_report_pair_maps *p)
{
    free(p->at);
    free(p->neurons);
    free(p->alike);
    free(p->profiles);
    free(p->norm);
    free(p->mean);
    free(p->coefficients);
    free(p->share);
    free(p->answers);
    free(p->attention_at);
    free(p->attention);
}

void
gsc_report_run_close(gsc_report_run *run)
{
    for (size_t i = 0; run->circles && i < run->inputs.count; i++)
        gsc_circles_free(&run->circles[i]);
    free(run->circles);
    for (size_t i = 0; i < run->num_measures; i++) {
        gsc_measured_runs_free(&run->measures[i].measured);
        free(run->measures[i].options);
    }
    gsc_measure_release(&gsc_measure_clockpizza, run->circling.state);
    gsc_lazy_checkpoint_close(&run->circling.run_context.first);
    gsc_lazy_checkpoint_close(&run->circling.run_context.last);
    free(run->circling.options);
    if (run->has_irreps)
        gsc_measured_runs_free(&run->irreps);
    free_embedding(&run->embedding);
    free_pair_maps(&run->pair_maps);
    gsc_report_free_answers(&run->answers);
    free(run->weights.at);
    free(run->weights.values);
    free(run->experts.load);
    gsc_report_free_images(&run->images);
    gsc_report_free_tokens(&run->tokens);
    gsc_report_free_neurons(&run->neuron_maps);
    free(run->bits.norm);
    gsc_loaded_model_close(&run->last);
    gsc_checkpoint_free(&run->log);
    gsc_inputs_free(&run->inputs);
    free(run->steps);
    *run = (gsc_report_run){.word = NULL};
}

/* ---- Measures ---- */

/* In the order in which they are shown. */
static const gsc_measure *const measures[GSC_REPORT_MEASURES] = {
    &gsc_measure_progress, &gsc_measure_clockpizza, &gsc_measure_fourier,
    &gsc_measure_rqi,      &gsc_measure_norms,      &gsc_measure_groups};

/* Of frequencies where there are residues, of representations where a group is
 * composed: what the other says there is true and of no interest, or refused. */
static bool
is_asked(const gsc_report_run *run, const gsc_measure *measure)
{
    bool of_frequencies = measure == &gsc_measure_progress ||
                          measure == &gsc_measure_clockpizza ||
                          measure == &gsc_measure_fourier;
    if (!gsc_measure_admits(measure, &run->last))
        return false;
    if (!run->last.model.graph)
        return true;
    return run->has_residues ? measure != &gsc_measure_groups : !of_frequencies;
}

bool
gsc_is_refusal(int status)
{
    return status == GSC_EARGUMENT || status == GSC_EFORMAT || status == GSC_ENUMERIC;
}

int
gsc_note_refusal(const gsc_report_run *run, const char *what, gsc_notes *notes)
{
    const char *reason = gsc_error_text();
    for (size_t i = 0; i < run->inputs.count; i++) {
        const char *after = gsc_message_after(reason, run->inputs.items[i].path);
        if (after) {
            reason = after;
            break;
        }
    }
    return gsc_notes_add(notes, "%s: no %s: %s.", run->name, what, reason);
}

bool
gsc_report_has_residues(const gsc_report_run *run)
{
    return run->has_residues;
}

/* In the order in which refusals are noted. */
static const gsc_report_drawing *const drawings[] = {
    &gsc_report_right,         &gsc_report_embedding_weights,
    &gsc_report_expert_load,   &gsc_report_bit_norms,
    &gsc_report_spectrum,      &gsc_report_circles,
    &gsc_report_maps,          &gsc_report_attention,
    &gsc_report_image_classes, &gsc_report_token_losses,
    &gsc_report_neurons};
enum { DRAWINGS = sizeof drawings / sizeof *drawings };

static bool
is_drawn(const gsc_report_run *run, const gsc_report_drawing *drawing)
{
    return run->role != GSC_ROLE_SEED && drawing->is_there(run);
}

/* The network is run as it is and shuffled, and once more without each circle. */
static size_t
weight_of(const gsc_report_run *run)
{
    enum { OWN = 2, CIRCLES = 6 };
    return OWN + (is_drawn(run, &gsc_report_circles) ? CIRCLES : 0);
}

size_t
gsc_report_run_work(const gsc_report_run *run)
{
    return weight_of(run) * run->inputs.count;
}

/* One drawing over the steps of a run. */
typedef struct drawn {
    gsc_report_run *run;
    const gsc_report_drawing *drawing;
} drawn;

/* What is asked of each checkpoint while it is open. */
typedef struct asked {
    size_t count, num_visits;
    gsc_measured_runs_options of[GSC_REPORT_MEASURES + 1];
    void *options[GSC_REPORT_MEASURES + 1]; /* of each, until the run takes them */
    gsc_measured_runs measured[GSC_REPORT_MEASURES + 1];
    drawn drawn[DRAWINGS];
    gsc_visit visits[DRAWINGS];
    gsc_outcome outcomes[GSC_REPORT_MEASURES + 1 + DRAWINGS];
} asked;

static int
add_question(asked *a, gsc_report_run *run, const gsc_measure *measure, size_t table,
             gsc_work_shown *work)
{
    gsc_measured_runs_options *o = &a->of[a->count];
    void **options = &a->options[a->count];
    int status = gsc_measure_new_options(measure, options);
    if (status < 0)
        return status;
    *o = (gsc_measured_runs_options){.measure = measure,
                                     .options = *options,
                                     .table = table,
                                     .threads = work->options->threads,
                                     .show = gsc_work_show,
                                     .context = work};
    a->count++;
    o->controls[GSC_CONTROL_INIT] = table == 0 && run->begins;
    o->controls[GSC_CONTROL_SHUFFLED] = table == 0;
    return 0;
}

/* An answer becomes the run's; a refusal a note. */
static int
take_answer(gsc_report_run *run, asked *a, size_t i, gsc_notes *notes)
{
    const gsc_measured_runs_options *o = &a->of[i];
    int status = gsc_outcome_fail(&a->outcomes[i]);
    if (gsc_is_refusal(status))
        return gsc_note_refusal(
            run, o->table > 0 ? "representations" : o->measure->name, notes);
    if (status < 0)
        return status;
    if (o->table > 0) {
        run->irreps = a->measured[i];
        run->has_irreps = true;
    } else {
        gsc_report_measure *m = &run->measures[run->num_measures++];
        m->measure = o->measure;
        m->options = a->options[i];
        memcpy(m->controls, o->controls, sizeof m->controls);
        m->measured = a->measured[i];
        a->options[i] = NULL;
    }
    a->measured[i] = (gsc_measured_runs){.names = NULL};
    return 0;
}

static int
add_questions(asked *a, gsc_report_run *run, gsc_work_shown *work)
{
    int status = 0;
    for (size_t i = 0; i < GSC_REPORT_MEASURES; i++)
        if (is_asked(run, measures[i]))
            GSC_TRY(add_question(a, run, measures[i], 0, work));
    if (is_asked(run, &gsc_measure_groups))
        GSC_TRY(add_question(a, run, &gsc_measure_groups, 1, work));
out:
    return status;
}

/* ---- Drawings ---- */

static int
draw(void *context, size_t item, const gsc_loaded_model *loaded, gsc_threads *threads)
{
    const drawn *d = context;
    return d->drawing->draw(d->run, item, loaded, threads);
}

/* Where the measure that it is of was refused, it is for the same reason. */
static bool
is_noted(const gsc_report_run *run, const gsc_report_drawing *drawing)
{
    bool answered = !drawing->measure;
    for (size_t i = 0; i < run->num_measures; i++)
        answered |= run->measures[i].measure == drawing->measure;
    return answered;
}

/* A drawing that was refused is left out. */
static int
settle(gsc_report_run *run, const gsc_report_drawing *drawing, int status,
       gsc_notes *notes)
{
    if (status < 0 && drawing->drop)
        drawing->drop(run);
    if (!gsc_is_refusal(status))
        return status;
    return is_noted(run, drawing) ? gsc_note_refusal(run, drawing->what, notes) : 0;
}

static int
begin_drawings(asked *a, gsc_report_run *run, gsc_threads *threads, gsc_notes *notes)
{
    int status = 0;
    for (size_t i = 0; i < DRAWINGS; i++) {
        if (!is_drawn(run, drawings[i]))
            continue;
        int begun = drawings[i]->begin(run, threads);
        GSC_TRY(settle(run, drawings[i], begun, notes));
        if (begun < 0)
            continue;
        a->drawn[a->num_visits] = (drawn){run, drawings[i]};
        a->visits[a->num_visits] = (gsc_visit){draw, &a->drawn[a->num_visits]};
        a->num_visits++;
    }
out:
    return status;
}

static int
end_drawings(asked *a, gsc_report_run *run, gsc_threads *threads, gsc_notes *notes)
{
    int status = 0;
    for (size_t i = 0; i < a->num_visits; i++) {
        const gsc_report_drawing *drawing = a->drawn[i].drawing;
        int drew = gsc_outcome_fail(&a->outcomes[a->count + i]);
        if (drew == 0 && drawing->end)
            drew = drawing->end(run, threads);
        GSC_TRY(settle(run, drawing, drew, notes));
    }
out:
    return status;
}

/* ---- All ---- */

int
gsc_report_run_gather(gsc_report_run *run, gsc_work_shown *work, gsc_notes *notes)
{
    int status = 0;
    asked a = {.count = 0};
    gsc_threads *threads = work->options->threads;
    work->weight = weight_of(run);
    GSC_TRY(add_questions(&a, run, work));
    GSC_TRY(begin_drawings(&a, run, threads, notes));
    const gsc_survey survey = {a.of, a.count, a.visits, a.num_visits};
    if (a.count > 0)
        GSC_TRY(
            gsc_measured_runs_survey(a.measured, &run->inputs, &survey, a.outcomes));
    work->done += work->weight * run->inputs.count;
    if (a.count > 0 && a.outcomes[0].unread) /* a damaged file is no refusal */
        GSC_TRY(gsc_outcome_fail(&a.outcomes[0]));
    for (size_t i = 0; i < a.count; i++)
        GSC_TRY(take_answer(run, &a, i, notes));
    GSC_TRY(end_drawings(&a, run, threads, notes));
out:
    for (size_t i = 0; i < a.count; i++) {
        free(a.options[i]);
        gsc_measured_runs_free(&a.measured[i]);
    }
    for (size_t i = 0; i < a.count + a.num_visits; i++)
        gsc_outcome_free(&a.outcomes[i]);
    return status;
}
