/* A text as a sequence of its characters, or of its bytes. */
#include "train/data/symbols.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/text.h"

#include "train/base/sha256.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    MOST_BYTES = 1 << 30,
    MOST_SYMBOLS = 65535,
    CODES = 0x110000 /* of Unicode */
};

/* The letters of a text, one after the other. */
typedef struct reading {
    const char *path, *data;
    size_t length, at;
    bool bytes;
} reading;

static int
next_code(reading *r, uint32_t *code)
{
    size_t bytes = 1;
    if (r->bytes)
        *code = (unsigned char)r->data[r->at];
    else
        bytes = gsc_text_letter(r->data + r->at, code);
    if (bytes == 0)
        return gsc_fail(GSC_EFORMAT,
                        "%s: byte %zu is no UTF-8; convert the file, or take --unit "
                        "bytes",
                        r->path, r->at + 1);
    r->at += bytes;
    return 0;
}

/* places[code] = 1 of what occurs. */
static int
mark_codes(reading r, uint32_t *places, size_t *count)
{
    int status = 0;
    uint32_t code;
    *count = 0;
    while (r.at < r.length) {
        GSC_TRY(next_code(&r, &code));
        places[code] = 1;
        ++*count;
    }
out:
    return status;
}

/* The marked codes ascending; places[code] = which of them it is. */
static int
number_codes(gsc_symbols *s, const char *path, uint32_t *places)
{
    int status = 0;
    for (size_t code = 0; code < CODES; code++)
        s->num_values += places[code];
    if (s->num_values > MOST_SYMBOLS)
        return gsc_fail(GSC_EFORMAT,
                        "%s: has %zu different characters, expected at most %d", path,
                        s->num_values, MOST_SYMBOLS);
    GSC_NEW(s->codes, s->num_values);
    uint32_t number = 0;
    for (size_t code = 0; code < CODES; code++)
        if (places[code]) {
            s->codes[number] = (int64_t)code;
            places[code] = number++;
        }
out:
    return status;
}

static int
encode(gsc_symbols *s, reading r)
{
    int status = 0;
    uint32_t *places = NULL, code;
    GSC_NEW(places, CODES);
    GSC_TRY(mark_codes(r, places, &s->count));
    GSC_TRY(number_codes(s, r.path, places));
    GSC_NEW(s->tokens, s->count);
    for (size_t i = 0; i < s->count; i++) {
        GSC_TRY(next_code(&r, &code));
        s->tokens[i] = (uint16_t)places[code];
    }
out:
    free(places);
    return status;
}

int
gsc_symbols_read(gsc_symbols *s, const char *path, bool bytes)
{
    int status = 0;
    unsigned char sum[GSC_SHA256_BYTES];
    char *data = NULL;
    size_t length;
    *s = (gsc_symbols){.count = 0};
    GSC_TRY(gsc_text_read_file(path, MOST_BYTES, &data, &length));
    if (length == 0) {
        status = gsc_fail(GSC_EFORMAT, "%s: is empty, expected a text", path);
        goto out;
    }
    gsc_sha256(data, length, sum);
    for (size_t i = 0; i < sizeof sum; i++)
        snprintf(s->sha256 + 2 * i, 3, "%02x", sum[i]);
    GSC_TRY(encode(
        s, (reading){.path = path, .data = data, .length = length, .bytes = bytes}));
out:
    free(data);
    return status;
}

void
gsc_symbols_free(gsc_symbols *s)
{
    free(s->tokens);
    free(s->codes);
    *s = (gsc_symbols){.count = 0};
}
