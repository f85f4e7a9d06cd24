/* The table of binary operations. */
#ifndef GSC_TASK_OPERATIONS_H
#define GSC_TASK_OPERATIONS_H

#include "grokscope/group.h"

#include "grokscope/options.h"
#include "grokscope/tensor.h"

#include <stddef.h>
#include <stdint.h>

enum {
    GSC_DIVIDES = 1,    /* asks for a prime p */
    GSC_B_NOT_ZERO = 2, /* pairs with b = 0 are left out */
    GSC_OF_GROUP = 4,   /* of elements of a group, not modulo p */
    GSC_A_NOT_ZERO = 8  /* pairs with a = 0 are left out */
};

/* What operations calculate in. */
typedef struct gsc_arithmetic {
    int64_t p;              /* the modulus, or the number of elements */
    const int64_t *inverse; /* [p] 1/x modulo p, where the operation divides */
    const gsc_group *group; /* where it is of a group */
    const char *polynomial; /* where it is one */
} gsc_arithmetic;

typedef struct gsc_operation {
    const char *name;                                                 /* "add" */
    const char *formula;                                              /* "a + b" */
    int64_t (*apply)(int64_t a, int64_t b, const gsc_arithmetic *in); /* c */
    unsigned traits;
} gsc_operation;

/* The operations that have a name. */
const gsc_operation *gsc_operations(size_t *count);

/* An error where a word is neither such a name nor a polynomial (polynomial.h). */
int gsc_operation_check(const char *word);

/* What a word names, or the polynomial that it is: then name and formula are `word`,
 * which outlives the operation. Errors as above. */
int gsc_operation_read(const char *word, gsc_operation *operation);

/* The words of a list with commas between; each has a place of its own in `words`. */
typedef char gsc_operation_word[GSC_OPTION_TEXT_BYTES];
int gsc_operation_split(const char *list, gsc_operation_word words[GSC_MAX_NAMES],
                        size_t *count);

/* What stands for an operation among the names of outputs and columns: the name itself;
 * of a polynomial letters, digits and '_', as x2_plus_x_y for x^2+x*y. */
void gsc_operation_key(const char *name, char key[GSC_NAME_BYTES]);

/* The names of gsc_operations' rows, NULL after the last. */
extern const char *const gsc_operation_names[];

/* inverse[x] = 1/x modulo a prime p, for 0 < x < p; inverse[0] = 0. Room for p. */
void gsc_modular_inverses(int64_t p, int64_t *inverse);

#endif
