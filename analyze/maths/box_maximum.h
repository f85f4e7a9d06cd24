/* The largest value of a smooth function in a box. */
#ifndef GROKSCOPE_BOX_MAXIMUM_H
#define GROKSCOPE_BOX_MAXIMUM_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gsc_box {
    size_t n;
    const double *half_width; /* [n] |y_i| <= half_width[i] */
    /* *f and gradient [n] of the function at y [n]; an error code or 0. */
    int (*value)(void *context, const double *y, double *f, double *gradient);
    void *context;
} gsc_box;

/* From y = 0 go uphill by projected gradients,
 *
 *     y' = P(y + t g),    P the projection into the box, whose sides have length 2,
 *
 * with Barzilai and Borwein's step lengths t (IMA J. Numer. Anal. 8, 1988) that are
 * halved until y' is higher, for at most `iterations` steps. y [n] is where it ends, *f
 * the value there: a local maximum, or the best point so far. A linear function's
 * corner is reached in a few steps. GSC_EMEMORY, and errors of `value`. Cost: about one
 * value for each step. */
int gsc_box_maximise(const gsc_box *box, size_t iterations, double *y, double *f);

#ifdef __cplusplus
}
#endif
#endif
