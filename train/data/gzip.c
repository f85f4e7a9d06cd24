/* Files that may be packed by gzip. */
#include "train/data/gzip.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/text.h"

#include "train/base/file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int
gsc_gzip_open(gzFile *file, const char *path, size_t most)
{
    size_t bytes;
    int status = gsc_text_judge_file(path, most, &bytes);
    *file = NULL;
    if (status < 0)
        return status;
    errno = 0; /* which gzopen leaves where it is memory that is missing */
    *file = gzopen(path, "rb");
    return *file ? 0 : gsc_file_fail_reading(path, errno ? errno : ENOMEM);
}

int
gsc_gzip_read(gzFile file, const char *path, void *data, size_t count, size_t *got)
{
    int read = gzread(file, data, (unsigned)count), code, error = errno;
    *got = read > 0 ? (size_t)read : 0;
    if (read >= 0)
        return 0;
    const char *text = gzerror(file, &code);
    return code == Z_ERRNO ? gsc_file_fail_reading(path, error)
                           : gsc_fail(GSC_EFORMAT, "%s: %s", path, text);
}

int
gsc_gzip_read_text(const char *path, size_t most, char **text)
{
    int status = 0;
    size_t length = 0, room = 1 << 16, got = 1;
    gzFile file = NULL;
    *text = NULL;
    GSC_TRY(gsc_gzip_open(&file, path, most));
    GSC_NEW(*text, room + 1);
    while (got > 0) {
        if (length == room) {
            char *wider;
            GSC_NEW(wider, 2 * room + 1);
            memcpy(wider, *text, length);
            free(*text);
            *text = wider;
            room *= 2;
        }
        GSC_TRY(gsc_gzip_read(file, path, *text + length, room - length, &got));
        length += got;
        if (length > most)
            GSC_TRY(gsc_fail(GSC_EFORMAT, "%s: holds more than %zu bytes", path, most));
    }
    (*text)[length] = '\0';
    int closed = gzclose(file);
    file = NULL;
    if (closed == Z_BUF_ERROR) /* only here zlib says that the packed bytes end early */
        GSC_TRY(gsc_fail(GSC_EFORMAT, "%s: ends early; fetch it again", path));
out:
    if (file)
        gzclose(file);
    return status;
}
