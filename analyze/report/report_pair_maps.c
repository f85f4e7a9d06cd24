/* What a report draws of a run only at some of its steps: logits, neurons, attention.
 */
#include "grokscope/error.h"
#include "grokscope/fourier.h"
#include "grokscope/memory.h"

#include "analyze/method/subsample_steps.h"
#include "analyze/report/report_run.h"

#include <stdlib.h>
#include <string.h>

/* Neurons at most, and those of one frequency. */
enum { MOST_NEURONS = 48, MOST_ALIKE = 6 };

/* ---- Neurons ---- */

/* Those most of one frequency each, but not too many of one. */
static void
choose_neurons(const gsc_pair_maps *last, gsc_report_pair_maps *p, size_t *alike,
               bool *taken)
{
    while (p->num_neurons < MOST_NEURONS) {
        size_t best = SIZE_MAX;
        for (size_t i = 0; i < last->num_neurons; i++)
            if (!taken[i] && last->frequency[i] > 0 &&
                alike[last->frequency[i]] < MOST_ALIKE &&
                (best == SIZE_MAX || last->fve[i] > last->fve[best]))
                best = i;
        if (best == SIZE_MAX)
            return;
        taken[best] = true;
        alike[last->frequency[best]]++;
        p->neurons[p->num_neurons++] =
            (gsc_report_neuron){best, last->frequency[best], last->fve[best]};
    }
}

