/* The families of our networks, and the namings of TransformerLens and of published
 * code. */
#include "train/exchange/naming/table.h"

#include <string.h>

const char *const gsc_naming_choices[] = {
    "auto",      "tl",        "tl-native", "transposed", "torch-linear",
    "nanogpt",   "gpt2",      "neox",      "torch-qkv",  "torch-encoder",
    "torch-mha", "torch-mlp", NULL};

/* ---- Families ---- */

static const gsc_own_row transformer[] = {
    {GSC_NAMING_NEEDED, "embed.W_E", "d_vocab d_model"},
    {GSC_NAMING_EXTRA, "embed.W_y", "d_vocab d_model"},
    {GSC_NAMING_USUAL, "pos_embed.W_pos", "n_ctx d_model"},
    {GSC_NAMING_NEEDED, "blocks.*.attn.W_Q", "n_heads d_model d_head"},
    {GSC_NAMING_NEEDED, "blocks.*.attn.W_K", "n_heads d_model d_head"},
    {GSC_NAMING_NEEDED, "blocks.*.attn.W_V", "n_heads d_model d_head"},
    {GSC_NAMING_NEEDED, "blocks.*.attn.W_O", "n_heads d_head d_model"},
    {GSC_NAMING_BIAS, "blocks.*.attn.b_Q", "n_heads d_head"},
    {GSC_NAMING_BIAS, "blocks.*.attn.b_K", "n_heads d_head"},
    {GSC_NAMING_BIAS, "blocks.*.attn.b_V", "n_heads d_head"},
    {GSC_NAMING_BIAS, "blocks.*.attn.b_O", "d_model"},
    {GSC_NAMING_USUAL, "blocks.*.mlp.W_in", "d_model d_mlp"},
    {GSC_NAMING_BIAS, "blocks.*.mlp.b_in", "d_mlp"},
    {GSC_NAMING_EXTRA, "blocks.*.mlp.W_gate", "d_model d_mlp"},
    {GSC_NAMING_EXTRA, "blocks.*.mlp.b_gate", "d_mlp"},
    {GSC_NAMING_USUAL, "blocks.*.mlp.W_out", "d_mlp d_model"},
    {GSC_NAMING_BIAS, "blocks.*.mlp.b_out", "d_model"},
    {GSC_NAMING_EXTRA, "blocks.*.ln1.w", "d_model"},
    {GSC_NAMING_EXTRA, "blocks.*.ln1.b", "d_model"},
    {GSC_NAMING_EXTRA, "blocks.*.ln2.w", "d_model"},
    {GSC_NAMING_EXTRA, "blocks.*.ln2.b", "d_model"},
    {GSC_NAMING_EXTRA, "ln_final.w", "d_model"},
    {GSC_NAMING_EXTRA, "ln_final.b", "d_model"},
    {GSC_NAMING_USUAL, "unembed.W_U", "d_model d_vocab_out"},
    {GSC_NAMING_BIAS, "unembed.b_U", "d_vocab_out"},
};

static const gsc_own_row linear[] = {
    {GSC_NAMING_NEEDED, "embed.W_E", "d_vocab d_embed"},
    {GSC_NAMING_NEEDED, "linear1.W", "d_model d_mlp"},
    {GSC_NAMING_BIAS, "linear1.b", "d_mlp"},
    {GSC_NAMING_EXTRA, "linear2.W", "d_mlp d_mlp'"},
    {GSC_NAMING_EXTRA, "linear2.b", "d_mlp"},
    {GSC_NAMING_NEEDED, "unembed.W_U", "d_mlp d_vocab_out"},
};

static const gsc_own_row gromov[] = {
    {GSC_NAMING_NEEDED, "embed.W_left", "d_vocab d_mlp"},
    {GSC_NAMING_NEEDED, "embed.W_right", "d_vocab d_mlp"},
    {GSC_NAMING_NEEDED, "unembed.W_U", "d_mlp d_vocab_out"},
};

static const gsc_own_row mlp[] = {
    {GSC_NAMING_NEEDED, "embed.W_x", "d_vocab d_embed"},
    {GSC_NAMING_NEEDED, "embed.W_y", "d_vocab d_embed"},
    {GSC_NAMING_NEEDED, "linear1.W", "d_model d_mlp"},
    {GSC_NAMING_NEEDED, "unembed.W_U", "d_mlp d_vocab_out"},
};

static const gsc_own_row stack[] = {
    {GSC_NAMING_EXTRA, "embed.W_E", "d_vocab d_embed"},
    {GSC_NAMING_EXTRA, "embed.W_x", "d_vocab d_embed"},
    {GSC_NAMING_EXTRA, "embed.W_y", "d_vocab d_embed"},
    {GSC_NAMING_EXTRA, "linear*.W", "in out"},
    {GSC_NAMING_EXTRA, "linear*.b", "out"},
};

#define ROWS(what, rows)                       \
    {                                          \
        what, rows, sizeof rows / sizeof *rows \
    }

