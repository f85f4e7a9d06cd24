/* A map for a chain of layers, whatever they are called: nn.Linear after nn.Linear,
 * maybe after one embedding of both operands or one of each. */
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "train/exchange/naming/table.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_LAYERS = 64, MOST_EMBEDDINGS = 2 };

/* The parts, by their numbers among the tensors. */
typedef struct parts {
    const gsc_tensor *tensors;
    size_t embeddings[MOST_EMBEDDINGS], num_embeddings;
    size_t layers[MOST_LAYERS], num_layers;
    size_t biases[MOST_LAYERS], num_biases;
} parts;

/* What this file makes, in one piece of memory. */
typedef struct made_map {
    gsc_map map;
    gsc_map_line lines[2 * MOST_LAYERS + MOST_EMBEDDINGS];
    char own[2 * MOST_LAYERS][GSC_NAME_BYTES];
    char theirs[2 * MOST_LAYERS + MOST_EMBEDDINGS][GSC_NAME_BYTES];
} made_map;

/* ---- Which tensor is what ---- */

static bool
has_word(const char *name, const char *const *words)
{
    char lower[GSC_NAME_BYTES];
    size_t length = 0;
    for (; name[length] && length < sizeof lower - 1; length++)
        lower[length] = (char)tolower((unsigned char)name[length]);
    lower[length] = '\0';
    for (size_t i = 0; words[i]; i++)
        if (strstr(lower, words[i]))
            return true;
    return false;
}

static bool
is_embedding(const char *name)
{
    static const char *const words[] = {"emb", "w_e", "tok", "lookup", NULL};
    static const char *const against[] = {"unemb", NULL};
    return has_word(name, words) && !has_word(name, against);
}

/* Parts that are no chain of layers. */
static bool
is_of_others(const char *name)
{
    static const char *const words[] = {"attn", "attention", "qkv", "_proj", "norm",
                                        "conv", "lstm",      "gru", "w_pos", NULL};
    return has_word(name, words);
}

static bool
sort_out(parts *p, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const gsc_tensor *t = &p->tensors[i];
        if (is_of_others(t->name) || strpbrk(t->name, "*{},"))
            return false;
        if (t->shape.rank == 2 && is_embedding(t->name)) {
            if (p->num_embeddings == MOST_EMBEDDINGS)
                return false;
            p->embeddings[p->num_embeddings++] = i;
        } else if (t->shape.rank == 2 && p->num_layers < MOST_LAYERS) {
            p->layers[p->num_layers++] = i;
        } else if (t->shape.rank == 1 && p->num_biases < MOST_LAYERS) {
            p->biases[p->num_biases++] = i;
        } else {
            return false;
        }
    }
    return p->num_layers > 0;
}

/* ---- Their order ---- */

/* Names with their numbers as numbers: "net.2" before "net.10". */
static int
compare_names(const char *a, const char *b)
{
    while (*a && *b) {
        if (isdigit((unsigned char)*a) && isdigit((unsigned char)*b)) {
            char *end_a, *end_b;
            unsigned long of_a = strtoul(a, &end_a, 10), of_b = strtoul(b, &end_b, 10);
            if (of_a != of_b)
                return of_a < of_b ? -1 : 1;
            a = end_a;
            b = end_b;
        } else if (*a != *b) {
            return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
        } else {
            a++;
            b++;
        }
    }
    return (*a != '\0') - (*b != '\0');
}

static void
sort_layers(parts *p)
{
    for (size_t i = 1; i < p->num_layers; i++)
        for (size_t k = i; k > 0; k--) {
            size_t *pair = &p->layers[k - 1];
            if (compare_names(p->tensors[pair[0]].name, p->tensors[pair[1]].name) <= 0)
                break;
            size_t first = pair[0];
            pair[0] = pair[1];
            pair[1] = first;
        }
}

/* How many numbers enter and leave a layer; an nn.Linear is [out, in]. */
static size_t
width(const parts *p, size_t layer, bool is_linear, bool leaves)
{
    return p->tensors[p->layers[layer]].shape.dims[is_linear == leaves ? 0 : 1];
}

