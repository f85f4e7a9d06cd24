/* The SHA-256 that ends a checkpoint file. */
#include "train/checkpoint/trailer.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "train/base/sha256.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char lead[] = "grokscope 2 sha256 ";
enum { LEAD_BYTES = sizeof lead - 1 };

static void
write_trailer(const void *data, size_t length, char text[GSC_TRAILER_BYTES + 1])
{
    unsigned char sum[GSC_SHA256_BYTES];
    gsc_sha256(data, length, sum);
    memcpy(text, lead, LEAD_BYTES);
    for (size_t i = 0; i < sizeof sum; i++)
        snprintf(text + LEAD_BYTES + 2 * i, 3, "%02x", sum[i]);
    memcpy(text + GSC_TRAILER_BYTES - 1, "\n", 2);
}

int
gsc_trailer_add(void **image, size_t *length)
{
    char text[GSC_TRAILER_BYTES + 1];
    unsigned char *longer = gsc_new(*length + GSC_TRAILER_BYTES, 1);
    if (!longer)
        return GSC_EMEMORY;
    memcpy(longer, *image, *length);
    write_trailer(*image, *length, text);
    memcpy(longer + *length, text, GSC_TRAILER_BYTES);
    free(*image);
    *image = longer;
    *length += GSC_TRAILER_BYTES;
    return 0;
}

/* All bytes of a regular file that is longer than a trailer, or NULL: a file that
 * cannot be read is left to those who open it next. */
static int
read_file(const char *path, unsigned char **data, size_t *length)
{
    int status = 0;
    struct stat info;
    *data = NULL;
    if (stat(path, &info) != 0 || !S_ISREG(info.st_mode) ||
        info.st_size <= GSC_TRAILER_BYTES)
        return 0;
    *length = (size_t)info.st_size;
    FILE *file = fopen(path, "rb");
    if (!file)
        return 0;
    GSC_NEW(*data, *length);
    if (fread(*data, 1, *length, file) != *length) {
        free(*data);
        *data = NULL;
    }
out:
    fclose(file);
    return status;
}

int
gsc_trailer_check(const char *path, bool *found)
{
    int status = 0;
    size_t length = 0;
    char text[GSC_TRAILER_BYTES + 1];
    unsigned char *data = NULL;
    *found = false;
    GSC_TRY(read_file(path, &data, &length));
    *found = data && memcmp(data + length - GSC_TRAILER_BYTES, lead, LEAD_BYTES) == 0;
    if (*found) {
        write_trailer(data, length - GSC_TRAILER_BYTES, text);
        if (memcmp(text, data + length - GSC_TRAILER_BYTES, GSC_TRAILER_BYTES) != 0)
            status = gsc_fail(GSC_EFORMAT,
                              "%s: is damaged: its bytes do not have the SHA-256 that "
                              "ends the file",
                              path);
    }
out:
    free(data);
    return status;
}
