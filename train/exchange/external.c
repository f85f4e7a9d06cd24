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

static int
read_whole(gsc_external *f)
{
    int status = 0;
    size_t length;
    GSC_TRY(gsc_text_read_file(f->path, MOST_BYTES, &f->data, &length));
    const unsigned char *data = (unsigned char *)f->data;
    if (gsc_npy_begins(data, length))
        return read_npy(f, length);
    /* The length of a safetensors header is small: its highest byte is 0. */
    bool has_header = length > 8 && data[7] == 0 && data[8] == '{';
    if (!has_header && length > 0 && data[0] && strchr("{[ \t\r\n", data[0]))
        return gsc_json_value(&f->arena, f->data, length, &f->root);
    if (length > 1 && data[0] == 0x80 && data[1] >= 2 && data[1] <= 5)
        return gsc_fail(GSC_EFORMAT,
                        "a bare pickle, such as torch.save wrote before PyTorch 1.6; "
                        "load it there and save it again");
    if (has_header)
        return gsc_safetensors_read(&f->arena, data, length, &f->root, &f->metadata);
    return gsc_fail(GSC_EFORMAT, "expected a PyTorch archive, safetensors, npz, npy or "
                                 "JSON");
out:
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
    GSC_TRY(allocate(file, path));
    GSC_TRY(begins_as_zip(path, &is_zip));
    status = is_zip ? read_zip(*file) : read_whole(*file);
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
