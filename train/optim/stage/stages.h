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
    row(sgd)
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


#endif
