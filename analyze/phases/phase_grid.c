/* The cells of a phase diagram. */
#include "analyze/phases/phase_grid.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "analyze/sweep/tables/arms.h"
#include "analyze/sweep/tables/collect.h"

#include <stdlib.h>
#include <string.h>

/* ---- Axes ---- */

/* The first varied option that is neither a seed nor `taken`, nor changes with that;
 * SIZE_MAX if there is none.
 */
static size_t
first_option(const gsc_sweep_plan *plan, size_t taken)
{
    for (size_t n = 0; n < plan->num_names; n++)
        if (!gsc_arm_is_seed(plan->names[n]) &&
            (taken == SIZE_MAX || !gsc_arm_is_tied(plan, n, taken)))
            return n;
    return SIZE_MAX;
}

static int
choose_axes(gsc_phase_grid *self, const gsc_sweep_plan *plan, const char *x,
            const char *y)
{
    int status = 0;
    self->x.option = self->y.option = SIZE_MAX;
    if (*y)
        GSC_TRY(gsc_arm_find_option(plan, y, strlen(y), &self->y.option));
    if (*x)
        GSC_TRY(gsc_arm_find_option(plan, x, strlen(x), &self->x.option));
    else
        self->x.option = first_option(plan, self->y.option);
    if (!*y)
        self->y.option = first_option(plan, self->x.option);
    if (self->x.option != SIZE_MAX && self->x.option == self->y.option)
        status = gsc_fail(GSC_EARGUMENT, "--x and --y are both %s", x);
out:
    return status;
}

static int
compare_numbers(const void *a, const void *b)
{
    double x = 0, y = 0;
    gsc_text_to_real(*(const char *const *)a, &x);
    gsc_text_to_real(*(const char *const *)b, &y);
    return (x > y) - (x < y);
}

static size_t
place_of(const gsc_phase_axis *axis, const char *value)
{
    size_t at = 0;
    while (at < axis->count && strcmp(axis->values[at], value) != 0)
        at++;
    return at;
}

static int
list_values(gsc_phase_axis *axis, const gsc_sweep_plan *plan)
{
    int status = 0;
    GSC_NEW(axis->values, plan->num_runs + 1);
    if (axis->option == SIZE_MAX) {
        axis->values[axis->count++] = "";
        return 0;
    }
    for (size_t i = 0; i < plan->num_runs; i++) {
        const char *value = plan->runs[i].values[axis->option];
        if (place_of(axis, value) == axis->count)
            axis->values[axis->count++] = value;
    }
    if (gsc_sweep_kind_of(plan, axis->option) != GSC_CELL_TEXT)
        qsort(axis->values, axis->count, sizeof *axis->values, compare_numbers);
out:
    return status;
}

/* ---- Cells ---- */

static size_t
place_of_run(const gsc_phase_axis *axis, const gsc_planned_run *run)
{
    return axis->option == SIZE_MAX ? 0 : place_of(axis, run->values[axis->option]);
}

int
gsc_phase_grid_init(gsc_phase_grid *self, const gsc_phase_runs *runs, const char *x,
                    const char *y)
{
    int status = 0;
    const gsc_sweep_plan *plan = &runs->plan;
    *self = (gsc_phase_grid){.num_regimes = runs->rule->num_regimes};
    size_t width = self->num_regimes + 1;
    GSC_TRY(choose_axes(self, plan, x, y));
    GSC_TRY(list_values(&self->x, plan));
    GSC_TRY(list_values(&self->y, plan));
    GSC_NEW(self->cell_of, plan->num_runs);
    GSC_NEW(self->counts, self->x.count * self->y.count * width);
    for (size_t i = 0; i < plan->num_runs; i++) {
        self->cell_of[i] = place_of_run(&self->y, &plan->runs[i]) * self->x.count +
                           place_of_run(&self->x, &plan->runs[i]);
        self->counts[self->cell_of[i] * width + runs->runs[i].regime]++;
    }
out:
    if (status < 0)
        gsc_phase_grid_free(self);
    return status;
}

void
gsc_phase_grid_free(gsc_phase_grid *self)
{
    free(self->x.values);
    free(self->y.values);
    free(self->cell_of);
    free(self->counts);
    *self = (gsc_phase_grid){.counts = NULL};
}

gsc_phase_cell
gsc_phase_grid_cell(const gsc_phase_grid *self, size_t cell)
{
    const size_t *counts = self->counts + cell * (self->num_regimes + 1);
    gsc_phase_cell c = {.regime = self->num_regimes};
    for (size_t i = 0; i < self->num_regimes; i++) {
        c.runs += counts[i];
        if (counts[i] > c.agreeing) {
            c.agreeing = counts[i];
            c.regime = i;
        }
    }
    return c;
}

size_t
gsc_phase_grid_total(const gsc_phase_grid *self, size_t regime)
{
    size_t total = 0;
    for (size_t i = 0; i < self->x.count * self->y.count; i++)
        total += self->counts[i * (self->num_regimes + 1) + regime];
    return total;
}
