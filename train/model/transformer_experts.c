/* A mixture of experts in the place of a block's MLP (Shazeer et al., arXiv 1701.06538;
 * Fedus, Zoph and Shazeer, arXiv 2101.03961):
 *
 *   scores = x W_router,  p = softmax(scores) [num_experts] out    = sum over the
 * experts e of the k largest p of gate_e MLP_e(x) gate   = p, or p divided by the sum
 * of the chosen (softmax of their scores)
 *
 * Every position has what it chose: an expert has no capacity beyond which it drops
 * any. Parameters of all experts lie in one array, [num_experts, …]; names of hook
 * points are those of a dense MLP with "experts" in them. */
#include "train/model/transformer.h"

#include <stdio.h>

/* Rows through one matrix of each chosen expert, "blocks.L.mlp.experts.W_<which>". */
typedef struct expert_layer {
    const char *W, *b, *in, *out; /* names, and the axes */
    int64_t rows, cols;
    gsc_role role;
} expert_layer;

static gsc_node
map_by_experts(const gsc_transformer_builder *b, expert_layer layer, gsc_node x,
               gsc_node choice)
{
    char axes[GSC_NAME_BYTES], bias_axes[GSC_NAME_BYTES];
    int64_t n = b->c->num_experts;
    snprintf(axes, sizeof axes, "num_experts %s %s", layer.in, layer.out);
    snprintf(bias_axes, sizeof bias_axes, "num_experts %s", layer.out);
    gsc_node W =
        gsc_transformer_weight(b, layer.W, axes, gsc_shape3(n, layer.rows, layer.cols),
                               layer.role, layer.rows);
    gsc_node bias = gsc_transformer_bias(b, b->c->biases, layer.b, bias_axes,
                                         gsc_shape2(n, layer.cols), layer.rows);
    return gsc_graph_expert_matmul(b->graph, x, choice, W, bias);
}

/* [positions, k, d_mlp] */
static gsc_node
neurons_of(const gsc_transformer_builder *b, gsc_node x, gsc_node choice)
{
    const gsc_token_model *c = b->c;
    expert_layer in = {"mlp.experts.W_in", "mlp.experts.b_in", "d_model",      "d_mlp",
                       c->d_model,         c->d_mlp,           GSC_ROLE_MLP_IN};
    gsc_node pre = map_by_experts(b, in, x, choice), linear = GSC_NO_NODE;
    if (c->gated_mlp) {
        expert_layer gate = in;
        gate.W = "mlp.experts.W_gate";
        gate.b = "mlp.experts.b_gate";
        linear = gsc_transformer_hook(b, pre, "mlp.experts.hook_pre_linear");
        pre = map_by_experts(b, gate, x, choice);
    }
    gsc_transformer_hook(b, pre, "mlp.experts.hook_pre");
    gsc_node post = gsc_activation(b->graph, c->act_fn, pre);
    return c->gated_mlp ? gsc_graph_multiply(b->graph, post, linear) : post;
}

/* The load-balancing loss of this block, one of n_layers. */
static void
balance(gsc_transformer_builder *b, gsc_node p, gsc_node choice)
{
    gsc_model *model = b->model;
    if (b->c->load_balance > 0)
        model->penalties[model->num_penalties++] =
            (gsc_penalty){gsc_graph_load_balance(b->graph, p, choice),
                          b->c->load_balance / (double)b->c->n_layers};
}

gsc_node
gsc_transformer_experts(gsc_transformer_builder *b, gsc_node x)
{
    gsc_graph *g = b->graph;
    const gsc_token_model *c = b->c;
    gsc_node router = gsc_transformer_weight(b, "mlp.W_router", "d_model num_experts",
                                             gsc_shape2(c->d_model, c->num_experts),
                                             GSC_ROLE_MLP_IN, c->d_model);
    gsc_node scores = gsc_transformer_hook(b, gsc_graph_matmul(g, x, router),
                                           "mlp.hook_router_scores");
    gsc_node p =
        gsc_transformer_hook(b, gsc_graph_softmax(g, scores), "mlp.hook_router");
    gsc_node choice = gsc_graph_top_k(g, p, (size_t)c->experts_per_token);
    gsc_node gates = gsc_graph_pick(g, c->normalise_gates ? scores : p, choice);
    if (c->normalise_gates)
        gates = gsc_graph_softmax(g, gates);
    gsc_transformer_hook(b, gates, "mlp.hook_expert_weights");
    balance(b, p, choice);
    gsc_node post =
        gsc_transformer_hook(b, neurons_of(b, x, choice), "mlp.experts.hook_post");
    expert_layer out = {
        "mlp.experts.W_out", "mlp.experts.b_out", "d_mlp", "d_model", c->d_mlp,
        c->d_model,          GSC_ROLE_MLP_OUT};
    gsc_node said =
        gsc_graph_row_matmul(g, gates, map_by_experts(b, out, post, choice));
    return gsc_transformer_hook(b, said, "hook_mlp_out");
}
