/* What an array over a network's weights has for each residue. */
#ifndef GROKSCOPE_RESIDUE_ROWS_H
#define GROKSCOPE_RESIDUE_ROWS_H

#include "grokscope/loaded_model.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Whether a parameter has an axis of tokens or of outputs ("d_vocab", "d_vocab_out"),
 * and the network a table of pairs. */
bool gsc_residue_rows_has(const gsc_loaded_model *loaded, size_t tensor);

/* A row for each residue of an order: the operands' tokens on an axis of tokens, the
 * answers' columns on one of outputs; all other axes side by side. `flat` is an array
 * like the model's weights: these, or a gradient. The caller frees the matrix.
 * GSC_EARGUMENT where the residues have no such order, GSC_EFORMAT where a token or
 * column is out of range. */
int gsc_residue_rows_take(const gsc_loaded_model *loaded, size_t tensor,
                          const double *flat, gsc_residue_order order,
                          gsc_matrix *rows);

#ifdef __cplusplus
}
#endif
#endif
