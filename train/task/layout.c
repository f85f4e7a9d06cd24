/* The tokens of an example of binary operations. */
#include "train/task/layout.h"

#include "grokscope/error.h"

#include <stdio.h>
#include <string.h>

#define A GSC_SYMBOL_A
#define B GSC_SYMBOL_B
#define OP GSC_SYMBOL_OP
#define EQUALS GSC_SYMBOL_EQUALS
#define EOS GSC_SYMBOL_EOS
#define MOD GSC_SYMBOL_MOD
#define P GSC_SYMBOL_P
#define C GSC_SYMBOL_C

const char *const gsc_usual_layouts[] = {
    "a b =", "a b", "a op b =", "eos a op b = c", "a op b = c mod p", NULL};

static const char *const words[] = {
    [A] = "a",     [B] = "b",     [OP] = "op", [EQUALS] = "=",
    [EOS] = "eos", [MOD] = "mod", [P] = "p",   [C] = "c"};

size_t
gsc_layout_position(const gsc_layout *layout, gsc_symbol symbol)
{
    size_t at = 0;
    while (layout->symbols[at] != symbol)
        at++;
    return at;
}

bool
gsc_layout_has(const gsc_layout *layout, gsc_symbol symbol)
{
    for (size_t i = 0; i < layout->n_ctx; i++)
        if (layout->symbols[i] == symbol)
            return true;
    return false;
}

/* ---- Words ---- */

static int
add_symbol(gsc_layout *layout, const char *word, size_t length)
{
    size_t symbol = 0, count = sizeof words / sizeof *words;
    while (symbol < count && (strlen(words[symbol]) != length ||
                              strncmp(words[symbol], word, length) != 0))
        symbol++;
    if (symbol == count)
        return gsc_fail(GSC_EARGUMENT,
                        "layout: '%.*s' is no token of an example; expected a, b, op, "
                        "=, eos, mod, p or c, with blanks between them",
                        (int)length, word);
    if (symbol != EOS && gsc_layout_has(layout, (gsc_symbol)symbol))
        return gsc_fail(GSC_EARGUMENT, "layout: %s is there twice", words[symbol]);
    if (layout->n_ctx == GSC_MOST_SYMBOLS)
        return gsc_fail(GSC_EARGUMENT, "layout: more than %d tokens", GSC_MOST_SYMBOLS);
    layout->symbols[layout->n_ctx++] = (gsc_symbol)symbol;
    return 0;
}

int
gsc_layout_parse(gsc_layout *layout, const char *text)
{
    int status = 0;
    const gsc_symbol after[] = {OP, EQUALS, EOS, MOD, P};
    *layout = (gsc_layout){.num_operations = 1};
    for (const char *word = text + strspn(text, " "); *word;) {
        size_t length = strcspn(word, " ");
        GSC_TRY(add_symbol(layout, word, length));
        word += length + strspn(word + length, " ");
    }
    if (!gsc_layout_has(layout, A) || !gsc_layout_has(layout, B))
        return gsc_fail(GSC_EARGUMENT, "layout: '%s' has no %s", text,
                        gsc_layout_has(layout, A) ? "b" : "a");
    if (layout->symbols[0] == C)
        return gsc_fail(GSC_EARGUMENT, "layout: '%s' has nothing before c", text);
    bool has_c = gsc_layout_has(layout, C);
    layout->answer_position =
        has_c ? gsc_layout_position(layout, C) - 1 : layout->n_ctx - 1;
    for (size_t i = 0; i < sizeof after / sizeof *after; i++)
        if (gsc_layout_has(layout, after[i]))
            layout->extra[after[i]] = layout->num_extra++;
out:
    return status;
}

/* ---- Tokens ---- */

int
gsc_layout_set_operations(gsc_layout *layout, int64_t num_operations)
{
    if (num_operations == 1)
        return 0;
    if (!gsc_layout_has(layout, OP))
        return gsc_fail(GSC_EARGUMENT,
                        "operation: %lld of them, but this layout has no token that "
                        "tells which; layout 'a op b =' has one",
                        (long long)num_operations);
    int64_t more = num_operations - layout->num_operations;
    layout->num_operations = num_operations;
    for (gsc_symbol after = EQUALS; after < C; after++)
        layout->extra[after] += more;
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
    if (!gsc_layout_has(layout, symbol))
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
    bool both = gsc_layout_has(layout, OP) && gsc_layout_has(layout, EQUALS);
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
    int64_t operation = extra - layout->extra[OP];
    bool several = layout->num_operations > 1;
    if (several && operation >= 0 && operation < layout->num_operations)
        return operations[operation];
    for (size_t i = 0; i < layout->n_ctx; i++) {
        gsc_symbol s = layout->symbols[i];
        if (s != A && s != B && s != C && layout->extra[s] == extra)
            return words[s];
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
