/* A checkpoint file against every MUST of checkpoints/FORMAT.md. What makes a file
 * unreadable is refused by the reader; here the values are compared with their ranges.
 */
#include "grokscope/checkpoint.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/text.h"

#include "train/checkpoint/trailer.h"
#include "train/hdf5/h5.h"
#include "train/hdf5/h5_values.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- Text ---- */

/* Behind the string that starts at the quote `text`; NULL where it does not end. */
static const char *
skip_string(const char *text)
{
    for (text++; *text && *text != '"'; text++)
        if (*text == '\\' && text[1])
            text++;
    return *text ? text + 1 : NULL;
}

/* Whether the text is one object whose brackets and strings close. The values are the
 * business of those who read them. */
static bool
is_object(const char *text)
{
    enum { MOST_DEPTH = 64 };
    char open[MOST_DEPTH];
    size_t depth = 0;
    text += strspn(text, " \t\r\n");
    if (*text != '{')
        return false;
    do {
        if (*text == '"') {
            text = skip_string(text);
            if (!text)
                return false;
            continue;
        }
        if (*text == '{' || *text == '[') {
            if (depth == MOST_DEPTH)
                return false;
            open[depth++] = *text == '{' ? '}' : ']';
        } else if ((*text == '}' || *text == ']') && open[--depth] != *text) {
            return false;
        }
        text++;
    } while (*text && depth > 0);
    return depth == 0 && text[strspn(text, " \t\r\n")] == '\0';
}

/* ---- Parameters ---- */

static int
check_axes(const gsc_tensor *param)
{
    const char *axes = param->axes;
    size_t length = strlen(axes);
    if (length > 0 && (axes[0] == ' ' || axes[length - 1] == ' ' || strstr(axes, "  ")))
        return gsc_fail(GSC_EFORMAT,
                        "/params/%s: attribute 'axes': '%s', expected words with one "
                        "space between",
                        param->name, axes);
    return 0;
}

static int
check_values(const gsc_checkpoint *checkpoint)
{
    int status = 0;
    if (!gsc_text_is_utf8(checkpoint->config))
        return gsc_fail(GSC_EFORMAT, "/config: is no UTF-8");
    if (!is_object(checkpoint->config))
        return gsc_fail(GSC_EFORMAT, "/config: is no JSON object");
    GSC_TRY(gsc_dataset_check(&checkpoint->dataset));
    for (size_t i = 0; i < checkpoint->num_params; i++)
        GSC_TRY(check_axes(&checkpoint->params[i]));
out:
    return status;
}

/* Whether a file is the index of a run, and its major version. */
static int
read_form(const char *path, bool *is_index, int64_t *major)
{
    int status = 0;
    bool has = false;
    char format[64] = "";
    int64_t version[2] = {0, 0};
    gsc_h5 *file = NULL;
    GSC_TRY(gsc_h5_open(&file, path));
    GSC_TRY(gsc_h5_has_attribute(file, "/", "format", &has));
    if (has)
        GSC_TRY(gsc_h5_read_short_text(file, "/", "format", format, sizeof format));
    GSC_TRY(gsc_h5_has_attribute(file, "/", "version", &has));
    if (has)
        GSC_TRY(gsc_h5_read_integers(file, "/", "version", 1, 2, version));
    *is_index = strcmp(format, "grokscope-run") == 0;
    *major = version[0];
out:
    gsc_h5_close(file);
    return status;
}

/* A file of this version without its SHA-256 was written to by another program. Of the
 * index of a run that sum is all there is to check (*is_index): the step files hold
 * what it names. */
static int
check_trailer(const char *path, bool *is_index)
{
    int status = 0;
    bool found, is_run = false;
    int64_t major = 0;
    GSC_TRY(gsc_trailer_check(path, &found));
    GSC_TRY(read_form(path, &is_run, &major));
    *is_index = is_run && found;
    if (!found && !is_run && major >= 2)
        status = gsc_fail(GSC_EFORMAT,
                          "%s: has lost the SHA-256 that ends a file of ours: another "
                          "program has written to it, and nothing tells whether it is "
                          "whole",
                          path);
out:
    return status;
}

int
gsc_checkpoint_check(const char *path)
{
    gsc_checkpoint checkpoint = {.step = 0};
    bool is_index = false;
    int status = check_trailer(path, &is_index);
    if (status < 0 || is_index)
        return status;
    status = gsc_checkpoint_read(&checkpoint, path, GSC_READ_ALL);
    if (status == 0) {
        status = check_values(&checkpoint);
        if (status < 0)
            status = gsc_fail_in(status, path);
    }
    gsc_checkpoint_free(&checkpoint);
    return status;
}
