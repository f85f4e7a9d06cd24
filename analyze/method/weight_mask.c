/* Masks of weights: which of them pruning keeps. */
#include "analyze/method/weight_mask.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include <math.h>
#include <stdlib.h>

size_t
gsc_weight_mask_count(double share, size_t n)
{
    double kept = share * (double)n, whole = round(kept);
    if (fabs(kept - whole) < 1e-6)
        kept = whole;
    return (size_t)ceil(kept);
}

typedef struct scored {
    double score;
    size_t index;
} scored;

/* The largest score first; of equal ones the first. */
static int
by_score(const void *a, const void *b)
{
    const scored *x = a, *y = b;
    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    return x->index < y->index ? -1 : 1;
}

int
gsc_weight_mask_keep(const double *scores, size_t n, size_t keep, bool *mask)
{
    int status = 0;
    scored *order = NULL;
    GSC_NEW(order, n);
    for (size_t i = 0; i < n; i++) {
        if (isnan(scores[i])) {
            status = gsc_fail(GSC_EFORMAT,
                              "the score of weight %zu is no number; scores are of a "
                              "network whose loss and weights are finite",
                              i);
            goto out;
        }
        order[i] = (scored){scores[i], i};
    }
    qsort(order, n, sizeof *order, by_score);
    for (size_t i = 0; i < n; i++)
        mask[order[i].index] = i < keep;
out:
    free(order);
    return status;
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
