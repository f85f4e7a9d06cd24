/* How long the runs of a sweep take until they know. */
#include "analyze/sweep/tables/times.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "analyze/method/survival.h"
#include "analyze/sweep/tables/arms.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const gsc_column times_columns[] = {
    {"runs", GSC_CELL_INTEGER, false, "runs that have a history", false},
    {"reached", GSC_CELL_INTEGER, false, "those of them that came to the event", false},
    {"median", GSC_CELL_REAL, false,
     "step at which half the runs have, by Kaplan and Meier; inf: fewer have; nan: "
     "there "
     "are no runs",
     false},
    {"median_low", GSC_CELL_REAL, false, "lower end of its interval of 95 %", false},
    {"median_high", GSC_CELL_REAL, false, "upper end; inf: it is not known", false},
    {"hazard_ratio", GSC_CELL_REAL, false,
     "of this arm over the first one; above 1: it is sooner", false},
    {"ratio_low", GSC_CELL_REAL, false, "lower end of its interval of 95 %", false},
    {"ratio_high", GSC_CELL_REAL, false, "upper end", false},
    {"p_value", GSC_CELL_REAL, false, "of the log-rank test of the two arms", false},
    {"runs_needed", GSC_CELL_REAL, false,
     "runs of each arm that find a hazard ratio of --effect, where as many of them "
     "come "
     "to the event as here",
     false}};

static const gsc_column curve_columns[] = {
    {"step", GSC_CELL_REAL, false, "at which runs come to the event", false},
    {"at_risk", GSC_CELL_INTEGER, false, "runs that have not, and are under way",
     false},
    {"reached", GSC_CELL_INTEGER, false, "of these, those that do at this step", false},
    {"share", GSC_CELL_REAL, false, "share of the arm that has not by then", false},
    {"share_low", GSC_CELL_REAL, false, "lower end of its interval of 95 %", false},
    {"share_high", GSC_CELL_REAL, false, "upper end", false}};

const gsc_sweep_columns gsc_times_columns = {times_columns, sizeof times_columns /
                                                                sizeof *times_columns};
const gsc_sweep_columns gsc_curve_columns = {curve_columns, sizeof curve_columns /
                                                                sizeof *curve_columns};

/* ---- Arms ---- */

typedef struct sweep_arm {
    size_t example; /* a run of it, for its values */
    size_t count, reached, room;
    gsc_survival_run *runs; /* [count] */
} sweep_arm;

typedef struct arms {
    gsc_arm_options by;
    size_t count;
    sweep_arm *items;
} arms;

static void
free_arms(arms *a)
{
    for (size_t i = 0; i < a->count; i++)
        free(a->items[i].runs);
    free(a->items);
}

/* The arm of a run, which is made where it is the first of it. */
static sweep_arm *
find_arm(arms *a, const gsc_sweep_plan *plan, size_t run)
{
    for (size_t i = 0; i < a->count; i++)
        if (gsc_arm_is_same(&a->by, plan, a->items[i].example, run))
            return &a->items[i];
    a->items[a->count] = (sweep_arm){.example = run};
    return &a->items[a->count++];
}

static int
sort_runs(arms *a, const gsc_times_request *request)
{
    int status = 0;
    const gsc_rows *rows = request->collected;
    size_t step = gsc_rows_column(rows, "step");
    size_t event = gsc_rows_column(rows, request->event);
    GSC_NEW(a->items, request->plan->num_runs);
    for (size_t i = 0; i < request->plan->num_runs; i++) {
        sweep_arm *arm = find_arm(a, request->plan, i);
        double last = gsc_rows_cell(rows, i, step)->real;
        double when = gsc_rows_cell(rows, i, event)->real;
        if (isnan(last))
            continue;
        bool reached = !isnan(when);
        GSC_TRY(gsc_grow(&arm->runs, arm->count, &arm->room, sizeof *arm->runs));
        arm->runs[arm->count++] =
            (gsc_survival_run){reached ? when : last, reached, false};
        arm->reached += reached;
    }
out:
    return status;
}

/* ---- Rows ---- */

