/* What learns: an architecture, its configuration and the graph it writes. */
#ifndef GROKSCOPE_MODEL_H
#define GROKSCOPE_MODEL_H

#include "grokscope/graph.h"
#include "grokscope/keys.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Field names are TransformerLens's HookedTransformerConfig's. */
typedef struct gsc_model_config {
    int64_t n_layers, d_model, n_heads, d_head, d_mlp;
    int64_t d_vocab, d_vocab_out, n_ctx;
    int64_t act_fn, normalization_type, positional_embedding_type, attention_dir;
} gsc_model_config;

/* What is not the network's but its training's beginning. */
typedef struct gsc_init_config {
    int64_t architecture; /* a row of the table of architectures */
    int64_t init;         /* whose initial scales */
    bool train_biases;
    int64_t seed;
} gsc_init_config;

gsc_keys gsc_model_keys(gsc_model_config *config);
gsc_keys gsc_init_keys(gsc_init_config *config);

/* What an analysis may ask of any model: matrices of the parameter domain. */
typedef enum gsc_view {
    GSC_VIEW_EMBEDDING,    /* [d_vocab, d_model], a row a token */
    GSC_VIEW_UNEMBEDDING,  /* [d_vocab_out, d_model], a row an output */
    GSC_VIEW_NEURON_LOGIT, /* [d_vocab_out, neurons]: what each neuron writes directly
                            */
    GSC_NUM_VIEWS
} gsc_view;

/* The names of the views: "embedding", "unembedding", "neuron_logit". */
extern const char *const gsc_view_names[GSC_NUM_VIEWS];

typedef struct gsc_model {
    gsc_graph *graph;
    gsc_node logits; /* [1, d_vocab_out] at the position that answers */
    gsc_node loss;
    gsc_node views[GSC_NUM_VIEWS]; /* GSC_NO_NODE where the model has none */
} gsc_model;

/* Fill in what follows from the task where the configuration leaves it 0: the
 * vocabulary, the outputs (num_answers), the context, d_head = d_model / n_heads. */
int gsc_model_resolve(gsc_model_config *config, size_t d_vocab, size_t num_answers,
                      size_t n_ctx);

/* Write the graph of a resolved configuration. GSC_EARGUMENT where the sizes do not
 * make a network. */
int gsc_model_init(gsc_model *model, const gsc_model_config *config,
                   const gsc_init_config *init);
void gsc_model_free(gsc_model *model);

#ifdef __cplusplus
}
#endif
#endif
