/* The phases of neurons. */
#include "analyze/method/circuit/neuron_phase.h"

#include "grokscope/dft.h"
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

/* The transform of a matrix, [p/2 + 1, cols]. */
typedef struct waves {
    size_t p, cols;
    double *re, *im;
} waves;

static int
find_waves(const gsc_matrix *x, waves *w)
{
    int status = 0;
    size_t size = (x->rows / 2 + 1) * x->cols;
    *w = (waves){.p = x->rows, .cols = x->cols};
    GSC_NEW(w->re, size);
    GSC_NEW(w->im, size);
    GSC_TRY(gsc_dft_columns(x->data, x->rows, x->cols, w->re, w->im));
out:
    return status;
}

static void
free_waves(waves *w)
{
    free(w->re);
    free(w->im);
}

/* Of frequency k in column j: its power, half as much for one without a sine. */
static double
power(const waves *w, size_t k, size_t j)
{
    size_t at = k * w->cols + j;
    return (2 * k == w->p ? 1 : 2) * (w->re[at] * w->re[at] + w->im[at] * w->im[at]);
}

/* cos(w t + phi) has the coefficient e^(i phi). */
static double
phase(const waves *w, size_t k, size_t j)
{
    return atan2(w->im[k * w->cols + j], w->re[k * w->cols + j]);
}

/* The frequency of most power of both; 0: neither has any. */
static size_t
find_frequency(const waves *read, const waves *right, size_t j)
{
    size_t best = 0;
    double most = 0;
    for (size_t k = 1; k <= read->p / 2; k++) {
        double now = power(read, k, j) + (right ? power(right, k, j) : 0);
        if (now > most) {
            most = now;
            best = k;
        }
    }
    return best;
}

static gsc_neuron_phase
describe(const waves *read, const waves *right, const waves *written,
         gsc_direction direction, size_t j)
{
    size_t k = find_frequency(read, right, j);
    gsc_neuron_phase x = {k, NAN, NAN, NAN, NAN};
    if (k == 0 || 2 * k == read->p)
        return x;
    x.in = phase(read, k, j);
    x.in_right = right ? phase(right, k, j) : x.in;
    x.write = phase(written, k, j);
    double turn = direction == GSC_SUM ? x.in + x.in_right : x.in - x.in_right;
    if (power(written, k, j) > 0 && (direction == GSC_SUM || right))
        x.misalignment = fabs(sin(x.write - turn));
    return x;
}

int
gsc_neuron_phase_find(const gsc_matrix *read, const gsc_matrix *right,
                      const gsc_matrix *written, gsc_direction direction,
                      gsc_neuron_phase *phases)
{
    int status = 0;
    waves all[3] = {{0}};
    assert(written->rows == read->rows && written->cols == read->cols);
    assert(!right || (right->rows == read->rows && right->cols == read->cols));
    GSC_TRY(find_waves(read, &all[0]));
    if (right)
        GSC_TRY(find_waves(right, &all[1]));
    GSC_TRY(find_waves(written, &all[2]));
    for (size_t j = 0; j < read->cols; j++)
        phases[j] = describe(&all[0], right ? &all[1] : NULL, &all[2], direction, j);
out:
    for (size_t i = 0; i < 3; i++)
        free_waves(&all[i]);
    return status;
}

double
gsc_neuron_phase_mean(const gsc_neuron_phase *phases, size_t m)
{
    double sum = 0;
    size_t count = 0;
    for (size_t j = 0; j < m; j++) {
        if (isnan(phases[j].misalignment))
            continue;
        sum += phases[j].misalignment;
        count++;
    }
    return count > 0 ? sum / (double)count : (double)NAN;
}

double
gsc_neuron_phase_concentration(const gsc_neuron_phase *phases, size_t m, size_t p)
{
    size_t most = 0;
    double chance = 1 / (double)(p / 2);
    if (p < 4 || m == 0)
        return (double)NAN;
    for (size_t k = 1; k <= p / 2; k++) {
        size_t count = 0;
        for (size_t j = 0; j < m; j++)
            count += phases[j].frequency == k;
        most = count > most ? count : most;
    }
    return ((double)most / (double)m - chance) / (1 - chance);
}
