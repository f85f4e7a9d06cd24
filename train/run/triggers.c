/* What the rows of a run's history set off. */
#include "train/run/triggers.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/text.h"

#include "train/run/schedule.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* "column operator value", where the value is one: 0 stands for never. */
static int
add_threshold(gsc_triggers *t, const char *option, const char *comparison, double value,
              const gsc_history *history)
{
    char text[128], number[GSC_NUMBER_BYTES];
    if (!(value > 0))
        return 0;
    gsc_text_from_real(number, value);
    snprintf(text, sizeof text, "%s %s", comparison, number);
    return gsc_conditions_add(&t->stops, option, text, history);
}

static int
new_steps(size_t count, double **steps)
{
    int status = 0;
    GSC_NEW(*steps, count);
    for (size_t i = 0; i < count; i++)
        (*steps)[i] = -1;
out:
    return status;
}

int
gsc_triggers_init(gsc_triggers *triggers, const gsc_run_config *config,
                  const gsc_history *history)
{
    int status = 0;
    *triggers = (gsc_triggers){.patience = (double)config->stop_patience,
                               .log_every = config->log_every};
    GSC_TRY(add_threshold(triggers, "stop_test_loss",
                          "test_loss <=", config->stop_test_loss, history));
    GSC_TRY(add_threshold(triggers, "stop_test_accuracy",
                          "test_accuracy >=", config->stop_test_accuracy, history));
    GSC_TRY(
        gsc_conditions_add(&triggers->stops, "stop_when", config->stop_when, history));
    GSC_TRY(gsc_events_add(config->save_on, history, &triggers->saves));
    GSC_TRY(
        gsc_conditions_add(&triggers->saves, "save_when", config->save_when, history));
    GSC_TRY(new_steps(triggers->stops.count, &triggers->since));
    GSC_TRY(new_steps(triggers->saves.count, &triggers->first));
out:
    if (status < 0)
        gsc_triggers_free(triggers);
    return status;
}

void
gsc_triggers_free(gsc_triggers *triggers)
{
    gsc_conditions_free(&triggers->stops);
    gsc_conditions_free(&triggers->saves);
    free(triggers->since);
    free(triggers->first);
    triggers->since = triggers->first = NULL;
}

gsc_triggered
gsc_triggers_follow(gsc_triggers *triggers, const double *const *rows)
{
    gsc_triggered set = {.save = false};
    bool known;
    double step = rows[0][0];
    bool logged = fmod(step, (double)triggers->log_every) == 0;
    for (size_t i = 0; i < triggers->stops.count; i++) {
        const gsc_condition *c = &triggers->stops.items[i];
        double *since = &triggers->since[i];
        bool holds = gsc_conditions_holds(c, rows, &known);
        if (c->of_losses && !logged)
            continue;
        if (known)
            *since = !holds ? -1 : *since < 0 ? step : *since;
        if (!set.stop && *since >= 0 && step - *since >= triggers->patience)
            set.stop = c;
    }
    for (size_t i = 0; i < triggers->saves.count; i++) {
        double *first = &triggers->first[i];
        bool holds = gsc_conditions_holds(&triggers->saves.items[i], rows, &known);
        if (known && holds && *first < 0)
            *first = step;
        set.save = set.save || *first == step;
    }
    return set;
}

int
gsc_triggers_replay(gsc_triggers *triggers, const gsc_history *history, int64_t step)
{
    int status = 0;
    const double **rows = NULL;
    const gsc_table *log = &history->tables[0];
    GSC_NEW(rows, history->num_tables);
    for (size_t i = 0; i < log->num_rows; i++) {
        rows[0] = log->values + i * log->num_values;
        if (rows[0][0] >= (double)step)
            break;
        for (size_t t = 1; t < history->num_tables; t++)
            rows[t] = gsc_history_row(&history->tables[t], rows[0][0]);
        gsc_triggers_follow(triggers, rows);
    }
out:
    free(rows);
    return status;
}
