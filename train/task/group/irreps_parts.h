/* What the files of irreps share. */
#ifndef GROKSCOPE_TASK_IRREPS_PARTS_H
#define GROKSCOPE_TASK_IRREPS_PARTS_H

#include "grokscope/irreps.h"

/* Make room for count representations, all empty. */
int gsc_irreps_reserve(gsc_irreps *irreps, size_t order, size_t count);

/* Give one its dimension, its type, what follows from them, and room. */
int gsc_irrep_reserve(gsc_irrep *irrep, size_t order, size_t dimension,
                      gsc_irrep_type type);

/* Of one of real type with rho(x) in row x of `basis`: trace it and normalise. */
void gsc_irrep_finish(gsc_irrep *irrep, size_t order);

/* The trivial one first, then by dimension, then by name. */
void gsc_irreps_sort(gsc_irreps *irreps);

/* gsc_irreps_init for C_n, for D_n, for S_n, and for any group. */
int gsc_irreps_cyclic(gsc_irreps *irreps, size_t n);
int gsc_irreps_dihedral(gsc_irreps *irreps, size_t n);
int gsc_irreps_symmetric(gsc_irreps *irreps, const gsc_group *group);
int gsc_irreps_general(gsc_irreps *irreps, const gsc_group *group);

#endif
