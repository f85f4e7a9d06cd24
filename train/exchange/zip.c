/* Zip files, by libzip. */
#include "train/exchange/zip.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/text.h"

#include "train/base/file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zip.h>

/* Deflate makes at most 1032 bytes of one; more is a lie about the size. */
enum { MOST_RATIO = 1032 };

/* An entry is read as a whole; more than float64 elements as many as an array may have
 * (array.c) and a header is none of ours. */
static const uint64_t most_bytes = (UINT64_C(1) << 31) + (1 << 17);

/* 1980-01-01, the first day a zip file knows: equal contents make equal files. */
enum { FIRST_DATE = 0x21 };

struct gsc_zip {
    char *path;
    zip_t *handle;
    uint64_t bytes;
};

static int
fail_zip(const char *path, zip_error_t *error)
{
    if (zip_error_system_type(error) == ZIP_ET_SYS && zip_error_code_system(error) != 0)
        return gsc_file_fail_reading(path, zip_error_code_system(error));
    return gsc_fail(GSC_EFORMAT, "%s: %s", path, zip_error_strerror(error));
}

/* Entries that lie on each other would make any number of bytes of few. */
static int
check_apart(const gsc_zip *zip)
{
    uint64_t sum = 0;
    size_t count = gsc_zip_count(zip);
    zip_stat_t info;
    for (size_t i = 0; i < count; i++) {
        zip_stat_init(&info);
        if (zip_stat_index(zip->handle, i, 0, &info) != 0)
            return fail_zip(zip->path, zip_get_error(zip->handle));
        if (info.comp_size > zip->bytes - sum)
            return gsc_fail(GSC_EFORMAT,
                            "%s: its entries hold more than its %llu bytes", zip->path,
                            (unsigned long long)zip->bytes);
        sum += info.comp_size;
    }
    return 0;
}

int
gsc_zip_open(gsc_zip **out, const char *path)
{
    int status = 0, code = 0;
    struct stat info;
    gsc_zip *zip;
    *out = NULL;
    GSC_NEW(zip, 1);
    *out = zip;
    zip->path = gsc_copy_text(path);
    zip->bytes = stat(path, &info) == 0 ? (uint64_t)info.st_size : 0;
    zip->handle = zip_open(path, ZIP_RDONLY | ZIP_CHECKCONS, &code);
    int error_of_system = errno;
    if (!zip->path) {
        status = GSC_EMEMORY;
    } else if (!zip->handle) {
        zip_error_t error;
        errno = error_of_system; /* which the next call takes up */
        zip_error_init_with_code(&error, code);
        status = fail_zip(path, &error);
        zip_error_fini(&error);
    } else {
        status = check_apart(zip);
    }
out:
    return status;
}

void
gsc_zip_close(gsc_zip *zip)
{
    if (!zip)
        return;
    if (zip->handle)
        zip_discard(zip->handle);
    free(zip->path);
    free(zip);
}

size_t
gsc_zip_count(const gsc_zip *zip)
{
    zip_int64_t count = zip_get_num_entries(zip->handle, 0);
    return count > 0 ? (size_t)count : 0;
}

int
gsc_zip_inspect(const gsc_zip *zip, uint64_t index, gsc_zip_entry *entry)
{
    const zip_uint64_t needed =
        ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD;
    zip_stat_t info;
    zip_stat_init(&info);
    if (zip_stat_index(zip->handle, index, 0, &info) != 0)
        return fail_zip(zip->path, zip_get_error(zip->handle));
    if ((info.valid & needed) != needed || (info.valid & ZIP_STAT_ENCRYPTION_METHOD &&
                                            info.encryption_method != ZIP_EM_NONE))
        return gsc_fail(GSC_EFORMAT, "%s: entry %llu is encrypted or lacks its size",
                        zip->path, (unsigned long long)index);
    *entry = (gsc_zip_entry){.index = index,
                             .name = info.name,
                             .bytes = (size_t)info.size,
                             .is_stored = info.comp_method == ZIP_CM_STORE};
    uint64_t most = entry->is_stored ? info.comp_size : info.comp_size * MOST_RATIO;
    if (info.comp_size > zip->bytes || info.size > most ||
        (!entry->is_stored && info.size > most_bytes))
        return gsc_fail(GSC_EFORMAT,
                        "%s: %s has %llu bytes, more than a file of %llu holds",
                        zip->path, info.name, (unsigned long long)info.size,
                        (unsigned long long)zip->bytes);
    return 0;
}

