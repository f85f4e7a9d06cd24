/* Irreducible representations of cyclic and dihedral groups, written down. */
#include "grokscope/error.h"

#include "train/task/group/irreps_parts.h"

#include <math.h>
#include <stdio.h>

static const double two_pi = 6.283185307179586476925;

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

int
gsc_irreps_cyclic(gsc_irreps *irreps, size_t n)
{
    int status = 0;
    size_t next = 0;
    GSC_TRY(gsc_irreps_reserve(irreps, n, n / 2 + 1));
    GSC_TRY(add_sign(irreps, &next, "trivial", one, n));
    for (size_t k = 1; 2 * k < n; k++)
        GSC_TRY(add_rotations(irreps, &next, k));
    if (n % 2 == 0)
        GSC_TRY(add_sign(irreps, &next, "sign", turns, n));
out:
    return status;
}

/* Rotation r is R(2 pi k r / n), the reflection after which it stands diag(1, -1). */
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

int
gsc_irreps_dihedral(gsc_irreps *irreps, size_t n)
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
