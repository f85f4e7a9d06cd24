/* Fields of other programs' configurations, as our options. */
#include "train/exchange/external_fields.h"

#include "grokscope/error.h"

#include "train/exchange/external_config.h"

#include <ctype.h>
#include <string.h>

/* ---- Names ---- */

/* How a field is read. What published code writes is taken at its word, and refused
 * where it is no word of ours; a script's own names may mean anything. */
typedef enum how {
    AS_IT_IS,
    IF_IT_FITS, /* a number, or a word of `words` */
    RULE,       /* of an optimizer */
    SHARE,      /* of one; above 1 in percent */
    EPOCHS,     /* steps, where all examples are one batch */
    SIZE        /* told by tensors: only compared with them */
} how;

/* Those of TransformerLens are our own. */
static const struct {
    const char *theirs, *ours;
    how how;
    const char *or_else; /* another of our options that a size may stand for */
} fields[] = {
    {"C", "p", AS_IT_IS, NULL},
    {"p", "p", AS_IT_IS, NULL},
    {"frac", "train_fraction", AS_IT_IS, NULL},
    {"frac_train", "train_fraction", SHARE, NULL},
    {"attn_coeff", "attention_rate", AS_IT_IS, NULL},
    {"n_heads", "n_heads", AS_IT_IS, NULL},
    {"num_heads", "n_heads", AS_IT_IS, NULL},
    {"d_head", "d_head", AS_IT_IS, NULL},
    {"eps", "eps", AS_IT_IS, NULL},
    {"attn_scale", "attn_scale", AS_IT_IS, NULL},
    {"attn_only", "attn_only", AS_IT_IS, NULL},
    {"diff_vocab", "own_embeddings", AS_IT_IS, NULL},
    {"gated_mlp", "gated_mlp", AS_IT_IS, NULL},
    {"act_fn", "act_fn", AS_IT_IS, NULL},
    {"act_type", "act_fn", AS_IT_IS, NULL},
    {"attention_dir", "attention_dir", AS_IT_IS, NULL},
    {"normalization_type", "normalization_type", AS_IT_IS, NULL},
    {"positional_embedding_type", "positional_embedding_type", AS_IT_IS, NULL},
    {"parallel_attn_mlp", "parallel_attn_mlp", AS_IT_IS, NULL},
    {"rotary_base", "rotary_base", AS_IT_IS, NULL},
    {"rotary_dim", "rotary_dim", AS_IT_IS, NULL},
    {"rotary_adjacent_pairs", "rotary_adjacent_pairs", AS_IT_IS, NULL},
    {"lr", "learning_rate", AS_IT_IS, NULL},
    {"weight_decay", "weight_decay", AS_IT_IS, NULL},
    {"epoch", "steps", AS_IT_IS, NULL},
    {"num_epochs", "steps", EPOCHS, NULL},
    /* Scripts'. */
    {"P", "p", IF_IT_FITS, NULL},
    {"prime", "p", IF_IT_FITS, NULL},
    {"mod", "p", IF_IT_FITS, NULL},
    {"modulus", "p", IF_IT_FITS, NULL},
    {"modulo", "p", IF_IT_FITS, NULL},
    {"operation", "operation", IF_IT_FITS, NULL},
    {"operator", "operation", IF_IT_FITS, NULL},
    {"op", "operation", IF_IT_FITS, NULL},
    {"op_name", "operation", IF_IT_FITS, NULL},
    {"task", "operation", IF_IT_FITS, NULL},
    {"task_name", "operation", IF_IT_FITS, NULL},
    {"task_type", "operation", IF_IT_FITS, NULL},
    {"train_frac", "train_fraction", SHARE, NULL},
    {"train_fraction", "train_fraction", SHARE, NULL},
    {"fraction", "train_fraction", SHARE, NULL},
    {"fraction_train", "train_fraction", SHARE, NULL},
    {"train_ratio", "train_fraction", SHARE, NULL},
    {"train_split", "train_fraction", SHARE, NULL},
    {"train_pct", "train_fraction", SHARE, NULL},
    {"training_fraction", "train_fraction", SHARE, NULL},
    {"n_head", "n_heads", IF_IT_FITS, NULL},
    {"nhead", "n_heads", IF_IT_FITS, NULL},
    {"nheads", "n_heads", IF_IT_FITS, NULL},
    {"heads", "n_heads", IF_IT_FITS, NULL},
    {"num_attention_heads", "n_heads", IF_IT_FITS, NULL},
    {"head_dim", "d_head", IF_IT_FITS, NULL},
    {"dim_head", "d_head", IF_IT_FITS, NULL},
    {"activation", "act_fn", IF_IT_FITS, NULL},
    {"activation_fn", "act_fn", IF_IT_FITS, NULL},
    {"activation_function", "act_fn", IF_IT_FITS, NULL},
    {"hidden_act", "act_fn", IF_IT_FITS, NULL},
    {"act", "act_fn", IF_IT_FITS, NULL},
    {"nonlinearity", "act_fn", IF_IT_FITS, NULL},
    {"norm_first", "norm_position", IF_IT_FITS, NULL},
    {"causal", "attention_dir", IF_IT_FITS, NULL},
    {"is_causal", "attention_dir", IF_IT_FITS, NULL},
    {"layer_norm_eps", "eps", IF_IT_FITS, NULL},
    {"layer_norm_epsilon", "eps", IF_IT_FITS, NULL},
    {"norm_eps", "eps", IF_IT_FITS, NULL},
    {"use_parallel_residual", "parallel_attn_mlp", IF_IT_FITS, NULL},
    {"rotary_emb_base", "rotary_base", IF_IT_FITS, NULL},
    {"rope_theta", "rotary_base", IF_IT_FITS, NULL},
    {"tie_word_embeddings", "tied", IF_IT_FITS, NULL},
    {"learning_rate", "learning_rate", IF_IT_FITS, NULL},
    {"wd", "weight_decay", IF_IT_FITS, NULL},
    {"optimizer", "optimizer", RULE, NULL},
    {"beta1", "beta1", IF_IT_FITS, NULL},
    {"beta2", "beta2", IF_IT_FITS, NULL},
    {"momentum", "momentum", IF_IT_FITS, NULL},
    {"seed", "seed", IF_IT_FITS, NULL},
    {"dropout", "dropout", IF_IT_FITS, NULL},
    {"n_steps", "steps", IF_IT_FITS, NULL},
    {"num_steps", "steps", IF_IT_FITS, NULL},
    {"max_steps", "steps", IF_IT_FITS, NULL},
    {"total_steps", "steps", IF_IT_FITS, NULL},
    {"max_iters", "steps", IF_IT_FITS, NULL},
    {"epochs", "steps", EPOCHS, NULL},
    {"n_epochs", "steps", EPOCHS, NULL},
    {"max_epochs", "steps", EPOCHS, NULL},
    /* Sizes. */
    {"n_layers", "n_layers", SIZE, NULL},
    {"num_layers", "n_layers", SIZE, NULL},
    {"n_layer", "n_layers", SIZE, NULL},
    {"num_hidden_layers", "n_layers", SIZE, NULL},
    {"depth", "n_layers", SIZE, NULL},
    {"n_heads", "n_heads", SIZE, NULL},
    {"num_heads", "n_heads", SIZE, NULL},
    {"n_head", "n_heads", SIZE, NULL},
    {"nhead", "n_heads", SIZE, NULL},
    {"heads", "n_heads", SIZE, NULL},
    {"d_model", "d_model", SIZE, NULL},
    {"n_embd", "d_model", SIZE, NULL},
    {"dim", "d_model", SIZE, NULL},
    {"embed_dim", "d_model", SIZE, NULL},
    {"embedding_dim", "d_model", SIZE, NULL},
    {"emb_dim", "d_model", SIZE, NULL},
    {"hidden_size", "d_model", SIZE, "d_mlp"},
    {"hidden_dim", "d_model", SIZE, "d_mlp"},
    {"d_mlp", "d_mlp", SIZE, NULL},
    {"d_ff", "d_mlp", SIZE, NULL},
    {"dim_feedforward", "d_mlp", SIZE, NULL},
    {"mlp_dim", "d_mlp", SIZE, NULL},
    {"ffn_dim", "d_mlp", SIZE, NULL},
    {"intermediate_size", "d_mlp", SIZE, NULL},
    {"d_vocab", "d_vocab", SIZE, NULL},
    {"vocab_size", "d_vocab", SIZE, "d_vocab_out"},
    {"num_tokens", "d_vocab", SIZE, "d_vocab_out"},
    {"d_vocab_out", "d_vocab_out", SIZE, NULL},
};
enum { NUM_FIELDS = sizeof fields / sizeof *fields };

