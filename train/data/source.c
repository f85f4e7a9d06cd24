/* Fields whose numbers lie in files of others. */
#include "train/data/source.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/text.h"

#include "train/base/file.h"
#include "train/base/sha256.h"
#include "train/data/idx.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Of a file that is read whole to take its SHA-256. */
enum { MOST_BYTES = 0x7fffffff };

static int
hash_file(const char *path, char sha256[65])
{
    int status = 0;
    unsigned char sum[GSC_SHA256_BYTES];
    char *data = NULL;
    size_t length;
    GSC_TRY(gsc_text_read_file(path, MOST_BYTES, &data, &length));
    gsc_sha256(data, length, sum);
    for (size_t i = 0; i < sizeof sum; i++)
        snprintf(sha256 + 2 * i, 3, "%02x", sum[i]);
out:
    free(data);
    return status;
}

/* All axes after the first are one. */
static size_t
width_of(const gsc_idx *idx)
{
    size_t width = 1;
    for (size_t i = 1; i < idx->rank; i++)
        width *= idx->dims[i];
    return width;
}

static int
describe(gsc_data_source *source, const char *path, const char *reader)
{
    int status = 0;
    char *whole = realpath(path, NULL);
    if (!whole)
        return gsc_file_fail_reading(path, errno);
    if (strlen(whole) >= sizeof source->path)
        status = gsc_fail(GSC_EARGUMENT, "%s: the path is too long", path);
    else
        snprintf(source->path, sizeof source->path, "%s", whole);
    free(whole);
    GSC_TRY(status);
    snprintf(source->reader, sizeof source->reader, "%s", reader);
    GSC_TRY(hash_file(source->path, source->sha256));
out:
    return status;
}

int
gsc_source_add_idx(gsc_dataset *dataset, const char *name, const char *path,
                   size_t rank, size_t num_values)
{
    int status = 0;
    size_t at = dataset->num_fields;
    gsc_idx idx;
    GSC_TRY(gsc_idx_read(&idx, path, rank));
    if (at > 0 && idx.dims[0] != dataset->num_examples) {
        status = gsc_fail(GSC_EFORMAT, "%s: has %zu examples, expected %zu", path,
                          idx.dims[0], dataset->num_examples);
        goto out;
    }
    dataset->num_examples = idx.dims[0];
    GSC_TRY(gsc_dataset_add_field(dataset, name, GSC_FIELD_UINT8,
                                  (gsc_shape){1, {width_of(&idx)}}, num_values, NULL));
    free(dataset->owned[at]);
    dataset->fields[at].data = dataset->owned[at] = idx.data;
    idx.data = NULL;
    GSC_TRY(describe(&dataset->sources[at], path, "idx"));
out:
    gsc_idx_free(&idx);
    return status;
}

/* ---- Reading again ---- */

static int
check_file(const gsc_field *field, const gsc_data_source *source)
{
    int status = 0;
    char sha256[65] = "";
    if (access(source->path, F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR))
        return gsc_fail(GSC_EFORMAT,
                        "/data/%s: %s is not there: this checkpoint names the file and "
                        "does not hold it. Put it back, or link it there",
                        field->name, source->path);
    GSC_TRY(hash_file(source->path, sha256));
    if (strcmp(sha256, source->sha256) != 0)
        status = gsc_fail(GSC_EFORMAT,
                          "/data/%s: %s is another file now: its SHA-256 is %.12s…, "
                          "expected %.12s…",
                          field->name, source->path, sha256, source->sha256);
out:
    return status;
}

static int
load_idx(gsc_dataset *dataset, size_t at)
{
    int status = 0;
    gsc_field *field = &dataset->fields[at];
    const gsc_data_source *source = &dataset->sources[at];
    gsc_idx idx = {.rank = 0};
    size_t rank = field->num_values > 0 ? 1 : 3; /* labels, images */
    if (strcmp(source->reader, "idx") != 0)
        return gsc_fail(GSC_EFORMAT, "/data/%s: no reader '%s'; there is idx",
                        field->name, source->reader);
    GSC_TRY(check_file(field, source));
    GSC_TRY(gsc_idx_read(&idx, source->path, rank));
    if (idx.dims[0] != dataset->num_examples ||
        width_of(&idx) != gsc_shape_count(field->shape))
        status = gsc_fail(GSC_EFORMAT,
                          "/data/%s: %s has %zu examples of %zu bytes, "
                          "expected %zu of %zu",
                          field->name, source->path, idx.dims[0], width_of(&idx),
                          dataset->num_examples, gsc_shape_count(field->shape));
    else
        field->data = dataset->owned[at] = idx.data;
    if (status < 0)
        gsc_idx_free(&idx);
out:
    return status;
}

int
gsc_source_load(gsc_dataset *dataset)
{
    int status = 0;
    for (size_t i = 0; i < dataset->num_fields; i++)
        if (*dataset->sources[i].path && !dataset->fields[i].data)
            GSC_TRY(load_idx(dataset, i));
out:
    return status;
}
