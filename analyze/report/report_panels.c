/* What a report draws of a run, written. */
#include "grokscope/error.h"
#include "grokscope/fourier.h"
#include "grokscope/memory.h"

#include "analyze/method/circuit/circle_events.h"
#include "analyze/report/report_write.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void
write_sizes(gsc_json *json, const char *key, const size_t *values, size_t count)
{
    gsc_json_open(json, key, '[');
    for (size_t i = 0; i < count; i++)
        gsc_json_integer(json, NULL, (int64_t)values[i]);
    gsc_json_close(json, '[');
}

/* ---- The embedding ---- */

static double
least_key_share(const gsc_report_embedding *e)
{
    return GSC_KEY_MULTIPLE / (double)(e->count - 1);
}

static void
write_planes(gsc_report_writer *w, const gsc_report_run *run)
{
    int status = 0;
    const gsc_report_embedding *e = &run->embedding;
    gsc_json *json = &w->json;
    size_t steps = run->inputs.count, planes = e->num_planes;
    double *share = NULL;
    GSC_NEW(share, steps * planes);
    for (size_t t = 0; t < steps; t++)
        for (size_t i = 0; i < planes; i++)
            share[t * planes + i] = e->fraction[t * e->count + e->frequencies[i]];
    gsc_json_open(json, "planes", '{');
    write_sizes(json, "frequencies", e->frequencies, planes);
    gsc_arrays_add(&w->arrays, json, "points", GSC_PACK_I16,
                   gsc_pack_source_f32(e->points, steps, planes, run->n, 2));
    gsc_arrays_add(&w->arrays, json, "share", GSC_PACK_F32,
                   gsc_pack_source_f64(share, steps, planes, 0, 0));
    gsc_json_close(json, '{');
out:
    free(share);
    gsc_json_note(json, status);
}

void
gsc_report_write_embedding(gsc_report_writer *w, const gsc_report_run *run,
                           const char *prefix)
{
    const gsc_report_embedding *e = &run->embedding;
    gsc_json *json = &w->json;
    size_t steps = run->inputs.count;
    if (e->count == 0)
        return;
    gsc_arrays_name(&w->arrays, "%s.spectrum", prefix);
    gsc_json_open(json, "spectrum", '{');
    gsc_arrays_add(&w->arrays, json, "power", GSC_PACK_F32,
                   gsc_pack_source_f64(e->power, steps, e->count, 0, 0));
    gsc_arrays_add(&w->arrays, json, "fraction", GSC_PACK_F32,
                   gsc_pack_source_f64(e->fraction, steps, e->count, 0, 0));
    gsc_json_real(json, "key_share", least_key_share(e));
    gsc_json_close(json, '{');
    gsc_arrays_name(&w->arrays, "%s.planes", prefix);
    if (e->num_planes > 0)
        write_planes(w, run);
}

/* ---- Circles ---- */

/* Those of all steps, side by side. */
typedef struct ring {
    size_t count;
    size_t *frequencies; /* [count] */
    size_t *place_of;    /* [num_outputs] of a frequency, or SIZE_MAX */
    size_t num_outputs;
} ring;

static int
collect(const gsc_report_run *run, ring *r)
{
    int status = 0;
    r->num_outputs = gsc_fourier_count(run->n);
    GSC_NEW(r->frequencies, r->num_outputs);
    GSC_NEW(r->place_of, r->num_outputs);
    for (size_t k = 0; k < r->num_outputs; k++) {
        bool found = false;
        for (size_t t = 0; t < run->inputs.count; t++)
            for (size_t i = 0; i < run->circles[t].count; i++)
                found = found || run->circles[t].effects[i].k == k;
        r->place_of[k] = found ? r->count : SIZE_MAX;
        if (found)
            r->frequencies[r->count++] = k;
    }
out:
    return status;
}

enum { CIRCLE_COLUMNS = 8 };

static const struct {
    const char *key;
    double none;
    gsc_packing packing;
} circle_columns[CIRCLE_COLUMNS] = {
    {"r", NAN, GSC_PACK_F32},           {"gs_constant", NAN, GSC_PACK_F32},
    {"gs_cosine", NAN, GSC_PACK_F32},   {"circularity", NAN, GSC_PACK_F32},
    {"power_share", NAN, GSC_PACK_F32}, {"effect", NAN, GSC_PACK_F32},
    {"output", NAN, GSC_PACK_F32},      {"label", GSC_CIRCLE_NO_LABEL, GSC_PACK_U8}};

/* What circle i has, in the order of the columns. */
static void
read_circle(const gsc_circles *c, size_t i, double values[CIRCLE_COLUMNS])
{
    const double found[CIRCLE_COLUMNS] = {
        c->effects[i].ratio,          c->symmetries[i].constant,
        c->symmetries[i].cosine,      c->shapes[i].circularity,
        c->shapes[i].share,           c->effects[i].effect,
        (double)c->effects[i].output, c->labels[i]};
    memcpy(values, found, sizeof found);
}

static void
write_columns(gsc_report_writer *w, const gsc_report_run *run, const ring *r)
{
    int status = 0;
    double *values = NULL, found[CIRCLE_COLUMNS]; /* values [column, step, circle] */
    size_t steps = run->inputs.count, each = steps * r->count;
    GSC_NEW(values, CIRCLE_COLUMNS * each);
    for (size_t i = 0; i < CIRCLE_COLUMNS * each; i++)
        values[i] = circle_columns[i / each].none;
    for (size_t t = 0; t < steps; t++)
        for (size_t i = 0; i < run->circles[t].count; i++) {
            size_t place = r->place_of[run->circles[t].effects[i].k];
            read_circle(&run->circles[t], i, found);
            for (size_t c = 0; c < CIRCLE_COLUMNS; c++)
                values[c * each + t * r->count + place] = found[c];
        }
    for (size_t c = 0; c < CIRCLE_COLUMNS; c++)
        gsc_arrays_add(&w->arrays, &w->json, circle_columns[c].key,
                       circle_columns[c].packing,
                       gsc_pack_source_f64(values + c * each, steps, r->count, 0, 0));
out:
    free(values);
    gsc_json_note(&w->json, status);
}

