/* Irreducible representations as a list: room, order, what all of them have. */
#include "train/task/group/irreps_parts.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int
gsc_irreps_reserve(gsc_irreps *irreps, size_t order, size_t count)
{
    int status = 0;
    *irreps = (gsc_irreps){.order = order, .count = count};
    GSC_NEW(irreps->items, count);
out:
    if (status < 0)
        irreps->count = 0;
    return status;
}

int
gsc_irrep_reserve(gsc_irrep *irrep, size_t order, size_t dimension, gsc_irrep_type type)
{
    int status = 0;
    irrep->dimension = dimension;
    irrep->type = type;
    irrep->rank = dimension * dimension / type;
    GSC_NEW(irrep->character, order);
    GSC_NEW(irrep->basis, order * irrep->rank);
out:
    return status;
}

void
gsc_irreps_free(gsc_irreps *irreps)
{
    for (size_t i = 0; i < irreps->count; i++) {
        free(irreps->items[i].character);
        free(irreps->items[i].basis);
    }
    free(irreps->items);
    *irreps = (gsc_irreps){0};
}

void
gsc_irrep_finish(gsc_irrep *irrep, size_t order)
{
    size_t d = irrep->dimension;
    double scale = sqrt((double)d / (double)order);
    for (size_t x = 0; x < order; x++) {
        double *rho = irrep->basis + x * d * d, trace = 0;
        for (size_t i = 0; i < d; i++)
            trace += rho[i * d + i];
        for (size_t i = 0; i < d * d; i++)
            rho[i] *= scale;
        irrep->character[x] = trace;
    }
}

static int
by_name(const void *a, const void *b)
{
    const gsc_irrep *x = a, *y = b;
    if (x->trivial != y->trivial)
        return x->trivial ? -1 : 1;
    if (x->dimension != y->dimension)
        return x->dimension < y->dimension ? -1 : 1;
    return strcmp(x->name, y->name);
}

void
gsc_irreps_sort(gsc_irreps *irreps)
{
    qsort(irreps->items, irreps->count, sizeof *irreps->items, by_name);
}
