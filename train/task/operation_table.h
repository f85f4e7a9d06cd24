/* The table of a binary operation: c of all pairs of elements. */
#ifndef GSC_TASK_OPERATION_TABLE_H
#define GSC_TASK_OPERATION_TABLE_H

#include "train/task/operations.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct gsc_operation_table {
    gsc_operation operation;
    size_t n;          /* elements */
    uint16_t *answers; /* [n, n] a o b; GSC_NO_ANSWER where it is not defined */
    gsc_group group;   /* of an operation in one */
} gsc_operation_table;

/* What the elements are: residues modulo p, or those of a group by its name or by the
 * file of its Cayley table. */
typedef struct gsc_elements {
    int64_t p;
    const char *group, *group_file;
} gsc_elements;

/* GSC_EARGUMENT where the operation divides and p is no prime, or the group has one
 * element; else errors as of group.h. */
int gsc_operation_table_init(gsc_operation_table *self, const gsc_operation *operation,
                             const gsc_elements *elements);

/* Whether it is a product of powers of a and b modulo a prime, c = k a^i b^j for all
 * that are not 0: in logarithms it is then a sum. Cost: n^2. */
bool gsc_operation_table_is_product(const gsc_operation_table *self);

void gsc_operation_table_free(gsc_operation_table *self);

/* GSC_EARGUMENT with a pair where a o b is not b o a. */
int gsc_operation_table_check_commutes(const gsc_operation_table *self);

#endif
