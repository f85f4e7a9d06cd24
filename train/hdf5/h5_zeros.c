/* HDF5 files: whether a chunk of zeros is one. The checksum of zeros is zero, so an
 * address with a flipped bit may lead into what the library left empty in a structure
 * of its own, or into another dataset's zeros, and no checksum tells. So a chunk that
 * reads as zeros must lie in nothing else: neither in a structure, which is known by
 * the letters it begins with, nor in an object's header, nor in the data of another
 * one. Free space, which nothing tells of, remains: pieces of less than 2 KiB.
 * Layouts: HDF5 File Format Specification 2.0, sections II.A and III. */
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "train/base/file.h"
#include "train/hdf5/h5_handle.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where the zeros lie, and the object whose they should be. */
typedef struct zeros {
    uint64_t begin, end;
    haddr_t owner;
    unsigned group_leaf_k, group_node_k, chunk_node_k;
} zeros;

static bool
overlaps(const zeros *self, uint64_t begin, uint64_t length)
{
    return begin < self->end && length > 0 &&
           (begin >= self->begin || length > self->begin - begin);
}

/* ---- The library's structures ---- */

static uint64_t
number_at(const unsigned char *bytes, size_t size)
{
    uint64_t number = 0;
    for (size_t i = size; i-- > 0;)
        number = number << 8 | bytes[i];
    return number;
}

/* How long a B-tree node is; of one of chunks, whose keys grow with the rank, the least
 * that it can be. */
static uint64_t
node_bytes(const zeros *self, unsigned char kind)
{
    uint64_t k = kind == 0 ? self->group_node_k : self->chunk_node_k;
    uint64_t key = kind == 0 ? 8 : 8 + 2 * 8;
    return 24 + 2 * k * 8 + (2 * k + 1) * key;
}

/* Whether a structure that begins with these bytes holds the zeros; there are 32. */
static bool
is_in_structure(const zeros *self, const unsigned char *bytes, uint64_t at)
{
    if (memcmp(bytes, "TREE", 4) == 0 && bytes[4] < 2)
        return overlaps(self, at, node_bytes(self, bytes[4]));
    if (memcmp(bytes, "SNOD\1\0", 6) == 0)
        return overlaps(self, at, 8 + 2 * (uint64_t)self->group_leaf_k * 40);
    if (memcmp(bytes, "GCOL\1\0\0\0", 8) == 0)
        return overlaps(self, at, number_at(bytes + 8, 8));
    if (memcmp(bytes, "HEAP\0\0\0\0", 8) == 0)
        return overlaps(self, at, 32) ||
               overlaps(self, number_at(bytes + 24, 8), number_at(bytes + 8, 8));
    return false;
}

enum { HEAD_BYTES = 32, BLOCK_BYTES = 1 << 16 };

/* Whether one begins in a block of the file, at `at`, that has all bytes of its head.
 */
static bool
is_in_block(const zeros *self, const unsigned char *block, size_t length, uint64_t at)
{
    for (size_t i = 0; i + HEAD_BYTES <= length; i++) {
        bool may_begin =
            block[i] == 'T' || block[i] == 'S' || block[i] == 'G' || block[i] == 'H';
        if (may_begin && is_in_structure(self, block + i, at + i))
            return true;
    }
    return false;
}

/* The blocks overlap by one byte less than a head. The file may have been cut since. */
static int
find_structure(const zeros *self, const char *path, bool *found)
{
    int status = 0;
    size_t got, kept = 0;
    uint64_t at = 0;
    unsigned char *block = NULL;
    FILE *in = fopen(path, "rb");
    if (!in)
        return gsc_file_fail_reading(path, errno);
    GSC_NEW(block, BLOCK_BYTES);
    while (!*found && (got = fread(block + kept, 1, BLOCK_BYTES - kept, in)) > 0) {
        size_t length = kept + got;
        *found = is_in_block(self, block, length, at);
        kept = length < HEAD_BYTES - 1 ? length : HEAD_BYTES - 1;
        memmove(block, block + length - kept, kept);
        at += length - kept;
    }
    if (ferror(in))
        status = gsc_file_fail_reading(path, errno);
out:
    free(block);
    fclose(in);
    return status;
}

/* ---- Other objects ---- */

static bool
is_in_data(const zeros *self, hid_t dataset)
{
    bool found = false;
    hsize_t count = 0, size = 0;
    haddr_t address = H5Dget_offset(dataset);
    hid_t space = H5Dget_space(dataset), creation = H5Dget_create_plist(dataset);
    if (H5Pget_layout(creation) == H5D_CONTIGUOUS && address != HADDR_UNDEF)
        found = overlaps(self, address, H5Dget_storage_size(dataset));
    if (H5Pget_layout(creation) == H5D_CHUNKED)
        H5Dget_num_chunks(dataset, space, &count);
    for (hsize_t i = 0; !found && i < count && i < GSC_H5_MOST_CHUNKS; i++)
        found =
            H5Dget_chunk_info(dataset, space, i, NULL, NULL, &address, &size) >= 0 &&
            overlaps(self, address, size);
    H5Pclose(creation);
    H5Sclose(space);
    return found;
}

/* Called for each object of the file; 1 ends the walk. */
static herr_t
look_at(hid_t root, const char *name, const H5O_info_t *info, void *context)
{
    const zeros *self = context;
    /* where a header goes on elsewhere, its first part has 16 bytes or more */
    uint64_t header = info->hdr.nchunks == 1 ? info->hdr.space.total : 16;
    if (overlaps(self, info->addr, header))
        return 1;
    if (info->type != H5O_TYPE_DATASET || info->addr == self->owner)
        return 0;
    hid_t dataset = H5Dopen2(root, name, H5P_DEFAULT);
    if (dataset < 0)
        return 0;
    bool found = is_in_data(self, dataset);
    H5Dclose(dataset);
    return found;
}

/* ---- The question ---- */

static bool
read_widths(zeros *self, hid_t file)
{
    hid_t creation = H5Fget_create_plist(file);
    bool done = creation >= 0 &&
                H5Pget_sym_k(creation, &self->group_node_k, &self->group_leaf_k) >= 0 &&
                H5Pget_istore_k(creation, &self->chunk_node_k) >= 0;
    if (creation >= 0)
        H5Pclose(creation);
    return done;
}

int
gsc_h5_check_zeros(const gsc_h5 *file, const char *object, hid_t id, hid_t space)
{
    int status = 0;
    bool found = false;
    zeros self = {.begin = 0};
    H5O_info_t info;
    haddr_t address;
    hsize_t size;
    if (file->sealed)
        return 0;
    if (H5Dget_chunk_info(id, space, 0, NULL, NULL, &address, &size) < 0 ||
        H5Oget_info2(id, &info, H5O_INFO_BASIC) < 0 || !read_widths(&self, file->id))
        return gsc_h5_fail(file, object, NULL, "%s", gsc_h5_reason());
    self.begin = address;
    self.end = address + size;
    self.owner = info.addr;
    GSC_TRY(find_structure(&self, file->path, &found));
    if (found || H5Ovisit2(file->id, H5_INDEX_NAME, H5_ITER_NATIVE, look_at, &self,
                           H5O_INFO_BASIC | H5O_INFO_HDR) > 0)
        status =
            gsc_h5_fail(file, object, NULL,
                        "its zeros lie in another part of the file: its address is "
                        "damaged");
out:
    return status;
}
