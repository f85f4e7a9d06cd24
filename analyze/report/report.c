/* A report of runs, as a whole. */
#include "analyze/report/report.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "analyze/report/report_write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct making {
    const gsc_report_options *options;
    size_t num_runs;
    gsc_report_run *runs;
    gsc_notes notes;
    gsc_work_shown work;
} making;

/* ---- Gathering ---- */

static int
open_runs(making *m)
{
    int status = 0;
    const gsc_report_options *o = m->options;
    bool has_beside = o->beside && *o->beside;
    GSC_NEW(m->runs, o->num_runs + 1);
    for (size_t i = 0; i < o->num_runs + has_beside; i++) {
        bool beside = has_beside && i == 1;
        const char *word = beside                ? o->beside
                           : has_beside && i > 0 ? o->runs[i - 1]
                                                 : o->runs[i];
        gsc_report_role role = i == 0   ? GSC_ROLE_MAIN
                               : beside ? GSC_ROLE_BESIDE
                                        : GSC_ROLE_SEED;
        m->num_runs++;
        GSC_TRY(gsc_report_run_open(&m->runs[i], word, role, o, &m->notes));
        m->work.total += gsc_report_run_work(&m->runs[i]);
    }
out:
    return status;
}

static int
gather(making *m)
{
    int status = 0;
    for (size_t i = 0; i < m->num_runs; i++)
        GSC_TRY(gsc_report_run_gather(&m->runs[i], &m->work, &m->notes));
out:
    return status;
}

/* ---- Writing ---- */

static void
write_run(gsc_report_writer *w, const gsc_report_run *run, size_t index,
          const gsc_report_limits *limits)
{
    static const char *const roles[] = {"main", "beside", "seed"};
    gsc_json *json = &w->json;
    char prefix[32];
    snprintf(prefix, sizeof prefix, "%zu", index);
    gsc_json_open(json, NULL, '{');
    gsc_json_text(json, "name", run->name);
    gsc_json_text(json, "path", run->word);
    gsc_json_text(json, "role", roles[run->role]);
    gsc_report_write_facts(w, run);
    gsc_arrays_name(&w->arrays, "%s", prefix);
    gsc_report_write_steps(w, run, NULL, run->inputs.count);
    gsc_report_write_history(w, run, prefix);
    gsc_report_write_measures(w, run, prefix);
    gsc_report_write_embedding(w, run, prefix);
    gsc_report_write_circles(w, run, prefix);
    gsc_report_write_bits(w, run, prefix);
    gsc_report_write_answers(w, run, prefix);
    gsc_report_write_weights(w, run, prefix);
    gsc_report_write_experts(w, run, prefix);
    gsc_report_write_images(w, run, prefix);
    gsc_report_write_tokens(w, run, prefix);
    gsc_report_write_neurons(w, run, limits, prefix);
    gsc_report_write_pair_maps(w, run, limits, prefix);
    gsc_json_close(json, '{');
}

static int
add_notes(gsc_notes *all, const gsc_notes *notes)
{
    int status = 0;
    for (size_t i = 0; i < notes->count; i++)
        GSC_TRY(gsc_notes_add(all, "%s", notes->items[i]));
out:
    return status;
}

static int
write_all(const making *m, const gsc_report_limits *limits, const gsc_notes *left_out,
          gsc_report *report)
{
    int status = 0;
    gsc_report_writer w = {.json = {.status = 0}};
    gsc_notes all = {.count = 0};
    gsc_text_free(&report->text);
    GSC_TRY(gsc_arrays_init(&w.arrays));
    GSC_TRY(add_notes(&all, &m->notes));
    GSC_TRY(add_notes(&all, left_out));
    gsc_report_begin_manifest(&w.json, m->options, (const char *const *)all.items,
                              all.count);
    gsc_json_open(&w.json, "runs", '[');
    for (size_t i = 0; i < m->num_runs; i++)
        write_run(&w, &m->runs[i], i, limits);
    gsc_json_close(&w.json, '[');
    GSC_TRY(gsc_report_end(&w, m->options->page, &report->text));
out:
    gsc_json_free(&w.json);
    gsc_arrays_free(&w.arrays);
    gsc_notes_free(&all);
    return status;
}

static int
note_limits(const making *m, const gsc_report_limits *limits, gsc_limit_notes *notes)
{
    int status = 0;
    gsc_notes_free(&notes->left_out);
    gsc_notes_free(&notes->fewer);
    for (size_t i = 0; i < m->num_runs; i++)
        GSC_TRY(gsc_report_note_limits(&m->runs[i], limits, notes));
out:
    return status;
}

/* The largest number of steps that any run has drawn. */
static gsc_report_limits
all_drawn(const making *m)
{
    gsc_report_limits all = {0, 0};
    for (size_t i = 0; i < m->num_runs; i++) {
        const gsc_report_pair_maps *p = &m->runs[i].pair_maps;
        if (p->count > all.pair_maps)
            all.pair_maps = p->count;
        if (p->num_attentions > all.attentions)
            all.attentions = p->num_attentions;
    }
    return all;
}

/* Fewer steps, by how much too large the file was; a single one shows no change. */
static size_t
fewer(size_t limit, double ratio)
{
    size_t less = (size_t)((double)limit * 0.9 * ratio);
    return less < 2 ? 0 : less;
}

/* Write until it fits. */
static int
fit(making *m, gsc_report *report)
{
    int status = 0;
    gsc_report_limits limits = all_drawn(m);
    gsc_limit_notes notes = {.left_out = {.count = 0}};
    double most = m->options->most_bytes;
    for (;;) {
        GSC_TRY(note_limits(m, &limits, &notes));
        GSC_TRY(write_all(m, &limits, &notes.left_out, report));
        double bytes = (double)report->text.length;
        if (bytes <= most)
            break;
        if (limits.pair_maps + limits.attentions == 0) {
            status = gsc_fail(GSC_EARGUMENT,
                              "the least of this report has %.2f MB: expected %g at "
                              "most (--max-size); --steps shows fewer checkpoints",
                              bytes / 1e6, most / 1e6);
            goto out;
        }
        limits.pair_maps = fewer(limits.pair_maps, most / bytes);
        limits.attentions = fewer(limits.attentions, most / bytes);
    }
    GSC_TRY(add_notes(&m->notes, &notes.left_out));
    GSC_TRY(add_notes(&m->notes, &notes.fewer));
out:
    gsc_notes_free(&notes.left_out);
    gsc_notes_free(&notes.fewer);
    return status;
}

/* ---- All ---- */

int
gsc_report_init(gsc_report *report, const gsc_report_options *options)
{
    int status = 0;
    making m = {.options = options};
    m.work.options = options;
    *report = (gsc_report){.num_runs = 0};
    GSC_TRY(open_runs(&m));
    GSC_TRY(gather(&m));
    GSC_TRY(fit(&m, report));
    report->num_runs = m.num_runs;
    report->num_steps = m.runs[0].inputs.count;
    report->num_all = m.runs[0].num_all;
    report->num_notes = m.notes.count;
    report->notes = m.notes.items;
    m.notes = (gsc_notes){.count = 0};
out:
    for (size_t i = 0; m.runs && i < m.num_runs; i++)
        gsc_report_run_close(&m.runs[i]);
    free(m.runs);
    gsc_notes_free(&m.notes);
    if (status < 0)
        gsc_report_free(report);
    return status;
}

void
gsc_report_free(gsc_report *report)
{
    gsc_text_free(&report->text);
    for (size_t i = 0; i < report->num_notes; i++)
        free(report->notes[i]);
    free(report->notes);
    *report = (gsc_report){.num_runs = 0};
}
