/* Rows as a program's answer. */
#include "analyze/rows/rows_output.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "analyze/rows/output.h"
#include "analyze/rows/rows_forms.h"
#include "train/base/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *const gsc_format_names[] = {"tsv", "json", "text", NULL};
const char *const gsc_file_format_names[] = {"tsv", "json", "text", "h5", NULL};

/* ---- Columns that are asked for ---- */

static int
refuse_column(const gsc_column *columns, size_t count, const char *name)
{
    int status = 0;
    const char **names = NULL;
    gsc_text list = {0};
    GSC_NEW(names, count);
    for (size_t c = 0; c < count; c++) {
        names[c] = columns[c].name;
        GSC_TRY(gsc_text_add(&list, "%s%s", c > 0 ? ", " : "", names[c]));
    }
    const char *nearest = gsc_text_nearest(name, names, count);
    status = gsc_fail(GSC_EARGUMENT, "columns: no '%s'; %s%s%sthere are: %s", name,
                      nearest ? "did you mean '" : "", nearest ? nearest : "",
                      nearest ? "'? " : "", list.data ? list.data : "none");
out:
    free(names);
    gsc_text_free(&list);
    return status;
}

static size_t
find_column(const gsc_column *columns, size_t count, const char *name)
{
    size_t c = 0;
    while (c < count && strcmp(columns[c].name, name) != 0)
        c++;
    return c;
}

/* Append the column called `name` to `chosen`. */
static int
choose(const gsc_column *columns, size_t count, const char *name, size_t *chosen,
       size_t *num_chosen)
{
    size_t column = find_column(columns, count, name);
    if (column == count)
        return refuse_column(columns, count, name);
    for (size_t i = 0; i < *num_chosen; i++)
        if (chosen[i] == column)
            return gsc_fail(GSC_EARGUMENT, "columns: '%s' stands twice", name);
    chosen[(*num_chosen)++] = column;
    return 0;
}

int
gsc_columns_choose(const gsc_column *columns, size_t count, const char *list,
                   size_t *chosen, size_t *num_chosen)
{
    int status = 0;
    gsc_text name = {0};
    *num_chosen = 0;
    for (const char *at = list;; at++) {
        size_t bytes = strcspn(at += strspn(at, " "), ",");
        size_t end = bytes;
        while (end > 0 && at[end - 1] == ' ')
            end--;
        name.length = 0;
        GSC_TRY(gsc_text_add(&name, "%.*s", (int)end, at));
        GSC_TRY(choose(columns, count, name.data, chosen, num_chosen));
        at += bytes;
        if (*at == '\0')
            break;
    }
out:
    gsc_text_free(&name);
    return status;
}

int
gsc_answer_check_columns(const gsc_answer *how, const gsc_column *columns,
                         size_t num_columns)
{
    int status = 0;
    size_t *chosen = NULL, num_chosen;
    if (!how->columns || !*how->columns)
        return 0;
    GSC_NEW(chosen, num_columns);
    GSC_TRY(
        gsc_columns_choose(columns, num_columns, how->columns, chosen, &num_chosen));
out:
    free(chosen);
    return status;
}

/* ---- Rows ---- */

static int
write_rows(const gsc_rows *rows, const gsc_answer *how)
{
    int status = 0;
    gsc_text text = {0};
    const char *path = how->path ? how->path : "";
    GSC_TRY(gsc_answer_check_path(how));
    switch (how->format) {
    case GSC_FORMAT_H5:
        return gsc_rows_write_h5(rows, how->program, GSC_VERSION, path);
    case GSC_FORMAT_TEXT:
        GSC_TRY(gsc_rows_add_drawing(
            rows, gsc_terminal_width(*path ? -1 : STDOUT_FILENO), &text));
        break;
    case GSC_FORMAT_JSON:
        GSC_TRY(gsc_rows_add_json(rows, how->program, &text));
        break;
    default:
        GSC_TRY(gsc_rows_add_tsv(rows, &text));
    }
    GSC_TRY(gsc_output_write_text(&text, path, how->force));
out:
    gsc_text_free(&text);
    return status;
}

/* Rows of some of the columns; their texts are still the others'. */
static int
write_chosen(const gsc_rows *rows, const gsc_answer *how)
{
    int status = 0;
    size_t *chosen = NULL, n, count = gsc_rows_count(rows);
    gsc_column *columns = NULL;
    gsc_cell *cells = NULL;
    GSC_NEW(chosen, rows->num_columns);
    GSC_TRY(
        gsc_columns_choose(rows->columns, rows->num_columns, how->columns, chosen, &n));
    GSC_NEW(columns, n);
    GSC_NEW(cells, n * count);
    for (size_t c = 0; c < n; c++) {
        columns[c] = rows->columns[chosen[c]];
        for (size_t i = 0; i < count; i++)
            cells[i * n + c] = *gsc_rows_cell(rows, i, chosen[c]);
    }
    gsc_rows part = *rows;
    part.columns = columns;
    part.num_columns = n;
    part.num_cells = n * count;
    part.cells = cells;
    GSC_TRY(write_rows(&part, how));
out:
    free(chosen);
    free(columns);
    free(cells);
    return status;
}

int
gsc_rows_answer(const gsc_rows *rows, const gsc_answer *how)
{
    return how->columns && *how->columns ? write_chosen(rows, how)
                                         : write_rows(rows, how);
}

int
gsc_answer_check_path(const gsc_answer *how)
{
    const char *path = how->path ? how->path : "";
    if (how->format == GSC_FORMAT_H5 && *path == '\0')
        return gsc_fail(GSC_EARGUMENT, "format h5 is a file: name one with --output");
    return gsc_output_check(path, how->force);
}

int
gsc_rows_shape(gsc_rows *rows, gsc_shape shape)
{
    int status = 0;
    gsc_text text = {0};
    GSC_TRY(gsc_shape_add(shape, &text));
    GSC_TRY(gsc_rows_text(rows, text.data));
out:
    gsc_text_free(&text);
    return status;
}

int
gsc_columns_add(const char *title, const gsc_column *columns, size_t num_columns,
                gsc_text *text)
{
    int status = 0;
    if (title)
        GSC_TRY(gsc_text_add(text, "%s:\n", title));
    for (size_t c = 0; c < num_columns; c++)
        GSC_TRY(gsc_text_add(text, "  %s %s\n", columns[c].name, columns[c].help));
out:
    return status;
}