/* Sections of scripts' configurations; the later ones count more, and what lies beside
 * them most. */
static const char *const sections[] = {
    "data",       "dataset",   "optim",        "training", "train", "trainer",
    "model_args", "model_cfg", "model_config", "model",    "task",  "args",
    "hparams",    "cfg",       "config",       NULL};
enum { MOST_DEPTH = 2, MOST_FIELDS = 4096 };

/* ---- Values ---- */

/* Values that our names stand for otherwise; those of scripts after `plain_word`. */
static const struct {
    const char *key, *theirs, *ours;
} words[] = {
    {"act_fn", "ReLU", "relu"},
    {"act_fn", "GeLU", "gelu"},
    {"act_fn", "GELU", "gelu"},
    {"act_fn", "swish", "silu"},
    {"act_fn", "quad", "square"},
    {"operation", "x2xyy2", "quad2"},
    {"operation", "addition", "add"},
    {"operation", "sum", "add"},
    {"operation", "plus", "add"},
    {"operation", "+", "add"},
    {"operation", "x+y", "add"},
    {"operation", "a+b", "add"},
    {"operation", "subtraction", "subtract"},
    {"operation", "sub", "subtract"},
    {"operation", "minus", "subtract"},
    {"operation", "-", "subtract"},
    {"operation", "x-y", "subtract"},
    {"operation", "a-b", "subtract"},
    {"operation", "multiplication", "multiply"},
    {"operation", "mul", "multiply"},
    {"operation", "mult", "multiply"},
    {"operation", "times", "multiply"},
    {"operation", "product", "multiply"},
    {"operation", "*", "multiply"},
    {"operation", "x*y", "multiply"},
    {"operation", "a*b", "multiply"},
    {"operation", "division", "divide"},
    {"operation", "div", "divide"},
    {"operation", "/", "divide"},
    {"operation", "x/y", "divide"},
    {"operation", "a/b", "divide"},
    {"norm_position", "yes", "pre"},
    {"norm_position", "no", "post"},
    {"attention_dir", "yes", "causal"},
    {"attention_dir", "no", "bidirectional"},
};

