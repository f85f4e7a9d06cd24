/* Whether the checkpoints of a run make one series. */
#include "analyze/info/series.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/text.h"

#include "train/base/sha256.h"
#include "train/numeric/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LEAST_FACTOR 1.1
#define USUAL_CHANGES 10
#define DETOUR 2.5

/* A checkpoint whose weights are finite. */
typedef struct state {
    const gsc_input *input;
    long long step;
    unsigned char sha256[GSC_SHA256_BYTES];
    double log_norm;
    double from_last, from_before_last; /* ||w_i - w_i-1||, ||w_i - w_i-2||; or NaN */
} state;

typedef struct series {
    gsc_series_found *found;
    void *context;
    state *states;
    size_t count;
    gsc_checkpoint window[3]; /* the last one first; without params: none */
} series;

static int
tell(const series *s, const gsc_input *input, const char *format, long long step)
{
    int status = 0;
    gsc_text text = {0};
    GSC_TRY(gsc_text_add(&text, format, step));
    GSC_TRY(s->found(s->context, input, text.data));
out:
    gsc_text_free(&text);
    return status;
}

/* ---- One checkpoint ---- */

static const gsc_tensor *
first_not_finite(const gsc_checkpoint *c)
{
    for (size_t i = 0; i < c->num_params; i++)
        for (size_t k = 0; k < gsc_shape_count(c->params[i].shape); k++)
            if (!isfinite(gsc_element(c->params[i].type, c->params[i].data, k)))
                return &c->params[i];
    return NULL;
}

/* The SHA-256 of the tensors' own ones. */
static int
digest(const gsc_checkpoint *c, unsigned char sum[GSC_SHA256_BYTES])
{
    int status = 0;
    unsigned char *sums = NULL;
    GSC_NEW(sums, c->num_params * GSC_SHA256_BYTES);
    for (size_t i = 0; i < c->num_params; i++)
        gsc_sha256(c->params[i].data,
                   gsc_shape_count(c->params[i].shape) *
                       gsc_type_size(c->params[i].type),
                   sums + i * GSC_SHA256_BYTES);
    gsc_sha256(sums, c->num_params * GSC_SHA256_BYTES, sum);
out:
    free(sums);
    return status;
}

static bool
has_same_tensors(const gsc_checkpoint *a, const gsc_checkpoint *b)
{
    bool same = a->num_params == b->num_params;
    for (size_t i = 0; same && i < a->num_params; i++)
        same = strcmp(a->params[i].name, b->params[i].name) == 0 &&
               gsc_shape_equal(a->params[i].shape, b->params[i].shape);
    return same;
}

/* ||a - b||, or ||a|| where b is NULL. */
static double
distance(const gsc_checkpoint *a, const gsc_checkpoint *b)
{
    double sum = 0;
    for (size_t i = 0; i < a->num_params; i++)
        for (size_t k = 0; k < gsc_shape_count(a->params[i].shape); k++) {
            const gsc_tensor *of_b = b ? &b->params[i] : NULL;
            double d = gsc_element(a->params[i].type, a->params[i].data, k) -
                       (b ? gsc_element(of_b->type, of_b->data, k) : 0);
            sum += d * d;
        }
    return sqrt(sum);
}

static double
distance_where_alike(const gsc_checkpoint *a, const gsc_checkpoint *b)
{
    return b->num_params > 0 && has_same_tensors(a, b) ? distance(a, b) : (double)NAN;
}

/* Masks of the same weights come back, or stay: that is no fault of a series. */
static bool
may_repeat(const gsc_checkpoint *c)
{
    return c->config && strstr(c->config, "edge_popup");
}

static int
compare_with_former(const series *s, const state *own, const gsc_checkpoint *c)
{
    int status = 0;
    for (size_t i = 0; i < s->count && !may_repeat(c); i++)
        if (memcmp(s->states[i].sha256, own->sha256, sizeof own->sha256) == 0) {
            GSC_TRY(tell(s, own->input, "its weights are those of step %lld",
                         s->states[i].step));
            break;
        }
    if (s->count > 0 && !has_same_tensors(c, &s->window[0]))
        GSC_TRY(tell(s, own->input,
                     "its tensors have other names or shapes than those of step %lld",
                     s->states[s->count - 1].step));
out:
    return status;
}

