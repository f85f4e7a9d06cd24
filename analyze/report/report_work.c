/* Work over the checkpoints of a report, and what is told of it. */
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "analyze/report/report_run.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- Notes ---- */

int
gsc_notes_add(gsc_notes *notes, const char *format, ...)
{
    int status = 0;
    char sentence[2048];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    GSC_TRY(gsc_grow(&notes->items, notes->count, &notes->room, sizeof *notes->items));
    notes->items[notes->count] = gsc_copy_text(sentence);
    if (!notes->items[notes->count])
        return GSC_EMEMORY;
    notes->count++;
out:
    return status;
}

void
gsc_notes_free(gsc_notes *notes)
{
    for (size_t i = 0; i < notes->count; i++)
        free(notes->items[i]);
    free(notes->items);
    *notes = (gsc_notes){.count = 0};
}

/* ---- Steps that are drawn ---- */

size_t
gsc_report_place(const size_t *at, size_t count, size_t step)
{
    for (size_t i = 0; i < count; i++)
        if (at[i] == step)
            return i;
    return SIZE_MAX;
}

/* ---- The line that people see ---- */

void
gsc_work_show(void *work_shown, size_t done, size_t total)
{
    const gsc_work_shown *work = work_shown;
    const gsc_report_options *o = work->options;
    (void)total;
    if (o->show)
        o->show(o->context, work->done + done * work->weight, work->total);
}
