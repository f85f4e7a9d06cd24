/* The tokens of an example of binary operations, and where they stand. */
#ifndef GSC_TASK_LAYOUT_H
#define GSC_TASK_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What stands at a position. */
typedef enum gsc_symbol {
    GSC_SYMBOL_A,
    GSC_SYMBOL_B,
    GSC_SYMBOL_OP,
    GSC_SYMBOL_EQUALS,
    GSC_SYMBOL_EOS,
    GSC_SYMBOL_MOD,
    GSC_SYMBOL_P,
    GSC_SYMBOL_C
} gsc_symbol;

enum { GSC_MOST_SYMBOLS = 10 };

/* Elements are tokens 0 … p-1; the others follow in the order op, =, eos, mod, p of
 * those that the layout has; of several operations each has a token, in their order.
 * The answer is read at the position before c, or else at the last one. */
typedef struct gsc_layout {
    size_t n_ctx, answer_position;
    gsc_symbol symbols[GSC_MOST_SYMBOLS];
    int64_t extra[GSC_SYMBOL_C]; /* by symbol: its token is p + extra */
    int64_t num_extra;
    int64_t num_operations; /* number k of them is token p + extra[op] + k */
} gsc_layout;

/* "a b =", …, NULL after the last. */
extern const char *const gsc_usual_layouts[];

/* The layout of words a, b, op, =, eos, mod, p and c in any order: "a b =", "op a b",
 * Power et al.'s "eos a op b = c", and "a op b = c mod p". GSC_EARGUMENT: another word,
 * one twice (but eos), no a or no b, c before all others, or more than
 * GSC_MOST_SYMBOLS. */
int gsc_layout_parse(gsc_layout *layout, const char *words);

bool gsc_layout_has(const gsc_layout *layout, gsc_symbol symbol);

/* Where the layout has a symbol that it has. */
size_t gsc_layout_position(const gsc_layout *layout, gsc_symbol symbol);

/* Give each of several operations a token; those that followed move on. GSC_EARGUMENT
 * where the layout has none for an operation. */
int gsc_layout_set_operations(gsc_layout *layout, int64_t num_operations);

/* Give a symbol the token of this number, where a vocabulary of others has it there; 0
 * leaves the layout as it is; of several operations the first one's. GSC_EARGUMENT: the
 * layout has no such symbol, the token is one of the p elements, or GSC_MOST_EXTRA
 * after them. */
enum { GSC_MOST_EXTRA = 16 };
int gsc_layout_set_token(gsc_layout *layout, gsc_symbol symbol, int64_t p,
                         int64_t token);

/* GSC_EARGUMENT where two symbols have one token. */
int gsc_layout_check_tokens(const gsc_layout *layout);

/* What an example is about: operation number `operation`, c = a o b. */
typedef struct gsc_equation {
    size_t operation, a, b, c;
} gsc_equation;

/* tokens[i] (room for n_ctx) of an equation modulo p. */
void gsc_layout_write(const gsc_layout *layout, size_t p, const gsc_equation *equation,
                      uint16_t *tokens);

/* "op = eos", of several operations "add subtract =": the names of the tokens after the
 * elements, "-" of one that no example has. operations[num_operations] may be NULL for
 * one. */
enum { GSC_EXTRA_TOKENS_BYTES = 256 };
void gsc_layout_name_extra(const gsc_layout *layout, const char *const *operations,
                           char text[GSC_EXTRA_TOKENS_BYTES]);

#endif
