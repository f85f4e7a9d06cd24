/* What came of a run as a whole, told from its accuracies by the rules of three papers:
 * it grokked, it only memorised, …. A phase diagram colours each run of a sweep by it.
 * (phases.h has the phases that one run goes through in time.)
 *
 * Accuracies are series over the rows of a history, NaN where nothing was measured. A
 * split is known from the first row on where its accuracy is at least `accuracy`.
 * "Ends" is the last row that was measured, "begins" the first. Nothing here fails.
 * O(rows). */
#ifndef GROKSCOPE_REGIME_H
#define GROKSCOPE_REGIME_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { GSC_MOST_REGIMES = 8 };

typedef struct gsc_accuracy_series {
    const double *step, *train, *test; /* [num_rows] */
    size_t num_rows;
} gsc_accuracy_series;

typedef struct gsc_regime_thresholds {
    double accuracy; /* from which a split is known */
    double delay;    /* steps from knowing the training examples to knowing the test */
    double ratio;    /* the same, as steps over steps */
    double rising; /* test accuracy that shows before the training examples are known */
    double low;    /* test accuracy at the end that is none */
    double high;   /* and one that is all */
} gsc_regime_thresholds;

typedef struct gsc_regime {
    const char *name, *meaning;
    char letter;        /* in a diagram of letters */
    const char *colour; /* "#0072b2"; Okabe and Ito's, told apart by all eyes */
} gsc_regime;

typedef struct gsc_regime_rule {
    const char *name, *source;
    gsc_regime regimes[GSC_MOST_REGIMES];
    size_t num_regimes;
    gsc_regime_thresholds defaults; /* NaN: this rule does not ask for it */
    size_t (*find)(const gsc_accuracy_series *, const gsc_regime_thresholds *);
} gsc_regime_rule;

/* "liu": Liu et al. 2022 (arXiv 2205.10343), thresholds of their code (0.9, 1,000
 * steps): confusion       the training examples never become known memorization    they
 * do, the test examples never grokking        the test examples do more than `delay`
 * steps later comprehension   at most `delay` steps later, or sooner "huang": Huang et
 * al. 2024 (arXiv 2402.15175), which tells no thresholds; 0.99, 0.05, 0.95, 0.1 and 2
 * are ours, and so are the last two names, for what is in none of theirs: progression
 * before the training examples are known (which may be never) more than `rising` of the
 * test examples have been right memorization    known, and ends with a test accuracy
 * below `low` semi-grokking   ends from `low` to below `high` grokking        ends at
 * `high` or more, at least `ratio` times as late comprehension   ends at `high` or
 * more, sooner than that confusion       neither known nor a test accuracy above
 * `rising` "varma": Varma et al. 2023 (arXiv 2309.02390), whose thresholds are ours too
 * (0.99, 0.1, 0.9); of a run that goes on from a network that had generalised, which
 * begins at `high` or more: kept            ends at `high` or more ungrokking      ends
 * below `low` partial         ends between and of any other: confusion, memorization
 * (ends below `low`), semi-grokking, grokking (ends at `high` or more). */
extern const gsc_regime_rule gsc_regime_rules[];
enum { GSC_NUM_REGIME_RULES = 3 };

/* The place in rule->regimes of what a run is; NaN thresholds are the rule's own.
 * num_regimes where no accuracy was measured. */
size_t gsc_regime_of(const gsc_regime_rule *rule, const gsc_accuracy_series *series,
                     const gsc_regime_thresholds *thresholds);

/* The rule's thresholds, with those that are not NaN in place of its own. */
gsc_regime_thresholds gsc_regime_thresholds_of(const gsc_regime_rule *rule,
                                               const gsc_regime_thresholds *asked);

#ifdef __cplusplus
}
#endif
#endif
