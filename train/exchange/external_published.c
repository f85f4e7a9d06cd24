/* What the configurations of published code mean beside their fields. */
#include "train/exchange/external_fields.h"

#include "grokscope/error.h"

#include "train/exchange/external_config.h"

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
        {"parallel_attn_mlp", false, "attention and MLP side by side"},
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
out:
    return status;
}
