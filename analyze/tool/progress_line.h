/* How long it will take: one line on a terminal, rare lines in a log. */
#ifndef GROKSCOPE_PROGRESS_LINE_H
#define GROKSCOPE_PROGRESS_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gsc_progress_line {
    bool quiet, terminal;
    bool may_end_early; /* what is left is "at most" so long */
    double begin, last; /* seconds */
} gsc_progress_line;

/* Begin, with may_end_early false. */
void gsc_progress_line_begin(gsc_progress_line *line);

/* Show that `done` of `total` are done since the beginning, with what is worth knowing
 * now: at most ten times a second on a terminal, every 10 seconds in a log. Whether it
 * is time is cheap to ask first. `forms` say the same ever shorter, NULL after the
 * last. A log has the first one. A terminal has the longest that fits in a line, the
 * first one only if the time that is left fits too. */
bool gsc_progress_line_is_due(const gsc_progress_line *line);
void gsc_progress_line_show(gsc_progress_line *line, int64_t done, int64_t total,
                            const char *const *forms);

/* The same, where it is due, of checkpoints that a measure over runs is through with;
 * `line` is a gsc_progress_line (gsc_measured_runs_options). */
void gsc_progress_line_show_checkpoints(void *line, size_t done, size_t total);

/* Take the line off the terminal. */
void gsc_progress_line_end(gsc_progress_line *line);

#ifdef __cplusplus
}
#endif
#endif
