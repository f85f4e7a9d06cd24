/* The largest value of a smooth function in a box. */
#include "analyze/maths/box_maximum.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* A step counts where it gains this share of what the gradient promises; after so many
 * halvings there is nothing to gain. */
#define LEAST_GAIN 1e-4
enum { MOST_HALVINGS = 40 };

/* Slopes below this share of the steepest one do not decide how long a step is. */
#define LEAST_SLOPE 1e-3

/* Everything is in units of the box: z = y / half_width is in [-1, 1]. */
typedef struct climb {
    const gsc_box *box;
    double *z, *g; /* where it stands, and the gradient there */
    double *next_z, *next_g;
    double *y; /* the same place in the function's own units */
    double f, next_f, step;
} climb;

static int
evaluate(climb *c, const double *z, double *f, double *gradient)
{
    size_t n = c->box->n;
    const double *unit = c->box->half_width;
    for (size_t i = 0; i < n; i++)
        c->y[i] = unit[i] * z[i];
    int status = c->box->value(c->box->context, c->y, f, gradient);
    for (size_t i = 0; i < n; i++)
        gradient[i] *= unit[i];
    return status;
}

/* A coordinate's slope; 0 where a wall keeps it from going on. */
static double
free_slope(const climb *c, size_t i)
{
    bool held = c->g[i] > 0 ? c->z[i] >= 1 : c->z[i] <= -1;
    return held ? 0 : fabs(c->g[i]);
}

/* So long a step that it crosses the box along every side that counts. */
static double
crossing(const climb *c)
{
    double steepest = 0, flattest;
    for (size_t i = 0; i < c->box->n; i++)
        steepest = fmax(steepest, free_slope(c, i));
    flattest = steepest;
    for (size_t i = 0; i < c->box->n; i++)
        if (free_slope(c, i) > LEAST_SLOPE * steepest)
            flattest = fmin(flattest, free_slope(c, i));
    return flattest > 0 ? 2 / flattest : 0;
}

/* next_z = P(z + step g); what the gradient promises of it. */
static double
project(climb *c)
{
    double promised = 0;
    for (size_t i = 0; i < c->box->n; i++) {
        c->next_z[i] = fmin(fmax(c->z[i] + c->step * c->g[i], -1), 1);
        promised += c->g[i] * (c->next_z[i] - c->z[i]);
    }
    return promised;
}

/* Halve the step until it gains; *found is false where nothing is to be gained. */
static int
search(climb *c, bool *found)
{
    int status = 0;
    *found = false;
    for (int halving = 0; halving < MOST_HALVINGS && !*found; halving++, c->step /= 2) {
        double promised = project(c);
        if (!(promised > 0))
            return 0;
        GSC_TRY(evaluate(c, c->next_z, &c->next_f, c->next_g));
        *found = c->next_f >= c->f + LEAST_GAIN * promised;
    }
out:
    return status;
}

/* s.s / -s.r of the way s and the gradient's change r; across the box where the
 * function does not bend down. */
static void
set_step(climb *c)
{
    double ss = 0, sr = 0;
    for (size_t i = 0; i < c->box->n; i++) {
        double s = c->next_z[i] - c->z[i];
        ss += s * s;
        sr += s * (c->next_g[i] - c->g[i]);
    }
    memcpy(c->z, c->next_z, c->box->n * sizeof *c->z);
    memcpy(c->g, c->next_g, c->box->n * sizeof *c->g);
    c->f = c->next_f;
    c->step = sr < 0 ? fmin(ss / -sr, crossing(c)) : crossing(c);
}

int
gsc_box_maximise(const gsc_box *box, size_t iterations, double *y, double *f)
{
    int status = 0;
    bool found = true;
    climb c = {.box = box, .y = y};
    GSC_NEW(c.z, box->n);
    GSC_NEW(c.g, box->n);
    GSC_NEW(c.next_z, box->n);
    GSC_NEW(c.next_g, box->n);
    GSC_TRY(evaluate(&c, c.z, &c.f, c.g));
    c.step = crossing(&c);
    for (size_t i = 0; i < iterations && found; i++) {
        GSC_TRY(search(&c, &found));
        if (found)
            set_step(&c);
    }
    for (size_t i = 0; i < box->n; i++)
        y[i] = box->half_width[i] * c.z[i];
    *f = c.f;
out:
    free(c.z);
    free(c.g);
    free(c.next_z);
    free(c.next_g);
    return status;
}
