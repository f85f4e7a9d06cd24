/* The shuffle of Python's module `random`. */
#include "analyze/maths/python_random.h"

/* Sizes and constants of MT19937, by the names of its paper; those of the
 * initialisation are its authors'. */
enum { N = GSC_PYTHON_RANDOM_WORDS, M = 397 };

static const uint32_t twist_matrix = 0x9908b0df;

static uint32_t
mixed_with(uint32_t before)
{
    return before ^ (before >> 30);
}

/* Word i + 1 from word i, going round; word 0 follows the last one. */
static size_t
advance(gsc_python_random *random, size_t i)
{
    if (i + 1 < N)
        return i + 1;
    random->word[0] = random->word[N - 1];
    return 1;
}

void
gsc_python_random_init_array(gsc_python_random *random, const uint32_t *key,
                             size_t count)
{
    uint32_t *x = random->word;
    size_t i = 1;
    x[0] = 19650218;
    for (uint32_t k = 1; k < N; k++)
        x[k] = 1812433253 * mixed_with(x[k - 1]) + k;
    for (size_t k = 0; k < (N > count ? N : count); k++) {
        uint32_t j = (uint32_t)(k % count);
        x[i] = (x[i] ^ (mixed_with(x[i - 1]) * 1664525)) + key[j] + j;
        i = advance(random, i);
    }
    for (size_t k = 1; k < N; k++) {
        x[i] = (x[i] ^ (mixed_with(x[i - 1]) * 1566083941)) - (uint32_t)i;
        i = advance(random, i);
    }
    x[0] = 0x80000000;
    random->next = N;
}

void
gsc_python_random_init(gsc_python_random *random, uint64_t seed)
{
    const uint32_t digits[] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
    gsc_python_random_init_array(random, digits, digits[1] ? 2 : 1);
}

/* The next N words: x[i + N] = x[i + M] ^ (upper bit of x[i], lower of x[i + 1]) A. */
static void
twist(gsc_python_random *random)
{
    uint32_t *x = random->word;
    for (size_t i = 0; i < N; i++) {
        uint32_t y = (x[i] & 0x80000000) | (x[(i + 1) % N] & 0x7fffffff);
        x[i] = x[(i + M) % N] ^ (y >> 1) ^ (y & 1 ? twist_matrix : 0);
    }
    random->next = 0;
}

uint32_t
gsc_python_random_bits(gsc_python_random *random)
{
    if (random->next == N)
        twist(random);
    uint32_t y = random->word[random->next++]; /* tempered: */
    y ^= y >> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return y ^ (y >> 18);
}

uint32_t
gsc_python_random_below(gsc_python_random *random, uint32_t n)
{
    unsigned unused = 0;
    uint32_t value;
    while (unused < 31 && !(n >> (31 - unused)))
        unused++;
    do
        value = gsc_python_random_bits(random) >> unused;
    while (value >= n);
    return value;
}

void
gsc_python_random_shuffle(gsc_python_random *random, uint32_t *items, uint32_t n)
{
    for (uint32_t i = n; i-- > 1;) {
        uint32_t j = gsc_python_random_below(random, i + 1), kept = items[i];
        items[i] = items[j];
        items[j] = kept;
    }
}
