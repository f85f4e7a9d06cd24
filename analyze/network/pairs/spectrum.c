/* The power of every frequency in one view of a checkpoint. */
#include "analyze/network/pairs/spectrum.h"

#include "grokscope/error.h"
#include "grokscope/fourier.h"
#include "grokscope/memory.h"

#include <stdlib.h>

int
gsc_spectrum_init(gsc_spectrum *spectrum, const gsc_matrix *matrix)
{
    int status = 0;
    *spectrum =
        (gsc_spectrum){.p = matrix->rows, .count = gsc_fourier_count(matrix->rows)};
    GSC_NEW(spectrum->power, spectrum->count);
    GSC_NEW(spectrum->fraction, spectrum->count);
    GSC_NEW(spectrum->key, spectrum->count);
    GSC_TRY(gsc_fourier_power(matrix, spectrum->power));
    gsc_fourier_fractions(spectrum->power, spectrum->count, spectrum->fraction);
    gsc_fourier_keys(spectrum->fraction, spectrum->count, spectrum->key);
out:
    if (status < 0)
        gsc_spectrum_free(spectrum);
    return status;
}

void
gsc_spectrum_free(gsc_spectrum *spectrum)
{
    free(spectrum->power);
    free(spectrum->fraction);
    free(spectrum->key);
    *spectrum = (gsc_spectrum){.power = NULL};
}

double
gsc_spectrum_share(const gsc_spectrum *spectrum)
{
    double share = 0;
    for (size_t k = 0; k < spectrum->count; k++)
        share += spectrum->key[k] ? spectrum->fraction[k] : 0;
    return share;
}

const char *const gsc_spectrum_orders[] = {"task", "residue", "logarithm", NULL};

gsc_residue_order
gsc_spectrum_order(const gsc_loaded_model *loaded, int64_t choice)
{
    return choice == 0 ? loaded->pairs.order : (gsc_residue_order)(choice - 1);
}
