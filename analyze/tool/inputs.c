/* What an analysis program is given: any mix of checkpoint files and run folders. */
#include "analyze/tool/inputs.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/text.h"

#include "train/base/file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Which of the steps of a folder: those from first to last, each `stride`. */
typedef struct selection {
    int64_t first, last, stride;
    bool only_first, only_last;
} selection;

static int
read_part(const char **at, int64_t *value)
{
    char *end;
    if (**at != ':' && **at != '\0') {
        errno = 0;
        *value = strtoll(*at, &end, 10);
        if (end == *at || errno != 0 || *value < 0)
            return GSC_EARGUMENT;
        *at = end;
    }
    return **at == ':' || **at == '\0' ? 0 : GSC_EARGUMENT;
}

static int
read_selection(const char *text, selection *s)
{
    *s = (selection){0, INT64_MAX, 1, false, false};
    s->only_first = strcmp(text, "first") == 0;
    s->only_last = strcmp(text, "last") == 0;
    if (s->only_first || s->only_last || strcmp(text, "all") == 0)
        return 0;
    const char *at = text;
    int64_t parts[3] = {0, INT64_MAX, 1};
    bool range = strchr(text, ':') != NULL;
    int status = *text ? read_part(&at, &parts[0]) : GSC_EARGUMENT;
    for (size_t i = 1; i < 3 && status == 0 && *at == ':'; i++) {
        at++;
        status = read_part(&at, &parts[i]);
    }
    if (status < 0 || *at || parts[2] < 1)
        return gsc_fail(GSC_EARGUMENT,
                        "step: '%s' is none of first, last, all, N, A:B:K", text);
    *s = (selection){parts[0], range ? parts[1] : parts[0], parts[2], false, false};
    return 0;
}

static bool
is_chosen(const selection *s, int64_t step, size_t index, size_t count)
{
    if (s->only_first || s->only_last)
        return index == (s->only_first ? 0 : count - 1);
    return step >= s->first && step <= s->last && (step - s->first) % s->stride == 0;
}

static int
add_input(gsc_inputs *inputs, const char *run, size_t run_length, const char *path)
{
    int status = 0;
    if (strlen(path) >= GSC_PATH_BYTES)
        return gsc_fail(GSC_EARGUMENT, "%s: path too long", path);
    GSC_TRY(
        gsc_grow(&inputs->items, inputs->count, &inputs->room, sizeof *inputs->items));
    gsc_input *item = &inputs->items[inputs->count++];
    memcpy(item->run, run, run_length);
    snprintf(item->path, sizeof item->path, "%s", path);
out:
    return status;
}

static int
no_such_step(const char *folder, const char *step, const int64_t *steps, size_t count)
{
    if (count == 0)
        return gsc_fail(GSC_EFORMAT, "%s: no step files in this folder", folder);
    return gsc_fail(GSC_EFORMAT, "%s: no step '%s'; there are %zu, from %lld to %lld",
                    folder, step, count, (long long)steps[0],
                    (long long)steps[count - 1]);
}

static int
add_folder(gsc_inputs *inputs, const char *folder, const char *step, const selection *s)
{
    int status = 0;
    int64_t *steps = NULL;
    size_t num_steps, before = inputs->count, length = strlen(folder);
    char path[GSC_PATH_BYTES];
    GSC_TRY(gsc_run_steps(folder, &steps, &num_steps));
    while (length > 1 && folder[length - 1] == '/')
        length--;
    for (size_t i = 0; i < num_steps; i++) {
        if (!is_chosen(s, steps[i], i, num_steps))
            continue;
        GSC_TRY(gsc_run_step_path(folder, steps[i], path));
        GSC_TRY(add_input(inputs, folder, length, path));
    }
    if (inputs->count == before)
        status = no_such_step(folder, step, steps, num_steps);
out:
    free(steps);
    return status;
}

/* A step file's run is its folder; any other file is a run of its own. */
static int
add_file(gsc_inputs *inputs, const char *path)
{
    int64_t step;
    const char *slash = strrchr(path, '/');
    if (!gsc_run_is_step_file(path, &step))
        return add_input(inputs, path, strlen(path), path);
    if (!slash)
        return add_input(inputs, ".", 1, path);
    return add_input(inputs, path, slash == path ? 1 : (size_t)(slash - path), path);
}

/* FOLDER@STEP, or a word that stands for nothing; errno tells of it as it is. */
static int
add_step(gsc_inputs *inputs, const char *word)
{
    int status = 0;
    int missing = errno;
    int64_t *steps = NULL;
    size_t num_steps;
    struct stat info;
    char path[GSC_PATH_BYTES], folder[GSC_PATH_BYTES];
    GSC_TRY(gsc_run_find(word, path));
    if (strcmp(path, word) == 0)
        return gsc_file_fail_reading(word, missing);
    if (stat(path, &info) == 0)
        return add_file(inputs, path);
    const char *at = strrchr(word, '@');
    snprintf(folder, sizeof folder, "%.*s", (int)(at - word), word);
    GSC_TRY(gsc_run_steps(folder, &steps, &num_steps));
    status = no_such_step(folder, at + 1, steps, num_steps);
out:
    free(steps);
    return status;
}

static int
add_word(gsc_inputs *inputs, const char *word, const char *step, const selection *s)
{
    struct stat info;
    if (strcmp(word, "-") == 0)
        return gsc_fail(GSC_EARGUMENT,
                        "HDF5 cannot be read from a pipe: give a file's path");
    if (stat(word, &info) != 0)
        return add_step(inputs, word);
    return S_ISDIR(info.st_mode) ? add_folder(inputs, word, step, s)
                                 : add_file(inputs, word);
}

int
gsc_inputs_init(gsc_inputs *inputs, const char *const *words, size_t num_words,
                const char *step)
{
    int status = 0;
    selection s;
    *inputs = (gsc_inputs){0};
    if (num_words == 0)
        return gsc_fail(GSC_EARGUMENT, "no checkpoint file or run folder given");
    GSC_TRY(read_selection(step, &s));
    for (size_t i = 0; i < num_words; i++)
        GSC_TRY(add_word(inputs, words[i], step, &s));
out:
    if (status < 0)
        gsc_inputs_free(inputs);
    return status;
}

void
gsc_inputs_free(gsc_inputs *inputs)
{
    free(inputs->items);
    *inputs = (gsc_inputs){0};
}

int
gsc_inputs_open(const gsc_inputs *inputs, size_t item, gsc_loaded_model *loaded)
{
    const char *path = inputs->items[item].path;
    int status = gsc_loaded_model_open(loaded, path);
    if (status < 0)
        return status;
    status = gsc_loaded_model_choose(loaded, &inputs->loading);
    if (status < 0)
        gsc_loaded_model_close(loaded);
    return status < 0 ? gsc_fail_in(status, path) : 0;
}
