/* A checkpoint from an HDF5 file: every part compared with the format as it is read. */
#include "grokscope/checkpoint.h"
#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/run_folder.h"

#include "train/checkpoint/checkpoint_image.h"
#include "train/checkpoint/provenance_digest.h"
#include "train/checkpoint/trailer.h"
#include "train/hdf5/h5_values.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    OBJECT_BYTES = 2 * GSC_NAME_BYTES + 16, /* "/history/" and two names */
    ORDER_BYTES = GSC_MAX_COLUMNS * GSC_COLUMN_BYTES
};

/* ---- Root and configuration ---- */

static int
check_identity(const gsc_h5 *file, const char *path, int64_t version[2])
{
    int status = 0;
    bool has;
    char format[64];
    GSC_TRY(gsc_h5_has_attribute(file, "/", "format", &has));
    if (!has)
        return gsc_fail(GSC_EFORMAT, "%s: has no format, expected 'grokscope'", path);
    GSC_TRY(gsc_h5_read_short_text(file, "/", "format", format, sizeof format));
    if (strcmp(format, "grokscope-run") == 0)
        return gsc_fail(GSC_EFORMAT,
                        "%s: format is 'grokscope-run', expected 'grokscope': give the "
                        "run's folder, or one of its step files",
                        path);
    if (strcmp(format, "grokscope") != 0)
        return gsc_fail(GSC_EFORMAT, "%s: format is '%s', expected 'grokscope'", path,
                        format);
    GSC_TRY(gsc_h5_read_integers(file, "/", "version", 1, 2, version));
    if (version[0] > GSC_FORMAT_MAJOR)
        return gsc_fail(GSC_EFORMAT,
                        "%s: version %" PRId64 ".%" PRId64
                        " is newer than this program reads (%d.x)",
                        path, version[0], version[1], GSC_FORMAT_MAJOR);
    if (version[0] < 1 || version[1] < 0)
        return gsc_fail(GSC_EFORMAT, "%s: version %" PRId64 ".%" PRId64 " is none",
                        path, version[0], version[1]);
out:
    return status;
}

static int
read_root(const gsc_h5 *file, gsc_checkpoint *checkpoint)
{
    int status = 0;
    GSC_TRY(gsc_h5_read_integers(file, "/", "step", 0, 1, &checkpoint->step));
    if (checkpoint->step < 0)
        return gsc_h5_fail(file, "/", "step", "is %" PRId64 ", expected 0 or more",
                           checkpoint->step);
    GSC_TRY(gsc_h5_read_text(file, "/config", NULL, &checkpoint->config));
out:
    return status;
}

/* ---- Tensors ---- */

static int
read_shape(const gsc_h5 *file, const char *object, gsc_tensor *tensor,
           gsc_h5_array *array)
{
    int status = gsc_h5_inspect(file, object, NULL, array);
    if (status < 0)
        return status;
    if (array->type != GSC_H5_FLOAT32 && array->type != GSC_H5_FLOAT64)
        return gsc_h5_fail(file, object, NULL,
                           "type is %s, expected float32 or float64",
                           gsc_h5_type_name(array->type));
    if (array->rank > GSC_MAX_RANK)
        return gsc_h5_fail(file, object, NULL, "rank is %zu, expected at most %d",
                           array->rank, GSC_MAX_RANK);
    tensor->type = array->type == GSC_H5_FLOAT32 ? GSC_FLOAT32 : GSC_FLOAT64;
    tensor->shape.rank = array->rank;
    for (size_t i = 0; i < array->rank; i++)
        tensor->shape.dims[i] = array->dims[i];
    return 0;
}

static int
read_param_attributes(const gsc_h5 *file, const char *object, gsc_tensor *tensor)
{
    int status = 0;
    int64_t trained;
    GSC_TRY(gsc_h5_read_short_text(file, object, "axes", tensor->axes,
                                   sizeof tensor->axes));
    size_t words = gsc_checkpoint_count_words(tensor->axes);
    if (words != tensor->shape.rank)
        return gsc_h5_fail(file, object, "axes",
                           "'%s' names %zu dimensions, expected %zu", tensor->axes,
                           words, tensor->shape.rank);
    GSC_TRY(gsc_h5_read_integers(file, object, "trained", 0, 1, &trained));
    if (trained != 0 && trained != 1)
        return gsc_h5_fail(file, object, "trained", "is %" PRId64 ", expected 0 or 1",
                           trained);
    tensor->trained = trained == 1;
out:
    return status;
}

