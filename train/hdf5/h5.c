/* HDF5 files: types, failures, and what opens and closes. */
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "train/base/file.h"
#include "train/hdf5/h5_handle.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { REASON_BYTES = 8192 }; /* HDF5 puts the path into it, before the errno */

static _Thread_local char reason[REASON_BYTES];

static const struct {
    const char *name;
    size_t size;
} types[] = {
    [GSC_H5_UINT8] = {"uint8", sizeof(uint8_t)},
    [GSC_H5_INT32] = {"int32", sizeof(int32_t)},
    [GSC_H5_UINT16] = {"uint16", sizeof(uint16_t)},
    [GSC_H5_UINT32] = {"uint32", sizeof(uint32_t)},
    [GSC_H5_INT64] = {"int64", sizeof(int64_t)},
    [GSC_H5_FLOAT32] = {"float32", sizeof(float)},
    [GSC_H5_FLOAT64] = {"float64", sizeof(double)},
    [GSC_H5_INTEGER] = {"another integer type", sizeof(int64_t)},
    [GSC_H5_TEXT] = {"text", 0},
    [GSC_H5_OTHER] = {"neither number nor text", 0},
};

size_t
gsc_h5_count(const gsc_h5_array *array)
{
    size_t count = 1;
    for (size_t i = 0; i < array->rank; i++)
        count *= array->dims[i];
    return count;
}

size_t
gsc_h5_type_size(gsc_h5_type type)
{
    return types[type].size;
}

const char *
gsc_h5_type_name(gsc_h5_type type)
{
    return types[type].name;
}

void
gsc_h5_library(char *text, size_t room)
{
    unsigned major = 0, minor = 0, release = 0;
    H5get_libversion(&major, &minor, &release);
    snprintf(text, room, "%u.%u.%u", major, minor, release);
}

hid_t
gsc_h5_disk_type(gsc_h5_type type)
{
    switch (type) {
    case GSC_H5_UINT8:
        return H5T_STD_U8LE;
    case GSC_H5_INT32:
        return H5T_STD_I32LE;
    case GSC_H5_UINT16:
        return H5T_STD_U16LE;
    case GSC_H5_UINT32:
        return H5T_STD_U32LE;
    case GSC_H5_INT64:
        return H5T_STD_I64LE;
    case GSC_H5_FLOAT32:
        return H5T_IEEE_F32LE;
    case GSC_H5_FLOAT64:
        return H5T_IEEE_F64LE;
    default:
        return H5I_INVALID_HID;
    }
}

hid_t
gsc_h5_memory_type(gsc_h5_type type)
{
    switch (type) {
    case GSC_H5_UINT8:
        return H5T_NATIVE_UINT8;
    case GSC_H5_INT32:
        return H5T_NATIVE_INT32;
    case GSC_H5_UINT16:
        return H5T_NATIVE_UINT16;
    case GSC_H5_UINT32:
        return H5T_NATIVE_UINT32;
    case GSC_H5_FLOAT32:
        return H5T_NATIVE_FLOAT;
    case GSC_H5_FLOAT64:
        return H5T_NATIVE_DOUBLE;
    default:
        return H5T_NATIVE_INT64;
    }
}

hid_t
gsc_h5_text_type(size_t size)
{
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, size);
    H5Tset_cset(type, H5T_CSET_UTF8);
    if (size != H5T_VARIABLE) /* no NUL on disk: the size is the text's length */
        H5Tset_strpad(type, H5T_STR_NULLPAD);
    return type;
}

/* ---- Failures ---- */

static herr_t
copy_innermost(unsigned depth, const H5E_error2_t *error, void *unused)
{
    (void)unused;
    if (depth == 0)
        snprintf(reason, sizeof reason, "%s", error->desc);
    return 0;
}

/* Called by the library as a call of it fails, in place of its printing: the next
 * call, be it one that closes, would forget the reason. */
static herr_t
keep_reason(hid_t stack, void *unused)
{
    (void)unused;
    return H5Ewalk2(stack, H5E_WALK_UPWARD, copy_innermost, NULL);
}

const char *
gsc_h5_reason(void)
{
    return reason;
}

/* The errno that the reason tells of: "…, errno = 24, error message = …"; 0: none. The
 * path stands before it and may hold anything. EINVAL and EOVERFLOW are of addresses
 * that a damaged file asks for. */
