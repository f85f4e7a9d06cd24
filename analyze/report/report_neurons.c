/* Neurons over all pairs at some of the steps: of each of the commonest frequencies the
 * neuron that has most of it. */
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "analyze/method/subsample_steps.h"
#include "analyze/network/pairs/pair_outputs.h"
#include "analyze/report/report_write.h"

#include <stdlib.h>

/* Neurons that are drawn, steps, and numbers in all. */
enum { MOST_NEURONS = 6, MOST_STEPS = 12, MOST_NUMBERS = 1500000 };

static bool
has_neurons(const gsc_report_run *run)
{
    return gsc_report_has_residues(run) && run->last.model.neurons != GSC_NO_NODE;
}

/* Of the neurons whose waves are drawn, which stand by frequency and the purest first:
 * the first of each frequency, unless MOST_NEURONS others have more that are alike. */
static void
choose(gsc_report_run *run)
{
    gsc_report_neuron_maps *m = &run->neuron_maps;
    const gsc_report_pair_maps *p = &run->pair_maps;
    for (size_t i = 0; i < p->num_neurons; i++) {
        size_t k = p->neurons[i].frequency, more = 0;
        if (i > 0 && p->neurons[i - 1].frequency == k)
            continue;
        for (size_t other = 1; other < p->num_frequencies; other++)
            more += p->alike[other] > p->alike[k] ||
                    (p->alike[other] == p->alike[k] && other < k);
        if (more < MOST_NEURONS)
            m->neurons[m->count++] = p->neurons[i];
    }
}

static int
begin_neurons(gsc_report_run *run, gsc_threads *threads)
{
    int status = 0;
    gsc_report_neuron_maps *m = &run->neuron_maps;
    (void)threads;
    GSC_NEW(m->neurons, MOST_NEURONS);
    GSC_NEW(m->at, run->inputs.count);
    choose(run);
    size_t each = m->count * run->n * run->n;
    size_t most = each > 0 ? MOST_NUMBERS / each : 0;
    if (most < 2)
        m->count = 0; /* too many pairs */
    else
        m->num_steps =
            gsc_subsample_steps(run->steps, run->inputs.count,
                                most < MOST_STEPS ? most : MOST_STEPS, m->at);
    GSC_NEW(m->values, m->num_steps * each);
out:
    return status;
}

static int
draw_neurons(gsc_report_run *run, size_t step, const gsc_loaded_model *loaded,
             gsc_threads *threads)
{
    int status = 0;
    gsc_report_neuron_maps *m = &run->neuron_maps;
    gsc_pair_outputs *outputs;
    size_t place = gsc_report_place(m->at, m->num_steps, step), pairs = run->n * run->n;
    if (place == SIZE_MAX)
        return 0;
    GSC_TRY(gsc_pair_outputs_of(loaded, run->order, true, threads, &outputs));
    size_t width = outputs->evaluator.num_neurons;
    float *values = m->values + place * m->count * pairs;
    for (size_t i = 0; i < m->count; i++) {
        if (m->neurons[i].index >= width || outputs->grid.n != run->n)
            GSC_TRY(gsc_fail(GSC_EFORMAT,
                             "%s: has other neurons or pairs than the last step",
                             run->inputs.items[step].path));
        for (size_t pair = 0; pair < pairs; pair++)
            values[i * pairs + pair] =
                (float)gsc_element(outputs->evaluator.type, outputs->neurons,
                                   pair * width + m->neurons[i].index);
    }
out:
    return status;
}

static void
drop_neurons(gsc_report_run *run)
{
    run->neuron_maps.count = 0;
}

const gsc_report_drawing gsc_report_neurons = {.what = "neurons over all pairs",
                                               .is_there = has_neurons,
                                               .begin = begin_neurons,
                                               .draw = draw_neurons,
                                               .drop = drop_neurons};

void
gsc_report_free_neurons(gsc_report_neuron_maps *m)
{
    free(m->neurons);
    free(m->at);
    free(m->values);
}

void
gsc_report_list_neurons(gsc_json *json, const gsc_report_neuron *neurons, size_t count)
{
    gsc_json_open(json, "neurons", '[');
    for (size_t i = 0; i < count; i++) {
        gsc_json_open(json, NULL, '{');
        gsc_json_integer(json, "neuron", (int64_t)neurons[i].index);
        gsc_json_integer(json, "frequency", (int64_t)neurons[i].frequency);
        gsc_json_real(json, "fve", neurons[i].fve);
        gsc_json_close(json, '{');
    }
    gsc_json_close(json, '[');
}

void
gsc_report_write_neurons(gsc_report_writer *w, const gsc_report_run *run,
                         const gsc_report_limits *limits, const char *prefix)
{
    const gsc_report_neuron_maps *m = &run->neuron_maps;
    gsc_json *json = &w->json;
    if (m->count == 0 || limits->pair_maps == 0)
        return;
    gsc_arrays_name(&w->arrays, "%s.neuron_maps", prefix);
    gsc_json_open(json, "neuron_maps", '{');
    gsc_report_write_steps(w, run, m->at, m->num_steps);
    gsc_report_list_neurons(json, m->neurons, m->count);
    gsc_arrays_add(
        &w->arrays, json, "values", GSC_PACK_I8,
        gsc_pack_source_f32(m->values, m->num_steps, m->count, run->n, run->n));
    gsc_json_close(json, '{');
}
