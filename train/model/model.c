/* The table of architectures, their keys, and what a model's configuration leaves to
 * its task. */
#include "grokscope/model.h"

#include "grokscope/error.h"

#include "train/model/architectures.h"

/* ---- The table ---- */

typedef struct architecture {
    gsc_architecture *build;
    size_t n_ctx;         /* the tokens it takes: a and b; 0: any */
    gsc_init_kind init;   /* its own */
    unsigned other_inits; /* a bit each */
} architecture;

static const char *const architecture_names[] = {
    "transformer",  "linear_alpha", "linear_beta",
    "linear_gamma", "linear_delta", "gromov",
    "mlp",          "tensors",      NULL};

static const architecture architectures[] = {
    {gsc_transformer, 0, GSC_INIT_NANDA,
     1 << GSC_INIT_ZHONG | 1 << GSC_INIT_PYTORCH | 1 << GSC_INIT_TRANSFORMERLENS},
    {gsc_linear_alpha, 2, GSC_INIT_ZHONG, 0},
    {gsc_linear_beta, 2, GSC_INIT_ZHONG, 0},
    {gsc_linear_gamma, 2, GSC_INIT_ZHONG, 0},
    {gsc_linear_delta, 2, GSC_INIT_ZHONG, 0},
    {gsc_gromov, 2, GSC_INIT_GROMOV, 1 << GSC_INIT_ANALYTIC},
    {gsc_mlp, 2, GSC_INIT_CHUGHTAI, 0},
    {NULL, 0, GSC_INIT_PYTORCH, 0},
};

/* ---- Keys ---- */

static const char *const init_names[] = {"own",      "nanda",           "zhong",
                                         "pytorch",  "gromov",          "analytic",
                                         "chughtai", "transformerlens", NULL};
static const char *const act_fn_names[] = {"relu", "gelu",     "square",
                                           "tanh", "identity", NULL};
static const char *const normalization_names[] = {"none", "LN", "LNPre", NULL};
static const char *const norm_position_names[] = {"pre", "post", NULL};
static const char *const positional_names[] = {"standard", "sinusoidal", "none", NULL};
static const char *const direction_names[] = {"causal", "bidirectional", NULL};
static const char *const biases_names[] = {"trained", "frozen", "absent", NULL};
static const char *const loss_names[] = {"cross_entropy", "mse", NULL};
static const char *const loss_position_names[] = {"answer", "from_answer", "all", NULL};

const char *const gsc_view_names[GSC_NUM_VIEWS] = {
    "embedding",   "embedding_right", "neuron_in",   "neuron_in_right",
    "head_scores", "head_neurons",    "unembedding", "neuron_logit"};

static const gsc_option model_rows[] = {
    GSC_ROW_INTEGER(gsc_model_config, n_layers, "1", 0, 64, "Transformer blocks."),
    GSC_ROW_INTEGER(gsc_model_config, d_model, "128", 1, 16384,
                    "Width of the residual stream."),
    GSC_ROW_INTEGER(gsc_model_config, n_heads, "4", 1, 256,
                    "Attention heads of a block."),
    GSC_ROW_INTEGER(gsc_model_config, d_head, "0", 0, 16384,
                    "Width of a head; 0: d_model / n_heads, rounded down."),
    GSC_ROW_INTEGER(gsc_model_config, d_mlp, "512", 1, 65536,
                    "Neurons of a block, or of a hidden layer."),
    GSC_ROW_INTEGER(gsc_model_config, d_vocab, "0", 0, 65535,
                    "Tokens; 0: as many as the task has."),
    GSC_ROW_INTEGER(gsc_model_config, d_vocab_out, "0", 0, 65535,
                    "Outputs; 0: as many as the loss has labels."),
    GSC_ROW_INTEGER(gsc_model_config, n_ctx, "0", 0, 1024,
                    "Positions; 0: as many as an example has."),
    GSC_ROW_CHOICE(gsc_model_config, act_fn, "relu", act_fn_names,
                   "Activation of the neurons."),
    GSC_ROW_CHOICE(gsc_model_config, normalization_type, "none", normalization_names,
                   "Layer normalisation; LNPre has no gain and bias."),
    GSC_ROW_REAL(gsc_model_config, eps, "1e-05", 0, 1,
                 "Added to the variance in the layer norm."),
    GSC_ROW_CHOICE(gsc_model_config, positional_embedding_type, "standard",
                   positional_names, "Embedding of positions; standard is learned."),
    GSC_ROW_CHOICE(gsc_model_config, attention_dir, "causal", direction_names,
                   "What a position may attend to; causal: itself and those before."),
};

