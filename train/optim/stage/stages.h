/* The library's own stages, one file each, and what these files share.
 *
 * A stage's file is compiled for float and for double; the descriptor stands in the
 * second of them. To add one: its file, a line in the table below, a line in
 * CMakeLists.txt. */
#ifndef GSC_OPTIM_STAGES_H
#define GSC_OPTIM_STAGES_H

#include "grokscope/stage.h"

#include <stddef.h>

/* In the order in which help tells of them. */
/* clang-format off */
#define GSC_STAGE_TABLE(row) \
    row(adamw)               \
    row(adam)                \
    row(sgd)                 \
    row(muon)                \
    row(polar)               \
    row(edge_popup)          \
    row(weight_noise)        \
    row(grokfast_ema)        \
    row(grokfast_ma)         \
    row(orthogonal)          \
    row(subspace)            \
    row(clip)                \
    row(gradient_noise)      \
    row(update_noise)        \
    row(fixed_norm)          \
    row(jiggle)              \
    row(mask)
/* clang-format on */

#define GSC_DECLARE_STAGE(name) extern const gsc_stage gsc_stage_##name;
GSC_STAGE_TABLE(GSC_DECLARE_STAGE)
#undef GSC_DECLARE_STAGE

/* Both types of a kernel, and both in a descriptor. */
#define GSC_STAGE_KERNEL(name) gsc_stage_kernel name##_f32, name##_f64
#define GSC_STAGE_SUM(name) \
    void name##_f32(const gsc_span *, double *), name##_f64(const gsc_span *, double *)
#define GSC_STAGE_OPTIONS(table, type) \
    .rows = table, .num_rows = sizeof table / sizeof *table, .config_size = sizeof(type)

/* Adam's options, and its update of a span whose states are both means:
 * values = m / (sqrt(v / bias2) + epsilon), still to be divided by 1 - beta1^t. */
typedef struct gsc_adam_config {
    double beta1, beta2, epsilon;
} gsc_adam_config;

void gsc_adam_normalise_f32(const gsc_span *span, const gsc_adam_config *config);
void gsc_adam_normalise_f64(const gsc_span *span, const gsc_adam_config *config);

/* What is left: 1 / (1 - beta1^t), t = update + 1. */
double gsc_adam_bias(double beta1, int64_t update);

/* The sum of a[i] b[i], in double. */
double gsc_dot_f32(const float *a, const float *b, size_t n);
double gsc_dot_f64(const double *a, const double *b, size_t n);

#endif
