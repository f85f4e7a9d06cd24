/* A transformer under names of anyone's: which tensor is which, by words in its name
 * and by its shape. What neither tells is left to the user. */
#include "train/exchange/naming/guess.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- What matrices there are ---- */

enum { MOST_WORDS = 14 };

typedef struct matrix_role {
    const char *own;
    gsc_guess_shape shape;
    bool is_in_block;
    const char *words[MOST_WORDS], *against[MOST_WORDS];
} matrix_role;

#define IN_ATTENTION "attn", "attention", "att", "mixer"

static const matrix_role roles[] = {
    {"embed.W_E",
     GSC_GUESS_TABLE,
     false,
     {"tok", "token", "emb", "embed", "wte", "vocab", "lookup", "symbol", "table"},
     {"pos", "position", "unembed", "unemb", "wpe", "place", "out"}},
    {"pos_embed.W_pos",
     GSC_GUESS_TABLE,
     false,
     {"pos", "position", "wpe", "place", "slot"},
     {NULL}},
    {"unembed.W_U",
     GSC_GUESS_TABLE,
     false,
     {"unembed", "unemb", "head", "logit", "readout", "classif", "decoder", "out",
      "answer", "final", "lm", "cls"},
     {"pos", IN_ATTENTION, "mlp", "ff"}},
    {"blocks.*.attn.W_QKV",
     GSC_GUESS_FUSED,
     true,
     {"qkv", IN_ATTENTION, "in_proj", "fused"},
     {"mlp", "ff", "ffn", "hidden"}},
    {"blocks.*.attn.W_Q",
     GSC_GUESS_SQUARE,
     true,
     {"q", "wq", "query", "queries", "ask"},
     {NULL}},
    {"blocks.*.attn.W_K", GSC_GUESS_SQUARE, true, {"k", "wk", "key", "keys"}, {NULL}},
    {"blocks.*.attn.W_V",
     GSC_GUESS_SQUARE,
     true,
     {"v", "wv", "value", "values"},
     {NULL}},
    {"blocks.*.attn.W_O",
     GSC_GUESS_SQUARE,
     true,
     {"o", "wo", "out", "proj", "merge", "combine"},
     {"mlp", "ff", "q", "k", "v", "in_proj"}},
    {"blocks.*.mlp.W_in",
     GSC_GUESS_WIDE,
     true,
     {"fc1", "fc_1", "up", "in", "expand", "c_fc", "first", "lin1", "linear1", "w1",
      "widen"},
     {IN_ATTENTION, "out", "down", "second"}},
    {"blocks.*.mlp.W_out",
     GSC_GUESS_NARROW,
     true,
     {"fc2", "fc_2", "down", "out", "shrink", "second", "lin2", "linear2", "w2",
      "narrow"},
     {IN_ATTENTION, "in", "up", "first"}},
    {"blocks.*.mlp.W_gate", GSC_GUESS_WIDE, true, {"gate", "gating"}, {NULL}},
};
enum { NUM_ROLES = sizeof roles / sizeof *roles, ROLE_FUSED = 3, ROLE_Q, ROLE_V = 6 };

/* ---- Shapes ---- */

/* The other dimension of a matrix with one of this size, 0 where it has none. */
static size_t
other_dim(gsc_shape s, size_t size)
{
    if (s.rank != 2 || (s.dims[0] != size && s.dims[1] != size))
        return 0;
    return s.dims[0] == size ? s.dims[1] : s.dims[0];
}

/* How well a shape goes with a role: 0 not, 1 so, 2 as it usually is. */
static int
fits_shape(const gsc_guess *g, gsc_shape s, gsc_guess_shape wanted)
{
    size_t d = g->d_model, other = other_dim(s, d);
    bool is_in = g->is_linear ? s.dims[0] == other : s.dims[1] == other;
    if (wanted == GSC_GUESS_TABLE && s.rank == 3)
        return s.dims[2] == d && (s.dims[0] == 1 || s.dims[1] == 1) ? 2 : 0;
    if (wanted == GSC_GUESS_SQUARE && s.rank == 3)
        return s.dims[1] == d || s.dims[2] == d ? 2 : 0;
    if (other == 0)
        return 0;
    switch (wanted) {
    case GSC_GUESS_TABLE:
        return other == d ? 1 : 2;
    case GSC_GUESS_SQUARE:
        return other == d ? 2 : 1;
    case GSC_GUESS_FUSED:
        return other == 3 * d ? 2 : other % 3 == 0;
    default:
        if (g->knows_layout && other != d && is_in != (wanted == GSC_GUESS_WIDE))
            return 0;
        return other == d ? 1 : 2;
    }
}

static size_t
count_words(const char *name, const char *const words[MOST_WORDS])
{
    size_t count = 0;
    for (size_t i = 0; i < MOST_WORDS && words[i]; i++)
        count += gsc_name_has(name, words[i]);
    return count;
}

