/* What a run learns from, out of a checkpoint file: /data, /outputs, /facets. */
#include "train/checkpoint/checkpoint_image.h"
#include "train/hdf5/h5_values.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OBJECT_BYTES = 3 * GSC_NAME_BYTES, MOST_VALUES = 1 << 24, MOST_WIDTH = 1 << 20 };

static int
read_integer(const gsc_h5 *file, const char *object, const char *attribute,
             int64_t least, int64_t most, int64_t *value)
{
    int status = gsc_h5_read_integers(file, object, attribute, 0, 1, value);
    if (status < 0)
        return status;
    if (*value < least || *value > most)
        return gsc_h5_fail(file, object, attribute,
                           "is %" PRId64 ", expected %" PRId64 " to %" PRId64, *value,
                           least, most);
    return 0;
}

static int
read_size(const gsc_h5 *file, const char *object, const char *attribute, size_t least,
          size_t most, size_t *value)
{
    int64_t found = 0;
    int status =
        read_integer(file, object, attribute, (int64_t)least, (int64_t)most, &found);
    *value = (size_t)found;
    return status;
}

static int
read_real(const gsc_h5 *file, const char *object, const char *attribute, double *value)
{
    gsc_h5_array array;
    int status = gsc_h5_expect(file, object, attribute, GSC_H5_FLOAT64, 0, &array);
    return status < 0 ? status : gsc_h5_read(file, object, attribute, &array, value);
}

/* ---- Fields ---- */

static int
find_type(const gsc_h5 *file, const char *object, const char *name,
          gsc_field_type *type)
{
    for (*type = 0; *type < GSC_NUM_FIELD_TYPES; (*type)++)
        if (strcmp(gsc_field_type_name(*type), name) == 0)
            return 0;
    return gsc_h5_fail(file, object, NULL,
                       "type is %s, expected uint8, uint16, int32, float32 or float64",
                       name);
}

/* A field whose numbers lie in another file. */
static int
read_source(const gsc_h5 *file, const char *object, gsc_field *field,
            gsc_data_source *source)
{
    int status = 0;
    char type[32];
    int64_t shape[GSC_MAX_RANK];
    gsc_h5_array array;
    GSC_TRY(gsc_h5_read_short_text(file, object, "source", source->path,
                                   sizeof source->path));
    GSC_TRY(gsc_h5_read_short_text(file, object, "sha256", source->sha256,
                                   sizeof source->sha256));
    GSC_TRY(gsc_h5_read_short_text(file, object, "reader", source->reader,
                                   sizeof source->reader));
    GSC_TRY(gsc_h5_read_short_text(file, object, "type", type, sizeof type));
    GSC_TRY(find_type(file, object, type, &field->type));
    GSC_TRY(gsc_h5_expect(file, object, "shape", GSC_H5_INT64, 1, &array));
    if (array.dims[0] > GSC_MAX_RANK - 1)
        return gsc_h5_fail(file, object, "shape", "has %zu axes, expected at most %d",
                           array.dims[0], GSC_MAX_RANK - 1);
    GSC_TRY(gsc_h5_read_integers(file, object, "shape", 1, array.dims[0], shape));
    field->shape.rank = array.dims[0];
    for (size_t i = 0; i < array.dims[0]; i++) {
        if (shape[i] < 1 || shape[i] > MOST_WIDTH)
            return gsc_h5_fail(file, object, "shape", "has an axis of %" PRId64,
                               shape[i]);
        field->shape.dims[i] = (size_t)shape[i];
    }
out:
    return status;
}

