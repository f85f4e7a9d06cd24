/* Irreducible representations of any group, from the centre of its algebra.
 *
 * Functions on the group multiply by convolution, (a b)(z) = sum_y a(y) b(y^-1 z).
 * Those that are the same on each conjugacy class and its inverses commute with all and
 * are, as an algebra, copies of the real numbers, one a real irreducible representation
 * with character chi. Its unit there is the idempotent
 *
 *     p = rank / (d order) chi,    p p = p,    p(identity) = rank / order
 *
 * and P(x, y) = p(x^-1 y) projects functions on the span of its matrix elements (Serre,
 * Linear Representations of Finite Groups, sections 2.6 and 13.2). Multiplication by a
 * random such function has all p as eigenvectors, of distinct eigenvalues. */
#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/rng.h"

#include "train/numeric/gemm.h"
#include "train/numeric/linalg.h"
#include "train/task/group/irreps_parts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_CLASSES = 1024, /* the eigenvectors of that many take seconds */
    NUM_DRAWS = 8
};

/* How far numbers may be from the integers that they are, and eigenvectors from
 * idempotents: one step of the iteration below squares it. */
static const double tolerance = 1e-6;

/* ---- Classes with their inverses ---- */

typedef struct centre {
    const gsc_group *group;
    size_t count;
    uint16_t *of;    /* [order] the class of an element */
    uint16_t *first; /* [count] an element of it */
    double *size;    /* [count] */
} centre;

static void
free_centre(centre *c)
{
    free(c->of);
    free(c->first);
    free(c->size);
}

/* Classes are numbered by their first elements, so the lower of two comes first. */
static int
find_centre(centre *c, const gsc_group *group)
{
    int status = 0;
    uint16_t *number = NULL;
    *c = (centre){.group = group};
    GSC_NEW(c->of, group->order);
    GSC_NEW(c->first, group->order);
    GSC_NEW(c->size, group->order);
    size_t classes = gsc_group_classes(group, c->of);
    GSC_NEW(number, classes);
    memset(number, 0xff, classes * sizeof *number); /* none yet */
    for (size_t x = 0; x < group->order; x++) {
        size_t own = c->of[x], other = c->of[group->inverse[x]];
        if (number[own] == UINT16_MAX) {
            c->first[c->count] = (uint16_t)x;
            number[own] = number[other] = (uint16_t)c->count++;
        }
    }
    for (size_t x = 0; x < group->order; x++) {
        c->of[x] = number[c->of[x]];
        c->size[c->of[x]]++;
    }
out:
    free(number);
    return status;
}

/* ---- Idempotents ---- */

/* Multiplication by a random element w, between the normalised sums of the classes. */
static int
draw(const centre *c, uint64_t counter, gsc_matrix *product)
{
    int status = 0;
    const gsc_group *group = c->group;
    uint64_t stream = gsc_rng_stream("irreps");
    double *w = NULL;
    GSC_TRY(gsc_matrix_init(product, c->count, c->count));
    GSC_NEW(w, c->count);
    for (size_t a = 0; a < c->count; a++)
        w[a] = gsc_rng_normal(0, stream, counter + a) / sqrt(c->size[a]);
    for (size_t a = 0; a < c->count; a++) {
        size_t x = group->inverse[c->first[a]];
        double *row = product->data + a * c->count;
        for (size_t y = 0; y < group->order; y++) /* sum over y in b of w(x^-1 y) */
            row[c->of[y]] += w[c->of[gsc_group_product(group, x, y)]];
        for (size_t b = 0; b < c->count; b++)
            row[b] *= sqrt(c->size[a] / c->size[b]);
    }
out:
    free(w);
    return status;
}

/* The product of two elements of the centre, a(y) = a(y^-1), at one element z. */
static double
multiply_at(const gsc_group *group, const double *a, const double *b, size_t z)
{
    double sum = 0;
    const uint16_t *row = group->table + z * group->order;
    for (size_t y = 0; y < group->order; y++)
        sum += a[y] * b[row[y]];
    return sum;
}

static void
multiply(const centre *c, const double *a, const double *b, double *product)
{
    for (size_t z = 0; z < c->group->order; z++) {
        size_t first = c->first[c->of[z]];
        product[z] = z == first ? multiply_at(c->group, a, b, z) : product[first];
    }
}

/* p [order] from an eigenvector of unit length: f with sum f^2 = 1 is p up to a factor
 * f(identity), as sum p^2 = (p p)(identity). Then 3 p^2 - 2 p^3 squares the distance
 * from an idempotent (McWeeny, Rev. Mod. Phys. 32, 1960). work [2, order].
 * Returns how far p was. */
