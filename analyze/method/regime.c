/* What came of a run as a whole. */
#include "analyze/method/regime.h"

#include <math.h>
#include <stdbool.h>

#define CONFUSION                                                    \
    {                                                                \
        "confusion", "training examples never known", 'C', "#999999" \
    }
#define MEMORIZATION                                                                 \
    {                                                                                \
        "memorization", "training examples known, test examples not", 'M', "#e69f00" \
    }
#define GROKKING                                               \
    {                                                          \
        "grokking", "test examples known late", 'G', "#0072b2" \
    }
#define SEMI_GROKKING                                                                 \
    {                                                                                 \
        "semi-grokking", "some of the test examples right in the end", 'S', "#56b4e9" \
    }
#define COMPREHENSION                                          \
    {                                                          \
        "comprehension", "both known together", 'K', "#009e73" \
    }

/* ---- Facts of a series ---- */

/* The step of the first row at `least` or more; NaN if there is none. */
static double
first_at(const gsc_accuracy_series *s, const double *x, double least)
{
    for (size_t i = 0; i < s->num_rows; i++)
        if (x[i] >= least)
            return s->step[i];
    return (double)NAN;
}

static double
first_of(const gsc_accuracy_series *s, const double *x)
{
    for (size_t i = 0; i < s->num_rows; i++)
        if (!isnan(x[i]))
            return x[i];
    return (double)NAN;
}

static double
last_of(const gsc_accuracy_series *s, const double *x)
{
    for (size_t i = s->num_rows; i > 0; i--)
        if (!isnan(x[i - 1]))
            return x[i - 1];
    return (double)NAN;
}

/* The most of the rows before a step; of all where the step is NaN. */
static double
most_before(const gsc_accuracy_series *s, const double *x, double step)
{
    double most = 0;
    for (size_t i = 0; i < s->num_rows && !(s->step[i] >= step); i++)
        most = x[i] > most ? x[i] : most;
    return most;
}

/* ---- Liu et al. ---- */

enum { LIU_CONFUSION, LIU_MEMORIZATION, LIU_GROKKING, LIU_COMPREHENSION };

static size_t
find_liu(const gsc_accuracy_series *s, const gsc_regime_thresholds *t)
{
    double train = first_at(s, s->train, t->accuracy);
    double test = first_at(s, s->test, t->accuracy);
    if (isnan(train))
        return LIU_CONFUSION;
    if (isnan(test))
        return LIU_MEMORIZATION;
    return test - train > t->delay ? LIU_GROKKING : LIU_COMPREHENSION;
}

/* ---- Huang et al. ---- */

enum {
    HUANG_PROGRESSION,
    HUANG_MEMORIZATION,
    HUANG_SEMI_GROKKING,
    HUANG_GROKKING,
    HUANG_COMPREHENSION,
    HUANG_CONFUSION
};

static size_t
find_huang(const gsc_accuracy_series *s, const gsc_regime_thresholds *t)
{
    double train = first_at(s, s->train, t->accuracy);
    double test = first_at(s, s->test, t->high), end = last_of(s, s->test);
    if (most_before(s, s->test, train) > t->rising)
        return HUANG_PROGRESSION;
    if (isnan(train))
        return HUANG_CONFUSION;
    if (end < t->low)
        return HUANG_MEMORIZATION;
    if (end < t->high)
        return HUANG_SEMI_GROKKING;
    return test >= t->ratio * train ? HUANG_GROKKING : HUANG_COMPREHENSION;
}

/* ---- Varma et al. ---- */

enum {
    VARMA_CONFUSION,
    VARMA_MEMORIZATION,
    VARMA_SEMI_GROKKING,
    VARMA_GROKKING,
    VARMA_KEPT,
    VARMA_PARTIAL,
    VARMA_UNGROKKING
};

static size_t
find_varma(const gsc_accuracy_series *s, const gsc_regime_thresholds *t)
{
    double end = last_of(s, s->test);
    if (first_of(s, s->test) >= t->high)
        return end >= t->high  ? VARMA_KEPT
               : end >= t->low ? VARMA_PARTIAL
                               : VARMA_UNGROKKING;
    if (isnan(first_at(s, s->train, t->accuracy)))
        return VARMA_CONFUSION;
    return end >= t->high  ? VARMA_GROKKING
           : end >= t->low ? VARMA_SEMI_GROKKING
                           : VARMA_MEMORIZATION;
}

/* ---- All of them ---- */

#define NONE (double)NAN

const gsc_regime_rule gsc_regime_rules[GSC_NUM_REGIME_RULES] = {
    {"liu",
     "Liu et al., arXiv 2205.10343",
     {CONFUSION, MEMORIZATION, GROKKING, COMPREHENSION},
     4,
     {0.9, 1000, NONE, NONE, NONE, NONE},
     find_liu},
    {"huang",
     "Huang et al., arXiv 2402.15175",
     {{"progression", "test examples right before training ones are known", 'P',
       "#cc79a7"},
      MEMORIZATION,
      SEMI_GROKKING,
      GROKKING,
      COMPREHENSION,
      CONFUSION},
     6,
     {0.99, NONE, 2, 0.1, 0.05, 0.95},
     find_huang},
    {"varma",
     "Varma et al., arXiv 2309.02390",
     {CONFUSION,
      MEMORIZATION,
      SEMI_GROKKING,
      GROKKING,
      {"kept", "test examples known at first and in the end", 'K', "#009e73"},
      {"partial", "known at first, some right in the end", 'P', "#f0e442"},
      {"ungrokking", "known at first, and forgotten", 'U', "#d55e00"}},
     7,
     {0.99, NONE, NONE, NONE, 0.1, 0.9},
     find_varma},
};

static double
chosen(double own, double asked)
{
    return isnan(asked) ? own : asked;
}

gsc_regime_thresholds
gsc_regime_thresholds_of(const gsc_regime_rule *rule,
                         const gsc_regime_thresholds *asked)
{
    gsc_regime_thresholds t = rule->defaults;
    t.accuracy = chosen(t.accuracy, asked->accuracy);
    t.delay = chosen(t.delay, asked->delay);
    t.ratio = chosen(t.ratio, asked->ratio);
    t.rising = chosen(t.rising, asked->rising);
    t.low = chosen(t.low, asked->low);
    t.high = chosen(t.high, asked->high);
    return t;
}

size_t
gsc_regime_of(const gsc_regime_rule *rule, const gsc_accuracy_series *series,
              const gsc_regime_thresholds *asked)
{
    bool measured = !isnan(first_of(series, series->train)) &&
                    !isnan(first_of(series, series->test));
    gsc_regime_thresholds t = gsc_regime_thresholds_of(rule, asked);
    return measured ? rule->find(series, &t) : rule->num_regimes;
}
