/* What networks of any architecture said of every pair, as checkpoints. */
#include "analyze/import/import_outputs.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* By each of its usual names. */
static const char *const logits_names[] = {"logits", "outputs", NULL};
static const char *const neuron_names[] = {"neurons", "activations", "hidden", NULL};
static const char *const embedding_names[] = {"embedding", "embeddings", "W_E", NULL};

/* ---- Arrays ---- */

static const gsc_array *
find_array(const gsc_external *file, const char *const *names)
{
    for (; *names; names++) {
        const gsc_value *value = gsc_value_get(gsc_external_root(file), *names);
        if (value && value->kind == GSC_VALUE_ARRAY)
            return value->array;
    }
    return NULL;
}

/* The array of one set. */
static gsc_array
slice(const gsc_array *whole, size_t number)
{
    gsc_array one = *whole;
    one.rank--;
    one.first += number * whole->strides[0] * gsc_dtype_size(whole->dtype);
    memmove(one.dims, whole->dims + 1, one.rank * sizeof *one.dims);
    memmove(one.strides, whole->strides + 1, one.rank * sizeof *one.strides);
    return one;
}

/* Of a set that has no such array, data NULL. Embeddings may be the same for all. */
static int
read_array(const gsc_output_set *set, const char *const *names, gsc_tensor *tensor)
{
    const gsc_array *array = find_array(set->file, names);
    if (!array)
        return 0;
    bool stacked = set->stacked && array->rank == 3;
    if (stacked && set->number >= array->dims[0])
        return gsc_fail(GSC_EFORMAT, "%s: has %zu sets, expected as many as logits",
                        names[0], array->dims[0]);
    gsc_array one = stacked ? slice(array, set->number) : *array;
    return gsc_external_tensor(set->file, &one, tensor);
}

int
gsc_import_output_set(gsc_import_run *self, const gsc_output_set *set, const char *path)
{
    int status = 0;
    gsc_import im = {.num_tensors = 0};
    gsc_tensor logits = {.data = NULL}, neurons = logits, embedding = logits;
    const gsc_state_dict state = {
        .file = set->file, .path = set->path, .step = set->step};
    GSC_TRY(read_array(set, logits_names, &logits));
    GSC_TRY(read_array(set, neuron_names, &neurons));
    GSC_TRY(read_array(set, embedding_names, &embedding));
    status = gsc_import_outputs_init(&im, &logits, &neurons, &embedding, &self->known);
    logits.data = neurons.data = embedding.data = NULL; /* taken over */
    GSC_TRY(status);
    GSC_TRY(gsc_import_save(self, &state, &im, path));
out:
    free(logits.data);
    free(neurons.data);
    free(embedding.data);
    gsc_import_free(&im);
    return status < 0 ? gsc_fail_in(status, set->path) : 0;
}

/* ---- Steps ---- */

static bool
is_step(double value)
{
    return value >= 0 && value <= 1e15 && floor(value) == value;
}

/* `steps` of a stack, or `step` of a set alone; NULL where it is missing. */
static int
read_steps(const gsc_external *file, const char *name, double **steps, size_t *count)
{
    int status = 0;
    gsc_tensor tensor = {.data = NULL};
    const gsc_value *value = gsc_value_get(gsc_external_root(file), name);
    *steps = NULL;
    *count = 0;
    if (!value)
        return 0;
    GSC_NEW(*steps, value->kind == GSC_VALUE_ARRAY ? 1 : value->count + 1);
    if (value->kind == GSC_VALUE_ARRAY) {
        free(*steps);
        *steps = NULL;
        GSC_TRY(gsc_external_tensor(file, value->array, &tensor));
        *count = gsc_shape_count(tensor.shape);
        GSC_NEW(*steps, *count);
        for (size_t i = 0; i < *count; i++)
            (*steps)[i] = gsc_element(tensor.type, tensor.data, i);
    } else if (gsc_value_to_real(value, &(*steps)[0])) {
        *count = 1;
    } else if (value->kind == GSC_VALUE_LIST && gsc_value_is_numbers(value)) {
        for (; *count < value->count; ++*count)
            gsc_value_to_real(value->items[*count], &(*steps)[*count]);
    }
out:
    free(tensor.data);
    return status;
}

static int
add_sets(gsc_output_sets *sets, const gsc_external *file, const char *path, bool alone)
{
    int status = 0;
    double *steps = NULL;
    size_t num_steps;
    const gsc_array *logits = find_array(file, logits_names);
    if (!logits || (logits->rank != 2 && logits->rank != 3))
        return gsc_fail(
            GSC_EFORMAT,
            "%s: holds no logits [pairs, outputs], or [sets, pairs, outputs] "
            "with the steps of the sets",
            path);
    bool stacked = logits->rank == 3;
    size_t count = stacked ? logits->dims[0] : 1;
    GSC_TRY(read_steps(file, stacked ? "steps" : "step", &steps, &num_steps));
    if (num_steps != count && (stacked || !alone || num_steps > 0)) {
        status =
            gsc_fail(GSC_EFORMAT, "%s: found %zu %s, expected %zu: one for each set",
                     path, num_steps, stacked ? "steps" : "step", count);
        goto out;
    }
    for (size_t i = 0; i < count; i++) {
        double step = num_steps > 0 ? steps[i] : 0;
        if (!is_step(step)) {
            status = gsc_fail(GSC_EFORMAT, "%s: %g is no step", path, step);
            goto out;
        }
        sets->items[sets->count++] =
            (gsc_output_set){file, path, stacked, i, (int64_t)step};
    }
out:
    free(steps);
    return status;
}

static int
compare_steps(const void *a, const void *b)
{
    int64_t left = ((const gsc_output_set *)a)->step;
    int64_t right = ((const gsc_output_set *)b)->step;
    return (left > right) - (left < right);
}

int
gsc_output_sets_init(gsc_output_sets *sets, const gsc_state_dicts *dicts)
{
    int status = 0;
    size_t room = 0;
    *sets = (gsc_output_sets){.count = 0};
    for (size_t i = 0; i < dicts->num_files; i++) {
        const gsc_array *logits = find_array(dicts->files[i], logits_names);
        room += logits && logits->rank == 3 ? logits->dims[0] : 1;
    }
    GSC_NEW(sets->items, room);
    for (size_t i = 0; i < dicts->num_files; i++)
        GSC_TRY(
            add_sets(sets, dicts->files[i], dicts->paths[i], dicts->num_files == 1));
    qsort(sets->items, sets->count, sizeof *sets->items, compare_steps);
    for (size_t i = 1; i < sets->count; i++)
        if (sets->items[i].step == sets->items[i - 1].step)
            GSC_TRY(gsc_fail(GSC_EFORMAT, "%s: step %" PRId64 " stands twice",
                             sets->items[i].path, sets->items[i].step));
out:
    if (status < 0)
        gsc_output_sets_free(sets);
    return status;
}

void
gsc_output_sets_free(gsc_output_sets *sets)
{
    free(sets->items);
    *sets = (gsc_output_sets){.count = 0};
}
