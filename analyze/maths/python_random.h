/* The shuffle of Python's module `random`: orders that published programs drew, drawn
 * again. (Our own draws are Philox's: rng.h.)
 *
 * The generator is MT19937 (Matsumoto and Nishimura, "Mersenne Twister", ACM TOMACS 8,
 * 1998), begun from an array of words (their initialisation of 2002), which for Python
 * is the seed's 32-bit digits, least first. */
#ifndef GROKSCOPE_PYTHON_RANDOM_H
#define GROKSCOPE_PYTHON_RANDOM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { GSC_PYTHON_RANDOM_WORDS = 624 };

typedef struct gsc_python_random {
    uint32_t word[GSC_PYTHON_RANDOM_WORDS];
    size_t next; /* the first word that was not given out */
} gsc_python_random;

/* Begin as init_by_array does for a key of `count` words, count > 0; and as
 * random.Random(seed) does. */
void gsc_python_random_init_array(gsc_python_random *random, const uint32_t *key,
                                  size_t count);
void gsc_python_random_init(gsc_python_random *random, uint64_t seed);

/* 32 random bits: getrandbits(32). */
uint32_t gsc_python_random_bits(gsc_python_random *random);

/* Uniform on 0 … n-1, n > 0, as randrange(n) of Python 3.2 and later: words cut to the
 * bits of n until one is below n. */
uint32_t gsc_python_random_below(gsc_python_random *random, uint32_t n);

/* random.shuffle(items): for i from n-1 down to 1, swap items i and below(i + 1). */
void gsc_python_random_shuffle(gsc_python_random *random, uint32_t *items, uint32_t n);

#ifdef __cplusplus
}
#endif
#endif
