/* A measure asked of many checkpoints. */
#include "analyze/tool/measured_runs.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/text.h"

#include "analyze/tool/jobs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Answers of one checkpoint: of its own weights, then of the controls. */
enum { OWN, NUM_ANSWERS = 1 + GSC_NUM_CONTROLS };

/* Inputs of one run, which stand together. */
typedef struct run {
    size_t begin, end;
    char first[GSC_PATH_BYTES], last[GSC_PATH_BYTES];
    gsc_run_context run_context;
    void *state;
} run;

typedef struct job {
    const gsc_input *input;
    const run *run;
    const char *before;
    int64_t step;
    gsc_rows answers[NUM_ANSWERS];
} job;

typedef struct asking {
    const gsc_measured_runs_options *options;
    const gsc_measure_table *table;
    const gsc_inputs *inputs;
    run *runs;
    size_t num_runs;
    job *jobs;
} asking;

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
find_ends(run *r, const gsc_input *input, const gsc_loading *loading)
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

static int
find_runs(asking *a)
{
    int status = 0;
    const gsc_input *items = a->inputs->items;
    GSC_NEW(a->runs, a->inputs->count);
    for (size_t i = 0; i < a->inputs->count; i++) {
        bool continues = i > 0 && strcmp(items[i].run, items[i - 1].run) == 0 &&
                         is_step_file(&items[i]) && is_step_file(&items[i - 1]);
        if (!continues) {
            run *r = &a->runs[a->num_runs++];
            r->begin = i;
            GSC_TRY(find_ends(r, &items[i], &a->inputs->loading));
        }
        a->runs[a->num_runs - 1].end = i + 1;
        a->jobs[i] = (job){.input = &items[i],
                           .run = &a->runs[a->num_runs - 1],
                           .before = continues ? items[i - 1].path : NULL};
    }
out:
    return status;
}

static int
prepare_runs(asking *a)
{
    int status = 0;
    const gsc_measure *m = a->options->measure;
    for (size_t i = 0; i < a->num_runs; i++)
        GSC_TRY(gsc_measure_prepare(m, a->options->table, a->options->options,
                                    &a->runs[i].run_context, &a->runs[i].state));
out:
    return status;
}

/* ---- One checkpoint ---- */

/* One answer, of the weights that the loaded model has now. */
static int
fill(const asking *a, const gsc_measure_request *request, gsc_rows *rows)
{
    gsc_rows_init(rows, a->table->columns, a->table->num_columns);
    return gsc_measure_fill(a->options->measure, a->options->table, request, rows);
}

/* Whether a control says the same in all of a run, whose first checkpoint is then asked
 * for them all: the run's step 0 is one network. */
static bool
is_shared(const asking *a, size_t control)
{
    return control == GSC_CONTROL_INIT && !a->options->measure->looks_back;
}

/* The checkpoint that a control is asked of, for another one. */
static job *
asked_for(const asking *a, const job *j, size_t control)
{
    return is_shared(a, control) ? &a->jobs[j->run->begin] : &a->jobs[j - a->jobs];
}

static int
ask(void *context, size_t item, gsc_threads *threads)
{
    int status = 0;
    const asking *a = context;
    job *j = &a->jobs[item];
    double *own = NULL;
    gsc_loaded_model loaded = {.weights = NULL};
    gsc_lazy_checkpoint before = {.name = j->before, .loading = a->inputs->loading};
    gsc_measure_request request = {.loaded = &loaded,
                                   .name = j->input->path,
                                   .run_context = &j->run->run_context,
                                   .before = j->before ? &before : NULL,
                                   .options = a->options->options,
                                   .state = j->run->state,
                                   .threads = threads};
    GSC_TRY(gsc_inputs_open(a->inputs, item, &loaded));
    j->step = loaded.checkpoint.step;
    GSC_TRY(fill(a, &request, &j->answers[OWN]));
    size_t bytes = loaded.num_weights * sizeof *own;
    GSC_NEW(own, loaded.num_weights);
    memcpy(own, loaded.weights, bytes);
    for (size_t k = 0; k < GSC_NUM_CONTROLS; k++) {
        if (!a->options->controls[k] || asked_for(a, j, k) != j)
            continue;
        memcpy(loaded.weights, own, bytes);
        GSC_TRY(gsc_loaded_model_control(&loaded, (gsc_control)k, j->run->first));
        GSC_TRY(fill(a, &request, &j->answers[1 + k]));
    }
out:
    free(own);
    gsc_lazy_checkpoint_close(&before);
    gsc_loaded_model_close(&loaded);
    return status;
}

