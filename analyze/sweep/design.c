/* What a sweep varies. */
#include "analyze/sweep/design.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/options.h"
#include "grokscope/rng.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_VALUES = 100000 };

/* ---- Names ---- */

static bool
stands_already(const gsc_design *self, const gsc_axis *axis, const char *name)
{
    for (size_t n = 0; n < axis->num_names; n++)
        if (gsc_options_same_name(axis->names[n], name))
            return true;
    for (size_t a = 0; a < self->num_axes; a++)
        for (size_t n = 0; n < self->axes[a].num_names; n++)
            if (gsc_options_same_name(self->axes[a].names[n], name))
                return true;
    return false;
}

static int
add_name(const gsc_design *self, gsc_axis *axis, const char *name, size_t length)
{
    char *own = axis->names[axis->num_names];
    if (axis->num_names == GSC_MOST_AXIS_OPTIONS || length == 0 ||
        length >= GSC_AXIS_NAME_BYTES)
        return gsc_fail(GSC_EARGUMENT,
                        "--vary %.*s: expected NAME=VALUES, or up to %d names with + "
                        "between that take the same value",
                        (int)length, name, GSC_MOST_AXIS_OPTIONS);
    for (size_t i = 0; i < length; i++)
        own[i] = (char)(name[i] == '-' ? '_' : name[i]);
    own[length] = '\0';
    if (stands_already(self, axis, own))
        return gsc_fail(GSC_EARGUMENT, "--vary %s: is varied twice", own);
    axis->num_names++;
    return 0;
}

static int
read_names(const gsc_design *self, gsc_axis *axis, const char *text, const char *end)
{
    int status = 0;
    while (text < end) {
        size_t length = strcspn(text, "+=");
        GSC_TRY(add_name(self, axis, text, length));
        text += length + 1;
    }
out:
    return status;
}

/* ---- Values ---- */

static int
cannot_read(const gsc_axis *axis, const char *text)
{
    return gsc_fail(GSC_EARGUMENT,
                    "--vary %s=%s: expected values with commas between, A..B for whole "
                    "numbers, linear:A:B:COUNT, log:A:B:COUNT, or, with --draws, "
                    "uniform:A:B or loguniform:A:B",
                    axis->names[0], text);
}

static int
add_value(gsc_axis *axis, size_t *room, const char *value, size_t length)
{
    int status = 0;
    gsc_text text = {0};
    if (axis->num_values == MOST_VALUES)
        return gsc_fail(GSC_EARGUMENT, "--vary %s: more than %d values", axis->names[0],
                        MOST_VALUES);
    GSC_TRY(gsc_grow(&axis->values, axis->num_values, room, sizeof *axis->values));
    GSC_TRY(gsc_text_add(&text, "%.*s", (int)length, value));
    for (size_t v = 0; v < axis->num_values; v++)
        if (strcmp(axis->values[v], text.data) == 0) {
            status = gsc_fail(GSC_EARGUMENT, "--vary %s: the value '%s' stands twice",
                              axis->names[0], text.data);
            goto out;
        }
    axis->values[axis->num_values++] = text.data;
    text = (gsc_text){0};
out:
    gsc_text_free(&text);
    return status;
}

static int
add_number(gsc_axis *axis, size_t *room, double x)
{
    char text[GSC_NUMBER_BYTES];
    if (axis->whole)
        snprintf(text, sizeof text, "%.0f", round(x));
    else
        gsc_text_from_real(text, x);
    return add_value(axis, room, text, strlen(text));
}

/* "A:B" or "A:B:COUNT" behind a word such as "log:". */
static int
read_ends(gsc_axis *axis, const char *text, size_t *count)
{
    char part[3][GSC_NUMBER_BYTES] = {"", "", ""};
    int64_t number = 0;
    size_t parts = 0;
    for (const char *at = text; at && parts < 3; parts++) {
        size_t length = strcspn(at, ":");
        if (length >= GSC_NUMBER_BYTES)
            return GSC_EARGUMENT;
        memcpy(part[parts], at, length);
        at = at[length] ? at + length + 1 : NULL;
    }
    if (parts != (count ? 3u : 2u) || gsc_text_to_real(part[0], &axis->least) < 0 ||
        gsc_text_to_real(part[1], &axis->most) < 0)
        return GSC_EARGUMENT;
    if (count && (gsc_text_to_integer(part[2], &number) < 0 || number < 1 ||
                  number > MOST_VALUES))
        return GSC_EARGUMENT;
    if (axis->logarithmic && !(axis->least > 0 && axis->most > 0))
        return GSC_EARGUMENT;
    if (count)
        *count = (size_t)number;
    return 0;
}

static double
between(const gsc_axis *axis, double share)
{
    if (!axis->logarithmic)
        return axis->least + share * (axis->most - axis->least);
    return axis->least * pow(axis->most / axis->least, share);
}

static int
read_spaced(gsc_axis *axis, const char *text)
{
    int status = 0;
    size_t count = 0, room = 0;
    axis->logarithmic = text[1] == 'o';
    if (read_ends(axis, strchr(text, ':') + 1, &count) < 0)
        return cannot_read(axis, text);
    for (size_t i = 0; i < count; i++) /* both ends to the bit */
        GSC_TRY(add_number(
            axis, &room,
            i > 0 && i == count - 1
                ? axis->most
                : between(axis, count < 2 ? 0 : (double)i / (double)(count - 1))));
out:
    return status;
}

