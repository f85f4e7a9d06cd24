/* Finite groups, by their Cayley tables. */
#ifndef GROKSCOPE_GROUP_H
#define GROKSCOPE_GROUP_H

#include "grokscope/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The largest group. */
enum { GSC_MOST_ELEMENTS = 4096 /* of a group; its table is 32 MiB */ };

/* What a group is known as, with its degree n.
 *   C_n  element i, the rotation by i of n: x y = x + y modulo n
 *   D_n  of a polygon with n corners: element r + n s is rotation r after s
 *        reflections; x y has rotation r_x + r_y, or r_x - r_y where s_x = 1
 *   S_n  permutations of 0 … n-1 in lexicographic order; x y applies x, then y
 *   A_n  the even ones of them, in that order
 * and anything else only by its table. */
typedef enum gsc_group_family {
    GSC_GROUP_TABLE,      /* none of the others */
    GSC_GROUP_CYCLIC,     /* C_n */
    GSC_GROUP_DIHEDRAL,   /* D_n */
    GSC_GROUP_SYMMETRIC,  /* S_n */
    GSC_GROUP_ALTERNATING /* A_n */
} gsc_group_family;

/* A group. Elements are the numbers 0 … order-1. */
typedef struct gsc_group {
    size_t order;            /* how many elements it has */
    uint16_t *table;         /* [order, order]: x y at x * order + y */
    uint16_t *inverse;       /* [order]: x^-1 at x */
    uint16_t identity;       /* the element that changes none */
    gsc_group_family family; /* GSC_GROUP_TABLE for one that is none of these */
    size_t degree;           /* n of the family */
} gsc_group;

/* Make a group by its name: C113, D59, S5, A5 (C_n and D_n with n >= 1, S_n and A_n
 * with 1 <= n <= 6), or a direct product of such, C2xS3, whose element (x, y) is
 * number x * |second| + y. GSC_EARGUMENT for other names and more than
 * GSC_MOST_ELEMENTS elements. */
int gsc_group_init(gsc_group *group, const char *name);

/* Read a Cayley table: order^2 element numbers from 0 or from 1, separated by white
 * space, row x of order of them being x 0, x 1, …; or the same as a list of rows, as
 * GAP's MultiplicationTable prints it: [ [ 1, 2 ], [ 2, 1 ] ]. GSC_EFORMAT for a file
 * that is no such table, and with the elements for a table that is no group's. */
int gsc_group_read(gsc_group *group, const char *path);

/* Take a copy of a table [order, order] after checking that it is a group's: closure,
 * an identity, inverses, and associativity, by Light's test: (x g) y = x (g y) for all
 * x, y and the g of a generating set suffices. Cost: order^2 log(order). GSC_EFORMAT
 * names the elements of the first breach. A cyclic group in the order of C_n is
 * recognised as that family. */
int gsc_group_init_table(gsc_group *group, size_t order, const uint16_t *table);

/* Release it; takes what is zeroed or freed. */
void gsc_group_free(gsc_group *group);

/* x y. */
static inline uint16_t
gsc_group_product(const gsc_group *group, size_t x, size_t y)
{
    return group->table[x * group->order + y];
}

/* The number of factors x until the product x x … x is the identity. */
size_t gsc_group_element_order(const gsc_group *group, size_t x);

/* ---- Elements in words ---- */

/* The image of i = 0 … degree-1 under element x of S_n or A_n. */
void gsc_group_permutation(const gsc_group *group, size_t x, uint8_t *image);

/* Add an element's name: of permutations the cycles, "(0 3)(1 4)" and "()", else its
 * number. */
int gsc_group_add_element(const gsc_group *group, size_t x, gsc_text *text);

/* Read a list of elements, each a number or, of permutations, cycles; separated by
 * commas: "(0 3)(1 4), (1 2)(3 4)". Room for the group's order. GSC_EARGUMENT for
 * anything else. */
int gsc_group_read_elements(const gsc_group *group, const char *text,
                            uint16_t *elements, size_t *count);

/* ---- Subsets ---- */

/* member[x] (room for order): whether x is a product of the generators. Returns how
 * many are. */
size_t gsc_group_generate(const gsc_group *group, const uint16_t *generators,
                          size_t count, bool *member);

/* A subgroup by its generators, the identity's twice where it needs none. */
typedef struct gsc_subgroup {
    uint16_t generators[2]; /* whose products are all its elements */
    size_t order;           /* how many these are */
} gsc_subgroup;

/* All subgroups that two elements generate, by order and then by first generators; the
 * caller frees the list. Of S_5 and A_5, of cyclic and dihedral groups these are all
 * there are; of S_6 some need three generators. Cost: order^2 generations: S_6 takes
 * some seconds. GSC_EARGUMENT for more than 1,024 elements, GSC_EMEMORY. */
int gsc_group_subgroups(const gsc_group *group, gsc_subgroup **subgroups,
                        size_t *count);

/* Left cosets x H, right cosets H x. */
typedef enum gsc_side {
    GSC_LEFT, /* x H */
    GSC_RIGHT /* H x */
} gsc_side;

/* coset[x] (room for order): the number of x's coset of the subgroup `member`, counted
 * in the order of their first elements. Returns how many there are. */
size_t gsc_group_cosets(const gsc_group *group, const bool *member, gsc_side side,
                        uint16_t *coset);

/* conjugates[x] (room for order): the number of x's conjugacy class, counted in the
 * order of their first elements. Returns how many there are. */
size_t gsc_group_classes(const gsc_group *group, uint16_t *conjugates);

#ifdef __cplusplus
}
#endif
#endif
