/* Times until something is reached, of runs some of which never get there. */
#include "analyze/method/survival.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include <math.h>
#include <stdlib.h>

/* Quantiles of the normal distribution: 97.5 % and 80 %. */
static const double two_sides = 1.9599639845400545;
static const double power = 0.8416212335729143;

/* By time; where it is the same, what is reached before what is censored. */
static int
by_time(const void *a, const void *b)
{
    const gsc_survival_run *x = a, *y = b;
    if (x->time < y->time || x->time > y->time)
        return x->time < y->time ? -1 : 1;
    return x->reached == y->reached ? 0 : x->reached ? -1 : 1;
}

/* The runs of one time, and those under way then, by arm. */
typedef struct moment {
    size_t end; /* of its runs */
    double at_risk[2], reached[2];
} moment;

/* Of sorted runs, the one after `before`, which ends where this begins. */
static moment
moment_after(const gsc_survival_run *runs, size_t count, const moment *before)
{
    size_t begin = before->end;
    moment m = {.end = begin, .at_risk = {before->at_risk[0], before->at_risk[1]}};
    size_t left = begin;
    while (left > 0 && runs[left - 1].time >= runs[begin - 1].time)
        m.at_risk[runs[--left].second]--;
    for (; m.end < count && runs[m.end].time <= runs[begin].time; m.end++)
        m.reached[runs[m.end].second] += runs[m.end].reached;
    return m;
}

/* Before all: the runs of each arm. */
static moment
before_all(const gsc_survival_run *runs, size_t count)
{
    moment m = {.end = 0};
    for (size_t i = 0; i < count; i++)
        m.at_risk[runs[i].second]++;
    return m;
}

/* ---- One arm ---- */

/* S^(exp(± z)) with z = 1.96 sqrt(variance) / ln S */
static void
bound(gsc_survival_point *p, double variance)
{
    double log_share = log(p->share);
    if (p->share <= 0) {
        p->low = p->high = (double)NAN;
        return;
    }
    double z = two_sides * sqrt(variance) / log_share;
    p->low = exp(log_share * exp(-z));
    p->high = exp(log_share * exp(z));
}

int
gsc_survival_curve(gsc_survival_run *runs, size_t count, gsc_survival_point **points,
                   size_t *num_points)
{
    int status = 0;
    double share = 1, variance = 0;
    *num_points = 0;
    GSC_NEW(*points, count);
    if (count > 0)
        qsort(runs, count, sizeof *runs, by_time);
    for (size_t i = 0; i < count;) {
        size_t end = i, reached = 0;
        for (; end < count && runs[end].time <= runs[i].time; end++)
            reached += runs[end].reached;
        double n = (double)(count - i), d = (double)reached;
        if (reached > 0) {
            share *= 1 - d / n;
            variance += d / (n * (n - d));
            gsc_survival_point *p = &(*points)[(*num_points)++];
            *p = (gsc_survival_point){runs[i].time, count - i, reached, share, 0, 0};
            bound(p, variance);
        }
        i = end;
    }
out:
    return status;
}

gsc_survival_median
gsc_survival_median_of(const gsc_survival_point *points, size_t num_points)
{
    gsc_survival_median m = {INFINITY, INFINITY, INFINITY};
    for (size_t i = num_points; i-- > 0;) {
        const gsc_survival_point *p = &points[i];
        if (p->share <= 0.5)
            m.median = p->time;
        if (p->share <= 0 || p->low <= 0.5)
            m.low = p->time;
        if (p->share > 0 && p->high <= 0.5)
            m.high = p->time;
    }
    return m;
}

/* ---- Two arms ---- */

/* The first and second derivative of the log partial likelihood at the log ratio b,
 * with Efron's ties: the l-th of d runs of one moment meets those under way less l / d
 * of these d. */
static void
add_moment(const moment *m, double b, double *score, double *information)
{
    double d = m->reached[0] + m->reached[1], r = exp(b);
    *score += m->reached[1];
    for (double l = 0; l < d; l++) {
        double first = m->at_risk[0] - l / d * m->reached[0];
        double second = r * (m->at_risk[1] - l / d * m->reached[1]);
        double share = second / (first + second);
        *score -= share;
        *information += share * (1 - share);
    }
}

static void
derive(const gsc_survival_run *runs, size_t count, double b, double *score,
       double *information)
{
    *score = *information = 0;
    for (moment m = before_all(runs, count); m.end < count;) {
        m = moment_after(runs, count, &m);
        add_moment(&m, b, score, information);
    }
}

/* Newton's method; a log ratio beyond 20 has none: one arm is ahead throughout. */
static void
find_ratio(const gsc_survival_run *runs, size_t count, gsc_survival_ratio *found)
{
    enum { MOST_STEPS = 60 };
    double b = 0, score, information;
    for (int i = 0; i < MOST_STEPS; i++) {
        derive(runs, count, b, &score, &information);
        double step = information > 0 ? score / information : score > 0 ? 1 : -1;
        b += step > 2 ? 2 : step < -2 ? -2 : step;
        if (fabs(b) > 20) {
            found->ratio = b > 0 ? INFINITY : 0;
            return;
        }
        if (fabs(step) < 1e-12)
            break;
    }
    derive(runs, count, b, &score, &information);
    found->ratio = exp(b);
    found->low = exp(b - two_sides / sqrt(information));
    found->high = exp(b + two_sides / sqrt(information));
}

/* Of the log-rank test: what the second arm reaches less what it would by chance. */
static double
log_rank(const gsc_survival_run *runs, size_t count)
{
    double excess = 0, variance = 0;
    for (moment m = before_all(runs, count); m.end < count;) {
        m = moment_after(runs, count, &m);
        double n = m.at_risk[0] + m.at_risk[1], d = m.reached[0] + m.reached[1];
        double share = m.at_risk[1] / n;
        excess += m.reached[1] - d * share;
        if (n > 1)
            variance += d * share * (1 - share) * (n - d) / (n - 1);
    }
    return variance > 0 ? erfc(fabs(excess) / sqrt(2 * variance)) : (double)NAN;
}

gsc_survival_ratio
gsc_survival_compare(gsc_survival_run *runs, size_t count)
{
    gsc_survival_ratio found = {(double)NAN, (double)NAN, (double)NAN, (double)NAN};
    size_t arms[2] = {0, 0}, reached = 0;
    for (size_t i = 0; i < count; i++) {
        arms[runs[i].second]++;
        reached += runs[i].reached;
    }
    if (arms[0] == 0 || arms[1] == 0 || reached == 0)
        return found;
    qsort(runs, count, sizeof *runs, by_time);
    find_ratio(runs, count, &found);
    found.p_value = log_rank(runs, count);
    return found;
}

double
gsc_survival_runs_needed(double ratio, double share)
{
    double z = two_sides + power, effect = log(ratio);
    return 2 * z * z / (share * effect * effect);
}
