/* The table of binary operations. */
#ifndef GSC_TASK_OPERATIONS_H
#define GSC_TASK_OPERATIONS_H

#include "grokscope/group.h"

#include <stddef.h>
#include <stdint.h>

enum {
    GSC_DIVIDES = 1,    /* asks for a prime p */
    GSC_B_NOT_ZERO = 2, /* pairs with b = 0 are left out */
    GSC_MULTIPLIES = 4, /* a product or quotient: a sum of logarithms for prime p */
    GSC_OF_GROUP = 8,   /* of elements of a group, not modulo p */
    GSC_A_NOT_ZERO = 16 /* pairs with a = 0 are left out */
};

/* What operations calculate in. */
typedef struct gsc_arithmetic {
    int64_t p;              /* the modulus, or the number of elements */
    const int64_t *inverse; /* [p] 1/x modulo p, where the operation divides */
    const gsc_group *group; /* where it is of a group */
} gsc_arithmetic;

typedef struct gsc_operation {
    const char *name;                                                 /* "add" */
    const char *formula;                                              /* "a + b" */
    int64_t (*apply)(int64_t a, int64_t b, const gsc_arithmetic *in); /* c */
    unsigned traits;
} gsc_operation;

const gsc_operation *gsc_operations(size_t *count);

/* The names of gsc_operations' rows, NULL after the last. */
extern const char *const gsc_operation_names[];

/* inverse[x] = 1/x modulo a prime p, for 0 < x < p; inverse[0] = 0. Room for p. */
void gsc_modular_inverses(int64_t p, int64_t *inverse);

#endif
