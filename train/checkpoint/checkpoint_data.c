/* What a run learns from, in a checkpoint file: /data, /outputs, /facets. */
#include "train/checkpoint/checkpoint_image.h"

#include "grokscope/error.h"
#include "grokscope/text.h"

#include <stdio.h>
#include <string.h>

enum { OBJECT_BYTES = 3 * GSC_NAME_BYTES };

int
gsc_checkpoint_add_integer(gsc_h5 *file, const char *object, const char *attribute,
                           int64_t value)
{
    gsc_h5_array scalar = {GSC_H5_INT64, 0, {0}};
    return gsc_h5_add_array(file, object, attribute, &scalar, &value);
}

int
gsc_checkpoint_add_vector(gsc_h5 *file, const char *object, const char *attribute,
                          gsc_h5_type type, size_t count, const void *data)
{
    gsc_h5_array vector = {type, 1, {count}};
    return gsc_h5_add_array(file, object, attribute, &vector, data);
}

static int
add_real(gsc_h5 *file, const char *object, const char *attribute, double value)
{
    gsc_h5_array scalar = {GSC_H5_FLOAT64, 0, {0}};
    return gsc_h5_add_array(file, object, attribute, &scalar, &value);
}

/* ---- Fields ---- */

static const gsc_h5_type field_types[GSC_NUM_FIELD_TYPES] = {
    [GSC_FIELD_UINT8] = GSC_H5_UINT8,     [GSC_FIELD_UINT16] = GSC_H5_UINT16,
    [GSC_FIELD_INT32] = GSC_H5_INT32,     [GSC_FIELD_FLOAT32] = GSC_H5_FLOAT32,
    [GSC_FIELD_FLOAT64] = GSC_H5_FLOAT64,
};

/* The numbers lie in another file: a group that says where, and what they are. */
static int
add_source(gsc_h5 *file, const char *object, const gsc_field *field,
           const gsc_data_source *source)
{
    int status = 0;
    int64_t shape[GSC_MAX_RANK];
    for (size_t i = 0; i < field->shape.rank; i++)
        shape[i] = (int64_t)field->shape.dims[i];
    GSC_TRY(gsc_h5_add_group(file, object));
    GSC_TRY(gsc_h5_add_text(file, object, "source", source->path));
    GSC_TRY(gsc_h5_add_text(file, object, "sha256", source->sha256));
    GSC_TRY(gsc_h5_add_text(file, object, "reader", source->reader));
    GSC_TRY(gsc_h5_add_text(file, object, "type", gsc_field_type_name(field->type)));
    GSC_TRY(gsc_checkpoint_add_vector(file, object, "shape", GSC_H5_INT64,
                                      field->shape.rank, shape));
out:
    return status;
}

static int
add_field(gsc_h5 *file, const gsc_dataset *dataset, size_t i)
{
    int status = 0;
    char object[OBJECT_BYTES];
    const gsc_field *field = &dataset->fields[i];
    gsc_h5_array array = {field_types[field->type], 1 + field->shape.rank, {0}};
    array.dims[0] = dataset->num_examples;
    for (size_t k = 0; k < field->shape.rank; k++)
        array.dims[k + 1] = field->shape.dims[k];
    snprintf(object, sizeof object, "/data/%s", field->name);
    GSC_TRY(*dataset->sources[i].path
                ? add_source(file, object, field, &dataset->sources[i])
                : gsc_h5_add_array(file, object, NULL, &array, field->data));
    GSC_TRY(gsc_checkpoint_add_integer(file, object, "num_values",
                                       (int64_t)field->num_values));
    if (field->num_values == 0) {
        GSC_TRY(add_real(file, object, "scale", field->scale));
        GSC_TRY(add_real(file, object, "offset", field->offset));
    }
out:
    return status;
}

static int
add_dataset(gsc_h5 *file, const gsc_dataset *dataset)
{
    int status = 0;
    char object[OBJECT_BYTES];
    GSC_TRY(gsc_h5_add_group(file, "/data"));
    GSC_TRY(gsc_checkpoint_add_integer(file, "/data", "num_examples",
                                       (int64_t)dataset->num_examples));
    if (dataset->stream.endless)
        GSC_TRY(gsc_checkpoint_add_integer(file, "/data", "stream_seed",
                                           (int64_t)dataset->stream.seed));
    for (size_t i = 0; i < dataset->num_fields; i++)
        GSC_TRY(add_field(file, dataset, i));
    GSC_TRY(gsc_h5_add_group(file, "/data/splits"));
    for (size_t i = 0; i < dataset->num_splits; i++) {
        const gsc_split *split = &dataset->splits[i];
        snprintf(object, sizeof object, "/data/splits/%s", split->name);
        GSC_TRY(gsc_checkpoint_add_vector(file, object, NULL, GSC_H5_UINT32,
                                          split->count, split->indices));
    }
out:
    return status;
}

