/* Bytes as letters. */
#include "train/base/base64.h"

#include "grokscope/error.h"

static const char letters[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Bytes that are written at once. */
enum { PART = 3072 };

/* The four letters of one to three bytes. */
static void
encode(const unsigned char *bytes, size_t count, char out[4])
{
    unsigned long word = (unsigned long)bytes[0] << 16;
    word |= count > 1 ? (unsigned long)bytes[1] << 8 : 0;
    word |= count > 2 ? bytes[2] : 0;
    for (size_t i = 0; i < 4; i++)
        out[i] = i > count ? '=' : letters[(word >> (18 - 6 * i)) & 63];
}

int
gsc_base64_add(const void *data, size_t length, gsc_text *text)
{
    int status = 0;
    const unsigned char *bytes = data;
    char part[PART / 3 * 4];
    for (size_t at = 0; at < length; at += PART) {
        size_t count = length - at < PART ? length - at : PART, written = 0;
        for (size_t i = 0; i < count; i += 3, written += 4)
            encode(bytes + at + i, count - i < 3 ? count - i : 3, part + written);
        GSC_TRY(gsc_text_add(text, "%.*s", (int)written, part));
    }
out:
    return status;
}
