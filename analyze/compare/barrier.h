/* The loss along the straight line between two networks' weights. */
#ifndef GROKSCOPE_BARRIER_H
#define GROKSCOPE_BARRIER_H

#include "analyze/compare/compared_features.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A line that begins at a's weights and may end at any others of its shape. */
typedef struct gsc_line {
    const gsc_compared_features *a; /* with questions: whose network and loss it is */
    const double *to; /* a flat array as a's loaded model's: the weights at alpha = 1 */
    const bool *test; /* [questions] those to test on */
    size_t num_points; /* at least 2 */
} gsc_line;

/* The means at (1 - alpha) a + alpha to, alpha = i / (num_points - 1):
 *   loss       over all questions, [num_points]
 *   test_loss  over those to test on; NaN where there are none
 * of a's own loss: over pairs that at the answer, cross-entropy among all outputs, or
 * the mean squared error; over examples what is minimised (examples_loss.h). A forward
 * pass a point; GSC_EARGUMENT where the answer to a pair is not in the order, errors as
 * gsc_evaluator_open. The numbers do not depend on `threads`, which may be
 * NULL.
 */
int gsc_barrier_line(const gsc_line *line, gsc_threads *threads, double *loss,
                     double *test_loss);

/* The barrier: how far the loss rises above the straight line between its ends,
 *
 *     max_alpha L(alpha) - ((1 - alpha) L(0) + alpha L(1))
 *
 * (Entezari et al., arXiv 2110.06296, section 2; Frankle et al., arXiv 1912.05671,
 * take the mean of both ends instead), at the points of `loss`: 0 at least. NaN where a
 * loss is. */
double gsc_barrier_height(const double *loss, size_t num_points);

/* Whether b's weights may stand at the end of a's line: one network but for weights,
 * and the same answers, of examples where b's dataset has them too. Shapes are not
 * looked at. GSC_EARGUMENT tells what differs. */
int gsc_barrier_check(const gsc_compared_features *a, const gsc_compared_features *b);

#ifdef __cplusplus
}
#endif
#endif
