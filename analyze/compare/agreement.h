/* How far two networks agree over the same pairs: their joint moments, and how often
 * and how much their answers differ. */
#ifndef GROKSCOPE_AGREEMENT_H
#define GROKSCOPE_AGREEMENT_H

#include "grokscope/threads.h"

#include "analyze/maths/moments.h"
#include "analyze/network/grid.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One of the two: a loaded model and its grid, which outlive the agreement. */
typedef struct gsc_compared_network {
    const gsc_loaded_model *loaded;
    const gsc_grid *grid;
} gsc_compared_network;

/* Means over some pairs; nan over none. */
typedef struct gsc_agreement_means {
    double share; /* share with the same first largest logit */
    double kl;    /* sum_c q_a ln(q_a / q_b), in nats; q softmax over the answers */
} gsc_agreement_means;

/* Over all n^2 pairs, place by place of the grids. The test pairs are those that
 * neither was trained on; where one of the splits is not known there are none. */
typedef struct gsc_agreement {
    gsc_moments logits;  /* [n, n] a's answers and b's, finished */
    gsc_moments neurons; /* [neurons of a, of b]; [0, 0] where one has none */
    gsc_agreement_means all, test;
} gsc_agreement;

/* Run both networks; the same loaded model twice is run once, for moments of its own. A
 * forward pass of each, 2 n^2 (n^2 + m_a m_b) flops; blocks of pairs are held, not all.
 * `threads` may be NULL; the numbers do not depend on them. GSC_EARGUMENT where the
 * grids are of different sizes; errors as gsc_evaluator_open. On failure `agreement` is
 * empty. Released with gsc_agreement_free. */
int gsc_agreement_init(gsc_agreement *agreement, gsc_compared_network a,
                       gsc_compared_network b, gsc_threads *threads);
void gsc_agreement_free(gsc_agreement *agreement);

/* test[i] = whether neither was trained on pair i of n^2; false where a split is not
 * known. Returns how many there are. */
size_t gsc_agreement_test_pairs(const gsc_grid *a, const gsc_grid *b, bool *test);

#ifdef __cplusplus
}
#endif
#endif
