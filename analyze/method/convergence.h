/* Whether a run had converged by a row, from a series over its steps. */
#ifndef GROKSCOPE_CONVERGENCE_H
#define GROKSCOPE_CONVERGENCE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How much of its fall a rank has behind it, [num_rows], rows in the order of their
 * steps:
 *
 *     fraction[i] = (rank[0] - rank[i]) / (rank[0] - floor)
 *
 * 0 at the beginning, 1 on the plateau. A circuit that is read at the moment of the
 * grok is read too early where the fraction is well below 1: of effective ranks of W_E
 * arXiv 2607.06639, which we read in summaries only, has .87 for a transformer, .66 for
 * an MLP and .25 with LayerNorm. No verdict (NaN) without a plateau, whose rule is
 * ours: the rows of the last fifth of the steps, five at least, keep within
 * GSC_PLATEAU_SHARE of the fall, and `floor` is their mean. Nor where the first row is
 * not step 0, or the rank does not fall. NaN in `rank` is passed over. Never fails.
 * O(rows). */
#define GSC_PLATEAU_SHARE 0.05
void gsc_convergence(const int64_t *step, const double *rank, size_t num_rows,
                     double *fraction);

#ifdef __cplusplus
}
#endif
#endif
