/* Which examples train: the first ones of an order of all. */
#ifndef GSC_DATA_SPLIT_H
#define GSC_DATA_SPLIT_H

#include "grokscope/dataset.h"

typedef struct gsc_split_order {
    double train_fraction;
    int64_t seed;
    const char *file; /* an order of all example indices, or "" for one drawn by seed */
    const size_t *ends; /* [num_parts] where each part of the examples ends; with one
                           part, or none, it may be NULL */
    size_t num_parts;
} gsc_split_order;

/* Add the splits "train", the first floor(fraction n) examples of the order, and
 * "test", the others ascending. Of several parts each trains on its own first ones,
 * floor(fraction n) of its n, unless a file has the order: that says all. GSC_EARGUMENT
 * where none would train, GSC_EFORMAT for a file that is no order of the examples. */
int gsc_split_make(gsc_dataset *dataset, const gsc_split_order *order);

/* Shuffle n records, of which there are `what` ("reviews", also the random stream), and
 * take `train` to train on and the next `test` ones, 0: all others, to test on: their
 * numbers, [*count] in an array of the caller's. GSC_EARGUMENT where there are too few.
 */
typedef struct gsc_split_draw {
    size_t n, train, test;
    int64_t seed;
    const char *what;
} gsc_split_draw;
int gsc_split_choose(const gsc_split_draw *draw, uint32_t **chosen, size_t *count);

/* floor(fraction * n), the product as float64 rounds it: int(fraction * n) of the
 * published Python code, whose 0.29 * 100 is 28.999999999999996. */
size_t gsc_split_part(double fraction, size_t n);

#endif
