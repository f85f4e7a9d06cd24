/* A phase diagram as SVG. */
#include "analyze/phases/phase_diagram.h"

#include "grokscope/error.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

enum {
    CELL = 44,
    LEFT = 96, /* of the first cell */
    TOP = 40,
    BELOW = 64, /* for the x axis */
    LEGEND_LINE = 20,
    LEGEND_WIDTH = 560 /* least, for its sentences */
};

/* ---- Pieces ---- */

/* A text, in which what SVG would read as its own stands escaped. */
static int
add_words(gsc_text *svg, const char *words)
{
    int status = 0;
    for (; *words; words++)
        GSC_TRY(*words == '<'   ? gsc_text_add(svg, "&lt;")
                : *words == '&' ? gsc_text_add(svg, "&amp;")
                : *words == '>' ? gsc_text_add(svg, "&gt;")
                                : gsc_text_add(svg, "%c", *words));
out:
    return status;
}

static int
add_label(gsc_text *svg, double x, double y, const char *more, const char *words)
{
    int status = 0;
    GSC_TRY(gsc_text_add(svg, "<text x=\"%g\" y=\"%g\"%s>", x, y, more));
    GSC_TRY(add_words(svg, words));
    GSC_TRY(gsc_text_add(svg, "</text>\n"));
out:
    return status;
}

static double
left_of(const gsc_phase_grid *grid, size_t cell)
{
    return LEFT + (double)(cell % grid->x.count) * CELL;
}

/* Rows of y from the largest down. */
static double
top_of(const gsc_phase_grid *grid, size_t cell)
{
    return TOP + (double)(grid->y.count - 1 - cell / grid->x.count) * CELL;
}

/* ---- Cells ---- */

static int
add_values(gsc_text *svg, const gsc_phase_axis *axis, const gsc_phase_runs *runs,
           size_t at, const char *end)
{
    int status = 0;
    if (axis->option == SIZE_MAX)
        return 0;
    GSC_TRY(add_words(svg, runs->plan.names[axis->option]));
    GSC_TRY(gsc_text_add(svg, " "));
    GSC_TRY(add_words(svg, axis->values[at]));
    GSC_TRY(gsc_text_add(svg, "%s", end));
out:
    return status;
}

/* What hovering tells. */
static int
add_title(gsc_text *svg, const gsc_phase_grid *grid, const gsc_phase_runs *runs,
          size_t cell)
{
    int status = 0;
    const size_t *counts = grid->counts + cell * (grid->num_regimes + 1);
    GSC_TRY(gsc_text_add(svg, "<title>"));
    GSC_TRY(add_values(svg, &grid->x, runs, cell % grid->x.count, ", "));
    GSC_TRY(add_values(svg, &grid->y, runs, cell / grid->x.count, ": "));
    for (size_t k = 0; k <= grid->num_regimes; k++)
        if (counts[k] > 0)
            GSC_TRY(gsc_text_add(svg, "%zu %s ", counts[k],
                                 k < grid->num_regimes ? runs->rule->regimes[k].name
                                                       : "not done"));
    GSC_TRY(gsc_text_add(svg, "</title>"));
out:
    return status;
}

static int
add_cell(gsc_text *svg, const gsc_phase_grid *grid, const gsc_phase_runs *runs,
         size_t cell)
{
    int status = 0;
    const gsc_phase_cell c = gsc_phase_grid_cell(grid, cell);
    const char *colour = c.runs > 0 ? runs->rule->regimes[c.regime].colour : "none";
    GSC_TRY(gsc_text_add(svg,
                         "<rect x=\"%g\" y=\"%g\" width=\"%d\" height=\"%d\" "
                         "fill=\"%s\" fill-opacity=\"%s\" stroke=\"#888\" "
                         "stroke-width=\"0.5\">",
                         left_of(grid, cell), top_of(grid, cell), CELL, CELL, colour,
                         c.runs > 1 ? "0.35" : "0.9"));
    GSC_TRY(add_title(svg, grid, runs, cell));
    GSC_TRY(gsc_text_add(svg, "</rect>\n"));
out:
    return status;
}

/* The dot number `at` of `count` of a cell: rows that fill a square. */
static int
add_dot(gsc_text *svg, const gsc_phase_grid *grid, const gsc_phase_runs *runs,
        size_t cell, size_t run, size_t at, size_t count)
{
    const size_t side = (size_t)ceil(sqrt((double)count));
    const double step = (double)CELL / (double)(side + 1);
    const double x = left_of(grid, cell) + step * (double)(at % side + 1);
    const double y = top_of(grid, cell) + step * (double)(at / side + 1);
    const size_t regime = runs->runs[run].regime;
    if (regime == grid->num_regimes)
        return 0;
    return gsc_text_add(svg,
                        "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\" fill=\"%s\" "
                        "stroke=\"#222\" stroke-width=\"0.5\" "
                        "pointer-events=\"none\"/>\n",
                        x, y, fmin(5, step / 2.6), runs->rule->regimes[regime].colour);
}

