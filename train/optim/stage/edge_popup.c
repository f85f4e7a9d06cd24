/* Edge-popup (Ramanujan et al., arXiv 1911.13299; Minegishi et al., arXiv 2310.19470):
 * which weights a network has is learned, not how large they are. Each weight w of a
 * matrix has a score s; the network has the weights whose scores are among the largest
 * of their matrix, a share `keep` of it, and 0 for the others,
 *
 *     W = w [s is among them],     s = s - rate (dL/dW) w,
 *
 * straight through: with the gradient of W for that of the mask, also where W is 0.
 * Scores are compared as they are, not by size, which the papers' algorithm says.
 *
 * With train_weights w follows AdamW, by its own gradient dL/dW [s is among them].
 * Vectors (biases) have no scores; they stay, or follow AdamW. */
#include "train/numeric/real.h"
#include "train/numeric/top.h"
#include "train/optim/stage/stages.h"

#include <math.h>
#include <string.h>

GSC_STAGE_KERNEL(gsc_edge_popup_apply);
GSC_STAGE_KERNEL(gsc_edge_popup_begin);

typedef struct edge_config {
    double keep;
    int64_t scores, score_rule;
    double score_rate;
    bool train_weights;
    double beta1, beta2, epsilon, momentum;
} edge_config;

enum { MAGNITUDE, RANDOM };
enum { GRADIENT, ADAM };
enum { MOMENT1, MOMENT2, WEIGHTS, SCORES, SCORE_MOMENT1, SCORE_MOMENT2 };

static bool
has_scores(const gsc_span *span)
{
    return span->parameter->shape.rank >= 2;
}

/* After a number of each weight. */
static bool *
mask_of(const gsc_span *span)
{
    return (bool *)((real *)span->scratch + span->count);
}

static void
find_mask(const gsc_span *span)
{
    const edge_config *config = span->config;
    size_t keep = gsc_top_count(config->keep, span->count);
    TYPED(gsc_top_mask)(span->state[SCORES], span->count, keep, mask_of(span));
}

/* The weights that the network has. */
static void
show_weights(const gsc_span *span)
{
    const real *w = span->state[WEIGHTS];
    const bool *mask = mask_of(span);
    real *shown = span->values;
    find_mask(span);
    for (size_t i = 0; i < span->count; i++)
        shown[i] = mask[i] ? w[i] : 0;
}

/* ---- Step 0 ---- */

/* Normal numbers are as large as the weights, so that either kind of scores has use of
 * the same rates. */
static void
begin_scores(const gsc_span *span)
{
    const edge_config *config = span->config;
    const real *w = span->state[WEIGHTS];
    real *s = span->state[SCORES];
    double normal, size = sqrt(TYPED(gsc_dot)(w, w, span->count) / (double)span->count);
    for (size_t i = 0; i < span->count; i++) {
        s[i] = w[i] < 0 ? -w[i] : w[i];
        if (config->scores == MAGNITUDE)
            continue;
        gsc_stage_normal(span, &normal, i, 1);
        s[i] = (real)(size * normal);
    }
}

void
TYPED(gsc_edge_popup_begin)(const gsc_span *span)
{
    if (!has_scores(span))
        return;
    memcpy(span->state[WEIGHTS], span->weights, span->count * sizeof(real));
    begin_scores(span);
    show_weights(span);
}

/* ---- Updates ---- */

/* The direction of Adam for u [count], a gradient, with these two states. */
static void
adam_direction(const gsc_span *span, real *u, int mean, int square)
{
    const edge_config *c = span->config;
    const gsc_adam_config adam = {c->beta1, c->beta2, c->epsilon};
    real bias = (real)gsc_adam_bias(adam.beta1, span->update);
    gsc_span own = *span;
    own.values = u;
    own.state[0] = span->state[mean];
    own.state[1] = span->state[square];
    TYPED(gsc_adam_normalise)(&own, &adam);
    for (size_t i = 0; i < span->count; i++)
        u[i] *= bias;
}

/* w -= rate decay (w - initial) + rate u, from the weights `before`. */
static void
step(const gsc_span *span, const real *before, const real *u, real *after)
{
    const real *initial = span->initial;
    double decay = span->rate * span->decay;
    for (size_t i = 0; i < span->count; i++) {
        double to = initial ? (double)initial[i] : 0;
        after[i] = (real)((double)before[i] - decay * ((double)before[i] - to) -
                          span->rate * (double)u[i]);
    }
}

