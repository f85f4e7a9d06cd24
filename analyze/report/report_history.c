/* What a report says of a run's log: losses and accuracies over its steps. */
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "analyze/method/subsample_steps.h"
#include "analyze/report/report_write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Rows of the log that are drawn at most. */
enum { MOST_ROWS = 2000 };

/* Of a stream the examples of a step stand in the place of a training set. */
static const struct {
    const char *name, *label;
} history_sets[] = {{"train", "training"}, {"batch", "batch"}, {"test", "test"}};

static const char *const history_kinds[] = {"loss", "accuracy"};

static const gsc_table *
find_table(const gsc_checkpoint *checkpoint, const char *name)
{
    for (size_t i = 0; i < checkpoint->num_tables; i++)
        if (strcmp(checkpoint->history[i].name, name) == 0)
            return &checkpoint->history[i];
    return NULL;
}

static void
take_column(const gsc_table *table, size_t column, const size_t *rows, size_t count,
            double *values)
{
    for (size_t i = 0; i < count; i++)
        values[i] = table->values[rows[i] * table->num_values + column];
}

/* Rows of a table, thinned as checkpoints are. */
static int
choose_rows(const gsc_table *table, size_t *rows, size_t *count)
{
    int status = 0;
    int64_t *steps = NULL;
    GSC_NEW(steps, table->num_rows);
    for (size_t i = 0; i < table->num_rows; i++)
        steps[i] = (int64_t)table->values[i * table->num_values];
    *count = gsc_subsample_steps(steps, table->num_rows, MOST_ROWS, rows);
out:
    free(steps);
    return status;
}

/* What the numbers of the history are thinned to. */
typedef struct thinned {
    const gsc_table *table;
    size_t *rows, count;
    double *values; /* [count] */
} thinned;

/* A set's loss or accuracy on an output, which is NULL for the first: its columns go
 * without its name. */
static void
write_column(gsc_report_writer *w, const thinned *t, size_t set, const char *kind,
             const char *output)
{
    char name[GSC_PACK_NAME_BYTES], label[64];
    gsc_json *json = &w->json;
    snprintf(name, sizeof name, "%s_%s%s%s", history_sets[set].name,
             output ? output : "", output ? "_" : "", kind);
    snprintf(label, sizeof label, "%s %s", history_sets[set].label, kind);
    size_t column = gsc_table_column(t->table, name);
    if (column == SIZE_MAX)
        return;
    take_column(t->table, column, t->rows, t->count, t->values);
    gsc_json_open(json, NULL, '{');
    gsc_json_text(json, "name", name);
    gsc_json_text(json, "label", label);
    gsc_json_text(json, "set", history_sets[set].name);
    gsc_json_text(json, "kind", kind);
    if (output)
        gsc_json_text(json, "output", output);
    gsc_arrays_add_named(&w->arrays, json, "values", name, GSC_PACK_F32,
                         gsc_pack_source_f64(t->values, t->count, 0, 0, 0));
    gsc_json_close(json, '{');
}

static void
write_rows(gsc_report_writer *w, const gsc_dataset *dataset, const thinned *t)
{
    enum { SETS = sizeof history_sets / sizeof *history_sets, KINDS = 2 };
    gsc_json *json = &w->json;
    gsc_json_open(json, "history", '{');
    take_column(t->table, 0, t->rows, t->count, t->values);
    gsc_arrays_add(&w->arrays, json, "step", GSC_PACK_F64,
                   gsc_pack_source_f64(t->values, t->count, 0, 0, 0));
    gsc_json_open(json, "columns", '[');
    for (size_t kind = 0; kind < KINDS; kind++)
        for (size_t set = 0; set < SETS; set++)
            write_column(w, t, set, history_kinds[kind], NULL);
    for (size_t kind = 0; kind < KINDS; kind++)
        for (size_t set = 0; set < SETS; set++)
            for (size_t i = 1; i < dataset->num_targets; i++)
                write_column(w, t, set, history_kinds[kind], dataset->targets[i].name);
    gsc_json_close(json, '[');
    gsc_json_close(json, '{');
}

void
gsc_report_write_history(gsc_report_writer *w, const gsc_report_run *run,
                         const char *prefix)
{
    int status = 0;
    thinned t = {.table = find_table(&run->log, "loss")};
    if (!t.table || t.table->num_rows == 0)
        return;
    GSC_NEW(t.rows, t.table->num_rows);
    GSC_NEW(t.values, t.table->num_rows);
    GSC_TRY(choose_rows(t.table, t.rows, &t.count));
    gsc_arrays_name(&w->arrays, "%s.history", prefix);
    write_rows(w, &run->last.checkpoint.dataset, &t);
out:
    free(t.rows);
    free(t.values);
    gsc_json_note(&w->json, status);
}
