/* Which column of the histories tells who will generalise sooner. */
#include "analyze/sweep/tables/predict.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/rng.h"

#include "analyze/method/concordance.h"
#include "analyze/sweep/sweep_state.h"
#include "analyze/sweep/tables/arms.h"
#include "analyze/tool/loss_history.h"
#include "train/numeric/stats.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_LANDMARKS = 64, COLUMN_BYTES = 2 * GSC_COLUMN_BYTES, HALVES = 2 };

static const gsc_column predict_columns[] = {
    {"column", GSC_CELL_TEXT, true, "of the histories: its table and its name", false},
    {"step", GSC_CELL_REAL, true, "at which it is looked at", false},
    {"at_risk", GSC_CELL_INTEGER, false,
     "runs that are under way and do not know the test examples yet", false},
    {"reached", GSC_CELL_INTEGER, false, "those of them that come to it", false},
    {"sooner", GSC_CELL_TEXT, false,
     "what means sooner: more or less of it; both: the halves of the runs disagree",
     false},
    {"c_index", GSC_CELL_REAL, false,
     "concordance with the order in which they come to it, of runs that the direction "
     "was not learned from: 1 tells all, 0.5 nothing",
     false},
    {"low", GSC_CELL_REAL, false, "lower end of its interval of 95 %", false},
    {"high", GSC_CELL_REAL, false, "upper end", false},
    {"lead", GSC_CELL_REAL, false,
     "median of the steps from here to when those know that do", false}};

const gsc_sweep_columns gsc_predict_columns = {
    predict_columns, sizeof predict_columns / sizeof *predict_columns};

/* ---- Runs ---- */

typedef struct history {
    gsc_checkpoint checkpoint; /* of which only the history is read */
    double time;
    bool reached;
    size_t half; /* by lot, as neighbours in a plan differ in one option */
    size_t arm;
} history;

typedef struct tournament {
    history *runs;
    size_t num_runs;
    char (*columns)[COLUMN_BYTES];
    size_t num_columns, room;
    double landmarks[MOST_LANDMARKS];
    size_t num_landmarks;
} tournament;

static void
free_tournament(tournament *t)
{
    for (size_t i = 0; i < t->num_runs; i++)
        gsc_checkpoint_free(&t->runs[i].checkpoint);
    free(t->runs);
    free(t->columns);
}

static int
read_run(history *run, const char *folder, double accuracy)
{
    int status = 0;
    const gsc_table *losses;
    GSC_TRY(gsc_loss_history_read(&run->checkpoint, folder, &losses));
    if (!losses)
        return gsc_fail(GSC_EFORMAT, "%s: has no checkpoint", folder);
    double when = gsc_loss_history_reaches(losses, "test_accuracy", accuracy);
    run->reached = !isnan(when);
    run->time = run->reached ? when : gsc_loss_history_last(losses, "step");
out:
    return status;
}

static int
read_runs(tournament *t, const gsc_predict_request *request)
{
    int status = 0;
    gsc_sweep_paths paths;
    const gsc_sweep_plan *plan = request->plan;
    gsc_arm_options by = {.count = 0};
    const uint64_t lots = gsc_rng_stream("halves of a tournament");
    GSC_NEW(t->runs, plan->num_runs);
    if (*request->by)
        GSC_TRY(gsc_arm_options_init(&by, plan, request->by));
    for (size_t i = 0; i < plan->num_runs; i++) {
        GSC_TRY(gsc_sweep_paths_init(&paths, request->folder, plan->runs[i].id));
        request->show(request->context, i + 1, plan->num_runs);
        if (gsc_sweep_state_of(&paths) != GSC_SWEEP_DONE)
            continue;
        history *run = &t->runs[t->num_runs];
        run->half = (size_t)gsc_rng_below(0, lots, t->num_runs, HALVES);
        run->arm = *request->by ? gsc_arm_first(&by, plan, i) : 0;
        t->num_runs++; /* now free_tournament sees it */
        GSC_TRY(read_run(run, paths.run, request->accuracy));
    }
out:
    return status;
}

/* ---- Columns ---- */

static bool
is_known(const tournament *t, const char *name)
{
    for (size_t c = 0; c < t->num_columns; c++)
        if (strcmp(t->columns[c], name) == 0)
            return true;
    return false;
}

static int
add_columns(tournament *t, const gsc_table *table)
{
    int status = 0;
    char name[COLUMN_BYTES];
    for (size_t c = 1; c < table->num_columns; c++) {
        snprintf(name, sizeof name, "%s.%s", table->name, table->columns[c]);
        if (strstr(table->columns[c], "test") || is_known(t, name))
            continue;
        GSC_TRY(gsc_grow(&t->columns, t->num_columns, &t->room, sizeof *t->columns));
        memcpy(t->columns[t->num_columns++], name, sizeof name);
    }
out:
    return status;
}

static int
list_columns(tournament *t)
{
    int status = 0;
    for (size_t i = 0; i < t->num_runs; i++)
        for (size_t k = 0; k < t->runs[i].checkpoint.num_tables; k++)
            GSC_TRY(add_columns(t, &t->runs[i].checkpoint.history[k]));
out:
    return status;
}

/* The last value that a run had measured at a step; NaN where there is none. */
static double
value_at(const history *run, const char *column, double step)
{
    const char *name = strchr(column, '.');
    const size_t length = (size_t)(name - column);
    double value = NAN;
    for (size_t k = 0; k < run->checkpoint.num_tables; k++) {
        const gsc_table *t = &run->checkpoint.history[k];
        if (strncmp(t->name, column, length) != 0 || t->name[length] != '\0')
            continue;
        size_t c = gsc_table_column(t, name + 1);
        for (size_t i = 0; c != SIZE_MAX && i < t->num_rows; i++) {
            const double *row = t->values + i * t->num_values;
            if (row[0] > step)
                break;
            value = isnan(row[c]) ? value : row[c];
        }
    }
    return value;
}

