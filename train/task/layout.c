/* The tokens of an example of a binary operation. */
#include "train/task/layout.h"

#include <stdio.h>

#define A GSC_SYMBOL_A
#define B GSC_SYMBOL_B
#define OP GSC_SYMBOL_OP
#define EQUALS GSC_SYMBOL_EQUALS
#define EOS GSC_SYMBOL_EOS
#define C GSC_SYMBOL_C

const char *const gsc_layout_names[] = {"a b =", "a b", "a op b =", "eos a op b = c",
                                        NULL};

const gsc_layout gsc_layouts[GSC_NUM_LAYOUTS] = {
    [GSC_LAYOUT_A_B_EQUALS] = {3, 2, {A, B, EQUALS}, {[EQUALS] = 0}, 1},
    [GSC_LAYOUT_A_B] = {2, 1, {A, B}, {0}, 0},
    [GSC_LAYOUT_A_OP_B_EQUALS] =
        {4, 3, {A, OP, B, EQUALS}, {[OP] = 0, [EQUALS] = 1}, 2},
    [GSC_LAYOUT_EQUATION] =
        {6, 4, {EOS, A, OP, B, EQUALS, C}, {[OP] = 0, [EQUALS] = 1, [EOS] = 2}, 3},
};

size_t
gsc_layout_position(const gsc_layout *layout, gsc_symbol symbol)
{
    size_t at = 0;
    while (layout->symbols[at] != symbol)
        at++;
    return at;
}

void
gsc_layout_write(const gsc_layout *layout, size_t p, size_t a, size_t b, size_t c,
                 uint16_t *tokens)
{
    for (size_t i = 0; i < layout->n_ctx; i++) {
        gsc_symbol s = layout->symbols[i];
        size_t extra = s == C ? 0 : (size_t)layout->extra[s];
        tokens[i] = (uint16_t)(s == A ? a : s == B ? b : s == C ? c : p + extra);
    }
}

void
gsc_layout_name_extra(const gsc_layout *layout, char text[GSC_EXTRA_TOKENS_BYTES])
{
    static const char *const names[] = {[OP] = "op", [EQUALS] = "=", [EOS] = "eos"};
    size_t used = 0;
    text[0] = '\0';
    for (int64_t extra = 0; extra < layout->num_extra; extra++)
        for (size_t i = 0; i < layout->n_ctx; i++) {
            gsc_symbol s = layout->symbols[i];
            if (s == A || s == B || s == C || layout->extra[s] != extra)
                continue;
            used += (size_t)snprintf(text + used, GSC_EXTRA_TOKENS_BYTES - used, "%s%s",
                                     extra > 0 ? " " : "", names[s]);
            break;
        }
}
