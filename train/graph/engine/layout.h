/* Where the values and gradients of a plan lie. */
#ifndef GSC_GRAPH_LAYOUT_H
#define GSC_GRAPH_LAYOUT_H

#include "train/graph/engine/plan.h"

/* Places in the parameter domain: shared values, gradients, lanes. */
void gsc_layout_shared(gsc_plan *plan, const gsc_graph *graph);

/* Places in a tile's workspace. A value lives from its forward call to its last
 * reader, forward or backward; a gradient from its first contribution to the backward
 * call of its node. What does not live at the same time may share a place, so that a
 * tile stays in the cache. */
int gsc_layout_tile(gsc_plan *plan, const gsc_graph *graph, bool gradients);

#endif
