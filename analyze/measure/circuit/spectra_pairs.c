/* The table of the measure "fourier" with one row for each pair of frequencies: the
 * spectrum over (a, b) of logits and neurons. */
#include "grokscope/error.h"
#include "grokscope/fourier.h"
#include "grokscope/memory.h"

#include "analyze/measure/circuit/spectra.h"
#include "analyze/network/pairs/pair_outputs.h"

#include <math.h>
#include <stdlib.h>

const gsc_column gsc_spectra_pair_columns[] = {
    {"order", GSC_CELL_TEXT, true,
     "order of the residues in which frequencies are counted", false},
    {"frequency_a", GSC_CELL_INTEGER, true, "frequency of the first operand, 0 … p/2",
     false},
    {"frequency_b", GSC_CELL_INTEGER, true, "frequency of the second operand", false},
    {"logit_power", GSC_CELL_REAL, false,
     "sum over the answers of the squares of the logits' coefficients, cosines and "
     "sines of both",
     false},
    {"logit_fraction", GSC_CELL_REAL, false,
     "share of this power, without that of the mean", false},
    {"neuron_power", GSC_CELL_REAL, false, "the same sum over the neurons", false},
    {"neuron_fraction", GSC_CELL_REAL, false,
     "share of this power, without that of the mean", false},
};

/* power[k, l], [count, count]: the sum over the n maps of the squares of the
 * coefficients [p p, n] whose rows of the basis are of k and of l. */
static void
add_power(const double *coefficients, size_t p, size_t n, double *power)
{
    size_t count = gsc_fourier_count(p);
    for (size_t i = 0; i < p; i++)
        for (size_t j = 0; j < p; j++) {
            double sum = 0;
            const double *row = coefficients + (i * p + j) * n;
            for (size_t m = 0; m < n; m++)
                sum += row[m] * row[m];
            power[(i + 1) / 2 * count + (j + 1) / 2] += sum;
        }
}

/* The power of n maps [p p, n] of a type. */
static int
find_power(const void *maps, gsc_type type, size_t p, size_t n, double *power)
{
    int status = 0;
    double *coefficients = NULL;
    GSC_ROOM(coefficients, p * p * n);
    GSC_TRY(type == GSC_FLOAT32 ? gsc_fourier2d_f32(maps, p, n, coefficients)
                                : gsc_fourier2d(maps, p, n, coefficients));
    add_power(coefficients, p, n, power);
out:
    free(coefficients);
    return status;
}

/* A cell and its fraction of all but the first; NaN without power. */
static int
add_share(gsc_rows *rows, const double *power, size_t at, double total)
{
    int status = 0;
    GSC_TRY(gsc_rows_real(rows, power ? power[at] : (double)NAN));
    GSC_TRY(gsc_rows_real(rows, !power                  ? (double)NAN
                                : at == 0 || total == 0 ? 0
                                                        : power[at] / total));
out:
    return status;
}

static double
total_of(const double *power, size_t count)
{
    double sum = 0;
    for (size_t i = 1; power && i < count * count; i++)
        sum += power[i];
    return sum;
}

static int
add_pairs(gsc_rows *rows, const char *order, size_t count, const double *logits,
          const double *neurons)
{
    int status = 0;
    double of_logits = total_of(logits, count), of_neurons = total_of(neurons, count);
    for (size_t i = 0; i < count * count; i++) {
        GSC_TRY(gsc_rows_text(rows, order));
        GSC_TRY(gsc_rows_integer(rows, (int64_t)(i / count)));
        GSC_TRY(gsc_rows_integer(rows, (int64_t)(i % count)));
        GSC_TRY(add_share(rows, logits, i, of_logits));
        GSC_TRY(add_share(rows, neurons, i, of_neurons));
    }
out:
    return status;
}

int
gsc_spectra_fill_pairs(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    const gsc_loaded_model *loaded = request->loaded;
    gsc_residue_order order = gsc_spectra_order(loaded, request->options);
    gsc_pair_outputs *r;
    double *logits = NULL, *neurons = NULL;
    bool has_neurons = loaded->model.neurons != GSC_NO_NODE;
    GSC_TRY(gsc_pair_outputs_of(loaded, order, has_neurons, request->threads, &r));
    size_t n = r->grid.n, count = gsc_fourier_count(n);
    GSC_NEW(logits, count * count);
    GSC_TRY(find_power(r->logits, GSC_FLOAT64, n, n, logits));
    if (has_neurons) {
        GSC_NEW(neurons, count * count);
        GSC_TRY(find_power(r->neurons, r->evaluator.type, n, r->evaluator.num_neurons,
                           neurons));
    }
    GSC_TRY(add_pairs(rows, gsc_spectra_order_name(order), count, logits, neurons));
out:
    free(logits);
    free(neurons);
    return status;
}
