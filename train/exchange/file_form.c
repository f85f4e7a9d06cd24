/* Which form a file of another program has. */
#include "train/exchange/file_form.h"

#include "grokscope/error.h"
#include "grokscope/text.h"

#include "train/exchange/npy.h"
#include "train/exchange/torch_legacy.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { TAR_AT = 257, SHOWN_BYTES = 48, JUDGED_BYTES = 4096 };

/* Files that are often met under the name of another, and what to do with them. */
static const struct {
    size_t at;
    const char *bytes;
    size_t length;
    const char *is;
} foreign[] = {
    {0, "\x1f\x8b", 2, "compressed by gzip; unpack it (gunzip) and give what it holds"},
    {0, "BZh", 3, "compressed by bzip2; unpack it (bunzip2) and give what it holds"},
    {0,
     "\xfd"
     "7zXZ",
     5, "compressed by xz; unpack it (unxz) and give what it holds"},
    {0, "\x28\xb5\x2f\xfd", 4,
     "compressed by zstd; unpack it (unzstd) and give what it "
     "holds"},
    {TAR_AT, "ustar", 5,
     "a tar archive; unpack it (tar -x) and give what holds weights"},
    {0, "GGUF", 4, "of llama.cpp (GGUF); give what it was made from"},
    {0, "MATLAB 5.0 MAT-file", 19,
     "of MATLAB; save it there as HDF5, or by scipy and numpy.savez as an npz"},
    {0, "\x89PNG", 4, "a picture"},
    {0, "%PDF", 4, "a PDF document"},
    {0, "version https://git-lfs", 23,
     "a pointer of Git LFS, not the file itself; fetch it with 'git lfs pull', or "
     "download it by its raw address"},
};

/* ---- Text ---- */

static size_t
skip_space(const char *text, size_t length)
{
    size_t at = length > 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    while (at < length && strchr(" \t\r\n", text[at]) && text[at])
        at++;
    return at;
}

/* Whether its beginning is UTF-8 without control characters but those of text. */
static bool
is_text(const char *bytes, size_t length)
{
    char text[JUDGED_BYTES + 1];
    size_t end = length;
    while (end > 0 && end + 4 > length && ((unsigned char)bytes[end - 1] & 0x80))
        end--; /* a letter that the end may cut */
    for (size_t i = 0; i < end; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if (c == 0 || c == 0x7f || (c < 0x20 && !strchr("\t\r\n\f", c)))
            return false;
    }
    memcpy(text, bytes, end);
    text[end] = '\0';
    return end > 0 && gsc_text_is_utf8(text);
}

static bool
begins(const char *text, size_t length, const char *with)
{
    return length >= strlen(with) && strncasecmp(text, with, strlen(with)) == 0;
}

/* Its first line says what it is. */
static int
fail_text(const char *bytes, size_t length)
{
    size_t at = skip_space(bytes, length);
    const char *text = bytes + at;
    size_t left = length - at, shown = 0;
    if (begins(text, left, "<!doctype html") || begins(text, left, "<html"))
        return gsc_fail(GSC_EFORMAT, "is a page of HTML, not the file itself; download "
                                     "it again by its raw address");
    if (begins(text, left, "<?xml"))
        return gsc_fail(GSC_EFORMAT, "is XML, expected a file of weights");
    while (shown < left && shown < SHOWN_BYTES && text[shown] != '\n')
        shown++;
    while (shown > 0 && ((unsigned char)text[shown - 1] & 0xc0) == 0x80)
        shown--; /* no part of a letter */
    return gsc_fail(GSC_EFORMAT,
                    "is text, which begins '%.*s'; expected a file of weights (.pt, "
                    ".safetensors, .npz, .h5)",
                    (int)shown, text);
}

static int
fail_foreign(const unsigned char *first, size_t length)
{
    size_t judged = length < JUDGED_BYTES ? length : JUDGED_BYTES;
    if (length == 0)
        return gsc_fail(GSC_EFORMAT, "is empty");
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
        if (length >= foreign[i].at + foreign[i].length &&
            memcmp(first + foreign[i].at, foreign[i].bytes, foreign[i].length) == 0)
            return gsc_fail(GSC_EFORMAT, "is %s", foreign[i].is);
    if (is_text((const char *)first, judged))
        return fail_text((const char *)first, judged);
    return gsc_fail(GSC_EFORMAT, "expected a file of PyTorch, safetensors, npz, npy, "
                                 "Keras's HDF5, a pickle or JSON");
}

int
gsc_file_form_find(const unsigned char *first, size_t length, gsc_file_form *form)
{
    size_t objects;
    bool has_objects;
    *form = GSC_FORM_ZIP;
    if (length > 1 && memcmp(first, "PK", 2) == 0)
        return 0;
    int status = gsc_npy_has_objects(first, length, &objects, &has_objects);
    *form = has_objects ? GSC_FORM_NPY_OBJECTS : GSC_FORM_NPY;
    if (status < 0 || gsc_npy_begins(first, length))
        return status;
    *form = GSC_FORM_HDF5;
    if (length >= 8 && memcmp(first, "\x89HDF\r\n\x1a\n", 8) == 0)
        return 0;
    /* The length of a safetensors header is small: its highest byte is 0. */
    *form = GSC_FORM_SAFETENSORS;
    if (length > 8 && first[7] == 0 && first[8] == '{')
        return 0;
    *form = GSC_FORM_TORCH_LEGACY;
    if (gsc_torch_legacy_begins(first, length))
        return 0;
    *form = GSC_FORM_PICKLE;
    if (length > 1 && first[0] == 0x80 && first[1] >= 2 && first[1] <= 5)
        return 0;
    *form = GSC_FORM_JSON;
    size_t at = skip_space((const char *)first, length);
    if (at < length && (first[at] == '{' || first[at] == '['))
        return 0;
    return fail_foreign(first, length);
}