/* By frequency, then the purest first. */
static int
by_frequency(const void *a, const void *b)
{
    const gsc_report_neuron *x = a, *y = b;
    if (x->frequency != y->frequency)
        return x->frequency < y->frequency ? -1 : 1;
    if (x->fve != y->fve)
        return x->fve > y->fve ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

static int
take_neurons(const gsc_pair_maps *last, gsc_report_pair_maps *p)
{
    int status = 0;
    size_t *alike = NULL;
    bool *taken = NULL;
    GSC_NEW(p->alike, last->count);
    p->num_frequencies = last->count;
    for (size_t i = 0; i < last->num_neurons; i++)
        p->alike[last->frequency[i]]++;
    GSC_NEW(alike, last->count);
    GSC_NEW(taken, last->num_neurons);
    GSC_NEW(p->neurons, MOST_NEURONS);
    choose_neurons(last, p, alike, taken);
    qsort(p->neurons, p->num_neurons, sizeof *p->neurons, by_frequency);
out:
    free(alike);
    free(taken);
    return status;
}

/* ---- Pair maps ---- */

static void
keep(const gsc_pair_maps *from, gsc_report_pair_maps *p, size_t i)
{
    size_t n = from->n, each = from->count * GSC_PAIR_MAPS_BASIS * n;
    memcpy(p->norm + i * n * n, from->norm, n * n * sizeof *p->norm);
    memcpy(p->mean + i * n, from->mean, n * sizeof *p->mean);
    memcpy(p->coefficients + i * each, from->coefficients,
           each * sizeof *p->coefficients);
    memcpy(p->share + i * from->count, from->share, from->count * sizeof *p->share);
    for (size_t m = 0; m < p->num_neurons; m++)
        memcpy(p->profiles + (i * p->num_neurons + m) * n,
               from->profiles + p->neurons[m].index * n, n * sizeof *p->profiles);
}

/* The last pair maps say which neurons all show. */
static int
make_room(gsc_report_run *run, gsc_pair_maps *last)
{
    int status = 0;
    gsc_report_pair_maps *p = &run->pair_maps;
    size_t n = last->n, count = p->count;
    GSC_TRY(take_neurons(last, p));
    GSC_NEW(p->profiles, count * p->num_neurons * n);
    GSC_NEW(p->norm, count * n * n);
    GSC_NEW(p->mean, count * n);
    GSC_NEW(p->coefficients, count * last->count * GSC_PAIR_MAPS_BASIS * n);
    GSC_NEW(p->share, count * last->count);
    p->answers = last->answers;
    last->answers = NULL;
out:
    return status;
}

static int
begin_maps(gsc_report_run *run, gsc_threads *threads)
{
    int status = 0;
    gsc_report_pair_maps *p = &run->pair_maps;
    gsc_pair_maps last = {.n = 0};
    GSC_NEW(p->at, GSC_REPORT_PAIR_MAPS);
    p->count =
        gsc_subsample_steps(run->steps, run->inputs.count, GSC_REPORT_PAIR_MAPS, p->at);
    GSC_TRY(gsc_pair_maps_init(&last, &run->last, run->order, threads));
    gsc_loaded_model_forget(&run->last);
    GSC_TRY(make_room(run, &last));
out:
    gsc_pair_maps_free(&last);
    return status;
}

static int
draw_maps(gsc_report_run *run, size_t step, const gsc_loaded_model *loaded,
          gsc_threads *threads)
{
    int status = 0;
    gsc_pair_maps maps = {.n = 0};
    const char *path = run->inputs.items[step].path;
    size_t place = gsc_report_place(run->pair_maps.at, run->pair_maps.count, step);
    if (place == SIZE_MAX)
        return 0;
    status = gsc_pair_maps_init(&maps, loaded, run->order, threads);
    if (status == 0 && maps.n != run->n)
        status = gsc_fail(GSC_EFORMAT, "%zu residues, but the last step has %zu",
                          maps.n, run->n);
    if (status == 0)
        keep(&maps, &run->pair_maps, place);
    gsc_pair_maps_free(&maps);
    return status < 0 ? gsc_fail_in(status, path) : 0;
}

static void
drop_maps(gsc_report_run *run)
{
    run->pair_maps.count = 0;
}

const gsc_report_drawing gsc_report_maps = {.what = "logits and neurons over all pairs",
                                            .is_there = gsc_report_has_residues,
                                            .begin = begin_maps,
                                            .draw = draw_maps,
                                            .drop = drop_maps};

/* ---- Attention ---- */

static bool
has_attention(const gsc_report_run *run)
{
    return run->has_residues && gsc_attention_is_there(&run->last);
}

static int
begin_attention(gsc_report_run *run, gsc_threads *threads)
{
    int status = 0;
    gsc_report_pair_maps *p = &run->pair_maps;
    (void)threads;
    p->heads = gsc_loaded_model_block_heads(&run->last);
    p->n_ctx = run->last.pairs.n_ctx;
    GSC_NEW(p->attention_at, GSC_REPORT_ATTENTIONS);
    p->num_attentions = gsc_subsample_steps(run->steps, run->inputs.count,
                                            GSC_REPORT_ATTENTIONS, p->attention_at);
    GSC_NEW(p->attention, p->num_attentions * p->heads * p->n_ctx * run->n * run->n);
out:
    return status;
}

static int
draw_attention(gsc_report_run *run, size_t step, const gsc_loaded_model *loaded,
               gsc_threads *threads)
{
    int status = 0;
    gsc_report_pair_maps *p = &run->pair_maps;
    gsc_attention attention = {.n = 0};
    const char *path = run->inputs.items[step].path;
    size_t each = p->heads * p->n_ctx * run->n * run->n;
    size_t place = gsc_report_place(p->attention_at, p->num_attentions, step);
    if (place == SIZE_MAX)
        return 0;
    status = gsc_attention_init(&attention, loaded, run->order, threads);
    if (status == 0 &&
        attention.heads * attention.n_ctx * attention.n * attention.n != each)
        status = gsc_fail(GSC_EFORMAT, "other heads than at the last step");
    if (status < 0)
        GSC_TRY(gsc_fail_in(status, path));
    memcpy(p->attention + place * each, attention.weight, each * sizeof *p->attention);
out:
    gsc_attention_free(&attention);
    return status;
}

static void
drop_attention(gsc_report_run *run)
{
    run->pair_maps.num_attentions = 0;
}

const gsc_report_drawing gsc_report_attention = {.what = "attention",
                                                 .is_there = has_attention,
                                                 .begin = begin_attention,
                                                 .draw = draw_attention,
                                                 .drop = drop_attention};
