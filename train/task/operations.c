/* Binary operations, modulo p and in a group: those of Power et al., arXiv 2201.02177,
 * appendix A.1.1, as their program has them (openai/grok, grok/data.py), where the last
 * three are s5, s5conj and s5aba; and the product of the residues that are not 0, which
 * others train on (0 gives its answer away). What has no name is a polynomial, as those
 * of Furuta et al., arXiv 2402.16726. */
#include "train/task/operations.h"

#include "grokscope/error.h"

#include "train/task/polynomial.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* Name, formula, traits, and the C expression that is then reduced modulo p. The
 * formatter would take its products for pointers. */
/* clang-format off */
#define NOT_ZERO (GSC_A_NOT_ZERO | GSC_B_NOT_ZERO)
#define QUOTIENT (GSC_DIVIDES | GSC_B_NOT_ZERO)
#define OPERATIONS(ROW)                                                        \
    ROW(add, "a + b", 0, a + b)                                                \
    ROW(subtract, "a - b", 0, a - b)                                           \
    ROW(multiply, "a b", 0, a * b)                                             \
    ROW(multiply_nonzero, "a b, neither 0", NOT_ZERO, a * b)                   \
    ROW(divide, "a / b, b not 0", QUOTIENT, a * inverse[b])                    \
    ROW(square_plus, "a^2 + b", 0, a * a + b)                                  \
    ROW(cube_plus, "a^3 + b", 0, a * a * a + b)                                \
    ROW(quad1, "a^2 + b^2", 0, a * a + b * b)                                  \
    ROW(quad2, "a^2 + a b + b^2", 0, a * a + a * b + b * b)                    \
    ROW(quad3, "a^2 + a b + b^2 + a", 0, a * a + a * b + b * b + a)            \
    ROW(cube1, "a^3 + a b", 0, a * a * a + a * b)                              \
    ROW(cube2, "a^3 + a b^2 + b", 0, a * a * a + a * b * b + b)                \
    ROW(mix1, "a / b for odd b, else a - b", GSC_DIVIDES,                      \
        b % 2 == 1 ? a * inverse[b] : a - b)                                   \
    ROW(add_multiply, "a + b for even a, else a b", 0,                         \
        a % 2 == 0 ? a + b : a * b)                                            \
    ROW(add_subtract, "a + b for even a, else a - b", 0,                       \
        a % 2 == 0 ? a + b : a - b)                                            \
    ROW(compose, "a b in a group", GSC_OF_GROUP, product(in, a, b))            \
    ROW(conjugate, "a b a^-1 in a group", GSC_OF_GROUP,                        \
        product(in, product(in, a, b), in->group->inverse[a]))                 \
    ROW(aba, "a b a in a group", GSC_OF_GROUP,                                 \
        product(in, product(in, a, b), a))
/* clang-format on */

/* x modulo p in 0 … p-1. */
static int64_t
residue(int64_t x, int64_t p)
{
    return (x % p + p) % p;
}

static int64_t
product(const gsc_arithmetic *in, int64_t x, int64_t y)
{
    return gsc_group_product(in->group, (size_t)x, (size_t)y);
}

#define DEFINE(name, formula, traits, expression)                               \
    static int64_t apply_##name(int64_t a, int64_t b, const gsc_arithmetic *in) \
    {                                                                           \
        const int64_t *inverse = in->inverse;                                   \
        (void)inverse;                                                          \
        return residue(expression, in->p);                                      \
    }
OPERATIONS(DEFINE)

#define TABLE_ROW(name, formula, traits, expression) \
    {#name, formula, apply_##name, traits},
static const gsc_operation operations[] = {OPERATIONS(TABLE_ROW)};

#define NAME(name, formula, traits, expression) #name,
const char *const gsc_operation_names[] = {OPERATIONS(NAME) NULL};

const gsc_operation *
gsc_operations(size_t *count)
{
    *count = sizeof operations / sizeof *operations;
    return operations;
}

void
gsc_modular_inverses(int64_t p, int64_t *inverse)
{
    inverse[0] = 0;
    inverse[1] = 1;
    for (int64_t x = 2; x < p; x++) /* p = q x + r, so 1/x = -q (1/r) */
        inverse[x] = residue(-(p / x) * inverse[p % x], p);
}

/* ---- What is chosen ---- */

static int64_t
apply_polynomial(int64_t a, int64_t b, const gsc_arithmetic *in)
{
    return gsc_polynomial_value(in->polynomial, a, b, in->p);
}

enum { MOST_LETTERS = 48 };

int
gsc_operation_check(const char *word)
{
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
        if (strcmp(operations[i].name, word) == 0)
            return 0;
    if (strlen(word) > MOST_LETTERS)
        return gsc_fail(GSC_EARGUMENT, "'%s' is longer than %d letters", word,
                        MOST_LETTERS);
    return gsc_polynomial_check(word);
}

int
gsc_operation_read(const char *word, gsc_operation *operation)
{
    int status = gsc_operation_check(word);
    *operation = (gsc_operation){word, word, apply_polynomial, 0};
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
        if (strcmp(operations[i].name, word) == 0)
            *operation = operations[i];
    return status < 0 ? gsc_fail_in(status, "operation") : 0;
}

int
gsc_operation_split(const char *list, gsc_operation_word words[GSC_MAX_NAMES],
                    size_t *count)
{
    *count = 0;
    for (const char *at = list; *at; at += strcspn(at, ","), at += *at == ',') {
        if (*count == GSC_MAX_NAMES)
            return gsc_fail(GSC_EARGUMENT, "operation: more than %d names",
                            GSC_MAX_NAMES);
        snprintf(words[(*count)++], sizeof *words, "%.*s", (int)strcspn(at, ","), at);
    }
    return *count > 0 ? 0 : gsc_fail(GSC_EARGUMENT, "operation: none is given");
}

void
gsc_operation_key(const char *name, char key[GSC_NAME_BYTES])
{
    size_t used = 0;
    const char *word = "";
    char letter[2] = "";
    for (key[0] = '\0'; *name; name++) {
        letter[0] = *name;
        word = *name == '+'                                    ? "_plus_"
               : *name == '-'                                  ? "_minus_"
               : strchr("(*)", *name)                          ? "_"
               : isalnum((unsigned char)*name) || *name == '_' ? letter
                                                               : "";
        used += (size_t)snprintf(key + used, GSC_NAME_BYTES - used, "%s", word);
        if (used >= GSC_NAME_BYTES)
            return;
    }
}
