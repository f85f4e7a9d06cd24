/* Which parameters are hidden matrices. */
#ifndef GSC_GRAPH_HIDDEN_H
#define GSC_GRAPH_HIDDEN_H

#include "grokscope/graph.h"

/* is_hidden[i] (room for all parameters) = whether parameter i is a hidden matrix: one
 * of two axes or more that the graph uses only in products x W on the way to a loss,
 * where x already depends on other parameters, and something that is not linear, or
 * another product, follows. The first weights that examples meet, those that write the
 * predictions, and tables whose rows are looked up or added are none. Read it off the
 * graph as a model writes it, before any rewrite. GSC_EMEMORY. Cost: its nodes. */
int gsc_graph_hidden_matrices(const gsc_graph *graph, bool *is_hidden);

#endif
