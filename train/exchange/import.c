/* Weights that another program trained, as a network of ours. */
#include "train/exchange/import.h"

#include "grokscope/binary_table.h"
#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/weights.h"

#include "train/exchange/external_config.h"
#include "train/exchange/import_choices.h"
#include "train/exchange/import_questions.h"
#include "train/exchange/import_tensors.h"
#include "train/model/outputs.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- The network ---- */

/* A split that is not known is none. */
static void
forget_split(gsc_dataset *dataset)
{
    for (size_t i = 0; i < dataset->num_splits; i++)
        free(dataset->splits[i].indices);
    dataset->num_splits = 0;
}

/* Each pair's number, by which "outputs" looks its answers up. */
static int
add_pairs(gsc_network *n)
{
    int status = 0;
    void *data;
    bool found;
    gsc_binary_table pairs;
    gsc_dataset *dataset = &n->dataset;
    GSC_TRY(gsc_binary_table_read(&n->facets, &pairs, &found));
    GSC_TRY(gsc_dataset_add_field(dataset, GSC_PAIR, GSC_FIELD_INT32,
                                  (gsc_shape){1, {1}}, pairs.n * pairs.n, &data));
    const uint16_t *tokens = gsc_dataset_find(dataset, GSC_TOKENS)->data;
    for (size_t i = 0; i < dataset->num_examples; i++)
        ((int32_t *)data)[i] =
            (int32_t)gsc_pair_number(&pairs, tokens + i * pairs.n_ctx);
out:
    return status;
}

