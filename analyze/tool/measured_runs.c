/* Measures asked of many checkpoints, each of which is read once. */
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "analyze/tool/jobs.h"
#include "analyze/tool/measured_inside.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- Runs ---- */

/* A file that the step files beside it belong with. */
static bool
is_step_file(const gsc_input *input)
{
    int64_t step;
    return gsc_run_is_step_file(input->path, &step);
}

/* A file that is no step file of a folder is a run of its own. */
static int
find_ends(gsc_asked_run *r, const gsc_input *input, const gsc_loading *loading)
{
    int status = 0;
    int64_t *steps = NULL;
    size_t num_steps = 0;
    memcpy(r->first, input->path, sizeof r->first);
    memcpy(r->last, input->path, sizeof r->last);
    r->run_context = (gsc_run_context){.first = {.name = r->first, .loading = *loading},
                                       .last = {.name = r->last, .loading = *loading},
                                       .alone = !is_step_file(input)};
    if (r->run_context.alone)
        return 0;
    GSC_TRY(gsc_run_steps(input->run, &steps, &num_steps));
    if (num_steps > 0) {
        GSC_TRY(gsc_run_step_path(input->run, steps[0], r->first));
        GSC_TRY(gsc_run_step_path(input->run, steps[num_steps - 1], r->last));
    }
out:
    free(steps);
    return status;
}

static bool
continues(const gsc_input *items, size_t i)
{
    return i > 0 && strcmp(items[i].run, items[i - 1].run) == 0 &&
           is_step_file(&items[i]) && is_step_file(&items[i - 1]);
}

/* A run is large, as it has room for two checkpoints: there are as many as it takes. */
static int
find_runs(gsc_asking *a)
{
    int status = 0;
    size_t most = 0;
    const gsc_input *items = a->inputs->items;
    for (size_t i = 0; i < a->inputs->count; i++)
        most += !continues(items, i);
    GSC_NEW(a->items, a->inputs->count);
    GSC_NEW(a->runs, most);
    for (size_t i = 0; i < a->inputs->count; i++) {
        bool goes_on = continues(items, i);
        if (!goes_on) {
            gsc_asked_run *r = &a->runs[a->num_runs++];
            r->begin = i;
            GSC_TRY(find_ends(r, &items[i], &a->inputs->loading));
        }
        a->runs[a->num_runs - 1].end = i + 1;
        a->items[i] = (gsc_asked_input){.input = &items[i],
                                        .run = &a->runs[a->num_runs - 1],
                                        .before = goes_on ? items[i - 1].path : NULL};
    }
out:
    return status;
}

/* ---- Failures ---- */

static size_t
num_failures(const gsc_asking *a)
{
    return a->survey->count + a->survey->num_visits;
}

/* Keep the first one of question or visit i, in the order of the inputs. */
static void
note_failure(gsc_asking *a, size_t i, size_t item, int status, bool unread)
{
    gsc_failure *f = &a->failures[i];
    if (status >= 0)
        return;
    pthread_mutex_lock(&a->mutex);
    if (item < f->first) {
        free(f->outcome.message);
        f->first = item;
        f->outcome.status = status;
        f->outcome.unread = unread;
        f->outcome.message = gsc_copy_text(gsc_error_text());
    }
    pthread_mutex_unlock(&a->mutex);
}

static bool
has_failed(gsc_asking *a, size_t i, size_t item)
{
    pthread_mutex_lock(&a->mutex);
    bool failed = a->failures[i].first <= item;
    pthread_mutex_unlock(&a->mutex);
    return failed;
}

static bool
have_all_failed(gsc_asking *a, size_t item)
{
    for (size_t i = 0; i < num_failures(a); i++)
        if (!has_failed(a, i, item))
            return false;
    return true;
}

/* ---- Questions ---- */

