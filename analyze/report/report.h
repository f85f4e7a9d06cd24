/* A report of runs: one HTML file with its data inside. analyze/report/DATA.md says
 * what stands in it. */
#ifndef GROKSCOPE_REPORT_H
#define GROKSCOPE_REPORT_H

#include "grokscope/loaded_model.h"
#include "grokscope/text.h"
#include "grokscope/threads.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gsc_report_options {
    const char *const *runs; /* folders or files: the main one, then seeds */
    size_t num_runs;         /* at least 1 */
    const char *beside;      /* another beside the main one; NULL or "": none */
    size_t most_steps;       /* shown of each */
    double most_bytes;       /* of the whole report */
    gsc_loading loading;     /* what is chosen of the checkpoints */
    const char *page;        /* with its placeholders; NULL: only the data */
    const char *command;     /* that makes it again */
    int64_t watch;           /* seconds after which the page renews itself; 0: never */
    const char *version;
    gsc_threads *threads;
    /* Called now and then by the calling thread; may be NULL. */
    void (*show)(void *context, size_t done, size_t total);
    void *context;
} gsc_report_options;

/* What a report holds. */
typedef struct gsc_report {
    gsc_text text; /* the file */
    size_t num_runs, num_arrays;
    size_t num_steps, num_all; /* checkpoints of the main run: shown, there are */
    size_t num_notes;
    char **notes; /* sentences that every reader has to see */
} gsc_report;

/* Make it. What a run does not admit is left out, with a note; GSC_EARGUMENT and
 * GSC_EFORMAT where a run cannot be read, and GSC_EARGUMENT where even the least of the
 * report is larger than it may be. The text is the same for any number of threads. */
int gsc_report_init(gsc_report *report, const gsc_report_options *options);
void gsc_report_free(gsc_report *report);

#ifdef __cplusplus
}
#endif
#endif
