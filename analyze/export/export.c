/* Weights of ours under the names and in the layouts of others. */
#include "analyze/export/export.h"

#include "grokscope/config.h"
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "train/model/token_model.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void *
new_data(const gsc_tensor *t)
{
    return gsc_new(gsc_shape_count(t->shape), gsc_type_size(t->type));
}

/* In our own layout, without a table of names. */
static int
copy_tensors(gsc_export *self, const gsc_checkpoint *c)
{
    int status = 0;
    GSC_NEW(self->tensors, c->num_params);
    for (; self->count < c->num_params; self->count++) {
        const gsc_tensor *from = &c->params[self->count];
        void *data = new_data(from);
        if (!data)
            return GSC_EMEMORY;
        memcpy(data, from->data,
               gsc_shape_count(from->shape) * gsc_type_size(from->type));
        self->tensors[self->count] = *from;
        self->tensors[self->count].data = data;
    }
out:
    return status;
}

/* The transposed embedding, which a tied network has for its unembedding. */
static int
make_unembedding(const gsc_checkpoint *c, gsc_tensor *W_U)
{
    const gsc_tensor *W_E = NULL;
    for (size_t i = 0; i < c->num_params; i++)
        if (strcmp(c->params[i].name, "embed.W_E") == 0)
            W_E = &c->params[i];
    if (!W_E || W_E->shape.rank != 2)
        return gsc_fail(GSC_EFORMAT,
                        "embed.W_E: expected a matrix, which a tied network "
                        "has");
    size_t rows = W_E->shape.dims[0], width = W_E->shape.dims[1];
    size_t size = gsc_type_size(W_E->type);
    *W_U = (gsc_tensor){
        .name = "unembed.W_U", .type = W_E->type, .shape = {2, {width, rows}}};
    char *to = W_U->data = new_data(W_U);
    if (!to)
        return GSC_EMEMORY;
    for (size_t i = 0; i < width * rows; i++)
        memcpy(to + i * size,
               (const char *)W_E->data + (i % rows * width + i / rows) * size, size);
    return 0;
}

static gsc_tensor *
find(gsc_tensor *tensors, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(tensors[i].name, name) == 0)
            return &tensors[i];
    return NULL;
}

/* Tables of a and of b as modules have them, in one: the tokens of a, those of b, and
 * what follows them, which a's table has. An import parts them again. */
static int
join_embeddings(gsc_tensor *own, size_t *count, gsc_tensor *joined)
{
    const gsc_tensor *left = find(own, *count, "embed.W_E"),
                     *right = find(own, *count, "embed.W_y"),
                     *positions = find(own, *count, "pos_embed.W_pos");
    size_t extra = positions ? positions->shape.dims[0] - 2 : SIZE_MAX;
    if (!left || !right || extra > 1 || left->shape.dims[0] <= extra)
        return gsc_fail(GSC_EARGUMENT,
                        "embed.W_y: only examples a b and a b = have the "
                        "embeddings of a and of b in one table");
    size_t p = left->shape.dims[0] - extra, width = left->shape.dims[1];
    size_t bytes = width * gsc_type_size(left->type);
    *joined = *left;
    joined->shape.dims[0] = 2 * p + extra;
    char *to = joined->data = new_data(joined);
    if (!to)
        return GSC_EMEMORY;
    memcpy(to, left->data, p * bytes);
    memcpy(to + p * bytes, right->data, p * bytes);
    memcpy(to + 2 * p * bytes, (const char *)left->data + p * bytes, extra * bytes);
    *find(own, *count, "embed.W_E") = *joined;
    own[right - own] = own[--*count];
    return 0;
}

/* The map, and what modules have otherwise than we do. */
static int
take_map(gsc_export *self, gsc_named *named, gsc_tensor *own, size_t *count,
         gsc_tensor *joined)
{
    int status = 0;
    named->naming = self->naming;
    named->biases = self->biases;
    named->map = gsc_naming_map(named->naming, named->family);
    if (!named->map)
        return gsc_fail(GSC_EARGUMENT, "naming: %s has no %s",
                        gsc_naming_names[named->naming], own[0].name);
    if (named->family == GSC_FAMILY_TRANSFORMER && named->naming != GSC_NAMING_TL &&
        find(own, *count, "embed.W_y")) {
        GSC_TRY(join_embeddings(own, count, joined));
        named->sizes[GSC_AXIS_D_VOCAB] = joined->shape.dims[0];
    }
out:
    return status;
}

/* Those of the checkpoint, and an unembedding that is not among them. */
static int
name_tensors(gsc_export *self, const gsc_checkpoint *c, const gsc_token_model *options)
{
    int status = 0;
    const size_t sizes[GSC_NUM_AXES] = {[GSC_AXIS_D_MODEL] = (size_t)options->d_model};
    size_t count = c->num_params;
    gsc_tensor *own = NULL, W_U = {.data = NULL}, joined = {.data = NULL};
    gsc_named named;
    GSC_NEW(own, count + 1);
    memcpy(own, c->params, count * sizeof *own);
    if (options->tied) {
        GSC_TRY(make_unembedding(c, &W_U));
        own[count++] = W_U;
    }
    GSC_TRY(gsc_naming_detect(own, count, sizes, GSC_NAMING_TL, &named));
    GSC_TRY(take_map(self, &named, own, &count, &joined));
    GSC_TRY(gsc_naming_from_own(&named, own, count, &self->tensors, &self->count));
out:
    free(W_U.data);
    free(joined.data);
    free(own);
    return status;
}

static const gsc_token_model *
token_model_of(const gsc_config *config)
{
    return (const gsc_token_model *)(const void *)config->model.room.values;
}

int
gsc_export_init(gsc_export *self, const gsc_checkpoint *c, gsc_naming naming,
                gsc_naming_biases biases)
{
    int status = 0;
    gsc_config config = {.registry = &gsc_builtin_registry};
    char unknown[GSC_NAME_BYTES];
    *self = (gsc_export){.naming = naming, .biases = biases};
    GSC_TRY(gsc_config_from_file(&config, c->config, unknown));
    bool is_plain = !gsc_is_token_model(gsc_config_architecture(&config));
    if (is_plain && naming != GSC_NAMING_TL)
        return gsc_fail(GSC_EARGUMENT, "--naming: only networks of tokens have other "
                                       "names");
    GSC_TRY(is_plain ? copy_tensors(self, c)
                     : name_tensors(self, c, token_model_of(&config)));
out:
    return status;
}

void
gsc_export_free(gsc_export *self)
{
    for (size_t i = 0; i < self->count; i++)
        free(self->tensors[i].data);
    free(self->tensors);
    *self = (gsc_export){.tensors = NULL};
}

int
gsc_export_choose(gsc_export *self, const char *name)
{
    size_t at = 0;
    gsc_tensor *t = self->tensors;
    while (at < self->count && strcmp(t[at].name, name) != 0)
        at++;
    if (at == self->count)
        return gsc_fail(GSC_EFORMAT, "--tensor %s: there is none of this name", name);
    gsc_tensor chosen = t[at];
    t[at] = t[0];
    t[0] = chosen;
    while (self->count > 1)
        free(t[--self->count].data);
    return 0;
}