static void
update_vector(const gsc_span *span)
{
    const edge_config *config = span->config;
    real *u = span->values;
    if (!config->train_weights) {
        memcpy(u, span->weights, span->count * sizeof *u);
        return;
    }
    adam_direction(span, u, MOMENT1, MOMENT2);
    step(span, span->weights, u, u);
}

/* u [count] is the gradient of the scores. */
static void
update_scores(const gsc_span *span, real *u)
{
    const edge_config *config = span->config;
    real *s = span->state[SCORES], *m = span->state[SCORE_MOMENT1];
    real rate = (real)(span->rate * config->score_rate);
    if (config->score_rule == ADAM)
        adam_direction(span, u, SCORE_MOMENT1, SCORE_MOMENT2);
    for (size_t i = 0; i < span->count; i++) {
        if (config->score_rule == GRADIENT)
            u[i] = m[i] = (real)config->momentum * m[i] + u[i];
        s[i] -= rate * u[i];
    }
}

/* The mask lets a part of the gradient through to them; `values` hold it no more. */
static void
update_weights(const gsc_span *span)
{
    const bool *mask = mask_of(span);
    real *w = span->state[WEIGHTS], *u = span->values;
    find_mask(span);
    for (size_t i = 0; i < span->count; i++)
        u[i] = mask[i] ? u[i] : 0;
    adam_direction(span, u, MOMENT1, MOMENT2);
    step(span, w, u, w);
}

void
TYPED(gsc_edge_popup_apply)(const gsc_span *span)
{
    const edge_config *config = span->config;
    const real *g = span->values, *w = span->state[WEIGHTS];
    real *of_scores = span->scratch;
    if (!has_scores(span)) {
        update_vector(span);
        return;
    }
    for (size_t i = 0; i < span->count; i++)
        of_scores[i] = g[i] * w[i]; /* dL/ds */
    if (config->train_weights)
        update_weights(span);
    update_scores(span, of_scores);
    show_weights(span);
}

#if GSC_REAL == 64
static const char *const score_names[] = {"magnitude", "random", NULL};
static const char *const rule_names[] = {"gradient", "adam", NULL};

static const gsc_option rows[] = {
    GSC_ROW_REAL(edge_config, keep, "0.4", 1e-9, 1,
                 "Share of each matrix that the network has."),
    GSC_ROW_CHOICE(edge_config, scores, "magnitude", score_names,
                   "Scores to begin with: magnitude, the size of each weight; random, "
                   "normal numbers of the matrix's own size."),
    GSC_ROW_CHOICE(
        edge_config, score_rule, "gradient", rule_names,
        "How scores follow their gradient: gradient, with momentum; or adam."),
    GSC_ROW_REAL(edge_config, score_rate, "1", 0, 1e12,
                 "Rate of the scores over the learning rate."),
    GSC_ROW_BOOL(edge_config, train_weights, "no",
                 "Train the weights too, by AdamW; no: they stay as they begin."),
    GSC_ROW_REAL(edge_config, beta1, "0.9", 0, 0.999999, "Decay of the mean gradient."),
    GSC_ROW_REAL(edge_config, beta2, "0.98", 0, 0.999999,
                 "Decay of the mean squared gradient."),
    GSC_ROW_REAL(edge_config, epsilon, "1e-08", 0, 1,
                 "Number added to the root of the mean squared gradient."),
    GSC_ROW_REAL(edge_config, momentum, "0", 0, 0.999999,
                 "What scores keep of their last step."),
};

/* A number, and then a truth value, of each weight. */
static size_t
scratch(gsc_shape shape)
{
    return 2 * gsc_shape_count(shape);
}

const gsc_stage gsc_stage_edge_popup = {
    .name = "edge_popup",
    .purpose = "Learn which weights of each matrix the network has, by scores; the "
               "others are 0.",
    .kind = GSC_STAGE_RULE,
    .scope = GSC_SCOPE_WHOLE,
    GSC_STAGE_OPTIONS(rows, edge_config),
    .states = {{"moment1", GSC_STATE_WEIGHTS, NULL},
               {"moment2", GSC_STATE_WEIGHTS, NULL},
               {"edge_weights", GSC_STATE_WEIGHTS, NULL},
               {"edge_scores", GSC_STATE_WEIGHTS, NULL},
               {"edge_moment1", GSC_STATE_WEIGHTS, NULL},
               {"edge_moment2", GSC_STATE_WEIGHTS, NULL}},
    .apply = {gsc_edge_popup_apply_f32, gsc_edge_popup_apply_f64},
    .begin = {gsc_edge_popup_begin_f32, gsc_edge_popup_begin_f64},
    .decoupled = true,
    .makes_weights = true,
    .scratch = scratch};
#endif