static bool
is_chain(const parts *p, bool is_linear)
{
    for (size_t i = 1; i < p->num_layers; i++)
        if (width(p, i - 1, is_linear, true) != width(p, i, is_linear, false))
            return false;
    if (p->num_embeddings == 0)
        return true;
    size_t of_one = p->tensors[p->embeddings[0]].shape.dims[1];
    return width(p, 0, is_linear, false) % of_one == 0;
}

/* As the file has them, or else by name; then as nn.Linear has them, or else x W. */
static bool
find_chain(parts *p, bool *is_linear)
{
    *is_linear = true;
    if (is_chain(p, true))
        return true;
    *is_linear = false;
    if (is_chain(p, false))
        return true;
    sort_layers(p);
    *is_linear = is_chain(p, true);
    return *is_linear || is_chain(p, false);
}

/* ---- The map ---- */

static void
add_line(made_map *m, const char *own, const char *theirs, const char *axes)
{
    size_t at = m->map.num_lines++;
    snprintf(m->theirs[at], GSC_NAME_BYTES, "%s", theirs);
    m->lines[at] = (gsc_map_line){own, m->theirs[at], axes};
}

/* The bias of the layer whose name it shares but for the last part ("0.weight" and
 * "0.bias"; "W1" and "b1"); the number of layers where there is none. */
static size_t
layer_of(const parts *p, const char *bias)
{
    const char *dot = strrchr(bias, '.');
    for (size_t i = 0; i < p->num_layers; i++) {
        const char *name = p->tensors[p->layers[i]].name;
        bool same_stem = dot && strncmp(name, bias, (size_t)(dot - bias) + 1) == 0 &&
                         !strchr(name + (dot - bias) + 1, '.');
        bool same_end = !dot && strcmp(name + strcspn(name, "0123456789"),
                                       bias + strcspn(bias, "0123456789")) == 0;
        if (same_stem || same_end)
            return i;
    }
    return p->num_layers;
}

static bool
fill(made_map *m, const parts *p, bool is_linear)
{
    static const char *const one[] = {"embed.W_E"};
    static const char *const two[] = {"embed.W_x", "embed.W_y"};
    bool has_bias[MOST_LAYERS] = {false};
    for (size_t i = 0; i < p->num_embeddings; i++)
        add_line(m, p->num_embeddings == 1 ? one[i] : two[i],
                 p->tensors[p->embeddings[i]].name, "d_vocab d_embed");
    for (size_t i = 0; i < p->num_layers; i++) {
        snprintf(m->own[i], GSC_NAME_BYTES, "linear%zu.W", i + 1);
        add_line(m, m->own[i], p->tensors[p->layers[i]].name,
                 is_linear ? "out in" : "in out");
    }
    for (size_t i = 0; i < p->num_biases; i++) {
        const gsc_tensor *bias = &p->tensors[p->biases[i]];
        size_t layer = layer_of(p, bias->name);
        if (layer == p->num_layers || has_bias[layer] ||
            bias->shape.dims[0] != width(p, layer, is_linear, true))
            return false;
        has_bias[layer] = true;
        char *own = m->own[MOST_LAYERS + layer];
        snprintf(own, GSC_NAME_BYTES, "linear%zu.b", layer + 1);
        add_line(m, own, bias->name, "out");
    }
    return true;
}

int
gsc_map_of_stack(const gsc_tensor *tensors, size_t count, void **made,
                 const gsc_map **map)
{
    int status = 0;
    parts p = {.tensors = tensors};
    bool is_linear;
    *made = NULL;
    *map = NULL;
    if (!sort_out(&p, count) || !find_chain(&p, &is_linear))
        return 0;
    made_map *m;
    GSC_NEW(m, 1);
    m->map = (gsc_map){
        .naming = GSC_NAMING_TORCH_MLP, .family = GSC_FAMILY_STACK, .lines = m->lines};
    if (!fill(m, &p, is_linear)) {
        free(m);
        return 0;
    }
    *made = m;
    *map = &m->map;
out:
    return status;
}