static void
write_table(gsc_report_writer *w, const gsc_report_run *run, const ring *r)
{
    gsc_json *json = &w->json;
    const gsc_circle_thresholds thresholds =
        gsc_circles_thresholds(run->circling.options);
    gsc_json_open(json, "circles", '{');
    write_sizes(json, "frequencies", r->frequencies, r->count);
    write_columns(w, run, r);
    gsc_json_open(json, "labels", '[');
    for (gsc_circle_label label = 0; label < GSC_NUM_CIRCLES; label++)
        gsc_json_text(json, NULL, gsc_circle_label_name(label));
    gsc_json_close(json, '[');
    gsc_json_open(json, "thresholds", '{');
    gsc_json_real(json, "pizza", thresholds.pizza_ratio);
    gsc_json_real(json, "clock", thresholds.clock_ratio);
    gsc_json_real(json, "accompanying", thresholds.accompanying_ratio);
    gsc_json_close(json, '{');
    gsc_json_close(json, '{');
}

/* What each circle writes at each frequency but the constant. */
static void
write_arrows(gsc_report_writer *w, const gsc_report_run *run, const ring *r)
{
    int status = 0;
    gsc_json *json = &w->json;
    float *weight = NULL;
    size_t steps = run->inputs.count, outputs = r->num_outputs - 1;
    GSC_NEW(weight, steps * r->count * outputs);
    for (size_t t = 0; t < steps; t++)
        for (size_t i = 0; i < run->circles[t].count; i++) {
            const gsc_circles *c = &run->circles[t];
            size_t place = r->place_of[c->effects[i].k];
            for (size_t f = 0; f < outputs; f++)
                weight[(t * r->count + place) * outputs + f] =
                    (float)c->shares[i * c->num_outputs + f + 1];
        }
    gsc_json_open(json, "arrows", '{');
    write_sizes(json, "from", r->frequencies, r->count);
    gsc_json_open(json, "to", '[');
    for (size_t f = 1; f <= outputs; f++)
        gsc_json_integer(json, NULL, (int64_t)f);
    gsc_json_close(json, '[');
    gsc_arrays_add(&w->arrays, json, "weight", GSC_PACK_I16,
                   gsc_pack_source_f32(weight, steps, r->count, outputs, 0));
    gsc_json_close(json, '{');
out:
    free(weight);
    gsc_json_note(json, status);
}

/* ---- Events ---- */

_Static_assert(GSC_CIRCLE_UNDETERMINED == 0, "circle_events.h takes 0 for it");

static void
write_event(gsc_json *json, const gsc_report_run *run, const gsc_circle_event *event)
{
    gsc_json_open(json, NULL, '{');
    gsc_json_integer(json, "step", run->steps[event->row]);
    gsc_json_integer(json, "frequency", (int64_t)event->frequency);
    gsc_json_text(json, "kind", gsc_circle_event_names[event->kind]);
    if (event->from != GSC_CIRCLE_NO_LABEL)
        gsc_json_text(json, "from",
                      gsc_circle_label_name((gsc_circle_label)event->from));
    if (event->to != GSC_CIRCLE_NO_LABEL)
        gsc_json_text(json, "to", gsc_circle_label_name((gsc_circle_label)event->to));
    gsc_json_close(json, '{');
}

static void
write_events(gsc_json *json, const gsc_report_run *run)
{
    int status = 0;
    const gsc_report_embedding *e = &run->embedding;
    size_t steps = run->inputs.count, count = e->count;
    bool *key = NULL;
    uint8_t *label = NULL;
    gsc_circle_event *events = NULL;
    GSC_NEW(key, steps * count);
    GSC_NEW(label, steps * count);
    GSC_NEW(events, 2 * steps * count);
    memset(label, GSC_CIRCLE_NO_LABEL, steps * count);
    for (size_t t = 0; t < steps; t++) {
        gsc_fourier_keys(e->fraction + t * count, count, key + t * count);
        for (size_t i = 0; run->has_circles && i < run->circles[t].count; i++)
            label[t * count + run->circles[t].effects[i].k] =
                (uint8_t)run->circles[t].labels[i];
    }
    size_t num = gsc_circle_events(key, label, steps, count, events);
    gsc_json_open(json, "events", '[');
    for (size_t i = 0; i < num; i++)
        write_event(json, run, &events[i]);
    gsc_json_close(json, '[');
out:
    free(key);
    free(label);
    free(events);
    gsc_json_note(json, status);
}

void
gsc_report_write_circles(gsc_report_writer *w, const gsc_report_run *run,
                         const char *prefix)
{
    ring r = {.count = 0};
    if (run->embedding.count > 0)
        write_events(&w->json, run);
    if (!run->has_circles)
        return;
    gsc_json_note(&w->json, collect(run, &r));
    if (w->json.status == 0 && r.count > 0) {
        gsc_arrays_name(&w->arrays, "%s.circles", prefix);
        write_table(w, run, &r);
        gsc_arrays_name(&w->arrays, "%s.arrows", prefix);
        write_arrows(w, run, &r);
    }
    free(r.frequencies);
    free(r.place_of);
}
