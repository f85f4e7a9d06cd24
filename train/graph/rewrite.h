/* Rewrites: passes that build an equal, cheaper graph.
 *
 * A rule looks at one node of the old graph. Where it applies it builds the
 * replacement in the new graph, from the images of old nodes, and returns it;
 * otherwise it returns GSC_NO_NODE and the node is copied. Passes repeat until no
 * rule applies. */
#ifndef GSC_GRAPH_REWRITE_H
#define GSC_GRAPH_REWRITE_H

#include "ir.h"

typedef struct gsc_rewriting {
    const gsc_graph *old;
    gsc_graph *new;
    gsc_node *image;     /* of each old node, in the new graph */
    const size_t *uses;  /* of each old node, by live nodes and roots */
    size_t num_examples; /* that a run has: what costs are weighed by */
} gsc_rewriting;

typedef gsc_node gsc_rule(gsc_rewriting *rewriting, gsc_node node);

gsc_rule gsc_rewrite_positions;
gsc_rule gsc_rewrite_gather;

/* A node of the old graph with its inputs' images, put into the new one. */
gsc_node gsc_rewrite_copy(gsc_rewriting *rewriting, gsc_node node);

/* Rewrite `graph` by the rules of the bit set (engine.h); roots[i] become the nodes of
 * the new graph, which the caller closes. Equations hold for every root. */
int gsc_graph_rewrite(const gsc_graph *graph, unsigned rewrites, size_t num_examples,
                      gsc_node *roots, size_t num_roots, gsc_graph **rewritten);

/* live[i]: node i is a root or read, directly or not, by one. */
void gsc_graph_mark_live(const gsc_graph *graph, const gsc_node *roots,
                         size_t num_roots, bool *live);

#endif
