/* The SHA-256 of what two equal runs have in common: all but /provenance. */
#include "grokscope/checkpoint.h"
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "train/hdf5/h5.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nettle/sha2.h>

enum {
    MOST_DEPTH = 4, /* groups in groups: the format has two; a circle has no end */
    OBJECT_BYTES = (MOST_DEPTH + 1) * GSC_H5_NAME_BYTES
};

typedef struct walk {
    const gsc_h5 *file;
    struct sha256_ctx sum;
} walk;

static void
add_bytes(walk *self, const void *data, size_t length)
{
    sha256_update(&self->sum, length, data);
}

/* A text with the NUL that ends it, so that neighbours cannot trade letters. */
static void
add_text(walk *self, const char *text)
{
    add_bytes(self, text, strlen(text) + 1);
}

static void
add_shape(walk *self, const gsc_h5_array *array)
{
    char text[32];
    add_text(self, gsc_h5_type_name(array->type));
    for (size_t i = 0; i < array->rank; i++) {
        snprintf(text, sizeof text, "%zu ", array->dims[i]);
        add_bytes(self, text, strlen(text));
    }
    add_text(self, "");
}

/* The numbers as they lie in a file, little-endian. */
static void
add_numbers(walk *self, unsigned char *data, size_t count, size_t size)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    for (size_t i = 0; i < count; i++)
        for (size_t low = 0, high = size - 1; low < high; low++, high--) {
            unsigned char byte = data[i * size + low];
            data[i * size + low] = data[i * size + high];
            data[i * size + high] = byte;
        }
#endif
    add_bytes(self, data, count * size);
}

static int
add_value(walk *self, const char *object, const char *attribute)
{
    int status = 0;
    gsc_h5_array array;
    char *text = NULL;
    unsigned char *data = NULL;
    GSC_TRY(gsc_h5_inspect(self->file, object, attribute, &array));
    if (array.type == GSC_H5_OTHER)
        return gsc_h5_fail(self->file, object, attribute, "is %s",
                           gsc_h5_type_name(array.type));
    add_shape(self, &array);
    if (array.type == GSC_H5_TEXT) {
        GSC_TRY(gsc_h5_read_text(self->file, object, attribute, &text));
        add_text(self, text);
    } else {
        size_t size = gsc_h5_type_size(array.type), count = gsc_h5_count(&array);
        GSC_NEW(data, count * size);
        GSC_TRY(gsc_h5_read(self->file, object, attribute, &array, data));
        add_numbers(self, data, count, size);
    }
out:
    free(data);
    free(text);
    return status;
}

static int
add_attributes(walk *self, const char *object)
{
    int status = 0;
    gsc_h5_names names;
    GSC_TRY(gsc_h5_list_attributes(self->file, object, &names));
    for (size_t i = 0; i < names.count; i++) {
        add_text(self, "attribute");
        add_text(self, names.names[i]);
        GSC_TRY(add_value(self, object, names.names[i]));
    }
out:
    gsc_h5_names_free(&names);
    return status;
}

static int add_object(walk *self, const char *object, int depth);

static int
add_members(walk *self, const char *object, int depth)
{
    int status = 0;
    gsc_h5_names names;
    char member[OBJECT_BYTES];
    GSC_TRY(gsc_h5_list(self->file, object, &names));
    for (size_t i = 0; i < names.count; i++) {
        snprintf(member, sizeof member, "%s/%s", depth == 0 ? "" : object,
                 names.names[i]);
        if (strcmp(member, "/provenance") != 0)
            GSC_TRY(add_object(self, member, depth + 1));
    }
out:
    gsc_h5_names_free(&names);
    return status;
}

static int
add_object(walk *self, const char *object, int depth)
{
    int status = 0;
    gsc_h5_kind kind;
    if (depth > MOST_DEPTH)
        return gsc_h5_fail(self->file, object, NULL, "lies deeper than %d groups",
                           MOST_DEPTH);
    GSC_TRY(gsc_h5_kind_of(self->file, object, &kind));
    add_text(self, kind == GSC_H5_GROUP ? "group" : "dataset");
    add_text(self, object);
    GSC_TRY(add_attributes(self, object));
    if (kind == GSC_H5_GROUP)
        GSC_TRY(add_members(self, object, depth));
    else
        GSC_TRY(add_value(self, object, NULL));
out:
    return status;
}

static void
write_hex(walk *self, char digest[GSC_DIGEST_BYTES])
{
    uint8_t bytes[SHA256_DIGEST_SIZE];
    sha256_digest(&self->sum, sizeof bytes, bytes);
    for (size_t i = 0; i < sizeof bytes; i++)
        snprintf(digest + 2 * i, 3, "%02x", bytes[i]);
}

int
gsc_checkpoint_digest(const char *path, char digest[GSC_DIGEST_BYTES])
{
    int status = 0;
    gsc_checkpoint head; /* names foreign and newer files as every reader does */
    gsc_h5 *file = NULL;
    digest[0] = '\0';
    GSC_TRY(gsc_checkpoint_read(&head, path, 0));
    GSC_TRY(gsc_h5_open(&file, path));
    walk self = {.file = file};
    sha256_init(&self.sum);
    GSC_TRY(add_object(&self, "/", 0));
    write_hex(&self, digest);
out:
    gsc_h5_close(file);
    gsc_checkpoint_free(&head);
    return status;
}
