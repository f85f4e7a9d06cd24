/* The critical size: where accuracy over the logarithm of a size is half way up.
 *
 * Fitted is the sigmoid
 *
 *     y(x) = 1 / (1 + (critical / x)^sharpness)
 *
 * (a logistic function of ln x), by least squares over all runs: a grid of 201 places
 * between the least and the largest size and 40 values of the sharpness, then halving
 * steps around the best. The interval of 95 % is that of a bootstrap over seeds: whole
 * seeds are drawn again with replacement, GSC_CRITICAL_DRAWS times. */
#ifndef GROKSCOPE_CRITICAL_SIZE_H
#define GROKSCOPE_CRITICAL_SIZE_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { GSC_CRITICAL_DRAWS = 1000 };

typedef struct gsc_sized_run {
    double size;     /* above 0 */
    double accuracy; /* from 0 to 1 */
    size_t seed;     /* which of them, from 0 */
} gsc_sized_run;

typedef struct gsc_critical_size {
    double size, sharpness;
    double low, high; /* of size; NaN of one seed */
    double error;     /* root of the mean squared distance to the sigmoid */
} gsc_critical_size;

/* All NaN where the sizes are fewer than two, or the accuracies lie all above, or all
 * below, one half: the critical size is then not between them. A draw of which that is
 * so counts as the end of the sizes that it leans to. GSC_EMEMORY. Cost: 10^4
 * evaluations of the sigmoid a run, and 200 a draw. */
int gsc_critical_size_of(const gsc_sized_run *runs, size_t num_runs,
                         gsc_critical_size *critical);

#ifdef __cplusplus
}
#endif
#endif
