/* A checkpoint as an HDF5 file: writing, and what is common to it. */
#include "grokscope/checkpoint.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/text.h"

#include "train/base/file.h"
#include "train/checkpoint/checkpoint_image.h"
#include "train/checkpoint/provenance_digest.h"
#include "train/checkpoint/trailer.h"
#include "train/hdf5/h5.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room for "/history/" and two names. */
enum { OBJECT_BYTES = 2 * GSC_NAME_BYTES + 16 };

void
gsc_checkpoint_free(gsc_checkpoint *checkpoint)
{
    free(checkpoint->config);
    gsc_dataset_free(&checkpoint->dataset);
    gsc_facets_free(&checkpoint->facets);
    for (size_t i = 0; i < checkpoint->num_params; i++)
        free(checkpoint->params[i].data);
    free(checkpoint->params);
    for (size_t i = 0; i < checkpoint->num_tables; i++)
        gsc_table_free(&checkpoint->history[i]);
    free(checkpoint->history);
    for (size_t i = 0; i < checkpoint->num_state; i++)
        free(checkpoint->state[i].data);
    free(checkpoint->state);
    for (size_t i = 0; i < checkpoint->num_provenance; i++) {
        free((char *)checkpoint->provenance[i].name);
        free((char *)checkpoint->provenance[i].text);
    }
    free(checkpoint->provenance);
    *checkpoint = (gsc_checkpoint){0};
}

const gsc_tensor *
gsc_checkpoint_param(const gsc_checkpoint *checkpoint, const char *name)
{
    for (size_t i = 0; i < checkpoint->num_params; i++)
        if (strcmp(checkpoint->params[i].name, name) == 0)
            return &checkpoint->params[i];
    return NULL;
}

size_t
gsc_checkpoint_count_words(const char *axes)
{
    size_t count = axes[0] != '\0';
    for (const char *c = axes; *c; c++)
        count += *c == ' ';
    return count;
}

/* ---- What a caller gives ---- */

static int
check_name(const char *group, const char *name)
{
    size_t length = strlen(name);
    if (length == 0 || length >= GSC_NAME_BYTES)
        return gsc_fail(GSC_EARGUMENT, "%s: a name of %zu bytes, expected 1 to %d",
                        group, length, GSC_NAME_BYTES - 1);
    if (strchr(name, '/') || strcmp(name, ".") == 0)
        return gsc_fail(GSC_EARGUMENT, "%s: '%s' is no name of an object", group, name);
    return 0;
}

static int
check_tensor(const char *group, const gsc_tensor *tensor, bool needs_axes)
{
    int status = check_name(group, tensor->name);
    if (status < 0)
        return status;
    if (tensor->shape.rank > GSC_MAX_RANK)
        return gsc_fail(GSC_EARGUMENT, "%s/%s: rank is %zu, at most %d", group,
                        tensor->name, tensor->shape.rank, GSC_MAX_RANK);
    size_t words = gsc_checkpoint_count_words(tensor->axes);
    if (words != tensor->shape.rank && (needs_axes || words > 0))
        return gsc_fail(GSC_EARGUMENT, "%s/%s: axes '%s' name %zu of %zu dimensions",
                        group, tensor->name, tensor->axes, words, tensor->shape.rank);
    return 0;
}

static int
check_checkpoint(const gsc_checkpoint *checkpoint)
{
    int status = 0;
    if (checkpoint->step < 0)
        return gsc_fail(GSC_EARGUMENT, "step %lld is negative",
                        (long long)checkpoint->step);
    if (!checkpoint->config)
        return gsc_fail(GSC_EARGUMENT, "a checkpoint without configuration");
    for (size_t i = 0; i < checkpoint->num_params; i++)
        GSC_TRY(check_tensor("/params", &checkpoint->params[i], true));
    for (size_t i = 0; i < checkpoint->num_state; i++)
        GSC_TRY(check_tensor("/state", &checkpoint->state[i], false));
    for (size_t i = 0; i < checkpoint->num_provenance; i++)
        GSC_TRY(check_name("/provenance", checkpoint->provenance[i].name));
out:
    return status;
}

/* ---- Parts of the file ---- */