static const char *
translate(const char *key, const char *theirs)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i].key, key) == 0 && strcmp(words[i].theirs, theirs) == 0)
            return words[i].ours;
    return theirs;
}

int
gsc_external_set_text(gsc_config *config, const char *key, const char *text)
{
    const gsc_value value = {
        .kind = GSC_VALUE_TEXT, .text = translate(key, text), .count = strlen(text)};
    return gsc_import_set(config, key, &value);
}

/* Take `end` off the end of a word. */
static void
cut(char *word, const char *end)
{
    size_t length = strlen(word), of_end = strlen(end);
    if (length > of_end && strcmp(word + length - of_end, end) == 0)
        word[length - of_end] = '\0';
}

/* "Modular Addition", "mod_add" and "(x + y) % p" as "addition", "add" and "x+y";
 * "torch.nn.ReLU()" as "relu". */
static void
plain_word(const char *text, char word[GSC_NAME_BYTES])
{
    static const char *const before[] = {"modular", "mod"};
    static const char *const after[] = {"%p", "%n", "modp", "modn", "mod"};
    const char *dot = strrchr(text, '.');
    size_t used = 0;
    for (const char *at = dot ? dot + 1 : text; *at && used < GSC_NAME_BYTES - 1; at++)
        if (!strchr(" _()", *at))
            word[used++] = (char)tolower((unsigned char)*at);
    word[used] = '\0';
    for (size_t i = 0; i < sizeof before / sizeof *before; i++) {
        size_t length = strlen(before[i]);
        if (strncmp(word, before[i], length) == 0 && word[length])
            memmove(word, word + length, strlen(word + length) + 1);
    }
    for (size_t i = 0; i < sizeof after / sizeof *after; i++)
        cut(word, after[i]);
}

