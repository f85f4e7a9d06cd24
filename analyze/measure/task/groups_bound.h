/* The table of the measure "groups" with what idealised neurons prove of a network. */
#ifndef GSC_MEASURE_GROUPS_BOUND_H
#define GSC_MEASURE_GROUPS_BOUND_H

#include "grokscope/measure.h"

enum { GSC_GROUP_BOUND_COLUMNS = 7 };
extern const gsc_column gsc_group_bound_columns[GSC_GROUP_BOUND_COLUMNS];

/* A row for each way to idealise (compact_bound.h): "irrep", of every matrix x, y, U a
 * neuron's column becomes its mean and its main representation where that has more than
 * .95 of its variance, else its mean alone; "coset", its means over the cosets within
 * which it varies least. Constant columns become their mean. (Wu et al., arXiv
 * 2410.07476, have .95; what they do with the others is not told, and this is ours.)
 * NaN of a network that is not relu(x + y) U. */
int gsc_group_fill_bound(const gsc_measure_request *request, gsc_rows *rows);

#endif
