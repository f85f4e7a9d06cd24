/* What of a network its tensors tell, and what they do not. */
#include "train/exchange/import_choices.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "train/exchange/external_config.h"
#include "train/task/layout.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Tensors ---- */

const gsc_tensor *
gsc_import_find(const gsc_import *im, const char *name)
{
    for (size_t i = 0; i < im->num_tensors; i++)
        if (strcmp(im->tensors[i].name, name) == 0)
            return &im->tensors[i];
    return NULL;
}

bool
gsc_import_is_zero(const gsc_tensor *t)
{
    for (size_t i = 0; i < gsc_shape_count(t->shape); i++)
        if (gsc_element(t->type, t->data, i) != 0)
            return false;
    return true;
}

static void
drop(gsc_import *im, const char *name)
{
    size_t kept = 0;
    for (size_t i = 0; i < im->num_tensors; i++)
        if (strcmp(im->tensors[i].name, name) == 0)
            free(im->tensors[i].data);
        else
            im->tensors[kept++] = im->tensors[i];
    im->num_tensors = kept;
}

/* ---- What names and shapes tell ---- */

void
gsc_import_known_sizes(gsc_import *im, size_t sizes[GSC_NUM_AXES])
{
    const gsc_token_model *m = gsc_import_model(&im->config);
    const int64_t known[GSC_NUM_AXES] = {
        [GSC_AXIS_D_VOCAB] = m->d_vocab, [GSC_AXIS_D_VOCAB_OUT] = m->d_vocab_out,
        [GSC_AXIS_D_MODEL] = m->d_model, [GSC_AXIS_N_HEADS] = m->n_heads,
        [GSC_AXIS_D_HEAD] = m->d_head,   [GSC_AXIS_D_MLP] = m->d_mlp};
    for (size_t i = 0; i < GSC_NUM_AXES; i++)
        sizes[i] = (size_t)known[i];
}

static int64_t
size_or(size_t size, int64_t otherwise)
{
    return size > 0 ? (int64_t)size : otherwise;
}

static void
take_sizes(gsc_token_model *m, const gsc_named *named)
{
    const size_t *sizes = named->sizes;
    m->n_layers = (int64_t)named->n_layers;
    m->d_vocab = size_or(sizes[GSC_AXIS_D_VOCAB], 0);
    m->d_vocab_out = size_or(sizes[GSC_AXIS_D_VOCAB_OUT], 0);
    m->n_ctx = size_or(sizes[GSC_AXIS_N_CTX], 0);
    m->d_model = size_or(sizes[GSC_AXIS_D_MODEL], 1);
    m->n_heads = size_or(sizes[GSC_AXIS_N_HEADS], 1);
    m->d_head = size_or(sizes[GSC_AXIS_D_HEAD], 0);
    m->d_mlp = size_or(sizes[GSC_AXIS_D_MLP], 1);
    if (named->family == GSC_FAMILY_STACK)
        m->d_model = size_or(sizes[GSC_AXIS_D_EMBED], 1);
    if (named->family != GSC_FAMILY_TRANSFORMER) {
        m->n_layers = 1;
        m->n_ctx = 2;
    }
}

/* The layers of a stack are as wide as their matrices; what enters the first one tells
 * how. */
static int
take_stack(gsc_import *im)
{
    int status = 0;
    gsc_text hidden = {0};
    char name[GSC_NAME_BYTES] = "linear1.W";
    gsc_token_model *m = gsc_import_model(&im->config);
    const gsc_tensor *first = gsc_import_find(im, name), *at = first;
    const gsc_tensor *E = gsc_import_find(im, "embed.W_E"),
                     *X = gsc_import_find(im, "embed.W_x"), *table = E ? E : X;
    for (int i = 2; at; i++) {
        m->d_vocab_out = (int64_t)at->shape.dims[1];
        snprintf(name, sizeof name, "linear%d.W", i);
        const gsc_tensor *next = gsc_import_find(im, name);
        if (next)
            GSC_TRY(gsc_text_add(&hidden, i > 2 ? ",%zu" : "%zu", at->shape.dims[1]));
        at = next;
    }
    snprintf(m->hidden, sizeof m->hidden, "%s", hidden.data ? hidden.data : "");
    int64_t in = first ? (int64_t)first->shape.dims[0] : 0;
    m->own_embeddings = X != NULL;
    if (table) {
        m->d_vocab = (int64_t)table->shape.dims[0];
        m->d_model = (int64_t)table->shape.dims[1];
        m->operands =
            in == m->d_model ? GSC_OPERANDS_SUMMED : GSC_OPERANDS_CONCATENATED;
        m->n_ctx = in == m->d_model ? 2 : in / m->d_model;
    } else {
        m->operands = in % 2 != 0 || in == m->d_vocab_out ? GSC_OPERANDS_SUMMED_ONE_HOT
                                                          : GSC_OPERANDS_ONE_HOT;
        m->n_ctx = 2;
        m->d_vocab = m->operands == GSC_OPERANDS_ONE_HOT ? in / 2 : in;
    }
out:
    gsc_text_free(&hidden);
    return status;
}

