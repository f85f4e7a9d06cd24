/* Long short-term memory, layer upon layer, on sequences of tokens:
 *
 *   x_t = E[token_t]                                       [d_model]
 *   h_t = lstm(x_t W_ih + b_ih + b_hh + h_{t-1} W_hh)      for every layer, [d_state]
 *   predictions_t = h_t W_U + b_U
 *
 * The gates, their order and the two biases are those of PyTorch's nn.LSTM, whose
 * matrices are the transposed ones; so are the first weights: the embedding's are
 * normal, a layer's even within 1/sqrt(d_state) of 0, and so W_U and b_U. Steps where
 * the field "counts" is 0 leave the states as they are (gsc_graph_lstm), so that the
 * last position has the state after the last step that counts. */
#include "train/model/lstm.h"

#include "grokscope/error.h"

#include <stdio.h>

static const gsc_option rows[] = {
    GSC_ROW_INTEGER(gsc_lstm_options, n_layers, "2", 1, 16, "Number of layers."),
    GSC_ROW_INTEGER(gsc_lstm_options, d_model, "64", 1, 16384,
                    "Width of an embedding."),
    GSC_ROW_INTEGER(gsc_lstm_options, d_state, "128", 1, 8192, "Units of each layer."),
};

static int
resolve(void *options, const gsc_dataset *dataset)
{
    const gsc_field *tokens = gsc_dataset_find(dataset, GSC_TOKENS);
    const gsc_field *counts = gsc_dataset_find(dataset, GSC_COUNTS);
    size_t width;
    (void)options;
    if (!tokens || tokens->num_values == 0 || tokens->shape.rank != 1)
        return gsc_fail(GSC_EARGUMENT,
                        "architecture: lstm takes sequences of tokens, which this task "
                        "does not have");
    if (counts && !gsc_shape_equal(counts->shape, tokens->shape))
        return gsc_fail(GSC_EFORMAT,
                        "/data/" GSC_COUNTS ": has not one number for each token");
    return gsc_model_width(dataset, &width);
}

/* "lstm.<layer>.<name>" */
static gsc_node
parameter(gsc_graph *g, const gsc_lstm_options *o, int64_t layer, const char *name,
          const char *axes, gsc_shape shape)
{
    char full[GSC_NAME_BYTES];
    snprintf(full, sizeof full, "lstm.%d.%s", (int)layer, name);
    return gsc_graph_parameter(g, full, axes, shape, gsc_linear_initializer(o->d_state),
                               true);
}

static gsc_node
add_layer(gsc_graph *g, const gsc_lstm_options *o, int64_t layer, gsc_node x,
          gsc_node counts)
{
    int64_t h = o->d_state, in = layer == 0 ? o->d_model : h;
    gsc_node W_ih =
        parameter(g, o, layer, "W_ih", "d_in d_gates", gsc_shape2(in, 4 * h));
    gsc_node W_hh =
        parameter(g, o, layer, "W_hh", "d_state d_gates", gsc_shape2(h, 4 * h));
    gsc_node b_ih = parameter(g, o, layer, "b_ih", "d_gates", gsc_shape1(4 * h));
    gsc_node b_hh = parameter(g, o, layer, "b_hh", "d_gates", gsc_shape1(4 * h));
    gsc_node z = gsc_graph_matmul(g, x, W_ih);
    z = gsc_graph_add(g, z, gsc_graph_add(g, b_ih, b_hh));
    gsc_node states = gsc_graph_lstm(g, z, W_hh, counts);
    gsc_graph_name(g, states, "lstm.%d.hook_state", (int)layer);
    return states;
}

static gsc_node
build(gsc_model *model, const void *options, const gsc_dataset *dataset)
{
    gsc_graph *g = model->graph;
    const gsc_lstm_options *o = options;
    const gsc_field *field = gsc_dataset_find(dataset, GSC_TOKENS);
    const gsc_field *mask = gsc_dataset_find(dataset, GSC_COUNTS);
    size_t steps = field->shape.dims[0], width;
    if (gsc_model_width(dataset, &width) < 0)
        return GSC_NO_NODE;
    gsc_node tokens = gsc_graph_index(g, GSC_TOKENS, field->shape, field->num_values);
    gsc_node counts = mask ? gsc_graph_input(g, GSC_COUNTS, mask->shape) : GSC_NO_NODE;
    gsc_node E = gsc_graph_parameter(g, "embed.W_E", "d_vocab d_model",
                                     gsc_shape2((int64_t)field->num_values, o->d_model),
                                     gsc_normal_initializer(1), true);
    gsc_node x = model->embed = gsc_graph_gather(g, E, tokens, 0, steps);
    gsc_graph_name(g, x, "hook_embed");
    for (int64_t layer = 0; layer < o->n_layers; layer++)
        x = add_layer(g, o, layer, x, counts);
    gsc_node U = gsc_graph_parameter(g, "unembed.W_U", "d_state d_vocab_out",
                                     gsc_shape2(o->d_state, (int64_t)width),
                                     gsc_linear_initializer(o->d_state), true);
    gsc_node b =
        gsc_graph_parameter(g, "unembed.b_U", "d_vocab_out", gsc_shape1((int64_t)width),
                            gsc_linear_initializer(o->d_state), true);
    model->neurons = x;
    model->views[GSC_VIEW_EMBEDDING] = E;
    model->views[GSC_VIEW_UNEMBEDDING] = gsc_graph_transpose(g, U);
    return gsc_graph_add(g, gsc_graph_matmul(g, x, U), b);
}

const gsc_architecture gsc_architecture_lstm = {"lstm",
                                                "long short-term memory on tokens",
                                                rows,
                                                sizeof rows / sizeof *rows,
                                                sizeof(gsc_lstm_options),
                                                resolve,
                                                build};