/* What is none of ours tells nothing: where it is needed, it is asked for. */
static int
set_if_it_fits(gsc_config *config, const char *key, const gsc_value *value)
{
    int status = 0;
    gsc_text text = {0};
    char word[GSC_NAME_BYTES];
    bool has_word = value->kind == GSC_VALUE_TEXT || value->kind == GSC_VALUE_OBJECT;
    if (has_word)
        GSC_TRY(gsc_text_add(&text, "%s", value->text));
    else
        GSC_TRY(gsc_value_add_scalar(value, &text));
    if (text.length == 0)
        goto out;
    status = gsc_external_set_text(config, key, text.data);
    if (status < 0 && status != GSC_EMEMORY && has_word) {
        plain_word(text.data, word);
        status = gsc_external_set_text(config, key, word);
    }
    status = status == GSC_EMEMORY ? status : 0;
out:
    gsc_text_free(&text);
    return status;
}

/* An optimizer is one of PyTorch's that is ours too. */
static int
set_rule(gsc_config *config, const char *key, const gsc_value *value)
{
    static const char *const rules[] = {"adamw", "adam", "sgd"};
    char word[GSC_NAME_BYTES];
    int status = 0;
    if (value->kind != GSC_VALUE_TEXT && value->kind != GSC_VALUE_OBJECT)
        return 0;
    plain_word(value->text, word);
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (strcmp(word, rules[i]) == 0)
            status = gsc_external_set_text(config, key, word);
    return status;
}

static int
set_share(gsc_config *config, const char *key, const gsc_value *value)
{
    double number;
    if (!gsc_value_to_real(value, &number) || !(number > 0 && number <= 100))
        return 0;
    const gsc_value share = {.kind = GSC_VALUE_REAL,
                             .real = number > 1 ? number / 100 : number};
    return gsc_import_set(config, key, &share);
}

/* ---- All fields ---- */

const gsc_value *
gsc_external_fields_of(const gsc_value *value)
{
    const gsc_value *dict =
        value && value->kind == GSC_VALUE_OBJECT ? value->state : value;
    return dict && dict->kind == GSC_VALUE_DICT && dict->count <= MOST_FIELDS ? dict
                                                                              : NULL;
}

/* Whether there are more numbers, truths and texts than arrays. */
static bool
is_plain(const gsc_value *dict)
{
    size_t num_plain = 0, num_arrays = 0;
    for (size_t i = 0; i < dict->count; i++) {
        gsc_value_kind kind = dict->items[2 * i + 1]->kind;
        num_arrays += kind == GSC_VALUE_ARRAY;
        num_plain += kind == GSC_VALUE_BOOL || kind == GSC_VALUE_INTEGER ||
                     kind == GSC_VALUE_REAL || kind == GSC_VALUE_TEXT;
    }
    return num_plain > num_arrays;
}

bool
gsc_external_fields_are_there(const gsc_value *value)
{
    const gsc_value *dict = gsc_external_fields_of(value);
    if (!dict || is_plain(dict))
        return dict != NULL;
    for (size_t i = 0; sections[i]; i++) {
        const gsc_value *section =
            gsc_external_fields_of(gsc_value_get(dict, sections[i]));
        if (section && is_plain(section))
            return true;
    }
    return false;
}

/* Whether a step is one of many that see all examples once. */
static bool
has_batches(const gsc_value *dict)
{
    double size;
    return gsc_value_to_real(gsc_value_get(dict, "batch_size"), &size) && size > 0;
}

