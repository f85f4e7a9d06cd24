/* Routings of other programs' models. */
#include "analyze/pathways/routing_file.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/tensor.h"

#include "train/exchange/external.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The array of a file that is one, or that has one of this name; NULL without. */
static const gsc_array *
find_array(const gsc_external *file, const char *name)
{
    const gsc_value *root = gsc_external_root(file);
    if (root->kind == GSC_VALUE_ARRAY)
        return root->array;
    const gsc_value *value = gsc_value_get(root, name);
    return value && value->kind == GSC_VALUE_ARRAY ? value->array : NULL;
}

/* The elements as numbers; *there false where the file has no such array. */
static int
read_numbers(const gsc_external *file, const char *name, gsc_tensor *tensor,
             bool *there)
{
    const gsc_array *array = find_array(file, name);
    *there = array;
    return array ? gsc_external_tensor(file, array, tensor) : 0;
}

/* [checkpoints, samples, layers, k], the first of which may be missing. */
static int
take_shape(gsc_routing_file *f, gsc_shape shape)
{
    bool series = shape.rank == 4;
    const size_t *dims = shape.dims + series;
    if (shape.rank != 3 && shape.rank != 4)
        return gsc_fail(GSC_EFORMAT,
                        "an array of rank %zu, expected [samples, layers, k] or "
                        "[checkpoints, samples, layers, k]",
                        shape.rank);
    f->checkpoints = series ? shape.dims[0] : 1;
    f->shape = (gsc_routing){.samples = dims[0], .layers = dims[1], .chosen = dims[2]};
    if (gsc_shape_count(shape) == 0)
        return gsc_fail(GSC_EFORMAT, "an array without elements");
    if (f->shape.chosen > GSC_MOST_CHOSEN)
        return gsc_fail(GSC_EFORMAT, "%zu experts of a sample in a layer, at most %d",
                        f->shape.chosen, GSC_MOST_CHOSEN);
    return 0;
}

static int
take_experts(gsc_routing_file *f, const gsc_tensor *numbers, size_t experts)
{
    int status = 0;
    size_t count = gsc_shape_count(numbers->shape);
    GSC_NEW(f->ids, count);
    for (size_t i = 0; i < count; i++) {
        double id = gsc_element(numbers->type, numbers->data, i);
        if (!(id >= 0 && id < UINT16_MAX) || id != floor(id))
            return gsc_fail(GSC_EFORMAT, "element %zu is %g, which is no expert", i,
                            id);
        if (experts > 0 && id >= (double)experts)
            return gsc_fail(GSC_EFORMAT, "element %zu is expert %g, of %zu", i, id,
                            experts);
        f->ids[i] = (uint16_t)id;
        if ((size_t)id >= f->shape.experts)
            f->shape.experts = (size_t)id + 1;
    }
    if (experts > 0)
        f->shape.experts = experts;
out:
    return status;
}

static int
take_gates(gsc_routing_file *f, const gsc_tensor *numbers, gsc_shape wanted)
{
    int status = 0;
    size_t count = gsc_shape_count(wanted);
    if (!gsc_shape_equal(numbers->shape, wanted))
        return gsc_fail(GSC_EFORMAT, "the gates have another shape than the routing");
    GSC_NEW(f->gates, count);
    for (size_t i = 0; i < count; i++) {
        f->gates[i] = (float)gsc_element(numbers->type, numbers->data, i);
        if (!(f->gates[i] >= 0 && f->gates[i] < INFINITY))
            return gsc_fail(GSC_EFORMAT, "gate %zu is %g, expected 0 or more", i,
                            (double)f->gates[i]);
    }
out:
    return status;
}

static int
take_embeddings(gsc_routing_file *f, const gsc_tensor *numbers)
{
    int status = 0;
    gsc_routing *s = &f->shape;
    const gsc_shape shape = numbers->shape;
    size_t count = gsc_shape_count(shape);
    if (shape.rank != 3 || shape.dims[0] != s->layers || shape.dims[1] != s->experts)
        return gsc_fail(GSC_EFORMAT,
                        "the array embeddings is not [%zu layers, %zu experts, width]",
                        s->layers, s->experts);
    GSC_NEW(f->embeddings, count);
    for (size_t i = 0; i < count; i++)
        f->embeddings[i] = gsc_element(numbers->type, numbers->data, i);
    s->width = shape.dims[2];
    s->embeddings = f->embeddings;
out:
    return status;
}

/* Of a file whose only array is the routing there are none. */
static int
read_embeddings(gsc_routing_file *f, const gsc_external *file)
{
    int status = 0;
    bool there = false;
    gsc_tensor numbers = {.data = NULL};
    GSC_TRY(read_numbers(file, "embeddings", &numbers, &there));
    if (there)
        GSC_TRY(take_embeddings(f, &numbers));
out:
    free(numbers.data);
    return status;
}

/* Of a file whose only array is the routing there are no gates. */
static int
read_gates(gsc_routing_file *f, const gsc_external *file, gsc_shape shape)
{
    int status = 0;
    bool there = false;
    gsc_tensor numbers = {.data = NULL};
    GSC_TRY(read_numbers(file, "gates", &numbers, &there));
    if (there)
        GSC_TRY(take_gates(f, &numbers, shape));
out:
    free(numbers.data);
    return status;
}

static int
read_gates_file(gsc_routing_file *f, const char *path, gsc_shape shape)
{
    gsc_external *file = NULL;
    int status = gsc_external_open(&file, path);
    if (status == 0)
        status = read_gates(f, file, shape);
    if (status == 0 && !f->gates)
        status = gsc_fail(GSC_EFORMAT, "has no array gates");
    gsc_external_close(file);
    return status < 0 ? gsc_fail_in(status, path) : 0;
}

static int
read_routing(gsc_routing_file *f, const gsc_external *file, size_t experts,
             gsc_shape *shape)
{
    int status = 0;
    bool there;
    gsc_tensor numbers = {.data = NULL};
    GSC_TRY(read_numbers(file, "routing", &numbers, &there));
    if (!there)
        GSC_TRY(gsc_fail(GSC_EFORMAT, "is no array, and has none called routing"));
    *shape = numbers.shape;
    GSC_TRY(take_shape(f, *shape));
    GSC_TRY(take_experts(f, &numbers, experts));
out:
    free(numbers.data);
    return status;
}

int
gsc_routing_file_read(gsc_routing_file *f, const char *path, const char *gates_path,
                      size_t experts)
{
    gsc_shape shape;
    gsc_external *file = NULL;
    *f = (gsc_routing_file){.checkpoints = 0};
    int status = gsc_external_open(&file, path);
    if (status == 0)
        status = read_routing(f, file, experts, &shape);
    if (status == 0 && !*gates_path && gsc_external_root(file)->kind != GSC_VALUE_ARRAY)
        status = read_gates(f, file, shape);
    if (status == 0 && gsc_external_root(file)->kind != GSC_VALUE_ARRAY)
        status = read_embeddings(f, file);
    gsc_external_close(file);
    if (status < 0)
        return gsc_fail_in(status, path);
    return *gates_path ? read_gates_file(f, gates_path, shape) : 0;
}

void
gsc_routing_file_free(gsc_routing_file *f)
{
    free(f->ids);
    free(f->gates);
    free(f->embeddings);
    *f = (gsc_routing_file){.checkpoints = 0};
}

gsc_routing
gsc_routing_file_at(const gsc_routing_file *f, size_t index)
{
    gsc_routing r = f->shape;
    size_t at = index * r.samples * r.layers * r.chosen;
    r.ids = f->ids + at;
    r.gates = f->gates ? f->gates + at : NULL;
    return r;
}
