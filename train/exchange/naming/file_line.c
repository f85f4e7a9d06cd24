/* One line of a map that a user wrote. */
#include "train/exchange/naming/file_line.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_DIGITS = 7, MOST_ROWS = 1 << 20 };

/* ---- Words ---- */

/* A '#' that begins a word outside of quotes, or the end. */
static char *
comment_of(char *text)
{
    bool in_quotes = false;
    for (char *at = text; *at; at++) {
        in_quotes = in_quotes != (*at == '"');
        if (*at == '#' && !in_quotes && (at == text || strchr(" \t", at[-1])))
            return at;
    }
    return text + strlen(text);
}

char *
gsc_map_line_trim(char *text)
{
    *comment_of(text) = '\0';
    text += strspn(text, " \t\r");
    size_t length = strlen(text);
    while (length > 0 && strchr(" \t\r", text[length - 1]))
        length--;
    text[length] = '\0';
    return text;
}

/* The next word, which blanks and commas part from others; "" at the end. */
static char *
next_word(char **words)
{
    char *word = *words + strspn(*words, " \t,");
    size_t length = strcspn(word, " \t,");
    *words = word + length + (word[length] != '\0');
    word[length] = '\0';
    return word;
}

/* Whether the next word is of a list of numbers. */
static bool
has_number(const char *words)
{
    words += strspn(words, " \t,");
    return isdigit((unsigned char)*words) || *words == '-';
}

static bool
to_number(const char *word, size_t *number)
{
    size_t length = strspn(word, "0123456789");
    *number = strtoul(word, NULL, 10);
    return length > 0 && length <= MOST_DIGITS && !word[length];
}

static int
read_number(char **words, const char *what, size_t least, size_t *number)
{
    const char *word = next_word(words);
    if (!to_number(word, number) || *number < least)
        return gsc_fail(GSC_EARGUMENT,
                        "%s: expected a number from %zu to 9999999, found '%s'", what,
                        least, word);
    return 0;
}

/* ---- Rows ---- */

/* "5", or "1-97". */
static int
read_range(char *word, size_t *first, size_t *last)
{
    char *dash = strchr(word, '-');
    bool is_range = dash && dash > word;
    if (is_range)
        *dash = '\0';
    bool is_right =
        to_number(word, first) && to_number(is_range ? dash + 1 : word, last);
    if (is_range)
        *dash = '-';
    if (!is_right || *first > *last)
        return gsc_fail(GSC_EARGUMENT,
                        "rows: expected a row or FIRST-LAST, of at most %d digits, "
                        "found '%s'",
                        MOST_DIGITS, word);
    return 0;
}

/* The first row that is there twice. */
static int
check_once(const size_t *rows, size_t count)
{
    int status = 0;
    bool *seen = NULL;
    size_t most = 0;
    for (size_t i = 0; i < count; i++)
        most = rows[i] > most ? rows[i] : most;
    GSC_NEW(seen, most + 1);
    for (size_t i = 0; status == 0 && i < count; i++) {
        if (seen[rows[i]])
            status = gsc_fail(GSC_EARGUMENT, "rows: %zu is there twice", rows[i]);
        seen[rows[i]] = true;
    }
out:
    free(seen);
    return status;
}

int
gsc_map_rows_read(char **words, gsc_arena *arena, size_t *count, const size_t **rows)
{
    int status = 0;
    size_t room = 0, *list = NULL, first = 0, last = 0;
    *count = 0;
    do {
        GSC_TRY(read_range(next_word(words), &first, &last));
        if (last - first >= MOST_ROWS - *count) {
            status = gsc_fail(GSC_EARGUMENT, "rows: more than %d", MOST_ROWS);
            goto out;
        }
        for (; first <= last; first++) {
            GSC_TRY(gsc_grow(&list, *count, &room, sizeof *list));
            list[(*count)++] = first;
        }
    } while (has_number(*words));
    GSC_TRY(check_once(list, *count));
    size_t *kept = gsc_arena_new(arena, *count, sizeof *kept);
    if (kept)
        memcpy(kept, list, *count * sizeof *list);
    *rows = kept;
    status = kept ? 0 : GSC_EMEMORY;
out:
    free(list);
    return status;
}

/* ---- Changes ---- */

static int
read_shape(char **words, gsc_shape *shape)
{
    bool has_rest = false;
    while (has_number(*words)) {
        const char *word = next_word(words);
        size_t size = 0;
        bool is_rest = strcmp(word, "-1") == 0;
        if (shape->rank == GSC_MAX_RANK || (is_rest && has_rest) ||
            (!is_rest && (!to_number(word, &size) || size == 0)))
            return gsc_fail(GSC_EARGUMENT,
                            "reshape: expected 1 to %d sizes, one of which may be -1, "
                            "found '%s'",
                            GSC_MAX_RANK, word);
        has_rest = has_rest || is_rest;
        shape->dims[shape->rank++] = size;
    }
    if (shape->rank == 0)
        return gsc_fail(GSC_EARGUMENT, "reshape: expected sizes, found '%s'",
                        next_word(words));
    return 0;
}

