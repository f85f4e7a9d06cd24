/* Fields of examples. */
#include "grokscope/field.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    size_t size;
} types[GSC_NUM_FIELD_TYPES] = {
    [GSC_FIELD_UINT8] = {"uint8", 1},     [GSC_FIELD_UINT16] = {"uint16", 2},
    [GSC_FIELD_INT32] = {"int32", 4},     [GSC_FIELD_FLOAT32] = {"float32", 4},
    [GSC_FIELD_FLOAT64] = {"float64", 8},
};

size_t
gsc_field_type_size(gsc_field_type type)
{
    return types[type].size;
}

const char *
gsc_field_type_name(gsc_field_type type)
{
    return types[type].name;
}

size_t
gsc_field_stride(const gsc_field *field)
{
    return gsc_shape_count(field->shape) * types[field->type].size;
}

static double
stored(const gsc_field *field, size_t i)
{
    switch (field->type) {
    case GSC_FIELD_UINT8:
        return ((const uint8_t *)field->data)[i];
    case GSC_FIELD_UINT16:
        return ((const uint16_t *)field->data)[i];
    case GSC_FIELD_INT32:
        return ((const int32_t *)field->data)[i];
    case GSC_FIELD_FLOAT32:
        return (double)((const float *)field->data)[i];
    default:
        return ((const double *)field->data)[i];
    }
}

double
gsc_field_element(const gsc_field *field, size_t example, size_t element)
{
    double value = stored(field, example * gsc_shape_count(field->shape) + element);
    return field->num_values > 0 ? value : field->scale * value + field->offset;
}

gsc_field
gsc_field_of_indices(const char *name, const uint16_t *data, size_t count,
                     size_t num_values)
{
    gsc_field field = {.type = GSC_FIELD_UINT16,
                       .shape = {1, {count}},
                       .num_values = num_values,
                       .scale = 1,
                       .data = data};
    snprintf(field.name, sizeof field.name, "%s", name);
    return field;
}

const gsc_field *
gsc_field_find(const gsc_field *fields, size_t num_fields, const char *name)
{
    for (size_t i = 0; i < num_fields; i++)
        if (strcmp(fields[i].name, name) == 0)
            return &fields[i];
    return NULL;
}