static void
show(void *context, const char *what, size_t done, size_t total)
{
    const gsc_measured_runs_options *options = context;
    (void)what;
    if (options->show)
        options->show(options->context, done, total);
}

static int
ask_all(asking *a)
{
    const gsc_jobs jobs = {.count = a->inputs->count,
                           .work = ask,
                           .context = a,
                           .threads = a->options->threads,
                           .divides = true,
                           .show = show,
                           .show_context = (void *)a->options};
    return gsc_jobs_run(&jobs);
}

/* ---- The columns of all ---- */

static const gsc_column run_column = {"run", GSC_CELL_TEXT, true,
                                      "its folder, or a lone file", false};
static const gsc_column step_column = {"step", GSC_CELL_INTEGER, true,
                                       "updates before this checkpoint", false};

static const gsc_column operation_column = {
    "operation", GSC_CELL_TEXT, true, "the operation whose pairs are looked at", false};

/* The operation is named in each row where it was chosen. */
static bool
names_operation(const asking *a)
{
    return a->inputs->loading.operation && *a->inputs->loading.operation;
}

static bool
has_controls(const gsc_column *column)
{
    return !column->identifies && !column->of_run;
}

static int
add_control_column(gsc_measured_runs *s, const gsc_column *column, const char *control)
{
    int status = 0;
    gsc_text name = {0};
    GSC_TRY(gsc_text_add(&name, "%s_%s", column->name, control));
    s->names[s->num_names++] = name.data;
    s->columns[s->rows.num_columns] = *column;
    s->columns[s->rows.num_columns++].name = name.data;
out:
    return status;
}

static int
make_columns(gsc_measured_runs *s, const asking *a)
{
    int status = 0;
    size_t most = a->table->num_columns * NUM_ANSWERS;
    GSC_NEW(s->columns, most + 3);
    GSC_NEW(s->names, most);
    gsc_rows_init(&s->rows, s->columns, 0);
    s->columns[s->rows.num_columns++] = run_column;
    s->columns[s->rows.num_columns++] = step_column;
    if (names_operation(a))
        s->columns[s->rows.num_columns++] = operation_column;
    s->num_own = s->rows.num_columns;
    for (size_t c = 0; c < a->table->num_columns; c++) {
        const gsc_column *column = &a->table->columns[c];
        s->columns[s->rows.num_columns++] = *column;
        for (size_t k = 0; has_controls(column) && k < GSC_NUM_CONTROLS; k++)
            if (a->options->controls[k])
                GSC_TRY(add_control_column(s, column, gsc_control_names[k]));
    }
out:
    return status;
}

static int
add_cell(gsc_rows *rows, gsc_cell_kind kind, const gsc_cell *cell)
{
    switch (kind) {
    case GSC_CELL_REAL:
        return gsc_rows_real(rows, cell ? cell->real : (double)NAN);
    case GSC_CELL_INTEGER:
        return gsc_rows_integer(rows, cell ? cell->integer : -1);
    case GSC_CELL_BOOL:
        return gsc_rows_bool(rows, cell && cell->truth);
    default:
        return gsc_rows_text(rows, cell ? cell->text : "");
    }
}

/* One row of a checkpoint, with those of the controls that are about the same. */
static int
add_row(gsc_measured_runs *s, const asking *a, const job *j, size_t row)
{
    int status = 0;
    GSC_TRY(gsc_rows_text(&s->rows, j->input->run));
    GSC_TRY(gsc_rows_integer(&s->rows, j->step));
    if (names_operation(a))
        GSC_TRY(gsc_rows_text(&s->rows, a->inputs->loading.operation));
    for (size_t c = 0; c < a->table->num_columns; c++) {
        const gsc_column *column = &a->table->columns[c];
        const gsc_rows *own = &j->answers[OWN];
        GSC_TRY(add_cell(&s->rows, column->kind, gsc_rows_cell(own, row, c)));
        for (size_t k = 0; has_controls(column) && k < GSC_NUM_CONTROLS; k++) {
            if (!a->options->controls[k])
                continue;
            const gsc_rows *control = &asked_for(a, j, k)->answers[1 + k];
            size_t match = gsc_rows_find(control, own, row);
            GSC_TRY(
                add_cell(&s->rows, column->kind,
                         match == SIZE_MAX ? NULL : gsc_rows_cell(control, match, c)));
        }
    }
out:
    return status;
}

/* ---- What only a whole run tells ---- */

