/* Stages of an optimizer: what may happen between the weights of one step and those of
 * the next.
 *
 *     weights -> perturbations -> forward and backward pass -> gradient -> filters
 *             -> rule -> normalised update -> update filters
 *             -> decay and step -> projections -> weights
 *
 * A stage is one descriptor. Its kernel changes numbers in place, a span of one tensor
 * at a time; the pipeline hands it the span, calls it from many threads, and keeps its
 * state. Neighbouring stages that need no sums share one pass over the memory. The
 * library's own stages are no different from those that a client adds. */
#ifndef GROKSCOPE_STAGE_H
#define GROKSCOPE_STAGE_H

#include "grokscope/graph.h"
#include "grokscope/options.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What the values are that a kernel changes. */
typedef enum gsc_stage_kind {
    GSC_STAGE_PERTURBATION,  /* the weights that the forward pass sees */
    GSC_STAGE_FILTER,        /* the gradient */
    GSC_STAGE_RULE,          /* in: the gradient; out: the normalised update */
    GSC_STAGE_UPDATE_FILTER, /* the normalised update */
    GSC_STAGE_PROJECTION,    /* the weights after the update */
    GSC_NUM_STAGE_KINDS
} gsc_stage_kind;

/* What a kernel must know beside the numbers of its span. */
typedef enum gsc_scope {
    GSC_SCOPE_ELEMENT, /* nothing */
    GSC_SCOPE_TENSOR,  /* sums over the tensor */
    GSC_SCOPE_ALL,     /* sums over all trained tensors; not for rules */
    GSC_SCOPE_WHOLE    /* rows and columns: its span is the whole tensor */
} gsc_scope;

/* Limits of a stage. */
enum {
    GSC_STAGE_STATES = 6, /* arrays that it keeps */
    GSC_STAGE_SUMS = 4,   /* sums that a phase makes */
    GSC_STAGE_PHASES = 2  /* passes over the numbers before `apply` */
};

/* What an array that a stage keeps is of. */
typedef enum gsc_state_type {
    GSC_STATE_WEIGHTS, /* a number of the weights' type for each weight */
    GSC_STATE_DOUBLES, /* a double for each weight */
    GSC_STATE_SCALAR   /* one double */
} gsc_state_type;

/* An array that a stage keeps from update to update; it begins with zeros. Names are
 * those of the datasets in a resume file, so each is used once; rules of several
 * groups share arrays of one name and type. */
typedef struct gsc_state_row {
    const char *name;    /* of its dataset in resume files: "moment1" */
    gsc_state_type type; /* of its numbers */
    size_t (*copies)(const void *config); /* arrays for each weight; NULL: one */
} gsc_state_row;

/* What a kernel works on: part of a tensor, or all of it. Arrays begin with the span's
 * first element. */
typedef struct gsc_span {
    const void *config;             /* the stage's own values */
    const gsc_parameter *parameter; /* the tensor */
    bool is_hidden_matrix; /* of two axes or more, and neither what examples meet first
                              nor what writes the predictions */
    size_t first, count;   /* elements of the flat array of weights */
    size_t num_weights;    /* length of that array */
    int64_t update;        /* its number, from 0 on */
    double rate, decay;    /* learning rate and weight decay of the tensor */
    uint64_t seed, stream; /* of the stage's random numbers */
    const void *weights;   /* the weights before the update */
    const void *gradient;  /* as the backward pass left it; NULL before it */
    const void *initial;   /* what the decay goes to; NULL: zero */
    void *values;          /* what the kernel changes, by the stage's kind */
    /* Copy k of an array lies k * num_weights elements after the first. A scalar may
     * be changed only by `begin`. */
    void *state[GSC_STAGE_STATES];
    const double *sums; /* that `add` of this and of former phases made */
    int phase;          /* 0, or 1 in the second pass */
    void *scratch;      /* of a whole tensor: as many numbers as the stage asked for */
} gsc_span;

/* What works on a span, in place. */
typedef void gsc_stage_kernel(const gsc_span *span);

/* The descriptor of a stage. What is left out is 0 or NULL. */
typedef struct gsc_stage {
    const char *name;       /* as options have it: "grokfast_ema" */
    const char *purpose;    /* a sentence for --help */
    gsc_stage_kind kind;    /* what it changes */
    gsc_scope scope;        /* what it has to know */
    const gsc_option *rows; /* its options */
    size_t num_rows;
    size_t config_size; /* of the struct of their values */
    /* Whether it can work with these values on this network; NULL: on any. The message
     * begins with the stage's key and name. */
    int (*check)(const void *config, const gsc_graph *graph);
    gsc_state_row states[GSC_STAGE_STATES]; /* up to the first without a name */
    int num_phases;                         /* 0 stands for 1 */
    /* By gsc_type; the same function may stand for both. `add` adds the span's part of
     * the phase's sums, in double, to sums[…]; totals are made in a fixed order. */
    gsc_stage_kernel *apply[2];
    void (*add[2])(const gsc_span *span, double *sums);
    /* Called at step 0 for one span after another: weights are the initial ones. That
     * of a rule comes last, and may change these, as values. May be NULL. */
    gsc_stage_kernel *begin[2];
    /* Of a filter: what a gradient that never changes is multiplied by; NULL: 1. */
    double (*slow_gain)(const void *config);

    /* Only for rules. Without them a rule's step is
     *   w' = w - rate decay (w - initial) - rate scale u,   u the normalised update,
     * where decay is 0 unless `decoupled`; else decay (w - initial) is added to the
     * gradient before `apply`. */
    bool decoupled;
    /* It has no step: `apply` makes the new weights, decay and all, of what the rule
     * keeps itself. No update filter works with it. */
    bool makes_weights;
    double (*scale)(const void *config, int64_t update); /* NULL: 1 */
    size_t min_rank;                    /* axes that a tensor must have */
    size_t (*scratch)(gsc_shape shape); /* numbers of the weights' type, or NULL */
    /* All of it in one loop, from gradient and weights to values, for decay to zero
     * where nothing stands between; may be NULL. */
    gsc_stage_kernel *fused[2];
} gsc_stage;

/* The library's own stages and a client's (which may be none). */
typedef struct gsc_stages {
    const gsc_stage *const *own; /* the client's */
    size_t num_own;
} gsc_stages;

/* Stage number `index`, the library's before the client's; NULL past the last.
 * `stages` NULL stands for only the library's, here and below. */
const gsc_stage *gsc_stage_at(const gsc_stages *stages, size_t index);

/* The key of a configuration that chooses stages of a kind: "filters". */
const char *gsc_stage_key(gsc_stage_kind kind);

/* Add a line of help for each stage of a kind and for each of its options, but for
 * those of rules that are keys of the configuration (optimizer.h). */
int gsc_stage_add_help(const gsc_stages *stages, gsc_stage_kind kind, size_t width,
                       gsc_text *text);

/* Standard normal numbers of a span: number i of out is a function only of the stage's
 * seed and stream, the update and the weight. About 60 ns a number. */
void gsc_stage_normal(const gsc_span *span, double *out, size_t first, size_t count);

#ifdef __cplusplus
}
#endif
#endif