static int
prepare(gsc_question *q, gsc_asking *a, const gsc_measured_runs_options *asked,
        gsc_measured_runs *measured)
{
    int status = 0;
    const gsc_measure *m = asked->measure;
    q->asked = asked;
    q->table = &m->tables[asked->table];
    GSC_NEW(q->states, a->num_runs);
    GSC_NEW(q->answers, a->inputs->count);
    GSC_TRY(gsc_measured_runs_make_columns(measured, a, q));
    if (asked->answer)
        GSC_TRY(gsc_answer_check_columns(asked->answer, measured->columns,
                                         measured->rows.num_columns));
    for (size_t i = 0; i < a->num_runs; i++) {
        gsc_run_context *run_context = &a->runs[i].run_context;
        GSC_TRY(gsc_measure_prepare(m, asked->table, asked->options, run_context,
                                    &q->states[i]));
        gsc_loaded_model_forget(&run_context->first.read); /* there may be many runs */
        gsc_loaded_model_forget(&run_context->last.read);
    }
out:
    return status;
}

/* Those that cannot be prepared have failed before the first input. */
static int
prepare_all(gsc_asking *a, gsc_measured_runs *measured)
{
    int status = 0;
    GSC_NEW(a->questions, a->survey->count);
    GSC_NEW(a->failures, num_failures(a));
    for (size_t i = 0; i < num_failures(a); i++)
        a->failures[i].first = SIZE_MAX;
    for (size_t i = 0; i < a->survey->count; i++)
        note_failure(a, i, 0,
                     prepare(&a->questions[i], a, &a->survey->asked[i], &measured[i]),
                     false);
out:
    return status;
}

static void
free_question(const gsc_asking *a, gsc_question *q)
{
    for (size_t i = 0; q->answers && i < a->inputs->count; i++)
        for (size_t k = 0; k < GSC_NUM_ANSWERS; k++)
            gsc_rows_free(&q->answers[i][k]);
    for (size_t i = 0; q->states && i < a->num_runs; i++)
        gsc_measure_release(q->asked->measure, q->states[i]);
    free(q->answers);
    free(q->states);
}

/* ---- One checkpoint ---- */

/* Whether a control says the same in all of a run, whose first checkpoint is then asked
 * for them all: the run's step 0 is one network. */
static bool
is_shared(const gsc_question *q, size_t control)
{
    return control == GSC_CONTROL_INIT && !q->asked->measure->looks_back;
}

size_t
gsc_asked_for(const gsc_asking *a, const gsc_question *q, size_t item, size_t control)
{
    return is_shared(q, control) ? a->items[item].run->begin : item;
}

/* One answer, of the weights that the loaded model has now. */
static int
fill(const gsc_question *q, const gsc_measure_request *request, gsc_rows *rows)
{
    gsc_rows_init(rows, q->table->columns, q->table->num_columns);
    return gsc_measure_fill(q->asked->measure, q->asked->table, request, rows);
}

/* A checkpoint that is open: all questions are asked of it in turn. */
typedef struct opened {
    size_t item;
    gsc_loaded_model loaded, former; /* the latter of the input before, or empty */
    gsc_lazy_checkpoint before;
    double *own; /* its weights, where controls take their place */
    gsc_threads *threads;
} opened;

/* Ask question i of the weights that the network has now. */
static void
ask_question(gsc_asking *a, size_t i, opened *o, size_t answer)
{
    const gsc_question *q = &a->questions[i];
    const gsc_asked_run *run = a->items[o->item].run;
    gsc_measure_request request = {.loaded = &o->loaded,
                                   .name = a->items[o->item].input->path,
                                   .run_context = &run->run_context,
                                   .before = o->before.name ? &o->before : NULL,
                                   .options = q->asked->options,
                                   .state = q->states[run - a->runs],
                                   .threads = o->threads};
    note_failure(a, i, o->item, fill(q, &request, &q->answers[o->item][answer]), false);
}

static bool
asks_for(gsc_asking *a, size_t i, const opened *o, size_t control)
{
    const gsc_question *q = &a->questions[i];
    return !has_failed(a, i, o->item) && q->asked->controls[control] &&
           gsc_asked_for(a, q, o->item, control) == o->item;
}

/* All that ask for a control, of its weights. */
static int
ask_control(gsc_asking *a, opened *o, size_t control)
{
    int status = 0;
    bool asked = false;
    size_t bytes = o->loaded.num_weights * sizeof *o->own;
    for (size_t i = 0; i < a->survey->count; i++)
        asked = asked || asks_for(a, i, o, control);
    if (!asked)
        return 0;
    if (!o->own)
        GSC_NEW(o->own, o->loaded.num_weights);
    memcpy(o->own, o->loaded.weights, bytes);
    int failed = gsc_loaded_model_control(&o->loaded, (gsc_control)control,
                                          a->items[o->item].run->first);
    for (size_t i = 0; i < a->survey->count; i++)
        if (failed < 0 && asks_for(a, i, o, control))
            note_failure(a, i, o->item, failed, false);
        else if (asks_for(a, i, o, control))
            ask_question(a, i, o, 1 + control);
    memcpy(o->loaded.weights, o->own, bytes);
out:
    return status;
}

