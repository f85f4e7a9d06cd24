/* HDF5 files: whether the data of a dataset lie in the file, plain and whole. Older
 * files end with no SHA-256, and HDF5 reads what is not there as zeros, or leaves what
 * was in memory: so the sizes it tells are compared with what the shape asks for. */
#include "train/hdf5/h5_handle.h"

#include <stdint.h>

enum {
    CHECKSUM_BYTES = 4 /* of a chunk, behind its numbers */
};

/* A dataset, and how its data are said to lie. */
typedef struct storage {
    const gsc_h5 *file;
    const char *object;
    hid_t id, space;
    size_t rank, element_bytes, bytes;
    hsize_t dims[GSC_H5_MAX_RANK], most[GSC_H5_MAX_RANK], chunk[GSC_H5_MAX_RANK];
    H5D_layout_t layout;
    bool elsewhere, has_checksum, has_other_filter;
} storage;

size_t
gsc_h5_bytes(const size_t *dims, size_t rank, size_t size)
{
    size_t bytes = size;
    for (size_t i = 0; i < rank; i++)
        if (dims[i] == 0)
            return 0;
    for (size_t i = 0; i < rank; i++)
        bytes = bytes > SIZE_MAX / dims[i] ? SIZE_MAX : bytes * dims[i];
    return bytes;
}

/* ---- What the file says ---- */

static void
read_filters(storage *self, hid_t creation)
{
    int count = H5Pget_nfilters(creation);
    for (int i = 0; i < count; i++) {
        unsigned flags, config;
        size_t num_values = 0;
        H5Z_filter_t filter = H5Pget_filter2(creation, (unsigned)i, &flags, &num_values,
                                             NULL, 0, NULL, &config);
        if (filter == H5Z_FILTER_FLETCHER32)
            self->has_checksum = true;
        else if (filter != H5Z_FILTER_SHUFFLE)
            self->has_other_filter = true;
    }
    self->has_other_filter = self->has_other_filter || count < 0;
}

static int
read_layout(storage *self)
{
    hid_t creation = H5Dget_create_plist(self->id);
    if (creation < 0 ||
        H5Sget_simple_extent_dims(self->space, self->dims, self->most) < 0) {
        if (creation >= 0)
            H5Pclose(creation);
        return gsc_h5_fail(self->file, self->object, NULL, "%s", gsc_h5_reason());
    }
    self->layout = H5Pget_layout(creation);
    self->elsewhere =
        self->layout == H5D_VIRTUAL || H5Pget_external_count(creation) != 0;
    if (self->layout == H5D_CHUNKED &&
        H5Pget_chunk(creation, GSC_H5_MAX_RANK, self->chunk) != (int)self->rank)
        self->elsewhere = true;
    read_filters(self, creation);
    H5Pclose(creation);
    if (self->elsewhere)
        return gsc_h5_fail(self->file, self->object, NULL,
                           "its data lie outside this file");
    return 0;
}

/* ---- Whether it can be so ---- */

static int
check_chunk(const storage *self, hsize_t index, size_t expected)
{
    hsize_t at[GSC_H5_MAX_RANK] = {0}, size = 0;
    unsigned skipped = 0;
    haddr_t address = HADDR_UNDEF;
    if (H5Dget_chunk_info(self->id, self->space, index, at, &skipped, &address, &size) <
        0)
        return gsc_h5_fail(self->file, self->object, NULL, "%s", gsc_h5_reason());
    if (size != expected)
        return gsc_h5_fail(self->file, self->object, NULL,
                           "a chunk of %llu bytes, expected %zu",
                           (unsigned long long)size, expected);
    if (skipped != 0)
        return gsc_h5_fail(self->file, self->object, NULL,
                           "a chunk that has lost its checksum");
    if (address > self->file->bytes || expected > self->file->bytes - address)
        return gsc_h5_fail(self->file, self->object, NULL,
                           "a chunk beyond the end of the file");
    for (size_t i = 0; i < self->rank; i++)
        if (at[i] >= self->dims[i] || at[i] % self->chunk[i] != 0)
            return gsc_h5_fail(self->file, self->object, NULL,
                               "a chunk that begins at %llu of axis %zu, which has "
                               "%llu in chunks of %llu",
                               (unsigned long long)at[i], i,
                               (unsigned long long)self->dims[i],
                               (unsigned long long)self->chunk[i]);
    return 0;
}