/* Let the measure see all rows of a run at once, and take back what it filled in. */
static int
conclude_run(const asking *a, const run *r)
{
    int status = 0;
    gsc_rows all;
    int64_t *steps = NULL;
    size_t count = 0, at = 0;
    for (size_t i = r->begin; i < r->end; i++)
        count += gsc_rows_count(&a->jobs[i].answers[OWN]);
    gsc_rows_init(&all, a->table->columns, a->table->num_columns);
    GSC_NEW(steps, count);
    for (size_t i = r->begin; i < r->end; i++) {
        gsc_rows *rows = &a->jobs[i].answers[OWN];
        for (size_t k = 0; k < gsc_rows_count(rows); k++)
            steps[at++] = a->jobs[i].step;
        for (size_t k = 0; k < rows->num_cells; k++)
            GSC_TRY(add_cell(&all, rows->columns[k % rows->num_columns].kind,
                             &rows->cells[k]));
    }
    GSC_TRY(a->table->conclude(&all, steps));
    at = 0;
    for (size_t i = r->begin; i < r->end; i++) {
        gsc_rows *rows = &a->jobs[i].answers[OWN];
        for (size_t k = 0; k < rows->num_cells; k++, at++) {
            gsc_cell kept = rows->cells[k]; /* both are freed in the end */
            rows->cells[k] = all.cells[at];
            all.cells[at] = kept;
        }
    }
out:
    free(steps);
    gsc_rows_free(&all);
    return status;
}

static int
conclude(const asking *a)
{
    int status = 0;
    for (size_t i = 0; a->table->conclude && i < a->num_runs; i++)
        GSC_TRY(conclude_run(a, &a->runs[i]));
out:
    return status;
}

/* ---- All ---- */

static void
free_asking(asking *a)
{
    const gsc_measure *m = a->options->measure;
    for (size_t i = 0; a->jobs && i < a->inputs->count; i++)
        for (size_t k = 0; k < NUM_ANSWERS; k++)
            gsc_rows_free(&a->jobs[i].answers[k]);
    for (size_t i = 0; i < a->num_runs; i++) {
        gsc_measure_release(m, a->runs[i].state);
        gsc_lazy_checkpoint_close(&a->runs[i].run_context.first);
        gsc_lazy_checkpoint_close(&a->runs[i].run_context.last);
    }
    free(a->jobs);
    free(a->runs);
}

int
gsc_measured_runs_init(gsc_measured_runs *measured, const gsc_inputs *inputs,
                       const gsc_measured_runs_options *options)
{
    int status = 0;
    asking a = {.options = options,
                .table = &options->measure->tables[options->table],
                .inputs = inputs};
    *measured = (gsc_measured_runs){.names = NULL};
    GSC_NEW(a.jobs, inputs->count);
    GSC_TRY(find_runs(&a));
    GSC_TRY(make_columns(measured, &a));
    if (options->answer)
        GSC_TRY(gsc_answer_check_columns(options->answer, measured->columns,
                                         measured->rows.num_columns));
    GSC_TRY(prepare_runs(&a));
    GSC_TRY(ask_all(&a));
    GSC_TRY(conclude(&a));
    for (size_t i = 0; i < inputs->count; i++)
        for (size_t row = 0; row < gsc_rows_count(&a.jobs[i].answers[OWN]); row++)
            GSC_TRY(add_row(measured, &a, &a.jobs[i], row));
out:
    free_asking(&a);
    if (status < 0)
        gsc_measured_runs_free(measured);
    return status;
}

static void
swap_columns(gsc_measured_runs *measured, size_t c, size_t d)
{
    gsc_column column = measured->columns[c];
    measured->columns[c] = measured->columns[d];
    measured->columns[d] = column;
    for (size_t i = 0; i < gsc_rows_count(&measured->rows); i++) {
        gsc_cell *row = gsc_rows_cell(&measured->rows, i, 0), cell = row[c];
        row[c] = row[d];
        row[d] = cell;
    }
}

void
gsc_measured_runs_name_both(gsc_measured_runs *measured)
{
    measured->columns[0].name = "run_b";
    measured->columns[1].name = "step_b";
    swap_columns(measured, 0, measured->num_own);
    swap_columns(measured, 1, measured->num_own + 1);
}

void
gsc_measured_runs_free(gsc_measured_runs *measured)
{
    gsc_rows_free(&measured->rows);
    for (size_t i = 0; i < measured->num_names; i++)
        free(measured->names[i]);
    free(measured->names);
    free(measured->columns);
    *measured = (gsc_measured_runs){.names = NULL};
}
