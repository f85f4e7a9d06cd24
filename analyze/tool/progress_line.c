/* How long it will take: one line on a terminal, rare lines in a log. */
#include "analyze/tool/progress_line.h"

#include "analyze/tool/program.h"
#include "train/base/clock.h"
#include "train/base/terminal.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const double terminal_seconds = 0.1, log_seconds = 10;

void
gsc_progress_line_begin(gsc_progress_line *line)
{
    line->quiet = gsc_program_is_quiet();
    line->terminal = gsc_program_is_terminal(STDERR_FILENO);
    line->may_end_early = false;
    line->begin = gsc_seconds();
    line->last = line->begin;
}

bool
gsc_progress_line_is_due(const gsc_progress_line *line)
{
    double pause = line->terminal ? terminal_seconds : log_seconds;
    return !line->quiet && gsc_seconds() - line->last >= pause;
}

/* "1:02:03 left", "at most 2:03 left" */
static void
format_left(char *text, size_t bytes, bool at_most, double time)
{
    const char *words = at_most ? "at most " : "";
    long whole = (long)(time + 0.5);
    if (whole >= 3600)
        snprintf(text, bytes, "%s%ld:%02ld:%02ld left", words, whole / 3600,
                 whole / 60 % 60, whole % 60);
    else
        snprintf(text, bytes, "%s%ld:%02ld left", words, whole / 60, whole % 60);
}

/* Letters, which may have several bytes. */
static size_t
count_letters(const char *text)
{
    size_t letters = 0;
    for (; *text; text++)
        letters += ((unsigned char)*text & 0xc0) != 0x80;
    return letters;
}

/* Bytes of the first `letters` letters. */
static int
bytes_of(const char *text, size_t letters)
{
    size_t bytes = 0;
    while (text[bytes] && (letters > 0 || ((unsigned char)text[bytes] & 0xc0) == 0x80))
        letters -= ((unsigned char)text[bytes++] & 0xc0) != 0x80;
    return (int)bytes;
}

/* To the line's start, and clear to its end: the first form that fits with the time
 * that is left, any but the first without it, the last one cut. The last column stays
 * free, because some terminals go on in the next line once it is filled. */
static void
show_on_terminal(const char *const *forms, const char *left)
{
    const char *const *form = forms;
    size_t room = gsc_terminal_width(STDERR_FILENO) - 1, end = 2 + count_letters(left);
    while (form[1] && count_letters(*form) + end > room &&
           (form == forms || count_letters(*form) > room))
        form++;
    bool timed = *left && count_letters(*form) + end <= room;
    fprintf(stderr, "\r\033[K%.*s%s%s", bytes_of(*form, room), *form, timed ? "  " : "",
            timed ? left : "");
}

void
gsc_progress_line_show(gsc_progress_line *line, int64_t done, int64_t total,
                       const char *const *forms)
{
    char left[64] = "";
    double elapsed = gsc_seconds() - line->begin;
    if (done > 0)
        format_left(left, sizeof left, line->may_end_early,
                    elapsed * (double)(total - done) / (double)done);
    line->last = gsc_seconds();
    if (line->terminal)
        show_on_terminal(forms, left);
    else
        fprintf(stderr, "%s%s%s\n", forms[0], *left ? "  " : "", left);
    fflush(stderr);
}

void
gsc_progress_line_end(gsc_progress_line *line)
{
    if (line->terminal && !line->quiet && line->last > line->begin)
        fprintf(stderr, "\r\033[K");
}

void
gsc_progress_line_show_checkpoints(void *line, size_t done, size_t total)
{
    char what[64];
    snprintf(what, sizeof what, "%zu of %zu checkpoints", done, total);
    if (gsc_progress_line_is_due(line))
        gsc_progress_line_show(line, (int64_t)done, (int64_t)total,
                               (const char *const[]){what, NULL});
}
