/* How well rows of logits answer: losses and what is printed beside them. */
#ifndef GROKSCOPE_SCORES_H
#define GROKSCOPE_SCORES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One row of logits z with label l; q = softmax(z), m the first largest logit. */
typedef struct gsc_score {
    double loss;      /* cross-entropy -ln q_l = (z_m - z_l) + log1p(sum_{c != m}
                         e^(z_c - z_m)), the trainer's */
    double p_correct; /* q_l, the probability of the label */
    double brier;     /* sum_c (q_c - [c = l])^2 (Brier, Mon. Weather Rev. 78, 1950) */
    double margin;    /* z_l - max_{c != l} z_c; infinite where there is no other */
    bool right;       /* m = l: of equal logits the first counts, as in the trainer */
} gsc_score;

/* Score every row of logits [rows, n] by labels [rows], each below n, n > 0. `work` has
 * room for rows * n. A row with a NaN or +infinity has a loss of NaN and is wrong;
 * -infinity is a probability of 0. All in float64; exact to the last digits where the
 * loss is far under its epsilon. About 2 ns a logit. Thread-safe; never fails. */
void gsc_score_rows(const double *logits, size_t rows, size_t n, const uint16_t *labels,
                    double *work, gsc_score *score);

/* Sums, then means, over some rows. Begin with {0}. */
typedef struct gsc_scores {
    size_t count;                          /* how many rows there are */
    double loss, p_correct, brier, margin; /* as of gsc_score */
    double accuracy;                       /* of those that are right */
    double least_margin;                   /* of any row */
} gsc_scores;

/* Add a row. */
void gsc_scores_add(gsc_scores *sums, const gsc_score *score);

/* Add all that `more` sums up. Neither is finished. */
void gsc_scores_merge(gsc_scores *sums, const gsc_scores *more);

/* Sums become means; of no rows, all NaN. */
void gsc_scores_finish(gsc_scores *sums);

/* The means over `rows`, `count` indices of rows of logits [num_rows, n]; rows NULL:
 * all num_rows. labels [num_rows]. GSC_EARGUMENT where n is 0 and for an index or a
 * label out of range; GSC_EMEMORY. */
int gsc_scores_of(const double *logits, size_t num_rows, size_t n,
                  const uint16_t *labels, const uint32_t *rows, size_t count,
                  gsc_scores *means);

#ifdef __cplusplus
}
#endif
#endif
