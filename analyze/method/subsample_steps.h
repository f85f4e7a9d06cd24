/* Which of many steps are looked at. Pure: arrays in, arrays out. */
#ifndef GROKSCOPE_SUBSAMPLE_STEPS_H
#define GROKSCOPE_SUBSAMPLE_STEPS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Choose at most `most` of the steps [count], ascending: chosen [min(count, most)],
 * their indices, ascending. Returns how many. All where that is enough room; else the
 * last one (of one), then the first, then one after the other that which lies farthest
 * from those chosen before (the earlier of equals), as measured by
 *
 *     x(s) = (s - first) / (last - first) + log(1 + s - first) / log(1 + last - first)
 *
 * so that a run is followed over its whole length and its beginning more closely. What
 * is chosen for a small `most` is chosen for every larger one. O(count most); never
 * fails.
 */
size_t gsc_subsample_steps(const int64_t *steps, size_t count, size_t most,
                           size_t *chosen);

#ifdef __cplusplus
}
#endif
#endif
