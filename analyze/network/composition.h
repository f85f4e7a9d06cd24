/* A subject's network on all pairs of the elements of a group, met block by block, so
 * that a table of order^3 logits is never held. */
#ifndef GROKSCOPE_COMPOSITION_H
#define GROKSCOPE_COMPOSITION_H

#include "grokscope/group_metrics.h"

#include "analyze/network/probe.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The group that a subject's task composes: by its name where it has one, else by the
 * table of its answers, so that addition modulo p is C_p, and multiplication modulo a
 * prime, over logarithms, C_(p-1). GSC_EARGUMENT where the answers are no group's. */
int gsc_composition_group(const gsc_subject *subject, gsc_group *group);

typedef struct gsc_composition {
    const gsc_group *group;
    gsc_grid grid;
    gsc_probe probe;
    gsc_matrix map;      /* [neurons, order] what each writes to each answer directly */
    bool has_other_path; /* whether logits are more than neurons times map */
    size_t most_rows;    /* pairs met at once */
    double *logits;      /* of them [most_rows, order] */
    void *neurons;       /* [most_rows, neurons] of the probe's type */
    gsc_group_sums sums; /* once met */
    gsc_scores train, test, all; /* of the logits, over the group's outputs alone */
} gsc_composition;

/* Make ready; subject and group outlive it. GSC_EARGUMENT where the subject's network
 * has no neurons, or composes another group. */
int gsc_composition_init(gsc_composition *self, const gsc_subject *subject,
                         const gsc_group *group);
void gsc_composition_free(gsc_composition *self);

/* Meet all pairs: sums and scores. A forward pass over order^2 examples. `threads` may
 * be NULL; the numbers do not depend on them. */
int gsc_composition_meet(gsc_composition *self, gsc_threads *threads);

/* Excluded loss: the mean over the pairs that were trained on (NaN where they are not
 * known) of the scores of neurons * map less kept[x y] (gsc_group_metrics_keep).
 * Another forward pass. */
int gsc_composition_exclude(gsc_composition *self, const gsc_matrix *kept,
                            gsc_threads *threads, gsc_scores *means);

#ifdef __cplusplus
}
#endif
#endif
