/* Measures that are asked of weights in training. */
#include "train/run/watch.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/weights.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int
gsc_watch_init(gsc_watch *watch, const gsc_history *history, const gsc_network *network,
               char *config_json)
{
    int status = 0;
    *watch = (gsc_watch){.network = network,
                         .type = (gsc_type)network->config.run.dtype,
                         .live = {.config = config_json, .task = network->task}};
    GSC_NEW(watch->items, history->num_tables - 1);
    for (size_t i = 1; i < history->num_tables; i++) {
        gsc_watched *w = &watch->items[watch->count++];
        w->measure = history->measures[i];
        GSC_NEW(w->row, history->tables[i].num_columns);
        w->row[0] = -1;
        if (w->measure->options)
            GSC_TRY(gsc_options_default(w->measure->options, 1));
    }
    GSC_TRY(gsc_weights_tensors(network->model.graph, watch->type, NULL,
                                &watch->live.params, &watch->live.num_params));
out:
    return status;
}

/* Forget the run, but not what is asked. */
static void
forget(gsc_watch *watch)
{
    for (size_t i = 0; i < watch->count; i++) {
        gsc_watched *w = &watch->items[i];
        if (w->state && w->measure->release)
            w->measure->release(w->state);
        w->state = NULL;
        if (w->row) /* else half made */
            w->row[0] = -1;
    }
    gsc_subject_close(&watch->present);
    gsc_subject_close(&watch->first);
    for (size_t i = 0; i < 2; i++)
        gsc_subject_close(&watch->kept[i]);
}

void
gsc_watch_free(gsc_watch *watch)
{
    if (!watch->items)
        return;
    forget(watch);
    for (size_t i = 0; i < watch->count; i++)
        free(watch->items[i].row);
    free(watch->items);
    free(watch->live.params);
    *watch = (gsc_watch){.count = 0};
}

/* The subject of weights in the network's type. */
static int
look_at(gsc_watch *watch, int64_t step, void *weights, gsc_subject *subject)
{
    size_t count, size = gsc_type_size(watch->type);
    const gsc_parameter *p = gsc_graph_parameters(watch->network->model.graph, &count);
    gsc_subject_close(subject);
    watch->live.step = step;
    for (size_t i = 0; i < count; i++)
        watch->live.params[i].data = (char *)weights + p[i].offset * size;
    return gsc_subject_of(subject, &watch->live);
}

/* ---- A run ---- */

static int
fail_of(int status, const gsc_measure *measure)
{
    char name[GSC_COLUMN_BYTES + 16];
    snprintf(name, sizeof name, "measure: %s", measure->name);
    return gsc_fail_in(status, name);
}

int
gsc_watch_begin(gsc_watch *watch, void *first)
{
    int status = 0;
    forget(watch);
    if (watch->count == 0)
        return 0;
    GSC_TRY(look_at(watch, 0, first, &watch->first));
    watch->lineage =
        (gsc_lineage){.first = {.name = "step 0", .subject = &watch->first}};
    for (size_t i = 0; i < watch->count; i++) {
        gsc_watched *w = &watch->items[i];
        if (!w->measure->prepare)
            continue;
        status = w->measure->prepare(0, &watch->lineage, &w->state);
        if (status < 0)
            return fail_of(status, w->measure);
    }
out:
    return status;
}

const gsc_subject *
gsc_watch_before(const gsc_watch *watch, int64_t step)
{
    for (size_t i = 0; i < 2; i++)
        if (watch->kept[i].weights && watch->kept[i].checkpoint.step < step)
            return &watch->kept[i];
    return NULL;
}

void
gsc_watch_keep(gsc_watch *watch)
{
    if (watch->present.weights == NULL)
        return;
    gsc_subject_close(&watch->kept[1]);
    watch->kept[1] = watch->kept[0];
    watch->kept[0] = watch->present;
    watch->present = (gsc_subject){.weights = NULL};
}

int
gsc_watch_restore(gsc_watch *watch, int64_t step, const double *weights)
{
    /* Any weights make a subject, whose numbers are then put in place. */
    int status = gsc_subject_of(&watch->kept[0], &watch->first.checkpoint);
    if (status < 0)
        return status;
    watch->kept[0].checkpoint.step = step;
    memcpy(watch->kept[0].weights, weights, watch->first.num_weights * sizeof *weights);
    return 0;
}

/* ---- A step ---- */

typedef struct asking {
    gsc_watch *watch;
    const gsc_subject *before;
    gsc_threads *threads;
    char name[32];
    int status; /* of the first that failed */
} asking;

static int
fill(const asking *a, gsc_watched *w)
{
    int status = 0;
    gsc_rows rows;
    gsc_peer before = {.name = "the step measured before", .subject = a->before};
    gsc_visit visit = {.subject = &a->watch->present,
                       .name = a->name,
                       .lineage = &a->watch->lineage,
                       .before = a->before ? &before : NULL,
                       .state = w->state,
                       .threads = a->threads};
    const gsc_measure_table *table = &w->measure->tables[0];
    gsc_rows_init(&rows, table->columns, table->num_columns);
    status = gsc_measure_fill(w->measure, 0, &visit, &rows);
    if (status == GSC_ENUMERIC) { /* perhaps in the middle of a row */
        gsc_rows_free(&rows);
        gsc_rows_init(&rows, table->columns, table->num_columns);
        status = 0;
    }
    if (status == 0)
        gsc_history_take(&rows, a->watch->present.checkpoint.step, w->row);
    gsc_rows_free(&rows);
    return status < 0 ? fail_of(status, w->measure) : 0;
}

static void
ask_one(void *context, size_t item, size_t worker)
{
    asking *a = context;
    (void)worker;
    if (a->status == 0)
        a->status = fill(a, &a->watch->items[item]);
}

int
gsc_watch_ask(gsc_watch *watch, int64_t step, void *weights, gsc_threads *threads)
{
    asking a = {
        .watch = watch, .before = gsc_watch_before(watch, step), .threads = threads};
    if (watch->count == 0 || watch->items[0].row[0] == (double)step)
        return 0;
    int status = look_at(watch, step, weights, &watch->present);
    if (status < 0)
        return status;
    snprintf(a.name, sizeof a.name, "step %lld", (long long)step);
    /* One by one, each with all threads: side by side the slowest keeps the others
     * waiting, and together they leave the caches. As a pool's work, so that tiny
     * numbers count here as they do when files are measured. */
    gsc_threads_run(NULL, ask_one, &a, watch->count);
    return a.status;
}
