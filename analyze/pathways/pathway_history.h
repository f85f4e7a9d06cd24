/* What the pathways of a run's examples were, and their losses, checkpoint by
 * checkpoint. */
#ifndef GSC_PATHWAYS_PATHWAY_HISTORY_H
#define GSC_PATHWAYS_PATHWAY_HISTORY_H

#include "grokscope/matrix.h"

#include "analyze/pathways/network_routing.h"
#include "analyze/tool/inputs.h"

/* Samples of one split. */
typedef struct gsc_pathway_split {
    size_t samples;
    uint32_t *examples;        /* [samples] */
    gsc_routing_file *routing; /* [count] of the history */
    double *loss;              /* [count, samples] of the first target */
    uint8_t *right;            /* [count, samples] */
    gsc_matrix place; /* [samples, d]: what the network makes of each at the first
                         checkpoint, before any layer of pathways */
} gsc_pathway_split;

typedef struct gsc_pathway_history {
    const char *run; /* the inputs' */
    size_t count;
    int64_t *steps; /* [count] */
    gsc_pathway_split train, test;
} gsc_pathway_history;

/* Of inputs first … first + count - 1, checkpoints of one run in their order; `request`
 * for both splits. GSC_EFORMAT where a checkpoint has not both; what
 * gsc_network_routing_init returns, with the file's name. gsc_pathway_history_free
 * releases it, also after a failure. */
int gsc_pathway_history_init(gsc_pathway_history *history, const gsc_inputs *inputs,
                             size_t first, size_t count, gsc_routing_request request,
                             gsc_threads *threads);
void gsc_pathway_history_free(gsc_pathway_history *history);

/* The checkpoint from which on each sample is memorised, its number or `count`:
 *
 *     l_i(t) <= epsilon and |l_i(t) - l_i(T)| <= delta for all t from there to the last
 * T
 *
 * memorised [samples of split]. */
void gsc_pathway_memorised(const gsc_pathway_history *history,
                           const gsc_pathway_split *split, double epsilon, double delta,
                           size_t *memorised);

/* The test sample that each training sample is paired with, GSC_UNASSIGNED where there
 * are too few: the pairs whose places are nearest in all (sum of squared distances), by
 * assignment. partner [train.samples]. GSC_EMEMORY, GSC_ENUMERIC. */
int gsc_pathway_pairs(const gsc_pathway_history *history, size_t *partner);

/* The routing of some samples of a checkpoint, whose numbers the caller frees with
 * gsc_routing_file_free; embeddings stay the history's. GSC_EMEMORY. */
int gsc_pathway_subset(const gsc_routing_file *all, const size_t *samples, size_t count,
                       gsc_routing_file *subset);

#endif