/* What is asked of the same weights stands together, as it shares what the network
 * answers. */
static int
ask_all_questions(gsc_asking *a, opened *o)
{
    int status = 0;
    const gsc_survey *survey = a->survey;
    for (size_t i = 0; i < survey->count; i++)
        if (!has_failed(a, i, o->item))
            ask_question(a, i, o, GSC_OWN_ANSWER);
    for (size_t i = 0; i < survey->num_visits; i++) {
        const gsc_visit *visit = &survey->visits[i];
        if (!has_failed(a, survey->count + i, o->item))
            note_failure(a, survey->count + i, o->item,
                         visit->visit(visit->context, o->item, &o->loaded, o->threads),
                         false);
    }
    for (size_t k = 0; k < GSC_NUM_CONTROLS; k++)
        GSC_TRY(ask_control(a, o, k));
out:
    return status;
}

/* A checkpoint that cannot be read fails all. */
static void
ask_item(gsc_asking *a, opened *o)
{
    int status = gsc_inputs_open(a->inputs, o->item, &o->loaded);
    o->before = (gsc_lazy_checkpoint){.name = a->items[o->item].before,
                                      .loading = a->inputs->loading,
                                      .loaded = o->former.weights ? &o->former : NULL};
    a->items[o->item].step = o->loaded.checkpoint.step;
    bool unread = status < 0;
    if (!unread)
        status = ask_all_questions(a, o);
    for (size_t i = 0; i < num_failures(a); i++)
        note_failure(a, i, o->item, status, unread);
    gsc_lazy_checkpoint_close(&o->before);
    gsc_loaded_model_close(&o->former);
    free(o->own);
    gsc_loaded_model_forget(&o->loaded);
    *o = (opened){.former = o->loaded, .threads = o->threads};
}

/* Inputs that follow each other are asked by one thread, so that what looks back has
 * the one before at hand. */
static int
ask(void *context, size_t block, gsc_threads *threads)
{
    gsc_asking *a = context;
    opened o = {.own = NULL, .threads = threads};
    size_t begin = block * a->block, end = begin + a->block;
    for (size_t i = begin; i < end && i < a->inputs->count; i++) {
        o.item = i;
        if (!have_all_failed(a, i))
            ask_item(a, &o);
    }
    gsc_loaded_model_close(&o.former);
    return 0;
}

static void
show(void *context, const char *what, size_t done, size_t total)
{
    const gsc_asking *a = context;
    const gsc_measured_runs_options *how = a->survey->asked;
    (void)what, (void)total;
    size_t count = a->inputs->count, inputs = done * a->block;
    if (how->show)
        how->show(how->context, inputs < count ? inputs : count, count);
}

/* Blocks of several inputs only where something looks back, and enough of them for the
 * threads to share evenly. */
static void
choose_block(gsc_asking *a, size_t num_threads)
{
    enum { MOST_BLOCK = 16, BLOCKS_A_THREAD = 4 };
    size_t block = a->inputs->count / (BLOCKS_A_THREAD * num_threads);
    bool look_back = false;
    for (size_t i = 0; i < a->survey->count; i++)
        look_back = look_back || a->survey->asked[i].measure->looks_back;
    a->block = !look_back || block < 1 ? 1 : block < MOST_BLOCK ? block : MOST_BLOCK;
}

/* What all threads at once may take. */
static const double most_bytes = 5e8;

static bool
is_large(const gsc_lazy_checkpoint *lazy, size_t num_threads)
{
    double n = lazy->loaded ? (double)lazy->loaded->pairs.n : 0;
    return n * n * n * (double)(num_threads * sizeof(double)) > most_bytes;
}

/* A file's weights are read, and kept in double too. */
static bool
is_large_file(const char *path, size_t num_threads)
{
    struct stat info;
    return stat(path, &info) == 0 &&
           (double)info.st_size * (double)num_threads > most_bytes;
}

