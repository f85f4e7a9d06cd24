/* Datasets: fields, splits, targets. */
#include "grokscope/dataset.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
gsc_dataset_free(gsc_dataset *dataset)
{
    for (size_t i = 0; i < dataset->num_fields; i++)
        free(dataset->owned[i]);
    for (size_t i = 0; i < dataset->num_splits; i++)
        free(dataset->splits[i].indices);
    free(dataset->stream.context);
    *dataset = (gsc_dataset){.num_examples = 0};
}

/* ---- Fields ---- */

const gsc_field *
gsc_dataset_find(const gsc_dataset *dataset, const char *name)
{
    return gsc_field_find(dataset->fields, dataset->num_fields, name);
}

gsc_field *
gsc_dataset_field(gsc_dataset *dataset, const char *name)
{
    const gsc_field *found = gsc_dataset_find(dataset, name);
    return found ? &dataset->fields[found - dataset->fields] : NULL;
}

int
gsc_dataset_add_field(gsc_dataset *dataset, const char *name, gsc_field_type type,
                      gsc_shape shape, size_t num_values, void **data)
{
    int status = 0;
    size_t at = dataset->num_fields;
    if (at == GSC_MAX_FIELDS)
        return gsc_fail(GSC_EARGUMENT, "field %s: a dataset has %d fields at most",
                        name, GSC_MAX_FIELDS);
    if (gsc_dataset_find(dataset, name))
        return gsc_fail(GSC_EARGUMENT, "field %s: is there already", name);
    gsc_field *field = &dataset->fields[at];
    *field =
        (gsc_field){.type = type, .shape = shape, .num_values = num_values, .scale = 1};
    snprintf(field->name, sizeof field->name, "%s", name);
    dataset->owned[at] = gsc_new(dataset->num_examples, gsc_field_stride(field));
    if (!dataset->owned[at])
        return GSC_EMEMORY;
    field->data = dataset->owned[at];
    dataset->num_fields++;
    if (data)
        *data = dataset->owned[at];
    return status;
}

static int32_t
index_at(const gsc_field *field, size_t example, size_t element)
{
    return (int32_t)gsc_field_element(field, example, element);
}

void
gsc_dataset_constants(const gsc_dataset *dataset, const gsc_field *field,
                      int32_t *values)
{
    size_t count = gsc_shape_count(field->shape);
    bool known = !dataset->stream.endless && dataset->num_examples > 0;
    for (size_t at = 0; at < count; at++) {
        values[at] = known ? index_at(field, 0, at) : -1;
        for (size_t i = 1; values[at] >= 0 && i < dataset->num_examples; i++)
            if (index_at(field, i, at) != values[at])
                values[at] = -1;
    }
}

/* ---- Splits ---- */

const gsc_split *
gsc_dataset_split(const gsc_dataset *dataset, const char *name)
{
    for (size_t i = 0; i < dataset->num_splits; i++)
        if (strcmp(dataset->splits[i].name, name) == 0)
            return &dataset->splits[i];
    return NULL;
}

/* A split of room for `count` indices. */
static int
new_split(gsc_dataset *dataset, const char *name, size_t count, gsc_split **split)
{
    int status = 0;
    if (dataset->num_splits == GSC_MAX_SPLITS)
        return gsc_fail(GSC_EARGUMENT, "split %s: a dataset has %d splits at most",
                        name, GSC_MAX_SPLITS);
    if (gsc_dataset_split(dataset, name))
        return gsc_fail(GSC_EARGUMENT, "split %s: is there already", name);
    *split = &dataset->splits[dataset->num_splits];
    **split = (gsc_split){.count = count};
    snprintf((*split)->name, sizeof(*split)->name, "%s", name);
    GSC_NEW((*split)->indices, count);
    dataset->num_splits++;
out:
    return status;
}

int
gsc_dataset_add_split(gsc_dataset *dataset, const char *name, const uint32_t *indices,
                      size_t count)
{
    gsc_split *split;
    int status = new_split(dataset, name, count, &split);
    if (status == 0 && count > 0)
        memcpy(split->indices, indices, count * sizeof *indices);
    return status;
}

int
gsc_dataset_add_first(gsc_dataset *dataset, const char *name, size_t count)
{
    gsc_split *split;
    int status = new_split(dataset, name, count, &split);
    for (size_t i = 0; status == 0 && i < count; i++)
        split->indices[i] = (uint32_t)i;
    return status;
}

