/* What the configurations of published code mean beside their fields. */
#include "train/exchange/external_fields.h"

#include "grokscope/error.h"

#include "train/exchange/external_config.h"

#include <math.h>
#include <string.h>

/* Parts that no network of ours has, by the field that asks for them. */
static int
refuse_parts(const gsc_value *dict)
{
    static const struct {
        const char *name;
        bool normal;
        const char *what;
    } parts[] = {
        {"scale_attn_by_inverse_layer_idx", false, "scores divided by the layer"},
        {"use_local_attn", false, "local attention"},
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        double number;
        if (gsc_value_to_real(gsc_value_get(dict, parts[i].name), &number) &&
            (number != 0) != parts[i].normal)
            return gsc_fail(
                GSC_EFORMAT, "configuration: %s is %s (%s): no network of ours",
                parts[i].name, number != 0 ? "true" : "false", parts[i].what);
    }
    return 0;
}

/* Zhong et al.: a + b of two tokens, "=" after them or not, seen from both sides
 * whatever attention_dir says. */
static int
read_zhong(gsc_config *config, const gsc_value *dict)
{
    static const char *const kinds[] = {"A", "zhong_alpha", "B", "zhong_beta",
                                        "C", "zhong_gamma", "D", "zhong_delta"};
    int status = 0;
    double sign = 0;
    const gsc_value *kind = gsc_value_get(dict, "model_type");
    const gsc_value *funcs = gsc_value_get(dict, "funcs");
    gsc_value_to_real(gsc_value_get(dict, "eqn_sign"), &sign);
    GSC_TRY(gsc_external_set_text(config, "layout", sign != 0 ? "a b =" : "a b"));
    GSC_TRY(gsc_external_set_text(config, "attention_dir", "bidirectional"));
    if (!funcs || funcs->kind != GSC_VALUE_TEXT || strstr(funcs->text, "x[0]+x[1]"))
        GSC_TRY(gsc_external_set_text(config, "operation", "add"));
    if (!kind || kind->kind != GSC_VALUE_TEXT)
        return 0;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i += 2)
        if (strcmp(kinds[i], kind->text) == 0)
            return gsc_external_set_text(config, "architecture", kinds[i + 1]);
    status = gsc_fail(GSC_EFORMAT, "configuration: model_type is '%s', expected A to D",
                      kind->text);
out:
    return status;
}

/* Nanda: "=" after a and b, each position sees those before it. */
static int
read_nanda(gsc_config *config, const gsc_value *dict, const gsc_value *operation)
{
    int status = 0;
    double norm = 0;
    gsc_value_to_real(gsc_value_get(dict, "use_ln"), &norm);
    GSC_TRY(gsc_external_set_text(config, "layout", "a b ="));
    GSC_TRY(gsc_external_set_text(config, "attention_dir", "causal"));
    GSC_TRY(
        gsc_external_set_text(config, "normalization_type", norm != 0 ? "LN" : "none"));
    GSC_TRY(gsc_external_set_text(config, "operation", operation->text));
out:
    return status;
}

/* Scores that are not divided are divided by 1. */
static int
read_scale(gsc_config *config, const gsc_value *dict)
{
    double divides;
    bool told = gsc_value_to_real(gsc_value_get(dict, "use_attn_scale"), &divides);
    return told && divides == 0 ? gsc_external_set_text(config, "attn_scale", "1") : 0;
}

/* The number of a field, also of the section where newer configurations have it. */
static double
rope_number(const gsc_value *dict, const char *name, double otherwise)
{
    double number = otherwise;
    const gsc_value *section =
        gsc_external_fields_of(gsc_value_get(dict, "rope_parameters"));
    gsc_value_to_real(gsc_value_get(dict, name), &number);
    if (section)
        gsc_value_to_real(gsc_value_get(section, name), &number);
    return number;
}

static int
set_number(gsc_config *config, const char *name, double number)
{
    const gsc_value value = {.kind = GSC_VALUE_REAL, .real = number};
    const gsc_value whole = {.kind = GSC_VALUE_INTEGER, .integer = (int64_t)number};
    return gsc_import_set(config, name,
                          number == (double)whole.integer ? &whole : &value);
}

/* Hugging Face's GPT-NeoX, which Pythia's networks are: a share of each head's numbers
 * is turned. */
static int
read_neox(gsc_config *config, const gsc_value *dict)
{
    int status = 0;
    double width = 0, heads = 0;
    double share = rope_number(dict, "partial_rotary_factor", 0.25);
    double base = rope_number(dict, "rope_theta", 0);
    gsc_value_to_real(gsc_value_get(dict, "rotary_pct"), &share);
    gsc_value_to_real(gsc_value_get(dict, "hidden_size"), &width);
    gsc_value_to_real(gsc_value_get(dict, "num_attention_heads"), &heads);
    GSC_TRY(gsc_external_set_text(config, "positional_embedding_type", "rotary"));
    GSC_TRY(gsc_external_set_text(config, "attention_dir", "causal"));
    if (!gsc_value_get(dict, "use_parallel_residual"))
        GSC_TRY(gsc_external_set_text(config, "parallel_attn_mlp", "yes"));
    if (!gsc_value_get(dict, "hidden_act"))
        GSC_TRY(gsc_external_set_text(config, "act_fn", "gelu"));
    if (base > 0)
        GSC_TRY(set_number(config, "rotary_base", base));
    if (heads >= 1 && share > 0 && share <= 1)
        GSC_TRY(set_number(config, "rotary_dim", floor(floor(width / heads) * share)));
out:
    return status;
}

/* Hugging Face's GPT-2 says only what differs from its own. */
static int
read_gpt2(gsc_config *config, const gsc_value *dict)
{
    int status = 0;
    GSC_TRY(gsc_external_set_text(config, "attention_dir", "causal"));
    if (!gsc_value_get(dict, "tie_word_embeddings"))
        GSC_TRY(gsc_external_set_text(config, "tied", "yes"));
    if (!gsc_value_get(dict, "activation_function"))
        GSC_TRY(gsc_external_set_text(config, "act_fn", "gelu_new"));
out:
    return status;
}

static int
read_model_type(gsc_config *config, const gsc_value *dict)
{
    const gsc_value *type = gsc_value_get(dict, "model_type");
    if (!type || type->kind != GSC_VALUE_TEXT)
        return 0;
    if (strcmp(type->text, "gpt_neox") == 0)
        return read_neox(config, dict);
    return strcmp(type->text, "gpt2") == 0 ? read_gpt2(config, dict) : 0;
}

int
gsc_external_published_read(gsc_config *config, const gsc_value *dict)
{
    int status = 0;
    const gsc_value *nanda = gsc_value_get(dict, "fn_name");
    GSC_TRY(refuse_parts(dict));
    GSC_TRY(read_scale(config, dict));
    if (gsc_value_get(dict, "C"))
        GSC_TRY(read_zhong(config, dict));
    else if (nanda && nanda->kind == GSC_VALUE_TEXT)
        GSC_TRY(read_nanda(config, dict, nanda));
    else
        GSC_TRY(read_model_type(config, dict));
out:
    return status;
}
