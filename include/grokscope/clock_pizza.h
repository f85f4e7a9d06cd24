/* Clock or pizza: how a network adds modulo p, read from its logits, gradients and
 * embedding as Zhong, Liu, Tegmark and Andreas do ("The Clock and the Pizza", arXiv
 * 2306.17844). Pure functions: arrays in, arrays out.
 *
 *     Q [p p, p]  logits: Q[a p + b, c] is the logit of c for the pair (a, b)
 *     E [p, d]    embedding: one row for each residue
 *     w           2 pi k / p, the frequency k of a circle
 *
 * The paper's networks have one layer and learn a + b. Deeper networks and those
 * without attention may have symmetric gradients and a high distance irrelevance at
 * once: read the two measures together, and only where the embedding is circular. */
#ifndef GROKSCOPE_CLOCK_PIZZA_H
#define GROKSCOPE_CLOCK_PIZZA_H

#include "grokscope/matrix.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Distance irrelevance ---- */

/* table[a, b], [p, p]: the logit of the correct answer, Q[a p + b, (a + b) mod p]. The
 * paper's figures and its notebooks are of this one. */
void gsc_clock_pizza_correct_logit(const double *logits, size_t p, double *table);

/* table[a, b], [p, p]: the largest logit of any wrong answer. The training program of
 * the paper, and so its published tables of runs, take this one; the two statistics
 * differ (.172 and .222 for its Model A). -infinity where p is 1. */
void gsc_clock_pizza_incorrect_logit(const double *logits, size_t p, double *table);

/* The distance irrelevance q of a table[a, b] [p, p] (section 4.1):
 *
 *     q = mean_d std_{a - b = d} table / std table,    d mod p, std over n, not n - 1
 *
 * the share of the logit's spread that is left at a fixed distance: 0 where it depends
 * only on a - b, near 1 where it does not depend on it. The paper writes L[i, j] with
 * i = a + b and j = a - b, which holds each pair once for odd p only; over pairs it is
 * defined for any p and the same for odd ones. NaN where the table is constant. */
double gsc_clock_pizza_irrelevance(const double *table, size_t p);

/* ---- Gradient symmetricity ---- */

/* The gradient symmetricity s of n pairs of gradients (section 4.1):
 *
 *     s = mean_i cos(da[i], db[i]),    da[i] = dQ_abc/dE_a, db[i] = dQ_abc/dE_b
 *
 * da, db [n, d]: of one logit of one example each, by the embedding vectors of its two
 * tokens before positions are added. The paper takes 100 triples (a, b, c) at random. A
 * pair with a zero gradient counts as cosine 0. NaN where n is 0. */
double gsc_clock_pizza_symmetricity(const double *da, const double *db, size_t n,
                                    size_t d);

/* ---- Circularity ---- */

/* The principal components that the paper's circularity is the mean of. */
#define GSC_CIRCULARITY_COMPONENTS 4

/* One principal component of an embedding, as one coordinate of a circle. */
typedef struct gsc_principal_frequency {
    size_t frequency;   /* k, 0 < k < p/2, of most power in the component */
    double circularity; /* its share of the component's power, in [0, 1] */
    double share;       /* of the variance */
} gsc_principal_frequency;

/* The circularity of an embedding (appendix B): with v the scores of a component of the
 * centred rows, |v| = 1,
 *
 *     c_u = 2/p max_k |sum_n v[n] e^(2 pi i k n / p)|^2,    circularity = mean_{u < 4}
 * c_u
 *
 * principal [num] is filled for the first `num` components, at least 4 and at most
 * min(p, d); *circularity is of the first four. A component without variance has c_u =
 * 0 and k = 0. Ours: the Nyquist frequency of an even p, whose principal is no
 * circle's, does not count. Equal powers of circles mix them in the components and
 * lower c_u though each frequency goes round a circle: see plane.h. One decomposition
 * of [p, d]. GSC_EARGUMENT for fewer than four components, GSC_ENUMERIC for an element
 * that is not finite, GSC_EMEMORY. */
int gsc_clock_pizza_circularity(const gsc_matrix *embedding, size_t num,
                                gsc_principal_frequency *principal,
                                double *circularity);

/* Circle isolation: the embedding with only `num` principal components,
 * and with only all others, both about its mean:
 *
 *     kept = mean + sum_{u in components} (E - mean) v_u v_uᵀ,
 *     rest = mean + E - kept
 *
 * components [num] are indices below min(p, d); the paper's circle u is {2u, 2u + 1}.
 * `kept` and `rest` [p, d], each unless NULL, are initialised here and freed by the
 * caller; on failure they are empty. GSC_EARGUMENT for an index out of range,
 * GSC_ENUMERIC, GSC_EMEMORY. */
