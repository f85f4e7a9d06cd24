/* The logits of many networks for the same examples, and every network beside every
 * other: matrices [count, count], whole, with their diagonals.
 *
 * Work is shared out by blocks of fixed sizes, so numbers are bitwise the same for any
 * number of threads. */
#ifndef GROKSCOPE_LOGIT_SET_H
#define GROKSCOPE_LOGIT_SET_H

#include "grokscope/threads.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Logits of `count` networks, kept in half the room that they come in: that of output c
 * for example e by network i is mean[i, c] + size[i] * x[i, c, e]. */
typedef struct gsc_logit_set {
    size_t count, num_outputs, num_examples;
    size_t num_rows;   /* equal parts of the outputs with a softmax each: 1, or more
                          where an example has several answers */
    size_t num_labels; /* that tell whether two answers are alike: num_rows at first */
    float *x;         /* [count, num_outputs, num_examples]: the mean of each row 0, and
                         |x_i|_F = 1 */
    double *mean;     /* [count, num_outputs] */
    double *size;     /* [count] |logits - means|_F; 0 where all examples have the same
                       */
    uint16_t *answer; /* [count, num_examples, num_labels]: the first largest output of
                         each row, or other labels */
} gsc_logit_set;

/* Room for all; fewer than 65536 outputs, and none of the three 0. GSC_EMEMORY. */
int gsc_logit_set_init(gsc_logit_set *self, size_t count, size_t num_examples,
                       size_t num_outputs);

/* The same of answers of num_rows rows, num_outputs numbers in all, of which num_labels
 * labels are kept. */
int gsc_logit_set_init_rows(gsc_logit_set *self, size_t count, size_t num_examples,
                            size_t num_outputs, size_t num_rows, size_t num_labels);

/* Release; accepts zeroed and already freed ones. */
void gsc_logit_set_free(gsc_logit_set *self);

/* Keep the logits [num_examples, num_outputs] of network i; different ones may be put
 * at once. GSC_ENUMERIC where one is not finite. */
int gsc_logit_set_put(gsc_logit_set *self, size_t i, const double *logits);

/* The same with labels [num_examples, num_labels] of the caller's in the place of the
 * largest outputs. */
int gsc_logit_set_put_labels(gsc_logit_set *self, size_t i, const double *logits,
                             const uint16_t *labels);

/* Linear CKA (representation.h has the formula) [count, count], from products in single
 * precision: good to about six digits; exactly 1 on the diagonal, nan for logits that
 * do not vary. `threads` may be NULL. `show`, unless NULL, is called now and then by
 * the calling thread, with the share of the work that is done. count^2 num_examples
 * num_outputs^2 flops. GSC_EMEMORY. */
int gsc_logit_set_cka(const gsc_logit_set *self, gsc_threads *threads,
                      void (*show)(void *context, double share), void *context,
                      double *cka);

/* The share of the examples that both answer alike, by all labels, [count, count].
 * Never fails. */
void gsc_logit_set_agreement(const gsc_logit_set *self, gsc_threads *threads,
                             double *agreement);

/* The share of the examples whose answers have a mean squared difference below a
 * tolerance, [count, count]. */
void gsc_logit_set_closeness(const gsc_logit_set *self, gsc_threads *threads,
                             double tolerance, double *closeness);

/* divergence[i, j] = KL(i || j), the mean over the rows of the examples of
 *
 *     sum_c p_ic (ln p_ic - ln p_jc),    p = softmax(logits)
 *
 * in nats (Kullback and Leibler, Ann. Math. Stat. 22, 1951), in double; not symmetric;
 * roundings below 0 are 0. 2 count^2 num_examples num_outputs flops. GSC_EMEMORY. */
int gsc_logit_set_divergence(const gsc_logit_set *self, gsc_threads *threads,
                             double *divergence);

#ifdef __cplusplus
}
#endif
#endif
