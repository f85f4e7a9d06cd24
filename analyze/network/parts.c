/* Parts of a network, as a command line names them. */
#include "analyze/network/parts.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

const char *const gsc_part_names[GSC_NUM_PART_KINDS] = {"circle", "pc", "head",
                                                        "neurons", "tensor"};

/* A number below a million; *text moves behind it. */
static bool
read_number(const char **text, size_t *number)
{
    const char *begin = *text;
    for (*number = 0; isdigit((unsigned char)**text) && *text - begin < 7; (*text)++)
        *number = 10 * *number + (size_t)(**text - '0');
    return *text > begin && *text - begin < 7;
}

/* "3", "3-10", "freq:17", "0.2": what the kind takes. */
static bool
read_numbers(const char *text, gsc_part *part)
{
    if (part->kind == GSC_PART_NEURONS && strncmp(text, "freq:", 5) == 0) {
        part->by_frequency = true;
        text += 5;
    }
    if (!read_number(&text, &part->first))
        return false;
    if (part->kind == GSC_PART_HEAD && *text == '.') {
        part->has_layer = true;
        part->layer = part->first;
        text++;
        if (!read_number(&text, &part->first))
            return false;
    }
    part->last = part->first;
    if (*text == '-') {
        text++;
        if (!read_number(&text, &part->last))
            return false;
    }
    bool from_one = part->kind == GSC_PART_CIRCLE || part->kind == GSC_PART_PC ||
                    part->by_frequency;
    return *text == '\0' && part->first <= part->last && part->first >= from_one;
}

static bool
read_kind(const char *word, size_t length, gsc_part_kind *kind)
{
    for (int k = 0; k < GSC_NUM_PART_KINDS; k++)
        if (strlen(gsc_part_names[k]) == length &&
            strncmp(gsc_part_names[k], word, length) == 0) {
            *kind = (gsc_part_kind)k;
            return true;
        }
    return false;
}

/* One word of the list; `part` is the one before, whose kind it may share. */
static int
read_part(const char *word, bool first, gsc_part *part)
{
    const char *equals = strchr(word, '=');
    gsc_part_kind kind = part->kind;
    if (equals ? !read_kind(word, (size_t)(equals - word), &kind) : first)
        return gsc_fail(
            GSC_EARGUMENT,
            "part '%s': expected circle=, pc=, head=, neurons= or tensor=", word);
    *part = (gsc_part){.kind = kind};
    const char *value = equals ? equals + 1 : word;
    bool good;
    if (kind == GSC_PART_TENSOR) {
        good = *value != '\0' && strlen(value) < sizeof part->tensor;
        if (good)
            strcpy(part->tensor, value);
    } else {
        good = read_numbers(value, part);
    }
    static const char *const forms[GSC_NUM_PART_KINDS] = {
        "a frequency K or K-L, from 1", "a component N or N-M, from 1",
        "a head N, N-M or LAYER.N", "neurons N, N-M or freq:K", "a parameter's name"};
    return good ? 0
                : gsc_fail(GSC_EARGUMENT, "part '%s': expected %s", word, forms[kind]);
}

int
gsc_parts_init(gsc_parts *parts, const char *text)
{
    int status = 0;
    char *copy = NULL;
    gsc_part part = {.kind = GSC_PART_CIRCLE};
    *parts = (gsc_parts){.count = 0};
    copy = gsc_copy_text(text);
    if (!copy)
        GSC_TRY(GSC_EMEMORY);
    for (char *word = copy, *end; word; word = end) {
        end = strchr(word, ',');
        if (end)
            *end++ = '\0';
        GSC_TRY(read_part(word, parts->count == 0, &part));
        GSC_TRY(
            gsc_grow(&parts->items, parts->count, &parts->room, sizeof *parts->items));
        parts->items[parts->count++] = part;
    }
out:
    free(copy);
    if (status < 0)
        gsc_parts_free(parts);
    return status;
}

void
gsc_parts_free(gsc_parts *parts)
{
    free(parts->items);
    *parts = (gsc_parts){.count = 0};
}

bool
gsc_parts_have(const gsc_parts *parts, gsc_part_kind kind)
{
    for (size_t i = 0; i < parts->count; i++)
        if (parts->items[i].kind == kind)
            return true;
    return false;
}
