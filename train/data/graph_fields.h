/* The fields of an example that is a graph: numbers of its nodes [nodes, d] and of its
 * edges [edges, k]; the node that an edge comes from, and the one that it goes to,
 * which is the number of nodes for an edge that is none; and for each node 0, or 1
 * where it is padding. */
#ifndef GSC_DATA_GRAPH_FIELDS_H
#define GSC_DATA_GRAPH_FIELDS_H

#define GSC_GRAPH_ATOMS "atoms"
#define GSC_GRAPH_EDGES "edges"
#define GSC_GRAPH_SOURCE "source"
#define GSC_GRAPH_TARGET "target"
#define GSC_GRAPH_PLACE "place"

#endif
