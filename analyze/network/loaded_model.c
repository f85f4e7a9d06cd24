/* A checkpoint as analyses take it. */
#include "grokscope/loaded_model.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/weights.h"

#include "train/data/source.h"
#include "train/model/outputs.h"
#include "train/model/token_model.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* ---- The type that the network is run in ---- */

const char *const gsc_run_type_names[] = {"stored", "float32", "float64", NULL};

static gsc_type
stored_type(const gsc_checkpoint *checkpoint)
{
    for (size_t i = 0; i < checkpoint->num_params; i++)
        if (checkpoint->params[i].type == GSC_FLOAT64)
            return GSC_FLOAT64;
    return GSC_FLOAT32;
}

void
gsc_loaded_model_run_in(gsc_loaded_model *loaded, gsc_run_type type)
{
    if (type == GSC_RUN_STORED)
        loaded->type = stored_type(&loaded->checkpoint);
    else
        loaded->type = type == GSC_RUN_FLOAT32 ? GSC_FLOAT32 : GSC_FLOAT64;
}

void
gsc_loaded_model_forget(const gsc_loaded_model *loaded)
{
    gsc_kept *kept = loaded->kept;
    if (!kept || !kept->value)
        return;
    kept->release(kept->value);
    *kept = (gsc_kept){.value = NULL};
}

int
gsc_loaded_model_choose(gsc_loaded_model *loaded, const gsc_loading *loading)
{
    bool found;
    gsc_loaded_model_forget(loaded);
    gsc_loaded_model_run_in(loaded, loading->type);
    return gsc_binary_table_choose(&loaded->checkpoint.facets, loading->operation,
                                   &loaded->pairs, &found);
}

/* ---- Opened ---- */

/* The tensors of a file whose network is not known, in one flat array. */
static int
take_tensors(gsc_loaded_model *s)
{
    int status = 0;
    const gsc_checkpoint *c = &s->checkpoint;
    gsc_model *m = &s->model;
    m->predictions = m->logits = m->embed = m->neurons = GSC_NO_NODE;
    for (size_t view = 0; view < GSC_NUM_VIEWS; view++)
        m->views[view] = GSC_NO_NODE;
    for (size_t i = 0; i < c->num_params; i++)
        s->num_weights += gsc_shape_count(c->params[i].shape);
    GSC_NEW(s->weights, s->num_weights);
    GSC_NEW(s->tensors, c->num_params);
    double *to = s->weights;
    for (size_t i = 0; i < c->num_params; i++) {
        const gsc_tensor *from = &c->params[i];
        s->tensors[i] = *from;
        s->tensors[i].type = GSC_FLOAT64;
        s->tensors[i].data = to;
        for (size_t k = 0; k < gsc_shape_count(from->shape); k++)
            *to++ = gsc_element(from->type, from->data, k);
    }
    s->num_tensors = c->num_params;
out:
    return status;
}

/* A file's configuration need not be a resolved one, and its data may lie anywhere. */
static int
build_model(gsc_loaded_model *s)
{
    int status = 0;
    bool found;
    const gsc_dataset *dataset = &s->checkpoint.dataset;
    const gsc_architecture *architecture = gsc_config_architecture(&s->config);
    GSC_TRY(gsc_dataset_check(dataset));
    GSC_TRY(gsc_binary_table_read(&s->checkpoint.facets, &s->pairs, &found));
    if (architecture->resolve)
        GSC_TRY(architecture->resolve(s->config.model.room.values, dataset));
    GSC_TRY(gsc_config_model(&s->config, dataset, &s->model));
out:
    return status;
}

