/* What in a network has one row for each token, or one row for each input: views,
 * parameters as they are, activations. Asked for by name, it becomes one matrix. */
#ifndef GROKSCOPE_EMBEDDING_H
#define GROKSCOPE_EMBEDDING_H

#include "grokscope/loaded_model.h"
#include "grokscope/threads.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum gsc_embedding_source_kind {
    GSC_EMBEDDING_SOURCE_VIEW,      /* of gsc_view_names */
    GSC_EMBEDDING_SOURCE_PARAMETER, /* "embed.W_E" */
    GSC_EMBEDDING_SOURCE_ACTIVATION /* "neurons", "logits", hook points as
                             "blocks.0.hook_attn_out" */
} gsc_embedding_source_kind;

/* "view", "parameter", "activation" */
extern const char *const gsc_embedding_source_kind_names[];

typedef enum gsc_row_kind {
    GSC_ROW_RESIDUE, /* a residue, or an element of the group */
    GSC_ROW_TOKEN,
    GSC_ROW_OUTPUT, /* a column of the logits */
    GSC_ROW_INPUT,  /* an example of the task */
    GSC_ROW_OTHER
} gsc_row_kind;

/* "residue" ("element" where the rows of a group are no residues), "token", "output",
 * "input", "other". */
const char *gsc_row_kind_name(gsc_row_kind kind, const gsc_binary_table *pairs);

typedef struct gsc_embedding_source {
    char name[GSC_NAME_BYTES];
    gsc_embedding_source_kind kind;
    gsc_row_kind row_kind;
    size_t rows, cols; /* of an activation at one position, over all examples */
    gsc_view view;
    size_t tensor; /* the loaded model's */
    gsc_node node; /* of an activation */
} gsc_embedding_source;

/* All that a loaded model has, views first; the caller frees *sources. What a
 * checkpoint without a network has are its parameters. GSC_EMEMORY. */
int gsc_embedding_sources_list(const gsc_loaded_model *loaded,
                               gsc_embedding_source **sources, size_t *count);

/* Which rows an activation has: one an example, or the mean of the examples with the
 * same a, b or answer c. */
typedef enum gsc_input_rows {
    GSC_INPUT_EACH,
    GSC_INPUT_BY_A,
    GSC_INPUT_BY_B,
    GSC_INPUT_BY_C
} gsc_input_rows;

/* "inputs", "a", "b", "c" */
extern const char *const gsc_input_rows_names[];

/* The examples that are run. */
typedef enum gsc_input_choice {
    GSC_INPUTS_ALL,
    GSC_INPUTS_TRAIN,
    GSC_INPUTS_TEST
} gsc_input_choice;

/* "all", "train", "test" */
extern const char *const gsc_input_choice_names[];

typedef struct gsc_embedding_request {
    const char *tensor; /* the name of a source */
    gsc_input_rows rows;
    gsc_input_choice inputs;
    const char *position; /* "answer", "a", "b", or a number from 0 */
} gsc_embedding_request;

/* A row and what it is of. */
typedef struct gsc_embedding {
    gsc_row_kind kind;
    bool of_outputs; /* ids are columns of the logits */
    gsc_type type; /* float64 where any of the loaded model's parameters is stored so */
    gsc_matrix x;  /* [n, d] */
    int64_t *residues; /* [n] the residue or element of each row; of an example that of
                          its answer; -1: of none */
    int64_t *ids;      /* [n] the token, output column, example or row that it is */
} gsc_embedding;

/* Take a source by its name.
 *   view         one row for each residue, in their order 0 … p-1 (elements of a group
 * in theirs); heads stand side by side in a row parameter    the last axis are columns,
 * all others rows, as they are stored activation   over the examples of the file's
 * task, in its precision, at one position (of scores and patterns that of the query),
 * other axes side by side. "logits" are those of the answers, in the order of the
 * residues. Means have one row for each residue that any example has. GSC_EARGUMENT for
 * a name there is not, with those near it, for choices that only an activation has, a
 * position there is not, or a split that is not known; GSC_EFORMAT for a task that does
 * not fit the network. A forward pass over the examples, of which a block is held
 * beside the rows. `threads` may be NULL; the numbers do not depend on them. On failure
 * the embedding is empty. */
int gsc_embedding_init(gsc_embedding *self, const gsc_loaded_model *loaded,
                       const gsc_embedding_request *request, gsc_threads *threads);
void gsc_embedding_free(gsc_embedding *self);

#ifdef __cplusplus
}
#endif
#endif
