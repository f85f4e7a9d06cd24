/* How long it will take: one line on a terminal, rare lines in a log. */
#include "analyze/tool/progress_line.h"

#include "analyze/tool/program.h"
#include "train/base/clock.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const double terminal_seconds = 0.1, log_seconds = 10;

void
gsc_progress_line_begin(gsc_progress_line *line)
{
    line->quiet = gsc_program_is_quiet();
    line->terminal = gsc_program_is_terminal(STDERR_FILENO);
    line->begin = gsc_seconds();
    line->last = line->begin;
}

bool
gsc_progress_line_is_due(const gsc_progress_line *line)
{
    double pause = line->terminal ? terminal_seconds : log_seconds;
    return !line->quiet && gsc_seconds() - line->last >= pause;
}

/* "1:02:03", "2:03" */
static void
format_time(char *text, size_t bytes, double time)
{
    long whole = (long)(time + 0.5);
    if (whole >= 3600)
        snprintf(text, bytes, "%ld:%02ld:%02ld", whole / 3600, whole / 60 % 60,
                 whole % 60);
    else
        snprintf(text, bytes, "%ld:%02ld", whole / 60, whole % 60);
}

void
gsc_progress_line_show(gsc_progress_line *line, int64_t done, int64_t total,
                       const char *what)
{
    char left[32] = "?";
    double elapsed = gsc_seconds() - line->begin;
    if (done > 0)
        format_time(left, sizeof left, elapsed * (double)(total - done) / (double)done);
    line->last = gsc_seconds();
    if (line->terminal) /* to the line's start, and clear to its end */
        fprintf(stderr, "\r\033[K%s  %s left", what, left);
    else
        fprintf(stderr, "%s  %s left\n", what, left);
    fflush(stderr);
}

void
gsc_progress_line_end(gsc_progress_line *line)
{
    if (line->terminal && !line->quiet && line->last > line->begin)
        fputc('\n', stderr);
}

void
gsc_progress_line_show_checkpoints(void *line, size_t done, size_t total)
{
    char what[64];
    snprintf(what, sizeof what, "%zu of %zu checkpoints", done, total);
    if (gsc_progress_line_is_due(line))
        gsc_progress_line_show(line, (int64_t)done, (int64_t)total, what);
}
