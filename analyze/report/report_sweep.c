/* A report of a sweep. */
#include "analyze/report/report_sweep.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/run_folder.h"

#include "analyze/method/regime.h"
#include "analyze/report/report_write.h"
#include "analyze/sweep/begin.h"
#include "analyze/sweep/sweep_state.h"
#include "analyze/sweep/tables/collect.h"
#include "analyze/tool/loss_history.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

/* The rows at which an accuracy is higher than ever before: by them the first step at
 * any threshold is known exactly. */
typedef struct records {
    double *start; /* [runs + 1]: of each run's records */
    double *steps, *values;
    size_t count, step_room, value_room;
} records;

/* First and last train, first and last test accuracy, last step. */
enum { NUM_ENDS = 5 };

typedef struct sweep_report {
    gsc_sweep_plan plan;
    gsc_sweep_curves curves;
    records train, test;
    double *ends; /* [runs, NUM_ENDS] */
    size_t num_done;
} sweep_report;

static void
free_records(records *self)
{
    free(self->start);
    free(self->steps);
    free(self->values);
}

static void
free_sweep(sweep_report *self)
{
    gsc_sweep_plan_free(&self->plan);
    gsc_sweep_curves_free(&self->curves);
    free_records(&self->train);
    free_records(&self->test);
    free(self->ends);
}

/* ---- Gathering ---- */

static int
add_record(records *self, double step, double value)
{
    int status = 0;
    GSC_TRY(gsc_grow(&self->steps, self->count, &self->step_room, sizeof(double)));
    GSC_TRY(gsc_grow(&self->values, self->count, &self->value_room, sizeof(double)));
    self->steps[self->count] = step;
    self->values[self->count++] = value;
out:
    return status;
}

static int
add_records(records *self, const gsc_table *t, const char *name)
{
    int status = 0;
    size_t column = gsc_table_column(t, name);
    double most = -INFINITY;
    for (size_t i = 0; column != SIZE_MAX && i < t->num_rows; i++) {
        const double *row = t->values + i * t->num_values;
        if (!(row[column] > most))
            continue;
        most = row[column];
        GSC_TRY(add_record(self, row[0], most));
    }
out:
    return status;
}

static int
take_history(sweep_report *self, const gsc_table *t, double *ends)
{
    int status = 0;
    GSC_TRY(gsc_sweep_curves_add(&self->curves, t));
    GSC_TRY(add_records(&self->train, t, "train_accuracy"));
    GSC_TRY(add_records(&self->test, t, "test_accuracy"));
    ends[0] = gsc_loss_history_first(t, "train_accuracy");
    ends[1] = gsc_loss_history_last(t, "train_accuracy");
    ends[2] = gsc_loss_history_first(t, "test_accuracy");
    ends[3] = gsc_loss_history_last(t, "test_accuracy");
    ends[4] = gsc_loss_history_last(t, "step");
    self->num_done++;
out:
    return status;
}

static int
read_run(sweep_report *self, const char *run, double *ends)
{
    int status = 0;
    const gsc_table *table;
    gsc_checkpoint c;
    GSC_TRY(gsc_loss_history_read(&c, run, &table));
    GSC_TRY(table ? take_history(self, table, ends)
                  : gsc_fail(GSC_EFORMAT, "%s: has no checkpoint", run));
out:
    gsc_checkpoint_free(&c);
    return status;
}

static int
gather_run(sweep_report *self, const char *folder, size_t i)
{
    int status = 0;
    gsc_sweep_paths paths;
    double *ends = self->ends + i * NUM_ENDS;
    self->train.start[i] = (double)self->train.count;
    self->test.start[i] = (double)self->test.count;
    for (size_t k = 0; k < NUM_ENDS; k++)
        ends[k] = NAN;
    GSC_TRY(gsc_sweep_paths_init(&paths, folder, self->plan.runs[i].id));
    GSC_TRY(gsc_sweep_state_of(&paths) == GSC_SWEEP_DONE
                ? read_run(self, paths.run, ends)
                : gsc_sweep_curves_add(&self->curves, NULL));
out:
    return status;
}

