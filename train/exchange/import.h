/* Weights that another program trained, as a network of ours. */
#ifndef GROKSCOPE_IMPORT_H
#define GROKSCOPE_IMPORT_H

#include "grokscope/network.h"

#include "train/exchange/external.h"
#include "train/exchange/naming/naming.h"

#ifdef __cplusplus
extern "C" {
#endif

/* An option that neither tensors nor anybody told, and what it may be: "a,b". */
typedef struct gsc_import_question {
    const char *name, *why; /* why: more than that the tensors do not tell, or NULL */
    char choices[GSC_OPTION_TEXT_BYTES];
} gsc_import_question;

typedef struct gsc_import {
    gsc_config config;   /* of gsc_import_registry: what is known */
    gsc_network network; /* its config is resolved, the one for the file; where is_plain
                            there is nothing else of it */
    bool is_plain;       /* tensors without a network */
    gsc_named named;
    size_t num_tensors;
    gsc_tensor *tensors; /* ours by name and layout */
    size_t num_buffers;  /* tensors left out: masks and the like */
    gsc_text buffers;    /* and their names */
    size_t num_zeros;    /* biases of zeros left out, which the network is known to lack
                          */
    size_t num_added;    /* biases of zeros that others of their kind ask for */
    size_t num_rows_cut; /* positions left out, which no example has */
    gsc_import_question question; /* why gsc_import_init failed, or no name */
} gsc_import;

/* Read the tensors of a dictionary, find their naming (one, or GSC_NUM_NAMINGS; or take
 * `map`, where it is not NULL), and build the network they are of. `known` is
 * gsc_config_unset's with what is known; what the tensors' names and shapes tell is
 * filled in. Of a split that is not known (no data_seed and no split_file) the training
 * set is empty. GSC_EARGUMENT names what is still missing, and import->question too
 * where import_tries.h may find it out; GSC_EFORMAT every tensor that is missing,
 * unexpected or misshapen. */
int gsc_import_init(gsc_import *import, const gsc_external *file,
                    const gsc_value *weights, const gsc_config *known,
                    gsc_naming naming, const gsc_map *map);
void gsc_import_free(gsc_import *import);

/* What a network of any architecture said of every example, as architecture "outputs":
 *   logits     [pairs, outputs]; pairs (a, b) in the order a n + b, all n^2 of them or
 *              those that the task has
 *   neurons    [pairs, n_neurons], or data NULL
 *   embedding  [tokens, d_embed], or data NULL; the first rows are the elements'
 * `known` names the operation and p, or the group. The arrays are taken over, also on
 * failure. GSC_EARGUMENT names what is missing of the task, GSC_EFORMAT the array whose
 * shape is wrong. */
int gsc_import_outputs_init(gsc_import *import, gsc_tensor *logits, gsc_tensor *neurons,
                            gsc_tensor *embedding, const gsc_config *known);

/* Make the data of import->config, whose split may not be known and is none then, and
 * build its network. For gsc_import_init and the like. */
int gsc_import_build(gsc_import *import);

/* What a network answers over all its examples, in double. */
typedef struct gsc_import_scores {
    double norm;                               /* l2 of all weights */
    size_t num_outputs;                        /* 0 of tensors without a network */
    gsc_output_score outputs[GSC_MAX_TARGETS]; /* the first of all; of several
                                           operations one of each after it */
} gsc_import_scores;

int gsc_import_evaluate(const gsc_import *import, gsc_import_scores *scores);

/* The same two of at most so many examples, evenly chosen. */
int gsc_import_sample(const gsc_import *import, size_t most, size_t *num_examples,
                      double *accuracy, double *loss);

#ifdef __cplusplus
}
#endif
#endif
