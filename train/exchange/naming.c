/* The table of namings, and tensors that change from one to another. */
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "train/exchange/naming_table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const gsc_naming_names[] = {"tl", "tl-native", "transposed", "torch-linear",
                                        NULL};
const char *const gsc_axis_names[GSC_NUM_AXES] = {"d_vocab", "d_vocab_out", "n_ctx",
                                                  "d_model", "n_heads",     "d_head",
                                                  "d_mlp",   "d_embed"};

/* ---- The table: tl, tl-native, transposed, torch-linear ---- */

#define HEADS "n_heads d_model d_head"
#define NO_NAME \
    {           \
        0       \
    }

static const gsc_naming_row transformer[] = {
    {GSC_NAMING_NEEDED,
     {{"embed.W_E", "d_vocab d_model"},
      {"tok_embed.weight", "d_vocab d_model"},
      {"embed.W_E", "d_model d_vocab"},
      NO_NAME}},
    {GSC_NAMING_USUAL,
     {{"pos_embed.W_pos", "n_ctx d_model"},
      {"pos.weight", "n_ctx d_model"},
      {"pos_embed.W_pos", "n_ctx d_model"},
      NO_NAME}},
    {GSC_NAMING_NEEDED,
     {{"blocks.*.attn.W_Q", HEADS},
      {"layers.*.attn.q.weight", "(n_heads d_head) d_model"},
      {"blocks.*.attn.W_Q", "n_heads d_head d_model"},
      NO_NAME}},
    {GSC_NAMING_NEEDED,
     {{"blocks.*.attn.W_K", HEADS},
      {"layers.*.attn.k.weight", "(n_heads d_head) d_model"},
      {"blocks.*.attn.W_K", "n_heads d_head d_model"},
      NO_NAME}},
    {GSC_NAMING_NEEDED,
     {{"blocks.*.attn.W_V", HEADS},
      {"layers.*.attn.v.weight", "(n_heads d_head) d_model"},
      {"blocks.*.attn.W_V", "n_heads d_head d_model"},
      NO_NAME}},
    {GSC_NAMING_NEEDED,
     {{"blocks.*.attn.W_O", "n_heads d_head d_model"},
      {"layers.*.attn.o.weight", "d_model (n_heads d_head)"},
      {"blocks.*.attn.W_O", "d_model (n_heads d_head)"},
      NO_NAME}},
    {GSC_NAMING_BIAS,
     {{"blocks.*.attn.b_Q", "n_heads d_head"},
      {"layers.*.attn.q.bias", "(n_heads d_head)"},
      NO_NAME,
      NO_NAME}},
    {GSC_NAMING_BIAS,
     {{"blocks.*.attn.b_K", "n_heads d_head"},
      {"layers.*.attn.k.bias", "(n_heads d_head)"},
      NO_NAME,
      NO_NAME}},
    {GSC_NAMING_BIAS,
     {{"blocks.*.attn.b_V", "n_heads d_head"},
      {"layers.*.attn.v.bias", "(n_heads d_head)"},
      NO_NAME,
      NO_NAME}},
    {GSC_NAMING_BIAS,
     {{"blocks.*.attn.b_O", "d_model"},
      {"layers.*.attn.o.bias", "d_model"},
      NO_NAME,
      NO_NAME}},
    {GSC_NAMING_NEEDED,
     {{"blocks.*.mlp.W_in", "d_model d_mlp"},
      {"layers.*.mlp.fc_in.weight", "d_mlp d_model"},
      {"blocks.*.mlp.W_in", "d_mlp d_model"},
      NO_NAME}},
    {GSC_NAMING_BIAS,
     {{"blocks.*.mlp.b_in", "d_mlp"},
      {"layers.*.mlp.fc_in.bias", "d_mlp"},
      {"blocks.*.mlp.b_in", "d_mlp"},
      NO_NAME}},
    {GSC_NAMING_NEEDED,
     {{"blocks.*.mlp.W_out", "d_mlp d_model"},
      {"layers.*.mlp.fc_out.weight", "d_model d_mlp"},
      {"blocks.*.mlp.W_out", "d_model d_mlp"},
      NO_NAME}},
    {GSC_NAMING_BIAS,
     {{"blocks.*.mlp.b_out", "d_model"},
      {"layers.*.mlp.fc_out.bias", "d_model"},
      {"blocks.*.mlp.b_out", "d_model"},
      NO_NAME}},
    {GSC_NAMING_EXTRA,
     {{"blocks.*.ln1.w", "d_model"},
      {"layers.*.ln1.weight", "d_model"},
      {"blocks.*.ln1.w", "d_model"},
      NO_NAME}},
    {GSC_NAMING_EXTRA,
     {{"blocks.*.ln1.b", "d_model"},
      {"layers.*.ln1.bias", "d_model"},
      {"blocks.*.ln1.b", "d_model"},
      NO_NAME}},
    {GSC_NAMING_EXTRA,
     {{"blocks.*.ln2.w", "d_model"},
      {"layers.*.ln2.weight", "d_model"},
      {"blocks.*.ln2.w", "d_model"},
      NO_NAME}},
    {GSC_NAMING_EXTRA,
     {{"blocks.*.ln2.b", "d_model"},
      {"layers.*.ln2.bias", "d_model"},
      {"blocks.*.ln2.b", "d_model"},
      NO_NAME}},
    {GSC_NAMING_EXTRA,
     {{"ln_final.w", "d_model"}, {"ln_out.weight", "d_model"}, NO_NAME, NO_NAME}},
    {GSC_NAMING_EXTRA,
     {{"ln_final.b", "d_model"}, {"ln_out.bias", "d_model"}, NO_NAME, NO_NAME}},
    {GSC_NAMING_NEEDED,
     {{"unembed.W_U", "d_model d_vocab_out"},
      {"head.weight", "d_vocab_out d_model"},
      {"unembed.W_U", "d_model d_vocab_out"},
      NO_NAME}},
    {GSC_NAMING_BIAS, {{"unembed.b_U", "d_vocab_out"}, NO_NAME, NO_NAME, NO_NAME}},
};

