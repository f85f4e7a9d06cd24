/* Conditions on the rows of a history, and what follows from them: when to stop, when
 * to save.
 *
 *     test_loss <= 1e-5 and norms.l2 < 30, progress.logit_fve > 0.9
 *
 * A list has conditions with commas between, each of which acts by itself. A condition
 * is one term, or several that have to hold together, with "and" between. A
 * term is a column, one of < <= > >= == != and a number; the column is one of the
 * losses, or a measure's with its name before it. NaN holds in no term; a loss
 * that is NaN was not evaluated, and leaves it open. */
#ifndef GROKSCOPE_CONDITIONS_H
#define GROKSCOPE_CONDITIONS_H

#include "train/run/history.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum gsc_condition_operator {
    GSC_BELOW,
    GSC_AT_MOST,
    GSC_ABOVE,
    GSC_AT_LEAST,
    GSC_EQUAL,
    GSC_UNEQUAL
} gsc_condition_operator;

typedef struct gsc_condition_term {
    size_t table, column; /* of the history */
    gsc_condition_operator how;
    double value;
} gsc_condition_term;

typedef struct gsc_condition {
    const char *option; /* that it comes from, as "stop_when" */
    char *text;
    size_t count, room;
    gsc_condition_term *terms;
    bool of_losses; /* and of nothing else */
} gsc_condition;

typedef struct gsc_conditions {
    size_t count, room;
    gsc_condition *items;
} gsc_conditions;

/* Add those of a list; `option`, which outlives them, names where it stands.
 * GSC_EARGUMENT with the option: what is none, a column that is not there (with the
 * nearest), a measure that is not asked. A list that is empty adds none. */
int gsc_conditions_add(gsc_conditions *conditions, const char *option, const char *list,
                       const gsc_history *history);
void gsc_conditions_free(gsc_conditions *conditions);

/* Whether it holds in the rows of one step, rows[i] of table i or NULL; *known is false
 * where a row that it asks for is not there, or a split was not evaluated. */
bool gsc_conditions_holds(const gsc_condition *condition, const double *const *rows,
                          bool *known);

#ifdef __cplusplus
}
#endif
#endif
