/* How far two networks agree over the same questions: their joint moments, and how
 * often and how much their answers differ. */
#ifndef GROKSCOPE_AGREEMENT_H
#define GROKSCOPE_AGREEMENT_H

#include "grokscope/threads.h"

#include "analyze/compare/questions.h"
#include "analyze/maths/moments.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Numbers of an answer at most whose products are summed: in shares of a gigabyte. */
enum { GSC_WIDEST_ANSWER = 12288 };

/* One of the two: a loaded model and what it is asked, which outlive the agreement. */
typedef struct gsc_compared_network {
    const gsc_loaded_model *loaded;
    const gsc_questions *questions;
} gsc_compared_network;

/* Means over some questions; nan over none. */
typedef struct gsc_agreement_means {
    double share; /* share with answers that are alike (questions.h); nan where the
                     tolerance that decides it is 0 */
    double kl;    /* sum_c q_a ln(q_a / q_b), in nats; q softmax over the answers: the
                     mean over rows that count. nan where answers are not of labels */
} gsc_agreement_means;

/* Over all questions, one by one. The test questions are those that neither was trained
 * on; where one of the splits is not known there are none. */
typedef struct gsc_agreement {
    size_t num_asked, num_test;
    gsc_moments logits;  /* [width, width] a's answers and b's, finished; [0, 0] where
                            an answer has more than GSC_WIDEST_ANSWER */
    gsc_moments neurons; /* [neurons of a, of b]; [0, 0] where one has none */
    gsc_agreement_means all, test;
} gsc_agreement;

/* Run both networks; the same loaded model twice is run once, for moments of its own. A
 * forward pass of each and, of N questions with answers of n numbers, 2 N (n^2 + m_a
 * m_b) flops; blocks of answers are held, not all. `threads` may be NULL; the numbers
 * do not depend on them. GSC_EARGUMENT where the questions do not match; errors as
 * gsc_respondent_open. On failure `agreement` is empty. Released with
 * gsc_agreement_free. */
int gsc_agreement_init(gsc_agreement *agreement, gsc_compared_network a,
                       gsc_compared_network b, gsc_threads *threads);
void gsc_agreement_free(gsc_agreement *agreement);

#ifdef __cplusplus
}
#endif
#endif