static int
add_dots(gsc_text *svg, const gsc_phase_grid *grid, const gsc_phase_runs *runs,
         size_t cell)
{
    int status = 0;
    size_t count = 0, at = 0;
    for (size_t i = 0; i < runs->plan.num_runs; i++)
        count += grid->cell_of[i] == cell;
    for (size_t i = 0; count > 1 && i < runs->plan.num_runs; i++)
        if (grid->cell_of[i] == cell)
            GSC_TRY(add_dot(svg, grid, runs, cell, i, at++, count));
out:
    return status;
}

/* ---- Axes and legend ---- */

/* Long values stand in two lines, one after the other. */
static bool
is_crowded(const gsc_phase_axis *axis)
{
    for (size_t i = 0; i < axis->count; i++)
        if (strlen(axis->values[i]) > CELL / 8)
            return true;
    return false;
}

static int
add_x_axis(gsc_text *svg, const gsc_phase_grid *grid, const gsc_phase_runs *runs)
{
    int status = 0;
    const double bottom = TOP + (double)grid->y.count * CELL;
    const double middle = LEFT + (double)grid->x.count * CELL / 2;
    const bool crowded = is_crowded(&grid->x);
    for (size_t i = 0; i < grid->x.count; i++)
        GSC_TRY(add_label(svg, LEFT + ((double)i + 0.5) * CELL,
                          bottom + 16 + (i % 2 && crowded ? 14 : 0),
                          " text-anchor=\"middle\"", grid->x.values[i]));
    if (grid->x.option != SIZE_MAX)
        GSC_TRY(add_label(svg, middle, bottom + 52,
                          " text-anchor=\"middle\" font-weight=\"bold\"",
                          runs->plan.names[grid->x.option]));
out:
    return status;
}

static int
add_y_axis(gsc_text *svg, const gsc_phase_grid *grid, const gsc_phase_runs *runs)
{
    int status = 0;
    for (size_t i = 0; i < grid->y.count; i++)
        GSC_TRY(add_label(svg, LEFT - 8, top_of(grid, i * grid->x.count) + CELL / 2 + 4,
                          " text-anchor=\"end\"", grid->y.values[i]));
    if (grid->y.option != SIZE_MAX)
        GSC_TRY(add_label(svg, 8, TOP - 14, " font-weight=\"bold\"",
                          runs->plan.names[grid->y.option]));
out:
    return status;
}

static int
add_legend(gsc_text *svg, const gsc_phase_grid *grid, const gsc_phase_runs *runs)
{
    int status = 0;
    gsc_text words = {0};
    double y = TOP + (double)grid->y.count * CELL + BELOW;
    for (size_t k = 0; k < grid->num_regimes; k++, y += LEGEND_LINE) {
        const gsc_regime *r = &runs->rule->regimes[k];
        words.length = 0;
        GSC_TRY(gsc_text_add(&words, "%zu %s: %s", gsc_phase_grid_total(grid, k),
                             r->name, r->meaning));
        GSC_TRY(gsc_text_add(svg,
                             "<rect x=\"16\" y=\"%g\" width=\"14\" height=\"14\" "
                             "fill=\"%s\"/>\n",
                             y, r->colour));
        GSC_TRY(add_label(svg, 38, y + 12, "", words.data));
    }
out:
    gsc_text_free(&words);
    return status;
}

int
gsc_phase_draw_svg(const gsc_phase_grid *grid, const gsc_phase_runs *runs,
                   gsc_text *svg)
{
    int status = 0;
    const double width =
        fmax(LEFT + (double)grid->x.count * CELL + 24, (double)LEGEND_WIDTH);
    const double height = TOP + (double)grid->y.count * CELL + BELOW +
                          (double)grid->num_regimes * LEGEND_LINE + 12;
    GSC_TRY(
        gsc_text_add(svg,
                     "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%g\" "
                     "height=\"%g\" viewBox=\"0 0 %g %g\" font-family=\"sans-serif\" "
                     "font-size=\"12\" fill=\"#111\">\n"
                     "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n",
                     width, height, width, height));
    for (size_t cell = 0; cell < grid->x.count * grid->y.count; cell++) {
        GSC_TRY(add_cell(svg, grid, runs, cell));
        GSC_TRY(add_dots(svg, grid, runs, cell));
    }
    GSC_TRY(add_x_axis(svg, grid, runs));
    GSC_TRY(add_y_axis(svg, grid, runs));
    GSC_TRY(add_legend(svg, grid, runs));
    GSC_TRY(gsc_text_add(svg, "</svg>\n"));
out:
    return status;
}
