/* How a report is written once all is gathered. */
#ifndef GSC_TOOL_REPORT_WRITE_H
#define GSC_TOOL_REPORT_WRITE_H

#include "analyze/report/report_arrays.h"
#include "analyze/report/report_run.h"

/* A report in the making. */
typedef struct gsc_report_writer {
    gsc_json json;
    gsc_arrays arrays;
} gsc_report_writer;

/* The keys of an open object of a run, each where the run has it; names of arrays begin
 * with `prefix`. Failures are kept by the JSON. */
void gsc_report_write_facts(gsc_report_writer *w, const gsc_report_run *run);
void gsc_report_write_history(gsc_report_writer *w, const gsc_report_run *run,
                              const char *prefix);
void gsc_report_write_measures(gsc_report_writer *w, const gsc_report_run *run,
                               const char *prefix);
void gsc_report_write_embedding(gsc_report_writer *w, const gsc_report_run *run,
                                const char *prefix);
void gsc_report_write_circles(gsc_report_writer *w, const gsc_report_run *run,
                              const char *prefix);
void gsc_report_write_bits(gsc_report_writer *w, const gsc_report_run *run,
                           const char *prefix);

void gsc_report_write_answers(gsc_report_writer *w, const gsc_report_run *run,
                              const char *prefix);

void gsc_report_write_weights(gsc_report_writer *w, const gsc_report_run *run,
                              const char *prefix);

void gsc_report_write_experts(gsc_report_writer *w, const gsc_report_run *run,
                              const char *prefix);

void gsc_report_write_images(gsc_report_writer *w, const gsc_report_run *run,
                             const char *prefix);

void gsc_report_write_tokens(gsc_report_writer *w, const gsc_report_run *run,
                             const char *prefix);

/* The array "steps" of a panel that has steps of its own: those at `at`, of the shown;
 * NULL: all. */
void gsc_report_write_steps(gsc_report_writer *w, const gsc_report_run *run,
                            const size_t *at, size_t count);

/* What is large, at so many steps at most. */
typedef struct gsc_report_limits {
    size_t pair_maps, attentions;
} gsc_report_limits;

void gsc_report_write_pair_maps(gsc_report_writer *w, const gsc_report_run *run,
                                const gsc_report_limits *limits, const char *prefix);

/* The list "neurons" of a panel. */
void gsc_report_list_neurons(gsc_json *json, const gsc_report_neuron *neurons,
                             size_t count);

/* Left out where pair maps are. */
void gsc_report_write_neurons(gsc_report_writer *w, const gsc_report_run *run,
                              const gsc_report_limits *limits, const char *prefix);

/* What is not drawn for them, and what at fewer steps than are shown: that stands at
 * its figures, and who runs the program is told. */
typedef struct gsc_limit_notes {
    gsc_notes left_out, fewer;
} gsc_limit_notes;

int gsc_report_note_limits(const gsc_report_run *run, const gsc_report_limits *limits,
                           gsc_limit_notes *notes);

/* Begin a manifest, to which the runs are added next. */
void gsc_report_begin_manifest(gsc_json *json, const gsc_report_options *options,
                               const char *const *notes, size_t num_notes);

/* End it with the arrays, and add the whole file to `html`. */
int gsc_report_end(gsc_report_writer *w, const char *page, gsc_text *html);

/* The whole file of a page and its data: the manifest and the base64 of the arrays go
 * to <!--data-->, and to <!--csp--> a policy under which nothing runs but the page's
 * own scripts, each known by its SHA-256. page NULL: only the two blocks of data.
 * GSC_EFORMAT where the page has not each placeholder once. */
int gsc_report_write_page(const char *page, const gsc_text *manifest,
                          const gsc_text *arrays, gsc_text *html);

#endif
