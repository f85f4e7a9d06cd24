/* Measures that are asked of weights in training. */
#include "grokscope/error.h"
#include "grokscope/measure.h"
#include "grokscope/memory.h"
#include "grokscope/text.h"
#include "grokscope/weights.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A measure with its options, and the columns of its rows. */
typedef struct online_item {
    const gsc_measure *measure;
    void *options;
    void *state; /* what prepare made of the run */
    char name[GSC_COLUMN_BYTES];
    char *text;           /* as it stands in the list */
    size_t num_columns;   /* with "step" */
    const char **columns; /* [num_columns] */
    const char **others;  /* NULL after the last */
} online_item;

typedef struct online {
    const gsc_measure *const *registry;
    size_t count, room;
    online_item *items;
    const gsc_network *network;
    gsc_type type;
    gsc_checkpoint live; /* the weights that are asked, as a file would hold them */
    gsc_loaded_model present, first;
    gsc_loaded_model kept[2]; /* of the last steps in the history, the newest first */
    gsc_run_context run_context;
} online;

/* ---- Columns ---- */

/* A number that is told by one checkpoint. Whole numbers and truths become numbers. */
static bool
is_kept(const gsc_column *column)
{
    return column->kind != GSC_CELL_TEXT && !column->of_run;
}

static int
find_columns(online_item *item)
{
    int status = 0;
    const gsc_measure_table *table = &item->measure->tables[0];
    size_t num_others = 0;
    GSC_NEW(item->columns, 1 + table->num_columns);
    GSC_NEW(item->others, 1 + table->num_columns);
    item->columns[item->num_columns++] = "step";
    for (size_t c = 0; c < table->num_columns; c++)
        if (is_kept(&table->columns[c]))
            item->columns[item->num_columns++] = table->columns[c].name;
        else
            item->others[num_others++] = table->columns[c].name;
out:
    return status;
}

static double
number_of(const gsc_cell *cell, gsc_cell_kind kind)
{
    return kind == GSC_CELL_REAL      ? cell->real
           : kind == GSC_CELL_INTEGER ? (double)cell->integer
                                      : (double)cell->truth;
}

/* The kept cells of the first row after `step`; NaN where there is no row. */
static void
take_row(const gsc_rows *rows, int64_t step, double *row)
{
    *row++ = (double)step;
    for (size_t c = 0; c < rows->num_columns; c++) {
        const gsc_column *column = &rows->columns[c];
        if (is_kept(column))
            *row++ = gsc_rows_count(rows) > 0
                         ? number_of(gsc_rows_cell(rows, 0, c), column->kind)
                         : (double)NAN;
    }
}

/* ---- The list ---- */

static int
refuse_name(const online *o, const char *name)
{
    enum { MOST = 64 };
    const char *names[MOST];
    size_t count = 0;
    gsc_text list = {0};
    for (; count < MOST && o->registry[count]; count++) {
        names[count] = o->registry[count]->name;
        gsc_text_add(&list, "%s%s", count > 0 ? ", " : "", names[count]);
    }
    const char *nearest = gsc_text_nearest(name, names, count);
    int status = nearest ? gsc_fail(GSC_EARGUMENT,
                                    "measure: no measure '%s'; did you mean '%s'?",
                                    name, nearest)
                         : gsc_fail(GSC_EARGUMENT, "measure: '%s' is none of %s", name,
                                    list.data ? list.data : "");
    gsc_text_free(&list);
    return status;
}

/* The measure whose name is the `length` bytes at `text`, or NULL. */
static const gsc_measure *
find_named(const online *o, const char *text, size_t length)
{
    char name[GSC_COLUMN_BYTES];
    if (length >= sizeof name)
        return NULL;
    snprintf(name, sizeof name, "%.*s", (int)length, text);
    return gsc_measure_find(o->registry, name);
}

/* The bytes of the next item: up to a comma, but for commas in an option's value. */
static size_t
item_length(const online *o, const char *text)
{
    size_t length = strcspn(text, ",");
    while (text[length] == ',' && memchr(text, ':', length)) {
        const char *next = text + length + 1;
        next += strspn(next, " ");
        if (*next == '\0' || find_named(o, next, strcspn(next, " ,:")))
            break;
        length += 1 + strcspn(text + length + 1, ",");
    }
    return length;
}

