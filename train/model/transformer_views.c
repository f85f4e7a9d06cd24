/* What analyses may ask of a transformer's parameters. */
#include "train/model/transformer.h"

/* scores[t, h, q] = (E_t W_K + b_K)[h] . ((E_q + P) W_Q + b_Q)[h] / sqrt(d_head), with
 * P the position that answers. */
static gsc_node
head_scores(const gsc_transformer_builder *b)
{
    gsc_graph *g = b->graph;
    const gsc_token_model *c = b->c;
    gsc_node query = b->W_E;
    if (b->W_pos != GSC_NO_NODE)
        query = gsc_graph_add(g, query, gsc_graph_slice(g, b->W_pos, 0, b->answer, 1));
    gsc_node q =
        gsc_graph_move_axis(g, gsc_transformer_project(b, b->Q, query)); /* [h, e, q] */
    gsc_node scores =
        gsc_graph_each_head(g, gsc_transformer_project(b, b->K, b->W_E), q);
    return gsc_graph_scale(g, scores, gsc_transformer_score_factor(c));
}

/* W_U is GSC_NO_NODE where the embedding is the unembedding too. */
static void
add_neuron_views(gsc_model *model, const gsc_transformer_builder *b, gsc_node W_U)
{
    gsc_graph *g = b->graph;
    gsc_node *views = model->views;
    views[GSC_VIEW_NEURON_LOGIT] =
        W_U == GSC_NO_NODE ? gsc_graph_matmul_transposed(g, b->W_E, b->W_out)
                           : gsc_graph_transpose(g, gsc_graph_matmul(g, b->W_out, W_U));
    if (b->c->gated_mlp) /* a neuron reads in two ways */
        return;
    views[GSC_VIEW_NEURON_IN] = gsc_graph_matmul(g, b->W_E, b->W_in);
    if (b->W_y != GSC_NO_NODE)
        views[GSC_VIEW_NEURON_IN_RIGHT] = gsc_graph_matmul(g, b->W_y, b->W_in);
    views[GSC_VIEW_HEAD_NEURONS] =
        gsc_graph_each_head(g, gsc_graph_split_heads(g, b->W_E, b->V.W),
                            gsc_graph_matmul(g, b->W_O, b->W_in));
}

void
gsc_transformer_add_views(gsc_model *model, const gsc_transformer_builder *b,
                          gsc_node W_U)
{
    gsc_node *views = model->views;
    views[GSC_VIEW_EMBEDDING] = b->W_E;
    views[GSC_VIEW_EMBEDDING_RIGHT] = b->W_y;
    views[GSC_VIEW_UNEMBEDDING] =
        W_U == GSC_NO_NODE ? b->W_E : gsc_graph_transpose(b->graph, W_U);
    model->neurons = b->neurons;
    if (b->c->n_layers == 0)
        return;
    if (b->c->positional_embedding_type != GSC_POSITIONS_ROTARY)
        views[GSC_VIEW_HEAD_SCORES] = head_scores(b); /* else they depend on distance */
    if (!b->c->attn_only && b->c->num_experts == 0)
        add_neuron_views(model, b, W_U);
}
