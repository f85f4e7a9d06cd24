/* Random numbers as a function of where they are used.
 *
 *     (seed, stream, counter) -> value
 *
 * Philox4x32-10 of Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy
 * as 1, 2, 3" (SC11, doi 10.1145/2063384.2063405), from Random123: a bijection of
 * 128-bit blocks under a 64-bit key. The key is the seed; the block is (counter,
 * stream). There is no state: any value can be had in any order, by any thread, and
 * again after a resumed run.
 *
 * Every function below reads the same blocks, so one stream serves one function and
 * each counter one purpose. All are thread-safe and never fail. */
#ifndef GROKSCOPE_RNG_H
#define GROKSCOPE_RNG_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The stream that bears a name ("split", "init:embed.W_E"): its 64-bit FNV-1a hash
 * (Fowler, Noll and Vo). */
uint64_t gsc_rng_stream(const char *name);

/* Stream number n of those that share a name, such as the one of step n: FNV-1a goes on
 * over the 8 bytes of n, the lowest first. */
uint64_t gsc_rng_substream(uint64_t stream, uint64_t n);

/* 64 random bits. */
uint64_t gsc_rng_bits(uint64_t seed, uint64_t stream, uint64_t counter);

/* Uniform on [0, 1): the top 53 bits, times 2^-53. */
double gsc_rng_uniform(uint64_t seed, uint64_t stream, uint64_t counter);

/* Standard normal, by Box and Muller (Ann. Math. Stat. 29, 1958): block counter / 2
 * gives u in (0, 1] and v in [0, 1), and
 *
 *     even counter: sqrt(-2 ln u) cos(2 pi v)     odd: sqrt(-2 ln u) sin(2 pi v)
 *
 * so |value| < 8.6. The last bit rests with the C library's log, sin and cos. */
double gsc_rng_normal(uint64_t seed, uint64_t stream, uint64_t counter);

/* Uniform on 0 … n-1, n > 0: the high half of bits * n, whose bias is below n / 2^64.
 */
uint64_t gsc_rng_below(uint64_t seed, uint64_t stream, uint64_t counter, uint64_t n);

/* Shuffle in place by Fisher and Yates (Knuth, TAOCP 2, 3.4.2, algorithm P): for i from
 * n-1 down to 1, swap items i and below(counter i, i + 1). */
void gsc_rng_shuffle(uint32_t *items, size_t n, uint64_t seed, uint64_t stream);

#ifdef __cplusplus
}
#endif
#endif