/* Take a checkpoint as the last one. */
static int
add_state(series *s, const gsc_input *input, gsc_checkpoint *c)
{
    int status = 0;
    const gsc_tensor *bad = first_not_finite(c);
    state own = {.input = input, .step = (long long)c->step};
    if (bad) {
        gsc_text text = {0};
        status = gsc_text_add(&text, "NaN or Inf in %s", bad->name);
        if (status == 0)
            status = s->found(s->context, input, text.data);
        gsc_text_free(&text);
        return status;
    }
    GSC_TRY(digest(c, own.sha256));
    GSC_TRY(compare_with_former(s, &own, c));
    own.log_norm = log(distance(c, NULL));
    own.from_last = distance_where_alike(c, &s->window[0]);
    own.from_before_last = distance_where_alike(c, &s->window[1]);
    s->states[s->count++] = own;
    gsc_checkpoint_free(&s->window[2]);
    s->window[2] = s->window[1];
    s->window[1] = s->window[0];
    s->window[0] = *c;
    *c = (gsc_checkpoint){.step = 0};
out:
    return status;
}

/* ---- All of them ---- */

/* The usual change of ln ||w||: its median. */
static int
find_usual_change(const series *s, double *median)
{
    int status = 0;
    double *changes = NULL;
    size_t count = s->count - 1;
    GSC_NEW(changes, 2 * count);
    for (size_t i = 0; i < count; i++)
        changes[i] = fabs(s->states[i + 1].log_norm - s->states[i].log_norm);
    gsc_stats_sort(changes, count, changes + count);
    *median = changes[count / 2];
out:
    free(changes);
    return status;
}

static int
judge_lines(const series *s)
{
    int status = 0;
    double usual;
    if (s->count < 3)
        return 0;
    GSC_TRY(find_usual_change(s, &usual));
    for (size_t i = 1; i + 1 < s->count; i++) {
        const state *last = &s->states[i - 1], *own = last + 1, *next = last + 2;
        double above = own->log_norm - fmax(last->log_norm, next->log_norm);
        double below = fmin(last->log_norm, next->log_norm) - own->log_norm;
        gsc_text text = {0};
        if (fmax(above, below) > fmax(log(LEAST_FACTOR), USUAL_CHANGES * usual))
            status = gsc_text_add(&text,
                                  "the norm of its weights, %.4g, leaves the line from "
                                  "%.4g (step %lld) to %.4g (step %lld)",
                                  exp(own->log_norm), exp(last->log_norm), last->step,
                                  exp(next->log_norm), next->step);
        else if (own->from_last + next->from_last > DETOUR * next->from_before_last)
            status = gsc_text_add(
                &text,
                "the way from step %lld to step %lld is %.1f times as "
                "long by way of its weights as without them",
                last->step, next->step,
                (own->from_last + next->from_last) / next->from_before_last);
        if (status == 0 && text.length > 0)
            status = s->found(s->context, own->input, text.data);
        gsc_text_free(&text);
        GSC_TRY(status);
    }
out:
    return status;
}

int
gsc_series_check(const gsc_input *items, size_t count, gsc_series_found *found,
                 void *context)
{
    int status = 0;
    series s = {.found = found, .context = context};
    gsc_checkpoint c = {.step = 0};
    GSC_NEW(s.states, count);
    for (size_t i = 0; i < count; i++) {
        int read = gsc_checkpoint_read(&c, items[i].path, GSC_READ_PARAMS);
        if (read == GSC_EMEMORY)
            GSC_TRY(read);
        if (read == 0)
            GSC_TRY(add_state(&s, &items[i], &c));
        gsc_checkpoint_free(&c);
    }
    GSC_TRY(judge_lines(&s));
out:
    gsc_checkpoint_free(&c);
    for (size_t i = 0; i < 3; i++)
        gsc_checkpoint_free(&s.window[i]);
    free(s.states);
    return status;
}