/* An axis that cannot grow is at least one chunk long. */
static int
check_chunk_shape(const storage *self, size_t *num_chunks, size_t *chunk_bytes)
{
    size_t chunk[GSC_H5_MAX_RANK] = {0};
    *num_chunks = 1;
    for (size_t i = 0; i < self->rank; i++) {
        chunk[i] = (size_t)self->chunk[i];
        *num_chunks *= (size_t)((self->dims[i] + chunk[i] - 1) / chunk[i]);
        if (chunk[i] > self->dims[i] && self->most[i] != H5S_UNLIMITED)
            return gsc_h5_fail(self->file, self->object, NULL,
                               "axis %zu is %llu long, but its chunks %zu", i,
                               (unsigned long long)self->dims[i], chunk[i]);
    }
    *chunk_bytes = gsc_h5_bytes(chunk, self->rank, self->element_bytes);
    if (*chunk_bytes > self->file->bytes)
        return gsc_h5_fail(self->file, self->object, NULL,
                           "claims chunks larger than the file");
    return 0;
}

/* Whether HDF5 finds the chunk of this number as it will when it reads: an index may
 * list a chunk that no search in it comes upon. */
static int
find_chunk(const storage *self, size_t number, size_t expected)
{
    hsize_t at[GSC_H5_MAX_RANK], size = 0;
    for (size_t i = self->rank; i-- > 0;) {
        size_t along = (size_t)((self->dims[i] + self->chunk[i] - 1) / self->chunk[i]);
        at[i] = number % along * self->chunk[i];
        number /= along;
    }
    if (H5Dget_chunk_storage_size(self->id, at, &size) >= 0 && size == expected)
        return 0;
    return gsc_h5_fail(self->file, self->object, NULL,
                       "a chunk that its index does not lead to: it would read as "
                       "zeros");
}

static int
check_chunks(const storage *self)
{
    hsize_t found = 0;
    size_t num_chunks = 0, bytes = 0;
    int status = check_chunk_shape(self, &num_chunks, &bytes);
    if (status < 0)
        return status;
    bytes += self->has_checksum ? CHECKSUM_BYTES : 0;
    if (H5Dget_num_chunks(self->id, self->space, &found) < 0)
        return gsc_h5_fail(self->file, self->object, NULL, "%s", gsc_h5_reason());
    if (found != num_chunks)
        return gsc_h5_fail(self->file, self->object, NULL,
                           "%llu chunks, expected %zu: what is missing would read as "
                           "zeros",
                           (unsigned long long)found, num_chunks);
    for (hsize_t i = 0; status == 0 && i < found && i < GSC_H5_MOST_CHUNKS; i++)
        status = check_chunk(self, i, bytes);
    for (size_t i = 0; status == 0 && i < num_chunks; i++)
        status = find_chunk(self, i, bytes);
    return status;
}

static int
check_contiguous(const storage *self)
{
    haddr_t address = H5Dget_offset(self->id);
    if (address == HADDR_UNDEF)
        return gsc_h5_fail(self->file, self->object, NULL,
                           "has no data: they would read as zeros");
    if (address > self->file->bytes || self->bytes > self->file->bytes - address)
        return gsc_h5_fail(self->file, self->object, NULL,
                           "its data lie beyond the end of the file");
    return 0;
}

int
gsc_h5_check_storage(const gsc_h5 *file, const char *object, hid_t id, hid_t space,
                     const gsc_h5_array *array, size_t element_bytes)
{
    storage self = {.file = file, .object = object, .id = id, .space = space};
    self.rank = array->rank;
    self.element_bytes = element_bytes;
    self.bytes = gsc_h5_bytes(array->dims, array->rank, element_bytes);
    int status = read_layout(&self);
    if (status < 0)
        return status;
    size_t stored = (size_t)H5Dget_storage_size(id);
    bool is_short = self.layout == H5D_CHUNKED
                        ? self.has_other_filter || stored < self.bytes
                        : stored != self.bytes;
    if (self.bytes == 0 ? stored > 0 : is_short)
        return gsc_h5_fail(file, object, NULL,
                           "holds %zu bytes, expected %zu uncompressed ones", stored,
                           self.bytes);
    if (self.bytes == 0)
        return 0;
    return self.layout == H5D_CHUNKED      ? check_chunks(&self)
           : self.layout == H5D_CONTIGUOUS ? check_contiguous(&self)
                                           : 0;
}
