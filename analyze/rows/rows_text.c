/* Rows drawn for people: one as a list of its cells, more as a table. */
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "analyze/rows/rows_output.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIGITS = 5 };

/* What a cell says, to DIGITS digits; text may be longer than a number has room for. */
static const char *
words_of(const gsc_rows *rows, size_t row, size_t column, char number[GSC_NUMBER_BYTES])
{
    const gsc_cell *cell = gsc_rows_cell(rows, row, column);
    switch (rows->columns[column].kind) {
    case GSC_CELL_REAL:
        snprintf(number, GSC_NUMBER_BYTES, isnan(cell->real) ? "-" : "%.*g", DIGITS,
                 cell->real);
        return number;
    case GSC_CELL_INTEGER:
        snprintf(number, GSC_NUMBER_BYTES, "%lld", (long long)cell->integer);
        return number;
    case GSC_CELL_BOOL:
        return cell->truth ? "yes" : "no";
    default:
        return *cell->text ? cell->text : "-";
    }
}

/* Letters, which may have several bytes. */
static size_t
letters(const char *words)
{
    size_t count = 0;
    for (; *words; words++)
        count += ((unsigned char)*words & 0xc0) != 0x80;
    return count;
}

static int
add_padded(gsc_text *text, const char *words, size_t width, bool right)
{
    int blanks = (int)(width - letters(words));
    return right ? gsc_text_add(text, "%*s%s", blanks, "", words)
                 : gsc_text_add(text, "%s%*s", words, blanks, "");
}

/* ---- One row ---- */

static int
add_list(const gsc_rows *rows, gsc_text *text)
{
    int status = 0;
    char number[GSC_NUMBER_BYTES];
    size_t width = 0;
    for (size_t c = 0; c < rows->num_columns; c++)
        width = letters(rows->columns[c].name) > width ? letters(rows->columns[c].name)
                                                       : width;
    for (size_t c = 0; c < rows->num_columns; c++) {
        GSC_TRY(add_padded(text, rows->columns[c].name, width, false));
        GSC_TRY(gsc_text_add(text, "  %s\n", words_of(rows, 0, c, number)));
    }
out:
    return status;
}

/* ---- A table ---- */

static void
find_widths(const gsc_rows *rows, size_t *width)
{
    char number[GSC_NUMBER_BYTES];
    for (size_t c = 0; c < rows->num_columns; c++) {
        width[c] = letters(rows->columns[c].name);
        for (size_t i = 0; i < gsc_rows_count(rows); i++) {
            size_t here = letters(words_of(rows, i, c, number));
            width[c] = here > width[c] ? here : width[c];
        }
    }
}

/* Line `row`, or the names of the columns; numbers stand to the right. */
static int
add_line(const gsc_rows *rows, size_t row, const size_t *width, gsc_text *text)
{
    int status = 0;
    char number[GSC_NUMBER_BYTES];
    for (size_t c = 0; c < rows->num_columns; c++) {
        bool right = rows->columns[c].kind != GSC_CELL_TEXT;
        const char *words =
            row == SIZE_MAX ? rows->columns[c].name : words_of(rows, row, c, number);
        GSC_TRY(gsc_text_add(text, "%s", c > 0 ? "  " : ""));
        GSC_TRY(add_padded(text, words, width[c], right));
    }
    while (text->length > 0 && text->data[text->length - 1] == ' ')
        text->data[--text->length] = '\0';
    GSC_TRY(gsc_text_add(text, "\n"));
out:
    return status;
}

int
gsc_rows_output_text(const gsc_rows *rows, const char *path, bool force)
{
    int status = 0;
    size_t *width = NULL, count = gsc_rows_count(rows);
    gsc_text text = {0};
    if (count == 1) {
        GSC_TRY(add_list(rows, &text));
    } else {
        GSC_NEW(width, rows->num_columns);
        find_widths(rows, width);
        GSC_TRY(add_line(rows, SIZE_MAX, width, &text));
        for (size_t i = 0; i < count; i++)
            GSC_TRY(add_line(rows, i, width, &text));
    }
    GSC_TRY(gsc_output_write_text(&text, path, force));
out:
    gsc_text_free(&text);
    free(width);
    return status;
}
