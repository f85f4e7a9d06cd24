/* The language of maps: names with choices and layers, axes with sizes. */
#include "train/exchange/naming/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const gsc_axis_names[GSC_NUM_AXES] = {"d_vocab", "d_vocab_out", "n_ctx",
                                                  "d_model", "n_heads",     "d_head",
                                                  "d_mlp",   "d_embed"};

/* ---- Names ---- */

/* What of `name` is left after the letters from `from` to `to`, NULL where they differ.
 */
static const char *
after_piece(const char *from, const char *to, const char *name, size_t *layer)
{
    for (; from < to; from++) {
        if (*from != '*') {
            if (*name++ != *from)
                return NULL;
            continue;
        }
        size_t length = strspn(name, "0123456789");
        if (length == 0 || length > 4)
            return NULL;
        *layer = strtoul(name, NULL, 10);
        name += length;
    }
    return name;
}

bool
gsc_naming_match(const char *pattern, const char *name, size_t *layer)
{
    const char *choice = pattern + strcspn(pattern, "{");
    name = after_piece(pattern, choice, name, layer);
    if (!name || !*choice)
        return name && !*name;
    const char *end = strchr(choice, '}');
    for (const char *word = choice + 1; word <= end;) {
        const char *stop = word + strcspn(word, ",}");
        size_t of_word = *layer;
        const char *rest = after_piece(word, stop, name, &of_word);
        if (rest && gsc_naming_match(end + 1, rest, &of_word)) {
            *layer = of_word;
            return true;
        }
        word = stop + 1;
    }
    return false;
}

void
gsc_naming_fill(const char *pattern, size_t layer, char name[GSC_NAME_BYTES])
{
    size_t used = 0;
    bool skips = false, in_choice = false;
    for (const char *at = pattern; *at && used < GSC_NAME_BYTES - 8; at++) {
        if (*at == '{' || *at == '}')
            skips = false;
        in_choice = *at == '{' || (in_choice && *at != '}');
        skips = skips || (*at == ',' && in_choice);
        if (skips || *at == '{' || *at == '}')
            continue;
        if (*at == '*')
            used += (size_t)snprintf(name + used, GSC_NAME_BYTES - used, "%zu", layer);
        else
            name[used++] = *at;
    }
    name[used] = '\0';
}

/* ---- Words ---- */

bool
gsc_axes_next(const char **axes, gsc_axis_word *word)
{
    const char *at = *axes + strspn(*axes, " (");
    bool opens = memchr(*axes, '(', (size_t)(at - *axes)) != NULL;
    size_t length = strcspn(at, " )");
    if (length == 0)
        return false;
    /* Merged with the one before: inside of a bracket that did not open here. */
    word->is_merged = word->in_bracket && !opens;
    word->in_bracket = (word->in_bracket || opens) && at[length] != ')';
    word->text = at;
    word->length = length;
    *axes = at + length + (at[length] == ')');
    return true;
}

size_t
gsc_axes_rank(const char *axes)
{
    gsc_axis_word word = {0};
    size_t rank = 0;
    while (gsc_axes_next(&axes, &word))
        rank += !word.is_merged;
    return rank;
}

/* ---- Sizes ---- */

/* The axis that a word names, GSC_NUM_AXES for none; d_mlp' is another one of the size
 * of d_mlp. */
static gsc_axis
find_axis(const gsc_axis_word *word)
{
    size_t length = word->length - (word->text[word->length - 1] == '\'');
    for (int axis = 0; axis < GSC_NUM_AXES; axis++)
        if (strlen(gsc_axis_names[axis]) == length &&
            strncmp(gsc_axis_names[axis], word->text, length) == 0)
            return (gsc_axis)axis;
    return GSC_NUM_AXES;
}

static bool
is_number(const gsc_axis_word *word)
{
    return *word->text >= '0' && *word->text <= '9';
}

size_t
gsc_axis_size(const gsc_axis_sizes *sizes, const gsc_axis_word *word)
{
    gsc_axis axis = find_axis(word);
    if (is_number(word)) { /* "K/N", or "N" */
        const char *slash = memchr(word->text, '/', word->length);
        return strtoul(slash ? slash + 1 : word->text, NULL, 10);
    }
    if (axis != GSC_NUM_AXES)
        return sizes->known[axis];
    for (size_t i = 0; i < sizes->num_local; i++)
        if (sizes->local[i].length == word->length &&
            strncmp(sizes->local[i].text, word->text, word->length) == 0)
            return sizes->local[i].size;
    return 0;
}

static void
set_size(gsc_axis_sizes *sizes, const gsc_axis_word *word, size_t size)
{
    gsc_axis axis = find_axis(word);
    if (axis != GSC_NUM_AXES) {
        sizes->known[axis] = size;
        return;
    }
    size_t at = sizes->num_local;
    if (at == sizeof sizes->local / sizeof *sizes->local)
        return;
    sizes->local[at].text = word->text;
    sizes->local[at].length = word->length;
    sizes->local[at].size = size;
    sizes->num_local++;
}

/* The words of one dimension from `*axes` on: the product of known sizes, and the last
 * word of an unknown one. */
typedef struct dimension {
    size_t product, num_unknown;
    gsc_axis_word unknown;
} dimension;

static bool
next_dimension(const char **axes, gsc_axis_word *word, const gsc_axis_sizes *sizes,
               dimension *d)
{
    *d = (dimension){.product = 1};
    if (!word->text && !gsc_axes_next(axes, word))
        return false;
    if (word->length == 0)
        return false;
    do {
        size_t size = gsc_axis_size(sizes, word);
        d->product *= size > 0 ? size : 1;
        d->num_unknown += size == 0;
        if (size == 0)
            d->unknown = *word;
        if (!gsc_axes_next(axes, word)) {
            word->length = 0;
            break;
        }
    } while (word->is_merged);
    return true;
}

bool
gsc_axes_learn(gsc_axis_sizes *sizes, const char *axes, gsc_shape shape)
{
    gsc_axis_word word = {0};
    dimension d;
    if (gsc_axes_rank(axes) != shape.rank)
        return false;
    for (size_t i = 0; next_dimension(&axes, &word, sizes, &d); i++) {
        if (d.num_unknown == 0 ? d.product != shape.dims[i]
                               : d.product == 0 || shape.dims[i] % d.product != 0)
            return false;
        if (d.num_unknown == 1)
            set_size(sizes, &d.unknown, shape.dims[i] / d.product);
    }
    return true;
}

bool
gsc_axes_allow(const char *axes, gsc_shape shape)
{
    gsc_axis_sizes any = {.num_local = 0};
    return gsc_axes_learn(&any, axes, shape);
}