/* d_mlp' is another axis of the size of d_mlp. */
static const gsc_naming_row linear[] = {
    {GSC_NAMING_NEEDED,
     {{"embed.W_E", "d_vocab d_embed"},
      NO_NAME,
      NO_NAME,
      {"embed.weight", "d_vocab d_embed"}}},
    {GSC_NAMING_NEEDED,
     {{"linear1.W", "d_model d_mlp"},
      NO_NAME,
      NO_NAME,
      {"l1.weight", "d_mlp d_model"}}},
    {GSC_NAMING_BIAS, {{"linear1.b", "d_mlp"}, NO_NAME, NO_NAME, {"l1.bias", "d_mlp"}}},
    {GSC_NAMING_EXTRA,
     {{"linear2.W", "d_mlp d_mlp'"}, NO_NAME, NO_NAME, {"l2.weight", "d_mlp' d_mlp"}}},
    {GSC_NAMING_EXTRA,
     {{"linear2.b", "d_mlp"}, NO_NAME, NO_NAME, {"l2.bias", "d_mlp"}}},
    {GSC_NAMING_NEEDED,
     {{"unembed.W_U", "d_mlp d_vocab_out"},
      NO_NAME,
      NO_NAME,
      {"unembed.weight", "d_vocab_out d_mlp"}}},
};

static const gsc_naming_row gromov[] = {
    {GSC_NAMING_NEEDED, {{"embed.W_left", "d_vocab d_mlp"}, NO_NAME, NO_NAME, NO_NAME}},
    {GSC_NAMING_NEEDED,
     {{"embed.W_right", "d_vocab d_mlp"}, NO_NAME, NO_NAME, NO_NAME}},
    {GSC_NAMING_NEEDED,
     {{"unembed.W_U", "d_mlp d_vocab_out"}, NO_NAME, NO_NAME, NO_NAME}},
};

/* The names in the released code of Chughtai et al. (arXiv 2302.03025) are in the last
 * column. */
static const gsc_naming_row mlp[] = {
    {GSC_NAMING_NEEDED,
     {{"embed.W_x", "d_vocab d_embed"}, NO_NAME, NO_NAME, {"W_x", "d_vocab d_embed"}}},
    {GSC_NAMING_NEEDED,
     {{"embed.W_y", "d_vocab d_embed"}, NO_NAME, NO_NAME, {"W_y", "d_vocab d_embed"}}},
    {GSC_NAMING_NEEDED,
     {{"linear1.W", "d_model d_mlp"}, NO_NAME, NO_NAME, {"W", "d_model d_mlp"}}},
    {GSC_NAMING_NEEDED,
     {{"unembed.W_U", "d_mlp d_vocab_out"},
      NO_NAME,
      NO_NAME,
      {"W_U", "d_mlp d_vocab_out"}}},
};