static int
read_drawn(gsc_axis *axis, const char *text)
{
    axis->logarithmic = *text == 'l';
    if (read_ends(axis, strchr(text, ':') + 1, NULL) < 0)
        return cannot_read(axis, text);
    return 0;
}

/* "A..B"; false where the text is something else. */
static bool
is_range(const char *text, int64_t *from, int64_t *to)
{
    char first[GSC_NUMBER_BYTES];
    const char *dots = strstr(text, "..");
    if (!dots || (size_t)(dots - text) >= sizeof first)
        return false;
    snprintf(first, sizeof first, "%.*s", (int)(dots - text), text);
    return gsc_text_to_integer(first, from) == 0 &&
           gsc_text_to_integer(dots + 2, to) == 0;
}

static int
read_list(gsc_axis *axis, const char *text)
{
    int status = 0;
    size_t room = 0;
    int64_t from, to;
    const char *separator = strchr(text, ';') ? ";" : ",";
    if (is_range(text, &from, &to)) {
        if (to < from || to - from >= MOST_VALUES)
            return cannot_read(axis, text);
        for (int64_t i = from; i <= to; i++)
            GSC_TRY(add_number(axis, &room, (double)i));
        return 0;
    }
    for (const char *at = text;; at++) {
        size_t length = strcspn(at, separator);
        GSC_TRY(add_value(axis, &room, at, length));
        at += length;
        if (*at == '\0')
            break;
    }
out:
    return status;
}

static bool
begins_with(const char *text, const char *word)
{
    return strncmp(text, word, strlen(word)) == 0;
}

static int
read_values(gsc_axis *axis, const char *text)
{
    if (begins_with(text, "linear:") || begins_with(text, "log:"))
        return read_spaced(axis, text);
    if (begins_with(text, "uniform:") || begins_with(text, "loguniform:"))
        return read_drawn(axis, text);
    return read_list(axis, text);
}

/* ---- The design ---- */

static int
add_axis(gsc_design *self, const char *text, gsc_is_whole *is_whole)
{
    int status = 0;
    gsc_axis *axis = &self->axes[self->num_axes];
    const char *equals = strchr(text, '=');
    if (self->num_axes == GSC_MOST_AXES)
        return gsc_fail(GSC_EARGUMENT, "--vary: more than %d of them", GSC_MOST_AXES);
    if (!equals)
        return gsc_fail(GSC_EARGUMENT,
                        "--vary %s: expected NAME=VALUES, as in --vary seed=0,1,2",
                        text);
    GSC_TRY(read_names(self, axis, text, equals));
    axis->whole = is_whole(axis->names[0]);
    GSC_TRY(read_values(axis, equals + 1));
    self->num_axes++;
out:
    return status;
}

/* How many points there are. */
static int
count_points(gsc_design *self, size_t num_draws)
{
    bool drawn = false;
    size_t count = 1;
    for (size_t a = 0; a < self->num_axes; a++) {
        drawn = drawn || !self->axes[a].values;
        count *= self->axes[a].values ? self->axes[a].num_values : 1;
        if (count > GSC_MOST_POINTS)
            return gsc_fail(GSC_EARGUMENT, "--vary: a grid of more than %d runs",
                            GSC_MOST_POINTS);
    }
    if (drawn != (num_draws > 0))
        return gsc_fail(GSC_EARGUMENT,
                        drawn ? "--draws N is missing: how many values of the options "
                                "that are drawn"
                              : "--draws: nothing is drawn; --vary NAME=uniform:A:B or "
                                "loguniform:A:B is");
    self->num_draws = drawn ? num_draws : 1;
    if (self->num_draws > GSC_MOST_POINTS / count)
        return gsc_fail(GSC_EARGUMENT, "--draws: more than %d runs", GSC_MOST_POINTS);
    self->num_points = self->num_draws * count;
    return 0;
}

int
gsc_design_init(gsc_design *self, const char *axes, size_t num_draws, uint64_t seed,
                gsc_is_whole *is_whole)
{
    int status = 0;
    gsc_text line = {0};
    *self = (gsc_design){.seed = seed};
    while (*axes) {
        size_t length = strcspn(axes, "\n");
        line.length = 0;
        GSC_TRY(gsc_text_add(&line, "%.*s", (int)length, axes));
        GSC_TRY(add_axis(self, line.data, is_whole));
        axes += length + (axes[length] == '\n');
    }
    GSC_TRY(count_points(self, num_draws));
out:
    gsc_text_free(&line);
    if (status < 0)
        gsc_design_free(self);
    return status;
}

void
gsc_design_free(gsc_design *self)
{
    for (size_t a = 0; a < GSC_MOST_AXES; a++) {
        for (size_t v = 0; v < self->axes[a].num_values; v++)
            free(self->axes[a].values[v]);
        free(self->axes[a].values);
    }
    *self = (gsc_design){.num_axes = 0};
}

int
gsc_design_value(const gsc_design *self, size_t point, size_t axis, gsc_text *value)
{
    char text[GSC_NUMBER_BYTES];
    const gsc_axis *own = &self->axes[axis];
    uint64_t draw = point / (self->num_points / self->num_draws);
    if (!own->values) {
        uint64_t stream = gsc_rng_stream(own->names[0]);
        double x = between(own, gsc_rng_uniform(self->seed, stream, draw));
        gsc_text_from_real(text, own->whole ? round(x) : x);
        return gsc_text_add(value, "%s", text);
    }
    for (size_t a = self->num_axes - 1; a > axis; a--)
        point /= self->axes[a].values ? self->axes[a].num_values : 1;
    return gsc_text_add(value, "%s", own->values[point % own->num_values]);
}