static int
read_part(char **words, gsc_map_part *part)
{
    int status = 0;
    GSC_TRY(read_number(words, "part", 0, &part->number));
    if (strcmp(next_word(words), "of") != 0)
        return gsc_fail(GSC_EARGUMENT, "part: expected 'part K of N along D'");
    GSC_TRY(read_number(words, "part … of", 1, &part->of));
    if (strcmp(next_word(words), "along") != 0)
        return gsc_fail(GSC_EARGUMENT, "part: expected 'part K of N along D'");
    GSC_TRY(read_number(words, "along", 0, &part->along));
    if (part->number >= part->of || part->along >= GSC_MAX_RANK)
        return gsc_fail(GSC_EARGUMENT,
                        "part %zu of %zu along %zu: parts count from 0, and so do "
                        "dimensions, of which there are at most %d",
                        part->number, part->of, part->along, GSC_MAX_RANK);
out:
    return status;
}

static int
read_change(gsc_map_entry *e, char **words, gsc_arena *arena)
{
    const char *word = next_word(words);
    bool is_rows = strcmp(word, "rows") == 0;
    if (strcmp(word, "transpose") == 0) {
        e->is_transposed = true;
        return 0;
    }
    if (strcmp(word, "part") == 0)
        return read_part(words, &e->part);
    if (strcmp(word, "heads") == 0)
        return read_number(words, "heads", 1, &e->n_heads);
    if (strcmp(word, "reshape") == 0)
        return read_shape(words, &e->view.shape);
    if ((is_rows || strcmp(word, "columns") == 0) && !e->view.rows) {
        e->view.axis = is_rows ? 0 : 1;
        return gsc_map_rows_read(words, arena, &e->view.num_rows, &e->view.rows);
    }
    if (e->view.rows && (is_rows || strcmp(word, "columns") == 0))
        return gsc_fail(GSC_EARGUMENT, "%s: rows or columns are chosen already", word);
    return gsc_fail(GSC_EARGUMENT,
                    "expected transpose, part, heads, reshape, rows or columns, found "
                    "'%s'; a name with blanks or commas stands in quotes",
                    word);
}

/* ---- Names ---- */

/* Choices that open and close, none in another. */
static bool
is_pattern(const char *name)
{
    bool is_open = false;
    for (; *name; name++) {
        if (is_open ? *name == '{' || *name == '*' : *name == '}')
            return false;
        is_open = *name == '{' || (is_open && *name != '}');
    }
    return !is_open;
}

static int
check_name(const char *name)
{
    if (!*name)
        return gsc_fail(GSC_EARGUMENT, "expected a name of theirs or a number after =");
    if (!is_pattern(name))
        return gsc_fail(GSC_EARGUMENT,
                        "%s: expected a name with {a,b} around choices, and * outside "
                        "of them",
                        name);
    for (size_t at = 0; name[at]; at += strcspn(name + at, "{},") + 1) {
        size_t length = strcspn(name + at, "{},");
        if (length >= GSC_NAME_BYTES)
            return gsc_fail(GSC_EARGUMENT, "a name of %zu bytes, expected at most %d",
                            length, GSC_NAME_BYTES - 1);
        if (!name[at + length])
            break;
    }
    return 0;
}

/* The end of their name: in quotes, or up to a blank, a colon before a blank, or a
 * comma outside of choices. */
static char *
name_end(char *name)
{
    bool is_open = false;
    for (; *name; name++) {
        is_open = *name == '{' || (is_open && *name != '}');
        if (strchr(" \t", *name) || (*name == ',' && !is_open) ||
            (*name == ':' && (!name[1] || strchr(" \t", name[1]))))
            break;
    }
    return name;
}

/* *rest is what follows the name, whose first letter may be one that ended it. */
static int
split_name(char *right, char **name, char **rest)
{
    bool is_quoted = *right == '"';
    char *end = is_quoted ? strchr(right + 1, '"') : name_end(right);
    if (!end)
        return gsc_fail(GSC_EARGUMENT, "a quote is not closed: %s", right);
    *name = right + is_quoted;
    *rest = end + is_quoted;
    size_t length = (size_t)(end - *name);
    if (!is_quoted && *end) { /* the letter that ends it becomes the end of its text */
        memmove(end + 1, end, strlen(end) + 1);
        *rest = end + 1;
    }
    (*name)[length] = '\0';
    return check_name(*name);
}

int
gsc_map_entry_read(gsc_map_entry *e, char *own, char *right, gsc_arena *arena)
{
    int status = 0;
    char *theirs = NULL, *rest = NULL, *words, *colon;
    char *copy = gsc_arena_new(arena, strlen(right) + 2, 1);
    if (!copy)
        return GSC_EMEMORY;
    memcpy(copy, right, strlen(right) + 1);
    e->own = own;
    GSC_TRY(split_name(copy, &theirs, &rest));
    e->theirs = theirs;
    colon = rest ? strchr(rest, ':') : NULL;
    if (colon) {
        *colon = '\0';
        e->axes = gsc_map_line_trim(colon + 1);
    }
    for (words = rest; words && words[strspn(words, " \t,")];)
        GSC_TRY(read_change(e, &words, arena));
    if (e->axes && (e->is_transposed || e->part.of > 0))
        return gsc_fail(GSC_EARGUMENT,
                        "transpose and part are told by the axes after the colon");
out:
    return status;
}