const gsc_naming_table gsc_naming_tables[GSC_NUM_FAMILIES] = {
    {"transformer", transformer, sizeof transformer / sizeof *transformer},
    {"network without attention", linear, sizeof linear / sizeof *linear},
    {"one-hot network", gromov, sizeof gromov / sizeof *gromov},
    {"network of two embeddings", mlp, sizeof mlp / sizeof *mlp},
};

/* ---- Names ---- */

bool
gsc_naming_match(const char *pattern, const char *name, size_t *layer)
{
    const char *star = pattern ? strchr(pattern, '*') : NULL;
    if (!pattern)
        return false;
    if (!star)
        return strcmp(pattern, name) == 0;
    size_t before = (size_t)(star - pattern);
    if (strncmp(pattern, name, before) != 0)
        return false;
    const char *digits = name + before;
    size_t length = strspn(digits, "0123456789");
    if (length == 0 || length > 4 || strcmp(digits + length, star + 1) != 0)
        return false;
    *layer = strtoul(digits, NULL, 10);
    return true;
}

const gsc_naming_row *
gsc_naming_find(gsc_family family, gsc_naming naming, const char *name, size_t *layer)
{
    const gsc_naming_table *table = &gsc_naming_tables[family];
    *layer = 0;
    for (size_t i = 0; i < table->num_rows; i++)
        if (gsc_naming_match(table->rows[i].forms[naming].name, name, layer))
            return &table->rows[i];
    return NULL;
}

/* The pattern with a layer for its star. */
void
gsc_naming_fill(const char *pattern, size_t layer, char name[GSC_NAME_BYTES])
{
    const char *star = strchr(pattern, '*');
    if (star)
        snprintf(name, GSC_NAME_BYTES, "%.*s%zu%s", (int)(star - pattern), pattern,
                 layer, star + 1);
    else
        snprintf(name, GSC_NAME_BYTES, "%s", pattern);
}

bool
gsc_naming_knows(const char *name)
{
    size_t layer;
    for (int family = 0; family < GSC_NUM_FAMILIES; family++)
        for (int naming = 0; naming < GSC_NUM_NAMINGS; naming++)
            if (gsc_naming_find((gsc_family)family, (gsc_naming)naming, name, &layer))
                return true;
    return false;
}

bool
gsc_naming_is_buffer(const char *name)
{
    size_t layer;
    return gsc_naming_match("blocks.*.attn.mask", name, &layer) ||
           gsc_naming_match("blocks.*.attn.IGNORE", name, &layer) ||
           gsc_naming_match("layers.*.attn.mask", name, &layer);
}

/* ---- Axes ---- */

gsc_axis
gsc_axis_find(const char *word, size_t length)
{
    length -= length > 0 && word[length - 1] == '\'';
    for (int axis = 0; axis < GSC_NUM_AXES; axis++)
        if (strlen(gsc_axis_names[axis]) == length &&
            strncmp(gsc_axis_names[axis], word, length) == 0)
            return (gsc_axis)axis;
    return GSC_NUM_AXES;
}

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

/* ---- Layout ---- */

enum { MOST_WORDS = 4 };

/* The words of `to` with their sizes, and their strides where data lies as `from`. */
typedef struct path {
    size_t count, dims[MOST_WORDS], strides[MOST_WORDS];
} path;

static size_t
stride_of(const char *axes, const gsc_axis_word *wanted, const size_t *sizes)
{
    gsc_axis_word word = {0};
    size_t stride = 0;
    while (gsc_axes_next(&axes, &word)) {
        size_t size = sizes[gsc_axis_find(word.text, word.length)];
        if (stride > 0)
            stride *= size;
        else if (word.length == wanted->length &&
                 strncmp(word.text, wanted->text, word.length) == 0)
            stride = 1;
    }
    return stride;
}