int gsc_clock_pizza_isolate(const gsc_matrix *embedding, const size_t *components,
                            size_t num, gsc_matrix *kept, gsc_matrix *rest);

/* ---- Logits in closed form ---- */

/* Logits of pure circuits. With S0 = cos wa + cos wb, S1 = sin wa + sin wb:
 *
 *     clock          cos w(a + b - c)
 *     abs_clock      |cos(w(a - b)/2)| cos w(a + b - c)
 *     pizza          |cos(wc/2) S0 + sin(wc/2) S1| - |cos(wc/2) S1 - sin(wc/2) S0|
 *     pizza_2        (|S0| - |S1|) cos wc + (|S0 + S1| - |S0 - S1|) sin wc / sqrt 2
 *     accompanying   -cos wc (cos 2wa + cos 2wb) - sin wc (sin 2wa + sin 2wb)
 *
 * Table 2 of the paper has abs_clock; pizza_2 is its pizza'. The accompanying pizza
 * answers with the frequency k of the pizza that it accompanies and reads an embedding
 * of frequency 2k. */
typedef enum gsc_logit_form {
    GSC_FORM_CLOCK,        /* of multiplication */
    GSC_FORM_ABS_CLOCK,    /* a clock that distance weighs */
    GSC_FORM_PIZZA,        /* of absolute values of sums */
    GSC_FORM_PIZZA_2,      /* of absolute values in two directions */
    GSC_FORM_ACCOMPANYING, /* reads twice its frequency */
    GSC_NUM_FORMS
} gsc_logit_form;

/* "clock", "abs_clock", … */
const char *gsc_clock_pizza_form_name(gsc_logit_form form);

/* Fill logits [p p, p] with a form of frequency k. About 10 ns an element
 * (accompanying: 20). GSC_EARGUMENT where p is 0, GSC_EMEMORY. */
int gsc_clock_pizza_logits(gsc_logit_form form, size_t p, size_t k, double *logits);

/* How well a closed form explains logits; rho is their correlation. */
typedef struct gsc_logit_fit {
    double explained;   /* the paper's "FVE", 2 rho - 1 */
    double rho_squared; /* the fraction of the variance that a scaled form explains */
} gsc_logit_fit;

/* The fit of form [n] to logits [n], all elements of Q. The paper z-scores both and
 * takes 1 - var(difference)/var = 2 rho - 1, which is negative below a correlation of
 * 1/2 and less than the variance that the best multiple explains, rho^2. Two passes
 * over each. NaN where either is constant. */
gsc_logit_fit gsc_clock_pizza_fit(const double *logits, const double *form, size_t n);

/* ---- Verdict ---- */

/* The thresholds of the rule of Zhong et al. (arXiv 2306.17844). */
typedef struct gsc_clock_pizza_thresholds {
    double circularity;  /* circular from here on (appendix B) */
    double symmetricity; /* pizza above, clock up to here (figure 7) */
    double irrelevance;  /* pizza below, clock from here on (figure 7) */
} gsc_clock_pizza_thresholds;

/* Those of the paper, as an initializer. */
#define GSC_CLOCK_PIZZA_THRESHOLDS \
    {                              \
        0.995, 0.98, 0.6           \
    }

/* What the rule says of a network: gsc_clock_pizza_judge. */
typedef enum gsc_clock_pizza_verdict {
    GSC_VERDICT_NOT_CIRCULAR, /* the embedding is no circle */
    GSC_VERDICT_UNDECIDED,    /* neither rule holds */
    GSC_VERDICT_PIZZA,        /* gradients of a pair are alike */
    GSC_VERDICT_CLOCK,        /* each is rotated by the other operand */
    GSC_NUM_VERDICTS
} gsc_clock_pizza_verdict;

/* "not circular", "undecided", "pizza", "clock". */
const char *gsc_clock_pizza_verdict_name(gsc_clock_pizza_verdict verdict);

/* The paper's rule: of circular embeddings, pizza where symmetricity > .98 and
 * irrelevance < .6; clock where symmetricity <= .98 and irrelevance >= .6; else
 * undecided. A measure that is NaN decides nothing. */
gsc_clock_pizza_verdict
gsc_clock_pizza_judge(const gsc_clock_pizza_thresholds *thresholds, double circularity,
                      double symmetricity, double irrelevance);

#ifdef __cplusplus
}
#endif
#endif