static int
add_root(gsc_h5 *file, const gsc_checkpoint *checkpoint)
{
    int status = 0;
    const int64_t version[] = {GSC_FORMAT_MAJOR, GSC_FORMAT_MINOR};
    GSC_TRY(gsc_h5_add_text(file, "/", "format", "grokscope"));
    GSC_TRY(gsc_checkpoint_add_vector(file, "/", "version", GSC_H5_INT64, 2, version));
    GSC_TRY(gsc_checkpoint_add_integer(file, "/", "step", checkpoint->step));
    GSC_TRY(gsc_h5_add_text(file, "/config", NULL, checkpoint->config));
out:
    return status;
}

static int
add_tensor(gsc_h5 *file, const char *group, const gsc_tensor *tensor, bool is_param)
{
    int status = 0;
    char object[OBJECT_BYTES];
    gsc_h5_array array = {tensor->type == GSC_FLOAT32 ? GSC_H5_FLOAT32 : GSC_H5_FLOAT64,
                          tensor->shape.rank,
                          {0}};
    for (size_t i = 0; i < array.rank; i++)
        array.dims[i] = tensor->shape.dims[i];
    snprintf(object, sizeof object, "%s/%s", group, tensor->name);
    GSC_TRY(gsc_h5_add_array(file, object, NULL, &array, tensor->data));
    if (is_param || tensor->axes[0])
        GSC_TRY(gsc_h5_add_text(file, object, "axes", tensor->axes));
    if (is_param)
        GSC_TRY(gsc_checkpoint_add_integer(file, object, "trained", tensor->trained));
out:
    return status;
}

static int
add_tensors(gsc_h5 *file, const char *group, const gsc_tensor *tensors, size_t count,
            bool is_param)
{
    int status = 0;
    GSC_TRY(gsc_h5_add_group(file, group));
    for (size_t i = 0; i < count; i++)
        GSC_TRY(add_tensor(file, group, &tensors[i], is_param));
out:
    return status;
}

static int
add_notes(gsc_h5 *file, const gsc_provenance_item *notes, size_t count)
{
    int status = 0;
    char object[OBJECT_BYTES], digest[GSC_DIGEST_BYTES];
    GSC_TRY(gsc_h5_add_group(file, "/provenance"));
    for (size_t i = 0; i < count; i++) {
        snprintf(object, sizeof object, "/provenance/%s", notes[i].name);
        GSC_TRY(gsc_h5_add_text(file, object, NULL, notes[i].text));
    }
    gsc_provenance_digest(notes, count, digest);
    GSC_TRY(gsc_h5_add_text(file, "/provenance", "sha256", digest));
out:
    return status;
}

static int
add_all(gsc_h5 *file, const gsc_checkpoint *checkpoint)
{
    int status = 0;
    GSC_TRY(add_root(file, checkpoint));
    GSC_TRY(gsc_checkpoint_add_data(file, checkpoint));
    GSC_TRY(
        add_tensors(file, "/params", checkpoint->params, checkpoint->num_params, true));
    GSC_TRY(
        gsc_checkpoint_add_history(file, checkpoint->history, checkpoint->num_tables));
    if (checkpoint->history_since >= 0)
        GSC_TRY(gsc_checkpoint_add_integer(file, "/history", "since",
                                           checkpoint->history_since));
    if (checkpoint->num_state > 0)
        GSC_TRY(add_tensors(file, "/state", checkpoint->state, checkpoint->num_state,
                            false));
    GSC_TRY(add_notes(file, checkpoint->provenance, checkpoint->num_provenance));
out:
    return status;
}

int
gsc_checkpoint_image(const gsc_checkpoint *checkpoint, const char *path, void **image,
                     size_t *length)
{
    int status = check_checkpoint(checkpoint);
    gsc_h5 *file = NULL;
    *image = NULL;
    if (status < 0)
        return gsc_fail_in(status, path);
    GSC_TRY(gsc_h5_create(&file, path));
    GSC_TRY(add_all(file, checkpoint));
    GSC_TRY(gsc_h5_image(file, GSC_TRAILER_BYTES, image, length));
    gsc_h5_close(file); /* its own image is as large */
    file = NULL;
    gsc_trailer_add(*image, length);
out:
    gsc_h5_close(file);
    if (status < 0) {
        free(*image);
        *image = NULL;
    }
    return status;
}

int
gsc_checkpoint_write(const gsc_checkpoint *checkpoint, const char *path)
{
    int status = 0;
    void *image = NULL;
    size_t length;
    GSC_TRY(gsc_checkpoint_image(checkpoint, path, &image, &length));
    GSC_TRY(gsc_file_write(path, image, length));
out:
    free(image);
    return status;
}
