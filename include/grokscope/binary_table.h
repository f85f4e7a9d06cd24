/* The facet "binary_table": examples are pairs (a, b) of n elements, the answer is
 * c = a o b. Elements are residues modulo n or the elements of a group. Of a task of
 * several operations each has such a facet, the second one's called "binary_table_2",
 * and so on; the token of an example that tells which is among the facet's `input`. */
#ifndef GROKSCOPE_BINARY_TABLE_H
#define GROKSCOPE_BINARY_TABLE_H

#include "grokscope/facet.h"
#include "grokscope/field.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The name of the facet. */
#define GSC_BINARY_TABLE "binary_table"

/* What frequencies are taken over: the residues 0 … p-1, or, for p prime, the powers
 * g^0 … g^(p-2) of its least primitive root, in which products and quotients are sums:
 * g^i g^j = g^(i + j). 0 is no power and drops out. */
typedef enum gsc_residue_order {
    GSC_RESIDUE_ORDER_PLAIN,    /* 0, 1, …, p-1 */
    GSC_RESIDUE_ORDER_LOGARITHM /* g^0, g^1, …, g^(p-2) */
} gsc_residue_order;

/* Stands in a table where the operation is not defined. */
#define GSC_NO_ANSWER UINT16_MAX

/* The facet as a struct. Text and arrays are borrowed from the facet. */
typedef struct gsc_binary_table {
    size_t n;                        /* elements, or residues: the modulus */
    const char *operation, *formula; /* "add", "a + b" */
    const char *group;               /* "S5", a file's name, or "" */
    bool of_group;                   /* elements are those of `group`, not residues */
    bool unordered;                  /* (a, b) and (b, a) are one example */
    gsc_residue_order order; /* in which the operation is a sum, if there is any */
    size_t n_ctx;            /* tokens of an example */
    size_t position_a, position_b; /* of the operands among them */
    int64_t position_c;            /* -1: c is no token */
    const uint16_t *input;         /* [n_ctx] the tokens at all other positions */
    const char *extra_tokens;      /* names of tokens n, n+1, …: "op = eos" */
    const uint16_t *operands;      /* [n] the token of each element */
    const uint16_t *answers;       /* [n] the output column of each element */
    const uint16_t *table;         /* [n, n] the element c, or GSC_NO_ANSWER */
    const uint16_t *group_table;   /* [n, n] the group's Cayley table, or NULL */
} gsc_binary_table;

/* Add it to facets, after those that they have; everything is copied. */
int gsc_binary_table_add(const gsc_binary_table *table, gsc_facets *facets);

/* How many there are. */
size_t gsc_binary_table_count(const gsc_facets *facets);

/* Read the first one, or number `index` from 0 on; *found is false where there is none.
 * Every index is checked against n, and positions against n_ctx. GSC_EFORMAT names the
 * item. */
int gsc_binary_table_read(const gsc_facets *facets, gsc_binary_table *table,
                          bool *found);
int gsc_binary_table_read_at(const gsc_facets *facets, size_t index,
                             gsc_binary_table *table, bool *found);

/* Read the one of an operation's name; of NULL or "" the first. GSC_EARGUMENT with the
 * names that there are. */
int gsc_binary_table_choose(const gsc_facets *facets, const char *operation,
                            gsc_binary_table *table, bool *found);

/* Whether an example is one of this table, not of another operation: whether its tokens
 * are the table's where no operand or answer stands. */
bool gsc_binary_table_has(const gsc_binary_table *table, const gsc_field *tokens,
                          size_t example);

/* Whether the elements are residues modulo n, so that they have frequencies: they are
 * no group's, or those of a group whose product adds their numbers modulo n. Cost: n^2.
 */
bool gsc_binary_table_has_frequencies(const gsc_binary_table *table);

/* GSC_EARGUMENT with the group where they are none. */
int gsc_binary_table_need_frequencies(const gsc_binary_table *table);

/* a n + b of an example whose tokens these are, each element being its own token. */
static inline size_t
gsc_pair_number(const gsc_binary_table *table, const uint16_t *tokens)
{
    return (size_t)tokens[table->position_a] * table->n + tokens[table->position_b];
}

/* Whether p is prime, by trial division. */
bool gsc_is_prime(int64_t p);

/* Write the residues modulo p in an order, p or p-1 of them. Cost: at most p^2.
 * GSC_EARGUMENT where p is not prime and the order asks for it. */
int gsc_residue_order_list(gsc_residue_order order, size_t p, uint16_t *residues,
                           size_t *count);

#ifdef __cplusplus
}
#endif
#endif