/* Names and shapes may tell of what no configuration would be let to. */
static int
check_sizes(gsc_config *config)
{
    const gsc_architecture *a = &gsc_architecture_transformer; /* has all sizes */
    const char *values = (const char *)gsc_import_model(config);
    for (size_t i = 0; i < a->num_options; i++) {
        const gsc_option *option = &a->options[i];
        const void *at = values + option->offset;
        if (option->type == GSC_OPTION_INTEGER &&
            (double)*(const int64_t *)at > option->most)
            return gsc_fail(GSC_EFORMAT, "%s: the tensors have %lld, of at most %g",
                            option->name, (long long)*(const int64_t *)at,
                            option->most);
    }
    return 0;
}

static int
choose_architecture(gsc_import *im)
{
    const gsc_architecture *found;
    const size_t *sizes = im->named.sizes;
    if (gsc_import_knows(&im->config))
        return 0;
    if (im->named.family == GSC_FAMILY_TRANSFORMER)
        found = &gsc_architecture_transformer;
    else if (im->named.family == GSC_FAMILY_GROMOV)
        found = &gsc_architecture_gromov_mlp;
    else if (im->named.family == GSC_FAMILY_MLP)
        found = &gsc_architecture_chughtai_mlp;
    else if (im->named.family == GSC_FAMILY_STACK)
        found = &gsc_architecture_token_mlp;
    else if (sizes[GSC_AXIS_D_MODEL] == 2 * sizes[GSC_AXIS_D_EMBED])
        found = &gsc_architecture_zhong_delta;
    else if (!gsc_import_find(im, "linear2.W"))
        found = &gsc_architecture_zhong_alpha;
    else
        return gsc_fail(GSC_EARGUMENT, "architecture is missing: the tensors are those "
                                       "of zhong_beta and of zhong_gamma");
    gsc_import_choose(&im->config, found);
    return 0;
}

/* Biases of zeros were never trained, or are there only for a strict reader. */
static int64_t
choose_biases(const gsc_import *im, int64_t known, const char *const *names)
{
    bool found = false;
    if (known >= 0)
        return known;
    for (size_t i = 0; names[i]; i++) {
        const gsc_tensor *bias = gsc_import_find(im, names[i]);
        found = found || bias;
        if (bias && !gsc_import_is_zero(bias))
            return GSC_BIASES_TRAINED;
    }
    return found ? GSC_BIASES_FROZEN : GSC_BIASES_ABSENT;
}

/* The last layer of a stack is the unembedding. */
static void
choose_stack_biases(gsc_import *im)
{
    gsc_token_model *m = gsc_import_model(&im->config);
    char last[GSC_NAME_BYTES];
    int64_t widths[GSC_MOST_LAYERS];
    int count = gsc_read_widths(m->hidden, widths);
    snprintf(last, sizeof last, "linear%d.b", count < 0 ? 1 : count + 1);
    const char *const hidden[] = {"linear1.b", count > 1 ? "linear2.b" : NULL, NULL};
    const char *const none[] = {NULL};
    const char *const output[] = {last, NULL};
    m->biases = choose_biases(im, m->biases, count > 0 ? hidden : none);
    m->unembed_bias = choose_biases(im, m->unembed_bias, output);
}

