/* A checkpoint file against every MUST of checkpoints/FORMAT.md. What makes a file
 * unreadable is refused by the reader; here the values are compared with their ranges.
 */
#include "grokscope/checkpoint.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/text.h"

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

/* ---- Task ---- */

static int
check_tokens(const char *what, const uint16_t *tokens, size_t count, size_t d_vocab)
{
    for (size_t i = 0; i < count; i++)
        if (tokens[i] >= d_vocab)
            return gsc_fail(GSC_EFORMAT,
                            "%s: value %zu is %u, expected less than d_vocab %zu", what,
                            i, (unsigned)tokens[i], d_vocab);
    return 0;
}

static int
check_train(const gsc_task *task)
{
    int status = 0;
    bool *seen;
    GSC_NEW(seen, task->num_examples);
    for (size_t i = 0; i < task->num_train; i++) {
        uint32_t example = task->train[i];
        if (example >= task->num_examples)
            status = gsc_fail(GSC_EFORMAT,
                              "/task/train: value %zu is %" PRIu32
                              ", expected less than %zu",
                              i, example, task->num_examples);
        else if (seen[example])
            status = gsc_fail(GSC_EFORMAT,
                              "/task/train: names example %" PRIu32 " twice", example);
        if (status < 0)
            goto out;
        seen[example] = true;
    }
out:
    free(seen);
    return status;
}

static int
check_task(const gsc_task *task)
{
    int status = 0;
    if (!task->inputs)
        return 0;
    GSC_TRY(check_tokens("/task/inputs", task->inputs, task->num_examples * task->n_ctx,
                         task->d_vocab));
    GSC_TRY(check_tokens("/task: attribute 'operands'", task->operands,
                         task->num_operands, task->d_vocab));
    GSC_TRY(check_train(task));
out:
    return status;
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
    GSC_TRY(check_task(&checkpoint->task));
    for (size_t i = 0; i < checkpoint->num_params; i++)
        GSC_TRY(check_axes(&checkpoint->params[i]));
out:
    return status;
}

int
gsc_checkpoint_check(const char *path)
{
    gsc_checkpoint checkpoint;
    int status = gsc_checkpoint_read(&checkpoint, path, GSC_READ_ALL);
    if (status == 0) {
        status = check_values(&checkpoint);
        if (status < 0)
            status = gsc_fail_in(status, path);
    }
    gsc_checkpoint_free(&checkpoint);
    return status;
}
