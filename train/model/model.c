/* The table of architectures, their keys, and what a model's configuration leaves to
 * its task. */
#include "grokscope/model.h"

#include "architectures.h"

#include "grokscope/error.h"

static const char *const architecture_names[] = {"transformer", NULL};
static gsc_architecture *const architectures[] = {gsc_transformer};

static const char *const init_names[] = {"nanda", NULL};
static const char *const act_fn_names[] = {"relu", NULL};
static const char *const normalization_names[] = {"none", NULL};
static const char *const positional_names[] = {"standard", NULL};
static const char *const direction_names[] = {"causal", NULL};

const char *const gsc_view_names[GSC_NUM_VIEWS] = {"embedding", "unembedding",
                                                   "neuron_logit"};

static const gsc_key model_rows[] = {
    GSC_ROW_INTEGER(gsc_model_config, n_layers, "1", 0, 64, "transformer blocks"),
    GSC_ROW_INTEGER(gsc_model_config, d_model, "128", 1, 16384,
                    "width of the residual stream"),
    GSC_ROW_INTEGER(gsc_model_config, n_heads, "4", 1, 256, "attention heads a block"),
    GSC_ROW_INTEGER(gsc_model_config, d_head, "0", 0, 16384,
                    "width of a head; 0: d_model / n_heads"),
    GSC_ROW_INTEGER(gsc_model_config, d_mlp, "512", 1, 65536, "neurons a block"),
    GSC_ROW_INTEGER(gsc_model_config, d_vocab, "0", 0, 65535,
                    "tokens; 0: as many as the task has"),
    GSC_ROW_INTEGER(gsc_model_config, d_vocab_out, "0", 0, 65535,
                    "outputs; 0: as many as the task has answers"),
    GSC_ROW_INTEGER(gsc_model_config, n_ctx, "0", 0, 1024,
                    "positions; 0: as many as an example has"),
    GSC_ROW_CHOICE(gsc_model_config, act_fn, "relu", act_fn_names,
                   "the neurons' activation"),
    GSC_ROW_CHOICE(gsc_model_config, normalization_type, "none", normalization_names,
                   "layer normalisation"),
    GSC_ROW_CHOICE(gsc_model_config, positional_embedding_type, "standard",
                   positional_names, "learned positions are 'standard'"),
    GSC_ROW_CHOICE(gsc_model_config, attention_dir, "causal", direction_names,
                   "what a position may attend to"),
};

static const gsc_key init_rows[] = {
    GSC_ROW_CHOICE(gsc_init_config, architecture, "transformer", architecture_names,
                   "what learns"),
    GSC_ROW_CHOICE(gsc_init_config, init, "nanda", init_names,
                   "whose scales the first weights have"),
    GSC_ROW_BOOL(gsc_init_config, train_biases, "yes",
                 "train the biases of the MLP, which start at 0"),
    GSC_ROW_INTEGER(gsc_init_config, seed, "0", 0, 9e15, "seed of the first weights"),
};

gsc_keys
gsc_model_keys(gsc_model_config *config)
{
    return (gsc_keys){"model", model_rows, sizeof model_rows / sizeof *model_rows,
                      config};
}

gsc_keys
gsc_init_keys(gsc_init_config *config)
{
    return (gsc_keys){"init", init_rows, sizeof init_rows / sizeof *init_rows, config};
}

/* A size that the configuration gives, or 0 for the one that the task needs. */
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

int
gsc_model_resolve(gsc_model_config *config, size_t d_vocab, size_t num_answers,
                  size_t n_ctx)
{
    int status = 0;
    GSC_TRY(resolve_size(&config->d_vocab, d_vocab, "d_vocab", "tokens"));
    GSC_TRY(resolve_size(&config->d_vocab_out, num_answers, "d_vocab_out", "answers"));
    GSC_TRY(resolve_size(&config->n_ctx, n_ctx, "n_ctx", "positions"));
    if ((size_t)config->n_ctx != n_ctx)
        return gsc_fail(GSC_EARGUMENT, "n_ctx: %lld, but an example has %zu tokens",
                        (long long)config->n_ctx, n_ctx);
    if (config->d_head == 0 && config->d_model % config->n_heads != 0)
        return gsc_fail(GSC_EARGUMENT,
                        "d_head: d_model %lld is no multiple of n_heads %lld",
                        (long long)config->d_model, (long long)config->n_heads);
    if (config->d_head == 0)
        config->d_head = config->d_model / config->n_heads;
out:
    return status;
}

int
gsc_model_init(gsc_model *model, const gsc_model_config *config,
               const gsc_init_config *init)
{
    int status = 0;
    *model = (gsc_model){.logits = GSC_NO_NODE, .loss = GSC_NO_NODE};
    for (size_t i = 0; i < GSC_NUM_VIEWS; i++)
        model->views[i] = GSC_NO_NODE;
    GSC_TRY(gsc_graph_open(&model->graph));
    architectures[init->architecture](model, config, init);
    GSC_TRY(gsc_graph_status(model->graph));
out:
    if (status < 0)
        gsc_model_free(model);
    return status;
}

void
gsc_model_free(gsc_model *model)
{
    gsc_graph_close(model->graph);
    *model = (gsc_model){0};
}
