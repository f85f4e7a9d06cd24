/* What a mixture of experts chooses: which experts each sample is routed to, layer by
 * layer, and what that is worth as a number (Li, Fan and Zhou, arXiv 2506.21551).
 *
 * A sample's pathway is the list of its experts through all layers, in each from the
 * largest gate to the smallest (without gates in the order in which they stand), up to
 * the first that brings their share of the chosen gates to `cutoff`. Experts are known
 * by their number within a layer, as in the paper. */
#ifndef GROKSCOPE_ROUTING_H
#define GROKSCOPE_ROUTING_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { GSC_MOST_CHOSEN = 256 };

typedef struct gsc_routing {
    size_t samples, layers;
    size_t
        chosen; /* experts that a sample has in each layer, at most GSC_MOST_CHOSEN */
    size_t experts;           /* of a layer: numbers are below it */
    const uint16_t *ids;      /* [samples, layers, chosen] */
    const float *gates;       /* [samples, layers, chosen], or NULL: all alike */
    size_t width;             /* of an expert's embedding, 0 without any */
    const double *embeddings; /* [layers, experts, width] */
} gsc_routing;

/* Where a sample's choices of a layer begin; the gate of one; and their sum. */
static inline size_t
gsc_routing_place(const gsc_routing *r, size_t sample, size_t layer)
{
    return (sample * r->layers + layer) * r->chosen;
}

static inline double
gsc_routing_gate(const gsc_routing *r, size_t place)
{
    return r->gates ? (double)r->gates[place] : 1;
}

static inline double
gsc_routing_gates(const gsc_routing *r, size_t place)
{
    double sum = 0;
    for (size_t k = 0; k < r->chosen; k++)
        sum += gsc_routing_gate(r, place + k);
    return sum;
}

enum { GSC_ALL_LAYERS = -1 };

/* Levenshtein's distance: the least number of symbols to insert, delete or replace that
 * make b of a. work [count_b + 1]. O(count_a count_b). */
size_t gsc_edit_distance(const uint16_t *a, size_t count_a, const uint16_t *b,
                         size_t count_b, size_t *work);

/* The pathway of a sample through one layer, or all; returns its length. pathway
 * [layers, chosen]. */
size_t gsc_routing_pathway(const gsc_routing *routing, size_t sample, int64_t layer,
                           double cutoff, uint16_t *pathway);

typedef struct gsc_pathway_distance {
    double mean, error; /* edit distance of two samples' pathways, its standard error */
} gsc_pathway_distance;

/* Over `pairs` random pairs of different samples, drawn by seed, or over all pairs
 * where there are no more. NaN of fewer than two samples. GSC_EMEMORY. */
int gsc_routing_distance(const gsc_routing *routing, int64_t layer, double cutoff,
                         size_t pairs, uint64_t seed, gsc_pathway_distance *distance);

/* Entropy, in nats, of the share of all choices of a layer that each expert has; at
 * most ln experts, which a collapsed router is far from. GSC_EMEMORY. */
int gsc_routing_entropy(const gsc_routing *routing, size_t layer, double *entropy);

/* Mean over neighbouring samples of |A and B| / |A or B|, A and B their experts in a
 * layer; NaN of one sample. */
double gsc_routing_neighbours(const gsc_routing *routing, size_t layer);

/* Mutual information, in nats, of the first experts of a layer and of the next one, by
 * their frequencies; NaN of the last layer. It is too large by about (experts - 1)^2 /
 * (2 samples). GSC_EMEMORY. */
int gsc_routing_information(const gsc_routing *routing, size_t layer, double *nats);

/* How many different sequences of first experts there are. GSC_EMEMORY. */
int gsc_routing_distinct(const gsc_routing *routing, size_t *count);

/* How straight a sample's pathway is (the paper's pathway consistency), as a mean over
 * samples: with e_l the sum of a layer's chosen experts' embeddings by their gates and
 * cos_l = cos(e_l, e_l+1),
 *
 *     erratic_i = 1 - sum_l cos_l / ((layers - 1) (max_l cos_l + 1e-8))
 *
 * as it is printed, where more is more erratic; its text has 1 - erratic in mind, which
 * is larger the more alike neighbouring layers are. What an expert's embedding is the
 * paper leaves open. NaN without embeddings or with one layer. GSC_EMEMORY. */
int gsc_routing_erratic(const gsc_routing *routing, double *erratic);

/* Effective dimension Tr(H (H + ridge I)^-1) of the routing kernel of samples i and j,
 *
 *     H_ij = 1 / (n layers) sum over layers and experts e of w_ie w_je
 *
 * w the gates of a sample in a layer, which add up to 1 (0 of experts not chosen), over
 * at most n = `most` samples, evenly spaced. The paper's kernel has the tangent kernel
 * of the experts beside the overlap; here it is 1. GSC_EMEMORY, GSC_ENUMERIC. O(n^3).
 */
int gsc_routing_dimension(const gsc_routing *routing, size_t most, double ridge,
                          double *dimension);

/* Terms of the error of a kernel's ridge regression on n samples whose labels are y
 * with noise of variance sigma^2, H being the routing kernel of gsc_routing_dimension:
 *
 *     dimension  Tr(H (H + ridge I)^-1)
 *     bias       ridge^2 |(H + ridge I)^-1 y|^2 / n, of the labels' one-hot vectors
 *     variance   sigma^2 Tr(H^2 (H + ridge I)^-2) / n   <=  sigma^2 dimension / n
 *     bound      bias + sigma^2 dimension / n
 *
 * the mean squared error on the samples themselves, for fixed inputs (Hsu, Kakade and
 * Zhang, arXiv 1106.2363); a choice of ours, with every constant
 * known. It shrinks where fewer dimensions explain the labels. */
typedef struct gsc_routing_bound {
    size_t samples;
    double dimension, bias, variance, bound;
} gsc_routing_bound;

/* labels [samples], each below num_labels; of at most `most` samples, evenly spaced.
 * GSC_EMEMORY, GSC_ENUMERIC. O(n^3). */
int gsc_routing_bound_of(const gsc_routing *routing, const int32_t *labels, size_t most,
                         double ridge, double noise, gsc_routing_bound *bound);

#ifdef __cplusplus
}
#endif
#endif
