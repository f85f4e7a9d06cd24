/* Work over the checkpoints of a report, and what is told of it. */
#include "report_run.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
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

/* ---- Pieces ---- */

void
gsc_work_show(void *work_shown, size_t done, size_t total)
{
    const gsc_work_shown *work = work_shown;
    const gsc_report_options *o = work->options;
    (void)total;
    if (o->show)
        o->show(o->context, work->done + done * work->weight, work->total);
}

typedef struct pieces {
    gsc_work_shown *work;
    gsc_piece *piece;
    void *context;
    size_t count;
    pthread_t caller;
    atomic_size_t num_done;
    atomic_size_t first_failed; /* or SIZE_MAX */
    int *statuses;
    char **messages;
} pieces;

static void
note_failure(pieces *p, size_t item)
{
    size_t first = atomic_load(&p->first_failed);
    while (item < first &&
           !atomic_compare_exchange_weak(&p->first_failed, &first, item))
        ;
}

static void
do_piece(pieces *p, size_t item, gsc_threads *threads)
{
    if (item > atomic_load(&p->first_failed))
        return;
    p->statuses[item] = p->piece(p->context, item, threads);
    if (p->statuses[item] < 0) {
        p->messages[item] = gsc_copy_text(gsc_error_text());
        note_failure(p, item);
    }
    size_t done = atomic_fetch_add(&p->num_done, 1) + 1;
    if (pthread_equal(pthread_self(), p->caller))
        gsc_work_show(p->work, done, p->count);
}

static void
do_alone(void *context, size_t item, size_t worker)
{
    (void)worker;
    do_piece(context, item, NULL);
}

static void
do_with_all_threads(void *context, size_t item, size_t worker)
{
    pieces *p = context;
    (void)worker;
    do_piece(p, item, p->work->options->threads);
}

static int
first_failure(const pieces *p)
{
    size_t item = atomic_load(&p->first_failed);
    if (item == SIZE_MAX)
        return 0;
    return gsc_fail(p->statuses[item], "%s",
                    p->messages[item] ? p->messages[item]
                                      : "failed, and there was no memory to say why");
}

int
gsc_pieces_do(gsc_work_shown *work, size_t count, gsc_piece *piece, void *context)
{
    int status = 0;
    gsc_threads *threads = work->options->threads;
    pieces p = {.work = work,
                .piece = piece,
                .context = context,
                .count = count,
                .caller = pthread_self()};
    atomic_store(&p.first_failed, SIZE_MAX);
    GSC_NEW(p.statuses, count);
    GSC_NEW(p.messages, count);
    if (threads && count < gsc_threads_count(threads))
        gsc_threads_run(NULL, do_with_all_threads, &p, count);
    else
        gsc_threads_run(threads, do_alone, &p, count);
    GSC_TRY(first_failure(&p));
out:
    for (size_t i = 0; p.messages && i < count; i++)
        free(p.messages[i]);
    free(p.messages);
    free(p.statuses);
    work->done += count * work->weight;
    return status;
}