static int
gather(sweep_report *self, const gsc_report_options *o)
{
    int status = 0;
    const char *folder = o->runs[0];
    GSC_TRY(gsc_sweep_find(&self->plan, folder));
    const size_t n = self->plan.num_runs;
    GSC_NEW(self->ends, n * NUM_ENDS);
    GSC_NEW(self->train.start, n + 1);
    GSC_NEW(self->test.start, n + 1);
    gsc_sweep_curves_init(&self->curves);
    for (size_t i = 0; i < n; i++) {
        GSC_TRY(gather_run(self, folder, i));
        if (o->show)
            o->show(o->context, i + 1, n);
    }
    self->train.start[n] = (double)self->train.count;
    self->test.start[n] = (double)self->test.count;
    if (self->num_done == 0 || self->train.count == 0 || self->test.count == 0)
        return gsc_fail(GSC_EFORMAT,
                        "%s: no run is done that has accuracies to be looked at; "
                        "'grokscope-sweep status' tells how far they are",
                        folder);
    GSC_TRY(gsc_sweep_curves_finish(&self->curves));
out:
    return status;
}

/* ---- Writing ---- */

static void
write_thresholds(gsc_json *json, const gsc_regime_thresholds *t)
{
    const struct {
        const char *name;
        double value;
    } items[] = {{"accuracy", t->accuracy}, {"delay", t->delay}, {"ratio", t->ratio},
                 {"rising", t->rising},     {"low", t->low},     {"high", t->high}};
    gsc_json_open(json, "thresholds", '{');
    for (size_t i = 0; i < sizeof items / sizeof *items; i++)
        if (!isnan(items[i].value))
            gsc_json_real(json, items[i].name, items[i].value);
    gsc_json_close(json, '{');
}

static void
write_rule(gsc_json *json, const gsc_regime_rule *rule)
{
    gsc_json_open(json, NULL, '{');
    gsc_json_text(json, "name", rule->name);
    gsc_json_text(json, "source", rule->source);
    write_thresholds(json, &rule->defaults);
    gsc_json_open(json, "regimes", '[');
    for (size_t k = 0; k < rule->num_regimes; k++) {
        gsc_json_open(json, NULL, '{');
        gsc_json_text(json, "name", rule->regimes[k].name);
        gsc_json_text(json, "meaning", rule->regimes[k].meaning);
        gsc_json_text(json, "colour", rule->regimes[k].colour);
        gsc_json_close(json, '{');
    }
    gsc_json_close(json, '[');
    gsc_json_close(json, '{');
}

static void
write_plan(gsc_json *json, const gsc_sweep_plan *plan)
{
    gsc_json_open(json, "options", '[');
    for (size_t n = 0; n < plan->num_names; n++) {
        gsc_json_open(json, NULL, '{');
        gsc_json_text(json, "name", plan->names[n]);
        gsc_json_bool(json, "is_number", gsc_sweep_kind_of(plan, n) != GSC_CELL_TEXT);
        gsc_json_close(json, '{');
    }
    gsc_json_close(json, '[');
    gsc_json_open(json, "runs", '[');
    for (size_t i = 0; i < plan->num_runs; i++) {
        gsc_json_open(json, NULL, '{');
        gsc_json_text(json, "name", plan->runs[i].id);
        gsc_json_open(json, "values", '[');
        for (size_t n = 0; n < plan->num_names; n++)
            gsc_json_text(json, NULL, plan->runs[i].values[n]);
        gsc_json_close(json, '[');
        gsc_json_close(json, '{');
    }
    gsc_json_close(json, '[');
}

static void
write_curves(gsc_report_writer *w, const sweep_report *self)
{
    const gsc_sweep_curves *c = &self->curves;
    gsc_json_open(&w->json, "curves", '{');
    gsc_arrays_name(&w->arrays, "curves");
    gsc_arrays_add(&w->arrays, &w->json, "step", GSC_PACK_F64,
                   gsc_pack_source_f64(c->grid, c->num_points, 0, 0, 0));
    for (size_t k = 1; k < 1 + GSC_NUM_CURVES; k++) {
        const gsc_rows_matrix *m = &c->matrices[k];
        gsc_arrays_add(&w->arrays, &w->json, m->name, GSC_PACK_F32,
                       gsc_pack_source_f32(m->values, m->num_rows, m->width, 0, 0));
    }
    gsc_json_close(&w->json, '{');
}

