/* Measures that are asked of weights in training. */
#include "train/run/online_measures.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/weights.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int
gsc_online_measures_init(gsc_online_measures *online, const gsc_history *history,
                         const gsc_network *network, char *config_json)
{
    int status = 0;
    *online =
        (gsc_online_measures){.network = network,
                              .type = (gsc_type)network->config.run.dtype,
                              .live = {.config = config_json, .task = network->task}};
    GSC_NEW(online->items, history->num_tables - 1);
    for (size_t i = 1; i < history->num_tables; i++) {
        gsc_online_measure *w = &online->items[online->count++];
        w->measure = history->measures[i];
        GSC_NEW(w->row, history->tables[i].num_columns);
        w->row[0] = -1;
        if (w->measure->options)
            GSC_TRY(gsc_options_default(w->measure->options, 1));
    }
    GSC_TRY(gsc_weights_tensors(network->model.graph, online->type, NULL,
                                &online->live.params, &online->live.num_params));
out:
    return status;
}

/* Forget the run, but not what is asked. */
static void
forget(gsc_online_measures *online)
{
    for (size_t i = 0; i < online->count; i++) {
        gsc_online_measure *w = &online->items[i];
        if (w->state && w->measure->release)
            w->measure->release(w->state);
        w->state = NULL;
        if (w->row) /* else half made */
            w->row[0] = -1;
    }
    gsc_loaded_model_close(&online->present);
    gsc_loaded_model_close(&online->first);
    for (size_t i = 0; i < 2; i++)
        gsc_loaded_model_close(&online->kept[i]);
}

void
gsc_online_measures_free(gsc_online_measures *online)
{
    if (!online->items)
        return;
    forget(online);
    for (size_t i = 0; i < online->count; i++)
        free(online->items[i].row);
    free(online->items);
    free(online->live.params);
    *online = (gsc_online_measures){.count = 0};
}

/* The loaded model of weights in the network's type. */
static int
look_at(gsc_online_measures *online, int64_t step, void *weights,
        gsc_loaded_model *loaded)
{
    size_t count, size = gsc_type_size(online->type);
    const gsc_parameter *p = gsc_graph_parameters(online->network->model.graph, &count);
    gsc_loaded_model_close(loaded);
    online->live.step = step;
    for (size_t i = 0; i < count; i++)
        online->live.params[i].data = (char *)weights + p[i].offset * size;
    return gsc_loaded_model_of(loaded, &online->live);
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
gsc_online_measures_begin(gsc_online_measures *online, void *first)
{
    int status = 0;
    forget(online);
    if (online->count == 0)
        return 0;
    GSC_TRY(look_at(online, 0, first, &online->first));
    online->run_context =
        (gsc_run_context){.first = {.name = "step 0", .loaded = &online->first}};
    for (size_t i = 0; i < online->count; i++) {
        gsc_online_measure *w = &online->items[i];
        if (!w->measure->prepare)
            continue;
        status = w->measure->prepare(0, &online->run_context, &w->state);
        if (status < 0)
            return fail_of(status, w->measure);
    }
out:
    return status;
}

const gsc_loaded_model *
gsc_online_measures_before(const gsc_online_measures *online, int64_t step)
{
    for (size_t i = 0; i < 2; i++)
        if (online->kept[i].weights && online->kept[i].checkpoint.step < step)
            return &online->kept[i];
    return NULL;
}

void
gsc_online_measures_keep(gsc_online_measures *online)
{
    if (online->present.weights == NULL)
        return;
    gsc_loaded_model_close(&online->kept[1]);
    online->kept[1] = online->kept[0];
    online->kept[0] = online->present;
    online->present = (gsc_loaded_model){.weights = NULL};
}

int
gsc_online_measures_restore(gsc_online_measures *online, int64_t step,
                            const double *weights)
{
    /* Any weights make a loaded model, whose numbers are then put in place. */
    int status = gsc_loaded_model_of(&online->kept[0], &online->first.checkpoint);
    if (status < 0)
        return status;
    online->kept[0].checkpoint.step = step;
    memcpy(online->kept[0].weights, weights,
           online->first.num_weights * sizeof *weights);
    return 0;
}

/* ---- A step ---- */

typedef struct asking {
    gsc_online_measures *online;
    const gsc_loaded_model *before;
    gsc_threads *threads;
    char name[32];
    int status; /* of the first that failed */
} asking;

static int
fill(const asking *a, gsc_online_measure *w)
{
    int status = 0;
    gsc_rows rows;
    gsc_lazy_checkpoint before = {.name = "the step measured before",
                                  .loaded = a->before};
    gsc_measure_request request = {.loaded = &a->online->present,
                                   .name = a->name,
                                   .run_context = &a->online->run_context,
                                   .before = a->before ? &before : NULL,
                                   .state = w->state,
                                   .threads = a->threads};
    const gsc_measure_table *table = &w->measure->tables[0];
    gsc_rows_init(&rows, table->columns, table->num_columns);
    status = gsc_measure_fill(w->measure, 0, &request, &rows);
    if (status == GSC_ENUMERIC) { /* perhaps in the middle of a row */
        gsc_rows_free(&rows);
        gsc_rows_init(&rows, table->columns, table->num_columns);
        status = 0;
    }
    if (status == 0)
        gsc_history_take(&rows, a->online->present.checkpoint.step, w->row);
    gsc_rows_free(&rows);
    return status < 0 ? fail_of(status, w->measure) : 0;
}

static void
ask_one(void *context, size_t item, size_t worker)
{
    asking *a = context;
    (void)worker;
    if (a->status == 0)
        a->status = fill(a, &a->online->items[item]);
}

int
gsc_online_measures_ask(gsc_online_measures *online, int64_t step, void *weights,
                        gsc_threads *threads)
{
    asking a = {.online = online,
                .before = gsc_online_measures_before(online, step),
                .threads = threads};
    if (online->count == 0 || online->items[0].row[0] == (double)step)
        return 0;
    int status = look_at(online, step, weights, &online->present);
    if (status < 0)
        return status;
    snprintf(a.name, sizeof a.name, "step %lld", (long long)step);
    /* One by one, each with all threads: side by side the slowest keeps the others
     * waiting, and together they leave the caches. As a pool's work, so that tiny
     * numbers count here as they do when files are measured. */
    gsc_threads_run(NULL, ask_one, &a, online->count);
    return a.status;
}
