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

/* Of Adam's mean gradient over the root of its mean square. */
typedef struct gsc_adam_constants {
    double beta1, beta2, epsilon;
    int64_t update; /* 0, 1, … */
} gsc_adam_constants;

/* u [n], a gradient, becomes m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + epsilon),
 * t = update + 1; m and v are kept. */
void gsc_adam_direction_f32(const gsc_adam_constants *c, size_t n, float *u, float *m,
                            float *v);
void gsc_adam_direction_f64(const gsc_adam_constants *c, size_t n, double *u, double *m,
                            double *v);

/* The sum of a[i] b[i], in double. */
double gsc_dot_f32(const float *a, const float *b, size_t n);
double gsc_dot_f64(const double *a, const double *b, size_t n);

#endif
