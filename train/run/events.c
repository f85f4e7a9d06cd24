/* Thresholds of the history's columns that are worth a checkpoint, as conditions. */
#include "grokscope/error.h"
#include "grokscope/text.h"

#include "train/run/schedule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[] = {"train_loss", "train_accuracy", "test_loss",
                                    "test_accuracy"};
enum { NUM_NAMES = sizeof names / sizeof *names };

/* One "column:threshold" of a list, and what is left of it. */
typedef struct event {
    char column[GSC_COLUMN_BYTES];
    double threshold;
} event;

typedef struct reader {
    const char *text, *at;
    char column[GSC_COLUMN_BYTES]; /* whose thresholds are being read, or "" */
} reader;

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
    for (size_t i = 0; i < NUM_NAMES; i++)
        if (strcmp(names[i], in->column) == 0)
            return 0;
    const char *nearest = gsc_text_nearest(in->column, names, NUM_NAMES);
    return gsc_fail(GSC_EARGUMENT, "save_on: no column '%s'; did you mean '%s'?",
                    in->column, nearest ? nearest : names[0]);
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
    reader in = {.text = text, .at = text};
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
