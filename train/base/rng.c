/* Random numbers as a function of where they are used: Philox. */
#include "grokscope/rng.h"

#include <Random123/philox.h>

#include <assert.h>
#include <math.h>

static const double two_pi = 6.283185307179586476925;

typedef struct random_block {
    uint64_t low, high;
} random_block;

static random_block
block_at(uint64_t seed, uint64_t stream, uint64_t counter)
{
    philox4x32_key_t key = {{(uint32_t)seed, (uint32_t)(seed >> 32)}};
    philox4x32_ctr_t block = {{(uint32_t)counter, (uint32_t)(counter >> 32),
                               (uint32_t)stream, (uint32_t)(stream >> 32)}};
    block = philox4x32(block, key);
    return (random_block){block.v[0] | (uint64_t)block.v[1] << 32,
                          block.v[2] | (uint64_t)block.v[3] << 32};
}

/* The top 53 bits of x as a number in [0, 1). */
static double
unit(uint64_t x)
{
    return (double)(x >> 11) * 0x1p-53;
}

/* FNV's 64-bit offset basis and prime. */
static const uint64_t fnv_basis = 14695981039346656037u, fnv_prime = 1099511628211u;

uint64_t
gsc_rng_stream(const char *name)
{
    uint64_t hash = fnv_basis;
    for (; *name; name++)
        hash = (hash ^ (unsigned char)*name) * fnv_prime;
    return hash;
}

uint64_t
gsc_rng_substream(uint64_t stream, uint64_t n)
{
    for (int i = 0; i < 8; i++)
        stream = (stream ^ (n >> 8 * i & 0xff)) * fnv_prime;
    return stream;
}

uint64_t
gsc_rng_bits(uint64_t seed, uint64_t stream, uint64_t counter)
{
    return block_at(seed, stream, counter).low;
}

double
gsc_rng_uniform(uint64_t seed, uint64_t stream, uint64_t counter)
{
    return unit(gsc_rng_bits(seed, stream, counter));
}

double
gsc_rng_normal(uint64_t seed, uint64_t stream, uint64_t counter)
{
    random_block block = block_at(seed, stream, counter / 2);
    double u = unit(block.low) + 0x1p-53; /* (0, 1]: its logarithm is finite */
    double angle = two_pi * unit(block.high);
    return sqrt(-2 * log(u)) * (counter % 2 == 0 ? cos(angle) : sin(angle));
}

/* The high 64 bits of a * b, from 32-bit halves: C11 has no wider integer. */
static uint64_t
multiply_high(uint64_t a, uint64_t b)
{
    uint64_t a0 = (uint32_t)a, a1 = a >> 32, b0 = (uint32_t)b, b1 = b >> 32;
    uint64_t middle = a1 * b0 + (a0 * b0 >> 32);
    uint64_t other = a0 * b1 + (uint32_t)middle;
    return a1 * b1 + (middle >> 32) + (other >> 32);
}

uint64_t
gsc_rng_below(uint64_t seed, uint64_t stream, uint64_t counter, uint64_t n)
{
    assert(n > 0);
    return multiply_high(gsc_rng_bits(seed, stream, counter), n);
}

void
gsc_rng_shuffle(uint32_t *items, size_t n, uint64_t seed, uint64_t stream)
{
    for (size_t i = n; i-- > 1;) {
        size_t j = (size_t)gsc_rng_below(seed, stream, i, i + 1);
        uint32_t item = items[i];
        items[i] = items[j];
        items[j] = item;
    }
}
