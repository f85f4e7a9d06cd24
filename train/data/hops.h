/* Facts of two hops in a knowledge graph: (h, r1, r2, t) follows from the atomic facts
 * (h, r1, b) and (b, r2, t), with the bridge b. */
#ifndef GSC_DATA_HOPS_H
#define GSC_DATA_HOPS_H

#include "train/data/knowledge.h"

/* A path of two facts. It is functional where each hop has one tail: the graph has one
 * fact of (h, r1) and one of (b, r2), so that (h, r1, r2) has one answer. */
typedef struct gsc_path {
    uint32_t first, second; /* facts of the graph */
} gsc_path;

/* What of a graph's paths is taken. */
typedef struct gsc_path_choice {
    bool functional; /* only those that are */
    bool loops;      /* those that end where they began (t = h) too */
} gsc_path_choice;

/* All paths, ascending by first and second; *paths is the caller's to free. */
int gsc_hops_paths(const gsc_knowledge *knowledge, gsc_path_choice choice,
                   gsc_path **paths, size_t *count);

/* What a graph has. phi, the ratio of inferred to atomic facts (Wang et al., arXiv
 * 2405.15071; Abramov et al., arXiv 2504.20752), is inferred / facts. */
typedef struct gsc_hops_counts {
    size_t facts, entities, relations; /* of which there is a fact */
    size_t paths;                      /* h -> b -> t with t != h */
    size_t loops;                      /* with t = h */
    size_t inferred;                   /* distinct (h, r1, r2, t) of the paths */
    size_t functional; /* paths, and loops, whose hops have one tail each */
} gsc_hops_counts;

int gsc_hops_count(const gsc_knowledge *knowledge, gsc_hops_counts *counts);

/* The facts of a graph that are in at least `least` functional paths (no loops) of the
 * facts that are left: the others are taken away until none is left to take. Facts
 * whose hop has several tails go first. `core` has all entities and relations of the
 * graph and no names. least 0: all facts that have one tail. */
int gsc_hops_core(const gsc_knowledge *knowledge, size_t least, gsc_knowledge *core);

/* Add facts to a core until its functional paths (no loops) are at least phi times its
 * facts. Abramov et al. let a language model write new entities, facts and inferred
 * facts; here they are made of the graph itself: entities and relations stay, a new
 * fact (h, r, t) is of a pair (h, r) of which the core knows nothing, h a head of some
 * fact and t a tail of r, both drawn evenly over facts, so that tails fit their
 * relation. It is taken where it makes more than phi paths, or twice as many as a fact
 * has by then, so that the ratio only rises. `augmented` has all facts, those of the
 * core too. GSC_EARGUMENT where phi is out of reach. */
int gsc_hops_augment(const gsc_knowledge *core, double phi, uint64_t seed,
                     gsc_knowledge *augmented);

#endif
