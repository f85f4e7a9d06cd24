/* Files of other programs. */
#include "train/exchange/external.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/text.h"

#include "train/base/file.h"
#include "train/base/message.h"
#include "train/exchange/arena.h"
#include "train/exchange/array.h"
#include "train/exchange/json_value.h"
#include "train/exchange/npy.h"
#include "train/exchange/safetensors.h"
#include "train/exchange/torch_archive.h"
#include "train/exchange/zip.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Files that are read as a whole; a zip's entries are read one by one. */
#define MOST_BYTES ((size_t)8 << 30)

/* Of JSON every byte may make a value of ours, which is a hundred times as large. */
enum {
    MOST_JSON = 64 << 20,
    MOST_SAFETENSORS_HEADER = 100000000,
    FIRST_BYTES = 1 << 17 /* an .npy's header and what stands before it */
};

typedef enum file_form { NPY, SAFETENSORS, JSON } file_form;

struct gsc_external {
    char *path;
    gsc_arena arena;
    gsc_zip *zip;
    char *data;
    gsc_value *root, *metadata;
};

/* ---- By form ---- */

static int
read_zip(gsc_external *f)
{
    int status = 0;
    gsc_zip_entry pickle;
    bool is_torch;
    GSC_TRY(gsc_zip_open(&f->zip, f->path));
    GSC_TRY(gsc_torch_find(f->zip, &pickle, &is_torch));
    GSC_TRY(is_torch ? gsc_torch_read(&f->arena, f->zip, &pickle, &f->root)
                     : gsc_npz_read(&f->arena, f->zip, &f->root));
out:
    return status;
}

static int
read_npy(gsc_external *f, size_t length)
{
    gsc_value *value = f->root = gsc_arena_new(&f->arena, 1, sizeof *value);
    gsc_array *array = gsc_arena_new(&f->arena, 1, sizeof *array);
    if (!value || !array)
        return GSC_EMEMORY;
    *value = (gsc_value){.kind = GSC_VALUE_ARRAY, .array = array};
    return gsc_npy_read((unsigned char *)f->data, length, array);
}

/* The first `most` bytes of a file, or all of it where it is shorter. */
static int
read_first(const char *path, size_t most, unsigned char **data, size_t *length)
{
    int status = 0;
    FILE *file = fopen(path, "rb");
    *data = NULL;
    if (!file)
        return gsc_file_fail_reading(path, errno);
    GSC_NEW(*data, most + 1);
    *length = fread(*data, 1, most, file);
    if (ferror(file))
        status = gsc_file_fail_reading(path, errno);
out:
    fclose(file);
    return status;
}

/* The header alone says whether the file is as long as its tensors. */
static int
judge_safetensors(const char *path, size_t header_bytes, size_t length)
{
    int status = 0;
    gsc_arena arena = {.newest = NULL};
    gsc_value *root, *metadata = NULL;
    unsigned char *data = NULL;
    size_t got;
    if (header_bytes > MOST_SAFETENSORS_HEADER || header_bytes > length - 8)
        return gsc_fail(GSC_EFORMAT, "a header of %zu bytes in a file of %zu",
                        header_bytes, length);
    GSC_TRY(read_first(path, 8 + header_bytes, &data, &got));
    if (got < 8 + header_bytes)
        status = gsc_fail(GSC_EFORMAT, "ends after %zu bytes", got);
    else
        status = gsc_safetensors_read(&arena, data, length, &root, &metadata);
out:
    free(data);
    gsc_arena_free(&arena);
    return status;
}

/* Which form the first bytes tell, and whether the file's length is what its header
 * says: what is neither is not read further. */
static int
judge_form(const char *path, const unsigned char *first, size_t got, size_t length,
           file_form *form)
{
    uint64_t header_bytes = 0;
    gsc_array array;
    for (size_t i = 8; got > 8 && i-- > 0;)
        header_bytes = header_bytes << 8 | first[i];
    *form = NPY;
    if (gsc_npy_begins(first, got))
        return gsc_npy_read(first, length, &array);
    /* The length of a safetensors header is small: its highest byte is 0. */
    *form = SAFETENSORS;
    if (got > 8 && first[7] == 0 && first[8] == '{')
        return judge_safetensors(path, (size_t)header_bytes, length);
    *form = JSON;
    if (got > 0 && first[0] && strchr("{[ \t\r\n", first[0]))
        return length <= MOST_JSON
                   ? 0
                   : gsc_fail(GSC_EFORMAT, "JSON of %zu bytes, expected at most %d",
                              length, MOST_JSON);
    if (got > 1 && first[0] == 0x80 && first[1] >= 2 && first[1] <= 5)
        return gsc_fail(GSC_EFORMAT,
                        "a bare pickle, such as torch.save wrote before PyTorch 1.6; "
                        "load it there and save it again");
    return gsc_fail(GSC_EFORMAT, "expected a PyTorch archive, safetensors, npz, npy or "
                                 "JSON");
}

