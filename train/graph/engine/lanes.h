/* Summing gradients over lanes, for float and double. */
#ifndef GSC_GRAPH_LANES_H
#define GSC_GRAPH_LANES_H

#include <stddef.h>

/* sum[j] = sum_i lanes[i * stride + j], j < count, i < num_lanes in this order */
void gsc_sum_lanes_f32(void *sum, const void *lanes, size_t num_lanes, size_t stride,
                       size_t count);
void gsc_sum_lanes_f64(void *sum, const void *lanes, size_t num_lanes, size_t stride,
                       size_t count);

#endif
