/* Progress measures: losses of logits that keep only some modes, or lose them.
 *
 * Nanda et al., arXiv 2301.05217, section 5; the authors' notebook and Chughtai et al.
 * (arXiv 2302.03025) use variants, all of which are here. Row a p + b of a table is the
 * pair (a, b); s = a + b or a - b modulo p, c an answer, w_k = 2 pi k / p, P_k the
 * projection of a table's columns on cos(w_k s) and sin(w_k s) (pairs.h).
 *
 * A product modulo a prime is a sum over logarithms: order rows, columns and labels by
 * them, p then being one less. All orders p > 1 are served; an even one has a Nyquist
 * frequency, whose sine is absent.
 *
 *   measure               begin with         call
 *   restricted (Nanda)    init               keep, recentred; scores.all
 *   excluded (Nanda)      init               exclude: each key, or all; scores.train
 *   excluded, 3-D (Nanda) init               cube, exclude_cube; scores.train
 *   restricted (notebook) init_neurons       keep, recentred; scores.test
 *   excluded (notebook)   init_neurons       exclude; scores.train
 *   restricted (Chughtai) init_neurons *     keep, not recentred; scores.all
 *   excluded (Chughtai)   init_neurons *     exclude; scores.train
 *
 * where Nanda's plots exclude all keys at once. * Chughtai et al. drop the residual
 * path: their logits are only the neurons', acts W, to be given as such. Their irreps
 * of a cyclic group are its frequencies, the projection is on rank 2 a frequency.
 * (Their program takes an orthonormal basis of four columns of rank 2, so two
 * directions of its projections are rounding noise; ours has the two that mean
 * something.) */
#ifndef GROKSCOPE_RESTRICTED_LOSS_H
#define GROKSCOPE_RESTRICTED_LOSS_H

#include "grokscope/matrix.h"
#include "grokscope/pairs.h"
#include "grokscope/scores.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a network says of all pairs. The caller keeps the arrays. */
typedef struct gsc_pair_logits {
    size_t p;                /* residues */
    size_t num_outputs;      /* logits of a pair */
    gsc_direction direction; /* of the modes that are kept or lost */
    const double *logits;    /* [p p, num_outputs], without the column of "=" */
    const uint16_t *labels;  /* [p p], below num_outputs */
    const bool *train;       /* [p p]: is the pair in the training set? */
} gsc_pair_logits;

/* What is worked out once of a table of logits, for every choice of frequencies. */
typedef struct gsc_restricted_loss {
    gsc_pair_logits answers; /* what it was made of; the arrays stay the caller's */
    gsc_matrix basis;        /* F [p, p] */
    gsc_matrix modes;        /* F M [p, num_outputs], of what keeps or loses modes */
    bool of_neurons;         /* modes are of what neurons write, not of the logits */
} gsc_restricted_loss;

/* Ablate the logits themselves. One pass over them and 2 p^2 num_outputs flops.
 * GSC_EARGUMENT where p < 2, there is no output or a label is out of range;
 * GSC_EMEMORY. On failure `self` is empty. Freed by the caller. */
int gsc_restricted_loss_init(gsc_restricted_loss *self, const gsc_pair_logits *answers);

/* Ablate the neurons: acts [p p, m] are their activations at the answering position,
 * map [m, num_outputs] is what each writes to the logits, W_out W_U. What is kept or
 * lost is P_k acts map; logits that lose it keep the residual path. The same cost, one
 * pass being over acts, which are not kept. */
int gsc_restricted_loss_init_neurons(gsc_restricted_loss *self,
                                     const gsc_pair_logits *answers, const double *acts,
                                     const double *map, size_t m);
int gsc_restricted_loss_init_neurons_f32(gsc_restricted_loss *self,
                                         const gsc_pair_logits *answers,
                                         const float *acts, const double *map,
                                         size_t m);

/* Release it; takes what is zeroed or freed. */
void gsc_restricted_loss_free(gsc_restricted_loss *self);

/* Means over some of the pairs. A pair with a = b is its own mirror image, so never
 * among the mirrored ones. */
typedef struct gsc_split_scores {
    gsc_scores all;           /* every pair */
    gsc_scores train;         /* those of the training set */
    gsc_scores test;          /* the others */
    gsc_scores test_mirrored; /* of the others, where (b, a) is in the training set */
    gsc_scores test_new;      /* of the others, where (b, a) is not */
} gsc_split_scores;

/* Which pairs are scored: where the training set suffices, a third of the time may.
 * Scores of no pairs are NaN. */
typedef enum gsc_scored {
    GSC_SCORE_ALL,  /* every pair */
    GSC_SCORE_TRAIN /* those of the training set */
} gsc_scored;

/* A table of logits as it is, whatever its outputs and direction. Costs and fails as
 * those below. */
int gsc_restricted_loss_score(const gsc_pair_logits *answers, gsc_split_scores *scores);

/* The logits as they are. This and each below costs about 2 ns a logit that is scored,
 * allocates some rows, may run on several threads at once, and fails with GSC_EMEMORY
 * and, where a frequency is not in 1 … p/2, GSC_EARGUMENT. `keys` [num_keys] are
 * frequencies, each once. */
int gsc_restricted_loss_none(const gsc_restricted_loss *self, gsc_split_scores *scores);

/* Logits that keep only the key frequencies ("trig loss"):
 *
 *     sum_k P_k x (+ mean over all pairs of (logits - sum_k P_k x) if recentred)
 *
 * with x the logits, or acts map. The correction is one number for each output, the
 * mean being over all p^2 pairs whichever are scored. Of the neurons, it takes the
 * place of their mean activation, biases and the residual path's mean. */
int gsc_restricted_loss_keep(const gsc_restricted_loss *self, const size_t *keys,
                             size_t num_keys, bool recentred, gsc_split_scores *scores);

/* Logits that lose them: logits - sum_k P_k x, without a correction. */
int gsc_restricted_loss_exclude(const gsc_restricted_loss *self, const size_t *keys,
                                size_t num_keys, gsc_scored scored,
                                gsc_split_scores *scores);

/* The two norms that the modes of gsc_restricted_loss_cube are compared with. */
typedef struct gsc_cube {
    double norm;    /* |logits| */
    double centred; /* of the logits less each pair's mean */
} gsc_cube;

/* The modes cos(w_k (s - c)) in the logits, whose outputs are the p residues:
 *
 *     v_k = <D_k, logits>,   D_k(a, b, c) = cos(w_k (s - c)) / |cos(w_k (s - c))|
 *
 * v has p/2 + 1 elements, v_0 = 0. The norms are sqrt(p^3/2), sqrt(p^3) for the Nyquist
 * frequency. norm = |logits| over all p^3, so that v_k / norm is the paper's cos_sim.
 * centred = |logits - their mean over c, for each pair|: what softmax sees. D_k has no
 * such mean, so v_k / centred is the logit similarity of Chughtai et al., and the sum
 * of its squares over some frequencies the share of the logits' power that they explain
 * (over all: their percent_logits_explained). One pass over the logits. GSC_EARGUMENT
 * where num_outputs is not p or the ablation is one of neurons. */
int gsc_restricted_loss_cube(const gsc_restricted_loss *self, double *v,
                             gsc_cube *cube);

/* logits - sum_k v_k D_k, v as from gsc_restricted_loss_cube. */
int gsc_restricted_loss_exclude_cube(const gsc_restricted_loss *self, const double *v,
                                     const size_t *keys, size_t num_keys,
                                     gsc_scored scored, gsc_split_scores *scores);

#ifdef __cplusplus
}
#endif
#endif