static int
read_whole(gsc_external *f, size_t bytes)
{
    int status = 0;
    size_t length;
    unsigned char *first = NULL;
    file_form form;
    GSC_TRY(read_first(f->path, FIRST_BYTES, &first, &length));
    GSC_TRY(judge_form(f->path, first, length, bytes, &form));
    GSC_TRY(gsc_text_read_file(f->path, MOST_BYTES, &f->data, &length));
    if (length != bytes)
        status = gsc_fail(GSC_EFORMAT, "has changed while it was read");
    else if (form == NPY)
        status = read_npy(f, length);
    else if (form == JSON)
        status = gsc_json_value(&f->arena, f->data, length, &f->root);
    else
        status = gsc_safetensors_read(&f->arena, (unsigned char *)f->data, length,
                                      &f->root, &f->metadata);
out:
    free(first);
    return status;
}

static int
begins_as_zip(const char *path, bool *is_zip)
{
    int status = 0;
    char first[2] = "";
    FILE *file = fopen(path, "rb");
    if (!file)
        return gsc_file_fail_reading(path, errno);
    *is_zip = fread(first, 1, 2, file) == 2 && memcmp(first, "PK", 2) == 0;
    if (ferror(file))
        status = gsc_file_fail_reading(path, errno);
    fclose(file);
    return status;
}

static int
allocate(gsc_external **out, const char *path)
{
    int status = 0;
    gsc_external *f;
    *out = NULL;
    GSC_NEW(f, 1);
    *out = f;
    f->path = gsc_copy_text(path);
    if (!f->path)
        status = GSC_EMEMORY;
out:
    return status;
}

/* The file's name stands once before the message. */
static int
fail_in_file(int status, const char *path)
{
    return gsc_message_after(gsc_error_text(), path) ? status
                                                     : gsc_fail_in(status, path);
}

int
gsc_external_open(gsc_external **file, const char *path)
{
    int status = 0;
    bool is_zip = false;
    size_t bytes = 0;
    GSC_TRY(allocate(file, path));
    GSC_TRY(gsc_text_judge_file(path, MOST_BYTES, &bytes));
    GSC_TRY(begins_as_zip(path, &is_zip));
    status = is_zip ? read_zip(*file) : read_whole(*file, bytes);
out:
    if (status < 0) {
        gsc_external_close(*file);
        *file = NULL;
        return fail_in_file(status, path);
    }
    return 0;
}

int
gsc_external_open_json(gsc_external **file, const char *text, const char *name)
{
    int status = 0;
    GSC_TRY(allocate(file, name));
    GSC_TRY(gsc_json_value(&(*file)->arena, text, strlen(text), &(*file)->root));
out:
    if (status < 0) {
        gsc_external_close(*file);
        *file = NULL;
        return fail_in_file(status, name);
    }
    return 0;
}

void
gsc_external_close(gsc_external *file)
{
    if (!file)
        return;
    gsc_zip_close(file->zip);
    gsc_arena_free(&file->arena);
    free(file->data);
    free(file->path);
    free(file);
}

const gsc_value *
gsc_external_root(const gsc_external *file)
{
    return file->root;
}

const gsc_value *
gsc_external_metadata(const gsc_external *file)
{
    return file->metadata;
}

int
gsc_external_tensor(const gsc_external *file, const gsc_array *array,
                    gsc_tensor *tensor)
{
    int status = 0;
    unsigned char *entry_data = NULL;
    gsc_zip_entry entry;
    tensor->data = NULL;
    if (!array->data) {
        GSC_TRY(gsc_zip_inspect(file->zip, array->entry, &entry));
        if (entry.bytes != array->bytes)
            return gsc_fail(GSC_EFORMAT, "%s: %s has changed", file->path, entry.name);
        GSC_TRY(gsc_zip_read(file->zip, &entry, &entry_data));
    }
    status = gsc_array_convert(array, entry_data ? entry_data : array->data, tensor);
    if (status < 0)
        status = gsc_fail_in(status, file->path);
out:
    free(entry_data);
    return status;
}