/* An arm beside the first one. */
static int
compare(const sweep_arm *first, const sweep_arm *other, gsc_survival_ratio *ratio)
{
    int status = 0;
    gsc_survival_run *both = NULL;
    *ratio = (gsc_survival_ratio){NAN, NAN, NAN, NAN};
    if (first == other)
        return 0;
    GSC_NEW(both, first->count + other->count);
    for (size_t i = 0; i < first->count; i++)
        both[i] = first->runs[i];
    for (size_t i = 0; i < other->count; i++) {
        both[first->count + i] = other->runs[i];
        both[first->count + i].second = true;
    }
    *ratio = gsc_survival_compare(both, first->count + other->count);
out:
    free(both);
    return status;
}

static int
add_arm(gsc_sweep_table *self, const arms *a, const sweep_arm *arm,
        const gsc_times_request *request, const gsc_survival_point *points,
        size_t num_points)
{
    int status = 0;
    gsc_survival_ratio r;
    gsc_survival_median m = gsc_survival_median_of(points, num_points);
    double share = (double)arm->reached / (double)arm->count;
    if (arm->count == 0)
        m = (gsc_survival_median){NAN, NAN, NAN};
    GSC_TRY(gsc_arm_add_values(&a->by, request->plan, arm->example, &self->rows));
    GSC_TRY(compare(&a->items[0], arm, &r));
    GSC_TRY(gsc_rows_integer(&self->rows, (int64_t)arm->count));
    GSC_TRY(gsc_rows_integer(&self->rows, (int64_t)arm->reached));
    GSC_TRY(GSC_ROWS_REALS(&self->rows, m.median, m.low, m.high, r.ratio, r.low, r.high,
                           r.p_value,
                           ceil(gsc_survival_runs_needed(request->effect, share))));
out:
    return status;
}

static int
add_curve(gsc_sweep_table *self, const arms *a, const sweep_arm *arm,
          const gsc_times_request *request, const gsc_survival_point *points,
          size_t num_points)
{
    int status = 0;
    for (size_t i = 0; i < num_points; i++) {
        const gsc_survival_point *p = &points[i];
        GSC_TRY(gsc_arm_add_values(&a->by, request->plan, arm->example, &self->rows));
        GSC_TRY(gsc_rows_real(&self->rows, p->time));
        GSC_TRY(gsc_rows_integer(&self->rows, (int64_t)p->at_risk));
        GSC_TRY(gsc_rows_integer(&self->rows, (int64_t)p->reached));
        GSC_TRY(GSC_ROWS_REALS(&self->rows, p->share, p->low, p->high));
    }
out:
    return status;
}

static int
init_columns(gsc_sweep_table *self, const arms *a, const gsc_sweep_plan *plan,
             const gsc_sweep_columns *own)
{
    int status = 0;
    GSC_NEW(self->columns, a->by.count + own->count);
    gsc_arm_columns(&a->by, plan, self->columns);
    memcpy(self->columns + a->by.count, own->columns,
           own->count * sizeof *own->columns);
    self->num_columns = a->by.count + own->count;
    gsc_rows_init(&self->rows, self->columns, self->num_columns);
out:
    return status;
}

int
gsc_sweep_times(gsc_sweep_table *self, const gsc_times_request *request)
{
    int status = 0;
    arms a = {.count = 0};
    gsc_survival_point *points = NULL;
    *self = (gsc_sweep_table){.columns = NULL};
    GSC_TRY(gsc_arm_options_init(&a.by, request->plan, request->by));
    GSC_TRY(init_columns(self, &a, request->plan,
                         request->curve ? &gsc_curve_columns : &gsc_times_columns));
    GSC_TRY(sort_runs(&a, request));
    for (size_t i = 0; i < a.count; i++) {
        const sweep_arm *arm = &a.items[i];
        size_t count;
        GSC_TRY(gsc_survival_curve(arm->runs, arm->count, &points, &count));
        GSC_TRY(request->curve ? add_curve(self, &a, arm, request, points, count)
                               : add_arm(self, &a, arm, request, points, count));
        free(points);
        points = NULL;
    }
out:
    free(points);
    free_arms(&a);
    return status;
}
