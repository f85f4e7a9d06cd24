/* Sparse parity. */
#ifndef GSC_TASK_PARITY_H
#define GSC_TASK_PARITY_H

#include "grokscope/task.h"

/* The facet "bits": n (int64), and relevant (uint16 [k]), the bits that y depends on.
 */
#define GSC_BITS "bits"

typedef struct gsc_parity {
    int64_t n, k;
    bool online;
    int64_t train_samples, test_samples;
    int64_t loss;
    bool tokens;
    int64_t data_seed;
} gsc_parity;

/* k of n bits, ascending: the first of a shuffle by a stream. `order` has room for n.
 */
void gsc_parity_choose(size_t n, size_t k, uint64_t seed, uint64_t stream,
                       uint32_t *order, uint16_t *bits);

/* The n random bits of an example, each word of them drawn once: drawing was half of a
 * step of 32 examples when it was drawn for every bit. */
void gsc_parity_draw(size_t n, uint64_t seed, uint64_t stream, uint64_t example,
                     uint8_t *bits);

extern const gsc_task gsc_task_parity;

#endif
