/* What the files of architectures share. */
#include "train/model/parts.h"

#include <math.h>

const char *const gsc_act_fn_names[] = {"relu", "gelu",     "square",
                                        "tanh", "identity", NULL};
const char *const gsc_biases_names[] = {"trained", "frozen", "absent", NULL};

gsc_node
gsc_activation(gsc_graph *graph, int64_t act_fn, gsc_node x)
{
    switch (act_fn) {
    case GSC_ACT_RELU:
        return gsc_graph_relu(graph, x);
    case GSC_ACT_GELU:
        return gsc_graph_gelu(graph, x);
    case GSC_ACT_SQUARE:
        return gsc_graph_square(graph, x);
    case GSC_ACT_TANH:
        return gsc_graph_tanh(graph, x);
    default:
        return x;
    }
}

gsc_initializer
gsc_linear_initializer(int64_t fan_in)
{
    return (gsc_initializer){GSC_INITIALIZER_UNIFORM, 1 / sqrt((double)fan_in), NULL};
}
