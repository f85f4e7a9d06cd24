/* What the tables of the measure "groups" share. */
#ifndef GSC_MEASURE_GROUP_RUN_H
#define GSC_MEASURE_GROUP_RUN_H

#include "grokscope/measure.h"

#include "analyze/network/pairs/group_evaluator.h"

/* A subgroup that is asked after. */
typedef struct gsc_group_subgroup {
    char *name; /* its generators, in words */
    size_t order, num_cosets;
    uint16_t *cosets[2]; /* [order of the group] by gsc_side */
} gsc_group_subgroup;

/* What all checkpoints of a run have in common. */
typedef struct gsc_group_run {
    gsc_group group;
    gsc_irreps irreps;
    bool has_keys; /* false: each checkpoint has its own */
    size_t num_keys;
    size_t *keys;         /* [irreps.count] indices, the most similar first */
    size_t num_subgroups; /* of the table that asks for them */
    gsc_group_subgroup *subgroups;
} gsc_group_run;

extern const gsc_measure_options gsc_group_options;

int gsc_group_run_prepare(size_t table, const void *options,
                          gsc_run_context *run_context, void **state);
void gsc_group_run_release(void *state);

/* What one checkpoint's network says of the group. */
typedef struct gsc_group_findings {
    const gsc_group_run *run;
    gsc_group_evaluator group_evaluator; /* run */
    double *similarity;                  /* [irreps.count] */
    double explained;
    size_t num_keys; /* those that count here */
    size_t *keys;
} gsc_group_findings;

/* gsc_group_findings_free releases it, also after a failure. */
int gsc_group_findings_init(gsc_group_findings *self,
                            const gsc_measure_request *request);
void gsc_group_findings_free(gsc_group_findings *self);

/* The similarity from which on a representation counts as learned, which gives their
 * order: Chughtai et al., determine_key_rep_order.py. */
#define GSC_LEARNED_SIMILARITY 0.05

/* The tables that ask for subgroups; those after them too. */
enum { GSC_GROUP_COSETS = 2, GSC_GROUP_NEURONS = 3, GSC_GROUP_BOUND = 4 };

/* Weights with one row for each element: the operands' embeddings, as the first layer
 * reads them where nothing but a product is between (the paper's W_x W), the table of
 * tokens where attention is; and what neurons write to the answers, W_U or W_out W_U.
 */
enum { GSC_GROUP_MATRICES = 3 };
extern const char *const gsc_group_matrix_names[GSC_GROUP_MATRICES]; /* "x" "y" "U" */
int gsc_group_matrix(const gsc_loaded_model *loaded, size_t which, gsc_matrix *matrix);

#endif
