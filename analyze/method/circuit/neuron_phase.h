/* The phases of neurons: of the wave that each reads of its operands, and of the one
 * that it writes to the answers. Pure functions over matrices [p, neurons], a row a
 * residue, x[t] = A cos(2 pi k t/p + phi) the wave of frequency k in a column. */
#ifndef GROKSCOPE_NEURON_PHASE_H
#define GROKSCOPE_NEURON_PHASE_H

#include "grokscope/pairs.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gsc_neuron_phase {
    size_t frequency;           /* k; 0 where it reads no wave */
    double in, in_right, write; /* phi of what it reads of a and of b, and writes */
    double misalignment;        /* |sin(write - in -+ in_right)|, 0 … 1 */
} gsc_neuron_phase;

/* Each neuron's main frequency, the 1 … p/2 of most power in what it reads of both
 * operands (the first of equals), its phases there, in (-pi, pi], and how far they are
 * from those of a neuron that multiplies: where it reads cos(w a + in) and cos(w b +
 * in_right), the product of the two has
 *
 *     cos(w (a + b) + in + in_right)    along a + b,
 *     cos(w (a - b) + in - in_right)    along a - b,
 *
 * so that a wave cos(w c + write) adds to the right answer where write is this phase,
 * and nothing where it is a quarter of a turn off:
 *
 *     misalignment = |sin(write - in - in_right)|,   |sin(write - in + in_right)|
 *
 * (arXiv 2602.16849, whose neurons read both operands alike: |sin(write - 2 in)|). Even
 * phases have a mean of 2/pi. NaN where there is no wave to read or none written, at
 * the Nyquist frequency of an even p, whose wave has no phase, and for a difference of
 * operands that are read alike.
 *
 * read, right, written [p, m]; `right` NULL where both operands are read alike; phases
 * [m]. An FFT a column. GSC_EARGUMENT for an empty matrix, GSC_EMEMORY. */
int gsc_neuron_phase_find(const gsc_matrix *read, const gsc_matrix *right,
                          const gsc_matrix *written, gsc_direction direction,
                          gsc_neuron_phase *phases);

/* The mean misalignment of those that have one; NaN where none has. */
double gsc_neuron_phase_mean(const gsc_neuron_phase *phases, size_t m);

/* How far all neurons share one frequency, of p residues:
 *
 *     FSD = (max_k par(k) - c)/(1 - c),    c = 1/floor(p/2)
 *
 * par(k) the share of the neurons whose frequency is k: 0 where all frequencies have
 * equally many, 1 where one has all (arXiv 2606.12966, which we read in summaries only;
 * that a neuron's frequency is the one of most power in what it reads is ours). A
 * neuron that reads no wave counts for none. NaN for p < 4, where c is 1, and without
 * neurons. */
double gsc_neuron_phase_concentration(const gsc_neuron_phase *phases, size_t m,
                                      size_t p);

#ifdef __cplusplus
}
#endif
#endif
