/* A phase diagram as a drawing: letters for a terminal, or SVG. */
#ifndef GSC_PHASE_DIAGRAM_H
#define GSC_PHASE_DIAGRAM_H

#include "grokscope/text.h"

#include "analyze/phases/phase_grid.h"

typedef enum gsc_phase_drawing {
    GSC_PHASE_NO_DRAWING,
    GSC_PHASE_TEXT,
    GSC_PHASE_SVG,
    GSC_NUM_PHASE_DRAWINGS
} gsc_phase_drawing;

extern const char *const gsc_phase_drawing_names[]; /* "no", "text", "svg" */

/* A letter for each cell, rows of y from the largest down: a capital where all its runs
 * agree, else a small one; '.' where no run is done. Below it x, and what the letters
 * mean with the runs of each. */
int gsc_phase_draw_text(const gsc_phase_grid *grid, const gsc_phase_runs *runs,
                        gsc_text *text);

/* The same as a picture: a square for each cell in the colour of its regime, pale where
 * it has several runs, and on it a dot for each in its own. It speaks on hover. */
int gsc_phase_draw_svg(const gsc_phase_grid *grid, const gsc_phase_runs *runs,
                       gsc_text *svg);

#endif
