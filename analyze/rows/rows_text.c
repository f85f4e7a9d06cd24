/* Rows drawn for people: one as a list of its cells, more as a table. */
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "analyze/rows/rows_forms.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Digits of a number; letters between columns; letters that a column of text is given
 * at least before a table is broken. */
enum { DIGITS = 5, GAP = 2, NARROWEST = 24 };

/* ---- Words and how they are broken ---- */

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

static bool
begins_letter(char byte)
{
    return ((unsigned char)byte & 0xc0) != 0x80; /* letters may have several bytes */
}

static size_t
letters(const char *words)
{
    size_t count = 0;
    for (; *words; words++)
        count += begins_letter(*words);
    return count;
}

/* Bytes of the words that stand in a line of `width` letters: up to the last blank
 * there, or within a word where there is none. */
static size_t
piece(const char *words, size_t width)
{
    size_t bytes = 0, used = 0, blank = 0;
    for (; words[bytes]; bytes++) {
        used += begins_letter(words[bytes]);
        if (used > width)
            break;
        if (words[bytes] == ' ')
            blank = bytes;
    }
    if (words[bytes] == '\0' || words[bytes] == ' ' || blank == 0)
        return bytes;
    return blank;
}

/* ---- Lines ---- */

/* A cell that is being written, line after line. */
typedef struct cell {
    char number[GSC_NUMBER_BYTES];
    const char *rest; /* what is not yet written */
    size_t width;
    bool right;
} cell;

static int
add_piece(cell *c, gsc_text *text)
{
    int status = 0;
    size_t bytes = piece(c->rest, c->width), count = 0;
    for (size_t i = 0; i < bytes; i++)
        count += begins_letter(c->rest[i]);
    int blanks = (int)(c->width - count);
    GSC_TRY(gsc_text_add(text, "%*s", c->right ? blanks : 0, ""));
    GSC_TRY(gsc_text_add(text, "%.*s", (int)bytes, c->rest));
    GSC_TRY(gsc_text_add(text, "%*s", c->right ? 0 : blanks, ""));
    c->rest += bytes;
    c->rest += *c->rest == ' ';
out:
    return status;
}

/* Cells beside each other, in as many lines as the longest takes. */
static int
add_cells(cell *cells, size_t count, gsc_text *text)
{
    int status = 0;
    for (bool more = true; more;) {
        more = false;
        for (size_t c = 0; c < count; c++) {
            GSC_TRY(gsc_text_add(text, "%*s", c > 0 ? GAP : 0, ""));
            GSC_TRY(add_piece(&cells[c], text));
            more = more || *cells[c].rest;
        }
        while (text->length > 0 && text->data[text->length - 1] == ' ')
            text->data[--text->length] = '\0';
        GSC_TRY(gsc_text_add(text, "\n"));
    }
out:
    return status;
}

/* ---- One row ---- */