static int
errno_of_reason(void)
{
    static const char mark[] = ", errno = ";
    const char *last = NULL;
    for (const char *at = strstr(reason, mark); at; at = strstr(at + 1, mark))
        last = at;
    int error = last ? atoi(last + strlen(mark)) : 0;
    return error == EINVAL || error == EOVERFLOW ? 0 : error;
}

int
gsc_h5_fail(const gsc_h5 *file, const char *object, const char *attribute,
            const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (errno_of_reason() != 0) /* nothing is wrong with the file's content */
        return gsc_file_fail_reading(file->path, errno_of_reason());
    if (attribute)
        return gsc_fail(GSC_EFORMAT, "%s: %s: attribute '%s': %s", file->path, object,
                        attribute, text);
    return gsc_fail(GSC_EFORMAT, "%s: %s: %s", file->path, object, text);
}

/* ---- Files ---- */

int
gsc_h5_new(gsc_h5 **out_file, const char *path)
{
    int status = 0;
    gsc_h5 *file = NULL;
    H5Eset_auto2(H5E_DEFAULT, keep_reason, NULL);
    reason[0] = '\0';
    *out_file = NULL;
    GSC_NEW(file, 1);
    file->id = H5I_INVALID_HID;
    GSC_NEW(file->opened, 1);
    file->opened->id = H5I_INVALID_HID;
    file->path = gsc_copy_text(path);
    if (!file->path) {
        status = GSC_EMEMORY;
        goto out;
    }
    *out_file = file;
    file = NULL;
out:
    gsc_h5_close(file);
    return status;
}

void
gsc_h5_set_sealed(gsc_h5 *file)
{
    file->sealed = true;
}

void
gsc_h5_close(gsc_h5 *file)
{
    if (!file)
        return;
    if (file->opened)
        gsc_h5_close_object(file->opened);
    if (file->id >= 0)
        H5Fclose(file->id);
    free(file->opened);
    free(file->path);
    free(file);
}

static int
check_regular(const char *path, size_t *bytes)
{
    struct stat info;
    if (stat(path, &info) != 0)
        return gsc_file_fail_reading(path, errno);
    if (S_ISDIR(info.st_mode))
        return gsc_fail(GSC_EFORMAT, "%s: is a folder, expected a file", path);
    if (!S_ISREG(info.st_mode))
        return gsc_fail(GSC_EFORMAT, "%s: not a regular file", path);
    if (info.st_size == 0)
        return gsc_fail(GSC_EFORMAT, "%s: is empty", path);
    *bytes = (size_t)info.st_size;
    return 0;
}

static hid_t
open_unlocked(const char *path)
{
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
#if H5_VERSION_GE(1, 10, 7) && !(H5_VERS_MINOR == 12 && H5_VERS_RELEASE == 0)
    /* Files are replaced whole, so a reader needs no lock, and file systems that
     * have none (or give none on read-only files) do not keep it out. */
    H5Pset_file_locking(access, false, true);
#endif
    hid_t id = H5Fopen(path, H5F_ACC_RDONLY, access);
    H5Pclose(access);
    return id;
}

/* What the system refused is said as that, not as a fault of the file. */
static int
fail_opening(const char *path, const char *what, const char *why)
{
    int error = errno_of_reason();
    return error != 0 ? gsc_file_fail_reading(path, error)
                      : gsc_fail(GSC_EFORMAT, "%s: %s%s", path, what, why);
}

int
gsc_h5_open(gsc_h5 **out_file, const char *path)
{
    int status = 0;
    gsc_h5 *file = NULL;
    GSC_TRY(gsc_h5_new(&file, path));
    GSC_TRY(check_regular(path, &file->bytes));
    FILE *readable = fopen(path, "rb"); /* the system's reason is clearer than HDF5's */
    if (!readable) {
        status = gsc_file_fail_reading(path, errno);
        goto out;
    }
    fclose(readable);
    if (H5Fis_hdf5(path) <= 0) {
        status = fail_opening(path, "not an HDF5 file", "");
        goto out;
    }
    file->id = open_unlocked(path);
    if (file->id < 0) {
        status = fail_opening(path, "a damaged HDF5 file: ", gsc_h5_reason());
        goto out;
    }
    *out_file = file;
    file = NULL;
out:
    gsc_h5_close(file);
    return status;
}