static int
read_tensor(const gsc_h5 *file, const char *group, gsc_tensor *tensor, bool is_param,
            bool with_data)
{
    int status = 0;
    bool has_axes = true;
    char object[OBJECT_BYTES];
    gsc_h5_array array;
    snprintf(object, sizeof object, "%s/%s", group, tensor->name);
    GSC_TRY(read_shape(file, object, tensor, &array));
    if (is_param)
        GSC_TRY(read_param_attributes(file, object, tensor));
    else
        GSC_TRY(gsc_h5_has_attribute(file, object, "axes", &has_axes));
    if (!is_param && has_axes)
        GSC_TRY(gsc_h5_read_short_text(file, object, "axes", tensor->axes,
                                       sizeof tensor->axes));
    if (!with_data)
        return 0;
    tensor->data = gsc_new(gsc_h5_count(&array), gsc_type_size(tensor->type));
    if (!tensor->data)
        return GSC_EMEMORY;
    GSC_TRY(gsc_h5_read(file, object, NULL, &array, tensor->data));
out:
    return status;
}

static int
read_tensors(const gsc_h5 *file, const char *group, bool with_data,
             gsc_tensor **tensors, size_t *count)
{
    int status = 0;
    gsc_h5_names names;
    bool is_param = strcmp(group, "/params") == 0;
    GSC_TRY(gsc_h5_list(file, group, &names));
    GSC_NEW(*tensors, names.count);
    for (*count = 0; *count < names.count;) {
        gsc_tensor *tensor = &(*tensors)[*count];
        snprintf(tensor->name, sizeof tensor->name, "%s", names.names[*count]);
        ++*count; /* now gsc_checkpoint_free sees it */
        GSC_TRY(read_tensor(file, group, tensor, is_param, with_data));
    }
out:
    gsc_h5_names_free(&names);
    return status;
}

static int
read_state(const gsc_h5 *file, gsc_checkpoint *checkpoint)
{
    gsc_h5_kind kind;
    int status = gsc_h5_kind_of(file, "/state", &kind);
    if (status < 0 || kind == GSC_H5_NOTHING)
        return status;
    return read_tensors(file, "/state", true, &checkpoint->state,
                        &checkpoint->num_state);
}

/* ---- History ---- */

/* The columns in the order that the attribute tells, else `step` and the others as
 * sorted. `words` is room for the order's text. */
static int
order_columns(const gsc_h5 *file, const char *object, const gsc_h5_names *names,
              char words[ORDER_BYTES], const char **columns, size_t *num_columns)
{
    int status = 0;
    bool has;
    *num_columns = 0;
    if (names->count > GSC_MAX_COLUMNS)
        return gsc_h5_fail(file, object, NULL, "%zu columns, expected at most %d",
                           names->count, GSC_MAX_COLUMNS);
    GSC_TRY(gsc_h5_has_attribute(file, object, "columns", &has));
    if (has) {
        GSC_TRY(gsc_h5_read_short_text(file, object, "columns", words, ORDER_BYTES));
        char *rest = NULL;
        for (char *word = strtok_r(words, " ", &rest);
             word && *num_columns < GSC_MAX_COLUMNS; word = strtok_r(NULL, " ", &rest))
            columns[(*num_columns)++] = word;
    } else {
        columns[(*num_columns)++] = "step";
        for (size_t i = 0; i < names->count && *num_columns < GSC_MAX_COLUMNS; i++)
            if (strcmp(names->names[i], "step") != 0)
                columns[(*num_columns)++] = names->names[i];
    }
    /* Each is read by its name, so equal numbers of distinct names are equal sets. */
    if (*num_columns != names->count)
        return gsc_h5_fail(file, object, NULL, "%zu datasets, expected %zu columns",
                           names->count, *num_columns);
out:
    return status;
}

static void
name_column(char object[OBJECT_BYTES], const gsc_table *table, size_t column)
{
    snprintf(object, OBJECT_BYTES, "/history/%s/%s", table->name,
             table->columns[column]);
}

