/* A checkpoint as analyses take it: its weights in double, the model they belong to,
 * and what that model shows. */
#ifndef GROKSCOPE_LOADED_MODEL_H
#define GROKSCOPE_LOADED_MODEL_H

#include "grokscope/binary_table.h"
#include "grokscope/checkpoint.h"
#include "grokscope/config.h"
#include "grokscope/matrix.h"
#include "grokscope/model.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What chooses the type that a loaded model's network is run in. */
typedef enum gsc_run_type {
    GSC_RUN_STORED,  /* float64 where any parameter is stored so, else float32 */
    GSC_RUN_FLOAT32, /* float32, whatever is stored */
    GSC_RUN_FLOAT64  /* float64, whatever is stored */
} gsc_run_type;

/* "stored", "float32", "float64", NULL. */
extern const char *const gsc_run_type_names[];

/* What whoever loads a checkpoint chooses of it. */
typedef struct gsc_loading {
    gsc_run_type type;     /* that its network is run in */
    const char *operation; /* of several, the one whose pairs are looked at; NULL or "":
                              the first */
} gsc_loading;

/* What was worked out of a loaded model, kept for who asks next. */
typedef struct gsc_kept {
    void *value;                  /* NULL: nothing is kept */
    void (*release)(void *value); /* what frees it */
} gsc_kept;

/* What a checkpoint holds, ready to be asked. */
typedef struct gsc_loaded_model {
    gsc_checkpoint checkpoint; /* as it was read */
    bool borrows; /* the checkpoint is another's; its numbers may have changed since */
    gsc_config config;            /* that it was trained with */
    char unknown[GSC_NAME_BYTES]; /* its task or architecture, where the registry has no
                                     such one: it is then one of tensors; or "" */
    gsc_binary_table pairs; /* the facet of that name, of several operations the chosen
                               one's; n is 0 where there is none */
    gsc_model model;        /* rebuilt from the configuration */
    gsc_type type;          /* that the network is run in */
    double *weights;        /* the model's flat array */
    size_t num_weights;
    size_t num_tensors;  /* its parameters, as float64 over that array */
    gsc_tensor *tensors; /* in the order of the model */
    gsc_kept *kept; /* one thing at most, which need not be of the weights that it has
                       by now: who asks for it looks */
} gsc_loaded_model;

/* Read a checkpoint, rebuild its model from the configuration and put its parameters
 * into place. GSC_EFORMAT where a parameter is missing or misshapen, with the file.
 * Several threads may open loaded models at once. */
int gsc_loaded_model_open(gsc_loaded_model *loaded, const char *path);

/* The same where the task or the architecture is one of a client's registry, which
 * outlives the loaded model. */
int gsc_loaded_model_open_with(gsc_loaded_model *loaded, const char *path,
                               const gsc_registry *registry);

/* The same of a checkpoint in memory, whose arrays stay the caller's and outlive the
 * loaded model; the numbers of its parameters are read only here. */
int gsc_loaded_model_of(gsc_loaded_model *loaded, const gsc_checkpoint *checkpoint,
                        const gsc_registry *registry);

/* Release it; takes what is zeroed, half opened or closed. */
void gsc_loaded_model_close(gsc_loaded_model *loaded);

/* Let go of what is kept: of a network that others are asked after. */
void gsc_loaded_model_forget(const gsc_loaded_model *loaded);

/* Blocks of a transformer; 0 of other networks. */
size_t gsc_loaded_model_layers(const gsc_loaded_model *loaded);

/* Heads of a block; 0 of other networks. */
size_t gsc_loaded_model_block_heads(const gsc_loaded_model *loaded);

/* GSC_EFORMAT where there are tensors without a network: of architecture "tensors", or
 * of one that the registry does not have. Then there are no model or views. */
int gsc_loaded_model_need_model(const gsc_loaded_model *loaded);

/* GSC_EFORMAT where it only says what a network answered (architecture "outputs"): what
 * takes parts of a network away, or differentiates it, has nothing to ask then. */
int gsc_loaded_model_need_weights(const gsc_loaded_model *loaded);

/* Whether its data have a facet. */
bool gsc_loaded_model_has(const gsc_loaded_model *loaded, const char *facet);

/* GSC_EFORMAT with the facet's name where they do not. */
int gsc_loaded_model_need(const gsc_loaded_model *loaded, const char *facet);

