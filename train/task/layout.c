/* The tokens of an example of binary operations. */
#include "train/task/layout.h"

#include "grokscope/error.h"

#include <stdbool.h>
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
    [GSC_LAYOUT_A_B_EQUALS] = {3, 2, {A, B, EQUALS}, {[EQUALS] = 0}, 1, 1},
    [GSC_LAYOUT_A_B] = {2, 1, {A, B}, {0}, 0, 1},
    [GSC_LAYOUT_A_OP_B_EQUALS] =
        {4, 3, {A, OP, B, EQUALS}, {[OP] = 0, [EQUALS] = 1}, 2, 1},
    [GSC_LAYOUT_EQUATION] =
        {6, 4, {EOS, A, OP, B, EQUALS, C}, {[OP] = 0, [EQUALS] = 1, [EOS] = 2}, 3, 1},
};

size_t
gsc_layout_position(const gsc_layout *layout, gsc_symbol symbol)
{
    size_t at = 0;
    while (layout->symbols[at] != symbol)
        at++;
    return at;
}

static bool
has_symbol(const gsc_layout *layout, gsc_symbol symbol)
{
    for (size_t i = 0; i < layout->n_ctx; i++)
        if (layout->symbols[i] == symbol)
            return true;
    return false;
}

int
gsc_layout_set_operations(gsc_layout *layout, int64_t num_operations)
{
    if (num_operations == 1)
        return 0;
    if (!has_symbol(layout, OP))
        return gsc_fail(GSC_EARGUMENT,
                        "operation: %lld of them, but this layout has no token that "
                        "tells which; layout 'a op b =' has one",
                        (long long)num_operations);
    int64_t more = num_operations - layout->num_operations;
    layout->num_operations = num_operations;
    layout->extra[EQUALS] += more;
    layout->extra[EOS] += more;
    layout->num_extra += more;
    return 0;
}

int
gsc_layout_set_token(gsc_layout *layout, gsc_symbol symbol, int64_t p, int64_t token)
{
    const char *name = symbol == OP ? "op_token" : "equals_token";
    int64_t extra = token - p;
    if (token == 0)
        return 0;
    if (!has_symbol(layout, symbol))
        return gsc_fail(GSC_EARGUMENT, "%s: the layout has no such token", name);
    if (extra < 0 || extra >= GSC_MOST_EXTRA)
        return gsc_fail(GSC_EARGUMENT,
                        "%s is %lld, expected %lld to %lld: after the %lld "
                        "elements",
                        name, (long long)token, (long long)p,
                        (long long)p + GSC_MOST_EXTRA - 1, (long long)p);
    layout->extra[symbol] = extra;
    int64_t end = extra + (symbol == OP ? layout->num_operations : 1);
    if (layout->num_extra < end)
        layout->num_extra = end;
    return 0;
}

int
gsc_layout_check_tokens(const gsc_layout *layout)
{
    bool both = has_symbol(layout, OP) && has_symbol(layout, EQUALS);
    int64_t between = layout->extra[EQUALS] - layout->extra[OP];
    if (both && between >= 0 && between < layout->num_operations)
        return gsc_fail(GSC_EARGUMENT,
                        "op_token and equals_token are one token; give both");
    return 0;
}

void
gsc_layout_write(const gsc_layout *layout, size_t p, const gsc_equation *equation,
                 uint16_t *tokens)
{
    for (size_t i = 0; i < layout->n_ctx; i++) {
        gsc_symbol s = layout->symbols[i];
        size_t extra = s == C ? 0 : (size_t)layout->extra[s];
        size_t shift = s == OP ? equation->operation : 0;
        tokens[i] = (uint16_t)(s == A   ? equation->a
                               : s == B ? equation->b
                               : s == C ? equation->c
                                        : p + extra + shift);
    }
}

/* The name of a token after the elements. */
static const char *
name_of(const gsc_layout *layout, const char *const *operations, int64_t extra)
{
    static const char *const names[] = {[OP] = "op", [EQUALS] = "=", [EOS] = "eos"};
    int64_t operation = extra - layout->extra[OP];
    bool several = layout->num_operations > 1;
    if (several && operation >= 0 && operation < layout->num_operations)
        return operations[operation];
    for (size_t i = 0; i < layout->n_ctx; i++) {
        gsc_symbol s = layout->symbols[i];
        if (s != A && s != B && s != C && layout->extra[s] == extra)
            return names[s];
    }
    return "-";
}

void
gsc_layout_name_extra(const gsc_layout *layout, const char *const *operations,
                      char text[GSC_EXTRA_TOKENS_BYTES])
{
    size_t used = 0;
    text[0] = '\0';
    for (int64_t extra = 0; extra < layout->num_extra; extra++)
        used +=
            (size_t)snprintf(text + used, GSC_EXTRA_TOKENS_BYTES - used, "%s%s",
                             extra > 0 ? " " : "", name_of(layout, operations, extra));
}
