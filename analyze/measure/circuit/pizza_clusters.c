/* The neurons of each frequency: columns of the measure "clockpizza" beside those of
 * its circle. */
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "analyze/measure/circuit/pizza.h"
#include "analyze/network/pairs/pair_outputs.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* What the last neurons are made of, where the answer is; or none. */
static gsc_node
find_pre_activation(const gsc_loaded_model *loaded)
{
    gsc_graph *graph = loaded->model.graph;
    size_t layers = gsc_loaded_model_layers(loaded);
    char name[GSC_NAME_BYTES];
    gsc_node node = GSC_NO_NODE, next;
    if (loaded->model.neurons == GSC_NO_NODE)
        return GSC_NO_NODE;
    snprintf(name, sizeof name, "blocks.%zu.mlp.hook_pre", layers - 1);
    node = gsc_graph_find(graph, layers > 0 ? name : "hook_pre");
    for (int i = 1; layers == 0; i++) {
        snprintf(name, sizeof name, "linear%d.hook_pre", i);
        next = gsc_graph_find(graph, name);
        if (next == GSC_NO_NODE)
            break;
        node = next;
    }
    if (node == GSC_NO_NODE)
        return node;
    size_t at = gsc_model_answer_position(&loaded->model);
    return gsc_graph_slice(graph, node, 0,
                           gsc_graph_shape(graph, node).dims[0] > 1 ? at : 0, 1);
}

/* The columns of a frequency's neurons. */
static int
take_neurons(const gsc_pair_outputs *outputs, const size_t *frequency, size_t k,
             gsc_matrix *x)
{
    int status = 0;
    size_t n = outputs->grid.n, all = outputs->evaluator.num_neurons, m = 0, at = 0;
    for (size_t j = 0; j < all; j++)
        m += frequency[j] == k;
    if (m == 0)
        return 0;
    GSC_TRY(gsc_matrix_init(x, n * n, m));
    for (size_t i = 0; i < n * n; i++)
        for (size_t j = 0; j < all; j++)
            if (frequency[j] == k)
                x->data[at++] =
                    gsc_element(outputs->evaluator.type, outputs->neurons, i * all + j);
out:
    return status;
}

static int
describe(const gsc_pair_outputs *outputs, const size_t *frequency,
         gsc_pizza_cluster *cluster)
{
    int status = 0;
    gsc_matrix x = {0};
    GSC_TRY(take_neurons(outputs, frequency, cluster->k, &x));
    cluster->num_neurons = x.cols;
    GSC_TRY(
        gsc_neuron_cluster_describe(&x, outputs->grid.n, cluster->k, &cluster->shape));
out:
    gsc_matrix_free(&x);
    return status;
}

int
gsc_pizza_find_clusters(const gsc_measure_request *request, gsc_pizza_cluster *clusters,
                        size_t count)
{
    int status = 0;
    gsc_pair_outputs outputs = {.logits = NULL};
    size_t *frequency = NULL;
    gsc_loaded_model own = *request->loaded; /* with other nodes for its neurons */
    own.model.neurons = find_pre_activation(request->loaded);
    for (size_t i = 0; i < count; i++) {
        clusters[i].num_neurons = 0;
        clusters[i].shape = (gsc_neuron_cluster){NAN, NAN, NAN, NAN};
    }
    GSC_TRY(gsc_graph_status(own.model.graph));
    if (own.model.neurons == GSC_NO_NODE || count == 0)
        return 0;
    GSC_TRY(gsc_pair_outputs_init(&outputs, &own, own.pairs.order, true));
    GSC_TRY(gsc_pair_outputs_run(&outputs, own.weights, request->threads));
    GSC_NEW(frequency, outputs.evaluator.num_neurons);
    GSC_TRY(gsc_pair_outputs_frequencies(&outputs, frequency, NULL));
    for (size_t i = 0; i < count; i++)
        GSC_TRY(describe(&outputs, frequency, &clusters[i]));
out:
    gsc_pair_outputs_free(&outputs);
    free(frequency);
    return status;
}
