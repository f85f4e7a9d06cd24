/* Where the phases of a run begin and end, from series over its steps.
 *
 * A series has one number for each row, rows in the order of their steps; a number that
 * is NaN is passed over. Nothing here fails. O(rows). */
#ifndef GROKSCOPE_PHASES_H
#define GROKSCOPE_PHASES_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The thresholds of the rule below. */
typedef struct gsc_phase_rule {
    double memorised; /* training loss */
    double half;      /* share of the largest test loss */
    double clean;     /* test loss */
} gsc_phase_rule;

/* 0.1, 0.5, 0.001. */
gsc_phase_rule gsc_phases_default_rule(void);

/* The series of a run, [num_rows] each. `excluded` may be NULL, and NaN where it was
 * not measured. */
typedef struct gsc_run_series {
    const int64_t *step;
    const double *train_loss, *test_loss, *excluded;
    size_t num_rows;
} gsc_run_series;

/* The last step of each phase, -1 where the run does not reach it. */
typedef struct gsc_phases {
    int64_t memorisation, circuit_formation, cleanup;
} gsc_phases;

/* The three phases of Nanda et al. (arXiv 2301.05217, section 5.2): memorisation, where
 * training and excluded loss fall; circuit formation, where the excluded loss rises and
 * the test loss stays; cleanup, where the test loss falls. The paper draws their limits
 * by eye (at 1400, 9400 and 14000 of its main run); the rule is ours.
 *
 *   circuit formation ends at the first row after that of the largest test loss where
 *       the test loss is at most `half` of the largest;
 *   cleanup ends at the first row, not before that, where the test loss is at most
 *       `clean`;
 *   memorisation ends, with `excluded`, at the row of the least excluded loss from the
 *       first row where the training loss is at most `memorised` to the end of circuit
 *       formation (of the run where that is not reached): there it turns from falling
 *       to rising. Without it, at that first row itself, which is early.
 *
 * A run that never memorises has none of them, one that generalises as it memorises has
 * memorisation end no later than circuit formation. */
void gsc_phases_of_run(const gsc_run_series *series, const gsc_phase_rule *rule,
                       gsc_phases *phases);

/* Growth and decay of a norm: */
typedef struct gsc_norm_phases {
    int64_t peak, settled; /* steps; -1 where there is no row */
    double first, largest, last;
} gsc_norm_phases;

/* A norm grows to its largest value, at `peak` (the first row that has it), and decays
 * from there. It has settled at the first row from which on all stay within `band` of
 * the way down above the last, norm - last <= band (largest - last); GSC_NORM_BAND is
 * our choice. No growth: the peak is the first row. No decay: peak and settled are the
 * last row. */
#define GSC_NORM_BAND 0.05
void gsc_phases_of_norm(const int64_t *step, const double *norm, size_t num_rows,
                        double band, gsc_norm_phases *phases);

#ifdef __cplusplus
}
#endif
#endif