static void
choose_all_biases(gsc_import *im)
{
    static const char *const mlp[] = {"blocks.0.mlp.b_in", "blocks.0.mlp.b_out",
                                      "linear1.b", "linear2.b", NULL};
    static const char *const attention[] = {"blocks.0.attn.b_Q", "blocks.0.attn.b_K",
                                            "blocks.0.attn.b_V", "blocks.0.attn.b_O",
                                            NULL};
    static const char *const unembedding[] = {"unembed.b_U", NULL};
    gsc_token_model *m = gsc_import_model(&im->config);
    if (im->named.family == GSC_FAMILY_STACK)
        choose_stack_biases(im);
    m->biases = choose_biases(im, m->biases, mlp);
    m->attn_biases = choose_biases(im, m->attn_biases, attention);
    m->unembed_bias = choose_biases(im, m->unembed_bias, unembedding);
}

/* ---- What blocks have ---- */

/* Whether W_U is the transposed of W_E, as a state dict has it where one nn.Parameter
 * is both. */
static bool
is_transposed(const gsc_tensor *W_U, const gsc_tensor *W_E)
{
    size_t rows = W_E->shape.dims[0], width = W_E->shape.dims[1];
    if (W_U->shape.dims[1] != rows || W_U->shape.dims[0] != width)
        return false;
    for (size_t i = 0; i < rows; i++)
        for (size_t k = 0; k < width; k++)
            if (gsc_element(W_E->type, W_E->data, i * width + k) !=
                gsc_element(W_U->type, W_U->data, k * rows + i))
                return false;
    return true;
}

static int
choose_tied(gsc_import *im)
{
    gsc_token_model *m = gsc_import_model(&im->config);
    const gsc_tensor *W_E = gsc_import_find(im, "embed.W_E"),
                     *W_U = gsc_import_find(im, "unembed.W_U");
    if (!W_U && !m->tied)
        return gsc_fail(GSC_EARGUMENT, "there is no unembedding; --tied yes takes the "
                                       "embedding for it");
    if (!W_U || !W_E || !is_transposed(W_U, W_E))
        return 0;
    m->tied = true;
    drop(im, "unembed.W_U");
    return 0;
}

static int
copy_rows(gsc_tensor *t, const char *name, const gsc_tensor *from, size_t num_rows)
{
    size_t width = from->shape.dims[1];
    *t = (gsc_tensor){
        .trained = true, .type = from->type, .shape = {2, {num_rows, width}}};
    memcpy(t->name, name, strlen(name) + 1);
    t->data = gsc_new(num_rows * width, gsc_type_size(t->type));
    return t->data ? 0 : GSC_EMEMORY;
}

/* One table of a's tokens, b's and what follows, as two: of a and what follows, and of
 * b, where what follows is 0. */
static int
split_vocabulary(gsc_import *im)
{
    int status = 0;
    gsc_token_model *m = gsc_import_model(&im->config);
    const gsc_tensor *W_E = gsc_import_find(im, "embed.W_E");
    size_t extra = m->n_ctx == 3, width = W_E->shape.dims[1] * gsc_type_size(W_E->type);
    size_t p = (W_E->shape.dims[0] - extra) / 2;
    gsc_tensor left = {.data = NULL}, right = {.data = NULL}, *all = NULL;
    if (2 * p + extra != W_E->shape.dims[0])
        return gsc_fail(GSC_EFORMAT,
                        "embed.W_E: %zu tokens are not those of a and as many of b",
                        W_E->shape.dims[0] - extra);
    GSC_TRY(copy_rows(&left, "embed.W_E", W_E, p + extra));
    GSC_TRY(copy_rows(&right, "embed.W_y", W_E, p + extra));
    GSC_NEW(all, im->num_tensors + 1);
    memcpy(left.data, W_E->data, p * width);
    memcpy((char *)left.data + p * width, (char *)W_E->data + 2 * p * width,
           extra * width);
    memcpy(right.data, (char *)W_E->data + p * width, p * width);
    drop(im, "embed.W_E");
    memcpy(all, im->tensors, im->num_tensors * sizeof *all);
    free(im->tensors);
    im->tensors = all;
    im->tensors[im->num_tensors++] = left;
    im->tensors[im->num_tensors++] = right;
    m->d_vocab = (int64_t)(p + extra);
    return 0;
out:
    free(left.data);
    free(right.data);
    return status;
}

