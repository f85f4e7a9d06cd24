/* A softmax whose every operation is rounded to a chosen type.
 *
 * Where exp(z - max z) of all other outputs is lost in the sum with the largest one's
 * 1, the softmax has collapsed: the sum is exactly 1, and the gradient of the loss by
 * the right output's logit is exactly 0 (Prieto et al., arXiv 2501.04697, section 3).
 * That takes a gap of about 7.6 in float16, 16.6 in float32 and 36.7 in float64. */
#ifndef GROKSCOPE_PRECISION_H
#define GROKSCOPE_PRECISION_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum gsc_precision {
    GSC_PRECISION_FLOAT16,
    GSC_PRECISION_FLOAT32,
    GSC_PRECISION_FLOAT64,
    GSC_NUM_PRECISIONS
} gsc_precision;

/* "float16", …, NULL after the last. */
extern const char *const gsc_precision_names[];

/* The number of the type (IEEE 754, with subnormal ones) that is nearest to x, of two
 * the even one; infinite where x is too large for the type. */
double gsc_precision_round(gsc_precision precision, double x);

typedef struct gsc_softmax_sum {
    double largest;    /* of the rounded logits */
    double sum;        /* of the exponentials; exactly 1: collapsed */
    size_t zero_terms; /* of the exponentials, those that are 0 */
} gsc_softmax_sum;

/* e[i] = exp(z[i] - max z) for the n > 0 logits of a row, and their sum from the first
 * to the last. Logits, differences, exponentials and each partial sum are rounded to
 * the type; exponentials are those of gsc_exp before that, so that in float64 a
 * subnormal one is 0. e may be z. The sum is NaN where a logit is, or
 * where the largest is infinite; of a smaller one that is -infinity e is 0. */
gsc_softmax_sum gsc_precision_exponentials(gsc_precision precision, const double *z,
                                           size_t n, double *e);

#ifdef __cplusplus
}
#endif
#endif
