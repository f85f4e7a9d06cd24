/* The MLP of a block, with or without a gate, or a mixture of experts in its place. */
#include "train/model/transformer.h"

static gsc_node
activate(const gsc_transformer_builder *b, gsc_node pre)
{
    gsc_transformer_hook(b, pre, "mlp.hook_pre");
    return gsc_activation(b->graph, b->c->act_fn, pre);
}

/* f(x W_gate + b_gate) times the linear part (Shazeer, arXiv 2002.05202). */
static gsc_node
gate(const gsc_transformer_builder *b, gsc_node x, gsc_node linear)
{
    const gsc_token_model *c = b->c;
    gsc_node W = gsc_transformer_weight(b, "mlp.W_gate", "d_model d_mlp",
                                        gsc_shape2(c->d_model, c->d_mlp),
                                        GSC_ROLE_MLP_IN, c->d_model);
    gsc_node pre = gsc_transformer_add_bias(b, gsc_graph_matmul(b->graph, x, W),
                                            c->biases, "mlp.b_gate", "d_mlp",
                                            gsc_shape1(c->d_mlp), c->d_model);
    gsc_transformer_hook(b, linear, "mlp.hook_pre_linear");
    return gsc_graph_multiply(b->graph, activate(b, pre), linear);
}

static gsc_node
dense_mlp(gsc_transformer_builder *b, gsc_node x)
{
    gsc_graph *g = b->graph;
    const gsc_token_model *c = b->c;
    b->W_in = gsc_transformer_weight(b, "mlp.W_in", "d_model d_mlp",
                                     gsc_shape2(c->d_model, c->d_mlp), GSC_ROLE_MLP_IN,
                                     c->d_model);
    gsc_node pre =
        gsc_transformer_add_bias(b, gsc_graph_matmul(g, x, b->W_in), c->biases,
                                 "mlp.b_in", "d_mlp", gsc_shape1(c->d_mlp), c->d_model);
    b->neurons = gsc_transformer_hook(
        b, c->gated_mlp ? gate(b, x, pre) : activate(b, pre), "mlp.hook_post");
    b->W_out = gsc_transformer_weight(b, "mlp.W_out", "d_mlp d_model",
                                      gsc_shape2(c->d_mlp, c->d_model),
                                      GSC_ROLE_MLP_OUT, c->d_mlp);
    gsc_node out = gsc_transformer_add_bias(
        b, gsc_graph_matmul(g, b->neurons, b->W_out), c->biases, "mlp.b_out", "d_model",
        gsc_shape1(c->d_model), c->d_mlp);
    return gsc_transformer_hook(b, out, "hook_mlp_out");
}

gsc_node
gsc_transformer_mlp(gsc_transformer_builder *b, gsc_node x)
{
    return b->c->num_experts > 0 ? gsc_transformer_experts(b, x) : dense_mlp(b, x);
}
