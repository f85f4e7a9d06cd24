/* What a report draws of a run only at some of its steps, written. */
#include "grokscope/error.h"
#include "grokscope/fourier.h"
#include "grokscope/memory.h"

#include "analyze/method/subsample_steps.h"
#include "analyze/network/pairs/grid.h"
#include "analyze/report/report_write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Frequencies of the logits: so many at most, and of which part of their variance. */
enum { MOST_FREQUENCIES = 10 };
#define LEAST_SHARE 0.005

/* A choice of what was drawn: of its items, and of the steps that they are of. */
typedef struct choice {
    size_t count, *items;
    double *steps;
} choice;

static void
free_choice(choice *c)
{
    free(c->items);
    free(c->steps);
    *c = (choice){.count = 0};
}

static int
choose(const gsc_report_run *run, const size_t *at, size_t count, size_t most,
       choice *c)
{
    int status = 0;
    int64_t *steps = NULL;
    GSC_NEW(steps, count);
    GSC_NEW(c->items, count);
    GSC_NEW(c->steps, count);
    for (size_t i = 0; i < count; i++)
        steps[i] = run->steps[at[i]];
    c->count = gsc_subsample_steps(steps, count, most, c->items);
    for (size_t i = 0; i < c->count; i++)
        c->steps[i] = (double)steps[c->items[i]];
out:
    free(steps);
    return status;
}

/* The chosen of arrays of `each` numbers, one after the other. */
static float *
gather(const choice *c, const float *from, size_t each)
{
    float *out = gsc_new(c->count * each, sizeof *out);
    for (size_t i = 0; out && i < c->count; i++)
        memcpy(out + i * each, from + c->items[i] * each, each * sizeof *out);
    return out;
}

static void
write_chosen(gsc_report_writer *w, const choice *c, const char *key,
             gsc_packing packing, const float *from, const size_t shape[3])
{
    size_t each = shape[0] * (shape[1] ? shape[1] : 1) * (shape[2] ? shape[2] : 1);
    float *values = gather(c, from, each);
    if (values)
        gsc_arrays_add(
            &w->arrays, &w->json, key, packing,
            gsc_pack_source_f32(values, c->count, shape[0], shape[1], shape[2]));
    else
        gsc_json_note(&w->json, GSC_EMEMORY);
    free(values);
}

/* Open a panel that has steps of its own. */
static void
open_panel(gsc_report_writer *w, const choice *c, const char *name, const char *prefix)
{
    gsc_arrays_name(&w->arrays, "%s.%s", prefix, name);
    gsc_json_open(&w->json, name, '{');
    gsc_arrays_add(&w->arrays, &w->json, "steps", GSC_PACK_F64,
                   gsc_pack_source_f64(c->steps, c->count, 0, 0, 0));
}

/* ---- Neurons ---- */

static void
write_profiles(gsc_report_writer *w, const gsc_report_run *run, const choice *c,
               const char *prefix)
{
    const gsc_report_pair_maps *p = &run->pair_maps;
    gsc_json *json = &w->json;
    if (p->num_neurons == 0)
        return;
    open_panel(w, c, "waves", prefix);
    gsc_report_list_neurons(json, p->neurons, p->num_neurons);
    gsc_json_open(json, "alike", '[');
    for (size_t k = 0; k < p->num_frequencies; k++)
        gsc_json_integer(json, NULL, (int64_t)p->alike[k]);
    gsc_json_close(json, '[');
    write_chosen(w, c, "values", GSC_PACK_I16, p->profiles,
                 (const size_t[]){p->num_neurons, run->n, 0});
    gsc_json_close(json, '{');
}

/* ---- Logits ---- */

static void
write_norm(gsc_report_writer *w, const gsc_report_run *run, const choice *c,
           const char *prefix)
{
    gsc_json *json = &w->json;
    char name[32];
    open_panel(w, c, "dft2", prefix);
    write_chosen(w, c, "values", GSC_PACK_I16, run->pair_maps.norm,
                 (const size_t[]){run->n, run->n, 0});
    gsc_json_open(json, "rows", '[');
    for (size_t i = 0; i < run->n; i++) {
        snprintf(name, sizeof name, "%s %zu", i % 2 == 1 ? "cos" : "sin", (i + 1) / 2);
        gsc_json_text(json, NULL, i == 0 ? "1" : name);
    }
    gsc_json_close(json, '[');
    gsc_json_text(json, "what",
                  "size of the logits' coefficients over all answers, less what all "
                  "answers have in common");
    gsc_json_close(json, '{');
}

