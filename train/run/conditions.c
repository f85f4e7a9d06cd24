/* Conditions on the rows of a history. */
#include "train/run/conditions.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const operators[] = {"<", "<=", ">", ">=", "==", "!="};
enum { NUM_OPERATORS = sizeof operators / sizeof *operators };

/* What is being read, for those who are to be told of a fault. */
typedef struct reader {
    const char *option, *at;
    const gsc_history *history;
    gsc_condition *into;
} reader;

static void
skip_blanks(reader *r)
{
    r->at += strspn(r->at, " \t");
}

/* Take the next letters that are among `letters`. */
static int
take_word(reader *r, const char *letters, const char *what,
          char word[2 * GSC_COLUMN_BYTES])
{
    skip_blanks(r);
    size_t length = strspn(r->at, letters);
    if (length == 0 || length >= 2 * GSC_COLUMN_BYTES)
        return gsc_fail(GSC_EARGUMENT, "%s: '%s' does not begin with %s", r->option,
                        r->at, what);
    memcpy(word, r->at, length);
    word[length] = '\0';
    r->at += length;
    return 0;
}

/* ---- Columns ---- */

/* Why a column is not in a table of the history. */
static int
refuse_column(const reader *r, size_t index, const char *name)
{
    const gsc_table *table = &r->history->tables[index];
    const char *names[GSC_MAX_COLUMNS];
    if (index > 0) {
        gsc_online_table t = gsc_online_table_at(r->history->online, index - 1);
        for (const char *const *other = t.others; *other; other++)
            if (strcmp(*other, name) == 0)
                return gsc_fail(GSC_EARGUMENT,
                                "%s: %s.%s is no number that one checkpoint tells",
                                r->option, t.name, name);
    }
    for (size_t c = 0; c < table->num_columns; c++)
        names[c] = table->columns[c];
    const char *nearest = gsc_text_nearest(name, names, table->num_columns);
    return gsc_fail(GSC_EARGUMENT, "%s: no column '%s' in the table '%s'%s%s%s",
                    r->option, name, table->name, nearest ? "; did you mean '" : "",
                    nearest ? nearest : "", nearest ? "'?" : "");
}

/* A measure that is not asked, or none. */
static int
refuse_measure(const reader *r, const char *name, const char *column)
{
    enum { MOST = 64 };
    const char *names[MOST], *one;
    size_t count = 0;
    const gsc_online *online = r->history->online;
    const gsc_online_measures *m = online ? online->measures : NULL;
    for (; m && count < MOST && (one = m->name(m->registry, count)); count++) {
        names[count] = one;
        if (strcmp(one, name) == 0)
            return gsc_fail(GSC_EARGUMENT, "%s: %s.%s asks for --measure %s", r->option,
                            name, column, name);
    }
    const char *nearest = gsc_text_nearest(name, names, count);
    return gsc_fail(GSC_EARGUMENT, "%s: no measure '%s' (of '%s.%s')%s%s%s", r->option,
                    name, name, column, nearest ? "; did you mean '" : "",
                    nearest ? nearest : "", nearest ? "'?" : "");
}

/* "test_loss", "progress.restricted_loss" */
static int
read_column(reader *r, gsc_condition_term *c)
{
    int status = 0;
    char name[2 * GSC_COLUMN_BYTES];
    GSC_TRY(take_word(r,
                      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                      "0123456789_.",
                      "a column", name));
    const gsc_history *h = r->history;
    char *dot = strchr(name, '.'), *column = dot ? dot + 1 : name;
    if (dot)
        *dot = '\0';
    for (c->table = 0; dot && c->table < h->num_tables; c->table++)
        if (c->table > 0 && strcmp(h->tables[c->table].name, name) == 0)
            break;
    if (c->table == h->num_tables)
        return refuse_measure(r, name, column);
    const gsc_table *table = &h->tables[c->table];
    c->column = gsc_table_column(table, column);
    if (c->column == SIZE_MAX)
        return refuse_column(r, c->table, column);
out:
    return status;
}

/* ---- A term ---- */