/* A row has all columns, so one long column makes a large table: all have to be as long
 * before there is memory for it. */
static int
check_lengths(const gsc_h5 *file, const gsc_table *table)
{
    int status = 0;
    char object[OBJECT_BYTES];
    size_t num_rows = 0;
    gsc_h5_array array;
    for (size_t i = 0; i < table->num_columns; i++) {
        name_column(object, table, i);
        GSC_TRY(gsc_h5_expect(file, object, NULL,
                              i == 0 ? GSC_H5_INT64 : GSC_H5_FLOAT64, 1, &array));
        if (i == 0)
            num_rows = array.dims[0];
        if (array.dims[0] != num_rows)
            return gsc_h5_fail(file, object, NULL,
                               "%zu values, expected %zu as in step", array.dims[0],
                               num_rows);
    }
out:
    return status;
}

static int
read_column(const gsc_h5 *file, gsc_table *table, size_t column)
{
    char object[OBJECT_BYTES];
    void *data = NULL;
    size_t count, n = table->num_columns;
    name_column(object, table, column);
    int status = gsc_h5_read_vector(
        file, object, NULL, column == 0 ? GSC_H5_INT64 : GSC_H5_FLOAT64, &data, &count);
    if (status < 0)
        return status;
    if (column == 0) {
        table->values = gsc_new(count, n * sizeof *table->values);
        table->num_rows = table->room = table->values ? count : 0;
        status = table->values ? 0 : GSC_EMEMORY;
    }
    const int64_t *steps = data;
    const double *values = data;
    for (size_t row = 0; status == 0 && row < count; row++)
        table->values[row * n + column] =
            column == 0 ? (double)steps[row] : values[row];
    free(data);
    return status;
}

static int
check_steps(const gsc_h5 *file, const char *object, const gsc_table *table)
{
    double last = -1;
    for (size_t row = 0; row < table->num_rows; row++) {
        double step = table->values[row * table->num_columns];
        if (step <= last)
            return gsc_h5_fail(file, object, NULL,
                               "row %zu has step %.0f, expected more than %.0f", row,
                               step, last);
        last = step;
    }
    return 0;
}

static int
read_table(const gsc_h5 *file, const char *name, gsc_table *table)
{
    int status = 0;
    char object[OBJECT_BYTES], words[ORDER_BYTES];
    const char *columns[GSC_MAX_COLUMNS];
    size_t num_columns;
    gsc_h5_names names;
    snprintf(object, sizeof object, "/history/%s", name);
    GSC_TRY(gsc_h5_list(file, object, &names));
    GSC_TRY(order_columns(file, object, &names, words, columns, &num_columns));
    if (gsc_table_init(table, name, columns, num_columns) < 0) {
        status = gsc_h5_fail(file, object, NULL, "%s", gsc_error_text());
        goto out;
    }
    GSC_TRY(check_lengths(file, table));
    for (size_t i = 0; i < num_columns; i++)
        GSC_TRY(read_column(file, table, i));
    GSC_TRY(check_steps(file, object, table));
out:
    gsc_h5_names_free(&names);
    return status;
}

static int
read_history(const gsc_h5 *file, gsc_checkpoint *checkpoint)
{
    int status = 0;
    bool has;
    gsc_h5_names names = {0};
    GSC_TRY(gsc_h5_list(file, "/history", &names));
    GSC_TRY(gsc_h5_has_attribute(file, "/history", "since", &has));
    if (has)
        GSC_TRY(gsc_h5_read_integers(file, "/history", "since", 0, 1,
                                     &checkpoint->history_since));
    GSC_NEW(checkpoint->history, names.count);
    for (size_t i = 0; i < names.count; i++)
        GSC_TRY(read_table(file, names.names[i],
                           &checkpoint->history[checkpoint->num_tables++]));
out:
    gsc_h5_names_free(&names);
    return status;
}

/* ---- Provenance ---- */

