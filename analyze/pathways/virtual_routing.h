/* The pathways of a network without experts: its most active neurons, layer by layer.
 */
#ifndef GSC_PATHWAYS_VIRTUAL_ROUTING_H
#define GSC_PATHWAYS_VIRTUAL_ROUTING_H

#include "analyze/network/embedding.h"
#include "analyze/pathways/routing_file.h"

/* One checkpoint of a routing: in each layer of neurons (each hook point that ends with
 * "hook_post") the `top` neurons whose values after the activation are largest, with
 * these values, 0 where they are below, as gates. Of the examples of a split, at the
 * position that answers, at most `most`, evenly spaced. GSC_EFORMAT where the network
 * has no such layers, GSC_EARGUMENT where one has fewer neurons; what
 * gsc_embedding_init returns. A forward pass a layer. gsc_routing_file_free releases
 * it, also after a failure. */
int gsc_virtual_routing_init(gsc_routing_file *routing, const gsc_loaded_model *loaded,
                             gsc_input_choice split, size_t top, size_t most,
                             gsc_threads *threads);

#endif
