/* The table of the measure "fourier" with one row for each neuron: which frequency its
 * activation over all pairs has. */
#include "grokscope/error.h"
#include "grokscope/fourier.h"
#include "grokscope/memory.h"

#include "analyze/measure/circuit/spectra.h"
#include "analyze/method/circuit/spectrum_summary.h"
#include "analyze/network/pairs/pair_outputs.h"

#include <math.h>
#include <stdlib.h>

const gsc_column gsc_spectra_neuron_columns[] = {
    {"neuron", GSC_CELL_INTEGER, true, "number of the neuron, from 0", false},
    {"order", GSC_CELL_TEXT, true,
     "order of the residues in which frequencies are counted", false},
    {"frequency", GSC_CELL_INTEGER, false,
     "frequency that explains most of its variance over all pairs; 0: it is constant",
     false},
    {"fve", GSC_CELL_REAL, false,
     "fraction of its variance that this frequency explains", false},
    {"share_sum", GSC_CELL_REAL, false,
     "share of its variance that is along a + b at this frequency", false},
    {"share_difference", GSC_CELL_REAL, false,
     "share of its variance that is along a - b at this frequency", false},
    {"deviation", GSC_CELL_REAL, false,
     "standard deviation of its activation over all pairs", false},
    {"ipr_in", GSC_CELL_REAL, false,
     "inverse participation ratio of what it reads of a; 1: one frequency", false},
    {"ipr_in_right", GSC_CELL_REAL, false, "the same of b, where that differs", false},
    {"ipr_out", GSC_CELL_REAL, false, "the same of what it writes to the answers",
     false},
    {"frequency_in", GSC_CELL_INTEGER, false,
     "frequency of most power in what it reads; 0: of none", false},
    {"phase_in", GSC_CELL_REAL, false,
     "phase, in radians, of the wave of it that it reads of a", false},
    {"phase_in_right", GSC_CELL_REAL, false, "the same of b, where that differs",
     false},
    {"phase_out", GSC_CELL_REAL, false, "the same of what it writes", false},
    {"misalignment", GSC_CELL_REAL, false,
     "|sin| of the phase that it writes less the sum (or difference) of those that it "
     "reads: 0 in phase, 2/pi at random",
     false},
};

/* [neurons] each but the shares, [count, neurons]. */
typedef struct table {
    size_t p, count, num_neurons;
    const double *total; /* the outputs' */
    size_t *frequency;
    double *best, *sum, *difference;
    double *in, *in_right, *out;
    gsc_neuron_phase *phases; /* or NULL */
} table;

static int
make_table(table *t)
{
    int status = 0;
    GSC_NEW(t->frequency, t->num_neurons);
    double **const all[] = {&t->sum, &t->difference, &t->best,
                            &t->in,  &t->in_right,   &t->out};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        GSC_NEW(*all[i], t->num_neurons * (i < 2 ? t->count : 1));
out:
    return status;
}

static void
free_table(table *t)
{
    double *const all[] = {t->sum, t->difference, t->best, t->in, t->in_right, t->out};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        free(all[i]);
    free(t->frequency);
    free(t->phases);
}

int
gsc_spectra_neuron_ipr(const gsc_loaded_model *loaded, gsc_view view,
                       gsc_residue_order order, size_t n, double *ipr)
{
    int status = 0;
    gsc_matrix matrix = {0};
    for (size_t j = 0; j < n; j++)
        ipr[j] = (double)NAN;
    if (gsc_loaded_model_heads(loaded, view) == 0)
        return 0;
    GSC_TRY(gsc_loaded_model_view(loaded, view, order, &matrix));
    if (matrix.cols == n)
        GSC_TRY(gsc_spectrum_summary_ipr(&matrix, 2, ipr));
out:
    gsc_matrix_free(&matrix);
    return status;
}

