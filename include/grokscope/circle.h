/* The circuit of one frequency: what leaves with one circle of the embedding. Ours,
 * after the clock, the pizza and the accompanying pizza of Zhong et al. (arXiv
 * 2306.17844). Pure functions: arrays in, arrays out.
 *
 *     E [p, d]     embedding: one row for each residue
 *     E'           E without its Fourier component k
 *     L [p p, p]   logits of the network, c the column; row a p + b is the pair (a, b)
 *     dL           L(E) - L(E')
 *     o            the output frequency, 0 < o < p/2, that dL writes; w_o = 2 pi o / p
 *
 * Closed forms fitted to all logits cannot tell the circuits of a network apart: each
 * pizza answers badly where cos(w(a - b)/2) is small, accompanying pizzas of the
 * doubled frequency fill in, and the whole looks like a clock. One circle less shows
 * what that circle does. */
#ifndef GROKSCOPE_CIRCLE_H
#define GROKSCOPE_CIRCLE_H

#include "grokscope/matrix.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- The embedding ---- */

/* E without its Fourier component k, [p, d], initialised here and freed by the caller:
 * rank 2 less, every other frequency and the mean kept. 0 < k < p/2. O(p d).
 * GSC_EARGUMENT for another k, GSC_ENUMERIC for an element that is not finite,
 * GSC_EMEMORY. */
int gsc_circle_remove(const gsc_matrix *embedding, size_t k, gsc_matrix *rest);

/* How round component k of an embedding is, and how much of it there is. */
typedef struct gsc_circle_shape {
    double circularity; /* 2 s_1 s_2/(s_1^2 + s_2^2) of component k (plane.h) */
    double share;       /* its part of the power without the mean */
} gsc_circle_shape;

/* The shape of component k, 0 < k < p/2; all 0 where the embedding is constant. O(p d).
 * Errors as gsc_circle_remove. */
int gsc_circle_describe(const gsc_matrix *embedding, size_t k, gsc_circle_shape *shape);

/* ---- The logits ---- */

/* What leaves the logits with circle k: see gsc_circle_measure. */
typedef struct gsc_circle_effect {
    size_t k, output;     /* the circle's frequency k, and o that it writes */
    double effect;        /* |dL| / |L|, both centred over c */
    double output_share;  /* of o in the power of dL over c, without the constant */
    double profile_share; /* p sum_d |g_d|^2 / sum_ab |G_ab|^2, g_d complex: 1 where G
                             depends only on a - b */
    double ratio;         /* r = g(d*) / g(0) */
} gsc_circle_effect;

/* What circle k writes to the logits. With dL centred over c,
 *
 *     o = the frequency of most power in dL over c, 0 < o < p/2
 *     G(a, b) = 2/p sum_c dL[a p + b, c] e^(-i w_o c) e^(i w_o (a + b))
 *     g(d) = Re mean_{a - b = d} G
 *     r = g(d*) / g(0)
 *
 * d* are the distances with the smallest cos(w_o d): for an odd p that o does not
 * divide two, +-d*, whose g are averaged.
 *
 * An ideal clock, dL = cos(w(a + b - c)), has r = 1: distance does not matter. An ideal
 * pizza, |cos(w(a - b)/2)| cos(w(a + b - c)), has r near 0. An ideal accompanying
 * pizza, -cos(w(a - b)) cos(w(a + b - c)), has r near -1.
 *
 * logits, without [p p, p]: L(E) and L(E'). profile [p], unless NULL: g. shares [p/2 +
 * 1], unless NULL: the part of each frequency over c in dL, 0 of the constant, from the
 * float32 product; all 0 without power. Three passes over blocks of p rows; o is found
 * by a float32 product of 2 p^4 flops, and what is said of it is float64; O(p^2)
 * memory. Where p is even, its Nyquist frequency counts
 * for the power but is never o. Ratios whose denominator is 0 are NaN; o = 0 where dL
 * has no power. GSC_EARGUMENT for p < 3, GSC_ENUMERIC for logits that are not finite,
 * GSC_EMEMORY. */
int gsc_circle_measure(const double *logits, const double *without, size_t p, size_t k,
                       gsc_circle_effect *effect, double *profile, double *shares);

/* G of a table dL [p p, p], without centring (a constant over c has none): re, im
 * [p, p]. 4 p^3 flops. GSC_EARGUMENT where p is 0, GSC_EMEMORY. */
int gsc_circle_amplitudes(const double *change, size_t p, size_t output, double *re,
                          double *im);