int
gsc_dataset_add_rest(gsc_dataset *dataset, const char *name)
{
    int status = 0;
    bool *taken = NULL;
    gsc_split *split;
    size_t left = dataset->num_examples, count = 0;
    GSC_NEW(taken, dataset->num_examples);
    for (size_t s = 0; s < dataset->num_splits; s++)
        for (size_t i = 0; i < dataset->splits[s].count; i++) {
            left -= !taken[dataset->splits[s].indices[i]];
            taken[dataset->splits[s].indices[i]] = true;
        }
    GSC_TRY(new_split(dataset, name, left, &split));
    for (size_t i = 0; i < dataset->num_examples; i++)
        if (!taken[i])
            split->indices[count++] = (uint32_t)i;
out:
    free(taken);
    return status;
}

/* ---- Targets ---- */

gsc_target *
gsc_dataset_add_target(gsc_dataset *dataset, const char *name, const char *field,
                       const char *loss)
{
    if (dataset->num_targets == GSC_MAX_TARGETS)
        return NULL;
    gsc_target *target = &dataset->targets[dataset->num_targets++];
    *target = (gsc_target){.weight = 1, .num_positions = 1};
    snprintf(target->name, sizeof target->name, "%s", name);
    snprintf(target->field, sizeof target->field, "%s", field);
    snprintf(target->loss, sizeof target->loss, "%s", loss);
    return target;
}

/* ---- What a file may say wrongly ---- */

static int
check_indices(const gsc_dataset *dataset, const gsc_field *field)
{
    size_t count = dataset->num_examples * gsc_shape_count(field->shape);
    if (field->num_values == 0 || !field->data)
        return 0;
    for (size_t i = 0; i < count; i++) {
        double value = gsc_field_element(field, 0, i);
        if (value < 0 || value >= (double)field->num_values)
            return gsc_fail(GSC_EFORMAT,
                            "/data/%s: value %zu is %.0f, expected less than %zu",
                            field->name, i, value, field->num_values);
    }
    return 0;
}

static int
check_split(const gsc_dataset *dataset, const gsc_split *split)
{
    int status = 0;
    bool *seen = NULL;
    GSC_NEW(seen, dataset->num_examples);
    for (size_t i = 0; i < split->count; i++) {
        uint32_t example = split->indices[i];
        if (example >= dataset->num_examples)
            status =
                gsc_fail(GSC_EFORMAT,
                         "/data/splits/%s: value %zu is %lu, expected less than "
                         "%zu",
                         split->name, i, (unsigned long)example, dataset->num_examples);
        else if (seen[example])
            status = gsc_fail(GSC_EFORMAT, "/data/splits/%s: names example %lu twice",
                              split->name, (unsigned long)example);
        if (status < 0)
            goto out;
        seen[example] = true;
    }
out:
    free(seen);
    return status;
}

static int
check_target(const gsc_dataset *dataset, const gsc_target *target)
{
    const char *const names[] = {target->field, target->mask};
    for (size_t i = 0; i < 2; i++)
        if ((i == 0 || *names[i]) && !gsc_dataset_find(dataset, names[i]))
            return gsc_fail(GSC_EFORMAT, "/outputs/%s: field '%s' is not in /data",
                            target->name, names[i]);
    const gsc_field *group = gsc_dataset_find(dataset, target->group);
    if (*target->group &&
        (!group || group->num_values == 0 || gsc_shape_count(group->shape) != 1))
        return gsc_fail(GSC_EFORMAT,
                        "/outputs/%s: group '%s' is no field of one index an example",
                        target->name, target->group);
    if (*target->group && *target->mask)
        return gsc_fail(GSC_EFORMAT, "/outputs/%s: a group goes with no mask",
                        target->name);
    if (target->answer_row >= target->num_positions)
        return gsc_fail(GSC_EFORMAT, "/outputs/%s: answer_row is %zu, of %zu positions",
                        target->name, target->answer_row, target->num_positions);
    return 0;
}

int
gsc_dataset_check(const gsc_dataset *dataset)
{
    int status = 0;
    for (size_t i = 0; i < dataset->num_fields; i++)
        GSC_TRY(check_indices(dataset, &dataset->fields[i]));
    for (size_t i = 0; i < dataset->num_splits; i++)
        GSC_TRY(check_split(dataset, &dataset->splits[i]));
    for (size_t i = 0; i < dataset->num_targets; i++)
        GSC_TRY(check_target(dataset, &dataset->targets[i]));
out:
    return status;
}
