/* The history of checkpoints, as a program's answer. */
#include "analyze/info/history_output.h"

#include "grokscope/checkpoint.h"
#include "grokscope/error.h"
#include "grokscope/run_folder.h"

#include <string.h>

/* ---- One row for each table ---- */

static const gsc_column table_columns[] = {
    {"run", GSC_CELL_TEXT, true, "its folder, or a lone file", false},
    {"step", GSC_CELL_INTEGER, true, "updates before this checkpoint", false},
    {"table", GSC_CELL_TEXT, true, "its name", false},
    {"rows", GSC_CELL_INTEGER, false, "number of its steps", false},
    {"columns", GSC_CELL_TEXT, false, "names of its columns", false}};

static int
list_tables(const gsc_input *input, const gsc_checkpoint *c, gsc_rows *rows)
{
    int status = 0;
    gsc_text names = {0};
    for (size_t i = 0; i < c->num_tables; i++) {
        const gsc_table *table = &c->history[i];
        names.length = 0;
        for (size_t k = 0; k < table->num_columns; k++)
            GSC_TRY(gsc_text_add(&names, "%s%s", k > 0 ? " " : "", table->columns[k]));
        for (size_t k = 0; k < table->num_vectors; k++)
            GSC_TRY(gsc_text_add(&names, " %s[%zu]", table->vectors[k].name,
                                 table->vectors[k].width));
        GSC_TRY(gsc_rows_text(rows, input->run));
        GSC_TRY(gsc_rows_integer(rows, c->step));
        GSC_TRY(gsc_rows_text(rows, table->name));
        GSC_TRY(gsc_rows_integer(rows, (int64_t)table->num_rows));
        GSC_TRY(gsc_rows_text(rows, names.data));
    }
out:
    gsc_text_free(&names);
    return status;
}

/* ---- The rows of one table ---- */

/* "run", and the columns of a table. */
typedef struct header {
    gsc_table table; /* without rows */
    gsc_column columns[GSC_MAX_COLUMNS + 1];
} header;

/* The table of "loss", or of "loss/test_loss_by_task". */
static const gsc_table *
find_table(const gsc_checkpoint *c, const char *name)
{
    size_t length = strcspn(name, "/");
    for (size_t i = 0; i < c->num_tables; i++)
        if (strncmp(c->history[i].name, name, length) == 0 &&
            c->history[i].name[length] == '\0')
            return &c->history[i];
    return NULL;
}

static int
refuse_table(const gsc_checkpoint *c, const char *path, const char *name)
{
    gsc_text names = {0};
    for (size_t i = 0; i < c->num_tables; i++)
        gsc_text_add(&names, "%s%s", i > 0 ? ", " : "", c->history[i].name);
    int status =
        gsc_fail(GSC_EFORMAT, "%s: no table '%s' in its history; there are: %s", path,
                 name, names.data ? names.data : "none");
    gsc_text_free(&names);
    return status;
}

/* The first file's table makes the header, the others are to have the same. */
static int
match_header(header *h, const gsc_table *table, const char *path)
{
    if (h->table.num_columns == 0) {
        h->table = *table;
        h->columns[0] = table_columns[0];
        for (size_t k = 0; k < table->num_columns; k++)
            h->columns[1 + k] =
                (gsc_column){.name = h->table.columns[k], .kind = GSC_CELL_REAL};
        h->columns[1].kind = GSC_CELL_INTEGER; /* the step */
        h->columns[1].identifies = true;
        return 0;
    }
    bool same = h->table.num_columns == table->num_columns;
    for (size_t k = 0; same && k < table->num_columns; k++)
        same = strcmp(h->table.columns[k], table->columns[k]) == 0;
    return same ? 0
                : gsc_fail(GSC_EFORMAT,
                           "%s: table '%s' has other columns than the first file's",
                           path, table->name);
}

