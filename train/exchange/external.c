/* Files of other programs. */
#include "train/exchange/external.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/text.h"

#include "train/base/file.h"
#include "train/base/message.h"
#include "train/exchange/arena.h"
#include "train/exchange/array.h"
#include "train/exchange/file_form.h"
#include "train/exchange/json_value.h"
#include "train/exchange/keras.h"
#include "train/exchange/npy.h"
#include "train/exchange/pickle.h"
#include "train/exchange/safetensors.h"
#include "train/exchange/torch_archive.h"
#include "train/exchange/torch_legacy.h"
#include "train/exchange/torch_module.h"
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
    MOST_PICKLE = 32 << 20,
    MOST_SAFETENSORS_HEADER = 100000000,
    MOST_SHARDS = 256,
    MOST_SHARD_TENSORS = 1 << 13,
    FIRST_BYTES = 1 << 17 /* an .npy's header and what stands before it */
};

struct gsc_external {
    char *path;
    gsc_arena arena;
    gsc_zip *zip;
    char *data;
    gsc_value *root, *metadata;
    size_t num_shards;
    gsc_external **shards; /* the files whose index this is */
};

static int open_file(gsc_external **file, const char *path, bool may_be_index);

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

/* The index of a file that lies in several: {"weight_map": {name: file}}. */
static const gsc_value *
weight_map(const gsc_external *f)
{
    const gsc_value *map =
        f->root->kind == GSC_VALUE_DICT ? gsc_value_get(f->root, "weight_map") : NULL;
    return map && map->kind == GSC_VALUE_DICT && map->count > 0 ? map : NULL;
}

/* Whether the file is as long as its form and header say: what is not is not read
 * further. */
static int
judge_length(const char *path, const unsigned char *first, size_t length,
             gsc_file_form form)
{
    uint64_t header_bytes = 0;
    gsc_array array;
    size_t most = form == GSC_FORM_JSON ? MOST_JSON : MOST_PICKLE;
    if (form == GSC_FORM_NPY)
        return gsc_npy_read(first, length, &array);
    if (form == GSC_FORM_SAFETENSORS) {
        for (size_t i = 8; i-- > 0;)
            header_bytes = header_bytes << 8 | first[i];
        return judge_safetensors(path, (size_t)header_bytes, length);
    }
    if (form != GSC_FORM_TORCH_LEGACY && length > most)
        return gsc_fail(GSC_EFORMAT, "%s of %zu bytes, expected at most %zu",
                        form == GSC_FORM_JSON ? "JSON" : "a pickle", length, most);
    return 0;
}

/* What the whole bytes of a file hold. */
static int
read_bytes(gsc_external *f, size_t length, gsc_file_form form)
{
    size_t used;
    const unsigned char *data = (const unsigned char *)f->data;
    switch (form) {
    case GSC_FORM_NPY:
        return read_npy(f, length);
    case GSC_FORM_NPY_OBJECTS:
        return gsc_npy_read_objects(&f->arena, data, length, &f->root);
    case GSC_FORM_SAFETENSORS:
        return gsc_safetensors_read(&f->arena, data, length, &f->root, &f->metadata);
    case GSC_FORM_TORCH_LEGACY:
        return gsc_torch_legacy_read(&f->arena, data, length, &f->root);
    case GSC_FORM_PICKLE:
        return gsc_pickle_read(&f->arena, data, length, NULL, NULL, &f->root, &used);
    default:
        return gsc_json_value(&f->arena, f->data, length, &f->root);
    }
}

static int
read_whole(gsc_external *f, const unsigned char *first, size_t bytes,
           gsc_file_form form)
{
    int status = 0;
    size_t length;
    GSC_TRY(judge_length(f->path, first, bytes, form));
    GSC_TRY(gsc_text_read_file(f->path, MOST_BYTES, &f->data, &length));
    if (length != bytes)
        return gsc_fail(GSC_EFORMAT, "has changed while it was read");
    GSC_TRY(read_bytes(f, length, form));
out:
    return status;
}

/* ---- A file in several ---- */

/* A file of the index's own folder, by its plain name. */
static int
open_shard(gsc_external *f, const char *name, size_t *shard)
{
    int status = 0;
    const char *slash = strrchr(f->path, '/');
    gsc_text path = {0};
    if (strchr(name, '/') || *name == '.' || !*name)
        return gsc_fail(GSC_EFORMAT,
                        "weight_map: '%.60s' is no name of a file beside it", name);
    GSC_TRY(gsc_text_add(&path, "%.*s%s", slash ? (int)(slash - f->path) + 1 : 0,
                         f->path, name));
    for (*shard = 0; *shard < f->num_shards; ++*shard)
        if (strcmp(f->shards[*shard]->path, path.data) == 0)
            goto out;
    if (f->num_shards == MOST_SHARDS)
        status = gsc_fail(GSC_EFORMAT, "weight_map: more than %d files", MOST_SHARDS);
    else
        status = open_file(&f->shards[f->num_shards], path.data, false);
    f->num_shards += status == 0;
out:
    gsc_text_free(&path);
    return status;
}

