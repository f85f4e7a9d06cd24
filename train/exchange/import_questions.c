/* What of a network its tensors do not tell. */
#include "train/exchange/import_questions.h"

#include "grokscope/error.h"

#include "train/exchange/external_config.h"
#include "train/exchange/import_choices.h"
#include "train/task/layout.h"
#include "train/task/operations.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

int
gsc_import_ask(gsc_import *im, const char *name, const char *choices, const char *why)
{
    im->question.name = name;
    im->question.why = why;
    snprintf(im->question.choices, sizeof im->question.choices, "%s", choices);
    return gsc_fail(GSC_EARGUMENT, "%s is missing: %s", name,
                    why ? why : "the tensors do not tell");
}

static int
ask(gsc_import *im, const char *name, const char *choices)
{
    return gsc_import_ask(im, name, choices, NULL);
}

int
gsc_import_answer(gsc_config *config, const char *name, const char *value)
{
    int status = 0;
    gsc_options sets[GSC_CONFIG_SETS];
    const gsc_architecture *const *all = config->registry->architectures;
    if (strcmp(name, "architecture") == 0) {
        while (*all && strcmp((*all)->name, value) != 0)
            all++;
        if (*all)
            gsc_import_choose(config, *all);
    } else {
        gsc_config_options(config, sets);
        status = gsc_options_set(sets, GSC_CONFIG_SETS, name, value);
    }
    gsc_config_know(config, name);
    return status;
}

/* ---- What has a usual answer ---- */

/* Published code has one; other networks' is asked. */
static int64_t
usual_act_fn(const gsc_import *im)
{
    const gsc_architecture *found = gsc_config_architecture(&im->config);
    const gsc_token_model *m =
        (const gsc_token_model *)(const void *)im->config.model.room.values;
    if (found == &gsc_architecture_transformer)
        return m->attn_only || m->n_layers == 0 ? GSC_ACT_RELU : -1;
    if (found == &gsc_architecture_token_mlp)
        return *m->hidden ? -1 : GSC_ACT_RELU;
    return found == &gsc_architecture_gromov_mlp ? GSC_ACT_SQUARE : GSC_ACT_RELU;
}

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

static int64_t
count_operations(const gsc_binary_operation *t)
{
    int64_t count = 1;
    for (const char *c = t->operation; *c; c++)
        count += *c == ',';
    return count;
}

/* That of the configuration, with a token for each of several operations. */
static int
find_layout(const gsc_binary_operation *t, gsc_layout *layout)
{
    int status = gsc_layout_parse(layout, t->layout);
    if (status == 0 && *t->operation)
        status = gsc_layout_set_operations(layout, count_operations(t));
    return status;
}

/* Where nobody told it, by the number of tokens. */
static int
choose_layout(gsc_import *im)
{
    int status = 0;
    gsc_layout layout;
    gsc_token_model *m = gsc_import_model(&im->config);
    gsc_binary_operation *t = gsc_import_task(&im->config);
    for (size_t i = 0; !*t->layout && gsc_usual_layouts[i]; i++) {
        GSC_TRY(gsc_layout_parse(&layout, gsc_usual_layouts[i]));
        if ((int64_t)layout.n_ctx == m->n_ctx)
            snprintf(t->layout, sizeof t->layout, "%s", gsc_usual_layouts[i]);
    }
    if (!*t->layout)
        return gsc_fail(GSC_EARGUMENT,
                        "layout: the tensors do not tell; give the tokens of an "
                        "example as an option or in a --config FILE; a language model "
                        "comes in with --task repeats");
    GSC_TRY(find_layout(t, &layout));
    cut_positions(im, layout.n_ctx);
    if (im->named.family == GSC_FAMILY_STACK && m->operands == GSC_OPERANDS_SUMMED)
        m->n_ctx = (int64_t)layout.n_ctx;
    bool told = t->op_token > 0 || t->equals_token > 0; /* somewhere after p */
    if (t->p < 0 && m->d_vocab_out > 1 && m->d_vocab_out < m->d_vocab)
        t->p = m->d_vocab_out; /* outputs for elements only */
    if (t->p < 0 && !told)
        t->p = m->d_vocab - layout.num_extra;
out:
    return status;
}

/* ---- Language models ---- */

/* What GPT-NeoX's own modules are. */
static int
choose_neox(gsc_import *im)
{
    gsc_token_model *m = gsc_import_model(&im->config);
    if (im->named.naming != GSC_NAMING_NEOX)
        return 0;
    if (m->positional_embedding_type < 0)
        m->positional_embedding_type = GSC_POSITIONS_ROTARY;
    if (m->attention_dir < 0)
        m->attention_dir = GSC_CAUSAL;
    if (m->act_fn < 0)
        m->act_fn = GSC_ACT_GELU;
    if (!gsc_config_is_known(&im->config, "parallel_attn_mlp"))
        m->parallel_attn_mlp = true;
    if (m->positional_embedding_type == GSC_POSITIONS_ROTARY &&
        !gsc_config_is_known(&im->config, "rotary_dim"))
        return gsc_fail(GSC_EARGUMENT,
                        "rotary_dim is missing: how many numbers of a head are turned; "
                        "give the network's config.json with --config");
    return 0;
}

