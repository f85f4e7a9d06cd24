/* What a node of a loaded model's graph is over the examples of its task. */
#ifndef GSC_MEASURE_ACTIVATIONS_H
#define GSC_MEASURE_ACTIVATIONS_H

#include "analyze/network/embedding.h"

/* The node's value at a position that the request names, as a node of its own. Names:
 * that of the source, for messages. GSC_EARGUMENT where there is no such position. */
int gsc_activation_node(const gsc_loaded_model *loaded,
                        const gsc_embedding_source *source, const char *position,
                        gsc_node *node);

/* The numbers that it has an example at any one position. */
size_t gsc_activation_width(const gsc_loaded_model *loaded,
                            const gsc_embedding_source *source);

/* Fill kind, x, residues and ids of an embedding, zeroed before. */
int gsc_activations_take(gsc_embedding *self, const gsc_loaded_model *loaded,
                         const gsc_embedding_source *source,
                         const gsc_embedding_request *request, gsc_threads *threads);

/* residues[token] (room for `length`): the residue that a token of the operands, or an
 * output of the answers, is of; -1 where it is of none, or where there are no pairs (n
 * is 0). */
void gsc_residues_of(const gsc_binary_table *pairs, bool outputs, size_t length,
                     int64_t *residues);

#endif
