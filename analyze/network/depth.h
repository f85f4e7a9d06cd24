/* How far from the loss a parameter enters a network. */
#ifndef GROKSCOPE_DEPTH_H
#define GROKSCOPE_DEPTH_H

#include "grokscope/model.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Matrix products on the way from what a parameter first makes of an example to the
 * loss: of activations by weights, of queries by keys, and of patterns by values. A
 * bias enters where it is added, a matrix by its own product and an embedding where it
 * is looked up, none of which counts: the unembedding and its bias have the depth 0.
 * Products of parameters alone do not count either. Along a residual stream the
 * shortest way goes round a layer and the longest through it; positions are not told
 * apart. */
typedef struct gsc_depth {
    bool reaches; /* whether the losses that are minimised depend on it */
    size_t shortest, longest;
} gsc_depth;

/* depths: one for each parameter, in the order of gsc_graph_parameters, in the graph as
 * its architecture wrote it. O(nodes). GSC_EMEMORY. */
int gsc_parameter_depths(const gsc_model *model, gsc_depth *depths);

#ifdef __cplusplus
}
#endif
#endif
