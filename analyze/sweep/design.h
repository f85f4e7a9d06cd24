/* What a sweep varies: axes of options and their values, and the points of their grid.
 *
 *     seed=0,1,2                 these values
 *     filters=a,b;c              with ';' between values that have commas themselves
 *     seed=0..9                  all whole numbers of a range
 *     weight_decay=log:0.01:1:5  so many from one end to the other, evenly in the
 *     init_scale=linear:1:2:3    logarithm, or evenly
 *     learning_rate=loguniform:1e-4:1e-2   drawn for each of a number of draws
 *     dropout=uniform:0:0.5
 *     seed+data_seed=0,1         several options that take the same value
 */
#ifndef GSC_SWEEP_DESIGN_H
#define GSC_SWEEP_DESIGN_H

#include "grokscope/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    GSC_MOST_AXES = 16,
    GSC_MOST_AXIS_OPTIONS = 4,
    GSC_AXIS_NAME_BYTES = 64,
    GSC_MOST_POINTS = 1000000
};

typedef struct gsc_axis {
    char names[GSC_MOST_AXIS_OPTIONS][GSC_AXIS_NAME_BYTES]; /* of its options */
    size_t num_names;
    char **values; /* [num_values], as in a recipe; NULL where they are drawn */
    size_t num_values;
    bool logarithmic; /* drawn evenly in the logarithm */
    bool whole;       /* drawn numbers are rounded: an option of whole numbers */
    double least, most;
} gsc_axis;

typedef struct gsc_design {
    gsc_axis axes[GSC_MOST_AXES];
    size_t num_axes;
    size_t num_draws; /* of each point of the grid; 1 where nothing is drawn */
    uint64_t seed;    /* of the draws */
    size_t num_points;
} gsc_design;

/* Whether an option takes whole numbers only. */
typedef bool gsc_is_whole(const char *name);

/* Read axes, one a line. GSC_EARGUMENT tells what cannot be read, what stands twice,
 * and a grid of more than GSC_MOST_POINTS. */
int gsc_design_init(gsc_design *self, const char *axes, size_t num_draws, uint64_t seed,
                    gsc_is_whole *is_whole);
void gsc_design_free(gsc_design *self);

/* The value of an axis at a point: the last axis moves first, draws before all. A drawn
 * one is a function of seed, axis and draw, the same at each point of the grid. */
int gsc_design_value(const gsc_design *self, size_t point, size_t axis,
                     gsc_text *value);

#endif