/* NULL where they are of other neurons than the activations. */
static int
find_phases(table *t, const gsc_loaded_model *loaded, gsc_residue_order order)
{
    size_t count;
    int status = gsc_spectra_phases(loaded, order, &t->phases, &count);
    if (status == 0 && count != t->num_neurons) {
        free(t->phases);
        t->phases = NULL;
    }
    return status;
}

static int
fill_table(table *t, const gsc_loaded_model *loaded, gsc_residue_order order,
           gsc_threads *threads)
{
    int status = 0;
    gsc_pair_outputs *outputs;
    GSC_TRY(gsc_pair_outputs_of(loaded, order, true, threads, &outputs));
    GSC_TRY(gsc_pair_outputs_fve(outputs));
    t->p = outputs->grid.n;
    t->count = gsc_fourier_count(t->p);
    t->num_neurons = outputs->evaluator.num_neurons;
    GSC_TRY(make_table(t));
    t->total = outputs->total;
    GSC_TRY(gsc_pair_outputs_shares(outputs, GSC_SUM, t->sum));
    GSC_TRY(gsc_pair_outputs_shares(outputs, GSC_DIFFERENCE, t->difference));
    gsc_fourier2d_peaks(outputs->fve, t->p, t->num_neurons, t->frequency, t->best);
    GSC_TRY(gsc_spectra_neuron_ipr(loaded, GSC_VIEW_NEURON_IN, order, t->num_neurons,
                                   t->in));
    GSC_TRY(gsc_spectra_neuron_ipr(loaded, GSC_VIEW_NEURON_IN_RIGHT, order,
                                   t->num_neurons, t->in_right));
    GSC_TRY(gsc_spectra_neuron_ipr(loaded, GSC_VIEW_NEURON_LOGIT, order, t->num_neurons,
                                   t->out));
    GSC_TRY(find_phases(t, loaded, order));
out:
    return status;
}

static int
add_phase(gsc_rows *rows, const gsc_neuron_phase *phase)
{
    int status = 0;
    const gsc_neuron_phase none = {0, NAN, NAN, NAN, NAN};
    const gsc_neuron_phase *x = phase ? phase : &none;
    GSC_TRY(gsc_rows_integer(rows, (int64_t)x->frequency));
    GSC_TRY(gsc_rows_real(rows, x->in));
    GSC_TRY(gsc_rows_real(rows, x->in_right));
    GSC_TRY(gsc_rows_real(rows, x->write));
    GSC_TRY(gsc_rows_real(rows, x->misalignment));
out:
    return status;
}

static int
add_neuron(gsc_rows *rows, const table *t, size_t j, const char *order)
{
    int status = 0;
    size_t k = t->frequency[j], at = k * t->num_neurons + j;
    double num_pairs = (double)(t->p * t->p);
    GSC_TRY(gsc_rows_integer(rows, (int64_t)j));
    GSC_TRY(gsc_rows_text(rows, order));
    GSC_TRY(gsc_rows_integer(rows, (int64_t)k));
    GSC_TRY(gsc_rows_real(rows, t->best[j]));
    GSC_TRY(gsc_rows_real(rows, t->sum[at]));
    GSC_TRY(gsc_rows_real(rows, t->difference[at]));
    GSC_TRY(gsc_rows_real(rows, sqrt(t->total[j] / num_pairs)));
    GSC_TRY(gsc_rows_real(rows, t->in[j]));
    GSC_TRY(gsc_rows_real(rows, t->in_right[j]));
    GSC_TRY(gsc_rows_real(rows, t->out[j]));
    GSC_TRY(add_phase(rows, t->phases ? &t->phases[j] : NULL));
out:
    return status;
}

int
gsc_spectra_fill_neurons(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    table t = {.best = NULL};
    gsc_residue_order order = gsc_spectra_order(request->loaded, request->options);
    GSC_TRY(fill_table(&t, request->loaded, order, request->threads));
    for (size_t j = 0; j < t.num_neurons; j++)
        GSC_TRY(add_neuron(rows, &t, j, gsc_spectra_order_name(order)));
out:
    free_table(&t);
    return status;
}
