/* Rewrites: passes that build an equal, cheaper graph.
 *
 * A rule looks at one node of the old graph. Where it applies it builds the
 * replacement in the new graph, from the images of old nodes, and returns it;
 * otherwise it returns GSC_NO_NODE and the node is copied. Passes repeat until no
 * rule applies. */
#ifndef GSC_GRAPH_REWRITE_H
#define GSC_GRAPH_REWRITE_H

#include "grokscope/engine.h"

#include "train/graph/op/operators.h"

/* What rewrites may count on. */
typedef struct gsc_occasion {
    unsigned rewrites; /* bit set of engine.h */
    size_t num_examples;
    const gsc_constant_field *constants;
    size_t num_constants;
} gsc_occasion;

typedef struct gsc_rewriting {
    const gsc_graph *old;
    gsc_graph *new;
    gsc_node *image;     /* of each old node, in the new graph */
    const size_t *uses;  /* of each old node, by live nodes and roots */
    size_t num_examples; /* that a run has: what costs are weighed by */
    const gsc_occasion *occasion;
} gsc_rewriting;

typedef gsc_node gsc_rule(gsc_rewriting *rewriting, gsc_node node);

gsc_rule gsc_rewrite_positions;
gsc_rule gsc_rewrite_constant;
gsc_rule gsc_rewrite_gather;
gsc_rule gsc_rewrite_mix;
gsc_rule gsc_rewrite_associate;
gsc_rule gsc_rewrite_distribute;
gsc_rule gsc_rewrite_sums;
gsc_rule gsc_rewrite_rows;
gsc_rule gsc_rewrite_fuse;
gsc_rule gsc_rewrite_tiles;

/* Whether a product x w of the examples' domain costs less where the rules take x
 * apart, counted in floating point operations, those included that nobody needs any
 * more then. */
bool gsc_rewrite_pays(const gsc_rewriting *rewriting, const gsc_graph_node *product);

/* Whether mixing rows of a table costs less than attention's own mix, of narrower rows,
 * and the product that merges its heads. It does of few keys. */
bool gsc_rewrite_mixing_pays(const gsc_rewriting *rewriting,
                             const gsc_graph_node *merge);

/* Whether a mix of the old graph becomes attention in tiles, once other rules are done.
 */
bool gsc_rewrite_in_tiles(const gsc_rewriting *rewriting, const gsc_graph_node *mix);

/* A product of x, whose rows are sums of rows of its inputs, as x of their products. */
gsc_node gsc_rewrite_map_rows(gsc_rewriting *rewriting, const gsc_graph_node *product,
                              const gsc_graph_node *x);

/* gather(T) of a table of parameters. */
bool gsc_rewrite_is_gather(const gsc_graph *graph, const gsc_graph_node *node);

/* Whether a node of the old graph is gather(T), or a sum of it and parameters. */
bool gsc_rewrite_is_table(const gsc_graph *graph, gsc_node node);

/* A node of the old graph with its inputs' images, put into the new one. */
gsc_node gsc_rewrite_copy(gsc_rewriting *rewriting, gsc_node node);

/* Rewrite `graph`; roots[i] become the nodes of the new graph, which the caller closes.
 * Equations hold for every root. */
int gsc_graph_rewrite(const gsc_graph *graph, const gsc_occasion *occasion,
                      gsc_node *roots, size_t num_roots, gsc_graph **rewritten);

/* live[i]: node i is a root or read, directly or not, by one. */
void gsc_graph_mark_live(const gsc_graph *graph, const gsc_node *roots,
                         size_t num_roots, bool *live);

/* The same from what is marked. */
void gsc_graph_mark_inputs(const gsc_graph *graph, bool *live);

#endif
