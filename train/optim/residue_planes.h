/* The planes of circles of residues in tensors: what a gradient, or a weight, has
 * there.
 *
 * A circle of frequency k is the plane in the space of functions of a residue j that
 * cos(2 pi k j / n) and sin(2 pi k j / n) span. Every tensor with an axis of tokens or
 * of outputs has, along that axis, its part in the planes of the frequencies that are
 * named,
 *
 *     P x = (2 / n) sum_k (c_k c_k' + s_k s_k') x        (1 / n for k = n/2).
 *
 * Rows of other tokens ("=") have none. Of a product the circles are those of
 * logarithms: residue generator^j has the place j, and 0 none. The control of equal
 * size is the same planes of residues in a random order. */
#ifndef GSC_OPTIM_RESIDUE_PLANES_H
#define GSC_OPTIM_RESIDUE_PLANES_H

#include "grokscope/graph.h"
#include "grokscope/options.h"

#include <stdint.h>

enum { GSC_MOST_RESIDUES = 4096, GSC_MOST_PLANES = 64 };

/* Which planes. */
typedef struct gsc_plane_choice {
    char circles[GSC_OPTION_TEXT_BYTES]; /* frequencies: "3+7" */
    int64_t modulus;                     /* rows that are residues; 0: all */
    int64_t generator;                   /* of a product; 0: residues themselves */
    int64_t shuffled; /* number of the residues' random order; 0: their own */
} gsc_plane_choice;

/* Rows of options of a struct that begins with a choice. */
#define GSC_ROW_CIRCLES                                         \
    GSC_ROW_TEXT(gsc_plane_choice, circles, "1", "FREQUENCIES", \
                 "Frequencies of the circles, with '+' between, as 3+7.")
#define GSC_ROWS_RESIDUES                                                   \
    GSC_ROW_INTEGER(gsc_plane_choice, modulus, "0", 0, GSC_MOST_RESIDUES,   \
                    "Rows that are residues, the first of them; 0: all."),  \
        GSC_ROW_INTEGER(                                                    \
            gsc_plane_choice, generator, "0", 0, GSC_MOST_RESIDUES,         \
            "Of a product: the residue whose powers are counted along the " \
            "circles; 0: residues themselves."),                            \
        GSC_ROW_INTEGER(                                                    \
            gsc_plane_choice, shuffled, "0", 0, 1e6,                        \
            "A control of equal size: circles of residues in random order " \
            "number N; 0: their own order.")

/* Whether a graph has these planes. GSC_EARGUMENT otherwise, in a message that begins
 * with `where`: "filters: subspace". */
int gsc_residue_planes_check(const gsc_plane_choice *choice, const char *where,
                             const gsc_graph *graph);

/* How many circles there are of such residues in a graph that has them. */
size_t gsc_residue_planes_count(const gsc_plane_choice *choice, const gsc_graph *graph);

/* What of a function of the residues stays. */
typedef enum gsc_plane_part {
    GSC_IN_PLANES_AND_MEAN, /* P x and the mean */
    GSC_OUTSIDE_PLANES,     /* x - P x */
    GSC_IN_PLANES           /* P x; 0 in rows of no residue */
} gsc_plane_part;

typedef struct gsc_plane_projection {
    const gsc_plane_choice *choice;
    gsc_plane_part part;
    uint64_t seed, stream; /* of random orders */
} gsc_plane_projection;

/* Project the values of a parameter in place, along its axis of tokens or outputs;
 * false, and nothing is done, where it has none. */
bool gsc_residue_planes_project_f32(const gsc_plane_projection *projection,
                                    const gsc_parameter *parameter, float *values);
bool gsc_residue_planes_project_f64(const gsc_plane_projection *projection,
                                    const gsc_parameter *parameter, double *values);

#endif