static const gsc_option network_rows[] = {
    GSC_ROW_CHOICE(gsc_model_config, architecture, "transformer", architecture_names,
                   "What learns; tensors: weights without a network."),
    GSC_ROW_CHOICE(gsc_model_config, norm_position, "pre", norm_position_names,
                   "Place of the layer norm; pre: x + f(LN(x)), post: LN(x + f(x))."),
    GSC_ROW_REAL(gsc_model_config, attention_rate, "1", 0, 1,
                 "Share of attention that is softmax; the rest is 1 everywhere: rate * "
                 "softmax + 1 - rate."),
    GSC_ROW_CHOICE(gsc_model_config, biases, "trained", biases_names,
                   "Biases of the MLP."),
    GSC_ROW_CHOICE(gsc_model_config, attn_biases, "absent", biases_names,
                   "Biases of queries, keys, values and the heads' output."),
    GSC_ROW_CHOICE(gsc_model_config, unembed_bias, "absent", biases_names,
                   "Bias of the unembedding."),
    GSC_ROW_CHOICE(gsc_model_config, loss, "cross_entropy", loss_names,
                   "What is minimised; mse is against the one-hot label."),
    GSC_ROW_CHOICE(gsc_model_config, loss_positions, "answer", loss_position_names,
                   "Positions whose outputs the loss reads."),
    GSC_ROW_INTEGER(gsc_model_config, answer_position, "-1", -1, 1023,
                    "Position whose output is the answer; -1: as the task has it."),
};

static const gsc_option init_rows[] = {
    GSC_ROW_CHOICE(gsc_model_config, init, "own", init_names,
                   "Scales of the first weights; own: those of the architecture."),
    GSC_ROW_INTEGER(gsc_model_config, seed, "0", 0, 9e15,
                    "Seed of the first weights and of the order of batches."),
    GSC_ROW_TEXT(
        gsc_model_config, init_from, "", "FILE",
        "Take the first weights from this checkpoint, or from a run's last one."),
};

void
gsc_model_options(gsc_model_config *config, gsc_options sets[GSC_MODEL_SETS])
{
    sets[0] = (gsc_options){"model", model_rows, sizeof model_rows / sizeof *model_rows,
                            config};
    sets[1] = (gsc_options){"network", network_rows,
                            sizeof network_rows / sizeof *network_rows, config};
    sets[2] =
        (gsc_options){"init", init_rows, sizeof init_rows / sizeof *init_rows, config};
}

/* ---- What the task decides ---- */

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

static int
check_init(const gsc_model_config *c)
{
    const architecture *a = &architectures[c->architecture];
    if (c->init != GSC_INIT_OWN && c->init != (int64_t)a->init &&
        !(a->other_inits & 1u << c->init))
        return gsc_fail(GSC_EARGUMENT, "init: %s has no '%s'; its own is '%s'",
                        architecture_names[c->architecture], init_names[c->init],
                        init_names[a->init]);
    return 0;
}

static int
resolve_init(gsc_model_config *c)
{
    if (c->init == GSC_INIT_OWN)
        c->init = (int64_t)architectures[c->architecture].init;
    return check_init(c);
}

static int
resolve_positions(gsc_model_config *c, const gsc_model_needs *needs)
{
    const architecture *a = &architectures[c->architecture];
    int status = 0;
    GSC_TRY(resolve_size(&c->n_ctx, needs->n_ctx, "n_ctx", "positions"));
    if ((size_t)c->n_ctx != needs->n_ctx)
        return gsc_fail(GSC_EARGUMENT, "n_ctx: %lld, but an example has %zu tokens",
                        (long long)c->n_ctx, needs->n_ctx);
    if (a->n_ctx != 0 && a->n_ctx != needs->n_ctx)
        return gsc_fail(GSC_EARGUMENT,
                        "architecture: %s takes %zu tokens, but an example has %zu; "
                        "layout 'a b' has two",
                        architecture_names[c->architecture], a->n_ctx, needs->n_ctx);
    if (a->n_ctx != 0 && c->loss_positions != GSC_LOSS_ANSWER)
        return gsc_fail(GSC_EARGUMENT,
                        "loss_positions: '%s', but %s has one output, the answer",
                        loss_position_names[c->loss_positions],
                        architecture_names[c->architecture]);
    if (c->answer_position < 0)
        c->answer_position = (int64_t)needs->answer_position;
    if ((size_t)c->answer_position != needs->answer_position)
        return gsc_fail(GSC_EARGUMENT,
                        "answer_position: %lld, but the task has it at %zu",
                        (long long)c->answer_position, needs->answer_position);
out:
    return status;
}