static int
rebuild(gsc_loaded_model *s, const gsc_registry *registry)
{
    int status = 0;
    s->config.registry = registry;
    GSC_NEW(s->kept, 1);
    gsc_loaded_model_run_in(s, GSC_RUN_STORED);
    GSC_TRY(gsc_config_from_file(&s->config, s->checkpoint.config, s->unknown));
    if (gsc_config_architecture(&s->config) == &gsc_architecture_tensors)
        return take_tensors(s);
    GSC_TRY(build_model(s));
    GSC_TRY(gsc_weights_check(s->model.graph, &s->checkpoint));
    s->num_weights = gsc_graph_num_weights(s->model.graph);
    GSC_NEW(s->weights, s->num_weights);
    GSC_TRY(gsc_weights_place(s->model.graph, &s->checkpoint, GSC_FLOAT64, s->weights));
    GSC_TRY(gsc_weights_tensors(s->model.graph, GSC_FLOAT64, s->weights, &s->tensors,
                                &s->num_tensors));
out:
    return status;
}

/* HDF5 may have been built for one thread at a time. */
static int
read_alone(gsc_checkpoint *checkpoint, const char *path)
{
    static pthread_mutex_t reading = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&reading);
    int status = gsc_checkpoint_read(checkpoint, path, GSC_READ_DATA | GSC_READ_PARAMS);
    pthread_mutex_unlock(&reading);
    return status;
}

int
gsc_loaded_model_open(gsc_loaded_model *loaded, const char *path)
{
    return gsc_loaded_model_open_with(loaded, path, &gsc_builtin_registry);
}

int
gsc_loaded_model_open_with(gsc_loaded_model *loaded, const char *path,
                           const gsc_registry *registry)
{
    int status = 0;
    *loaded = (gsc_loaded_model){.weights = NULL};
    GSC_TRY(read_alone(&loaded->checkpoint, path));
    status = rebuild(loaded, registry);
    if (status < 0) /* whatever it is, it is this file's */
        status = gsc_fail_in(
            status == GSC_EMEMORY || status == GSC_EIO ? status : GSC_EFORMAT, path);
out:
    if (status < 0)
        gsc_loaded_model_close(loaded);
    return status;
}

int
gsc_loaded_model_of(gsc_loaded_model *loaded, const gsc_checkpoint *checkpoint,
                    const gsc_registry *registry)
{
    *loaded = (gsc_loaded_model){.checkpoint = *checkpoint, .borrows = true};
    int status = rebuild(loaded, registry);
    if (status < 0)
        gsc_loaded_model_close(loaded);
    return status;
}

void
gsc_loaded_model_close(gsc_loaded_model *loaded)
{
    gsc_loaded_model_forget(loaded);
    free(loaded->kept);
    free(loaded->weights);
    free(loaded->tensors);
    gsc_model_free(&loaded->model);
    if (!loaded->borrows)
        gsc_checkpoint_free(&loaded->checkpoint);
    *loaded = (gsc_loaded_model){.weights = NULL};
}

int
gsc_loaded_model_need_model(const gsc_loaded_model *loaded)
{
    if (loaded->model.graph)
        return 0;
    if (*loaded->unknown)
        return gsc_fail(
            GSC_EFORMAT,
            "'%s' is not known to this program, which has its tensors without "
            "a network; this asks for one",
            loaded->unknown);
    return gsc_fail(GSC_EFORMAT, "tensors without a network; this asks for one");
}

int
gsc_loaded_model_need_weights(const gsc_loaded_model *loaded)
{
    int status = gsc_loaded_model_need_model(loaded);
    if (status < 0 || loaded->model.architecture != &gsc_architecture_outputs)
        return status;
    return gsc_fail(GSC_EFORMAT,
                    "holds what a network answered, not the network itself; "
                    "this asks for its weights");
}

static const gsc_token_model *
transformer_of(const gsc_loaded_model *loaded)
{
    return loaded->model.architecture == &gsc_architecture_transformer
               ? (const gsc_token_model *)(const void *)loaded->config.model.room.values
               : NULL;
}

size_t
gsc_loaded_model_layers(const gsc_loaded_model *loaded)
{
    const gsc_token_model *t = transformer_of(loaded);
    return t ? (size_t)t->n_layers : 0;
}

size_t
gsc_loaded_model_block_heads(const gsc_loaded_model *loaded)
{
    const gsc_token_model *t = transformer_of(loaded);
    return t ? (size_t)t->n_heads : 0;
}

