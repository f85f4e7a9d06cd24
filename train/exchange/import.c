/* Weights that another program trained, as a network of ours. */
#include "train/exchange/import.h"

#include "grokscope/error.h"
#include "grokscope/weights.h"

#include "train/exchange/external_config.h"
#include "train/exchange/import_tensors.h"
#include "train/task/layout.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Tensors ---- */

static const gsc_tensor *
find_tensor(const gsc_import *im, const char *name)
{
    for (size_t i = 0; i < im->num_tensors; i++)
        if (strcmp(im->tensors[i].name, name) == 0)
            return &im->tensors[i];
    return NULL;
}

static bool
is_zero(const gsc_tensor *t)
{
    for (size_t i = 0; i < gsc_shape_count(t->shape); i++)
        if (t->type == GSC_FLOAT32 ? ((const float *)t->data)[i] != 0
                                   : ((const double *)t->data)[i] != 0)
            return false;
    return true;
}

/* ---- What names and shapes tell ---- */

static void
list_sizes(const gsc_token_model *m, size_t sizes[GSC_NUM_AXES])
{
    const int64_t known[GSC_NUM_AXES] = {
        [GSC_AXIS_D_VOCAB] = m->d_vocab, [GSC_AXIS_D_VOCAB_OUT] = m->d_vocab_out,
        [GSC_AXIS_N_CTX] = m->n_ctx,     [GSC_AXIS_D_MODEL] = m->d_model,
        [GSC_AXIS_N_HEADS] = m->n_heads, [GSC_AXIS_D_HEAD] = m->d_head,
        [GSC_AXIS_D_MLP] = m->d_mlp};
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
    if (named->family != GSC_FAMILY_TRANSFORMER) {
        m->n_layers = 1;
        m->n_ctx = 2;
    }
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
    else if (sizes[GSC_AXIS_D_MODEL] == 2 * sizes[GSC_AXIS_D_EMBED])
        found = &gsc_architecture_zhong_delta;
    else if (!find_tensor(im, "linear2.W"))
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
        const gsc_tensor *bias = find_tensor(im, names[i]);
        found = found || bias;
        if (bias && !is_zero(bias))
            return GSC_BIASES_TRAINED;
    }
    return found ? GSC_BIASES_FROZEN : GSC_BIASES_ABSENT;
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
    m->biases = choose_biases(im, m->biases, mlp);
    m->attn_biases = choose_biases(im, m->attn_biases, attention);
    m->unembed_bias = choose_biases(im, m->unembed_bias, unembedding);
}

/* ---- What they do not ---- */

static void
choose_rest(gsc_import *im)
{
    gsc_token_model *m = gsc_import_model(&im->config);
    gsc_binary_operation *t = gsc_import_task(&im->config);
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
        m->normalization_type =
            find_tensor(im, "blocks.0.ln1.w") ? GSC_NORM_LN : GSC_NORM_NONE;
    if (m->positional_embedding_type < 0)
        m->positional_embedding_type =
            find_tensor(im, "pos_embed.W_pos") || !is_transformer
                ? GSC_POSITIONS_LEARNED
                : GSC_POSITIONS_NONE;
    static const gsc_layout_kind by_tokens[] = {[2] = GSC_LAYOUT_A_B,
                                                [3] = GSC_LAYOUT_A_B_EQUALS,
                                                [4] = GSC_LAYOUT_A_OP_B_EQUALS,
                                                [6] = GSC_LAYOUT_EQUATION};
    if (t->layout < 0 &&
        (m->n_ctx == 2 || m->n_ctx == 3 || m->n_ctx == 4 || m->n_ctx == 6))
        t->layout = (int64_t)by_tokens[m->n_ctx];
    if (t->p < 0 && t->layout >= 0)
        t->p = m->d_vocab - gsc_layouts[t->layout].num_extra;
    if (!*im->config.run.checkpoints)
        snprintf(im->config.run.checkpoints, sizeof im->config.run.checkpoints,
                 "linear:100");
}