static int
add_list(const gsc_rows *rows, size_t width, gsc_text *text)
{
    int status = 0;
    size_t widest = 0;
    for (size_t c = 0; c < rows->num_columns; c++)
        widest = letters(rows->columns[c].name) > widest
                     ? letters(rows->columns[c].name)
                     : widest;
    size_t rest = width > widest + GAP + NARROWEST ? width - widest - GAP : NARROWEST;
    for (size_t c = 0; c < rows->num_columns; c++) {
        cell cells[2] = {{.rest = rows->columns[c].name, .width = widest},
                         {.width = rest}};
        cells[1].rest = words_of(rows, 0, c, cells[1].number);
        GSC_TRY(add_cells(cells, 2, text));
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

/* Letters of the columns from begin to end, gaps in front of them counted. */
static size_t
sum_widths(const size_t *width, size_t begin, size_t end)
{
    size_t sum = 0;
    for (size_t c = begin; c < end; c++)
        sum += width[c] + (c > 0 ? GAP : 0);
    return sum;
}

/* The widest column of text gives way to the others. */
static void
narrow_text(const gsc_rows *rows, size_t *width, size_t all)
{
    size_t widest = SIZE_MAX, sum = sum_widths(width, 0, rows->num_columns);
    for (size_t c = 0; c < rows->num_columns; c++)
        if (rows->columns[c].kind == GSC_CELL_TEXT &&
            (widest == SIZE_MAX || width[c] > width[widest]))
            widest = c;
    if (sum <= all || widest == SIZE_MAX || width[widest] <= NARROWEST)
        return;
    size_t rest = sum - width[widest];
    width[widest] = rest + NARROWEST < all ? all - rest : NARROWEST;
}

/* Columns that stand in front of each block of a table that is too wide: those that
 * name the row, as far as they take half of it at most. */
static size_t
count_leading(const gsc_rows *rows, const size_t *width, size_t all)
{
    size_t count = 0;
    while (count < rows->num_columns && rows->columns[count].identifies &&
           2 * sum_widths(width, 0, count + 1) <= all)
        count++;
    return count;
}

/* Line `row`, or the names of the columns: the leading ones, and those from begin to
 * end; numbers stand to the right. */
static int
add_row(const gsc_rows *rows, size_t row, const size_t *width, size_t leading,
        size_t begin, size_t end, cell *cells, gsc_text *text)
{
    size_t count = 0;
    for (size_t c = 0; c < end; c++) {
        if (c >= leading && c < begin)
            continue;
        cell *here = &cells[count++];
        here->width = width[c];
        here->right = rows->columns[c].kind != GSC_CELL_TEXT;
        here->rest = row == SIZE_MAX ? rows->columns[c].name
                                     : words_of(rows, row, c, here->number);
    }
    return add_cells(cells, count, text);
}

/* Blocks of as many columns as the width has room for, one at least. */
static int
add_table(const gsc_rows *rows, size_t all, size_t *width, cell *cells, gsc_text *text)
{
    int status = 0;
    size_t count = gsc_rows_count(rows), n = rows->num_columns;
    narrow_text(rows, width, all);
    bool whole = sum_widths(width, 0, n) <= all;
    size_t leading = whole ? 0 : count_leading(rows, width, all), begin = leading;
    do {
        size_t end = begin + (begin < n), used = sum_widths(width, 0, leading);
        while (end < n && used + sum_widths(width, begin, end + 1) <= all)
            end++;
        GSC_TRY(gsc_text_add(text, "%s", begin > leading ? "\n" : ""));
        for (size_t i = 0; i <= count; i++)
            GSC_TRY(add_row(rows, i == 0 ? SIZE_MAX : i - 1, width, leading, begin, end,
                            cells, text));
        begin = end;
    } while (begin < n);
out:
    return status;
}

static int
add_rows(const gsc_rows *rows, size_t width, gsc_text *text)
{
    int status = 0;
    size_t *widths = NULL;
    cell *cells = NULL;
    if (gsc_rows_count(rows) == 1)
        return add_list(rows, width, text);
    GSC_NEW(widths, rows->num_columns);
    GSC_NEW(cells, rows->num_columns);
    find_widths(rows, widths);
    GSC_TRY(add_table(rows, width, widths, cells, text));
out:
    free(widths);
    free(cells);
    return status;
}

/* ---- Texts as a terminal may show them ---- */

/* The same rows, names and texts of which are escaped. Their numbers are borrowed. */
typedef struct shown_rows {
    gsc_rows rows;
    gsc_column *columns;
    gsc_cell *cells;
    char **texts; /* which columns and cells point to */
    size_t num_texts;
} shown_rows;

static void
free_shown(shown_rows *shown)
{
    for (size_t i = 0; i < shown->num_texts; i++)
        free(shown->texts[i]);
    free(shown->texts);
    free(shown->columns);
    free(shown->cells);
}

/* Escape a text and keep it. */
static int
keep(shown_rows *shown, const char *string, char **escaped)
{
    gsc_text text = {0};
    int status = gsc_text_add_escaped(&text, string);
    if (status < 0)
        gsc_text_free(&text);
    else
        *escaped = shown->texts[shown->num_texts++] = text.data;
    return status;
}

static int
init_shown(shown_rows *shown, const gsc_rows *rows)
{
    int status = 0;
    size_t n = rows->num_columns;
    GSC_NEW(shown->texts, n + rows->num_cells);
    GSC_NEW(shown->columns, n);
    GSC_NEW(shown->cells, rows->num_cells);
    for (size_t c = 0; c < n; c++) {
        char *name;
        GSC_TRY(keep(shown, rows->columns[c].name, &name));
        shown->columns[c] = rows->columns[c];
        shown->columns[c].name = name;
    }
    for (size_t i = 0; i < rows->num_cells; i++) {
        shown->cells[i] = rows->cells[i];
        if (rows->columns[i % n].kind == GSC_CELL_TEXT)
            GSC_TRY(keep(shown, rows->cells[i].text, &shown->cells[i].text));
    }
    shown->rows = *rows;
    shown->rows.columns = shown->columns;
    shown->rows.cells = shown->cells;
out:
    return status;
}

int
gsc_rows_add_drawing(const gsc_rows *rows, size_t width, gsc_text *text)
{
    int status = 0;
    shown_rows shown = {.num_texts = 0};
    GSC_TRY(init_shown(&shown, rows));
    GSC_TRY(add_rows(&shown.rows, width, text));
out:
    free_shown(&shown);
    return status;
}
