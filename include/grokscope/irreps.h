/* The irreducible real representations of a finite group: its Fourier transform. */
#ifndef GROKSCOPE_IRREPS_H
#define GROKSCOPE_IRREPS_H

#include "grokscope/group.h"

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Room for a name. */
enum { GSC_IRREP_NAME_BYTES = 32 /* with its NUL */ };

/* What commutes with a real irreducible representation: the real numbers, the complex
 * ones (it is then a complex representation of half the dimension and its conjugate,
 * like C_n's rotations) or the quaternions (twice one of half the dimension). The
 * number is the squared norm of its character, sum_x chi(x)^2 / order. */
typedef enum gsc_irrep_type {
    GSC_IRREP_REAL = 1,        /* only real numbers commute with it */
    GSC_IRREP_COMPLEX = 2,     /* complex ones do */
    GSC_IRREP_QUATERNIONIC = 4 /* quaternions do */
} gsc_irrep_type;

/* A representation rho by orthogonal matrices [d, d], rho(x y) = rho(x) rho(y) for the
 * group's product. Its d^2 matrix elements rho_ij are functions on the group, in which
 * rho is contained rank/d times:
 *
 *     rank = d^2 / type,      basis basisᵀ [x, y] = rank / (d order) chi(x^-1 y)
 */
typedef struct gsc_irrep {
    char name[GSC_IRREP_NAME_BYTES]; /* "standard": see gsc_irreps_init */
    size_t dimension;                /* d, of the matrices rho(x) */
    size_t rank;                     /* of the span of the matrix elements */
    gsc_irrep_type type;             /* by what commutes with it */
    bool trivial;                    /* rho(x) = 1 */
    double *character;               /* [order] chi(x) = tr rho(x) */
    double *basis; /* [order, rank] orthonormal columns that span the rho_ij */
} gsc_irrep;

/* All of them, the trivial one first. The ranks add up to the order, and the bases,
 * side by side, are an orthogonal matrix [order, order]; the characters are orthogonal
 * to each other. */
typedef struct gsc_irreps {
    size_t order;     /* of the group */
    size_t count;     /* of representations */
    gsc_irrep *items; /* [count] the representations */
} gsc_irreps;

/* Find them, by family:
 *
 *   C_n   trivial; freq_k, 0 < k < n/2, rotations by 2 pi k x / n, of which the columns
 *         are sqrt(2/n) cos and sqrt(2/n) sin, in this order; for even n sign, (-1)^x
 *         (four orthonormal columns stand for these two in Chughtai et al.'s program,
 *         arXiv 2302.03025: the other two are rounding noise)
 *   D_n   trivial; sign, of reflections; for even n sign_rotation, (-1)^r of
 *         rotation r, and sign_both, the product; freq_k, k = 1 … (n-1)/2:
 *         rotation r by the angle 2 pi k r / n, after it the reflection diag(1, -1)
 *   S_n   Young's orthogonal form (James and Kerber, The Representation Theory of the
 *         Symmetric Group, 1981, chapter 3), named as by Chughtai et al.: trivial,
 *         sign, standard ([n-1,1]), standard_sign ([2,1,…]), of S_5 5d_a ([2,2,1]),
 *         5d_b ([3,2]) and 6d ([3,1,1]); else by the partition, "[4,2]"
 *   A_n   as any other group; named trivial, standard (fixed points - 1), of A_5
 *         5d_a, 3d_a and 3d_b, where 3d_a is the one of character (1 + sqrt 5)/2 at
 *         (0 1 2 3 4); else by dimension
 *   other by dimension, "2d_1", "2d_2", …, counted in the order of their characters,
 *         larger values at lower elements first
 *
 * Of C_n, D_n and S_n column i d + j is sqrt(d / order) rho(x)_ij, orthonormal by
 * Schur's relations; of C_n's rotations only those of j = 0. Other bases have no
 * meaning column by column: the characters are the idempotents of the centre of the
 * group's algebra, found as eigenvectors of a random element of its symmetric part
 * (Philox, fixed seed), and each basis is that of an idempotent's range.
 *
 * The same on every run on one machine. Cost: order^2 doubles for the bases, and as
 * many operations times the mean rank; of other groups order c^2 more for c
 * characters. S_6 takes .01 s, as a table .04 s, C_4096 .6 s, (C_2)^10 2 s, S_6 x C_5
 * of 3,600 elements 5 s. GSC_EARGUMENT for more than 1,024 characters of a group that
 * is none of C_n, D_n, S_n; GSC_ENUMERIC where no draw separates them; GSC_EMEMORY. */
int gsc_irreps_init(gsc_irreps *irreps, const gsc_group *group);

/* Release them; takes what is zeroed or freed. */
void gsc_irreps_free(gsc_irreps *irreps);

#ifdef __cplusplus
}
#endif
#endif
