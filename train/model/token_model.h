/* Models of tokens: what their files share, options first. */
#ifndef GSC_MODEL_TOKEN_MODEL_H
#define GSC_MODEL_TOKEN_MODEL_H

#include "train/model/parts.h"

/* The options of all models of tokens; each architecture has the rows of its own. The
 * first ones are the fields of TransformerLens's HookedTransformerConfig. */
typedef struct gsc_token_model {
    int64_t n_layers, d_model, n_heads, d_head, d_mlp;
    int64_t d_vocab, d_vocab_out, n_ctx;
    int64_t act_fn, normalization_type, positional_embedding_type, attention_dir;
    double eps;            /* of the layer norm */
    int64_t norm_position; /* gsc_norm_position */
    int64_t final_norm;    /* gsc_final_norm */
    double attention_rate; /* 1: attention, 0: a plain sum */
    double attn_scale;     /* what scores are divided by; -1: sqrt(d_head) */
    int64_t rotary_dim;    /* numbers of a head that are turned; 0: all */
    double rotary_base;
    bool rotary_adjacent_pairs;
    bool attn_only, parallel_attn_mlp, gated_mlp, tied;
    int64_t num_experts, experts_per_token; /* 0: one MLP */
    bool normalise_gates;
    double load_balance; /* weight of its loss */
    int64_t readout;     /* gsc_readout */
    double dropout;      /* of what a layer adds to the residual stream */
    int64_t biases, attn_biases, unembed_bias; /* gsc_biases */
    int64_t init; /* gsc_init_kind: whose scales the first weights have */
    char hidden[GSC_OPTION_TEXT_BYTES]; /* of token_mlp: its hidden layers */
    int64_t operands;                   /* gsc_operands */
    bool linear_last;   /* of token_mlp: no activation of its last hidden layer */
    int64_t embed_rank; /* 0: the embedding is one matrix */
    bool own_embeddings, residual;
    /* No option, and false in every configuration: whoever builds the graph a second
     * time may give the transformer's patterns, as the inputs that gsc_given_pattern
     * names. */
    bool has_given_patterns;
} gsc_token_model;

/* The field of a layer's given pattern, [n_heads, n_ctx, n_ctx]. */
void gsc_given_pattern(size_t layer, char name[GSC_NAME_BYTES]);

/* How the operands enter a stack of layers: their embeddings, or their one-hot vectors;
 * side by side or added. */
typedef enum gsc_operands {
    GSC_OPERANDS_CONCATENATED,
    GSC_OPERANDS_SUMMED,
    GSC_OPERANDS_ONE_HOT,
    GSC_OPERANDS_SUMMED_ONE_HOT
} gsc_operands;

/* LNPre is LN without gain and bias, RMSPre is RMS without gain. */
typedef enum gsc_normalization {
    GSC_NORM_NONE,
    GSC_NORM_LN,
    GSC_NORM_LNPRE,
    GSC_NORM_RMS,
    GSC_NORM_RMSPRE
} gsc_normalization;

/* Before attention and MLP and at the end, or after each is added to the stream. */
typedef enum gsc_norm_position { GSC_NORM_BEFORE, GSC_NORM_AFTER } gsc_norm_position;

/* Whether the last block is followed by a norm; by default where blocks have theirs
 * before attention and MLP. */
typedef enum gsc_final_norm {
    GSC_FINAL_NORM_DEFAULT,
    GSC_FINAL_NORM_YES,
    GSC_FINAL_NORM_NO
} gsc_final_norm;

/* What the unembedding reads: every position, or the mean of all. */
typedef enum gsc_readout { GSC_READ_POSITIONS, GSC_READ_MEAN } gsc_readout;

typedef enum gsc_positions {
    GSC_POSITIONS_LEARNED,
    GSC_POSITIONS_SINUSOIDAL,
    GSC_POSITIONS_NONE,
    GSC_POSITIONS_ROTARY
} gsc_positions;

typedef enum gsc_attention_dir { GSC_CAUSAL, GSC_BIDIRECTIONAL } gsc_attention_dir;

typedef enum gsc_init_kind {
    GSC_INIT_DEFAULT, /* the architecture's first; resolved to one of the others */
    GSC_INIT_NANDA,
    GSC_INIT_ZHONG,
    GSC_INIT_PYTORCH,
    GSC_INIT_GROMOV,
    GSC_INIT_ANALYTIC,
    GSC_INIT_CHUGHTAI,
    GSC_INIT_TRANSFORMERLENS,
    GSC_INIT_FURUTA,
    GSC_INIT_MINEGISHI
} gsc_init_kind;