/* Notes have a digest of their own since version 2.1. */
static int
check_provenance(const gsc_h5 *file, const gsc_checkpoint *c)
{
    int status = 0;
    bool has;
    char is[GSC_DIGEST_BYTES], should[GSC_DIGEST_BYTES];
    GSC_TRY(gsc_h5_has_attribute(file, "/provenance", "sha256", &has));
    if (!has)
        return 0;
    GSC_TRY(gsc_h5_read_short_text(file, "/provenance", "sha256", is, sizeof is));
    gsc_provenance_digest(c->provenance, c->num_provenance, should);
    if (strcmp(is, should) != 0)
        return gsc_h5_fail(file, "/provenance", "sha256",
                           "its notes have the SHA-256 %.12s…, expected %.12s…: they "
                           "are damaged, or another program has rewritten them and "
                           "left the attribute",
                           should, is);
out:
    return status;
}

static int
read_provenance(const gsc_h5 *file, gsc_checkpoint *checkpoint)
{
    int status = 0;
    gsc_h5_names names;
    GSC_TRY(gsc_h5_list(file, "/provenance", &names));
    GSC_NEW(checkpoint->provenance, names.count);
    for (size_t i = 0; i < names.count; i++) {
        char object[OBJECT_BYTES], *name, *text;
        gsc_provenance_item *note =
            &checkpoint->provenance[checkpoint->num_provenance++];
        GSC_NEW(name, GSC_NAME_BYTES);
        note->name = strcpy(name, names.names[i]);
        snprintf(object, sizeof object, "/provenance/%s", name);
        GSC_TRY(gsc_h5_read_text(file, object, NULL, &text));
        note->text = text;
    }
    GSC_TRY(check_provenance(file, checkpoint));
out:
    gsc_h5_names_free(&names);
    return status;
}

/* ---- The file ---- */

static int
read_data(const gsc_h5 *file, gsc_checkpoint *checkpoint, unsigned parts,
          int64_t version)
{
    if (!(parts & (GSC_READ_DATA | GSC_READ_FIELD_SHAPES)))
        return 0;
    return version < 2 ? gsc_checkpoint_read_former_task(file, checkpoint)
                       : gsc_checkpoint_read_data(file, checkpoint,
                                                  (parts & GSC_READ_DATA) != 0);
}

static int
read_parts(const gsc_h5 *file, gsc_checkpoint *checkpoint, unsigned parts,
           int64_t version)
{
    int status = 0;
    GSC_TRY(read_root(file, checkpoint));
    GSC_TRY(read_data(file, checkpoint, parts, version));
    if (parts & (GSC_READ_PARAMS | GSC_READ_PARAM_SHAPES))
        GSC_TRY(read_tensors(file, "/params", (parts & GSC_READ_PARAMS) != 0,
                             &checkpoint->params, &checkpoint->num_params));
    if (parts & GSC_READ_HISTORY)
        GSC_TRY(read_history(file, checkpoint));
    if (parts & GSC_READ_STATE)
        GSC_TRY(read_state(file, checkpoint));
    if (parts & GSC_READ_PROVENANCE)
        GSC_TRY(read_provenance(file, checkpoint));
out:
    return status;
}

/* A copy of step 40 under the name of step 60 is not step 60. */
static int
check_name(const char *path, int64_t step)
{
    int64_t named;
    if (!gsc_run_is_step_file(path, &named) || named == step)
        return 0;
    return gsc_fail(GSC_EFORMAT,
                    "%s: is step %lld by its name, but step %lld by what it holds; "
                    "rename it, or fetch the right file",
                    path, (long long)named, (long long)step);
}

static atomic_bool is_unverified;

void
gsc_checkpoint_verify(bool wanted)
{
    is_unverified = !wanted;
}

int
gsc_checkpoint_read(gsc_checkpoint *checkpoint, const char *path, unsigned parts)
{
    int status = 0;
    bool found = false;
    int64_t version[2] = {0, 0};
    gsc_h5 *file = NULL;
    *checkpoint = (gsc_checkpoint){.history_since = -1};
    if (!is_unverified)
        GSC_TRY(gsc_trailer_check(path, &found));
    GSC_TRY(gsc_h5_open(&file, path));
    if (found)
        gsc_h5_set_sealed(file);
    GSC_TRY(check_identity(file, path, version));
    GSC_TRY(read_parts(file, checkpoint, parts, version[0]));
    GSC_TRY(check_name(path, checkpoint->step));
out:
    gsc_h5_close(file);
    return status;
}
