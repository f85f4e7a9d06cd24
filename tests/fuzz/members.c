/* Zip files whose checksums and lengths are right, of any members: bytes changed at
 * random would have neither. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

/* A member is: a byte that chooses its name (the length of one that follows where it is
 * NUM_NAMES or more), a byte of flags, two bytes of length, the data. */
typedef struct member {
    const uint8_t *name, *data;
    size_t name_length, length;
    unsigned flags;
} member;

typedef struct image {
    uint8_t *data;
    size_t length;
} image;

enum {
    HEAD = 256,
    MOST_MEMBERS = 64
}; /* bytes of headers a member, without its name */

static void
put(image *to, const void *bytes, size_t length)
{
    if (length > 0)
        memcpy(to->data + to->length, bytes, length);
    to->length += length;
}

static void
put_number(image *to, uint64_t number, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        to->data[to->length++] = (uint8_t)(number >> 8 * i);
}

/* The checksum of zip files, bit by bit. */
static uint32_t
checksum(const uint8_t *data, size_t length)
{
    uint32_t sum = UINT32_MAX;
    for (size_t i = 0; i < length; i++) {
        sum ^= data[i];
        for (int bit = 0; bit < 8; bit++)
            sum = sum >> 1 ^ (sum & 1 ? 0xedb88320u : 0);
    }
    return ~sum;
}

static bool
take_member(const uint8_t **at, const uint8_t *end, const char *const *names, member *m)
{
    if (end - *at < 4)
        return false;
    size_t name = *(*at)++;
    if (name < FUZZ_NUM_NAMES) {
        m->name = (const uint8_t *)names[name];
        m->name_length = strlen(names[name]);
    } else {
        m->name = *at;
        m->name_length = name - FUZZ_NUM_NAMES;
        if ((size_t)(end - *at) < m->name_length + 3)
            return false;
        *at += m->name_length;
    }
    m->flags = *(*at)++;
    m->length = (size_t)((*at)[0] | (*at)[1] << 8);
    *at += 2;
    if (m->length > (size_t)(end - *at))
        m->length = (size_t)(end - *at);
    m->data = *at;
    *at += m->length;
    return true;
}

void
fuzz_put_member(uint8_t **at, unsigned name, unsigned flags, const void *data,
                size_t length)
{
    uint8_t head[] = {(uint8_t)name, (uint8_t)flags, (uint8_t)(length & 255),
                      (uint8_t)(length >> 8)};
    memcpy(*at, head, sizeof head);
    if (length > 0)
        memcpy(*at + sizeof head, data, length);
    *at += sizeof head + length;
}

uint8_t *
fuzz_npy(const uint8_t *data, size_t length, size_t *npy_length)
{
    const uint8_t *line = length > 0 ? memchr(data, '\n', length) : NULL;
    size_t header = line ? (size_t)(line - data) + 1 : length;
    image out = {malloc(length + 16), 0};
    if (!out.data)
        abort();
    put(&out, "\x93NUMPY\x02\x00", 8);
    put_number(&out, header, 4);
    put(&out, data, length);
    *npy_length = out.length;
    return out.data;
}

/* What a member's two headers, one before it and one in the directory, have in common.
 */
static void
put_head(image *to, const member *m, const uint8_t *data, size_t length)
{
    bool deflated = m->flags & FUZZ_DEFLATED;
    size_t longer = m->flags & FUZZ_LONGER ? length * 1000 + 7 : 0;
    put_number(to, 20, 2); /* the version that reads it */
    put_number(to, m->flags & FUZZ_ENCRYPTED ? 1 : 0, 2);
    put_number(to, deflated ? 8 : 0, 2);
    put_number(to, 0x21 << 16, 4); /* the first day there is */
    put_number(to, checksum(data, length) ^ (m->flags & FUZZ_BAD_SUM ? 1 : 0), 4);
    put_number(to, length + (deflated ? 5 : 0), 4);
    put_number(to, length + longer, 4);
    put_number(to, m->name_length, 2);
    put_number(to, 0, 2);
}

/* A block of deflate that is not compressed has its length before it, twice. */
static void
put_body(image *to, const member *m, const uint8_t *data, size_t length)
{
    if (m->flags & FUZZ_DEFLATED) {
        put_number(to, 1, 1);
        put_number(to, length, 2);
        put_number(to, ~(uint64_t)length, 2);
    }
    put(to, data, length);
}

/* Add a member to the file and to its directory; *place is where it lies. */
static void
add_member(image *file, image *directory, const member *m, size_t *place)
{
    size_t length = m->length;
    const uint8_t *data = m->data;
    uint8_t *npy = m->flags & FUZZ_NPY ? fuzz_npy(m->data, m->length, &length) : NULL;
    if (npy)
        data = npy;
    if (length > UINT16_MAX)
        length = UINT16_MAX;
    if (!(m->flags & FUZZ_SHARED) || file->length == 0) {
        *place = file->length;
        put(file, "PK\3\4", 4);
        put_head(file, m, data, length);
        put(file, m->name, m->name_length);
        put_body(file, m, data, length);
    }
    put(directory, "PK\1\2", 4);
    put_number(directory, 20, 2);
    put_head(directory, m, data, length);
    put(directory, "\0\0\0\0\0\0\0\0\0", 10); /* no comment, no attributes */
    put_number(directory, *place, 4);
    put(directory, m->name, m->name_length);
    free(npy);
}

uint8_t *
fuzz_zip(const uint8_t *data, size_t length, const char *const *names,
         size_t *zip_length)
{
    size_t room = 2 * length + MOST_MEMBERS * 2 * HEAD + 256, count = 0, place = 0;
    image file = {malloc(room), 0}, directory = {malloc(room), 0};
    const uint8_t *at = data, *end = data + length;
    member m;
    if (!file.data || !directory.data)
        abort();
    if (length > 0 && data[0] == FUZZ_RAW_FILE) {
        put(&file, data + 1, length - 1);
    } else {
        while (count < MOST_MEMBERS && take_member(&at, end, names, &m)) {
            add_member(&file, &directory, &m, &place);
            count++;
        }
        size_t start = file.length;
        put(&file, directory.data, directory.length);
        put(&file, "PK\5\6\0\0\0\0", 8);
        put_number(&file, count, 2);
        put_number(&file, count, 2);
        put_number(&file, directory.length, 4);
        put_number(&file, start, 4);
        put_number(&file, 0, 2);
    }
    free(directory.data);
    *zip_length = file.length;
    return file.data;
}