static void
write_records(gsc_report_writer *w, const char *name, const records *r, size_t num_runs)
{
    gsc_json_open(&w->json, name, '{');
    gsc_arrays_name(&w->arrays, "%s", name);
    gsc_arrays_add(&w->arrays, &w->json, "start", GSC_PACK_F64,
                   gsc_pack_source_f64(r->start, num_runs + 1, 0, 0, 0));
    gsc_arrays_add(&w->arrays, &w->json, "step", GSC_PACK_F64,
                   gsc_pack_source_f64(r->steps, r->count, 0, 0, 0));
    gsc_arrays_add(&w->arrays, &w->json, "value", GSC_PACK_F64,
                   gsc_pack_source_f64(r->values, r->count, 0, 0, 0));
    gsc_json_close(&w->json, '{');
}

static void
write_sweep(gsc_report_writer *w, const sweep_report *self, const char *folder)
{
    gsc_json *json = &w->json;
    const size_t n = self->plan.num_runs;
    gsc_json_open(json, "sweep", '{');
    gsc_json_text(json, "name", folder);
    write_plan(json, &self->plan);
    gsc_json_open(json, "rules", '[');
    for (size_t i = 0; i < GSC_NUM_REGIME_RULES; i++)
        write_rule(json, &gsc_regime_rules[i]);
    gsc_json_close(json, '[');
    write_curves(w, self);
    write_records(w, "train", &self->train, n);
    write_records(w, "test", &self->test, n);
    gsc_arrays_name(&w->arrays, "sweep");
    gsc_arrays_add(&w->arrays, json, "ends", GSC_PACK_F64,
                   gsc_pack_source_f64(self->ends, n, NUM_ENDS, 0, 0));
    gsc_json_close(json, '{');
}

static int
note_undone(const sweep_report *self, gsc_report *report)
{
    int status = 0;
    gsc_text note = {0};
    size_t left = self->plan.num_runs - self->num_done;
    if (left == 0)
        return 0;
    GSC_NEW(report->notes, 1);
    GSC_TRY(gsc_text_add(&note, "%zu of %zu runs are not done, and not shown", left,
                         self->plan.num_runs));
    report->notes[report->num_notes++] = note.data;
    return 0;
out:
    gsc_text_free(&note);
    return status;
}

static int
write_all(const sweep_report *self, const gsc_report_options *o, gsc_report *report)
{
    int status = 0;
    gsc_report_writer w = {.json = {.status = 0}};
    gsc_json *json = &w.json;
    GSC_TRY(gsc_arrays_init(&w.arrays));
    gsc_report_begin_manifest(json, o, (const char *const *)report->notes,
                              report->num_notes);
    gsc_json_open(json, "runs", '[');
    gsc_json_close(json, '[');
    write_sweep(&w, self, o->runs[0]);
    GSC_TRY(gsc_report_end(&w, o->page, &report->text));
out:
    gsc_json_free(&w.json);
    gsc_arrays_free(&w.arrays);
    return status;
}

bool
gsc_report_is_sweep(const char *word)
{
    char plan[GSC_PATH_BYTES];
    return gsc_run_join(plan, word, "plan.tsv") == 0 && access(plan, F_OK) == 0;
}

int
gsc_report_of_sweep(gsc_report *report, const gsc_report_options *options)
{
    int status = 0;
    sweep_report self = {.num_done = 0};
    *report = (gsc_report){.num_runs = 0};
    GSC_TRY(gather(&self, options));
    GSC_TRY(note_undone(&self, report));
    GSC_TRY(write_all(&self, options, report));
    if ((double)report->text.length > options->most_bytes)
        GSC_TRY(gsc_fail(GSC_EARGUMENT,
                         "the report of this sweep has %.2f MB: expected %g at most "
                         "(--max-size)",
                         (double)report->text.length / 1e6, options->most_bytes / 1e6));
    report->num_runs = self.num_done;
    report->num_steps = self.curves.num_points;
    report->num_all = self.plan.num_runs;
out:
    free_sweep(&self);
    if (status < 0)
        gsc_report_free(report);
    return status;
}