int
gsc_zip_find(const gsc_zip *zip, const char *name, gsc_zip_entry *entry, bool *found)
{
    zip_int64_t index = zip_name_locate(zip->handle, name, 0);
    *found = index >= 0;
    return *found ? gsc_zip_inspect(zip, (uint64_t)index, entry) : 0;
}

int
gsc_zip_read(const gsc_zip *zip, const gsc_zip_entry *entry, unsigned char **out_data)
{
    int status = 0;
    unsigned char *data = NULL;
    zip_file_t *file = zip_fopen_index(zip->handle, entry->index, 0);
    if (!file)
        return fail_zip(zip->path, zip_get_error(zip->handle));
    GSC_NEW(data, entry->bytes + 1);
    zip_int64_t got = zip_fread(file, data, entry->bytes);
    /* The checksum is compared where the end is read. */
    if (got < 0 || zip_fread(file, data + entry->bytes, 1) < 0)
        status = fail_zip(zip->path, zip_file_get_error(file));
    else if ((size_t)got != entry->bytes)
        status = gsc_fail(GSC_EFORMAT, "%s: %s: %lld bytes, expected %zu", zip->path,
                          entry->name, (long long)got, entry->bytes);
    data[entry->bytes] = '\0';
    if (status < 0)
        goto out;
    *out_data = data;
    data = NULL;
out:
    free(data);
    zip_fclose(file);
    return status;
}

/* ---- Written ---- */

static int
add_member(zip_t *zip, const gsc_zip_member *member)
{
    zip_source_t *source = zip_source_buffer(zip, member->data, member->bytes, 0);
    zip_int64_t index = source ? zip_file_add(zip, member->name, source, 0) : -1;
    if (source && index < 0)
        zip_source_free(source);
    if (index < 0 ||
        zip_set_file_compression(zip, (zip_uint64_t)index, ZIP_CM_STORE, 0) != 0 ||
        zip_file_set_dostime(zip, (zip_uint64_t)index, 0, FIRST_DATE, 0) != 0)
        return gsc_fail(GSC_EMEMORY, "%s: %s", member->name, zip_strerror(zip));
    return 0;
}

/* The bytes that closing the zip has left in its source. */
static int
take_image(zip_source_t *source, void **image, size_t *length)
{
    int status = 0;
    zip_stat_t info;
    char *bytes = NULL;
    zip_stat_init(&info);
    if (zip_source_stat(source, &info) != 0 || zip_source_open(source) != 0)
        return fail_zip("zip", zip_source_error(source));
    GSC_NEW(bytes, info.size);
    if (zip_source_read(source, bytes, info.size) != (zip_int64_t)info.size) {
        status = fail_zip("zip", zip_source_error(source));
        free(bytes);
        goto out;
    }
    *image = bytes;
    *length = (size_t)info.size;
out:
    zip_source_close(source);
    return status;
}

int
gsc_zip_image(const gsc_zip_member *members, size_t count, void **image, size_t *length)
{
    int status = 0;
    zip_error_t error;
    zip_t *zip = NULL;
    zip_error_init(&error);
    zip_source_t *source = zip_source_buffer_create(NULL, 0, 0, &error);
    if (!source || !(zip = zip_open_from_source(source, ZIP_TRUNCATE, &error))) {
        status = fail_zip("zip", &error);
        goto out;
    }
    zip_source_keep(source); /* closing gives up one hold on it */
    for (size_t i = 0; i < count; i++)
        GSC_TRY(add_member(zip, &members[i]));
    if (zip_close(zip) != 0) {
        status = fail_zip("zip", zip_get_error(zip));
        goto out;
    }
    zip = NULL;
    GSC_TRY(take_image(source, image, length));
out:
    if (zip)
        zip_discard(zip);
    if (source)
        zip_source_free(source);
    zip_error_fini(&error);
    return status;
}