static int
read_operator(reader *r, gsc_condition_term *c)
{
    int status = 0, how = 0;
    char word[2 * GSC_COLUMN_BYTES];
    GSC_TRY(take_word(r, "<>=!~", "one of < <= > >= == !=", word));
    while (how < NUM_OPERATORS && strcmp(operators[how], word) != 0)
        how++;
    if (how == NUM_OPERATORS)
        return gsc_fail(GSC_EARGUMENT, "%s: '%s' is none of < <= > >= == !=", r->option,
                        word);
    c->how = (gsc_condition_operator)how;
out:
    return status;
}

static int
read_value(reader *r, gsc_condition_term *c)
{
    char number[64];
    skip_blanks(r);
    size_t length = strcspn(r->at, ", \t");
    snprintf(number, sizeof number, "%.*s", (int)length, r->at);
    if (length >= sizeof number || gsc_text_to_real(number, &c->value) < 0 ||
        isnan(c->value))
        return gsc_fail(GSC_EARGUMENT, "%s: '%s' is not a number to compare with",
                        r->option, number);
    r->at += length;
    return 0;
}

static int
read_term(reader *r)
{
    int status = 0;
    gsc_condition *into = r->into;
    gsc_condition_term c = {0};
    GSC_TRY(read_column(r, &c));
    GSC_TRY(read_operator(r, &c));
    GSC_TRY(read_value(r, &c));
    GSC_TRY(gsc_grow(&into->terms, into->count, &into->room, sizeof c));
    into->terms[into->count++] = c;
    into->of_losses = into->of_losses && c.table == 0;
out:
    return status;
}

/* ---- A list ---- */

/* Comparisons up to a comma or the end. */
static int
read_condition(reader *r)
{
    int status = 0;
    const char *begin;
    skip_blanks(r);
    for (begin = r->at;;) {
        GSC_TRY(read_term(r));
        const char *end = r->at;
        skip_blanks(r);
        if (*r->at == ',' || *r->at == '\0') {
            size_t length = (size_t)(end - begin);
            GSC_NEW(r->into->text, length + 1);
            memcpy(r->into->text, begin, length);
            goto out;
        }
        if (strncmp(r->at, "and", 3) != 0 || strcspn(r->at, " \t") != 3)
            return gsc_fail(GSC_EARGUMENT,
                            "%s: '%s' begins with neither 'and' nor a comma", r->option,
                            r->at);
        r->at += 3;
    }
out:
    return status;
}

int
gsc_conditions_add(gsc_conditions *conditions, const char *option, const char *list,
                   const gsc_history *history)
{
    int status = 0;
    reader r = {.option = option, .at = list, .history = history};
    skip_blanks(&r);
    while (*r.at) {
        GSC_TRY(gsc_grow(&conditions->items, conditions->count, &conditions->room,
                         sizeof *conditions->items));
        r.into = &conditions->items[conditions->count++];
        *r.into = (gsc_condition){.option = option, .of_losses = true};
        GSC_TRY(read_condition(&r));
        if (*r.at == '\0')
            break;
        r.at++; /* a comma, after which there is one more */
        skip_blanks(&r);
        if (*r.at == '\0')
            GSC_TRY(
                gsc_fail(GSC_EARGUMENT, "%s: nothing after the last comma", r.option));
    }
out:
    return status;
}

void
gsc_conditions_free(gsc_conditions *conditions)
{
    for (size_t i = 0; i < conditions->count; i++) {
        free(conditions->items[i].text);
        free(conditions->items[i].terms);
    }
    free(conditions->items);
    *conditions = (gsc_conditions){.count = 0};
}

/* ---- Judging ---- */

static bool
compare_numbers(gsc_condition_operator how, double found, double value)
{
    switch (how) {
    case GSC_BELOW:
        return found < value;
    case GSC_AT_MOST:
        return found <= value;
    case GSC_ABOVE:
        return found > value;
    case GSC_AT_LEAST:
        return found >= value;
    case GSC_EQUAL:
        return found == value;
    default:
        return !isnan(found) && found != value;
    }
}

bool
gsc_conditions_holds(const gsc_condition *condition, const double *const *rows,
                     bool *known)
{
    bool holds = true;
    *known = true;
    for (size_t i = 0; i < condition->count; i++) {
        const gsc_condition_term *c = &condition->terms[i];
        const double *row = rows[c->table];
        bool evaluated = row && (c->table > 0 || !isnan(row[c->column]));
        *known = *known && evaluated;
        holds = holds && row && compare_numbers(c->how, row[c->column], c->value);
    }
    return holds;
}