static void
find_path(const char *from, const char *to, const size_t *sizes, path *p,
          gsc_shape *shape)
{
    gsc_axis_word word = {0};
    *p = (path){.count = 0};
    *shape = (gsc_shape){.rank = 0};
    while (gsc_axes_next(&to, &word)) {
        size_t size = sizes[gsc_axis_find(word.text, word.length)];
        p->dims[p->count] = size;
        p->strides[p->count++] = stride_of(from, &word, sizes);
        if (word.is_merged)
            shape->dims[shape->rank - 1] *= size;
        else
            shape->dims[shape->rank++] = size;
    }
}

static void
move(const path *p, size_t size, const char *from, char *to)
{
    size_t index[MOST_WORDS] = {0}, at = 0, count = 1;
    for (size_t i = 0; i < p->count; i++)
        count *= p->dims[i];
    for (size_t i = 0; i < count; i++) {
        memcpy(to + i * size, from + at * size, size);
        for (size_t axis = p->count; axis-- > 0;) {
            at += p->strides[axis];
            if (++index[axis] < p->dims[axis])
                break;
            at -= index[axis] * p->strides[axis];
            index[axis] = 0;
        }
    }
}

/* `in` of one form as `out` of another; both live on. */
static int
convert(const gsc_naming_form *from, const gsc_naming_form *to, size_t layer,
        const size_t *sizes, const gsc_tensor *in, gsc_tensor *out)
{
    path p;
    *out = *in;
    gsc_naming_fill(to->name, layer, out->name);
    find_path(from->axes, to->axes, sizes, &p, &out->shape);
    void *data = gsc_new(gsc_shape_count(out->shape), gsc_type_size(in->type));
    if (!data)
        return GSC_EMEMORY;
    move(&p, gsc_type_size(in->type), in->data, data);
    out->data = data;
    return 0;
}

int
gsc_naming_to_own(const gsc_named *named, gsc_tensor *tensor)
{
    size_t layer;
    gsc_tensor own;
    const gsc_naming_row *row =
        gsc_naming_find(named->family, named->naming, tensor->name, &layer);
    if (!row)
        return gsc_fail(GSC_EFORMAT, "%s is no tensor of the naming %s", tensor->name,
                        gsc_naming_names[named->naming]);
    int status = convert(&row->forms[named->naming], &row->forms[GSC_NAMING_TL], layer,
                         named->sizes, tensor, &own);
    if (status < 0)
        return status;
    free(tensor->data);
    *tensor = own;
    return 0;
}

int
gsc_naming_from_own(const gsc_named *named, const gsc_tensor *own, gsc_tensor *out)
{
    size_t layer;
    const gsc_naming_row *row =
        gsc_naming_find(named->family, GSC_NAMING_TL, own->name, &layer);
    if (!row || !row->forms[named->naming].name)
        return gsc_fail(GSC_EARGUMENT, "naming: %s has no %s",
                        gsc_naming_names[named->naming], own->name);
    return convert(&row->forms[GSC_NAMING_TL], &row->forms[named->naming], layer,
                   named->sizes, own, out);
}

/* ---- Zeros ---- */

static bool
has_name(const gsc_tensor *tensors, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(tensors[i].name, name) == 0)
            return true;
    return false;
}

size_t
gsc_naming_missing_biases(const gsc_named *named, const gsc_tensor *own, size_t count,
                          gsc_tensor *zeros, size_t room)
{
    const gsc_naming_table *table = &gsc_naming_tables[named->family];
    size_t num_zeros = 0;
    for (size_t i = 0; i < table->num_rows; i++) {
        const gsc_naming_form *ours = &table->rows[i].forms[GSC_NAMING_TL];
        const gsc_naming_form *theirs = &table->rows[i].forms[named->naming];
        size_t copies = strchr(ours->name, '*') ? named->n_layers : 1;
        for (size_t layer = 0; layer < copies && num_zeros < room; layer++) {
            char name[GSC_NAME_BYTES];
            path p;
            gsc_naming_fill(ours->name, layer, name);
            if (table->rows[i].kind != GSC_NAMING_BIAS || !theirs->name ||
                has_name(own, count, name))
                continue;
            gsc_tensor *zero = &zeros[num_zeros++];
            *zero = (gsc_tensor){.type = count > 0 ? own[0].type : GSC_FLOAT32};
            gsc_naming_fill(theirs->name, layer, zero->name);
            find_path(ours->axes, theirs->axes, named->sizes, &p, &zero->shape);
        }
    }
    return num_zeros;
}