static int
read_field(gsc_config *config, const gsc_value *dict, size_t i, bool is_zhong)
{
    const char *ours = fields[i].ours;
    const gsc_value *value = gsc_value_get(dict, fields[i].theirs);
    bool is_norm = strcmp(ours, "normalization_type") == 0;
    bool is_direction = strcmp(ours, "attention_dir") == 0;
    if (!value || fields[i].how == SIZE || (is_direction && is_zhong) ||
        (value->kind == GSC_VALUE_NONE && !is_norm) ||
        (fields[i].how == EPOCHS && has_batches(dict)))
        return 0;
    if (fields[i].how == RULE)
        return set_rule(config, ours, value);
    if (fields[i].how == SHARE)
        return set_share(config, ours, value);
    if (fields[i].how == IF_IT_FITS || fields[i].how == EPOCHS)
        return set_if_it_fits(config, ours, value);
    return value->kind == GSC_VALUE_TEXT
               ? gsc_external_set_text(config, ours, value->text)
               : gsc_import_set(config, ours, value);
}

/* Momenta as the optimizers of PyTorch have them. */
static int
read_betas(gsc_config *config, const gsc_value *dict)
{
    int status = 0;
    static const char *const names[] = {"beta1", "beta2"};
    const gsc_value *betas = gsc_value_get(dict, "betas");
    for (size_t i = 0; betas && betas->kind == GSC_VALUE_LIST && betas->count == 2 &&
                       i < betas->count;
         i++)
        GSC_TRY(set_if_it_fits(config, names[i], betas->items[i]));
out:
    return status;
}

static int
read_flat(gsc_config *config, const gsc_value *dict)
{
    int status = 0;
    bool is_zhong = gsc_value_get(dict, "C") != NULL;
    for (size_t i = 0; i < NUM_FIELDS; i++)
        GSC_TRY(read_field(config, dict, i, is_zhong));
    GSC_TRY(read_betas(config, dict));
    GSC_TRY(gsc_external_published_read(config, dict));
out:
    return status;
}

static int
read_sections(gsc_config *config, const gsc_value *dict, int depth)
{
    int status = 0;
    for (size_t i = 0; depth < MOST_DEPTH && sections[i]; i++) {
        const gsc_value *section =
            gsc_external_fields_of(gsc_value_get(dict, sections[i]));
        if (section)
            GSC_TRY(read_sections(config, section, depth + 1));
    }
    GSC_TRY(read_flat(config, dict));
out:
    return status;
}

int
gsc_external_fields_read(gsc_config *config, const gsc_value *dict)
{
    return read_sections(config, dict, 0);
}

/* ---- What tensors contradict ---- */

/* A size of the network, 0 where it has none of this name. */
static int64_t
size_of(const gsc_options *sets, const char *name)
{
    void *at;
    const gsc_option *option =
        name ? gsc_options_find(sets, GSC_CONFIG_SETS, name, &at) : NULL;
    return option && option->type == GSC_OPTION_INTEGER ? *(const int64_t *)at : 0;
}

static int
add_differences(const gsc_value *dict, const gsc_options *sets, int depth,
                gsc_text *text)
{
    int status = 0;
    for (size_t i = 0; depth < MOST_DEPTH && sections[i]; i++) {
        const gsc_value *section =
            gsc_external_fields_of(gsc_value_get(dict, sections[i]));
        if (section)
            GSC_TRY(add_differences(section, sets, depth + 1, text));
    }
    for (size_t i = 0; i < NUM_FIELDS; i++) {
        const gsc_value *value = gsc_value_get(dict, fields[i].theirs);
        int64_t ours = size_of(sets, fields[i].ours);
        if (fields[i].how != SIZE || !value || value->kind != GSC_VALUE_INTEGER ||
            ours <= 0 || value->integer == ours ||
            value->integer == size_of(sets, fields[i].or_else))
            continue;
        GSC_TRY(gsc_text_add(text, "%s%s %lld (%s %lld)", text->length > 0 ? ", " : "",
                             fields[i].theirs, (long long)value->integer,
                             fields[i].ours, (long long)ours));
    }
out:
    return status;
}

int
gsc_external_fields_differ(const gsc_value *value, const gsc_config *config,
                           gsc_text *differences)
{
    gsc_config copy = *config;
    gsc_options sets[GSC_CONFIG_SETS];
    const gsc_value *dict = gsc_external_fields_of(value);
    gsc_config_options(&copy, sets);
    if (!dict || gsc_config_architecture(config) != &gsc_architecture_transformer)
        return 0;
    return add_differences(dict, sets, 0, differences);
}
