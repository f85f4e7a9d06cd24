/* Irreducible representations: what is common to all, cyclic and dihedral groups. */
#include "grokscope/irreps.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "irreps_parts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double two_pi = 6.283185307179586476925;

/* ---- Room ---- */

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

/* ---- Cyclic and dihedral groups ---- */

static void
name_frequency(gsc_irrep *irrep, size_t k)
{
    snprintf(irrep->name, sizeof irrep->name, "freq_%zu", k);
}

/* The next one, of dimension 1, by what each element is. */
static int
add_sign(gsc_irreps *irreps, size_t *next, const char *name,
         int (*sign)(size_t x, size_t n), size_t n)
{
    int status = 0;
    gsc_irrep *irrep = &irreps->items[*next];
    GSC_TRY(gsc_irrep_reserve(irrep, irreps->order, 1, GSC_IRREP_REAL));
    snprintf(irrep->name, sizeof irrep->name, "%s", name);
    irrep->trivial = *next == 0;
    for (size_t x = 0; x < irreps->order; x++)
        irrep->basis[x] = sign(x, n);
    gsc_irrep_finish(irrep, irreps->order);
    ++*next;
out:
    return status;
}

static int
one(size_t x, size_t n)
{
    (void)x, (void)n;
    return 1;
}

static int
reflects(size_t x, size_t n)
{
    return x < n ? 1 : -1;
}

static int
turns(size_t x, size_t n)
{
    return x % n % 2 == 0 ? 1 : -1;
}

static int
does_both(size_t x, size_t n)
{
    return reflects(x, n) * turns(x, n);
}

/* k turns are reduced modulo n first, so that angles are exact to the last digits. */
static double
angle_of(size_t k, size_t turn, size_t n)
{
    return two_pi * (double)(k * turn % n) / (double)n;
}

static int
add_rotations(gsc_irreps *irreps, size_t *next, size_t k)
{
    int status = 0;
    size_t n = irreps->order;
    gsc_irrep *irrep = &irreps->items[*next];
    double scale = sqrt(2 / (double)n);
    GSC_TRY(gsc_irrep_reserve(irrep, n, 2, GSC_IRREP_COMPLEX));
    name_frequency(irrep, k);
    for (size_t x = 0; x < n; x++) {
        double angle = angle_of(k, x, n);
        irrep->basis[2 * x] = scale * cos(angle);
        irrep->basis[2 * x + 1] = scale * sin(angle);
        irrep->character[x] = 2 * cos(angle);
    }
    ++*next;
out:
    return status;
}

static int
set_cyclic(gsc_irreps *irreps, size_t n)
{
    int status = 0;
    size_t next = 0;
    char name[GSC_IRREP_NAME_BYTES];
    GSC_TRY(gsc_irreps_reserve(irreps, n, n / 2 + 1));
    GSC_TRY(add_sign(irreps, &next, "trivial", one, n));
    for (size_t k = 1; 2 * k < n; k++)
        GSC_TRY(add_rotations(irreps, &next, k));
    snprintf(name, sizeof name, "freq_%zu", n / 2);
    if (n % 2 == 0)
        GSC_TRY(add_sign(irreps, &next, name, turns, n));
out:
    return status;
}

/* Rotation r is R(2 pi k r / n), the reflection behind which it stands diag(1, -1). */
static int
add_symmetries(gsc_irreps *irreps, size_t *next, size_t k)
{
    int status = 0;
    size_t n = irreps->order / 2;
    gsc_irrep *irrep = &irreps->items[*next];
    GSC_TRY(gsc_irrep_reserve(irrep, irreps->order, 2, GSC_IRREP_REAL));
    name_frequency(irrep, k);
    for (size_t x = 0; x < irreps->order; x++) {
        double angle = angle_of(k, x % n, n), side = x < n ? 1 : -1;
        double *rho = irrep->basis + 4 * x;
        rho[0] = cos(angle);
        rho[1] = -side * sin(angle);
        rho[2] = sin(angle);
        rho[3] = side * cos(angle);
    }
    gsc_irrep_finish(irrep, irreps->order);
    ++*next;
out:
    return status;
}

static int
set_dihedral(gsc_irreps *irreps, size_t n)
{
    int status = 0;
    size_t next = 0, of_one = n % 2 ? 2 : 4, of_two = (n - 1) / 2;
    GSC_TRY(gsc_irreps_reserve(irreps, 2 * n, of_one + of_two));
    GSC_TRY(add_sign(irreps, &next, "trivial", one, n));
    GSC_TRY(add_sign(irreps, &next, "sign", reflects, n));
    if (n % 2 == 0) {
        GSC_TRY(add_sign(irreps, &next, "sign_rotation", turns, n));
        GSC_TRY(add_sign(irreps, &next, "sign_both", does_both, n));
    }
    for (size_t k = 1; k <= of_two; k++)
        GSC_TRY(add_symmetries(irreps, &next, k));
out:
    return status;
}

int
gsc_irreps_init(gsc_irreps *irreps, const gsc_group *group)
{
    int status = 0;
    *irreps = (gsc_irreps){0};
    switch (group->family) {
    case GSC_GROUP_CYCLIC:
        status = set_cyclic(irreps, group->degree);
        break;
    case GSC_GROUP_DIHEDRAL:
        status = set_dihedral(irreps, group->degree);
        break;
    case GSC_GROUP_SYMMETRIC:
        status = gsc_irreps_symmetric(irreps, group);
        break;
    default:
        status = gsc_irreps_general(irreps, group);
    }
    if (status < 0)
        gsc_irreps_free(irreps);
    return status;
}