static double
purify(const centre *c, const double *eigenvector, double *p, double *work)
{
    size_t order = c->group->order;
    double own = eigenvector[c->of[c->group->identity]], off = 0;
    double *square = work, *cube = work + order;
    for (size_t x = 0; x < order; x++) /* its class has one element: size 1 */
        p[x] = own * eigenvector[c->of[x]] / sqrt(c->size[c->of[x]]);
    multiply(c, p, p, square);
    multiply(c, p, square, cube);
    for (size_t x = 0; x < order; x++) {
        double apart = fabs(square[x] - p[x]);
        off = apart > off ? apart : off;
        p[x] = 3 * square[x] - 2 * cube[x];
    }
    return off / (own * own);
}

/* sum_x p(x^2): sqrt(rank), 0, -sqrt(rank) by type (Frobenius and Schur). */
static gsc_irrep_type
type_of(const gsc_group *group, const double *p)
{
    double sum = 0;
    for (size_t x = 0; x < group->order; x++)
        sum += p[gsc_group_product(group, x, x)];
    return sum > 0.5    ? GSC_IRREP_REAL
           : sum < -0.5 ? GSC_IRREP_QUATERNIONIC
                        : GSC_IRREP_COMPLEX;
}

/* ---- Bases ---- */

/* The element of most power left; of equal ones the first, whatever rounding says. */
static size_t
most_left(const double *left, size_t order)
{
    size_t most = 0;
    for (size_t x = 1; x < order; x++)
        if (left[x] > left[most] + tolerance / (double)order)
            most = x;
    return most;
}

/* v less its part in the first k columns of Q [order, rank]. */
static void
remove_part(const double *q, size_t order, size_t rank, size_t k, double *v,
            double *coefficients)
{
    if (k == 0)
        return;
    gsc_gemm_f64(true, false, k, 1, order, 1, q, rank, v, 1, 0, coefficients, 1);
    gsc_gemm_f64(false, false, order, 1, k, -1, q, rank, coefficients, 1, 1, v, 1);
}

/* Orthonormal columns for the range of P: columns of it, that of most power left first
 * (Cholesky's decomposition with pivots), each orthogonalised twice. */
static int
span(const gsc_group *group, const double *p, size_t rank, double *q)
{
    int status = 0;
    size_t order = group->order;
    double *left = NULL, *v = NULL, *coefficients = NULL;
    GSC_NEW(left, order);
    GSC_NEW(v, order);
    GSC_NEW(coefficients, rank);
    for (size_t x = 0; x < order; x++)
        left[x] = p[group->identity];
    for (size_t k = 0; k < rank; k++) {
        size_t from = group->inverse[most_left(left, order)];
        double power = 0;
        for (size_t x = 0; x < order; x++) /* P(x, y) = p(y^-1 x) */
            v[x] = p[gsc_group_product(group, from, x)];
        remove_part(q, order, rank, k, v, coefficients);
        remove_part(q, order, rank, k, v, coefficients);
        for (size_t x = 0; x < order; x++)
            power += v[x] * v[x];
        for (size_t x = 0; x < order; x++) {
            q[x * rank + k] = v[x] / sqrt(power);
            left[x] -= v[x] * v[x] / power;
        }
    }
out:
    free(left);
    free(v);
    free(coefficients);
    return status;
}

/* ---- One draw ---- */

/* The representation of p; *right: rank and dimension are whole numbers. */
static int
set_irrep(gsc_irrep *irrep, const gsc_group *group, const double *p, bool *right)
{
    int status = 0;
    size_t order = group->order;
    gsc_irrep_type type = type_of(group, p);
    double rank = p[group->identity] * (double)order, d = sqrt(rank * (double)type);
    *right = fabs(rank - round(rank)) < tolerance && fabs(d - round(d)) < tolerance;
    if (!*right)
        return 0;
    GSC_TRY(gsc_irrep_reserve(irrep, order, (size_t)lround(d), type));
    irrep->trivial = true;
    for (size_t x = 0; x < order; x++) {
        irrep->character[x] = (double)type * (double)order / round(d) * p[x];
        irrep->trivial = irrep->trivial && fabs(irrep->character[x] - 1) < tolerance;
    }
    GSC_TRY(span(group, p, irrep->rank, irrep->basis));
out:
    return status;
}

/* All of them from one random element; *right: they are what they have to be. */
static int
try_draw(gsc_irreps *irreps, const centre *c, uint64_t counter, bool *right)
{
    int status = 0;
    size_t order = c->group->order, ranks = 0;
    gsc_matrix product = {0}, vectors = {0};
    double *values = NULL, *p = NULL, *work = NULL;
    GSC_NEW(values, c->count);
    GSC_NEW(p, order);
    GSC_NEW(work, 2 * order);
    GSC_TRY(draw(c, counter, &product));
    GSC_TRY(gsc_eigen_symmetric(&product, values, &vectors));
    GSC_TRY(gsc_irreps_reserve(irreps, order, c->count));
    *right = true;
    for (size_t i = 0; *right && i < c->count; i++) {
        *right = purify(c, vectors.data + i * c->count, p, work) < tolerance;
        if (*right)
            GSC_TRY(set_irrep(&irreps->items[i], c->group, p, right));
        ranks += irreps->items[i].rank;
    }
    *right = *right && ranks == order;
out:
    gsc_matrix_free(&product);
    gsc_matrix_free(&vectors);
    free(values);
    free(p);
    free(work);
    return status;
}