/* From here on nothing of what is computed is in doubt. */
static void
know_all(gsc_config *config)
{
    static const char *const names[] = {
        "task",       "operation",          "p",
        "layout",     "op_token",           "equals_token",
        "attn_scale", "normalization_type", "residual",
        "readout",    "parallel_attn_mlp",  "rotary_dim"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        gsc_config_know(config, names[i]);
}

/* Nothing of what a language model is asked with has it seen in training. */
static int
build_sequences(gsc_import *im)
{
    int status = 0;
    gsc_config config = im->config;
    know_all(&config);
    gsc_import_convert(&config, &gsc_builtin_registry);
    gsc_network *n = &im->network;
    *n = (gsc_network){.config = config};
    GSC_TRY(gsc_config_task(&config)->make(n->config.task.room.values, &n->dataset,
                                           &n->facets));
    GSC_TRY(gsc_network_build(n));
out:
    return status;
}

int
gsc_import_build(gsc_import *im)
{
    int status = 0;
    if (!gsc_import_is_of_pairs(&im->config))
        return build_sequences(im);
    gsc_config config = im->config;
    gsc_binary_operation *t = gsc_import_task(&config);
    bool has_split = t->data_seed >= 0 || *t->split_file;
    know_all(&config);
    if (!*config.run.checkpoints)
        snprintf(config.run.checkpoints, sizeof config.run.checkpoints, "linear:100");
    int64_t seed = has_split && t->data_seed < 0 ? 0 : t->data_seed;
    double fraction = isnan(t->train_fraction) ? 0 : t->train_fraction;
    if (has_split && fraction == 0)
        return gsc_fail(GSC_EARGUMENT, "train_fraction is missing: how many of the "
                                       "examples in their order trained");
    if (t->data_seed < 0)
        t->data_seed = 0;
    t->train_fraction = has_split ? fraction : 1;
    gsc_import_convert(&config, &gsc_builtin_registry);
    gsc_network *n = &im->network;
    *n = (gsc_network){.config = config};
    GSC_TRY(gsc_config_task(&config)->make(n->config.task.room.values, &n->dataset,
                                           &n->facets));
    if (gsc_config_architecture(&config) == &gsc_architecture_outputs)
        GSC_TRY(add_pairs(n));
    GSC_TRY(gsc_network_build(n));
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

static bool
is_bias(const char *name)
{
    const char *part = strrchr(name, '.');
    return part && (strncmp(part, ".b_", 3) == 0 || strcmp(part, ".b") == 0);
}

/* Biases of zeros that the configuration knows the network to lack. */
static void
drop_zeros(gsc_import *im)
{
    size_t kept = 0;
    for (size_t i = 0; i < im->num_tensors; i++) {
        gsc_tensor *t = &im->tensors[i];
        if (is_bias(t->name) && !find_parameter(im, t->name) && gsc_import_is_zero(t)) {
            free(t->data);
            im->num_zeros++;
        } else {
            im->tensors[kept++] = *t;
        }
    }
    im->num_tensors = kept;
}

/* A bias that others of its kind have, and that the file lacks, is zero. */
static int
add_zeros(gsc_import *im)
{
    int status = 0;
    gsc_tensor *all = NULL;
    size_t count;
    const gsc_parameter *p = gsc_graph_parameters(im->network.model.graph, &count);
    GSC_NEW(all, im->num_tensors + count);
    memcpy(all, im->tensors, im->num_tensors * sizeof *all);
    free(im->tensors);
    im->tensors = all;
    for (size_t i = 0; i < count; i++) {
        if (!is_bias(p[i].name) || gsc_import_find(im, p[i].name))
            continue;
        gsc_tensor zero = {.shape = p[i].shape, .type = im->config.run.dtype};
        if (im->num_tensors > 0)
            zero.type = im->tensors[0].type;
        memcpy(zero.name, p[i].name, sizeof zero.name);
        zero.data = gsc_new(gsc_shape_count(zero.shape), gsc_type_size(zero.type));
        if (!zero.data)
            return GSC_EMEMORY;
        im->tensors[im->num_tensors++] = zero;
        im->num_added++;
    }
out:
    return status;
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
        if (!gsc_import_find(im, p[i].name)) {
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

/* How many heads may lie in one dimension. */
static int
ask_heads(gsc_import *im)
{
    char choices[64];
    size_t used = 0, d_model = im->named.sizes[GSC_AXIS_D_MODEL];
    for (size_t heads = 1; heads <= 16; heads *= 2)
        if (d_model % heads == 0 && d_model >= 2 * heads)
            used += (size_t)snprintf(choices + used, sizeof choices - used, "%s%zu",
                                     used > 0 ? "," : "", heads);
    return gsc_import_ask(im, "n_heads", choices,
                          "heads lie in one dimension, which does not tell how many");
}

/* A map tells how many residues there are where it tells which. */
static int
take_operands(gsc_import *im, const gsc_map *map)
{
    int64_t told = (int64_t)map->num_operands;
    if (!gsc_import_is_of_pairs(&im->config))
        return 0;
    int64_t *p = &gsc_import_task(&im->config)->p;
    if (told > 0 && *p >= 0 && *p != told)
        return gsc_fail(GSC_EARGUMENT, "%s: operands are %lld rows, and p is %lld",
                        map->path, (long long)told, (long long)*p);
    if (told > 0)
        *p = told;
    return 0;
}

static int
name_tensors(gsc_import *im, gsc_naming naming, const gsc_map *map)
{
    int status = 0;
    size_t sizes[GSC_NUM_AXES];
    gsc_import_known_sizes(im, sizes);
    status = map ? gsc_naming_fit(im->tensors, im->num_tensors, sizes, map, &im->named)
                 : gsc_naming_detect(im->tensors, im->num_tensors, sizes, naming,
                                     &im->named);
    GSC_TRY(status);
    if (map)
        GSC_TRY(take_operands(im, map));
    if (im->named.family == GSC_FAMILY_TRANSFORMER && im->named.n_layers > 0 &&
        (!im->named.sizes[GSC_AXIS_N_HEADS] || !im->named.sizes[GSC_AXIS_D_HEAD]))
        return ask_heads(im);
    GSC_TRY(gsc_naming_to_own(&im->named, &im->tensors, &im->num_tensors));
out:
    return status;
}

static int
take_network(gsc_import *im, gsc_naming naming, const gsc_map *map)
{
    int status = 0;
    GSC_TRY(name_tensors(im, naming, map));
    GSC_TRY(gsc_import_choose_all(im));
    GSC_TRY(gsc_import_build(im));
    drop_zeros(im);
    GSC_TRY(add_zeros(im));
    GSC_TRY(compare(im));
    im->config = im->network.config;
    gsc_import_convert(&im->config, &gsc_import_registry);
out:
    return status;
}

int
gsc_import_init(gsc_import *im, const gsc_external *file, const gsc_value *weights,
                const gsc_config *known, gsc_naming naming, const gsc_map *map)
{
    int status = 0;
    *im = (gsc_import){.config = *known};
    bool is_plain = gsc_config_architecture(known) == &gsc_architecture_tensors;
    if (is_plain && map)
        return gsc_fail(GSC_EARGUMENT,
                        "--map: architecture tensors takes them as they are; leave one "
                        "of the two out");
    GSC_TRY(gsc_import_read_tensors(im, file, weights));
    GSC_TRY(gsc_import_convert_tensors(im));
    if (is_plain)
        keep_plain(im);
    else
        GSC_TRY(take_network(im, naming, map));
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
    gsc_text_free(&im->buffers);
    gsc_named_free(&im->named);
    gsc_network_free(&im->network);
}
