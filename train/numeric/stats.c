/* Numbers that sum up many numbers. */
#include "train/numeric/stats.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "train/numeric/hot.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

GSC_HOT void
gsc_stats_mean(const double *x, size_t n, double *mean, double *deviation)
{
    double sum = 0, squares = 0;
#pragma omp simd reduction(+ : sum)
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    double middle = n ? sum / (double)n : (double)NAN;
#pragma omp simd reduction(+ : squares)
    for (size_t i = 0; i < n; i++)
        squares += (x[i] - middle) * (x[i] - middle);
    if (mean)
        *mean = middle;
    if (deviation)
        *deviation = n ? sqrt(squares / (double)n) : (double)NAN;
}

/* The element of x [count] that sorting would put at `rank`: Hoare's selection (CACM 4,
 * 1961). x is reordered. */
static double
select_rank(double *x, size_t count, size_t rank)
{
    size_t low = 0, high = count - 1;
    while (low < high) {
        double pivot = x[low + (high - low) / 2];
        size_t i = low, j = high;
        for (;; i++, j--) {
            while (x[i] < pivot)
                i++;
            while (x[j] > pivot)
                j--;
            if (i >= j)
                break;
            double kept = x[i];
            x[i] = x[j];
            x[j] = kept;
        }
        if (rank <= j)
            high = j;
        else
            low = j + 1;
    }
    return x[rank];
}

double
gsc_stats_median(double *x, size_t n)
{
    if (n == 0)
        return (double)NAN;
    double upper = select_rank(x, n, n / 2);
    return n % 2 ? upper : (select_rank(x, n, n / 2 - 1) + upper) / 2;
}

/* Digits of 11 bits: six passes over 64 bits, with counts that stay in the cache. */
enum { DIGIT_BITS = 11, DIGITS = 1 << DIGIT_BITS, NUM_PASSES = 6 };

static inline size_t
digit_of(double x, int pass)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return (size_t)(bits >> (pass * DIGIT_BITS)) % DIGITS;
}

/* Counts of every digit in every pass. */
static void
count_digits(const double *x, size_t n, uint32_t counts[NUM_PASSES][DIGITS])
{
    memset(counts, 0, NUM_PASSES * sizeof *counts);
    for (size_t i = 0; i < n; i++)
        for (int pass = 0; pass < NUM_PASSES; pass++)
            counts[pass][digit_of(x[i], pass)]++;
}

/* Move x to y in the order of one digit; counts become places. */
static void
distribute(const double *x, double *y, size_t n, int pass, uint32_t *counts)
{
    uint32_t place = 0;
    for (size_t d = 0; d < DIGITS; d++) {
        uint32_t count = counts[d];
        counts[d] = place;
        place += count;
    }
    for (size_t i = 0; i < n; i++)
        y[counts[digit_of(x[i], pass)]++] = x[i];
}

void
gsc_stats_sort(double *x, size_t n, double *work)
{
    uint32_t counts[NUM_PASSES][DIGITS];
    double *from = x, *to = work;
    count_digits(x, n, counts);
    for (int pass = 0; pass < NUM_PASSES && n > 0; pass++) {
        if (counts[pass][digit_of(from[0], pass)] == n)
            continue; /* all alike: the low bits of what once were floats */
        distribute(from, to, n, pass, counts[pass]);
        double *kept = from;
        from = to;
        to = kept;
    }
    if (from != x)
        memcpy(x, from, n * sizeof *x);
}

double
gsc_stats_gini_sorted(const double *x, size_t n)
{
    double sum = 0, weighted = 0;
    for (size_t i = 0; i < n; i++) {
        sum += x[i];
        weighted += (2 * (double)i + 1 - (double)n) * x[i];
    }
    return sum > 0 ? weighted / ((double)n * sum) : 0;
}

int
gsc_stats_gini(const double *x, size_t n, double *gini)
{
    int status = 0;
    double *sorted = NULL, *work = NULL;
    GSC_NEW(sorted, n);
    GSC_NEW(work, n);
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(x[i])) {
            status =
                gsc_fail(GSC_ENUMERIC, "Gini coefficient: number %zu is %g, not finite",
                         i, x[i]);
            goto out;
        }
        sorted[i] = fabs(x[i]);
    }
    gsc_stats_sort(sorted, n, work);
    *gini = gsc_stats_gini_sorted(sorted, n);
out:
    free(sorted);
    free(work);
    return status;
}

double
gsc_stats_entropy(const double *x, size_t n)
{
    double sum = 0, entropy = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    for (size_t i = 0; i < n; i++)
        if (x[i] > 0)
            entropy -= x[i] / sum * log(x[i] / sum);
    return entropy;
}
