/* A phase diagram in letters. */
#include "analyze/phases/phase_diagram.h"

#include "grokscope/error.h"

#include <ctype.h>
#include <string.h>

const char *const gsc_phase_drawing_names[] = {"no", "text", "svg", NULL};

static char
letter_of(const gsc_phase_grid *grid, const gsc_phase_runs *runs, size_t cell)
{
    const gsc_phase_cell c = gsc_phase_grid_cell(grid, cell);
    if (c.runs == 0)
        return '.';
    char letter = runs->rule->regimes[c.regime].letter;
    return c.agreeing == c.runs ? letter : (char)tolower(letter);
}

static int
longest(const gsc_phase_axis *axis)
{
    size_t most = 0;
    for (size_t i = 0; i < axis->count; i++)
        most = strlen(axis->values[i]) > most ? strlen(axis->values[i]) : most;
    return (int)most;
}

static int
add_rows(const gsc_phase_grid *grid, const gsc_phase_runs *runs, int margin, int width,
         gsc_text *text)
{
    int status = 0;
    for (size_t y = grid->y.count; y-- > 0;) {
        GSC_TRY(gsc_text_add(text, "%*s |", margin, grid->y.values[y]));
        for (size_t x = 0; x < grid->x.count; x++)
            GSC_TRY(gsc_text_add(text, "%*c", width,
                                 letter_of(grid, runs, y * grid->x.count + x)));
        GSC_TRY(gsc_text_add(text, "\n"));
    }
out:
    return status;
}

static int
add_x_axis(const gsc_phase_grid *grid, int margin, int width, gsc_text *text)
{
    int status = 0;
    GSC_TRY(gsc_text_add(text, "%*s +", margin, ""));
    for (int i = 0; i < (int)grid->x.count * width; i++)
        GSC_TRY(gsc_text_add(text, "-"));
    GSC_TRY(gsc_text_add(text, "\n%*s  ", margin, ""));
    for (size_t x = 0; x < grid->x.count; x++)
        GSC_TRY(gsc_text_add(text, "%*s", width, grid->x.values[x]));
    GSC_TRY(gsc_text_add(text, "\n"));
out:
    return status;
}

static int
add_legend(const gsc_phase_grid *grid, const gsc_phase_runs *runs, gsc_text *text)
{
    int status = 0;
    size_t none = gsc_phase_grid_total(grid, grid->num_regimes);
    GSC_TRY(gsc_text_add(text, "\n"));
    for (size_t k = 0; k < grid->num_regimes; k++) {
        const gsc_regime *r = &runs->rule->regimes[k];
        GSC_TRY(gsc_text_add(text, "%c  %-13s %6zu  %s\n", r->letter, r->name,
                             gsc_phase_grid_total(grid, k), r->meaning));
    }
    if (none > 0)
        GSC_TRY(gsc_text_add(text, ".  %-13s %6zu  not done, or nothing measured\n",
                             "no regime", none));
    GSC_TRY(gsc_text_add(text, "small letters: most of the cell's runs, not all\n"));
out:
    return status;
}

static const char *
name_of(const gsc_phase_runs *runs, const gsc_phase_axis *axis)
{
    return axis->option == SIZE_MAX ? "" : runs->plan.names[axis->option];
}

int
gsc_phase_draw_text(const gsc_phase_grid *grid, const gsc_phase_runs *runs,
                    gsc_text *text)
{
    int status = 0;
    int margin = longest(&grid->y), width = longest(&grid->x) + 1;
    const char *x = name_of(runs, &grid->x), *y = name_of(runs, &grid->y);
    width = width < 2 ? 2 : width;
    if (*y)
        GSC_TRY(gsc_text_add(text, "%s\n", y));
    GSC_TRY(add_rows(grid, runs, margin, width, text));
    GSC_TRY(add_x_axis(grid, margin, width, text));
    if (*x)
        GSC_TRY(gsc_text_add(text, "%*s  %s\n", margin, "", x));
    GSC_TRY(add_legend(grid, runs, text));
out:
    return status;
}