/* The examples of its data, where the numbers lie in files of others too: they are read
 * when they are first asked for. GSC_EFORMAT where there are none. */
int gsc_loaded_model_data(gsc_loaded_model *loaded);

/* The output column that an example's answer should be, or -1 where the first output is
 * not of labels. */
int32_t gsc_loaded_model_label(const gsc_loaded_model *loaded, size_t example);

/* A view with a row for each residue, in an order (binary_table.h): the rows of the
 * operands' tokens, or of the answers' outputs (unembedding, neuron_logit), so that "="
 * and unused outputs drop out. Of heads it is a stack of such matrices, [heads *
 * residues, …]. head_scores has a column a query: "=" where every example is answered
 * there, else the residues. The caller frees the matrix. GSC_EARGUMENT where the model
 * has no such view, or the residues no such order. */
int gsc_loaded_model_view(const gsc_loaded_model *loaded, gsc_view view,
                          gsc_residue_order order, gsc_matrix *matrix);

/* The same of whatever data: a row for each token (or output), in their own order, one
 * head after the other. GSC_EARGUMENT where the model has no such view. */
int gsc_loaded_model_view_of_tokens(const gsc_loaded_model *loaded, gsc_view view,
                                    gsc_matrix *matrix);

/* Choose the type that its network is run in from now on; one that was opened runs in
 * that of its parameters (GSC_RUN_STORED). The weights stay as they are: float32 rounds
 * them where the network is run, and float64 runs with the numbers that float32 stored.
 * Views are computed in float64, whatever the type. */
void gsc_loaded_model_run_in(gsc_loaded_model *loaded, gsc_run_type type);

/* The same, and which operation's pairs are looked at. GSC_EARGUMENT where it has no
 * such operation, with those it has. */
int gsc_loaded_model_choose(gsc_loaded_model *loaded, const gsc_loading *loading);

/* The parameter of that name, or NULL. */
gsc_tensor *gsc_loaded_model_tensor(const gsc_loaded_model *loaded, const char *name);

/* GSC_EFORMAT where `other`, of a file `name`, has no parameters of the same names and
 * shapes, or its examples other residues: not a step of the same run. */
int gsc_loaded_model_check_same(const gsc_loaded_model *loaded,
                                const gsc_loaded_model *other, const char *name);

/* A copy of all weights in a type, `*weights` to be freed; a run in float32 sees them
 * rounded to it. */
int gsc_loaded_model_weights_as(const gsc_loaded_model *loaded, gsc_type type,
                                void **weights);

/* The sum of the squares of all trained weights, which weight decay shrinks. */
double gsc_loaded_model_sum_of_squares(const gsc_loaded_model *loaded);

/* How many matrices a view stacks: heads, else 1; 0 where the model has no such view.
 */
size_t gsc_loaded_model_heads(const gsc_loaded_model *loaded, gsc_view view);

/* ---- Controls ----
 * What a measure says of weights that cannot have the structure it looks for. */

/* Weights that stand in for a network's own: gsc_loaded_model_control. */
typedef enum gsc_control {
    GSC_CONTROL_INIT,     /* the run's own step 0 */
    GSC_CONTROL_SHUFFLED, /* its rows in random order */
    GSC_CONTROL_RANDOM,   /* Gaussian weights of the same shapes */
    GSC_NUM_CONTROLS
} gsc_control;

/* "init", "shuffled", "random". */
extern const char *const gsc_control_names[GSC_NUM_CONTROLS];

/* Mark the controls of a list as "init,random"; "" has none. GSC_EARGUMENT for another
 * name. */
int gsc_controls_read(const char *list, bool controls[GSC_NUM_CONTROLS]);

/* Put a control's weights in place of the loaded model's.
 *   init      the parameters of `first`, the run's first step file, which has to be
 *             step 0 (GSC_EFORMAT otherwise)
 *   shuffled  the rows of every matrix (a tensor of more axes is a stack of matrices,
 *             all in one new order) and the elements of every vector, in random order
 *   random    every tensor is drawn from a normal distribution of its own root mean
 *             square around 0
 * Draws are numbers of streams "control:<tensor>", seed 0: the same in each call. */
int gsc_loaded_model_control(gsc_loaded_model *loaded, gsc_control control,
                             const char *first);

#ifdef __cplusplus
}
#endif
#endif
