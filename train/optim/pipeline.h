/* How the stages of an optimizer are run: inside. */
#ifndef GSC_OPTIM_PIPELINE_H
#define GSC_OPTIM_PIPELINE_H

#include "train/optim/chosen.h"
#include "train/optim/groups.h"

/* Operations of a program. The first copies what the values begin as; `decay` adds the
 * decay to the gradient, `step` makes new weights of the normalised update. */
typedef enum gsc_operation_kind {
    GSC_OPERATION_COPY,
    GSC_OPERATION_STAGE,
    GSC_OPERATION_DECAY,
    GSC_OPERATION_RULE, /* that of the tensor's group */
    GSC_OPERATION_STEP
} gsc_operation_kind;

typedef struct gsc_operation {
    gsc_operation_kind kind;
    const gsc_chosen_stage *chosen; /* of a stage */
    int phase;
} gsc_operation;

/* Operations that are done for a span before the next span is begun. Its items are
 * spans, or whole tensors. It ends with the sums that the operation after it needs. */
typedef struct gsc_pass {
    size_t first, count;
    bool whole;
    bool sums; /* its first operation needs some, which the pass before makes */
} gsc_pass;

enum { GSC_MAX_OPERATIONS = 4 * GSC_MAX_CHOSEN + 8 };

typedef struct gsc_passes {
    gsc_operation operations[GSC_MAX_OPERATIONS];
    size_t num_operations;
    gsc_pass passes[GSC_MAX_OPERATIONS];
    size_t num_passes;
} gsc_passes;

typedef struct gsc_optimized_tensor {
    gsc_parameter parameter;
    size_t group;
    bool decays, is_hidden_matrix;
    size_t first_span, num_spans;
    void *scratch;
    double sums[GSC_STAGE_SUMS];
} gsc_optimized_tensor;

typedef struct gsc_pipeline {
    gsc_groups groups;
    gsc_chosen_stages *rules; /* of each group, one each */
    double *rates;            /* of each group, in this update */
    bool *fused;              /* groups whose rule does everything in one loop */
    gsc_chosen_stages perturbations, filters, update_filters, projections;
    gsc_passes perturb, update;

    uint64_t seed;
    size_t num_tensors; /* trained */
    gsc_optimized_tensor *tensors;
    size_t num_spans; /* the tensors, in pieces for threads */
    struct gsc_optimizer_span {
        size_t tensor, first, count;
    } * spans;
    double (*partial)[GSC_STAGE_SUMS]; /* sums over each item of a pass */
    double sums[GSC_STAGE_SUMS];       /* over all of them */
    void *perturbed;                   /* weights of the forward pass, or NULL */
    const void *initial;               /* weights, where a decay goes to them */
} gsc_pipeline;

/* Plan both programs from the chosen stages. */
void gsc_pipeline_plan(gsc_pipeline *pipeline, gsc_type type);

/* A run of a program: `values` become what its stages make of them. */
typedef struct gsc_pipeline_run {
    gsc_pipeline *pipeline;
    const gsc_passes *passes;
    gsc_type type;
    size_t num_weights;
    int64_t update;
    const void *weights, *gradient;
    const void *source; /* what values begin as */
    void *values;
} gsc_pipeline_run;

void gsc_pipeline_do(gsc_pipeline_run *run, gsc_threads *threads);

/* A span for a stage, with nothing but what the optimizer and its state say. */
gsc_span gsc_pipeline_span(const gsc_pipeline_run *run, size_t tensor, size_t first,
                           size_t count, const gsc_chosen_stage *chosen);

/* values += decay (w - initial), and values = w - rate decay (w - initial) - step
 * values, the first decay where it is coupled, the second where it is not. */
void gsc_decay_f32(const gsc_span *span), gsc_decay_f64(const gsc_span *span);
void gsc_step_f32(const gsc_span *span, double decay, double step);
void gsc_step_f64(const gsc_span *span, double decay, double step);

#endif
