/* Thresholds of the history's columns that are worth a checkpoint, as conditions. */
#include "grokscope/error.h"
#include "grokscope/text.h"

#include "train/run/schedule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One "column:threshold" of a list, and what is left of it. */
typedef struct event {
    char column[GSC_COLUMN_BYTES];
    double threshold;
} event;

typedef struct reader {
    const char *text, *at;
    const gsc_table *losses;
    char column[GSC_COLUMN_BYTES]; /* whose thresholds are being read, or "" */
} reader;

static bool
is_loss_or_accuracy(const char *name)
{
    static const char *const endings[] = {"loss", "accuracy"};
    size_t length = strlen(name);
    for (size_t i = 0; i < 2; i++)
        if (length > strlen(endings[i]) &&
            strcmp(name + length - strlen(endings[i]), endings[i]) == 0)
            return true;
    return false;
}

/* The column is a loss or an accuracy of the history. */
static int
check_column(const reader *in)
{
    const char *names[GSC_MAX_COLUMNS];
    size_t count = 0;
    for (size_t i = 0; i < in->losses->num_columns; i++)
        if (is_loss_or_accuracy(in->losses->columns[i]))
            names[count++] = in->losses->columns[i];
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], in->column) == 0)
            return 0;
    const char *nearest = gsc_text_nearest(in->column, names, count);
    return gsc_fail(GSC_EARGUMENT, "save_on: no column '%s'; did you mean '%s'?",
                    in->column, nearest ? nearest : names[0]);
}

static int
read_column(reader *in)
{
    size_t length = strcspn(in->at, ": ");
    if (in->at[length] != ':' || length == 0 || length >= sizeof in->column)
        return gsc_fail(GSC_EARGUMENT,
                        "save_on: '%s': '%s' does not begin with column:threshold",
                        in->text, in->at);
    memcpy(in->column, in->at, length);
    in->column[length] = '\0';
    in->at += length + 1;
    return check_column(in);
}

/* The next event: 1, 0 at the end, or a failure. */
static int
next_event(reader *in, event *out)
{
    char number[64];
    if (in->column[0] == '\0') {
        in->at += strspn(in->at, " ");
        if (*in->at == '\0')
            return 0;
        int status = read_column(in);
        if (status < 0)
            return status;
    }
    size_t length = strcspn(in->at, ", ");
    snprintf(number, sizeof number, "%.*s", (int)length, in->at);
    if (gsc_text_to_real(number, &out->threshold) < 0 || !(out->threshold >= 0))
        return gsc_fail(GSC_EARGUMENT, "save_on: '%s': '%s' is no threshold of %s",
                        in->text, number, in->column);
    strcpy(out->column, in->column);
    in->at += length;
    if (*in->at == ',')
        in->at++;
    else
        in->column[0] = '\0';
    return 1;
}

int
gsc_events_add(const char *text, const gsc_history *history, gsc_conditions *conditions)
{
    reader in = {.text = text, .at = text, .losses = &history->tables[0]};
    event e;
    int more;
    while ((more = next_event(&in, &e)) > 0) {
        char number[GSC_NUMBER_BYTES], list[GSC_COLUMN_BYTES + GSC_NUMBER_BYTES + 8];
        gsc_text_from_real(number, e.threshold);
        snprintf(list, sizeof list, "%s %s %s", e.column,
                 strstr(e.column, "loss") ? "<=" : ">=", number);
        int status = gsc_conditions_add(conditions, "save_on", list, history);
        if (status < 0)
            return status;
    }
    return more;
}
