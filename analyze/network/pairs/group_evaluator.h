/* A loaded model's network on all pairs of the elements of a group, block by block,
 * so that a table of order^3 logits is never held. */
#ifndef GROKSCOPE_GROUP_EVALUATOR_H
#define GROKSCOPE_GROUP_EVALUATOR_H

#include "grokscope/group_metrics.h"

#include "analyze/network/evaluator.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The group that a loaded model's task composes: by its name where it has one, else by
 * its answers, so that addition modulo p is C_p, and multiplication modulo
 * a prime, over logarithms, C_(p-1). GSC_EARGUMENT where the answers are no group's. */
int gsc_group_evaluator_find_group(const gsc_loaded_model *loaded, gsc_group *group);

typedef struct gsc_group_evaluator {
    const gsc_group *group;
    gsc_grid grid;
    gsc_evaluator evaluator;
    gsc_matrix map;      /* [neurons, order] what each writes to each answer directly */
    bool has_other_path; /* whether logits are more than neurons times map */
    size_t most_rows;    /* pairs run at once */
    double *logits;      /* of them [most_rows, order] */
    void *neurons;       /* [most_rows, neurons] of the evaluator's type */
    gsc_group_sums sums; /* once run */
    gsc_scores train, test, all; /* of the logits, only over the group's outputs */
} gsc_group_evaluator;

/* Make ready; loaded model and group outlive it. GSC_EARGUMENT where the loaded model's
 * network has no neurons, or composes another group. */
int gsc_group_evaluator_init(gsc_group_evaluator *self, const gsc_loaded_model *loaded,
                             const gsc_group *group);
void gsc_group_evaluator_free(gsc_group_evaluator *self);

/* Run all pairs: sums and scores. A forward pass over order^2 examples. `threads` may
 * be NULL; the numbers do not depend on them. */
int gsc_group_evaluator_run(gsc_group_evaluator *self, gsc_threads *threads);

/* Excluded loss: the mean over the pairs that were trained on (NaN where they are not
 * known) of the scores of neurons * map less kept[x y] (gsc_group_metrics_keep).
 * Another forward pass. */
int gsc_group_evaluator_exclude(gsc_group_evaluator *self, const gsc_matrix *kept,
                                gsc_threads *threads, gsc_scores *means);

#ifdef __cplusplus
}
#endif
#endif
