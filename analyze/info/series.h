/* Whether the checkpoints of a run make one series. */
#ifndef GROKSCOPE_SERIES_H
#define GROKSCOPE_SERIES_H

#include "analyze/tool/inputs.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What a checkpoint that is out of line is told of; the text names the other steps. */
typedef int gsc_series_found(void *context, const gsc_input *input, const char *text);

/* Look at the weights w_i of a run's step files in the order of their steps, and tell
 * of
 *
 * - NaN or Inf in a tensor;
 * - weights that are, bit for bit, those of another step;
 * - tensors of other names or shapes than those of the step before;
 * - a norm ||w_i|| that lies outside those of both neighbours by a factor of 1.1, and
 * by more than e^(10 m), where m is the median of |ln ||w_i|| - ln ||w_i-1|||: the
 * run's usual change;
 * - a detour: ||w_i - w_i-1|| + ||w_i+1 - w_i|| > 2.5 ||w_i+1 - w_i-1||. On a straight
 *   way this is 1 times, of independent noise about a point 2 times, and 3 times where
 *   two neighbours change places.
 *
 * Neighbours are those with finite weights; the first and the last have one only, and
 * are not judged by the last two rules. Files that cannot be read are passed over.
 * Three checkpoints are held at a time. */
int gsc_series_check(const gsc_input *items, size_t count, gsc_series_found *found,
                     void *context);

#ifdef __cplusplus
}
#endif
#endif