/* A measure's name, numbered where others of the list are the same measure. */
static int
name_item(const online *o, online_item *item)
{
    size_t number = 1;
    for (const online_item *other = o->items; other != item; other++) {
        number += other->measure == item->measure;
        if (strcmp(other->text, item->text) == 0)
            return gsc_fail(GSC_EARGUMENT, "measure: '%s' stands twice", item->text);
    }
    if (number == 1)
        snprintf(item->name, sizeof item->name, "%s", item->measure->name);
    else
        snprintf(item->name, sizeof item->name, "%.48s_%zu", item->measure->name,
                 number);
    return 0;
}

static int
add_item(online *o, const char *text, size_t length)
{
    int status = 0;
    size_t name = 0;
    while (length > 0 && *text == ' ')
        text++, length--;
    while (length > 0 && text[length - 1] == ' ')
        length--;
    while (name < length && text[name] != ':')
        name++;
    if (name == 0 || name >= GSC_COLUMN_BYTES)
        return gsc_fail(GSC_EARGUMENT,
                        "measure: '%.*s' is no name of a measure; names stand with "
                        "commas between, as progress,norms",
                        (int)length, text);
    GSC_TRY(gsc_grow(&o->items, o->count, &o->room, sizeof *o->items));
    online_item *item = &o->items[o->count++];
    *item = (online_item){.measure = find_named(o, text, name)};
    GSC_NEW(item->text, length + 1);
    memcpy(item->text, text, length);
    if (!item->measure) {
        item->text[name] = '\0';
        return refuse_name(o, item->text);
    }
    GSC_TRY(name_item(o, item));
    GSC_TRY(gsc_measure_new_options(item->measure, &item->options));
    if (name < length) {
        status = gsc_measure_read_options(item->measure, item->text + name + 1,
                                          item->options);
        if (status < 0)
            return gsc_fail_in(status, "measure");
    }
    GSC_TRY(find_columns(item));
out:
    return status;
}

/* ---- Opened and closed ---- */

/* Forget the run, but not what is asked. */
static void
forget(online *o)
{
    for (size_t i = 0; i < o->count; i++) {
        gsc_measure_release(o->items[i].measure, o->items[i].state);
        o->items[i].state = NULL;
    }
    gsc_loaded_model_close(&o->present);
    gsc_loaded_model_close(&o->first);
    for (size_t i = 0; i < 2; i++)
        gsc_loaded_model_close(&o->kept[i]);
    free(o->live.params);
    o->live.params = NULL;
}

static void
close_online(void *asked)
{
    online *o = asked;
    if (!o)
        return;
    forget(o);
    for (size_t i = 0; i < o->count; i++) {
        free(o->items[i].options);
        free(o->items[i].text);
        free(o->items[i].columns);
        free(o->items[i].others);
    }
    free(o->items);
    free(o);
}

static int
open_online(const void *registry, const char *list, void **asked)
{
    int status = 0;
    online *o = NULL;
    GSC_NEW(o, 1);
    o->registry = registry;
    for (const char *at = list;; at++) {
        size_t length = item_length(o, at);
        GSC_TRY(add_item(o, at, length));
        at += length;
        if (*at == '\0')
            break;
    }
    *asked = o;
    o = NULL;
out:
    close_online(o);
    return status;
}

static const char *
name_at(const void *registry, size_t index)
{
    const gsc_measure *const *measures = registry;
    return measures[index] ? measures[index]->name : NULL;
}

static bool
table_at(const void *asked, size_t index, gsc_online_table *table)
{
    const online *o = asked;
    if (index >= o->count)
        return false;
    const online_item *item = &o->items[index];
    *table =
        (gsc_online_table){item->name, item->columns, item->num_columns, item->others};
    return true;
}

/* ---- A run ---- */

/* The loaded model of weights in the network's type. */
static int
load(online *o, int64_t step, void *weights, gsc_loaded_model *loaded)
{
    size_t count, size = gsc_type_size(o->type);
    const gsc_parameter *p = gsc_graph_parameters(o->network->model.graph, &count);
    gsc_loaded_model_close(loaded);
    o->live.step = step;
    for (size_t i = 0; i < count; i++)
        o->live.params[i].data = (char *)weights + p[i].offset * size;
    return gsc_loaded_model_of(loaded, &o->live, o->network->config.registry);
}

static int
fail_of(int status, const online_item *item)
{
    char name[GSC_COLUMN_BYTES + 16];
    snprintf(name, sizeof name, "measure: %s", item->name);
    return gsc_fail_in(status, name);
}

