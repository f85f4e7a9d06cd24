/* The tokens of an example of a binary operation, and where they stand. */
#ifndef GSC_TASK_LAYOUT_H
#define GSC_TASK_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

/* Elements are tokens 0 … p-1; the others follow in the order op, =, eos of those that
 * the layout has. The last one is Power et al.'s, whose examples end with c. */
typedef enum gsc_layout_kind {
    GSC_LAYOUT_A_B_EQUALS,
    GSC_LAYOUT_A_B,
    GSC_LAYOUT_A_OP_B_EQUALS,
    GSC_LAYOUT_EQUATION,
    GSC_NUM_LAYOUTS
} gsc_layout_kind;

/* What stands at a position. */
typedef enum gsc_symbol {
    GSC_SYMBOL_A,
    GSC_SYMBOL_B,
    GSC_SYMBOL_OP,
    GSC_SYMBOL_EQUALS,
    GSC_SYMBOL_EOS,
    GSC_SYMBOL_C
} gsc_symbol;

enum { GSC_MOST_SYMBOLS = 6 };

typedef struct gsc_layout {
    size_t n_ctx, answer_position;
    gsc_symbol symbols[GSC_MOST_SYMBOLS];
    int64_t extra[GSC_SYMBOL_C]; /* by symbol: its token is p + extra */
    int64_t num_extra;
} gsc_layout;

extern const gsc_layout gsc_layouts[GSC_NUM_LAYOUTS];

/* "a b =", …, NULL after the last. */
extern const char *const gsc_layout_names[];

/* Where the layout has a symbol that it has. */
size_t gsc_layout_position(const gsc_layout *layout, gsc_symbol symbol);

/* Give a symbol the token of this number, where a vocabulary of others has it there; 0
 * leaves the layout as it is. GSC_EARGUMENT: the layout has no such symbol, the token
 * is one of the p elements, or GSC_MOST_EXTRA after them. */
enum { GSC_MOST_EXTRA = 16 };
int gsc_layout_set_token(gsc_layout *layout, gsc_symbol symbol, int64_t p,
                         int64_t token);

/* GSC_EARGUMENT where two symbols have one token. */
int gsc_layout_check_tokens(const gsc_layout *layout);

/* tokens[i] (room for n_ctx) of a, b and c modulo p. */
void gsc_layout_write(const gsc_layout *layout, size_t p, size_t a, size_t b, size_t c,
                      uint16_t *tokens);

/* "op = eos": the names of the tokens after the elements, "-" of one that no example
 * has. */
enum { GSC_EXTRA_TOKENS_BYTES = 64 };
void gsc_layout_name_extra(const gsc_layout *layout, char text[GSC_EXTRA_TOKENS_BYTES]);

#endif
