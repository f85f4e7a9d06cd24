/* What GPT-J and GPT-NeoX have and older transformers have not: rotary positions, and
 * attention and MLP side by side. */
#include "grokscope/error.h"

#include "train/model/transformer.h"

gsc_node
gsc_transformer_rotate(const gsc_transformer_builder *b, gsc_node x, const char *name)
{
    const gsc_token_model *c = b->c;
    if (c->positional_embedding_type != GSC_POSITIONS_ROTARY)
        return x;
    x = gsc_graph_rotary(b->graph, x, (size_t)c->rotary_dim, c->rotary_base,
                         c->rotary_adjacent_pairs);
    return gsc_transformer_hook(b, x, name);
}

/* Rotary positions turn pairs, and only where they are asked for. */
static int
resolve_rotary(gsc_token_model *c)
{
    bool is_rotary = c->positional_embedding_type == GSC_POSITIONS_ROTARY;
    if (!is_rotary && c->rotary_dim > 0)
        return gsc_fail(GSC_EARGUMENT,
                        "rotary_dim: %lld, but positions are '%s'; "
                        "positional_embedding_type rotary turns queries and keys",
                        (long long)c->rotary_dim,
                        gsc_position_names[c->positional_embedding_type]);
    if (is_rotary && c->rotary_dim == 0)
        c->rotary_dim = c->d_head;
    if (is_rotary && (c->rotary_dim % 2 != 0 || c->rotary_dim > c->d_head))
        return gsc_fail(GSC_EARGUMENT,
                        "rotary_dim: %lld, expected an even number up to d_head %lld",
                        (long long)c->rotary_dim, (long long)c->d_head);
    return 0;
}

static int
check_parallel(const gsc_token_model *c)
{
    if (c->parallel_attn_mlp && (c->attn_only || c->norm_position == GSC_NORM_AFTER))
        return gsc_fail(GSC_EARGUMENT, "parallel_attn_mlp: expected %s",
                        c->attn_only ? "MLPs, and attn_only leaves them out"
                                     : "norm_position pre, found post");
    return 0;
}

int
gsc_transformer_check_block(gsc_token_model *options)
{
    int status = resolve_rotary(options);
    return status < 0 ? status : check_parallel(options);
}
