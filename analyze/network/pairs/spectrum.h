/* The power of every frequency in one view of a checkpoint. */
#ifndef GROKSCOPE_SPECTRUM_H
#define GROKSCOPE_SPECTRUM_H

#include "grokscope/loaded_model.h"

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gsc_spectrum {
    size_t p, count; /* residues; frequencies 0 … count-1 */
    double *power, *fraction;
    bool *key;
} gsc_spectrum;

/* The spectrum of a matrix with one row for each residue (fourier.h has the formulas).
 */
int gsc_spectrum_init(gsc_spectrum *spectrum, const gsc_matrix *matrix);

void gsc_spectrum_free(gsc_spectrum *spectrum);

/* The part of the power that is at key frequencies. */
double gsc_spectrum_share(const gsc_spectrum *spectrum);

/* The order that the option --order asks for: "task", "residue" or "logarithm". */
gsc_residue_order gsc_spectrum_order(const gsc_loaded_model *loaded, int64_t choice);
extern const char *const gsc_spectrum_orders[];

#ifdef __cplusplus
}
#endif
#endif