/* What a network without a residual stream has no place for. */
static int
check_plain(const gsc_model_config *c)
{
    const struct {
        const char *name;
        bool asked_for;
    } parts[] = {{"normalization_type", c->normalization_type != GSC_NORM_NONE},
                 {"attention_rate", c->attention_rate < 1},
                 {"attn_biases", c->attn_biases != GSC_BIASES_ABSENT},
                 {"unembed_bias", c->unembed_bias != GSC_BIASES_ABSENT}};
    bool has_stream = architectures[c->architecture].n_ctx == 0;
    for (size_t i = 0; !has_stream && i < sizeof parts / sizeof *parts; i++)
        if (parts[i].asked_for)
            return gsc_fail(GSC_EARGUMENT, "%s: %s has none", parts[i].name,
                            architecture_names[c->architecture]);
    return 0;
}

int
gsc_model_resolve(gsc_model_config *config, const gsc_model_needs *needs)
{
    int status = 0;
    bool answers_only = config->loss_positions == GSC_LOSS_ANSWER;
    GSC_TRY(check_plain(config));
    GSC_TRY(resolve_positions(config, needs));
    GSC_TRY(resolve_size(&config->d_vocab, needs->d_vocab, "d_vocab", "tokens"));
    GSC_TRY(answers_only
                ? resolve_size(&config->d_vocab_out, needs->num_answers, "d_vocab_out",
                               "answers")
                : resolve_size(&config->d_vocab_out, needs->d_vocab, "d_vocab_out",
                               "tokens, which are labels here"));
    if (config->d_head == 0)
        config->d_head = config->d_model / config->n_heads;
    if (config->d_head == 0)
        return gsc_fail(GSC_EARGUMENT, "d_head: d_model %lld is less than n_heads %lld",
                        (long long)config->d_model, (long long)config->n_heads);
    GSC_TRY(resolve_init(config));
out:
    return status;
}

/* ---- A model ---- */

/* The answer's output, and the loss over its positions. A network without positions
 * has one row of outputs, the answer. */
static void
add_loss(gsc_model *model, const gsc_model_config *c, gsc_node outputs)
{
    gsc_graph *g = model->graph;
    gsc_graph_name(g, outputs, "hook_logits");
    bool has_positions = architectures[c->architecture].n_ctx == 0;
    size_t count = has_positions ? (size_t)c->n_ctx : 1;
    size_t answer = has_positions && c->answer_position >= 0
                        ? (size_t)c->answer_position
                        : count - 1;
    size_t first = c->loss_positions == GSC_LOSS_ALL ? 0 : answer;
    size_t rows = c->loss_positions == GSC_LOSS_ANSWER ? 1 : count - first;
    model->logits = gsc_graph_slice(g, outputs, 0, answer, 1);
    if (model->neurons != GSC_NO_NODE)
        model->neurons = gsc_graph_slice(g, model->neurons, 0, answer, 1);
    gsc_node read = gsc_graph_slice(g, outputs, 0, first, rows);
    model->loss = c->loss == GSC_MEAN_SQUARED_ERROR
                      ? gsc_graph_mean_squared_error(g, read)
                      : gsc_graph_cross_entropy(g, read);
    model->first_loss_position = has_positions ? first : (size_t)c->n_ctx - 1;
    model->num_loss_positions = rows;
}

/* A file's configuration need not be a resolved one. */
static int
check_sizes(const gsc_model_config *c)
{
    const struct {
        const char *name;
        int64_t size;
    } sizes[] = {{"d_model", c->d_model}, {"d_mlp", c->d_mlp},
                 {"n_heads", c->n_heads}, {"d_head", c->d_head},
                 {"d_vocab", c->d_vocab}, {"d_vocab_out", c->d_vocab_out},
                 {"n_ctx", c->n_ctx}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        if (sizes[i].size < 1)
            return gsc_fail(GSC_EARGUMENT, "%s: %lld, expected a network's size",
                            sizes[i].name, (long long)sizes[i].size);
    return 0;
}

int
gsc_model_init(gsc_model *model, const gsc_model_config *config)
{
    int status = 0;
    *model = (gsc_model){.logits = GSC_NO_NODE,
                         .loss = GSC_NO_NODE,
                         .embed = GSC_NO_NODE,
                         .neurons = GSC_NO_NODE};
    for (size_t i = 0; i < GSC_NUM_VIEWS; i++)
        model->views[i] = GSC_NO_NODE;
    if (!architectures[config->architecture].build)
        return gsc_fail(GSC_EARGUMENT,
                        "architecture: '%s' is no network; this asks for one",
                        architecture_names[config->architecture]);
    GSC_TRY(check_sizes(config));
    GSC_TRY(check_init(config));
    GSC_TRY(gsc_graph_open(&model->graph));
    add_loss(model, config, architectures[config->architecture].build(model, config));
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
