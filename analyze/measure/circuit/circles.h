/* The circles of a network's embedding and the circuits that they are part of: what the
 * measure "clockpizza" says circle by circle. */
#ifndef GROKSCOPE_CIRCLES_H
#define GROKSCOPE_CIRCLES_H

#include "grokscope/circle.h"
#include "grokscope/measure.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A circle an element of each array, in ascending frequency. */
typedef struct gsc_circles {
    size_t count, num_outputs; /* circles; frequencies 0 … n/2 */
    gsc_circle_shape *shapes;
    gsc_circle_effect *effects;
    gsc_circle_symmetry *symmetries; /* NaN where gradients tell nothing */
    gsc_circle_label *labels;
    double *shares; /* [count, num_outputs] of each output in what a circle writes */
    double share[GSC_NUM_CIRCLES]; /* of each label in all effects */
} gsc_circles;

/* Leave out one circle of a request's loaded model after the other. The request's state
 * is what gsc_measure_clockpizza prepares, and its options, which are of that measure,
 * say what is looked at and how it is judged. A forward pass over all pairs a circle,
 * and 2 n^4 flops (circle.h). GSC_EARGUMENT where the network does not add
 * (gsc_embedding_patch_open). */
int gsc_circles_init(gsc_circles *circles, const gsc_measure_request *request);
void gsc_circles_free(gsc_circles *circles);

/* The thresholds by which they are judged, of options of gsc_measure_clockpizza. */
gsc_circle_thresholds gsc_circles_thresholds(const void *options);

#ifdef __cplusplus
}
#endif
#endif