/* ---- Outputs ---- */

static int
add_templates(gsc_h5 *file, const char *object, const gsc_target *target)
{
    int status = 0;
    if (target->num_templates == 0)
        return 0;
    GSC_TRY(gsc_checkpoint_add_integer(file, object, "num_templates",
                                       (int64_t)target->num_templates));
    GSC_TRY(gsc_checkpoint_add_integer(file, object, "template_width",
                                       (int64_t)target->template_width));
    GSC_TRY(add_real(file, object, "template_scale", target->template_scale));
out:
    return status;
}

static int
add_target(gsc_h5 *file, const gsc_target *target)
{
    int status = 0;
    char object[OBJECT_BYTES];
    snprintf(object, sizeof object, "/outputs/%s", target->name);
    GSC_TRY(gsc_h5_add_group(file, object));
    GSC_TRY(gsc_h5_add_text(file, object, "target", target->field));
    GSC_TRY(gsc_h5_add_text(file, object, "mask", target->mask));
    GSC_TRY(gsc_h5_add_text(file, object, "loss", target->loss));
    if (*target->group)
        GSC_TRY(gsc_h5_add_text(file, object, "group", target->group));
    GSC_TRY(gsc_checkpoint_add_integer(file, object, "position",
                                       (int64_t)target->position));
    GSC_TRY(gsc_checkpoint_add_integer(file, object, "num_positions",
                                       (int64_t)target->num_positions));
    GSC_TRY(gsc_checkpoint_add_integer(file, object, "answer_row",
                                       (int64_t)target->answer_row));
    GSC_TRY(add_real(file, object, "weight", target->weight));
    GSC_TRY(add_real(file, object, "tolerance", target->tolerance));
    GSC_TRY(add_templates(file, object, target));
out:
    return status;
}

static int
add_targets(gsc_h5 *file, const gsc_dataset *dataset)
{
    int status = 0;
    gsc_text order = {0};
    GSC_TRY(gsc_h5_add_group(file, "/outputs"));
    GSC_TRY(gsc_text_add(&order, "%s", ""));
    for (size_t i = 0; i < dataset->num_targets; i++) {
        GSC_TRY(add_target(file, &dataset->targets[i]));
        GSC_TRY(
            gsc_text_add(&order, "%s%s", i > 0 ? " " : "", dataset->targets[i].name));
    }
    GSC_TRY(gsc_h5_add_text(file, "/outputs", "order", order.data));
out:
    gsc_text_free(&order);
    return status;
}

/* ---- Facets ---- */

static int
add_item(gsc_h5 *file, const gsc_facet *facet, const gsc_facet_item *item)
{
    static const gsc_h5_type types[] = {[GSC_FACET_INTEGER] = GSC_H5_INT64,
                                        [GSC_FACET_INDEX] = GSC_H5_UINT16,
                                        [GSC_FACET_REAL] = GSC_H5_FLOAT64};
    char object[OBJECT_BYTES];
    snprintf(object, sizeof object, "/facets/%s/%s", facet->name, item->name);
    if (item->type == GSC_FACET_TEXT)
        return gsc_h5_add_text(file, object, NULL, item->data);
    gsc_h5_array array = {types[item->type], item->shape.rank, {0}};
    for (size_t i = 0; i < item->shape.rank; i++)
        array.dims[i] = item->shape.dims[i];
    return gsc_h5_add_array(file, object, NULL, &array, item->data);
}

static int
add_facets(gsc_h5 *file, const gsc_facets *facets)
{
    int status = 0;
    char object[OBJECT_BYTES];
    GSC_TRY(gsc_h5_add_group(file, "/facets"));
    for (size_t i = 0; i < facets->count; i++) {
        const gsc_facet *facet = &facets->items[i];
        snprintf(object, sizeof object, "/facets/%s", facet->name);
        GSC_TRY(gsc_h5_add_group(file, object));
        for (size_t k = 0; k < facet->num_items; k++)
            GSC_TRY(add_item(file, facet, &facet->items[k]));
    }
out:
    return status;
}

int
gsc_checkpoint_add_data(gsc_h5 *file, const gsc_checkpoint *checkpoint)
{
    int status = 0;
    if (checkpoint->dataset.num_fields == 0)
        return 0;
    GSC_TRY(add_dataset(file, &checkpoint->dataset));
    GSC_TRY(add_targets(file, &checkpoint->dataset));
    GSC_TRY(add_facets(file, &checkpoint->facets));
out:
    return status;
}
