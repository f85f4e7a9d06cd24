/* Arms of a sweep. */
#include "analyze/sweep/tables/arms.h"

#include "grokscope/error.h"
#include "grokscope/text.h"

#include "analyze/sweep/tables/collect.h"

#include <string.h>

bool
gsc_arm_is_seed(const char *name)
{
    return strcmp(name, "seed") == 0 || strcmp(name, "data_seed") == 0;
}

bool
gsc_arm_is_tied(const gsc_sweep_plan *plan, size_t a, size_t b)
{
    for (size_t i = 1; a != b && i < plan->num_runs; i++)
        for (size_t k = 0; k < i; k++) {
            char *const *x = plan->runs[i].values, *const *y = plan->runs[k].values;
            if ((strcmp(x[a], y[a]) == 0) != (strcmp(x[b], y[b]) == 0))
                return false;
        }
    return true;
}

static int
refuse_option(const gsc_sweep_plan *plan, const char *name, size_t length)
{
    int status = 0;
    gsc_text names = {0};
    GSC_TRY(gsc_text_add(&names, "%s", ""));
    for (size_t n = 0; n < plan->num_names; n++)
        GSC_TRY(gsc_text_add(&names, "%s%s", n > 0 ? ", " : "", plan->names[n]));
    status = gsc_fail(GSC_EARGUMENT, "'%.*s' was not varied; the sweep has %s",
                      (int)length, name, plan->num_names > 0 ? names.data : "nothing");
out:
    gsc_text_free(&names);
    return status;
}

int
gsc_arm_find_option(const gsc_sweep_plan *plan, const char *name, size_t length,
                    size_t *found)
{
    for (size_t n = 0; n < plan->num_names; n++)
        if (strlen(plan->names[n]) == length &&
            strncmp(plan->names[n], name, length) == 0) {
            *found = n;
            return 0;
        }
    return refuse_option(plan, name, length);
}

int
gsc_arm_options_init(gsc_arm_options *self, const gsc_sweep_plan *plan, const char *by)
{
    int status = 0;
    self->count = 0;
    for (size_t n = 0; !*by && n < plan->num_names; n++)
        if (!gsc_arm_is_seed(plan->names[n]))
            self->options[self->count++] = n;
    while (*by) {
        size_t length = strcspn(by, ","), found = 0;
        GSC_TRY(gsc_arm_find_option(plan, by, length, &found));
        if (self->count == GSC_MOST_VARIED)
            return gsc_fail(GSC_EARGUMENT, "by: more than %d options", GSC_MOST_VARIED);
        self->options[self->count++] = found;
        by += length + (by[length] == ',');
    }
out:
    return status;
}

bool
gsc_arm_is_same(const gsc_arm_options *self, const gsc_sweep_plan *plan, size_t a,
                size_t b)
{
    for (size_t i = 0; i < self->count; i++)
        if (strcmp(plan->runs[a].values[self->options[i]],
                   plan->runs[b].values[self->options[i]]) != 0)
            return false;
    return true;
}

size_t
gsc_arm_first(const gsc_arm_options *self, const gsc_sweep_plan *plan, size_t run)
{
    size_t first = 0;
    while (!gsc_arm_is_same(self, plan, first, run))
        first++;
    return first;
}

void
gsc_arm_columns(const gsc_arm_options *self, const gsc_sweep_plan *plan,
                gsc_column *columns)
{
    for (size_t i = 0; i < self->count; i++)
        columns[i] = (gsc_column){plan->names[self->options[i]],
                                  gsc_sweep_kind_of(plan, self->options[i]), true,
                                  "a varied option", false};
}

int
gsc_arm_add_values(const gsc_arm_options *self, const gsc_sweep_plan *plan, size_t run,
                   gsc_rows *rows)
{
    int status = 0;
    for (size_t i = 0; i < self->count; i++)
        GSC_TRY(gsc_sweep_add_value(rows, plan->runs[run].values[self->options[i]]));
out:
    return status;
}