/* The rows of a field, unless only their shape is asked for. */
static int
read_rows(const gsc_h5 *file, const char *object, gsc_dataset *dataset, size_t at,
          bool with_numbers)
{
    int status = 0;
    gsc_h5_array array;
    gsc_field *field = &dataset->fields[at];
    GSC_TRY(gsc_h5_inspect(file, object, NULL, &array));
    GSC_TRY(find_type(file, object, gsc_h5_type_name(array.type), &field->type));
    if (array.rank < 1 || array.rank > GSC_MAX_RANK)
        return gsc_h5_fail(file, object, NULL, "rank is %zu, expected 1 to %d",
                           array.rank, GSC_MAX_RANK);
    if (array.dims[0] != dataset->num_examples)
        return gsc_h5_fail(file, object, NULL, "%zu examples, expected %zu",
                           array.dims[0], dataset->num_examples);
    field->shape.rank = array.rank - 1;
    for (size_t i = 1; i < array.rank; i++)
        field->shape.dims[i - 1] = array.dims[i];
    if (!with_numbers)
        return 0;
    dataset->owned[at] = gsc_new(gsc_h5_count(&array), gsc_h5_type_size(array.type));
    if (!dataset->owned[at])
        return GSC_EMEMORY;
    field->data = dataset->owned[at];
    GSC_TRY(gsc_h5_read(file, object, NULL, &array, dataset->owned[at]));
out:
    return status;
}

static int
read_field(const gsc_h5 *file, const char *name, gsc_dataset *dataset,
           bool with_numbers)
{
    int status = 0;
    char object[OBJECT_BYTES];
    gsc_h5_kind kind;
    size_t at = dataset->num_fields;
    if (at == GSC_MAX_FIELDS)
        return gsc_h5_fail(file, "/data", NULL, "more than %d fields", GSC_MAX_FIELDS);
    gsc_field *field = &dataset->fields[at];
    *field = (gsc_field){.scale = 1};
    snprintf(field->name, sizeof field->name, "%s", name);
    snprintf(object, sizeof object, "/data/%s", name);
    dataset->num_fields++; /* now gsc_dataset_free sees it */
    GSC_TRY(gsc_h5_kind_of(file, object, &kind));
    GSC_TRY(kind == GSC_H5_GROUP
                ? read_source(file, object, field, &dataset->sources[at])
                : read_rows(file, object, dataset, at, with_numbers));
    GSC_TRY(read_size(file, object, "num_values", 0, MOST_VALUES, &field->num_values));
    if (field->num_values == 0) {
        GSC_TRY(read_real(file, object, "scale", &field->scale));
        GSC_TRY(read_real(file, object, "offset", &field->offset));
    } else if (field->type == GSC_FIELD_FLOAT32 || field->type == GSC_FIELD_FLOAT64) {
        return gsc_h5_fail(file, object, NULL, "type is %s, expected whole numbers",
                           gsc_field_type_name(field->type));
    }
out:
    return status;
}

static int
read_split(const gsc_h5 *file, const char *name, gsc_dataset *dataset)
{
    int status = 0;
    char object[OBJECT_BYTES];
    if (dataset->num_splits == GSC_MAX_SPLITS)
        return gsc_h5_fail(file, "/data/splits", NULL, "more than %d splits",
                           GSC_MAX_SPLITS);
    gsc_split *split = &dataset->splits[dataset->num_splits];
    *split = (gsc_split){.count = 0};
    snprintf(split->name, sizeof split->name, "%s", name);
    snprintf(object, sizeof object, "/data/splits/%s", name);
    GSC_TRY(gsc_h5_read_vector(file, object, NULL, GSC_H5_UINT32, &split->indices,
                               &split->count));
    dataset->num_splits++;
out:
    return status;
}

/* "train" first: what follows is sorted by its name. */
static int
read_splits(const gsc_h5 *file, gsc_dataset *dataset)
{
    int status = 0;
    gsc_h5_names names;
    GSC_TRY(gsc_h5_list(file, "/data/splits", &names));
    for (int train = 1; train >= 0; train--)
        for (size_t i = 0; i < names.count; i++)
            if ((strcmp(names.names[i], "train") == 0) == train)
                GSC_TRY(read_split(file, names.names[i], dataset));
out:
    gsc_h5_names_free(&names);
    return status;
}

