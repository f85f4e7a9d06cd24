/* HDF5 files: links and objects. Only hard links are followed, and the object that was
 * opened last stays open: what is read of it comes in several calls. */
#include "train/hdf5/h5_handle.h"

#include <string.h>

static int
check_link(const gsc_h5 *file, const char *path, bool *exists)
{
    H5L_info_t info;
    *exists = true;
    if (H5Lget_info(file->id, path, &info, H5P_DEFAULT) < 0) {
        htri_t found = H5Lexists(file->id, path, H5P_DEFAULT);
        *exists = found > 0;
        return found == 0 ? 0 : gsc_h5_fail(file, path, NULL, "%s", gsc_h5_reason());
    }
    if (info.type == H5L_TYPE_HARD)
        return 0;
    return gsc_h5_fail(file, path, NULL, "is %s link, expected an object of this file",
                       info.type == H5L_TYPE_SOFT ? "a soft" : "an external");
}

/* Bytes of a path that are checked: those of the group that another path has been in.
 */
static size_t
count_checked(const gsc_h5 *file, const char *object)
{
    const char *path = file->opened->path, *slash = strrchr(path, '/');
    size_t length = slash ? (size_t)(slash - path) : 0;
    return length > 0 && strncmp(object, path, length) == 0 && object[length] == '/'
               ? length + 1
               : 1;
}

/* Check the link of each step of the path: a soft or an external one could lead
 * anywhere, out of the file too. */
static int
check_path(const gsc_h5 *file, const char *object, bool *exists)
{
    char path[GSC_H5_PATH_BYTES];
    size_t length = strlen(object);
    *exists = true;
    if (length >= sizeof path)
        return gsc_h5_fail(file, "/", NULL, "holds a path of %zu bytes", length);
    for (size_t end = count_checked(file, object); *exists && end < length; end++) {
        end += strcspn(object + end, "/");
        memcpy(path, object, end);
        path[end] = '\0';
        int status = check_link(file, path, exists);
        if (status < 0)
            return status;
    }
    return 0;
}

/* An object that lies in many places is as many objects to those who walk a file: a few
 * bytes would make any amount of work and memory, and a group in itself no end of it.
 */
static int
check_once(const gsc_h5 *file, const char *object, hid_t id)
{
    H5O_info_t info;
    if (H5Oget_info2(id, &info, H5O_INFO_BASIC) < 0)
        return gsc_h5_fail(file, object, NULL, "%s", gsc_h5_reason());
    if (info.rc > 1)
        return gsc_h5_fail(file, object, NULL, "is linked %u times, expected once",
                           info.rc);
    return 0;
}

void
gsc_h5_close_object(gsc_h5_object *opened)
{
    if (opened->id >= 0)
        H5Oclose(opened->id);
    *opened = (gsc_h5_object){.id = H5I_INVALID_HID};
}

/* Open it in place of the object that was opened before; *exists false: it is missing.
 */
static int
find_object(const gsc_h5 *file, const char *object, bool *exists)
{
    gsc_h5_object *opened = file->opened;
    *exists = true;
    if (opened->id >= 0 && strcmp(opened->path, object) == 0)
        return 0;
    int status = check_path(file, object, exists);
    if (status < 0 || !*exists)
        return status;
    gsc_h5_close_object(opened);
    hid_t id = H5Oopen(file->id, object, H5P_DEFAULT);
    if (id < 0)
        return gsc_h5_fail(file, object, NULL, "%s", gsc_h5_reason());
    status = check_once(file, object, id);
    if (status < 0) {
        H5Oclose(id);
        return status;
    }
    opened->id = id;
    memcpy(opened->path, object, strlen(object) + 1); /* check_path has its length */
    return 0;
}

int
gsc_h5_open_object(const gsc_h5 *file, const char *object, hid_t *id)
{
    bool exists;
    int status = find_object(file, object, &exists);
    if (status == 0 && !exists)
        status = gsc_h5_fail(file, object, NULL, "is missing");
    *id = status < 0 ? H5I_INVALID_HID : file->opened->id;
    return status;
}

int
gsc_h5_kind_of(const gsc_h5 *file, const char *object, gsc_h5_kind *kind)
{
    bool exists;
    *kind = GSC_H5_NOTHING;
    int status = find_object(file, object, &exists);
    if (status < 0 || !exists)
        return status;
    H5I_type_t type = H5Iget_type(file->opened->id);
    if (type != H5I_GROUP && type != H5I_DATASET)
        return gsc_h5_fail(file, object, NULL, "is neither group nor dataset");
    *kind = type == H5I_GROUP ? GSC_H5_GROUP : GSC_H5_DATASET;
    return 0;
}

int
gsc_h5_has_attribute(const gsc_h5 *file, const char *object, const char *attribute,
                     bool *has)
{
    hid_t id;
    int status = gsc_h5_open_object(file, object, &id);
    if (status < 0)
        return status;
    htri_t found = H5Aexists(id, attribute);
    *has = found > 0;
    return found < 0 ? gsc_h5_fail(file, object, attribute, "%s", gsc_h5_reason()) : 0;
}
