/* Between the flat array of a graph's weights and the tensors of a checkpoint. */
#ifndef GROKSCOPE_WEIGHTS_H
#define GROKSCOPE_WEIGHTS_H

#include "grokscope/checkpoint.h"
#include "grokscope/graph.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The parameters of a graph as tensors over its flat array; the caller frees the array
 * of only tensors. */
int gsc_weights_tensors(const gsc_graph *graph, gsc_type type, void *weights,
                        gsc_tensor **tensors, size_t *count);

/* Whether a checkpoint has the parameters of a graph and no others, in their shapes:
 * where a file chose the graph, before anything as large is allocated. GSC_EFORMAT
 * where one is missing, of another shape, or not one of the graph's. */
int gsc_weights_check(const gsc_graph *graph, const gsc_checkpoint *checkpoint);

/* Put a checkpoint's tensors into the flat array, by name, converted to `type`.
 * Errors as gsc_weights_check. */
int gsc_weights_place(const gsc_graph *graph, const gsc_checkpoint *checkpoint,
                      gsc_type type, void *weights);

/* The same from a file: a checkpoint, a run folder (its last step) or FOLDER@STEP. The
 * message names the file. */
int gsc_weights_read(const gsc_graph *graph, const char *source, gsc_type type,
                     void *weights);

/* The same of the parameters whose names are those of `patterns` (gsc_text_matches);
 * the others stay as they are. GSC_EARGUMENT where a pattern is of no parameter. */
int gsc_weights_read_some(const gsc_graph *graph, const char *source,
                          const char *patterns, gsc_type type, void *weights);

/* Put the tensor `from` of a file into the parameter `to`, of the same shape.
 * GSC_EFORMAT where the file has no such tensor or another shape; the graph has the
 * parameter. */
int gsc_weights_read_as(const gsc_graph *graph, const char *source, const char *from,
                        const char *to, gsc_type type, void *weights);

#ifdef __cplusplus
}
#endif
#endif