/* ---- The gradients ---- */

/* n pairs of gradients of one logit by the embedding vectors of its two tokens. */
typedef struct gsc_circle_gradients {
    size_t n, d;               /* pairs, and dimensions of the embedding */
    const double *da, *db;     /* dQ_abc/dE_a, dQ_abc/dE_b, [n, d] */
    const size_t *differences; /* (a - b) mod p, [n] */
} gsc_circle_gradients;

/* The fit of gsc_circle_symmetricity: (1, 0) an ideal pizza, (0, 1) an ideal clock. */
typedef struct gsc_circle_symmetry {
    double constant, cosine; /* coefficients of 1 and of cos(w_k(a - b)) */
} gsc_circle_symmetry;

/* Gradient symmetricity within circle k (GS_k): the cosines of da[i] and db[i], both
 * projected on the plane of component k, regressed by least squares on 1 and
 * cos(w_k(a - b)), w_k = 2 pi k/p with the circle's own frequency also where o differs.
 * Ideal pizza (1, 0): both gradients point along the same sum; ideal clock (0, 1): each
 * is rotated by the other's angle. For all triples (a, b, c), or some hundred at
 * random: 100 leave .07 of error in a clock's coefficients. A pair without gradient in
 * the plane is left out. O(n d). GSC_EARGUMENT for a bad k or another d than the
 * embedding's, GSC_ENUMERIC where fewer than two values of cos(w_k(a - b)) are left,
 * GSC_EMEMORY. */
int gsc_circle_symmetricity(const gsc_matrix *embedding, size_t k,
                            const gsc_circle_gradients *gradients,
                            gsc_circle_symmetry *symmetry);

/* ---- Labels ---- */

/* What one circle does; gsc_circle_judge has the rule of each. */
typedef enum gsc_circle_label {
    GSC_CIRCLE_UNDETERMINED, /* does too little, or nothing of one frequency */
    GSC_CIRCLE_CLOCK,        /* distance does not matter: r near 1 */
    GSC_CIRCLE_PIZZA,        /* as |cos(w(a - b)/2)|: r near 0 */
    GSC_CIRCLE_ACCOMPANYING, /* as -cos(w(a - b)): r near -1, o half of k */
    GSC_CIRCLE_HYBRID,       /* between clock and pizza */
    GSC_NUM_CIRCLES
} gsc_circle_label;

/* "undetermined", "clock", "pizza", "accompanying", "hybrid". */
const char *gsc_circle_label_name(gsc_circle_label label);

/* The thresholds stand in wide gaps of Zhong et al.'s released networks: there r is
 * within .04 of 0 for pizzas, at .93 to 1.08 for clocks and below -1.4 for accompanying
 * pizzas. */
typedef struct gsc_circle_thresholds {
    double effect, output_share, profile_share; /* at least, else undetermined */
    double accompanying_ratio;                  /* r below it: accompanying */
    double pizza_ratio, pizza_symmetricity;     /* pizza below, and above */
    double clock_ratio;                         /* r above it: a clock */
} gsc_circle_thresholds;

/* The thresholds of gsc_circle_judge, as an initializer. */
#define GSC_CIRCLE_THRESHOLDS               \
    {                                       \
        0.05, 0.5, 0.4, -0.5, 0.2, 0.9, 0.8 \
    }

/* The label of one circle, the first that fits:
 *
 *     undetermined   effect < .05, output share < .5 or profile share < .4
 *     accompanying   o != k, k = +-2 o mod p and r < -.5
 *     pizza          r < .2 and constant of GS_k > .9
 *     clock          r > .8
 *     hybrid         all others
 *
 * A NaN passes no comparison; one in the first three, or in r, is undetermined. Clock
 * and pizza may be ends of one family of solutions (arXiv 2505.18266, 2512.25060): read
 * r and GS_k first, the label second. */
gsc_circle_label gsc_circle_judge(const gsc_circle_thresholds *thresholds, size_t p,
                                  const gsc_circle_effect *effect,
                                  const gsc_circle_symmetry *symmetry);

/* The network's verdict: share[label] = the effects of the circles with this label over
 * those of all n circles; all 0 where there are none. effects, labels [n]; share
 * [GSC_NUM_CIRCLES]. A circle whose effect is NaN has no weight. */
void gsc_circle_shares(const gsc_circle_effect *effects, const gsc_circle_label *labels,
                       size_t n, double *share);

#ifdef __cplusplus
}
#endif
#endif