/* Frequencies in the order of their largest share at any step, those that are worth
 * it, then ascending. */
static int
choose_frequencies(const gsc_report_run *run, size_t *frequencies, size_t *num)
{
    int status = 0;
    const gsc_report_pair_maps *p = &run->pair_maps;
    size_t count = gsc_fourier_count(run->n);
    float *most = NULL;
    *num = 0;
    GSC_NEW(most, count);
    for (size_t i = 0; i < p->count; i++)
        for (size_t k = 1; 2 * k < run->n; k++)
            if (p->share[i * count + k] > most[k])
                most[k] = p->share[i * count + k];
    for (size_t k = 1; 2 * k < run->n; k++) {
        size_t stronger = 0;
        for (size_t i = 1; 2 * i < run->n; i++)
            stronger += most[i] > most[k];
        if (most[k] >= (float)LEAST_SHARE && stronger < MOST_FREQUENCIES)
            frequencies[(*num)++] = k;
    }
out:
    free(most);
    return status;
}

/* Only coefficients and shares of the frequencies. */
static void
write_coefficients(gsc_report_writer *w, const gsc_report_run *run, const choice *c,
                   const size_t *frequencies, size_t num)
{
    int status = 0;
    const gsc_report_pair_maps *p = &run->pair_maps;
    size_t count = gsc_fourier_count(run->n), each = GSC_PAIR_MAPS_BASIS * run->n;
    float *values = NULL, *share = NULL;
    GSC_NEW(values, c->count * num * each);
    GSC_NEW(share, c->count * num);
    for (size_t i = 0; i < c->count; i++)
        for (size_t f = 0; f < num; f++) {
            size_t from = c->items[i] * count + frequencies[f], to = i * num + f;
            memcpy(values + to * each, p->coefficients + from * each,
                   each * sizeof *values);
            share[to] = p->share[from];
        }
    gsc_arrays_add(
        &w->arrays, &w->json, "coefficients", GSC_PACK_I16,
        gsc_pack_source_f32(values, c->count, num, GSC_PAIR_MAPS_BASIS, run->n));
    gsc_arrays_add(&w->arrays, &w->json, "share", GSC_PACK_F32,
                   gsc_pack_source_f32(share, c->count, num, 0, 0));
out:
    free(values);
    free(share);
    gsc_json_note(&w->json, status);
}

static void
write_answers(gsc_report_writer *w, const gsc_report_run *run)
{
    int status = 0;
    float *answers = NULL;
    GSC_NEW(answers, run->n * run->n);
    for (size_t i = 0; i < run->n * run->n; i++) {
        uint16_t c = run->pair_maps.answers[i];
        answers[i] = c == GSC_NO_ANSWER ? -1 : (float)c;
    }
    gsc_arrays_add(&w->arrays, &w->json, "answers", GSC_PACK_WHOLE16,
                   gsc_pack_source_f32(answers, run->n, run->n, 0, 0));
out:
    free(answers);
    gsc_json_note(&w->json, status);
}

static void
write_logits(gsc_report_writer *w, const gsc_report_run *run, const choice *c,
             const char *prefix)
{
    int status = 0;
    gsc_json *json = &w->json;
    size_t *frequencies = NULL, num = 0;
    GSC_NEW(frequencies, gsc_fourier_count(run->n));
    GSC_TRY(choose_frequencies(run, frequencies, &num));
    if (num == 0)
        goto out;
    open_panel(w, c, "logits", prefix);
    gsc_json_open(json, "frequencies", '[');
    for (size_t f = 0; f < num; f++)
        gsc_json_integer(json, NULL, (int64_t)frequencies[f]);
    gsc_json_close(json, '[');
    gsc_json_open(json, "basis", '[');
    for (size_t i = 0; i < GSC_PAIR_MAPS_BASIS; i++)
        gsc_json_text(json, NULL, gsc_pair_maps_basis_names[i]);
    gsc_json_close(json, '[');
    write_chosen(w, c, "mean", GSC_PACK_F32, run->pair_maps.mean,
                 (const size_t[]){run->n, 0, 0});
    write_coefficients(w, run, c, frequencies, num);
    write_answers(w, run);
    gsc_json_close(json, '{');
out:
    free(frequencies);
    gsc_json_note(json, status);
}