static int
print_rows(const gsc_input *input, const gsc_table *table, gsc_rows *rows)
{
    int status = 0;
    for (size_t row = 0; row < table->num_rows; row++) {
        const double *values = table->values + row * table->num_values;
        GSC_TRY(gsc_rows_text(rows, input->run));
        GSC_TRY(gsc_rows_integer(rows, (int64_t)values[0]));
        for (size_t k = 1; k < table->num_columns; k++)
            GSC_TRY(gsc_rows_real(rows, values[k]));
    }
out:
    return status;
}

/* ---- A vector column: one row for each of its numbers ---- */

static const gsc_column vector_columns[] = {
    {"run", GSC_CELL_TEXT, true, "its folder, or a lone file", false},
    {"step", GSC_CELL_INTEGER, true, "updates before the row", false},
    {"index", GSC_CELL_INTEGER, true, "of the task, position, … that it is about",
     false},
    {"value", GSC_CELL_REAL, false, "what stands there", false}};

static int
refuse_vector(const gsc_table *table, const char *path, const char *name)
{
    gsc_text names = {0};
    for (size_t i = 0; i < table->num_vectors; i++)
        gsc_text_add(&names, "%s%s", i > 0 ? ", " : "", table->vectors[i].name);
    int status = gsc_fail(GSC_EFORMAT,
                          "%s: no vector column '%s' in the table %s; there are: %s",
                          path, name, table->name, names.data ? names.data : "none");
    gsc_text_free(&names);
    return status;
}

static int
print_vector(const gsc_input *input, const gsc_table *table, const char *name,
             gsc_rows *rows)
{
    int status = 0;
    const gsc_vector_column *v = gsc_table_vector(table, name);
    if (!v)
        return refuse_vector(table, input->path, name);
    for (size_t row = 0; row < table->num_rows; row++) {
        const double *values = table->values + row * table->num_values;
        for (size_t k = 0; k < v->width; k++) {
            GSC_TRY(gsc_rows_text(rows, input->run));
            GSC_TRY(gsc_rows_integer(rows, (int64_t)values[0]));
            GSC_TRY(gsc_rows_integer(rows, (int64_t)k));
            GSC_TRY(gsc_rows_real(rows, values[v->first + k]));
        }
    }
out:
    return status;
}

/* ---- All files ---- */

typedef struct answer {
    const char *table;
    const gsc_answer *how;
    header header;
    gsc_rows rows;
} answer;

static int
begin(answer *a, const gsc_column *columns, size_t num_columns)
{
    if (a->rows.num_columns > 0)
        return 0;
    gsc_rows_init(&a->rows, columns, num_columns);
    return gsc_answer_check_columns(a->how, columns, num_columns);
}

static int
add_file(answer *a, const gsc_input *input)
{
    int status = 0;
    gsc_checkpoint c = {.step = 0};
    const gsc_table *table;
    GSC_TRY(gsc_run_read_history(&c, input->path));
    if (strcmp(a->table, GSC_HISTORY_TABLES) == 0) {
        GSC_TRY(begin(a, table_columns, sizeof table_columns / sizeof *table_columns));
        GSC_TRY(list_tables(input, &c, &a->rows));
    } else if (!(table = find_table(&c, a->table))) {
        status = refuse_table(&c, input->path, a->table);
    } else if (strchr(a->table, '/')) {
        GSC_TRY(
            begin(a, vector_columns, sizeof vector_columns / sizeof *vector_columns));
        GSC_TRY(print_vector(input, table, strchr(a->table, '/') + 1, &a->rows));
    } else {
        GSC_TRY(match_header(&a->header, table, input->path));
        GSC_TRY(begin(a, a->header.columns, 1 + table->num_columns));
        GSC_TRY(print_rows(input, table, &a->rows));
    }
out:
    gsc_checkpoint_free(&c);
    return status;
}

int
gsc_history_output(const gsc_inputs *inputs, const char *table, const gsc_answer *how)
{
    int status = 0;
    answer a = {.table = table, .how = how};
    for (size_t i = 0; i < inputs->count; i++)
        GSC_TRY(add_file(&a, &inputs->items[i]));
    GSC_TRY(gsc_rows_answer(&a.rows, how));
out:
    gsc_rows_free(&a.rows);
    return status;
}
