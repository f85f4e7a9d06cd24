/* What the answer's position attends to, over all pairs of residues. */
#ifndef GROKSCOPE_ATTENTION_H
#define GROKSCOPE_ATTENTION_H

#include "grokscope/loaded_model.h"
#include "grokscope/threads.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Of the first layer, as the views of heads are (model.h). */
typedef struct gsc_attention {
    size_t n, heads, n_ctx;
    float
        *weight; /* [heads, n_ctx, n, n]: of head h to position t at the pair (a, b) */
} gsc_attention;

/* Whether a loaded model's model has any. */
bool gsc_attention_is_there(const gsc_loaded_model *loaded);

/* Run the loaded model over all pairs of an order. The part of a forward pass over n^2
 * examples that comes before the pattern. GSC_EARGUMENT for a model without attention;
 * errors of gsc_grid_init. `threads` may be NULL. */
int gsc_attention_init(gsc_attention *attention, const gsc_loaded_model *loaded,
                       gsc_residue_order order, gsc_threads *threads);
void gsc_attention_free(gsc_attention *attention);

#ifdef __cplusplus
}
#endif
#endif
