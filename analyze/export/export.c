/* Weights of ours under the names and in the layouts of others. */
#include "analyze/export/export.h"

#include "grokscope/config.h"
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "train/model/token_model.h"

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

/* Biases of zeros for those who load strictly. */
static int
add_zeros(gsc_export *self, const gsc_checkpoint *c, const gsc_named *named,
          size_t room)
{
    gsc_tensor *zeros = self->tensors + self->count;
    size_t count =
        gsc_naming_missing_biases(named, c->params, c->num_params, zeros, room);
    for (size_t i = 0; i < count; i++, self->count++) {
        zeros[i].data = new_data(&zeros[i]);
        if (!zeros[i].data)
            return GSC_EMEMORY;
    }
    return 0;
}

static int
name_tensors(gsc_export *self, const gsc_checkpoint *c, const gsc_token_model *options)
{
    int status = 0;
    const size_t sizes[GSC_NUM_AXES] = {[GSC_AXIS_D_MODEL] = (size_t)options->d_model};
    size_t most_biases = 8 * (size_t)options->n_layers + 8;
    gsc_named named;
    GSC_TRY(gsc_naming_detect(c->params, c->num_params, sizes, GSC_NAMING_TL, &named));
    named.naming = self->naming;
    GSC_NEW(self->tensors, c->num_params + most_biases);
    for (; self->count < c->num_params; self->count++)
        GSC_TRY(gsc_naming_from_own(&named, &c->params[self->count],
                                    &self->tensors[self->count]));
    GSC_TRY(add_zeros(self, c, &named, most_biases));
out:
    return status;
}

static const gsc_token_model *
token_model_of(const gsc_config *config)
{
    return (const gsc_token_model *)(const void *)config->model.room.values;
}

int
gsc_export_init(gsc_export *self, const gsc_checkpoint *c, gsc_naming naming)
{
    int status = 0;
    gsc_config config = {.registry = &gsc_builtin_registry};
    char unknown[GSC_NAME_BYTES];
    *self = (gsc_export){.naming = naming};
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
