/* The largest of some numbers, by the digits of their keys: whole numbers in the same
 * order. No comparison can fail, and the work is the same for any numbers. */
#include "train/numeric/top.h"

#include "train/numeric/real.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#if GSC_REAL == 32
typedef uint32_t number_key;
#else
typedef uint64_t number_key;
#endif

enum { KEY_BITS = 8 * sizeof(number_key), DIGIT_BITS = 8, DIGITS = 1 << DIGIT_BITS };

/* The bits of a positive number rise with it, those of a negative one fall. */
static number_key
key_of(real x)
{
    const number_key sign = (number_key)1 << (KEY_BITS - 1);
    number_key bits;
    x += 0; /* -0 is 0 */
    memcpy(&bits, &x, sizeof bits);
    return bits & sign ? ~bits : bits | sign;
}

/* How many keys that begin as `prefix` does have each digit next. */
static void
count_digits(const real *x, size_t n, number_key prefix, int shift,
             size_t counts[DIGITS])
{
    int known = shift + DIGIT_BITS;
    memset(counts, 0, DIGITS * sizeof *counts);
    for (size_t i = 0; i < n; i++) {
        number_key key = key_of(x[i]);
        if (known == KEY_BITS || key >> known == prefix >> known)
            counts[key >> shift & (DIGITS - 1)]++;
    }
}

/* The key of number `keep` of the largest; *equal of those that have it are kept. */
static number_key
find_last(const real *x, size_t n, size_t keep, size_t *equal)
{
    size_t counts[DIGITS];
    number_key prefix = 0;
    for (int shift = KEY_BITS - DIGIT_BITS; shift >= 0; shift -= DIGIT_BITS) {
        number_key digit = DIGITS - 1;
        count_digits(x, n, prefix, shift, counts);
        for (; counts[digit] < keep; digit--)
            keep -= counts[digit];
        prefix |= digit << shift;
    }
    *equal = keep;
    return prefix;
}

void
TYPED(gsc_top_mask)(const real *x, size_t n, size_t keep, bool *mask)
{
    size_t equal;
    if (keep == 0 || keep >= n) {
        memset(mask, keep > 0, n);
        return;
    }
    number_key last = find_last(x, n, keep, &equal);
    for (size_t i = 0; i < n; i++) {
        number_key key = key_of(x[i]);
        mask[i] = key > last || (key == last && equal > 0);
        equal -= key == last && equal > 0;
    }
}

void
TYPED(gsc_top_places)(const real *x, size_t n, size_t k, int32_t *places)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        size_t at = kept < k ? kept++ : k;
        for (; at > 0 && !(x[places[at - 1]] >= x[i]); at--)
            if (at < k)
                places[at] = places[at - 1];
        if (at < k)
            places[at] = (int32_t)i;
    }
}

#if GSC_REAL == 64
size_t
gsc_top_count(double share, size_t n)
{
    double kept = share * (double)n, whole = round(kept);
    if (fabs(kept - whole) < 1e-6)
        kept = whole;
    return (size_t)ceil(kept);
}
#endif
