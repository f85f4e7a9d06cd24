/* Summing gradients over lanes. */
#include "train/graph/engine/lanes.h"

#include "train/numeric/hot.h"
#include "train/numeric/real.h"

#include <string.h>

GSC_HOT void
TYPED(gsc_sum_lanes)(void *sum, const void *lanes, size_t num_lanes, size_t stride,
                     size_t count)
{
    real *restrict out = sum;
    const real *lane = lanes;
    memcpy(out, lane, count * sizeof *out);
    for (size_t i = 1; i < num_lanes; i++) {
        lane += stride;
        for (size_t j = 0; j < count; j++)
            out[j] += lane[j];
    }
}