/* 0: it cannot be; from SURE on a word tells it. */
enum { SURE = 7, A_WORD = 6 };

static int
score(const gsc_guess *g, const gsc_unit *unit, size_t r)
{
    const matrix_role *role = &roles[r];
    int shape = fits_shape(g, unit->shape, role->shape);
    bool is_elsewhere = g->has_blocks && role->is_in_block != unit->is_in_block;
    size_t words = count_words(unit->name, role->words);
    if (shape == 0 || is_elsewhere || count_words(unit->name, role->against) > 0)
        return 0;
    return shape + (words > 0 ? A_WORD : 0) + (words > 1);
}

/* ---- Who is what ---- */

static bool
is_taken(const gsc_guess *g, size_t r)
{
    bool has_fused = false, has_parts = false;
    for (size_t i = 0; i < g->count; i++) {
        if (g->units[i].role == (int)r)
            return true;
        has_fused = has_fused || g->units[i].role == ROLE_FUSED;
        has_parts = has_parts || g->units[i].role == ROLE_Q;
    }
    return (has_fused && r >= ROLE_Q && r <= ROLE_V) || (has_parts && r == ROLE_FUSED);
}

/* The best pair of a role and a unit that are free and have no rival; false: none. */
static bool
take_best(gsc_guess *g, int least)
{
    int best = least - 1;
    size_t num_best = 0, role = 0, unit = 0;
    for (size_t r = 0; r < NUM_ROLES; r++)
        for (size_t i = 0; !is_taken(g, r) && i < g->count; i++) {
            int now = g->units[i].role < 0 ? score(g, &g->units[i], r) : 0;
            if (now < best || now < least)
                continue;
            bool is_rival = now == best && (r == role || i == unit);
            num_best = now > best ? 1 : num_best + is_rival;
            if (now > best)
                role = r, unit = i;
            best = now;
        }
    if (num_best != 1)
        return false;
    g->units[unit].role = (int)role;
    return true;
}

/* The only free unit that may be a role which is its only one. */
static bool
take_only(gsc_guess *g)
{
    for (size_t r = 0; r < NUM_ROLES; r++) {
        size_t num_units = 0, unit = 0, num_roles = 0;
        if (is_taken(g, r) || strstr(roles[r].own, "W_gate"))
            continue;
        for (size_t i = 0; i < g->count; i++)
            if (g->units[i].role < 0 && score(g, &g->units[i], r) >= 2) {
                unit = i;
                num_units++;
            }
        for (size_t k = 0; num_units == 1 && k < NUM_ROLES; k++)
            num_roles += !is_taken(g, k) && !strstr(roles[k].own, "W_gate") &&
                         score(g, &g->units[unit], k) >= 2;
        if (num_units != 1 || num_roles != 1)
            continue;
        g->units[unit].role = (int)r;
        g->units[unit].is_by_shape = true;
        return true;
    }
    return false;
}

/* What is sure tells whether matrices are [out, in]. */
static void
find_layout(gsc_guess *g)
{
    int votes = 0;
    for (size_t i = 0; i < g->count; i++) {
        const gsc_unit *u = &g->units[i];
        size_t other = other_dim(u->shape, g->d_model);
        if (u->role < 0 || other == 0 || other == g->d_model)
            continue;
        const char *own = roles[u->role].own;
        bool is_in = strstr(own, "W_in") || strstr(own, "W_QKV") ||
                     strstr(own, "W_gate") || strcmp(own, "unembed.W_U") == 0;
        bool is_out = strstr(own, "W_out") != NULL;
        if (is_in || is_out)
            votes += (u->shape.dims[0] == other) == is_in ? 1 : -1;
    }
    for (size_t i = 0; votes == 0 && i < g->count; i++)
        if (gsc_text_ends_with(g->units[i].name, ".weight"))
            votes = 1; /* PyTorch's modules */
    g->knows_layout = votes != 0;
    g->is_linear = votes > 0;
}

void
gsc_guess_roles(gsc_guess *g)
{
    do
        find_layout(g);
    while (take_best(g, SURE));
    do
        find_layout(g);
    while (take_best(g, SURE) || take_only(g));
}

const char *
gsc_guess_own(const gsc_unit *unit)
{
    return unit->role < 0 ? "" : roles[unit->role].own;
}

size_t
gsc_guess_choices(const gsc_guess *g, const gsc_unit *unit,
                  const char *choices[GSC_GUESS_MOST])
{
    size_t count = 0;
    for (int least = 2; least > 0 && count == 0; least--)
        for (size_t r = 0; r < NUM_ROLES; r++) {
            bool is_elsewhere =
                g->has_blocks && roles[r].is_in_block != unit->is_in_block;
            if (r == ROLE_FUSED || strstr(roles[r].own, "W_gate") || is_elsewhere ||
                is_taken(g, r) || fits_shape(g, unit->shape, roles[r].shape) < least)
                continue;
            choices[count++] = roles[r].own;
        }
    return count;
}
