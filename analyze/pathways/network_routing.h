/* The pathways of a network: the experts that its routers choose, or, where it has
 * none, its most active neurons, layer by layer. */
#ifndef GSC_PATHWAYS_NETWORK_ROUTING_H
#define GSC_PATHWAYS_NETWORK_ROUTING_H

#include "analyze/network/embedding.h"
#include "analyze/pathways/routing_file.h"

typedef struct gsc_routing_request {
    gsc_input_choice split;
    size_t top;  /* neurons of a layer; 0: as many experts as the router chooses, and 8
                    neurons */
    size_t most; /* examples, evenly spaced */
    const char *position; /* "answer", "a", "b", or a number from 0 */
} gsc_routing_request;

/* One checkpoint of a routing, of the examples of a split at the position that answers.
 *
 *   routers (hook points "hook_router", [experts] probabilities): the experts of the
 *     largest ones, with these as gates; an expert's embedding is its column of
 * W_router neurons (each hook point that ends with "hook_post"): those whose values
 * after the activation are largest, with these, 0 where they are below, as gates; a
 * neuron's embedding is its column of W_in, where there is one
 *
 * examples: where the numbers of the samples' examples go, [samples], which the caller
 * frees; or NULL. GSC_EFORMAT where the network has no such layers, GSC_EARGUMENT where
 * one has fewer neurons or experts; what gsc_embedding_init returns. A forward pass a
 * layer. gsc_routing_file_free releases it, also after a failure. */
int gsc_network_routing_init(gsc_routing_file *routing, const gsc_loaded_model *loaded,
                             const gsc_routing_request *request, gsc_threads *threads,
                             uint32_t **examples);

#endif
