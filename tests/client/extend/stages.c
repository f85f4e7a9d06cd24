/* Stages of the optimizer, one of each of three kinds:
 *
 *     signum   a rule (Bernstein et al., arXiv 1802.04434): m = keep m + (1 - keep) g,
 *              and the update is sign(m)
 *     limit    a filter: every element of the gradient within +-most
 *     box      a projection: every weight within +-side
 *
 * A kernel changes a span of numbers in place. What it remembers is named, so that
 * resume files keep it. */
#include "parts.h"

#include <math.h>

typedef struct signum_options {
    double keep;
} signum_options;

typedef struct limit_options {
    double most;
} limit_options;

typedef struct box_options {
    double side;
} box_options;

static const gsc_option signum_rows[] = {
    GSC_ROW_REAL(signum_options, keep, "0.8", 0, 1, "what the mean keeps an update")};
static const gsc_option limit_rows[] = {
    GSC_ROW_REAL(limit_options, most, "1", 0, 1e9, "greatest element")};
static const gsc_option box_rows[] = {
    GSC_ROW_REAL(box_options, side, "1", 0, 1e9, "greatest weight")};

#define STAGES(real, ending)                                             \
    static void signum_##ending(const gsc_span *span)                    \
    {                                                                    \
        const signum_options *o = span->config;                          \
        real *u = span->values, *m = span->state[0];                     \
        for (size_t i = 0; i < span->count; i++) {                       \
            m[i] = (real)o->keep * m[i] + (real)(1 - o->keep) * u[i];    \
            u[i] = (real)((m[i] > 0) - (m[i] < 0));                      \
        }                                                                \
    }                                                                    \
    static void keep_within_##ending(const gsc_span *span, double bound) \
    {                                                                    \
        real *x = span->values;                                          \
        for (size_t i = 0; i < span->count; i++)                         \
            x[i] = (real)fmax(-bound, fmin(bound, (double)x[i]));        \
    }                                                                    \
    static void limit_##ending(const gsc_span *span)                     \
    {                                                                    \
        const limit_options *o = span->config;                           \
        keep_within_##ending(span, o->most);                             \
    }                                                                    \
    static void box_##ending(const gsc_span *span)                       \
    {                                                                    \
        const box_options *o = span->config;                             \
        keep_within_##ending(span, o->side);                             \
    }

STAGES(float, f32)
STAGES(double, f64)

const gsc_stage signum = {.name = "signum",
                          .purpose = "Steps along the sign of a mean.",
                          .kind = GSC_STAGE_RULE,
                          .rows = signum_rows,
                          .num_rows = COUNT(signum_rows),
                          .config_size = sizeof(signum_options),
                          .states = {{"signum_mean", GSC_STATE_WEIGHTS, NULL}},
                          .apply = {signum_f32, signum_f64},
                          .decoupled = true};
const gsc_stage limit = {.name = "limit",
                         .purpose = "Cut each element of the gradient.",
                         .kind = GSC_STAGE_FILTER,
                         .rows = limit_rows,
                         .num_rows = COUNT(limit_rows),
                         .config_size = sizeof(limit_options),
                         .apply = {limit_f32, limit_f64}};
const gsc_stage box = {.name = "box",
                       .purpose = "Keep every weight in a box.",
                       .kind = GSC_STAGE_PROJECTION,
                       .rows = box_rows,
                       .num_rows = COUNT(box_rows),
                       .config_size = sizeof(box_options),
                       .apply = {box_f32, box_f64}};
