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

enum { OBJECT_BYTES = 2 * GSC_NAME_BYTES + 16 }; /* "/params/" and a name */

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
        GSC_TRY(gsc_checkpoint_read_history(file, checkpoint));
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