bool
gsc_loaded_model_has(const gsc_loaded_model *loaded, const char *facet)
{
    return loaded->model.graph && gsc_facets_find(&loaded->checkpoint.facets, facet);
}

int
gsc_loaded_model_need(const gsc_loaded_model *loaded, const char *facet)
{
    int status = gsc_loaded_model_need_model(loaded);
    const gsc_facets *facets = &loaded->checkpoint.facets;
    if (status < 0 || gsc_facets_find(facets, facet))
        return status;
    return gsc_fail(GSC_EFORMAT, "has no facet %s, which this asks for; it has %s",
                    facet, facets->count > 0 ? facets->items[0].name : "none");
}

int
gsc_loaded_model_data(gsc_loaded_model *loaded)
{
    if (loaded->checkpoint.dataset.num_fields == 0)
        return gsc_fail(GSC_EFORMAT, "/data: is missing: there are no examples");
    return gsc_source_load(&loaded->checkpoint.dataset);
}

int32_t
gsc_loaded_model_label(const gsc_loaded_model *loaded, size_t example)
{
    const gsc_dataset *dataset = &loaded->checkpoint.dataset;
    const gsc_target *target = &dataset->targets[0];
    const gsc_field *field = gsc_dataset_find(dataset, target->field);
    if (!field || field->num_values == 0 || !field->data)
        return -1;
    return (int32_t)gsc_field_element(field, example, target->answer_row);
}

gsc_tensor *
gsc_loaded_model_tensor(const gsc_loaded_model *loaded, const char *name)
{
    for (size_t i = 0; i < loaded->num_tensors; i++)
        if (strcmp(loaded->tensors[i].name, name) == 0)
            return &loaded->tensors[i];
    return NULL;
}

static bool
is_same_tensor(const gsc_tensor *a, const gsc_tensor *b)
{
    return strcmp(a->name, b->name) == 0 && a->shape.rank == b->shape.rank &&
           memcmp(a->shape.dims, b->shape.dims,
                  a->shape.rank * sizeof *a->shape.dims) == 0;
}

int
gsc_loaded_model_check_same(const gsc_loaded_model *loaded,
                            const gsc_loaded_model *other, const char *name)
{
    if (loaded->num_tensors != other->num_tensors ||
        loaded->num_weights != other->num_weights)
        return gsc_fail(GSC_EFORMAT, "%s: %zu weights in %zu tensors, not %zu in %zu",
                        name, other->num_weights, other->num_tensors,
                        loaded->num_weights, loaded->num_tensors);
    for (size_t i = 0; i < loaded->num_tensors; i++)
        if (!is_same_tensor(&loaded->tensors[i], &other->tensors[i]))
            return gsc_fail(GSC_EFORMAT,
                            "%s: tensor %zu is '%s', not '%s' of one shape", name, i,
                            other->tensors[i].name, loaded->tensors[i].name);
    if (loaded->pairs.n != other->pairs.n)
        return gsc_fail(GSC_EFORMAT, "%s: %zu residues, not %zu", name,
                        (size_t)other->pairs.n, (size_t)loaded->pairs.n);
    return 0;
}

int
gsc_loaded_model_weights_as(const gsc_loaded_model *loaded, gsc_type type,
                            void **weights)
{
    *weights = gsc_new(loaded->num_weights, gsc_type_size(type));
    if (!*weights)
        return GSC_EMEMORY;
    for (size_t i = 0; i < loaded->num_weights; i++)
        if (type == GSC_FLOAT32)
            ((float *)*weights)[i] = (float)loaded->weights[i];
        else
            ((double *)*weights)[i] = loaded->weights[i];
    return 0;
}

double
gsc_loaded_model_sum_of_squares(const gsc_loaded_model *loaded)
{
    double sum = 0;
    for (size_t i = 0; i < loaded->num_tensors; i++) {
        const gsc_tensor *t = &loaded->tensors[i];
        const double *x = t->data;
        for (size_t k = 0; t->trained && k < gsc_shape_count(t->shape); k++)
            sum += x[k] * x[k];
    }
    return sum;
}
