/* Networks on graphs. */
#ifndef GSC_MODEL_GRAPH_NETWORK_H
#define GSC_MODEL_GRAPH_NETWORK_H

#include "train/model/parts.h"

typedef struct gsc_graph_network_options {
    char convolutions[GSC_OPTION_TEXT_BYTES], hidden[GSC_OPTION_TEXT_BYTES];
    int64_t d_edge;
} gsc_graph_network_options;

extern const gsc_architecture gsc_architecture_graph_network;

#endif
