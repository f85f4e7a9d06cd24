/* Components drawn at random in place of those that were named. */
#ifndef GSC_ABLATION_DRAW_H
#define GSC_ABLATION_DRAW_H

#include "grokscope/loaded_model.h"

#include "analyze/network/part/components.h"

/* What they are drawn from. */
typedef enum gsc_draw_pool {
    GSC_DRAW_NONE,
    GSC_DRAW_NON_KEY, /* circles: others that are no key frequency of the embedding */
    GSC_DRAW_OTHERS,  /* all that were not named */
    GSC_DRAW_ALL      /* all of the kind, where there are fewer others */
} gsc_draw_pool;

/* "none", "non-key", "others", "all" */
extern const char *const gsc_draw_pool_names[];

/* Put as many marks elsewhere, evenly drawn: the first pool of the above that has
 * enough. marks [count] of a kind that is no tensor, whose sizes differ; draw `number`
 * of a seed is the same on every machine. GSC_EMEMORY; of circles those of
 * gsc_loaded_model_view. */
int gsc_ablation_draw(const gsc_loaded_model *loaded, gsc_component_kind kind,
                      uint64_t seed, size_t number, bool *marks, size_t count,
                      gsc_draw_pool *pool);

#endif
