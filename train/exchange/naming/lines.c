/* Lines of a map that is suggested, and how one is written. */
#include "train/exchange/naming/lines.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

gsc_line *
gsc_lines_add(gsc_lines *lines, const char *own, const char *theirs)
{
    if (gsc_grow(&lines->items, lines->count, &lines->room, sizeof *lines->items) < 0)
        return NULL;
    gsc_line *line = &lines->items[lines->count++];
    *line = (gsc_line){.note = ""};
    snprintf(line->own, sizeof line->own, "%s", own);
    snprintf(line->theirs, sizeof line->theirs, "%s", theirs);
    return line;
}

/* ---- Names ---- */

static bool
is_letter(char letter)
{
    return isalpha((unsigned char)letter);
}

bool
gsc_name_has(const char *name, const char *word)
{
    enum { SHORT = 3 };
    size_t length = strlen(word);
    for (const char *at = name; *at; at++) {
        if (strncasecmp(at, word, length) != 0)
            continue;
        bool stands_alone =
            (at == name || !is_letter(at[-1])) && !is_letter(at[length]);
        if (length > SHORT || stands_alone)
            return true;
    }
    return false;
}

static bool
has_tensor(const gsc_tensor *tensors, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(tensors[i].name, name) == 0)
            return true;
    return false;
}

bool
gsc_line_star(const gsc_tensor *tensors, size_t count, const char *name, size_t layer,
              size_t n_layers, char pattern[GSC_NAME_BYTES])
{
    char other[GSC_NAME_BYTES];
    for (const char *at = name; (at = strpbrk(at, "0123456789"));) {
        size_t digits = strspn(at, "0123456789");
        bool is_right = digits <= 4 && strtoul(at, NULL, 10) == layer;
        snprintf(pattern, GSC_NAME_BYTES, "%.*s*%s", (int)(at - name), name,
                 at + digits);
        for (size_t i = 0; is_right && i < n_layers; i++) {
            gsc_naming_fill(pattern, i, other);
            is_right = has_tensor(tensors, count, other);
        }
        if (is_right)
            return true;
        at += digits;
    }
    return false;
}

/* ---- Changes ---- */

/* The part that axes tell of, with of 0 where they tell of none. */
static gsc_map_part
part_of(const char *axes)
{
    gsc_axis_word word = {0};
    gsc_map_part part = {.of = 0};
    while (gsc_axes_next(&axes, &word)) {
        const char *slash = memchr(word.text, '/', word.length);
        if (slash)
            part = (gsc_map_part){strtoul(word.text, NULL, 10),
                                  strtoul(slash + 1, NULL, 10), 0};
    }
    return part;
}

static bool
describe_by(gsc_line *line, const gsc_own_row *row, const char *axes,
            bool is_transposed, const gsc_map_part *part)
{
    gsc_form forms[GSC_MOST_FORMS];
    char found[GSC_NAME_BYTES], words[96] = "";
    size_t count = gsc_forms(row, is_transposed, forms);
    for (size_t i = 0; i < count; i++) {
        if (!gsc_form_axes(&forms[i], part, found) || strcmp(found, axes) != 0)
            continue;
        if (part->of > 0)
            snprintf(words, sizeof words, ", part %zu of %zu along %zu", part->number,
                     part->of, part->along);
        snprintf(line->changes, sizeof line->changes, "%s%s",
                 is_transposed ? ", transpose" : "", words);
        return true;
    }
    return false;
}

void
gsc_line_describe(gsc_line *line, const gsc_own_row *row, const char *axes)
{
    gsc_map_part part = part_of(axes);
    for (int is_transposed = 0; is_transposed < 2; is_transposed++)
        for (part.along = 0; part.along < (part.of > 0 ? GSC_MAX_RANK : 1);
             part.along++)
            if (describe_by(line, row, axes, is_transposed, &part))
                return;
    snprintf(line->changes, sizeof line->changes, ": %s", axes);
}

/* "1, 2, 4, 8": what divides the width. */
static void
add_divisors(char *note, size_t room, size_t width)
{
    size_t used = (size_t)snprintf(note, room, "heads: no shape tells how many;");
    for (size_t n = 1; n <= width && n <= 64 && used < room - 8; n++)
        if (width % n == 0)
            used += (size_t)snprintf(note + used, room - used, " %zu", n);
}

void
gsc_line_add_heads(gsc_line *line, const char *axes, size_t n_heads, size_t width,
                   bool *has_heads)
{
    bool lies_with_others =
        strstr(axes, "n_heads") && gsc_axes_find(axes, "n_heads") == GSC_MAX_RANK;
    size_t used = strlen(line->changes);
    if (*has_heads || !lies_with_others || *line->changes == ':')
        return;
    *has_heads = true;
    if (n_heads > 0) {
        snprintf(line->changes + used, sizeof line->changes - used, ", heads %zu",
                 n_heads);
        return;
    }
    snprintf(line->changes + used, sizeof line->changes - used, ", heads ?");
    add_divisors(line->note, sizeof line->note, width);
}

/* ---- Writing ---- */

static bool
needs_quotes(const char *name)
{
    return strpbrk(name, " \t,=#?") || strstr(name, ": ");
}

static int
write_line(const gsc_line *line, size_t width, gsc_text *text)
{
    int status = 0;
    const char *quote = needs_quotes(line->theirs) ? "\"" : "";
    const gsc_map_line as_line = {line->own, line->theirs, NULL};
    if (strpbrk(line->theirs, "{}\"") || !gsc_text_is_plain(line->theirs) ||
        gsc_map_is_constant(&as_line)) {
        GSC_TRY(gsc_text_add(text, "# no line can have this name: "));
        GSC_TRY(gsc_text_add_escaped(text, line->theirs));
        return gsc_text_add(text, "\n");
    }
    GSC_TRY(gsc_text_add(text, "%-*s = %s%s%s%s", (int)width,
                         *line->own ? line->own : "?", quote, line->theirs, quote,
                         line->changes));
    GSC_TRY(gsc_text_add(text, *line->note ? "  # %s\n" : "\n", line->note));
out:
    return status;
}

int
gsc_lines_write(const gsc_lines *lines, gsc_text *text)
{
    int status = 0;
    size_t width = 1;
    for (size_t i = 0; i < lines->count; i++) {
        size_t length = strlen(lines->items[i].own);
        width = length > width ? length : width;
    }
    for (size_t i = 0; i < lines->count; i++)
        GSC_TRY(write_line(&lines->items[i], width, text));
out:
    return status;
}