static int
read_dataset(const gsc_h5 *file, gsc_dataset *dataset, bool with_numbers)
{
    int status = 0;
    int64_t seed;
    gsc_h5_names names = {0};
    GSC_TRY(read_size(file, "/data", "num_examples", 0, UINT32_MAX,
                      &dataset->num_examples));
    GSC_TRY(
        gsc_h5_has_attribute(file, "/data", "stream_seed", &dataset->stream.endless));
    if (dataset->stream.endless) {
        GSC_TRY(read_integer(file, "/data", "stream_seed", 0, INT64_MAX, &seed));
        dataset->stream.seed = (uint64_t)seed;
    }
    GSC_TRY(gsc_h5_list(file, "/data", &names));
    for (size_t i = 0; i < names.count; i++)
        if (strcmp(names.names[i], "splits") != 0)
            GSC_TRY(read_field(file, names.names[i], dataset, with_numbers));
    if (with_numbers)
        GSC_TRY(read_splits(file, dataset));
out:
    gsc_h5_names_free(&names);
    return status;
}

/* ---- Outputs ---- */

static int
read_templates(const gsc_h5 *file, const char *object, gsc_target *target)
{
    int status = 0;
    bool has;
    GSC_TRY(gsc_h5_has_attribute(file, object, "num_templates", &has));
    if (!has)
        return 0;
    GSC_TRY(read_size(file, object, "num_templates", 1, MOST_WIDTH,
                      &target->num_templates));
    GSC_TRY(read_size(file, object, "template_width", 1, MOST_WIDTH,
                      &target->template_width));
    GSC_TRY(read_real(file, object, "template_scale", &target->template_scale));
out:
    return status;
}

static int
read_target(const gsc_h5 *file, const char *name, gsc_dataset *dataset)
{
    int status = 0;
    bool has;
    char object[OBJECT_BYTES];
    if (dataset->num_targets == GSC_MAX_TARGETS)
        return gsc_h5_fail(file, "/outputs", "order", "more than %d outputs",
                           GSC_MAX_TARGETS);
    gsc_target *target = &dataset->targets[dataset->num_targets++];
    *target = (gsc_target){.weight = 1};
    snprintf(target->name, sizeof target->name, "%s", name);
    snprintf(object, sizeof object, "/outputs/%s", name);
    GSC_TRY(gsc_h5_read_short_text(file, object, "target", target->field,
                                   sizeof target->field));
    GSC_TRY(gsc_h5_read_short_text(file, object, "mask", target->mask,
                                   sizeof target->mask));
    GSC_TRY(gsc_h5_read_short_text(file, object, "loss", target->loss,
                                   sizeof target->loss));
    GSC_TRY(gsc_h5_has_attribute(file, object, "group", &has));
    if (has)
        GSC_TRY(gsc_h5_read_short_text(file, object, "group", target->group,
                                       sizeof target->group));
    GSC_TRY(read_size(file, object, "position", 0, MOST_WIDTH, &target->position));
    GSC_TRY(read_size(file, object, "num_positions", 1, MOST_WIDTH,
                      &target->num_positions));
    GSC_TRY(read_size(file, object, "answer_row", 0, target->num_positions - 1,
                      &target->answer_row));
    GSC_TRY(read_real(file, object, "weight", &target->weight));
    GSC_TRY(read_real(file, object, "tolerance", &target->tolerance));
    GSC_TRY(read_templates(file, object, target));
out:
    return status;
}

static int
read_targets(const gsc_h5 *file, gsc_dataset *dataset)
{
    int status = 0;
    char *order = NULL, *rest = NULL;
    GSC_TRY(gsc_h5_read_text(file, "/outputs", "order", &order));
    for (char *word = strtok_r(order, " ", &rest); word;
         word = strtok_r(NULL, " ", &rest)) {
        if (strlen(word) >= GSC_NAME_BYTES)
            GSC_TRY(gsc_h5_fail(file, "/outputs", "order",
                                "a name of %zu bytes, expected at most %d",
                                strlen(word), GSC_NAME_BYTES - 1));
        GSC_TRY(read_target(file, word, dataset));
    }
out:
    free(order);
    return status;
}