extern const gsc_architecture gsc_architecture_transformer, gsc_architecture_gromov_mlp,
    gsc_architecture_chughtai_mlp, gsc_architecture_zhong_alpha,
    gsc_architecture_zhong_beta, gsc_architecture_zhong_gamma,
    gsc_architecture_zhong_delta, gsc_architecture_token_mlp;

/* Whether an architecture's options are a gsc_token_model. */
bool gsc_is_token_model(const gsc_architecture *architecture);

/* Names of choices, NULL after the last. */
extern const char *const gsc_normalization_names[],
    *const gsc_norm_position_names[], *const gsc_final_norm_names[],
                                          *const gsc_readout_names[],
                                              *const gsc_position_names[],
                                                  *const gsc_attention_dir_names[],
                                                      *const gsc_init_names[],
                                                          *const gsc_operands_names[];

/* ---- Rows of the options, to be put together by each architecture ---- */

#define GSC_TOKEN_SIZES                                                           \
    GSC_ROW_INTEGER(gsc_token_model, d_vocab, "0", 0, 65535,                      \
                    "Number of tokens; 0: as many as the task has."),             \
        GSC_ROW_INTEGER(gsc_token_model, d_vocab_out, "0", 0, 65535,              \
                        "Number of outputs; 0: as many as the loss has labels."), \
        GSC_ROW_INTEGER(gsc_token_model, n_ctx, "0", 0, 16384,                    \
                        "Number of positions; 0: as many as an example has.")
#define GSC_TOKEN_D_MODEL                                      \
    GSC_ROW_INTEGER(gsc_token_model, d_model, "128", 1, 16384, \
                    "Width of the embedding and of the residual stream.")
#define GSC_TOKEN_EMBED_RANK                                                         \
    GSC_ROW_INTEGER(gsc_token_model, embed_rank, "0", 0, 16384,                      \
                    "Columns of A and rows of B where the embedding is a product A " \
                    "B; 0: it is one matrix.")
#define GSC_TOKEN_D_MLP                                      \
    GSC_ROW_INTEGER(gsc_token_model, d_mlp, "512", 1, 65536, \
                    "Neurons in each block, or in the hidden layer.")
#define GSC_TOKEN_ACT_FN                                              \
    GSC_ROW_CHOICE(gsc_token_model, act_fn, "relu", gsc_act_fn_names, \
                   "Activation function of the neurons.")
#define GSC_TOKEN_BIASES                                                 \
    GSC_ROW_CHOICE(gsc_token_model, biases, "trained", gsc_biases_names, \
                   "Biases of the MLP.")
#define GSC_TOKEN_INIT                                                                \
    GSC_ROW_CHOICE(gsc_token_model, init, "default", gsc_init_names,                  \
                   "Scales of the first weights, after a paper or program; default: " \
                   "those of the architecture.")

/* The field "tokens", as a leaf of the graph. */
gsc_node gsc_tokens(gsc_graph *graph, const gsc_dataset *dataset);

/* The table of embeddings [d_vocab, d_model]: the parameter `name`, begun with `start`;
 * or with an embed_rank r the product of embed.W_A [d_vocab, r], begun with `start`,
 * and embed.W_B [r, d_model], Gaussian of deviation 1/sqrt(r), so that the product has
 * the scale of what it stands for (Xu et al., arXiv 2504.13292, section 3). */
gsc_node gsc_token_embedding(gsc_graph *graph, const gsc_token_model *options,
                             const char *name, gsc_initializer start);

/* Fill in the sizes that are left to the dataset, for networks that take `num_tokens`
 * tokens (0: any) and begin with one of the initialisers of the bit set `inits`, the
 * first of which is `init`. */
int gsc_token_model_resolve(gsc_token_model *options, const gsc_dataset *dataset,
                            const char *name, size_t num_tokens, gsc_init_kind init,
                            unsigned inits);

/* Which part a weight plays, for the scale it begins with. */
typedef enum gsc_role {
    GSC_ROLE_EMBEDDING,
    GSC_ROLE_POSITION,
    GSC_ROLE_ATTENTION,
    GSC_ROLE_MLP_IN,
    GSC_ROLE_MLP_OUT,
    GSC_ROLE_UNEMBEDDING,
    GSC_ROLE_BIAS,
    GSC_NUM_ROLES
} gsc_role;

/* How a transformer's weight with `fan_in` inputs begins, by options->init. */
gsc_initializer gsc_role_initializer(const gsc_token_model *options, gsc_role role,
                                     int64_t fan_in);

/* Element (t, i) of fixed positions: sin(t / 10000^(i/d)) for even i,
 * cos(t / 10000^((i-1)/d)) for odd i (Vaswani et al., arXiv 1706.03762, section 3.5).
 */
double gsc_sinusoid(gsc_shape shape, size_t index, uint64_t seed);

#endif