/* ---- Steps ---- */

static int
read_landmarks(tournament *t, const char *at)
{
    int status = gsc_text_to_reals(at, t->landmarks, MOST_LANDMARKS, &t->num_landmarks);
    for (size_t i = 0; status == 0 && i < t->num_landmarks; i++)
        if (t->landmarks[i] < 0)
            status = gsc_fail(GSC_EARGUMENT, "%g is no step", t->landmarks[i]);
    return status < 0 ? gsc_fail_in(status, "at") : 0;
}

/* 1, 2, 5, 10, … to the longest run's end. */
static void
make_landmarks(tournament *t)
{
    static const double parts[] = {1, 2, 5};
    double last = 0;
    for (size_t i = 0; i < t->num_runs; i++)
        last = fmax(last, t->runs[i].time);
    for (double decade = 1; decade <= last; decade *= 10)
        for (size_t k = 0; k < 3; k++)
            if (parts[k] * decade < last && t->num_landmarks < MOST_LANDMARKS)
                t->landmarks[t->num_landmarks++] = parts[k] * decade;
}

/* ---- Judging ---- */

typedef struct verdict {
    size_t at_risk, reached;
    const char *sooner;
    gsc_concordance c;
    double lead;
} verdict;

/* Median of the steps from `step` to when they know, of those that do. */
static double
lead_of(const gsc_ranked_run *runs, size_t count, double step, double *work)
{
    size_t reached = 0;
    for (size_t i = 0; i < count; i++)
        if (runs[i].reached)
            work[reached++] = runs[i].time - step;
    return gsc_stats_median(work, reached);
}

/* Turn the values of each half by what the other one says. */
static const char *
turn(gsc_ranked_run *runs, size_t count)
{
    double index[HALVES];
    for (size_t half = 0; half < HALVES; half++)
        index[half] = gsc_concordance_of(runs, count, half, HALVES).index;
    for (size_t i = 0; i < count; i++)
        if (index[1 - runs[i].fold % HALVES] < 0.5)
            runs[i].value = -runs[i].value;
    if ((index[0] < 0.5) != (index[1] < 0.5))
        return "both";
    return index[0] < 0.5 ? "less" : "more";
}

static verdict
judge(const tournament *t, const char *column, double step, gsc_ranked_run *runs,
      double *work)
{
    verdict v = {.at_risk = 0};
    for (size_t i = 0; i < t->num_runs; i++) {
        const history *run = &t->runs[i];
        double value = value_at(run, column, step);
        if (run->time <= step || isnan(value))
            continue;
        runs[v.at_risk++] = (gsc_ranked_run){run->time, run->reached, value,
                                             HALVES * run->arm + run->half};
        v.reached += run->reached;
    }
    v.lead = lead_of(runs, v.at_risk, step, work);
    v.sooner = turn(runs, v.at_risk);
    v.c = gsc_concordance_of(runs, v.at_risk, 0, 1);
    return v;
}

/* ---- Rows ---- */

static int
add_row(gsc_rows *rows, const char *column, double step, const verdict *v)
{
    int status = 0;
    GSC_TRY(gsc_rows_text(rows, column));
    GSC_TRY(gsc_rows_real(rows, step));
    GSC_TRY(gsc_rows_integer(rows, (int64_t)v->at_risk));
    GSC_TRY(gsc_rows_integer(rows, (int64_t)v->reached));
    GSC_TRY(gsc_rows_text(rows, v->sooner));
    GSC_TRY(GSC_ROWS_REALS(rows, v->c.index, v->c.low, v->c.high, v->lead));
out:
    return status;
}

/* All steps of a column; or the first from which its interval lies above one half, the
 * last where that is none. */
static int
add_column(gsc_rows *rows, const tournament *t, const char *column, bool earliest,
           gsc_ranked_run *runs, double *work)
{
    int status = 0;
    verdict v = {.sooner = ""};
    double step = NAN;
    bool any = false;
    for (size_t k = 0; k < t->num_landmarks; k++) {
        verdict found = judge(t, column, t->landmarks[k], runs, work);
        if (found.c.pairs == 0)
            continue;
        any = true;
        v = found;
        step = t->landmarks[k];
        if (!earliest)
            GSC_TRY(add_row(rows, column, step, &v));
        else if (v.c.low > 0.5)
            break;
    }
    if (earliest && any)
        GSC_TRY(add_row(rows, column, step, &v));
out:
    return status;
}

static int
add_rows(gsc_rows *rows, const tournament *t, bool earliest)
{
    int status = 0;
    gsc_ranked_run *runs = NULL;
    double *work = NULL;
    GSC_NEW(runs, t->num_runs);
    GSC_NEW(work, t->num_runs);
    for (size_t c = 0; c < t->num_columns; c++)
        GSC_TRY(add_column(rows, t, t->columns[c], earliest, runs, work));
out:
    free(runs);
    free(work);
    return status;
}

int
gsc_sweep_predict(gsc_sweep_table *self, const gsc_predict_request *request)
{
    int status = 0;
    tournament t = {.num_runs = 0};
    *self = (gsc_sweep_table){.columns = NULL};
    gsc_rows_init(&self->rows, predict_columns, gsc_predict_columns.count);
    GSC_TRY(read_landmarks(&t, request->at));
    GSC_TRY(read_runs(&t, request));
    GSC_TRY(list_columns(&t));
    if (t.num_landmarks == 0)
        make_landmarks(&t);
    GSC_TRY(add_rows(&self->rows, &t, request->earliest));
out:
    free_tournament(&t);
    return status;
}