/* Gains without biases are those of two norms. */
static int
choose_norm(gsc_import *im)
{
    gsc_token_model *m = gsc_import_model(&im->config);
    bool has_gain = gsc_import_find(im, "blocks.0.ln1.w"),
         has_bias = gsc_import_find(im, "blocks.0.ln1.b"),
         has_last = gsc_import_find(im, "ln_final.w");
    if (m->normalization_type < 0 && has_gain && !has_bias)
        return gsc_fail(GSC_EARGUMENT,
                        "normalization_type is missing: the norms have no biases; RMS, "
                        "or LN where these are zero");
    if (m->normalization_type < 0)
        m->normalization_type = has_gain ? GSC_NORM_LN : GSC_NORM_NONE;
    bool can_tell =
        m->normalization_type == GSC_NORM_LN || m->normalization_type == GSC_NORM_RMS;
    if (!can_tell || im->named.naming != GSC_NAMING_TORCH_ENCODER)
        m->norm_position = m->norm_position < 0 ? GSC_NORM_BEFORE : m->norm_position;
    if (m->norm_position < 0)
        return gsc_fail(
            GSC_EARGUMENT,
            "norm_position is missing: post is nn.TransformerEncoderLayer's "
            "own, pre that with norm_first");
    if (can_tell && has_last != (m->norm_position == GSC_NORM_BEFORE))
        m->final_norm = has_last ? GSC_FINAL_NORM_YES : GSC_FINAL_NORM_NO;
    return 0;
}

static int
choose_blocks(gsc_import *im)
{
    int status = 0;
    gsc_token_model *m = gsc_import_model(&im->config);
    if (gsc_config_architecture(&im->config) != &gsc_architecture_transformer) {
        m->norm_position = 0;
        return 0;
    }
    m->attn_only = m->n_layers > 0 && !gsc_import_find(im, "blocks.0.mlp.W_in");
    m->gated_mlp = gsc_import_find(im, "blocks.0.mlp.W_gate") != NULL;
    GSC_TRY(choose_norm(im));
    GSC_TRY(choose_tied(im));
    if (m->own_embeddings && gsc_import_find(im, "embed.W_E") &&
        !gsc_import_find(im, "embed.W_y"))
        GSC_TRY(split_vocabulary(im));
    m->own_embeddings = gsc_import_find(im, "embed.W_y") != NULL;
out:
    return status;
}

/* ---- What they do not ---- */

/* A table of positions may have more rows than an example has tokens. */
static void
cut_positions(gsc_import *im, size_t n_ctx)
{
    for (size_t i = 0; i < im->num_tensors; i++) {
        gsc_tensor *t = &im->tensors[i];
        if (strcmp(t->name, "pos_embed.W_pos") != 0 || t->shape.dims[0] <= n_ctx)
            continue;
        im->num_rows_cut = t->shape.dims[0] - n_ctx;
        t->shape.dims[0] = n_ctx;
        gsc_import_model(&im->config)->n_ctx = (int64_t)n_ctx;
    }
}

/* Tokens after the elements, where the layout has them in its own order. */
static int64_t
num_tokens_after(const gsc_binary_operation *t)
{
    gsc_layout layout = gsc_layouts[t->layout];
    if (t->operation.count > 1)
        gsc_layout_set_operations(&layout, t->operation.count);
    return layout.num_extra;
}

static void
choose_layout(gsc_import *im)
{
    gsc_token_model *m = gsc_import_model(&im->config);
    gsc_binary_operation *t = gsc_import_task(&im->config);
    static const gsc_layout_kind by_tokens[] = {[2] = GSC_LAYOUT_A_B,
                                                [3] = GSC_LAYOUT_A_B_EQUALS,
                                                [4] = GSC_LAYOUT_A_OP_B_EQUALS,
                                                [6] = GSC_LAYOUT_EQUATION};
    if (t->layout < 0 &&
        (m->n_ctx == 2 || m->n_ctx == 3 || m->n_ctx == 4 || m->n_ctx == 6))
        t->layout = (int64_t)by_tokens[m->n_ctx];
    if (t->layout < 0)
        return;
    cut_positions(im, gsc_layouts[t->layout].n_ctx);
    if (im->named.family == GSC_FAMILY_STACK && m->operands == GSC_OPERANDS_SUMMED)
        m->n_ctx = (int64_t)gsc_layouts[t->layout].n_ctx;
    bool told = t->op_token > 0 || t->equals_token > 0; /* somewhere after p */
    if (t->p < 0 && !told)
        t->p = m->d_vocab - num_tokens_after(t);
}

