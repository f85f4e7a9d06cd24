/* All pairs of residues: the table over which logits and neurons are looked at. */
#ifndef GROKSCOPE_GRID_H
#define GROKSCOPE_GRID_H

#include "grokscope/loaded_model.h"
#include "grokscope/pairs.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Row i * n + j is the pair of the residues at places i and j of the order, whose
 * answer stands at place answers[i * n + j] of it. */
typedef struct gsc_grid {
    gsc_residue_order order;
    size_t n;           /* residues: p, or p - 1 over logarithms */
    uint16_t *residues; /* [n] */
    size_t n_ctx, d_vocab;
    uint16_t *inputs;    /* [n * n, n_ctx] tokens */
    uint16_t *answers;   /* [n * n]; GSC_NO_ANSWER where it is not in the order */
    uint16_t *outputs;   /* [n] output column of each place */
    int32_t *constant;   /* [n_ctx] token that all pairs have there, or -1 */
    bool split_is_known; /* whether it is known which pairs were trained on */
    bool *train;         /* [n * n]; all false where it is not */
    uint16_t *labels;    /* [n * n] the output column that a training pair was labelled
                            with,    noise and all; GSC_NO_ANSWER of others */
} gsc_grid;

/* The pairs of a loaded model's operation over an order, answers without noise. With
 * unordered_pairs both (a, b) and (b, a) are rows, and trained on together.
 * GSC_EARGUMENT where the residues have no such order, or the operation is not defined
 * on all pairs of it (a quotient by 0, over the residues themselves). GSC_EFORMAT where
 * the file has no facet binary_table, or one with tokens out of range. */
int gsc_grid_init(gsc_grid *grid, const gsc_loaded_model *loaded,
                  gsc_residue_order order);
void gsc_grid_free(gsc_grid *grid);

/* Rows of the grid's inputs [.., n_ctx], or others like them, as an engine's field. */
gsc_field gsc_grid_tokens(const gsc_grid *grid, const uint16_t *tokens);

/* Whether the answer's place is the sum or the difference of the operands' modulo n.
 * GSC_EARGUMENT with the operation's name where it is neither. */
int gsc_grid_direction(const gsc_grid *grid, const gsc_loaded_model *loaded,
                       gsc_direction *direction);

#ifdef __cplusplus
}
#endif
#endif
