/* What a network of any architecture said of every example, "outputs":
 *
 *   logits[a n + b]    [width]      what it answered
 *   neurons[a n + b]   [n_neurons]  activations before its last layer, or none
 *   embedding[token]   [d_embed]    its embeddings, or none
 *
 * These are tables in which the pairs are looked up: nothing here is trained, and
 * nothing is known of how the parts made each other. What asks for derivatives, or
 * takes parts away, has nothing to ask. */
#include "train/model/outputs.h"

#include "grokscope/error.h"

#include <string.h>

static const gsc_option rows[] = {
    GSC_ROW_INTEGER(gsc_outputs_model, d_embed, "0", 0, 65536,
                    "Width of the embeddings that were saved; 0: none."),
    GSC_ROW_INTEGER(gsc_outputs_model, n_neurons, "0", 0, 1 << 20,
                    "Number of neurons whose activations were saved; 0: none.")};

static int
resolve(void *options, const gsc_dataset *dataset)
{
    const gsc_field *pair = gsc_dataset_find(dataset, GSC_PAIR);
    (void)options;
    if (!pair || pair->num_values == 0)
        return gsc_fail(GSC_EARGUMENT,
                        "architecture: outputs is what other networks said, as "
                        "grokscope-import --outputs brings it in; it has no weights to "
                        "be trained");
    return 0;
}

static gsc_node
table(gsc_graph *g, const char *name, const char *axes, size_t count, int64_t width)
{
    return gsc_graph_parameter(g, name, axes, gsc_shape2((int64_t)count, width),
                               gsc_constant_initializer(0), false);
}

static gsc_node
build(gsc_model *model, const void *options, const gsc_dataset *dataset)
{
    gsc_graph *g = model->graph;
    const gsc_outputs_model *o = options;
    const gsc_field *field = gsc_dataset_find(dataset, GSC_PAIR);
    const gsc_field *tokens = gsc_dataset_find(dataset, GSC_TOKENS);
    size_t width, count = field->num_values;
    if (gsc_model_width(dataset, &width) < 0)
        return GSC_NO_NODE;
    gsc_node pair = gsc_graph_index(g, GSC_PAIR, field->shape, count);
    if (o->d_embed > 0 && tokens)
        model->views[GSC_VIEW_EMBEDDING] =
            table(g, "embedding", "token d_embed", tokens->num_values, o->d_embed);
    if (o->n_neurons > 0)
        model->neurons = gsc_graph_gather(
            g, table(g, "neurons", "pair neuron", count, o->n_neurons), pair, 0, 1);
    return gsc_graph_gather(g, table(g, "logits", "pair output", count, (int64_t)width),
                            pair, 0, 1);
}

const gsc_architecture gsc_architecture_outputs = {
    "outputs",
    "what a network of any architecture said",
    rows,
    sizeof rows / sizeof *rows,
    sizeof(gsc_outputs_model),
    resolve,
    build};
