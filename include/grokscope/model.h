/* What learns: an architecture, its options and the graph it writes. */
#ifndef GROKSCOPE_MODEL_H
#define GROKSCOPE_MODEL_H

#include "grokscope/dataset.h"
#include "grokscope/graph.h"
#include "grokscope/loss.h"
#include "grokscope/options.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What an analysis may ask of a model of tokens: matrices of the parameter domain, with
 * one row for each token or an output; those of heads have one of each head. Heads are
 * those of the first layer, neurons those that the answer is made of. What neurons read
 * and write directly goes through no other layer, norm or bias. */
typedef enum gsc_view {
    GSC_VIEW_EMBEDDING,       /* [d_vocab, d_model], one row for each token */
    GSC_VIEW_EMBEDDING_RIGHT, /* the second operand's, where it has its own */
    GSC_VIEW_NEURON_IN,       /* [d_vocab, neurons]: what each reads directly */
    GSC_VIEW_NEURON_IN_RIGHT, /* of the second operand, where that differs */
    GSC_VIEW_HEAD_SCORES,     /* [d_vocab, n_heads, d_vocab]: the score that a token has
                                 with each query token at the answer's position */
    GSC_VIEW_HEAD_NEURONS,    /* [d_vocab, n_heads, neurons]: what each reads of a token
                                 through each head */
    GSC_VIEW_UNEMBEDDING,     /* [outputs, d_model], one row for each output */
    GSC_VIEW_NEURON_LOGIT,    /* [outputs, neurons]: what each writes directly */
    GSC_NUM_VIEWS
} gsc_view;

/* "embedding", …, "neuron_logit", in the order above. */
extern const char *const gsc_view_names[GSC_NUM_VIEWS];

/* Whether a view has a matrix for each head. */
static inline bool
gsc_view_has_heads(gsc_view view)
{
    return view == GSC_VIEW_HEAD_SCORES || view == GSC_VIEW_HEAD_NEURONS;
}

/* One output of a model: a target of the dataset, and the nodes that answer it. */
typedef struct gsc_output_node {
    gsc_target target;   /* the target that it answers */
    gsc_node prediction; /* what is predicted, [num_positions, width] */
    gsc_node loss;       /* the target's loss, a scalar */
    gsc_node metric;     /* that says which examples are right, or the loss itself */
} gsc_output_node;

/* An architecture: what struct gsc_architecture below tells. */
typedef struct gsc_architecture gsc_architecture;

/* A loss of the network itself, which is minimised beside those of the targets: how
 * unevenly its experts are loaded. */
typedef struct gsc_penalty {
    gsc_node loss; /* a scalar */
    double weight; /* in what is minimised */
} gsc_penalty;

/* Limit of a model. */
enum { GSC_MAX_PENALTIES = 64 /* losses of the network itself */ };

/* A network: its graph, and the nodes of it that others ask for. */
typedef struct gsc_model {
    const gsc_architecture *architecture; /* the architecture that wrote the graph */
    gsc_graph *graph;                     /* of all that it computes */
    size_t num_outputs;
    gsc_output_node outputs[GSC_MAX_TARGETS]; /* one for each target */
    size_t num_penalties;
    gsc_penalty penalties[GSC_MAX_PENALTIES]; /* losses beside those of the targets */
    gsc_node predictions; /* [positions, width]: at every position, or the only one */
    gsc_node logits;      /* [1, width] of the first output's first position */
    gsc_node embed;   /* [n_ctx, width]: the tokens' embeddings, positions not added */
    gsc_node neurons; /* [1, neurons] after the activation, where the answer is made */
    gsc_node views[GSC_NUM_VIEWS]; /* GSC_NO_NODE, as these two, where it has none */
} gsc_model;

/* An architecture: one file in train/model, or a client's own. */
struct gsc_architecture {
    const char *name;          /* as the option architecture has it: "transformer" */
    const char *purpose;       /* one line, for help */
    const gsc_option *options; /* rows of its table */
    size_t num_options;
    size_t size; /* of the struct that holds their values */
    /* Fill in what the options leave to the dataset's fields and targets.
     * GSC_EARGUMENT where they do not go together. */
    int (*resolve)(void *options, const gsc_dataset *dataset);
    /* Write the graph, which is open and empty, and the views; return the predictions
     * [positions, width]. Mistakes in the sizes show in gsc_graph_status. Only names,
     * shapes and ranges of the dataset's fields are there, no data. */
    gsc_node (*build)(gsc_model *model, const void *options,
                      const gsc_dataset *dataset);
};

/* The built-in ones, NULL after the last. */
extern const gsc_architecture *const gsc_builtin_architectures[];

/* Weights without a network: `build` is NULL. */
extern const gsc_architecture gsc_architecture_tensors;

/* What the targets ask of the predictions: [positions, width]. GSC_EARGUMENT where they
 * ask for different widths. */
int gsc_model_width(const gsc_dataset *dataset, size_t *width);

/* What is predicted, of what an architecture says, f(x, theta):
 *
 *     scale f(x, theta)   or, centred,   scale (f(x, theta) - f(x, theta_0))
 *
 * theta_0 the weights of step 0, which then are fixed parameters "initial.…" of the
 * graph. A large scale makes a network lazy (Chizat et al., arXiv 1812.07956). */
typedef struct gsc_predictor {
    double scale; /* of all predictions; 1: as they are */
    bool centred; /* those of the first weights are taken away */
} gsc_predictor;

/* Write the graph of resolved options, with an output for each target. `losses`: those
 * that targets may name, or NULL for the built-in ones; `predictor` NULL: f itself.
 * GSC_EARGUMENT where they make no network, GSC_EFORMAT where a target's loss is not
 * there or does not go with its field. */
int gsc_model_init(gsc_model *model, const gsc_architecture *architecture,
                   const void *options, const gsc_dataset *dataset,
                   const gsc_loss *const *losses, const gsc_predictor *predictor);

/* Release it; takes what is zeroed or freed. */
void gsc_model_free(gsc_model *model);

/* The position of the predictions that `logits` is. */
size_t gsc_model_answer_position(const gsc_model *model);

#ifdef __cplusplus
}
#endif
#endif
