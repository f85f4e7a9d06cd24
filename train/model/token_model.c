/* Models of tokens: their choices, and what they leave to the dataset. */
#include "train/model/token_model.h"

#include "grokscope/error.h"

#include <math.h>

const char *const gsc_init_names[] = {
    "default",  "nanda",           "zhong",  "pytorch",   "gromov", "analytic",
    "chughtai", "transformerlens", "furuta", "minegishi", NULL};
const char *const gsc_normalization_names[] = {"none", "LN",     "LNPre",
                                               "RMS",  "RMSPre", NULL};
const char *const gsc_norm_position_names[] = {"pre", "post", NULL};
const char *const gsc_final_norm_names[] = {"default", "yes", "no", NULL};
const char *const gsc_readout_names[] = {"positions", "mean", NULL};
const char *const gsc_operands_names[] = {"concatenated", "summed", "one_hot",
                                          "summed_one_hot", NULL};
const char *const gsc_position_names[] = {"standard", "sinusoidal", "none", "rotary",
                                          NULL};
const char *const gsc_attention_dir_names[] = {"causal", "bidirectional", NULL};

bool
gsc_is_token_model(const gsc_architecture *architecture)
{
    return architecture && architecture->size == sizeof(gsc_token_model) &&
           architecture->build;
}

gsc_node
gsc_tokens(gsc_graph *graph, const gsc_dataset *dataset)
{
    const gsc_field *field = gsc_dataset_find(dataset, GSC_TOKENS);
    return gsc_graph_index(graph, field->name, field->shape, field->num_values);
}

gsc_node
gsc_token_embedding(gsc_graph *g, const gsc_token_model *o, const char *name,
                    gsc_initializer start)
{
    if (o->embed_rank == 0)
        return gsc_graph_parameter(g, name, "d_vocab d_model",
                                   gsc_shape2(o->d_vocab, o->d_model), start, true);
    gsc_node A =
        gsc_graph_parameter(g, "embed.W_A", "d_vocab embed_rank",
                            gsc_shape2(o->d_vocab, o->embed_rank), start, true);
    gsc_node B = gsc_graph_parameter(
        g, "embed.W_B", "embed_rank d_model", gsc_shape2(o->embed_rank, o->d_model),
        gsc_normal_initializer(1 / sqrt((double)o->embed_rank)), true);
    return gsc_graph_matmul(g, A, B);
}

/* A size that the options give, or 0 for the one that the dataset needs. */
static int
resolve_size(int64_t *size, size_t needed, const char *name, const char *what)
{
    if (*size == 0)
        *size = (int64_t)needed;
    if (*size < (int64_t)needed)
        return gsc_fail(GSC_EARGUMENT, "%s: %lld, but the task has %zu %s", name,
                        (long long)*size, needed, what);
    return 0;
}

static int
resolve_positions(gsc_token_model *o, const gsc_field *tokens, const char *name,
                  size_t num_tokens)
{
    size_t n_ctx = gsc_shape_count(tokens->shape);
    int status = resolve_size(&o->n_ctx, n_ctx, "n_ctx", "positions");
    if (status < 0)
        return status;
    if ((size_t)o->n_ctx != n_ctx)
        return gsc_fail(GSC_EARGUMENT, "n_ctx: %lld, but an example has %zu tokens",
                        (long long)o->n_ctx, n_ctx);
    if (num_tokens != 0 && num_tokens != n_ctx)
        return gsc_fail(GSC_EARGUMENT,
                        "architecture: %s takes %zu tokens, but an example has %zu; "
                        "layout 'a b' has two",
                        name, num_tokens, n_ctx);
    return 0;
}

/* A network of a and b has one output, the answer. */
static int
check_targets(const gsc_dataset *dataset, const char *name, size_t num_tokens)
{
    for (size_t i = 0; num_tokens > 0 && i < dataset->num_targets; i++)
        if (dataset->targets[i].num_positions != 1)
            return gsc_fail(GSC_EARGUMENT,
                            "loss_positions: %zu outputs are asked for, but %s has "
                            "one, the answer",
                            dataset->targets[i].num_positions, name);
    return 0;
}

static int
resolve_init(gsc_token_model *o, const char *name, gsc_init_kind init, unsigned inits)
{
    if (o->init == GSC_INIT_DEFAULT)
        o->init = (int64_t)init;
    if (!(inits & 1u << o->init))
        return gsc_fail(GSC_EARGUMENT, "init: %s has no '%s'; its default is '%s'",
                        name, gsc_init_names[o->init], gsc_init_names[init]);
    return 0;
}

/* A product stands for the one table that all tokens share. */
static int
check_embedding(const gsc_token_model *o)
{
    bool is_one_hot = o->operands == GSC_OPERANDS_ONE_HOT ||
                      o->operands == GSC_OPERANDS_SUMMED_ONE_HOT;
    if (o->embed_rank > 0 && (o->own_embeddings || is_one_hot))
        return gsc_fail(GSC_EARGUMENT,
                        "embed_rank: %lld, but this network has %s; a product stands "
                        "for one embedding that all tokens share",
                        (long long)o->embed_rank,
                        is_one_hot ? "no embedding" : "one for each operand");
    return 0;
}

int
gsc_token_model_resolve(gsc_token_model *o, const gsc_dataset *dataset,
                        const char *name, size_t num_tokens, gsc_init_kind init,
                        unsigned inits)
{
    int status = 0;
    size_t width;
    const gsc_field *tokens = gsc_dataset_find(dataset, GSC_TOKENS);
    if (!tokens || tokens->num_values == 0)
        return gsc_fail(GSC_EARGUMENT,
                        "architecture: %s takes tokens, which this task does not have; "
                        "mlp takes numbers",
                        name);
    GSC_TRY(resolve_positions(o, tokens, name, num_tokens));
    GSC_TRY(check_targets(dataset, name, num_tokens));
    GSC_TRY(resolve_size(&o->d_vocab, tokens->num_values, "d_vocab", GSC_TOKENS));
    GSC_TRY(gsc_model_width(dataset, &width));
    GSC_TRY(resolve_size(&o->d_vocab_out, width, "d_vocab_out", "outputs"));
    if (o->n_heads > 0 && o->d_head == 0)
        o->d_head = o->d_model / o->n_heads;
    if (o->n_heads > 0 && o->d_head == 0)
        return gsc_fail(GSC_EARGUMENT, "d_head: d_model %lld is less than n_heads %lld",
                        (long long)o->d_model, (long long)o->n_heads);
    GSC_TRY(check_embedding(o));
    GSC_TRY(resolve_init(o, name, init, inits));
out:
    return status;
}