/* ---- Order and names ---- */

/* Where characters are compared: qsort hands nothing through. */
typedef struct ranked {
    gsc_irrep irrep;
    size_t order;
} ranked;

static int
by_character(const void *a, const void *b)
{
    const gsc_irrep *x = &((const ranked *)a)->irrep, *y = &((const ranked *)b)->irrep;
    if (x->dimension != y->dimension)
        return x->dimension < y->dimension ? -1 : 1;
    for (size_t i = 0; i < ((const ranked *)a)->order; i++)
        if (fabs(x->character[i] - y->character[i]) > tolerance)
            return x->character[i] > y->character[i] ? -1 : 1;
    return 0;
}

/* The trivial one comes first: no character of dimension 1 is larger anywhere. */
static int
sort(gsc_irreps *irreps)
{
    int status = 0;
    ranked *list = NULL;
    GSC_NEW(list, irreps->count);
    for (size_t i = 0; i < irreps->count; i++)
        list[i] = (ranked){irreps->items[i], irreps->order};
    qsort(list, irreps->count, sizeof *list, by_character);
    for (size_t i = 0; i < irreps->count; i++)
        irreps->items[i] = list[i].irrep;
out:
    free(list);
    return status;
}

static void
name(gsc_irrep *irrep, const char *text)
{
    snprintf(irrep->name, sizeof irrep->name, "%s", text);
}

static void
name_by_dimension(gsc_irreps *irreps)
{
    size_t dimension = 0, number = 0;
    for (size_t i = 0; i < irreps->count; i++) {
        gsc_irrep *irrep = &irreps->items[i];
        if (irrep->dimension != dimension)
            number = 0;
        dimension = irrep->dimension;
        snprintf(irrep->name, sizeof irrep->name, "%zud_%zu", dimension,
                 number += !irrep->trivial);
        if (irrep->trivial)
            name(irrep, "trivial");
    }
}

/* How permutations move coordinates that add up to 0: trace fixed points - 1. */
static bool
is_standard(const gsc_irrep *irrep, const gsc_group *group)
{
    size_t n = group->degree;
    uint8_t image[UINT8_MAX];
    bool is = !irrep->trivial && n > 2;
    for (size_t x = 0; is && x < group->order; x++) {
        double trace = -1;
        gsc_group_permutation(group, x, image);
        for (size_t i = 0; i < n; i++)
            trace += image[i] == i;
        is = fabs(irrep->character[x] - trace) < tolerance;
    }
    return is;
}

/* The golden ratio is 3d_a's trace at the cycle; 3d_b has it at its square. */
static int
name_alternating(gsc_irreps *irreps, const gsc_group *group)
{
    int status = 0;
    uint16_t *cycle = NULL;
    size_t count;
    GSC_NEW(cycle, group->order);
    if (group->degree == 5)
        GSC_TRY(gsc_group_read_elements(group, "(0 1 2 3 4)", cycle, &count));
    for (size_t i = 0; i < irreps->count; i++) {
        gsc_irrep *irrep = &irreps->items[i];
        if (is_standard(irrep, group))
            name(irrep, "standard");
        else if (group->degree == 5 && irrep->dimension == 5)
            name(irrep, "5d_a");
        else if (group->degree == 5 && irrep->dimension == 3)
            name(irrep, irrep->character[cycle[0]] > 0 ? "3d_a" : "3d_b");
    }
    gsc_irreps_sort(irreps);
out:
    free(cycle);
    return status;
}

int
gsc_irreps_general(gsc_irreps *irreps, const gsc_group *group)
{
    int status = 0;
    bool right = false;
    centre c;
    GSC_TRY(find_centre(&c, group));
    if (c.count > MOST_CLASSES)
        GSC_TRY(gsc_fail(GSC_EARGUMENT,
                         "irreducible representations: %zu conjugacy classes, expected "
                         "%d at most of a group that is not cyclic, dihedral or "
                         "symmetric",
                         c.count, MOST_CLASSES));
    for (uint64_t i = 0; !right && i < NUM_DRAWS; i++) {
        gsc_irreps_free(irreps);
        GSC_TRY(try_draw(irreps, &c, i * MOST_CLASSES, &right));
    }
    if (!right)
        GSC_TRY(gsc_fail(GSC_ENUMERIC,
                         "irreducible representations: %d random elements of the "
                         "centre of the group's algebra do not separate them",
                         NUM_DRAWS));
    GSC_TRY(sort(irreps));
    name_by_dimension(irreps);
    if (group->family == GSC_GROUP_ALTERNATING)
        GSC_TRY(name_alternating(irreps, group));
out:
    free_centre(&c);
    return status;
}
