/* What learns: an architecture, its configuration and the graph it writes. */
#ifndef GROKSCOPE_MODEL_H
#define GROKSCOPE_MODEL_H

#include "grokscope/graph.h"
#include "grokscope/options.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gsc_model_config {
    /* Section "model": the fields of TransformerLens's HookedTransformerConfig. */
    int64_t n_layers, d_model, n_heads, d_head, d_mlp;
    int64_t d_vocab, d_vocab_out, n_ctx;
    int64_t act_fn, normalization_type, positional_embedding_type, attention_dir;
    double eps; /* of the layer norm */

    /* Section "network": what that has no fields for. */
    int64_t architecture;                      /* a row of the table of architectures */
    int64_t norm_position;                     /* gsc_norm_position */
    double attention_rate;                     /* 1: attention, 0: a plain sum */
    int64_t biases, attn_biases, unembed_bias; /* gsc_biases */
    int64_t loss;                              /* gsc_loss_kind */
    int64_t loss_positions;                    /* gsc_loss_positions */
    int64_t answer_position;                   /* -1: as the task has it */

    /* Section "init": how its weights begin. */
    int64_t init; /* gsc_init_kind */
    int64_t seed;
    char init_from[GSC_OPTION_TEXT_BYTES]; /* a checkpoint to take them from, or "" */
} gsc_model_config;

/* In the order of their names. `tensors` is no network: weights whose use is not known.
 */
typedef enum gsc_architecture_kind {
    GSC_TRANSFORMER,
    GSC_ZHONG_ALPHA,
    GSC_ZHONG_BETA,
    GSC_ZHONG_GAMMA,
    GSC_ZHONG_DELTA,
    GSC_GROMOV_MLP,
    GSC_CHUGHTAI_MLP,
    GSC_TENSORS
} gsc_architecture_kind;

typedef enum gsc_act_fn {
    GSC_ACT_RELU,
    GSC_ACT_GELU,
    GSC_ACT_SQUARE,
    GSC_ACT_TANH,
    GSC_ACT_IDENTITY
} gsc_act_fn;

/* LNPre is LN without gain and bias. */
typedef enum gsc_normalization {
    GSC_NORM_NONE,
    GSC_NORM_LN,
    GSC_NORM_LNPRE
} gsc_normalization;

/* Before attention and MLP and at the end, or after each is added to the stream. */
typedef enum gsc_norm_position { GSC_NORM_BEFORE, GSC_NORM_AFTER } gsc_norm_position;

typedef enum gsc_positions {
    GSC_POSITIONS_LEARNED,
    GSC_POSITIONS_SINUSOIDAL,
    GSC_POSITIONS_NONE
} gsc_positions;

typedef enum gsc_attention_dir { GSC_CAUSAL, GSC_BIDIRECTIONAL } gsc_attention_dir;

typedef enum gsc_biases {
    GSC_BIASES_TRAINED,
    GSC_BIASES_FROZEN,
    GSC_BIASES_ABSENT
} gsc_biases;

typedef enum gsc_loss_kind { GSC_CROSS_ENTROPY, GSC_MEAN_SQUARED_ERROR } gsc_loss_kind;

/* The positions whose outputs the loss reads: the answer's, those from it on, all. */
typedef enum gsc_loss_positions {
    GSC_LOSS_ANSWER,
    GSC_LOSS_FROM_ANSWER,
    GSC_LOSS_ALL
} gsc_loss_positions;

typedef enum gsc_init_kind {
    GSC_INIT_DEFAULT, /* the architecture's first; resolved to one of the others */
    GSC_INIT_NANDA,
    GSC_INIT_ZHONG,
    GSC_INIT_PYTORCH,
    GSC_INIT_GROMOV,
    GSC_INIT_ANALYTIC,
    GSC_INIT_CHUGHTAI,
    GSC_INIT_TRANSFORMERLENS
} gsc_init_kind;

enum { GSC_MODEL_SETS = 3 };

/* The keys of the three sections, bound to `config`. */
void gsc_model_options(gsc_model_config *config, gsc_options sets[GSC_MODEL_SETS]);

/* What an analysis may ask of any model: matrices of the parameter domain, with a row a
 * token or an output; those of heads have one of each head. Heads are those of the
 * first layer, neurons those that the answer is made of. What neurons read and write
 * directly goes through no other layer, norm or bias. */
typedef enum gsc_view {
    GSC_VIEW_EMBEDDING,       /* [d_vocab, d_model], a row a token */
    GSC_VIEW_EMBEDDING_RIGHT, /* the second operand's, where it has its own */
    GSC_VIEW_NEURON_IN,       /* [d_vocab, neurons]: what each reads directly */
    GSC_VIEW_NEURON_IN_RIGHT, /* of the second operand, where that differs */
    GSC_VIEW_HEAD_SCORES,     /* [d_vocab, n_heads, d_vocab]: the score that a token has
                                 with each query token at the answer's position */
    GSC_VIEW_HEAD_NEURONS,    /* [d_vocab, n_heads, neurons]: what each reads of a token
                                 through each head */
    GSC_VIEW_UNEMBEDDING,     /* [d_vocab_out, d_model], a row an output */
    GSC_VIEW_NEURON_LOGIT,    /* [d_vocab_out, neurons]: what each writes directly */
    GSC_NUM_VIEWS
} gsc_view;

/* "embedding", …, "neuron_logit", as above. */
extern const char *const gsc_view_names[GSC_NUM_VIEWS];

static inline bool
gsc_view_has_heads(gsc_view view)
{
    return view == GSC_VIEW_HEAD_SCORES || view == GSC_VIEW_HEAD_NEURONS;
}

typedef struct gsc_model {
    gsc_graph *graph;
    gsc_node logits; /* [1, d_vocab_out] at the position that answers */
    gsc_node loss;   /* reads the outputs at num_loss_positions from the first one on */
    size_t first_loss_position, num_loss_positions;
    gsc_node embed;   /* [n_ctx, width]: the tokens' embeddings, positions not added */
    gsc_node neurons; /* [1, neurons] behind the activation, where the answer is made */
    gsc_node views[GSC_NUM_VIEWS]; /* GSC_NO_NODE, as these two, where it has none */
} gsc_model;

/* What a task asks of a model. */
typedef struct gsc_model_needs {
    size_t d_vocab, num_answers, n_ctx, answer_position;
} gsc_model_needs;

/* Fill in what the configuration leaves open: from the task the vocabulary, the outputs
 * (the answers; the vocabulary where the loss reads other positions too), the context
 * and the answer's position; d_head = d_model / n_heads; the architecture's default
 * init. GSC_EARGUMENT where they do not go together. */
int gsc_model_resolve(gsc_model_config *config, const gsc_model_needs *needs);

/* Write the graph of a resolved configuration. GSC_EARGUMENT where the sizes do not
 * make a network. */
int gsc_model_init(gsc_model *model, const gsc_model_config *config);
void gsc_model_free(gsc_model *model);

#ifdef __cplusplus
}
#endif
#endif
