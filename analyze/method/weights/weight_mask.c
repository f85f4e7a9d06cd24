/* Masks of weights: which of them pruning keeps. */
#include "analyze/method/weights/weight_mask.h"

#include "grokscope/error.h"

#include "train/numeric/top.h"

#include <math.h>

int
gsc_weight_mask_keep(const double *scores, size_t n, size_t keep, bool *mask)
{
    for (size_t i = 0; i < n; i++)
        if (isnan(scores[i]))
            return gsc_fail(GSC_EFORMAT,
                            "the score of weight %zu is no number; scores are of a "
                            "network whose loss and weights are finite",
                            i);
    gsc_top_mask_f64(scores, n, keep, mask);
    return 0;
}

double
gsc_weight_mask_distance(const bool *a, const bool *b, size_t n)
{
    size_t both = 0, either = 0;
    for (size_t i = 0; i < n; i++) {
        both += a[i] && b[i];
        either += a[i] || b[i];
    }
    return either > 0 ? 1 - (double)both / (double)either : 0;
}
