/* Linear probes: how well a label can be read from activations by a linear map.
 *
 * Alain and Bengio, arXiv 1610.01644, fit classifiers on a network's layers. Here a
 * label's classes are fitted as vectors that are 1 at the class and 0 elsewhere, by
 * least squares with a ridge:
 *
 *     minimise  sum_i |W x_i + b - y_i|^2 + lambda |W|^2
 *
 * over the fitted rows i. With x and y less their means there, X [n, d] and Y [n, k],
 *
 *     W = Yᵀ X (Xᵀ X + lambda 1)^-1,    b = mean y - W mean x,
 *     lambda = ridge trace(Xᵀ X) / d
 *
 * so that the ridge is a share of the mean eigenvalue, whatever the units of x. The
 * intercept b has no penalty. */
#ifndef GROKSCOPE_LINEAR_PROBE_H
#define GROKSCOPE_LINEAR_PROBE_H

#include "grokscope/matrix.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Rows of x, by their numbers. */
typedef struct gsc_probe_rows {
    const uint32_t *rows;
    size_t count;
} gsc_probe_rows;

/* What all labels share: x and rows stay the caller's and outlive it. */
typedef struct gsc_linear_probe {
    const gsc_matrix *x;
    gsc_probe_rows fitted, held_out;
    double *mean;      /* [d] of x over the fitted rows */
    gsc_matrix factor; /* [d, d] Cholesky factor of Xᵀ X + lambda 1 */
} gsc_linear_probe;

/* On rows fitted and held out. */
typedef struct gsc_probe_score {
    double fitted, held_out;
} gsc_probe_score;

/* O(n d^2 + d^3). GSC_EARGUMENT where no row is fitted; GSC_ENUMERIC where x is not
 * finite, or without a ridge the columns of x are not independent. */
int gsc_linear_probe_init(gsc_linear_probe *self, const gsc_matrix *x,
                          gsc_probe_rows fitted, gsc_probe_rows held_out, double ridge);
void gsc_linear_probe_free(gsc_linear_probe *self);

/* The share of rows whose largest output (the first of equal ones) is that of their
 * class; classes [x->rows], each below num_classes. W [num_classes, d] and b
 * [num_classes] may be NULL. O(n d num_classes). */
int gsc_linear_probe_classes(const gsc_linear_probe *self, const uint32_t *classes,
                             size_t num_classes, gsc_matrix *w, double *b,
                             gsc_probe_score *accuracy);

/* R^2 = 1 - sum |W x + b - y|^2 / sum |y - mean y|^2, both sums over the rows that are
 * judged, mean y of these rows; y [x->rows, width]. NaN where y is constant there. */
int gsc_linear_probe_numbers(const gsc_linear_probe *self, const double *y,
                             size_t width, gsc_probe_score *r2);

/* The share of the held-out rows that have the class that most fitted rows have: what
 * is right without x. */
double gsc_linear_probe_chance(const gsc_linear_probe *self, const uint32_t *classes,
                               size_t num_classes, size_t *counts);

/* A control task (Hewitt and Liang, arXiv 1909.03368): every type of row gets the label
 * of a random other type, the same for all rows of the type, so that only what is
 * remembered of a type tells it. types [n], each below num_types; from [n] receives the
 * row whose label each row has. Types are shuffled among each other, so that where each
 * has one row the labels are permuted. `work` has room for 2 num_types. */
void gsc_probe_control(const uint32_t *types, size_t n, size_t num_types, uint64_t seed,
                       uint64_t stream, uint32_t *work, uint32_t *from);

#ifdef __cplusplus
}
#endif
#endif
