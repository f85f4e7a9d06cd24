/* Loops in a cloud of points: persistent homology of dimension 1. Pure functions. */
#ifndef GROKSCOPE_PERSISTENCE_H
#define GROKSCOPE_PERSISTENCE_H

#include "grokscope/matrix.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A loop that is there from the scale `birth` on and filled at `death`. */
typedef struct gsc_bar {
    double birth, death;
} gsc_bar;

typedef struct gsc_bars {
    size_t count, room;
    gsc_bar *items; /* the longest first */
} gsc_bars;

/* The bars of H_1 over Z/2 of the Vietoris-Rips filtration of the rows of x [n, d]:
 * at scale t it has the edges of length <= t, and every triangle all of whose edges it
 * has. Bars of length 0 are left out. Released with gsc_bars_free; on failure empty.
 *
 * By persistent cohomology with clearing, apparent pairs and implicit columns, as
 * Bauer's Ripser does (J. Appl. Comput. Topology 5, 2021; arXiv 1908.02518): edges from
 * the longest to the shortest, but for those that join components; the pivot of an
 * edge's coboundary is its earliest triangle. O(n^2 (n + d)) time where pairs are
 * apparent, as most are, and O(n^2) memory.
 *
 * A regular n-gon of radius 1 has one bar, from 2 sin(pi/n) to 2 sin(pi ceil(n/3)/n).
 * GSC_EARGUMENT for more than GSC_MOST_POINTS rows, GSC_ENUMERIC where an element is
 * not finite, GSC_EMEMORY. */
enum { GSC_MOST_POINTS = 1024 };
int gsc_persistence_loops(const gsc_matrix *x, gsc_bars *bars);
void gsc_bars_free(gsc_bars *bars);

#ifdef __cplusplus
}
#endif
#endif