static void
choose_rest(gsc_import *im)
{
    gsc_token_model *m = gsc_import_model(&im->config);
    const gsc_architecture *architecture = gsc_config_architecture(&im->config);
    bool is_transformer = architecture == &gsc_architecture_transformer;
    if (!is_transformer && m->attention_dir < 0)
        m->attention_dir = GSC_CAUSAL;
    if (!is_transformer && m->act_fn < 0)
        m->act_fn = architecture == &gsc_architecture_gromov_mlp ? GSC_ACT_SQUARE
                                                                 : GSC_ACT_RELU;
    if (isnan(m->attention_rate))
        m->attention_rate = 1;
    if (m->normalization_type < 0)
        m->normalization_type = GSC_NORM_NONE;
    if (m->positional_embedding_type < 0)
        m->positional_embedding_type =
            gsc_import_find(im, "pos_embed.W_pos") || !is_transformer
                ? GSC_POSITIONS_LEARNED
                : GSC_POSITIONS_NONE;
    choose_layout(im);
    for (size_t i = 0; i < im->num_tensors; i++)
        if (im->tensors[i].type == GSC_FLOAT64)
            im->config.run.dtype = GSC_FLOAT64;
    if (!*im->config.run.checkpoints)
        snprintf(im->config.run.checkpoints, sizeof im->config.run.checkpoints,
                 "linear:100");
}

/* A vocabulary with more tokens than the layout has may have them anywhere. */
static int
check_tokens(gsc_import *im)
{
    const gsc_binary_operation *t = gsc_import_task(&im->config);
    int64_t known = num_tokens_after(t),
            extra = gsc_import_model(&im->config)->d_vocab - t->p;
    bool has_op = t->layout == GSC_LAYOUT_A_OP_B_EQUALS, has_equals = known > 0;
    bool unknown = (has_op && t->op_token == 0) || (has_equals && t->equals_token == 0);
    if (t->layout == GSC_LAYOUT_EQUATION || !unknown || extra <= known)
        return 0;
    return gsc_fail(GSC_EARGUMENT,
                    "%s: %lld tokens come after the %lld elements, which do not tell",
                    has_op ? "op_token, equals_token" : "equals_token",
                    (long long)extra, (long long)t->p);
}

static int
check_known(gsc_config *config)
{
    int status = 0;
    gsc_text missing = {0};
    const struct {
        const char *name;
        bool unknown;
    } keys[] = {{"operation", gsc_import_task(config)->operation.count == 0},
                {"p", gsc_import_task(config)->p < 0},
                {"layout", gsc_import_task(config)->layout < 0},
                {"act_fn", gsc_import_model(config)->act_fn < 0},
                {"attention_dir", gsc_import_model(config)->attention_dir < 0}};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (keys[i].unknown)
            GSC_TRY(gsc_text_add(&missing, "%s%s", missing.length > 0 ? ", " : "",
                                 keys[i].name));
    if (missing.length > 0)
        status = gsc_fail(GSC_EARGUMENT,
                          "%s: the tensors do not tell; give them as options or in a "
                          "--config FILE",
                          missing.data);
out:
    gsc_text_free(&missing);
    return status;
}

int
gsc_import_choose_all(gsc_import *im)
{
    int status = 0;
    take_sizes(gsc_import_model(&im->config), &im->named);
    if (im->named.family == GSC_FAMILY_STACK)
        GSC_TRY(take_stack(im));
    GSC_TRY(check_sizes(&im->config));
    GSC_TRY(choose_architecture(im));
    choose_all_biases(im);
    GSC_TRY(choose_blocks(im));
    choose_rest(im);
    GSC_TRY(check_known(&im->config));
    GSC_TRY(check_tokens(im));
out:
    return status;
}