const gsc_family_table gsc_families[GSC_NUM_FAMILIES] = {
    ROWS("transformer", transformer), ROWS("network without attention", linear),
    ROWS("one-hot network", gromov),  ROWS("network of two embeddings", mlp),
    ROWS("stack of layers", stack),
};

/* ---- Maps ---- */

#define OWN(of)                                 \
    {                                           \
        .naming = GSC_NAMING_TL, .family = (of) \
    }

static const gsc_map own_maps[GSC_NUM_FAMILIES] = {
    OWN(GSC_FAMILY_TRANSFORMER), OWN(GSC_FAMILY_LINEAR), OWN(GSC_FAMILY_GROMOV),
    OWN(GSC_FAMILY_MLP),         OWN(GSC_FAMILY_STACK),
};

static const gsc_map_line tl_native_lines[] = {
    {"embed.W_E", "tok_embed.weight", "d_vocab d_model"},
    {"pos_embed.W_pos", "pos.weight", "n_ctx d_model"},
    {"blocks.*.attn.W_Q", "layers.*.attn.q.weight", "(n_heads d_head) d_model"},
    {"blocks.*.attn.W_K", "layers.*.attn.k.weight", "(n_heads d_head) d_model"},
    {"blocks.*.attn.W_V", "layers.*.attn.v.weight", "(n_heads d_head) d_model"},
    {"blocks.*.attn.W_O", "layers.*.attn.o.weight", "d_model (n_heads d_head)"},
    {"blocks.*.attn.b_Q", "layers.*.attn.q.bias", "(n_heads d_head)"},
    {"blocks.*.attn.b_K", "layers.*.attn.k.bias", "(n_heads d_head)"},
    {"blocks.*.attn.b_V", "layers.*.attn.v.bias", "(n_heads d_head)"},
    {"blocks.*.attn.b_O", "layers.*.attn.o.bias", "d_model"},
    {"blocks.*.mlp.W_in", "layers.*.mlp.fc_in.weight", "d_mlp d_model"},
    {"blocks.*.mlp.b_in", "layers.*.mlp.fc_in.bias", "d_mlp"},
    {"blocks.*.mlp.W_gate", "layers.*.mlp.gate.weight", "d_mlp d_model"},
    {"blocks.*.mlp.W_out", "layers.*.mlp.fc_out.weight", "d_model d_mlp"},
    {"blocks.*.mlp.b_out", "layers.*.mlp.fc_out.bias", "d_model"},
    {"blocks.*.ln1.w", "layers.*.ln1.weight", "d_model"},
    {"blocks.*.ln1.b", "layers.*.ln1.bias", "d_model"},
    {"blocks.*.ln2.w", "layers.*.ln2.weight", "d_model"},
    {"blocks.*.ln2.b", "layers.*.ln2.bias", "d_model"},
    {"ln_final.w", "ln_out.weight", "d_model"},
    {"ln_final.b", "ln_out.bias", "d_model"},
    {"unembed.W_U", "head.weight", "d_vocab_out d_model"},
};
static const gsc_map tl_native =
    GSC_MAP_OF(GSC_NAMING_TL_NATIVE, GSC_FAMILY_TRANSFORMER, tl_native_lines);

static const gsc_map_line transposed_lines[] = {
    {"embed.W_E", "embed.W_E", "d_model d_vocab"},
    {"pos_embed.W_pos", "pos_embed.W_pos", "n_ctx d_model"},
    {"blocks.*.attn.W_Q", "blocks.*.attn.W_Q", "n_heads d_head d_model"},
    {"blocks.*.attn.W_K", "blocks.*.attn.W_K", "n_heads d_head d_model"},
    {"blocks.*.attn.W_V", "blocks.*.attn.W_V", "n_heads d_head d_model"},
    {"blocks.*.attn.W_O", "blocks.*.attn.W_O", "d_model (n_heads d_head)"},
    {"blocks.*.mlp.W_in", "blocks.*.mlp.W_in", "d_mlp d_model"},
    {"blocks.*.mlp.b_in", "blocks.*.mlp.b_in", "d_mlp"},
    {"blocks.*.mlp.W_gate", "blocks.*.mlp.W_gate", "d_mlp d_model"},
    {"blocks.*.mlp.W_out", "blocks.*.mlp.W_out", "d_model d_mlp"},
    {"blocks.*.mlp.b_out", "blocks.*.mlp.b_out", "d_model"},
    {"blocks.*.ln1.w", "blocks.*.ln1.w", "d_model"},
    {"blocks.*.ln1.b", "blocks.*.ln1.b", "d_model"},
    {"blocks.*.ln2.w", "blocks.*.ln2.w", "d_model"},
    {"blocks.*.ln2.b", "blocks.*.ln2.b", "d_model"},
    {"unembed.W_U", "unembed.W_U", "d_model d_vocab_out"},
};
static const gsc_map transposed =
    GSC_MAP_OF(GSC_NAMING_TRANSPOSED, GSC_FAMILY_TRANSFORMER, transposed_lines);

