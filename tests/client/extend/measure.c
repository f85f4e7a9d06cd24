/* A measure: the largest weight, without its sign.
 *
 * A measure names what it needs, and has tables: columns, and a function that adds the
 * rows of one checkpoint. Programs of this kind ask it of files, the trainer of weights
 * in the making. */
#include "parts.h"

#include <math.h>

static const gsc_column largest_columns[] = {
    {"largest", GSC_CELL_REAL, false, "of all weights", false}};

static int
fill_largest(const gsc_measure_request *request, gsc_rows *rows)
{
    double largest = 0;
    for (size_t i = 0; i < request->loaded->num_weights; i++)
        largest = fmax(largest, fabs(request->loaded->weights[i]));
    return gsc_rows_real(rows, largest);
}

const gsc_measure largest_weight = {
    .name = "largest_weight",
    .purpose = "the largest weight",
    .needs = GSC_NEEDS_WEIGHTS,
    .num_tables = 1,
    .tables = {GSC_TABLE("checkpoint", largest_columns, fill_largest, NULL)}};