/* ---- Attention ---- */

/* What stands at a position. */
static const char *
position_name(const gsc_report_run *run, size_t at)
{
    size_t answer = gsc_model_answer_position(&run->last.model);
    size_t at_a = run->last.pairs.position_a, at_b = run->last.pairs.position_b;
    if (at == at_a || at == at_b)
        return at == at_a ? "a" : "b";
    if (at == answer)
        return "=";
    return at < at_a ? "eos" : at < at_b ? "op" : "c";
}

static void
write_attention(gsc_report_writer *w, const gsc_report_run *run, const choice *c,
                const char *prefix)
{
    const gsc_report_pair_maps *p = &run->pair_maps;
    gsc_json *json = &w->json;
    size_t each = p->heads * p->n_ctx * run->n * run->n;
    float *values = gather(c, p->attention, each);
    gsc_pack_source source = {.type = GSC_FLOAT32,
                              .data = values,
                              .rank = 5,
                              .dims = {c->count, p->heads, p->n_ctx, run->n, run->n}};
    if (!values) {
        gsc_json_note(json, GSC_EMEMORY);
        return;
    }
    open_panel(w, c, "attention", prefix);
    gsc_json_integer(json, "heads", (int64_t)p->heads);
    gsc_json_open(json, "to", '[');
    for (size_t t = 0; t < p->n_ctx; t++)
        gsc_json_text(json, NULL, position_name(run, t));
    gsc_json_close(json, '[');
    gsc_arrays_add(&w->arrays, json, "values", GSC_PACK_I8, source);
    gsc_json_close(json, '{');
    free(values);
}

/* ---- All ---- */

/* One of the two parts, where it is drawn at all. */
static bool
begin_part(gsc_report_writer *w, const gsc_report_run *run, const size_t *at,
           size_t count, size_t most, choice *c)
{
    *c = (choice){.count = 0};
    if (count == 0 || most == 0)
        return false;
    gsc_json_note(&w->json, choose(run, at, count, most, c));
    return w->json.status == 0;
}

void
gsc_report_write_pair_maps(gsc_report_writer *w, const gsc_report_run *run,
                           const gsc_report_limits *limits, const char *prefix)
{
    const gsc_report_pair_maps *p = &run->pair_maps;
    choice c;
    if (begin_part(w, run, p->at, p->count, limits->pair_maps, &c)) {
        write_profiles(w, run, &c, prefix);
        write_norm(w, run, &c, prefix);
        write_logits(w, run, &c, prefix);
    }
    free_choice(&c);
    if (begin_part(w, run, p->attention_at, p->num_attentions, limits->attentions, &c))
        write_attention(w, run, &c, prefix);
    free_choice(&c);
}

static int
note_part(const gsc_report_run *run, const char *what, size_t drawn, size_t most,
          gsc_limit_notes *notes)
{
    size_t shown = run->inputs.count, count = drawn < most ? drawn : most;
    if (drawn == 0 || count == shown)
        return 0;
    if (count == 0)
        return gsc_notes_add(&notes->left_out,
                             "%s: %s are left out, or the file would be larger than "
                             "--max-size.",
                             run->name, what);
    return gsc_notes_add(&notes->fewer, "%s: %s are drawn at %zu of %zu checkpoints.",
                         run->name, what, count, shown);
}

int
gsc_report_note_limits(const gsc_report_run *run, const gsc_report_limits *limits,
                       gsc_limit_notes *notes)
{
    int status = 0;
    const gsc_report_pair_maps *p = &run->pair_maps;
    GSC_TRY(note_part(run, "logits, their 2-D spectrum and neurons", p->count,
                      limits->pair_maps, notes));
    GSC_TRY(note_part(run, "attention patterns", p->num_attentions, limits->attentions,
                      notes));
out:
    return status;
}