/* ---- Facets ---- */

static int
read_item(const gsc_h5 *file, const char *name, gsc_facet *facet)
{
    int status = 0;
    char object[OBJECT_BYTES], *text = NULL;
    void *data = NULL;
    gsc_h5_array array;
    gsc_shape shape = {.rank = 0};
    snprintf(object, sizeof object, "/facets/%s/%s", facet->name, name);
    GSC_TRY(gsc_h5_inspect(file, object, NULL, &array));
    if (array.type == GSC_H5_TEXT) {
        GSC_TRY(gsc_h5_read_text(file, object, NULL, &text));
        GSC_TRY(gsc_facet_add_text(facet, name, text));
        goto out;
    }
    if (array.rank > GSC_MAX_RANK)
        GSC_TRY(gsc_h5_fail(file, object, NULL, "rank is %zu, expected at most %d",
                            array.rank, GSC_MAX_RANK));
    if (array.type != GSC_H5_INT64 && array.type != GSC_H5_UINT16 &&
        array.type != GSC_H5_FLOAT64)
        GSC_TRY(gsc_h5_fail(file, object, NULL,
                            "type is %s, expected text, int64, uint16 or float64",
                            gsc_h5_type_name(array.type)));
    shape.rank = array.rank;
    for (size_t i = 0; i < array.rank; i++)
        shape.dims[i] = array.dims[i];
    data = gsc_new(gsc_h5_count(&array), gsc_h5_type_size(array.type));
    if (!data)
        GSC_TRY(GSC_EMEMORY);
    GSC_TRY(gsc_h5_read(file, object, NULL, &array, data));
    GSC_TRY(gsc_facet_add_array(facet, name,
                                array.type == GSC_H5_INT64    ? GSC_FACET_INTEGER
                                : array.type == GSC_H5_UINT16 ? GSC_FACET_INDEX
                                                              : GSC_FACET_REAL,
                                shape, data));
out:
    free(data);
    free(text);
    return status;
}

static int
read_facet(const gsc_h5 *file, const char *name, gsc_facets *facets)
{
    int status = 0;
    char object[OBJECT_BYTES];
    gsc_facet *facet;
    gsc_h5_names names = {0};
    GSC_TRY(gsc_facets_add(facets, name, &facet));
    snprintf(object, sizeof object, "/facets/%s", name);
    GSC_TRY(gsc_h5_list(file, object, &names));
    for (size_t i = 0; i < names.count; i++)
        GSC_TRY(read_item(file, names.names[i], facet));
out:
    gsc_h5_names_free(&names);
    return status;
}

static int
read_facets(const gsc_h5 *file, gsc_facets *facets)
{
    int status = 0;
    gsc_h5_names names;
    GSC_TRY(gsc_h5_list(file, "/facets", &names));
    for (size_t i = 0; i < names.count; i++)
        GSC_TRY(read_facet(file, names.names[i], facets));
out:
    gsc_h5_names_free(&names);
    return status;
}

int
gsc_checkpoint_read_data(const gsc_h5 *file, gsc_checkpoint *checkpoint,
                         bool with_numbers)
{
    int status = 0;
    gsc_h5_kind kind;
    GSC_TRY(gsc_h5_kind_of(file, "/data", &kind));
    if (kind == GSC_H5_NOTHING)
        return 0;
    GSC_TRY(read_dataset(file, &checkpoint->dataset, with_numbers));
    GSC_TRY(read_targets(file, &checkpoint->dataset));
    GSC_TRY(read_facets(file, &checkpoint->facets));
out:
    return status;
}