static const gsc_map_line torch_linear_lines[] = {
    {"embed.W_E", "embed.weight", "d_vocab d_embed"},
    {"linear1.W", "l1.weight", "d_mlp d_model"},
    {"linear1.b", "l1.bias", "d_mlp"},
    {"linear2.W", "l2.weight", "d_mlp' d_mlp"},
    {"linear2.b", "l2.bias", "d_mlp"},
    {"unembed.W_U", "unembed.weight", "d_vocab_out d_mlp"},
};
static const gsc_map torch_linear =
    GSC_MAP_OF(GSC_NAMING_TORCH_LINEAR, GSC_FAMILY_LINEAR, torch_linear_lines);

static const gsc_map_line torch_two_lines[] = {
    {"embed.W_x", "W_x", "d_vocab d_embed"},
    {"embed.W_y", "W_y", "d_vocab d_embed"},
    {"linear1.W", "W", "d_model d_mlp"},
    {"unembed.W_U", "W_U", "d_mlp d_vocab_out"},
};
static const gsc_map torch_two =
    GSC_MAP_OF(GSC_NAMING_TORCH_LINEAR, GSC_FAMILY_MLP, torch_two_lines);

const gsc_map *const gsc_maps[] = {&own_maps[GSC_FAMILY_TRANSFORMER],
                                   &own_maps[GSC_FAMILY_LINEAR],
                                   &own_maps[GSC_FAMILY_GROMOV],
                                   &own_maps[GSC_FAMILY_MLP],
                                   &own_maps[GSC_FAMILY_STACK],
                                   &tl_native,
                                   &transposed,
                                   &torch_linear,
                                   &torch_two,
                                   &gsc_map_nanogpt,
                                   &gsc_map_gpt2,
                                   &gsc_map_neox,
                                   &gsc_map_torch_qkv,
                                   &gsc_map_torch_encoder,
                                   &gsc_map_torch_mha,
                                   &gsc_map_torch_mlp,
                                   NULL};

const gsc_map *
gsc_naming_map(gsc_naming naming, gsc_family family)
{
    for (size_t i = 0; gsc_maps[i]; i++)
        if (gsc_maps[i]->naming == naming && gsc_maps[i]->family == family)
            return gsc_maps[i];
    return NULL;
}

size_t
gsc_map_num_lines(const gsc_map *map)
{
    return map->lines ? map->num_lines : gsc_families[map->family].num_rows;
}

gsc_map_line
gsc_map_line_at(const gsc_map *map, size_t i)
{
    if (!map->lines) {
        const gsc_own_row *row = &gsc_families[map->family].rows[i];
        return (gsc_map_line){row->name, row->name, row->axes};
    }
    gsc_map_line line = map->lines[i];
    if (!line.axes)
        line.axes = gsc_map_row(map, line.own)->axes;
    return line;
}

bool
gsc_map_is_constant(const gsc_map_line *line)
{
    return strchr("-0123456789", *line->theirs) &&
           line->theirs[strspn(line->theirs, "-.0123456789e")] == '\0';
}

/* A line may name a layer of a row, "linear1.W" of "linear*.W". */
const gsc_own_row *
gsc_family_row(gsc_family family, const char *own)
{
    const gsc_family_table *table = &gsc_families[family];
    size_t layer = 0;
    for (size_t i = 0; i < table->num_rows; i++)
        if (strcmp(table->rows[i].name, own) == 0 ||
            gsc_naming_match(table->rows[i].name, own, &layer))
            return &table->rows[i];
    return NULL;
}

const gsc_own_row *
gsc_map_row(const gsc_map *map, const char *own)
{
    return gsc_family_row(map->family, own);
}

const char *
gsc_map_name(const gsc_map *map)
{
    return map->path ? map->path : gsc_naming_names[map->naming];
}

/* ---- Names ---- */

bool
gsc_naming_knows(const char *name)
{
    size_t layer = 0;
    for (size_t i = 0; gsc_maps[i]; i++)
        for (size_t k = 0; k < gsc_map_num_lines(gsc_maps[i]); k++)
            if (gsc_naming_match(gsc_map_line_at(gsc_maps[i], k).theirs, name, &layer))
                return true;
    return false;
}

bool
gsc_naming_is_buffer(const char *name)
{
    static const char *const patterns[] = {
        "{blocks,layers,h,transformer.h,gpt_neox.layers}.*.{attn,attention,self_attn}."
        "{mask,IGNORE,bias,masked_bias,causal_mask,tril,attn_mask}"};
    static const char *const endings[] = {"mask",           "tril",
                                          "triu",           "IGNORE",
                                          "causal_mask",    "attn_mask",
                                          "src_mask",       "masked_bias",
                                          "inv_freq",       "position_ids",
                                          "running_mean",   "running_var",
                                          "n_averaged",     "num_batches_tracked",
                                          "attention_mask", NULL};
    const char *last = strrchr(name, '.');
    size_t layer;
    for (size_t i = 0; endings[i]; i++)
        if (strcmp(last ? last + 1 : name, endings[i]) == 0)
            return true;
    return gsc_naming_match(patterns[0], name, &layer);
}
