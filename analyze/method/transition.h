/* How sharp a transition is along a run: which metrics jump, and which only move.
 *
 * A series has one number for each row, rows in the order of their steps; a number that
 * is not finite is passed over. Nothing here fails. O(rows^2) for the median. */
#ifndef GROKSCOPE_TRANSITION_H
#define GROKSCOPE_TRANSITION_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gsc_transition {
    double from_step, to_step; /* 10 % and 90 % of the way */
    double width;              /* log10(to_step / from_step) */
    double emergence;
} gsc_transition;

/* The way is from the first number of the series to its last one. It is 90 % done at
 * the first row that is that far, and 10 % at the last row before that is not: both are
 * interpolated, linearly in log10 step, between that row and the next to it (a step of
 * 0 counts as 1).
 *
 *   emergence = sign(argmax y - argmin y) (max y - min y)
 *               / sqrt(median_i (y_i - y_{i-1})^2)
 *
 * is BIG-Bench's breakthroughness (Srivastava et al., arXiv 2206.04615, appendix B), as
 * Schaeffer et al. (arXiv 2304.15004, section 4) use it; infinite where half of the
 * rows or more repeat the row before. It depends on which rows there are. All NaN where
 * fewer than two rows have a number, the first and the last are equal, or the steps do
 * not rise; `work` has
 * room for num_rows. */
gsc_transition gsc_transition_of(const int64_t *step, const double *y, size_t num_rows,
                                 double *work);

#ifdef __cplusplus
}
#endif
#endif
