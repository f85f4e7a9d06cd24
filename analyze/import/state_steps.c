/* Of which steps the states of a network are. */
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "analyze/import/state_dicts.h"
#include "train/run/schedule.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A schedule is asked step by step. */
enum { MOST_STEP = 100000000 };

/* A whole number of updates. */
static bool
to_step(double number, int64_t *step)
{
    if (!(number >= 0 && number <= 0x1p53) || floor(number) != number)
        return false;
    *step = (int64_t)number;
    return true;
}

static int
compare_states(const void *a, const void *b)
{
    const gsc_state_dict *x = a, *y = b;
    return (x->step > y->step) - (x->step < y->step);
}

static int
compare_numbers(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* Put the states in the order of their steps, where these differ. */
static int
sort(gsc_state_dicts *s, bool *differ)
{
    int status = 0;
    int64_t *steps;
    GSC_NEW(steps, s->count);
    for (size_t i = 0; i < s->count; i++)
        steps[i] = s->items[i].step;
    qsort(steps, s->count, sizeof *steps, compare_numbers);
    *differ = true;
    for (size_t i = 1; i < s->count; i++)
        *differ = *differ && steps[i] != steps[i - 1];
    if (*differ)
        qsort(s->items, s->count, sizeof *s->items, compare_states);
out:
    free(steps);
    return status;
}

/* ---- By a schedule ---- */

/* A run saves its step 0 whatever the list says; a lone list of others' steps is as it
 * is. */
static int64_t
first_step(const char *schedule)
{
    bool is_list = strncmp(schedule, "list:", 5) == 0 &&
                   schedule[5 + strspn(schedule + 5, "0123456789,")] == '\0';
    return is_list ? strtoll(schedule + 5, NULL, 10) : 0;
}

static int
follow_schedule(gsc_state_dicts *s, const char *schedule)
{
    size_t next = 0;
    for (int64_t step = first_step(schedule); next < s->count && step <= MOST_STEP;
         step++)
        if (gsc_schedule_due(schedule, step))
            s->items[next++].step = step;
    s->told = "--checkpoints";
    if (next < s->count)
        return gsc_fail(GSC_EARGUMENT, "checkpoints: '%s' has %zu steps for %zu states",
                        schedule, next, s->count);
    return 0;
}

/* ---- By what the files hold ---- */

/* The keys of a dictionary by step: numbers, or text with one in it. */
static bool
follow_keys(gsc_state_dicts *s)
{
    for (size_t i = 0; i < s->count; i++) {
        const gsc_value *key = s->items[i].key;
        if (!key)
            return false;
        const char *digits =
            key->kind == GSC_VALUE_TEXT ? strpbrk(key->text, "0123456789") : NULL;
        int64_t step = digits ? strtoll(digits, NULL, 10) : key->integer;
        if (!to_step((double)step, &s->items[i].step))
            return false;
    }
    s->told = "keys";
    return true;
}

/* A list of the file that has a step for each state; *differs where one has not. */
static int
follow_list(gsc_state_dicts *s, bool *found, const char **differs)
{
    static const char *const names[] = {
        "steps",      "checkpoint_steps",  "global_steps", "step",
        "iterations", "checkpoint_epochs", "epochs",       "epoch"};
    int status = 0;
    double *steps = NULL;
    *found = false;
    *differs = NULL;
    for (size_t i = 0; !*found && i < sizeof names / sizeof *names; i++) {
        size_t count;
        GSC_TRY(gsc_state_dicts_reals(
            s->files[0], gsc_value_get(gsc_external_root(s->files[0]), names[i]),
            &steps, &count));
        *found = count == s->count && count > 1;
        for (size_t j = 0; *found && j < s->count; j++)
            *found = to_step(steps[j], &s->items[j].step);
        if (count > 1 && !*found)
            *differs = names[i];
        if (*found)
            s->told = names[i];
        free(steps);
        steps = NULL;
    }
out:
    free(steps);
    return status;
}

/* Each state's own, beside it. */
static bool
have_own(gsc_state_dicts *s, const char *name)
{
    double number;
    for (size_t i = 0; i < s->count; i++) {
        const gsc_state_dict *state = &s->items[i];
        const gsc_value *note = gsc_value_get(gsc_external_metadata(state->file), name);
        const gsc_value *value = s->num_files == 1 && s->count > 1
                                     ? gsc_value_get(state->around, name)
                                     : gsc_state_dict_beside(state, name);
        bool has = gsc_state_dicts_number(state->file, value, &number);
        if (!has && note && note->kind == GSC_VALUE_TEXT)
            has = gsc_text_to_real(note->text, &number) == 0;
        if (!has || !to_step(number, &s->items[i].step))
            return false;
    }
    s->told = name;
    return true;
}

/* By the name that is trusted most, of those that tell all states apart. */
static int
follow_own(gsc_state_dicts *s, bool *found)
{
    static const char *const names[] = {"step", "global_step", "iter_num", "iteration",
                                        "iter", "epoch",       "ep"};
    int status = 0;
    *found = false;
    for (size_t i = 0; !*found && i < sizeof names / sizeof *names; i++)
        if (have_own(s, names[i]))
            GSC_TRY(sort(s, found));
out:
    return status;
}

/* What tells all states apart, in the order of trust. */
static int
follow_files(gsc_state_dicts *s, const char **differs)
{
    int status = 0;
    bool found = follow_keys(s);
    *differs = NULL;
    if (found)
        GSC_TRY(sort(s, &found));
    if (!found && s->num_files == 1 && s->is_list)
        GSC_TRY(follow_list(s, &found, differs));
    if (!found && !*differs)
        GSC_TRY(follow_own(s, &found));
    if (!found && !*differs && gsc_state_dicts_steps_of_names(s))
        GSC_TRY(sort(s, &found));
    if (!found)
        s->told = NULL;
out:
    return status;
}

int
gsc_state_dicts_set_steps(gsc_state_dicts *s, const char *schedule)
{
    int status = 0;
    const char *differs;
    if (*schedule)
        GSC_TRY(gsc_schedule_check("checkpoints", schedule));
    GSC_TRY(follow_files(s, &differs));
    if (*schedule)
        GSC_TRY(follow_schedule(s, schedule));
    else if (!s->told && differs)
        return gsc_fail(GSC_EFORMAT,
                        "%s: %s has another length than the %zu states; give "
                        "--checkpoints",
                        s->paths[0], differs, s->count);
    for (size_t i = 0; !s->told && i < s->count; i++)
        s->items[i].step = (int64_t)i;
    for (size_t i = 1; i < s->count; i++)
        if (s->items[i].step <= s->items[i - 1].step)
            return gsc_fail(*schedule ? GSC_EARGUMENT : GSC_EFORMAT,
                            "%s: state %zu is of step %lld, by %s: not "
                            "after the one before; give --checkpoints",
                            s->items[i].path, i, (long long)s->items[i].step,
                            s->told ? s->told : "their order");
out:
    return status;
}
