/* A group's Cayley table in a file: bare numbers from 0 or 1, or a list of rows as GAP
 * prints it, "[ [ 1, 2 ], [ 2, 1 ] ]". */
#include "grokscope/group.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/text.h"

#include "train/data/index_text.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* The longest file that is read: numbers with generous space between them. */
enum { BYTES_A_NUMBER = 16, MOST_BYTES = BYTES_A_NUMBER << 24 };

/* Blanks in place of a list's brackets and commas, and of what gives it a name:
 * "table := [ [ 1, 2 ], [ 2, 1 ] ];". */
static void
blank_list(char *text)
{
    char *list = strchr(text, '[');
    if (!list)
        return;
    for (char *c = text; c < list; c++)
        if (!isspace((unsigned char)*c))
            *c = ' ';
    for (char *c = list; *c; c++)
        if (strchr("[],;", *c))
            *c = ' ';
}

static size_t
count_words(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += !isspace((unsigned char)*text) &&
                 (text[1] == '\0' || isspace((unsigned char)text[1]));
    return count;
}

/* Every element stands in every row of a group's table, so numbers from 0 have a 0. */
static bool
has_zero(const char *text)
{
    for (const char *c = text; *c; c++)
        if (*c == '0' && (c == text || isspace((unsigned char)c[-1])) &&
            !isdigit((unsigned char)c[strspn(c, "0")]))
            return true;
    return false;
}

static int
check_square(const char *path, size_t words, size_t *order)
{
    *order = 0;
    while (*order * *order < words)
        ++*order;
    if (*order * *order != words || words == 0)
        return gsc_fail(GSC_EFORMAT,
                        "%s: %zu numbers, expected n^2 of them: a Cayley table", path,
                        words);
    if (*order > GSC_MOST_ELEMENTS)
        return gsc_fail(GSC_EFORMAT, "%s: %zu elements, expected %d at most", path,
                        *order, GSC_MOST_ELEMENTS);
    return 0;
}

static int
read_numbers(gsc_index_text *in, size_t order, size_t first, uint16_t *table)
{
    int status = 0;
    for (size_t i = 0; i < order * order; i++) {
        size_t value = 0;
        gsc_index_skip(in);
        GSC_TRY(gsc_index_next(in, order + first, &value));
        table[i] = (uint16_t)(value - first);
    }
out:
    return status;
}

int
gsc_group_read(gsc_group *group, const char *path)
{
    int status = 0;
    char *text = NULL;
    size_t length, order;
    uint16_t *table = NULL;
    *group = (gsc_group){0};
    GSC_TRY(gsc_text_read_file(path, MOST_BYTES, &text, &length));
    blank_list(text);
    GSC_TRY(check_square(path, count_words(text), &order));
    GSC_NEW(table, order * order);
    gsc_index_text in = {path, text, text + length, 1};
    GSC_TRY(read_numbers(&in, order, has_zero(text) ? 0 : 1, table));
    status = gsc_group_init_table(group, order, table);
    if (status < 0)
        status = gsc_fail_in(status, path);
out:
    free(text);
    free(table);
    return status;
}
