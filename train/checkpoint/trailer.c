/* The SHA-256 that ends a checkpoint file. */
#include "train/checkpoint/trailer.h"

#include "grokscope/error.h"

#include "train/base/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <nettle/sha2.h>

static const char lead[] = "grokscope 2 sha256 ";
enum { LEAD_BYTES = sizeof lead - 1 };

static void
write_trailer(struct sha256_ctx *sum, char text[GSC_TRAILER_BYTES + 1])
{
    unsigned char bytes[SHA256_DIGEST_SIZE];
    sha256_digest(sum, sizeof bytes, bytes);
    memcpy(text, lead, LEAD_BYTES);
    for (size_t i = 0; i < sizeof bytes; i++)
        snprintf(text + LEAD_BYTES + 2 * i, 3, "%02x", bytes[i]);
    memcpy(text + GSC_TRAILER_BYTES - 1, "\n", 2);
}

void
gsc_trailer_add(void *image, size_t *length)
{
    char text[GSC_TRAILER_BYTES + 1];
    struct sha256_ctx sum;
    sha256_init(&sum);
    sha256_update(&sum, *length, image);
    write_trailer(&sum, text);
    memcpy((unsigned char *)image + *length, text, GSC_TRAILER_BYTES);
    *length += GSC_TRAILER_BYTES;
}

/* The trailer that a file ends with; *found is false where it has none. */
static bool
read_trailer(FILE *file, long long length, char text[GSC_TRAILER_BYTES])
{
    return fseeko(file, (off_t)(length - GSC_TRAILER_BYTES), SEEK_SET) == 0 &&
           fread(text, 1, GSC_TRAILER_BYTES, file) == GSC_TRAILER_BYTES &&
           memcmp(text, lead, LEAD_BYTES) == 0;
}

/* The trailer that the first `length` bytes of a file ask for. */
static bool
sum_up(FILE *file, long long length, char text[GSC_TRAILER_BYTES + 1])
{
    static const size_t room = 1 << 16;
    unsigned char block[1 << 16];
    struct sha256_ctx sum;
    sha256_init(&sum);
    if (fseeko(file, 0, SEEK_SET) != 0)
        return false;
    while (length > 0) {
        size_t wanted = length < (long long)room ? (size_t)length : room;
        if (fread(block, 1, wanted, file) != wanted)
            return false;
        sha256_update(&sum, wanted, block);
        length -= (long long)wanted;
    }
    write_trailer(&sum, text);
    return true;
}

int
gsc_trailer_check(const char *path, bool *found)
{
    int status = 0;
    struct stat info;
    char is[GSC_TRAILER_BYTES], should[GSC_TRAILER_BYTES + 1];
    *found = false;
    if (stat(path, &info) != 0 || !S_ISREG(info.st_mode) ||
        info.st_size <= GSC_TRAILER_BYTES)
        return 0;
    FILE *file = fopen(path, "rb");
    if (!file)
        return gsc_file_fail_reading(path, errno);
    *found = read_trailer(file, info.st_size, is) &&
             sum_up(file, info.st_size - GSC_TRAILER_BYTES, should);
    if (ferror(file))
        status = gsc_file_fail_reading(path, errno);
    else if (*found && memcmp(is, should, GSC_TRAILER_BYTES) != 0)
        status = gsc_fail(GSC_EFORMAT,
                          "%s: is damaged: its bytes do not have the SHA-256 that "
                          "ends the file",
                          path);
    fclose(file);
    return status;
}
