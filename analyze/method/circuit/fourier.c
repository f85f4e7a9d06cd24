/* Spectra over the residues modulo p. */
#include "grokscope/fourier.h"

#include "grokscope/dft.h"
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include <stdlib.h>

int
gsc_fourier_power(const gsc_matrix *x, double *power)
{
    int status = 0;
    size_t p = x->rows, count = gsc_fourier_count(p);
    double *re = NULL, *im = NULL;
    GSC_NEW(re, count * x->cols);
    GSC_NEW(im, count * x->cols);
    GSC_TRY(gsc_dft_columns(x->data, p, x->cols, re, im));
    for (size_t k = 0; k < count; k++) {
        double sum = 0;
        for (size_t j = k * x->cols; j < (k + 1) * x->cols; j++)
            sum += re[j] * re[j] + im[j] * im[j];
        bool single = k == 0 || 2 * k == p;
        power[k] = sum * (single ? 1 : 2) / (double)p;
    }
out:
    free(re);
    free(im);
    return status;
}

void
gsc_fourier_fractions(const double *power, size_t count, double *fraction)
{
    double sum = 0;
    for (size_t k = 1; k < count; k++)
        sum += power[k];
    for (size_t k = 0; k < count; k++)
        fraction[k] = k > 0 && sum > 0 ? power[k] / sum : 0;
}

void
gsc_fourier_keys(const double *fraction, size_t count, bool *key)
{
    for (size_t k = 0; k < count; k++)
        key[k] = k > 0 && fraction[k] * (double)(count - 1) >= GSC_KEY_MULTIPLE;
}