/* Whether logits over all pairs, or weights, are too many to be had once for each
 * thread. What asks for pairs has seen a checkpoint of each run by now. */
static bool
are_large(const gsc_asking *a, size_t num_threads)
{
    bool large = false;
    for (size_t i = 0; i < a->inputs->count; i++)
        large = large || is_large_file(a->inputs->items[i].path, num_threads);
    for (size_t i = 0; i < a->num_runs; i++)
        large = large || is_large(&a->runs[i].run_context.first, num_threads) ||
                is_large(&a->runs[i].run_context.last, num_threads);
    return large;
}

static int
ask_all(gsc_asking *a, gsc_threads *threads)
{
    choose_block(a, gsc_threads_count(threads));
    const gsc_jobs jobs = {.count = (a->inputs->count + a->block - 1) / a->block,
                           .work = ask,
                           .context = a,
                           .threads = threads,
                           .divides = true,
                           .large = are_large(a, gsc_threads_count(threads)),
                           .show = show,
                           .show_context = a};
    return gsc_jobs_run(&jobs);
}

/* ---- All ---- */

static void
free_asking(gsc_asking *a)
{
    for (size_t i = 0; a->questions && i < a->survey->count; i++)
        free_question(a, &a->questions[i]);
    for (size_t i = 0; a->failures && i < num_failures(a); i++)
        free(a->failures[i].outcome.message);
    for (size_t i = 0; i < a->num_runs; i++) {
        gsc_lazy_checkpoint_close(&a->runs[i].run_context.first);
        gsc_lazy_checkpoint_close(&a->runs[i].run_context.last);
    }
    free(a->questions);
    free(a->failures);
    free(a->items);
    free(a->runs);
    pthread_mutex_destroy(&a->mutex);
}

/* Rows of what was answered, and what became of the rest. */
static int
conclude(gsc_asking *a, gsc_measured_runs *measured, gsc_outcome *outcomes)
{
    int status = 0;
    for (size_t i = 0; i < num_failures(a); i++) {
        outcomes[i] = a->failures[i].outcome;
        a->failures[i].outcome.message = NULL;
    }
    for (size_t i = 0; i < a->survey->count; i++)
        if (outcomes[i].status == 0)
            GSC_TRY(gsc_measured_runs_make_rows(&measured[i], a, &a->questions[i]));
        else
            gsc_measured_runs_free(&measured[i]);
out:
    return status;
}

int
gsc_measured_runs_survey(gsc_measured_runs *measured, const gsc_inputs *inputs,
                         const gsc_survey *survey, gsc_outcome *outcomes)
{
    int status = 0;
    gsc_asking a = {
        .inputs = inputs, .survey = survey, .mutex = PTHREAD_MUTEX_INITIALIZER};
    memset(measured, 0, survey->count * sizeof *measured);
    memset(outcomes, 0, num_failures(&a) * sizeof *outcomes);
    GSC_TRY(find_runs(&a));
    GSC_TRY(prepare_all(&a, measured));
    GSC_TRY(ask_all(&a, survey->asked->threads));
    GSC_TRY(conclude(&a, measured, outcomes));
out:
    for (size_t i = 0; status < 0 && i < survey->count; i++)
        gsc_measured_runs_free(&measured[i]);
    for (size_t i = 0; status < 0 && i < num_failures(&a); i++)
        gsc_outcome_free(&outcomes[i]);
    free_asking(&a);
    return status;
}

void
gsc_outcome_free(gsc_outcome *outcome)
{
    free(outcome->message);
    *outcome = (gsc_outcome){.status = 0};
}

int
gsc_outcome_fail(const gsc_outcome *outcome)
{
    if (outcome->status < 0)
        gsc_fail(outcome->status, "%s",
                 outcome->message ? outcome->message
                                  : "no memory for the message of a failure");
    return outcome->status;
}

int
gsc_measured_runs_init(gsc_measured_runs *measured, const gsc_inputs *inputs,
                       const gsc_measured_runs_options *options)
{
    gsc_outcome outcome;
    const gsc_survey survey = {.asked = options, .count = 1};
    int status = gsc_measured_runs_survey(measured, inputs, &survey, &outcome);
    if (status < 0)
        return status;
    status = gsc_outcome_fail(&outcome);
    gsc_outcome_free(&outcome);
    return status;
}
