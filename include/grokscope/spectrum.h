/* The power of every frequency in one view of a checkpoint. */
#ifndef GROKSCOPE_SPECTRUM_H
#define GROKSCOPE_SPECTRUM_H

#include "grokscope/subject.h"

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gsc_spectrum {
    gsc_view view;
    gsc_order order;
    size_t p, count; /* residues; frequencies 0 … count-1 */
    double *power, *fraction;
    bool *key;
} gsc_spectrum;

/* The spectrum of one view over an order of the residues (fourier.h has the formulas).
 */
int gsc_spectrum_init(gsc_spectrum *spectrum, const gsc_subject *subject, gsc_view view,
                      gsc_order order);
void gsc_spectrum_free(gsc_spectrum *spectrum);

/* The order that the option --order asks for: "task", "residue" or "logarithm". */
gsc_order gsc_spectrum_order(const gsc_subject *subject, int64_t choice);
extern const char *const gsc_spectrum_orders[];

#ifdef __cplusplus
}
#endif
#endif