static int
check_known(gsc_config *config)
{
    int status = 0;
    gsc_text missing = {0};
    const struct {
        const char *name;
        bool unknown;
    } keys[] = {{"operation", gsc_import_task(config)->operation < 0},
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

/* ---- The network ---- */

/* A split that is not known is none. */
static void
forget_split(gsc_dataset *dataset)
{
    for (size_t i = 0; i < dataset->num_splits; i++)
        free(dataset->splits[i].indices);
    dataset->num_splits = 0;
}

/* Build it. */
static int
build_network(gsc_import *im)
{
    int status = 0;
    gsc_config config = im->config;
    gsc_binary_operation *t = gsc_import_task(&config);
    bool has_split = t->data_seed >= 0 || *t->split_file;
    static const char *const told[] = {"task", "operation", "p", "layout"};
    for (size_t i = 0; i < sizeof told / sizeof *told; i++)
        gsc_config_know(&config, told[i]);
    int64_t seed = has_split && t->data_seed < 0 ? 0 : t->data_seed;
    double fraction = isnan(t->train_fraction) ? 0 : t->train_fraction;
    if (has_split && fraction == 0)
        return gsc_fail(GSC_EARGUMENT, "train_fraction is missing: how many of the "
                                       "examples in their order trained");
    if (t->data_seed < 0)
        t->data_seed = 0;
    t->train_fraction = has_split ? fraction : 1;
    gsc_import_convert(&config, &gsc_builtin_registry);
    GSC_TRY(gsc_network_init(&im->network, &config));
    t = gsc_import_task(&im->network.config);
    t->train_fraction = fraction;
    t->data_seed = seed;
    if (!has_split)
        forget_split(&im->network.dataset);
out:
    return status;
}

static const gsc_parameter *
find_parameter(const gsc_import *im, const char *name)
{
    size_t count;
    const gsc_parameter *p = gsc_graph_parameters(im->network.model.graph, &count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(p[i].name, name) == 0)
            return &p[i];
    return NULL;
}

/* Biases of zeros that the configuration knows the network to lack. */
static void
drop_zeros(gsc_import *im)
{
    size_t kept = 0;
    for (size_t i = 0; i < im->num_tensors; i++) {
        gsc_tensor *t = &im->tensors[i];
        const char *part = strrchr(t->name, '.');
        bool is_bias =
            part && (strncmp(part, ".b_", 3) == 0 || strcmp(part, ".b") == 0);
        if (is_bias && !find_parameter(im, t->name) && is_zero(t)) {
            free(t->data);
            im->num_zeros++;
        } else {
            im->tensors[kept++] = *t;
        }
    }
    im->num_tensors = kept;
}

/* Give each tensor its axes; tell of all that do not go together. */
static int
compare(gsc_import *im)
{
    int status = 0;
    gsc_text faults = {0};
    size_t count;
    const gsc_parameter *p = gsc_graph_parameters(im->network.model.graph, &count);
    for (size_t i = 0; i < im->num_tensors; i++) {
        gsc_tensor *t = &im->tensors[i];
        const gsc_parameter *own = find_parameter(im, t->name);
        if (own && gsc_shape_equal(own->shape, t->shape)) {
            memcpy(t->axes, own->axes, sizeof t->axes);
            t->trained = own->trained;
            continue;
        }
        GSC_TRY(gsc_text_add(&faults, "\n  "));
        GSC_TRY(gsc_text_add_escaped(&faults, t->name));
        GSC_TRY(gsc_text_add(&faults, " "));
        GSC_TRY(gsc_shape_add(t->shape, &faults));
        GSC_TRY(gsc_text_add(&faults, own ? ": expected " : ": not expected"));
        if (own)
            GSC_TRY(gsc_shape_add(own->shape, &faults));
    }
    for (size_t i = 0; i < count; i++)
        if (!find_tensor(im, p[i].name)) {
            GSC_TRY(gsc_text_add(&faults, "\n  %s: missing, expected ", p[i].name));
            GSC_TRY(gsc_shape_add(p[i].shape, &faults));
        }
    if (faults.length > 0)
        status =
            gsc_fail(GSC_EFORMAT, "not the tensors of this network:%s", faults.data);
out:
    gsc_text_free(&faults);
    return status;
}

/* ---- Without a network ---- */

static void
name_axes(gsc_import *im)
{
    for (size_t i = 0; i < im->num_tensors; i++) {
        gsc_tensor *t = &im->tensors[i];
        size_t used = 0;
        for (size_t axis = 0; axis < t->shape.rank; axis++)
            used += (size_t)snprintf(t->axes + used, sizeof t->axes - used, "%saxis%zu",
                                     axis > 0 ? " " : "", axis);
    }
}

/* What nobody told of the task and the training is left out of the file. */
static void
keep_plain(gsc_import *im)
{
    im->network.config = im->config;
    gsc_import_convert(&im->network.config, &gsc_builtin_registry);
    im->is_plain = true;
    name_axes(im);
}

/* ---- All ---- */

static int
name_tensors(gsc_import *im, gsc_naming naming)
{
    int status = 0;
    size_t sizes[GSC_NUM_AXES];
    list_sizes(gsc_import_model(&im->config), sizes);
    GSC_TRY(gsc_naming_detect(im->tensors, im->num_tensors, sizes, naming, &im->named));
    if (im->named.family == GSC_FAMILY_TRANSFORMER && im->named.n_layers > 0 &&
        (!im->named.sizes[GSC_AXIS_N_HEADS] || !im->named.sizes[GSC_AXIS_D_HEAD]))
        return gsc_fail(GSC_EARGUMENT,
                        "n_heads is missing: heads lie in one dimension, "
                        "which does not tell how many");
    for (size_t i = 0; i < im->num_tensors; i++)
        GSC_TRY(gsc_naming_to_own(&im->named, &im->tensors[i]));
out:
    return status;
}

static int
take_network(gsc_import *im, gsc_naming naming)
{
    int status = 0;
    GSC_TRY(name_tensors(im, naming));
    take_sizes(gsc_import_model(&im->config), &im->named);
    GSC_TRY(check_sizes(&im->config));
    GSC_TRY(choose_architecture(im));
    choose_all_biases(im);
    choose_rest(im);
    GSC_TRY(check_known(&im->config));
    GSC_TRY(build_network(im));
    drop_zeros(im);
    GSC_TRY(compare(im));
    im->config = im->network.config;
    gsc_import_convert(&im->config, &gsc_import_registry);
out:
    return status;
}

int
gsc_import_init(gsc_import *im, const gsc_external *file, const gsc_value *weights,
                const gsc_config *known, gsc_naming naming)
{
    int status = 0;
    *im = (gsc_import){.config = *known};
    GSC_TRY(gsc_import_read_tensors(im, file, weights));
    GSC_TRY(gsc_import_convert_tensors(im));
    if (gsc_config_architecture(known) == &gsc_architecture_tensors)
        keep_plain(im);
    else
        GSC_TRY(take_network(im, naming));
    /* The next state may have more digits. */
    if (!gsc_config_is_known(known, "dtype") && im->config.run.dtype == GSC_FLOAT32)
        GSC_TRY(gsc_config_forget(&im->config, "dtype"));
out:
    if (status < 0)
        gsc_import_free(im);
    return status;
}

void
gsc_import_free(gsc_import *im)
{
    for (size_t i = 0; i < im->num_tensors; i++)
        free(im->tensors[i].data);
    free(im->tensors);
    im->tensors = NULL;
    im->num_tensors = 0;
    gsc_network_free(&im->network);
}