/* As many positions as the sequences have that it is asked with. */
static int
choose_sequences(gsc_import *im)
{
    gsc_token_model *m = gsc_import_model(&im->config);
    gsc_repeats *r = gsc_import_sequences(&im->config);
    bool has_table = gsc_import_find(im, "pos_embed.W_pos");
    if (gsc_config_architecture(&im->config) != &gsc_architecture_transformer)
        return gsc_fail(GSC_EARGUMENT, "task: repeats is for transformers, found a %s",
                        gsc_config_architecture(&im->config)->name);
    if (has_table && m->n_ctx < r->seq_len)
        return gsc_fail(GSC_EARGUMENT,
                        "seq_len: %lld tokens, but the network has %lld positions",
                        (long long)r->seq_len, (long long)m->n_ctx);
    if (m->attention_dir < 0)
        m->attention_dir = GSC_CAUSAL;
    if (r->vocabulary == 0)
        r->vocabulary = m->d_vocab;
    cut_positions(im, (size_t)r->seq_len);
    m->n_ctx = r->seq_len;
    return 0;
}

static int
choose_rest(gsc_import *im)
{
    gsc_token_model *m = gsc_import_model(&im->config);
    const gsc_architecture *architecture = gsc_config_architecture(&im->config);
    bool is_transformer = architecture == &gsc_architecture_transformer;
    if (!is_transformer && m->attention_dir < 0)
        m->attention_dir = GSC_CAUSAL;
    if (m->act_fn < 0)
        m->act_fn = usual_act_fn(im);
    if (isnan(m->attention_rate))
        m->attention_rate = 1;
    if (m->normalization_type < 0)
        m->normalization_type = GSC_NORM_NONE;
    if (m->positional_embedding_type < 0)
        m->positional_embedding_type =
            gsc_import_find(im, "pos_embed.W_pos") || !is_transformer
                ? GSC_POSITIONS_LEARNED
                : GSC_POSITIONS_NONE;
    for (size_t i = 0; i < im->num_tensors; i++)
        if (im->tensors[i].type == GSC_FLOAT64)
            im->config.run.dtype = GSC_FLOAT64;
    if (!*im->config.run.checkpoints)
        snprintf(im->config.run.checkpoints, sizeof im->config.run.checkpoints,
                 "linear:100");
    return gsc_import_is_of_pairs(&im->config) ? choose_layout(im)
                                               : choose_sequences(im);
}

/* ---- What is asked ---- */

static int
ask_token(gsc_import *im, const char *name, int64_t other)
{
    char choices[GSC_OPTION_TEXT_BYTES];
    size_t used = 0;
    int64_t p = gsc_import_task(&im->config)->p,
            d_vocab = gsc_import_model(&im->config)->d_vocab;
    for (int64_t token = p; token < d_vocab && token < p + GSC_MOST_EXTRA; token++)
        if (token != other)
            used += (size_t)snprintf(choices + used, sizeof choices - used, "%s%lld",
                                     used > 0 ? "," : "", (long long)token);
    return gsc_import_ask(im, name, choices,
                          "more tokens come after the elements than examples have");
}

/* A vocabulary with more tokens than the layout has may have them anywhere. */
static int
ask_tokens(gsc_import *im)
{
    int status = 0;
    gsc_layout layout;
    const gsc_binary_operation *t = gsc_import_task(&im->config);
    int64_t extra = gsc_import_model(&im->config)->d_vocab - t->p;
    GSC_TRY(find_layout(t, &layout));
    if (gsc_layout_has(&layout, GSC_SYMBOL_EOS) || extra <= layout.num_extra)
        return 0;
    if (gsc_layout_has(&layout, GSC_SYMBOL_OP) && t->op_token == 0)
        status = ask_token(im, "op_token", t->equals_token);
    else if (gsc_layout_has(&layout, GSC_SYMBOL_EQUALS) && t->equals_token == 0)
        status = ask_token(im, "equals_token", t->op_token);
out:
    return status;
}

/* All that need no group, but products of all but 0, which are products too. */
static int
ask_operation(gsc_import *im)
{
    char choices[GSC_OPTION_TEXT_BYTES];
    size_t used = 0, count;
    const gsc_operation *all = gsc_operations(&count);
    for (size_t i = 0; i < count && used < sizeof choices; i++)
        if (!(all[i].traits & (GSC_OF_GROUP | GSC_A_NOT_ZERO)))
            used += (size_t)snprintf(choices + used, sizeof choices - used, "%s%s",
                                     used > 0 ? "," : "", all[i].name);
    return ask(im, "operation", choices);
}

int
gsc_import_ask_all(gsc_import *im)
{
    gsc_binary_operation *t = gsc_import_task(&im->config);
    gsc_token_model *m = gsc_import_model(&im->config);
    bool is_of_pairs = gsc_import_is_of_pairs(&im->config);
    int status = choose_neox(im);
    if (status == 0)
        status = choose_rest(im);
    if (status < 0)
        return status;
    if (is_of_pairs && t->p < 0)
        return gsc_fail(GSC_EARGUMENT, "p: the tensors do not tell; give it as an "
                                       "option or in a --config FILE");
    if (m->attention_dir < 0)
        return ask(im, "attention_dir", "causal,bidirectional");
    if (m->act_fn < 0)
        return ask(im, "act_fn",
                   gsc_config_architecture(&im->config) == &gsc_architecture_transformer
                       ? "relu,gelu,silu"
                       : "relu,gelu,tanh,silu,square");
    if (!is_of_pairs)
        return 0;
    status = ask_tokens(im);
    if (status == 0 && *t->operation == '\0')
        status = ask_operation(im);
    return status;
}
