/* How many facts of several hops there are: Abramov et al. (arXiv 2504.20752). */
#ifndef GSC_METHOD_MULTIHOP_H
#define GSC_METHOD_MULTIHOP_H

/* V vertices, n hops, and the branching factor b: facts for each vertex. */
typedef struct gsc_hop_sizes {
    double vertices, hops, branching;
} gsc_hop_sizes;

/* Lemma 1: the facts of n hops that a random graph has,
 *
 *     |F_n| = C(V, n+1) (n+1)! (b / (V-1))^n = V (V-1) … (V-n) (b / (V-1))^n
 *
 * paths of different vertices times the chance of n edges. NaN where V <= n. */
double gsc_multihop_facts(const gsc_hop_sizes *sizes);

/* The ratio of these to the V b facts of one hop, which is at most b^(n-1), its limit
 * as V grows. */
double gsc_multihop_ratio(const gsc_hop_sizes *sizes);

/* Lemma 2: the least branching factor at which that ratio is phi,
 *
 *     b = [phi V (V-1)^n / (C(V, n+1) (n+1)!)]^(1/(n-1))
 *
 * NaN where V <= n or n < 2. `branching` is not read. */
double gsc_multihop_branching(const gsc_hop_sizes *sizes, double phi);

#endif