static int
add_shard_array(gsc_external *f, const gsc_value *key, const gsc_value *name,
                gsc_value **value)
{
    int status = 0;
    size_t shard = 0;
    if (name->kind != GSC_VALUE_TEXT || key->kind != GSC_VALUE_TEXT)
        return gsc_fail(GSC_EFORMAT, "weight_map: expected names of files by tensors");
    GSC_TRY(open_shard(f, name->text, &shard));
    if (f->shards[shard]->root->count > MOST_SHARD_TENSORS)
        return gsc_fail(GSC_EFORMAT, "%.100s: more than %d tensors", name->text,
                        MOST_SHARD_TENSORS);
    const gsc_value *found = gsc_value_get(f->shards[shard]->root, key->text);
    if (!found || found->kind != GSC_VALUE_ARRAY)
        return gsc_fail(GSC_EFORMAT, "weight_map: %.100s has no tensor %.100s",
                        name->text, key->text);
    gsc_array *array = gsc_arena_new(&f->arena, 1, sizeof *array);
    *value = gsc_arena_new(&f->arena, 1, sizeof **value);
    if (!array || !*value)
        return GSC_EMEMORY;
    *array = *found->array;
    array->shard = shard + 1;
    **value = (gsc_value){.kind = GSC_VALUE_ARRAY, .array = array};
out:
    return status;
}

/* One dictionary of the tensors of all files that an index names. */
static int
read_shards(gsc_external *f, const gsc_value *map)
{
    int status = 0;
    gsc_value *dict = gsc_arena_new(&f->arena, 1, sizeof *dict);
    gsc_value **items = gsc_arena_new(&f->arena, map->count, 2 * sizeof *items);
    if (!dict || !items)
        return GSC_EMEMORY;
    if (map->count > MOST_SHARD_TENSORS)
        return gsc_fail(GSC_EFORMAT, "weight_map: more than %d tensors",
                        MOST_SHARD_TENSORS);
    GSC_NEW(f->shards, MOST_SHARDS);
    *dict = (gsc_value){.kind = GSC_VALUE_DICT, .items = items};
    for (size_t i = 0; i < map->count; i++) {
        items[2 * i] = map->items[2 * i];
        GSC_TRY(
            add_shard_array(f, items[2 * i], map->items[2 * i + 1], &items[2 * i + 1]));
        dict->count++;
    }
    f->root = dict;
out:
    return status;
}

/* ---- Opened ---- */

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

static int
read_file(gsc_external *f, size_t bytes, bool may_be_index)
{
    int status = 0;
    size_t length;
    unsigned char *first = NULL;
    gsc_file_form form;
    GSC_TRY(read_first(f->path, FIRST_BYTES, &first, &length));
    GSC_TRY(gsc_file_form_find(first, length, &form));
    if (form == GSC_FORM_ZIP)
        GSC_TRY(read_zip(f));
    else if (form == GSC_FORM_HDF5)
        GSC_TRY(gsc_keras_read(&f->arena, f->path, &f->root));
    else
        GSC_TRY(read_whole(f, first, bytes, form));
    if (form == GSC_FORM_JSON && may_be_index && weight_map(f))
        GSC_TRY(read_shards(f, weight_map(f)));
    GSC_TRY(gsc_torch_modules_flatten(&f->arena, f->root));
out:
    free(first);
    return status;
}

static int
open_file(gsc_external **file, const char *path, bool may_be_index)
{
    int status = 0;
    size_t bytes = 0;
    GSC_TRY(allocate(file, path));
    GSC_TRY(gsc_text_judge_file(path, MOST_BYTES, &bytes));
    GSC_TRY(read_file(*file, bytes, may_be_index));
out:
    if (status < 0) {
        gsc_external_close(*file);
        *file = NULL;
        return fail_in_file(status, path);
    }
    return 0;
}

int
gsc_external_open(gsc_external **file, const char *path)
{
    return open_file(file, path, true);
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
    for (size_t i = 0; i < file->num_shards; i++)
        gsc_external_close(file->shards[i]);
    free(file->shards);
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
    if (array->shard > 0)
        file = file->shards[array->shard - 1];
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
