/* Maps that are begun for a user to complete. */
#include "train/exchange/naming/suggest.h"

#include "grokscope/error.h"

#include "train/exchange/naming/lines.h"

#include <stdlib.h>
#include <string.h>

/* ---- A built-in map that fits ---- */

/* The line by which a tensor is read; none for layers that the star of the first one
 * stands for. */
static int
add_reading(gsc_lines *lines, const gsc_named *named, const gsc_tensor *tensors,
            size_t count, const gsc_reading *r, const char *name, bool *has_heads)
{
    char pattern[GSC_NAME_BYTES], own[GSC_NAME_BYTES];
    const gsc_own_row *row = gsc_map_row(named->map, r->line.own);
    bool is_star =
        strchr(r->line.own, '*') &&
        gsc_line_star(tensors, count, name, r->layer, named->n_layers, pattern);
    if (is_star && r->layer > 0)
        return 0;
    gsc_naming_fill(r->line.own, r->layer, own);
    gsc_line *line =
        gsc_lines_add(lines, is_star ? r->line.own : own, is_star ? pattern : name);
    if (!line)
        return GSC_EMEMORY;
    gsc_line_describe(line, row, r->line.axes);
    gsc_line_add_heads(line, r->line.axes, named->sizes[GSC_AXIS_N_HEADS],
                       named->sizes[GSC_AXIS_D_MODEL], has_heads);
    return 0;
}

static int
add_fitting(gsc_lines *lines, const gsc_named *named, const gsc_tensor *tensors,
            size_t count)
{
    int status = 0;
    bool has_heads = false;
    for (size_t i = 0; i < count; i++)
        for (gsc_reading r = {.next = 0};
             gsc_map_read_next(named->map, &tensors[i], &r);)
            GSC_TRY(add_reading(lines, named, tensors, count, &r, tensors[i].name,
                                &has_heads));
out:
    return status;
}

/* ---- A guess ---- */

static bool
has_attention(const gsc_tensor *tensors, size_t count)
{
    static const char *const words[] = {"attn", "attention", "query", "qkv", "W_Q",
                                        "w_q",  "q_proj",    "heads", "wq",  NULL};
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; words[k]; k++)
            if (gsc_name_has(tensors[i].name, words[k]))
                return true;
    return false;
}

static int
guess(gsc_lines *lines, const gsc_tensor *tensors, size_t count,
      const size_t known[GSC_NUM_AXES])
{
    int status = 0;
    if (!has_attention(tensors, count))
        GSC_TRY(gsc_guess_stack(tensors, count, lines));
    if (lines->count == 0)
        GSC_TRY(gsc_guess_transformer(tensors, count, known, lines));
out:
    return status;
}

static bool
is_open(const gsc_line *line)
{
    return !*line->own || strchr(line->own, '?') || strchr(line->changes, '?');
}

static bool
has_attention_row(const gsc_lines *lines)
{
    for (size_t i = 0; i < lines->count; i++)
        if (strstr(lines->items[i].own, ".attn.") ||
            strstr(lines->items[i].note, "W_Q"))
            return true;
    return false;
}

static bool
has_heads(const gsc_lines *lines)
{
    for (size_t i = 0; i < lines->count; i++)
        if (strstr(lines->items[i].changes, "heads "))
            return true;
    return false;
}

static int
write_guess(const gsc_lines *lines, gsc_text *text)
{
    int status = 0;
    size_t num_open = 0;
    for (size_t i = 0; i < lines->count; i++)
        num_open += is_open(&lines->items[i]);
    GSC_TRY(gsc_text_add(text, "# No built-in map fits: made from names and shapes, to "
                               "be looked through.\n"));
    if (num_open > 0)
        GSC_TRY(gsc_text_add(text,
                             "# %zu line%s for an answer: put one for each ?, or leave "
                             "a tensor out\n# with ignore NAME.\n",
                             num_open, num_open == 1 ? " waits" : "s wait"));
    GSC_TRY(gsc_lines_write(lines, text));
    if (has_attention_row(lines) && !has_heads(lines))
        GSC_TRY(gsc_text_add(text, "# heads N on one of these lines tells how many "
                                   "heads there are.\n"));
out:
    return status;
}

int
gsc_map_suggest(const gsc_tensor *tensors, size_t count,
                const size_t known[GSC_NUM_AXES], gsc_naming naming, gsc_text *text)
{
    int status = 0;
    gsc_named named;
    gsc_lines lines = {.items = NULL};
    int found = gsc_naming_detect(tensors, count, known, naming, &named);
    if (found == GSC_EMEMORY)
        return found;
    if (found == 0) {
        GSC_TRY(add_fitting(&lines, &named, tensors, count));
        GSC_TRY(gsc_text_add(text, "# The built-in map %s of a %s: --map %s.\n",
                             gsc_map_name(named.map), gsc_families[named.family].what,
                             gsc_map_name(named.map)));
        GSC_TRY(gsc_lines_write(&lines, text));
    } else {
        GSC_TRY(guess(&lines, tensors, count, known));
        GSC_TRY(write_guess(&lines, text));
    }
out:
    gsc_named_free(&named);
    free(lines.items);
    return status;
}