static int
begin(void *asked, const gsc_network *network, char *config_json, void *first)
{
    int status = 0;
    online *o = asked;
    forget(o);
    o->network = network;
    o->type = (gsc_type)network->config.run.dtype;
    o->live = (gsc_checkpoint){
        .config = config_json, .dataset = network->dataset, .facets = network->facets};
    GSC_TRY(gsc_weights_tensors(network->model.graph, o->type, NULL, &o->live.params,
                                &o->live.num_params));
    GSC_TRY(load(o, 0, first, &o->first));
    o->run_context =
        (gsc_run_context){.first = {.name = "step 0", .loaded = &o->first}};
    for (size_t i = 0; i < o->count; i++) {
        online_item *item = &o->items[i];
        status = gsc_measure_prepare(item->measure, 0, item->options, &o->run_context,
                                     &item->state);
        if (status < 0)
            return fail_of(status, item);
    }
out:
    return status;
}

static const gsc_loaded_model *
kept_before(const online *o, int64_t step)
{
    for (size_t i = 0; i < 2; i++)
        if (o->kept[i].weights && o->kept[i].checkpoint.step < step)
            return &o->kept[i];
    return NULL;
}

static const double *
before(const void *asked, int64_t step, int64_t *step_before)
{
    const gsc_loaded_model *found = kept_before(asked, step);
    if (!found)
        return NULL;
    *step_before = found->checkpoint.step;
    return found->weights;
}

static void
keep(void *asked)
{
    online *o = asked;
    if (o->present.weights == NULL)
        return;
    gsc_loaded_model_close(&o->kept[1]);
    o->kept[1] = o->kept[0];
    o->kept[0] = o->present;
    o->present = (gsc_loaded_model){.weights = NULL};
}

static int
restore(void *asked, int64_t step, const double *weights)
{
    online *o = asked;
    /* Any weights make a loaded model, whose numbers are then put in place. */
    int status = gsc_loaded_model_of(&o->kept[0], &o->first.checkpoint,
                                     o->network->config.registry);
    if (status < 0)
        return status;
    o->kept[0].checkpoint.step = step;
    memcpy(o->kept[0].weights, weights, o->first.num_weights * sizeof *weights);
    return 0;
}

/* ---- A step ---- */

typedef struct asking {
    online *online;
    const gsc_loaded_model *before;
    gsc_threads *threads;
    double *const *rows;
    char name[32];
    int status; /* of the first that failed */
} asking;

static int
fill_item(const asking *a, const online_item *item, double *row)
{
    int status = 0;
    gsc_rows rows;
    gsc_lazy_checkpoint previous = {.name = "the step measured before",
                                    .loaded = a->before};
    gsc_measure_request request = {.loaded = &a->online->present,
                                   .name = a->name,
                                   .run_context = &a->online->run_context,
                                   .before = a->before ? &previous : NULL,
                                   .options = item->options,
                                   .state = item->state,
                                   .threads = a->threads};
    const gsc_measure_table *table = &item->measure->tables[0];
    gsc_rows_init(&rows, table->columns, table->num_columns);
    status = gsc_measure_fill(item->measure, 0, &request, &rows);
    if (status == GSC_ENUMERIC) { /* perhaps in the middle of a row */
        gsc_rows_free(&rows);
        gsc_rows_init(&rows, table->columns, table->num_columns);
        status = 0;
    }
    if (status == 0)
        take_row(&rows, a->online->present.checkpoint.step, row);
    gsc_rows_free(&rows);
    return status < 0 ? fail_of(status, item) : 0;
}

static void
fill_one(void *context, size_t index, size_t worker)
{
    asking *a = context;
    (void)worker;
    if (a->status == 0)
        a->status = fill_item(a, &a->online->items[index], a->rows[index]);
}

static int
fill(void *asked, int64_t step, void *weights, gsc_threads *threads,
     double *const *rows)
{
    online *o = asked;
    asking a = {
        .online = o, .before = kept_before(o, step), .threads = threads, .rows = rows};
    int status = load(o, step, weights, &o->present);
    if (status < 0)
        return status;
    snprintf(a.name, sizeof a.name, "step %lld", (long long)step);
    /* One by one, each with all threads: side by side the slowest keeps the others
     * waiting, and together they leave the caches. As a pool's work, so that tiny
     * numbers count here as they do when files are measured. */
    gsc_threads_run(NULL, fill_one, &a, o->count);
    return a.status;
}

gsc_online_measures
gsc_measures_online(const gsc_measure *const *measures)
{
    return (gsc_online_measures){.registry = measures,
                                 .name = name_at,
                                 .open = open_online,
                                 .close = close_online,
                                 .table = table_at,
                                 .begin = begin,
                                 .fill = fill,
                                 .keep = keep,
                                 .before = before,
                                 .restore = restore};
}
