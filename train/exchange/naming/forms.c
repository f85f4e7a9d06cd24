/* The forms in which others keep a tensor of ours. */
#include "train/exchange/naming/forms.h"

#include "grokscope/error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Forms ---- */

static gsc_form
form_of(const char *axes)
{
    gsc_form form = {.rank = 0};
    gsc_axis_word word = {0};
    while (form.rank < GSC_MAX_RANK && gsc_axes_next(&axes, &word))
        snprintf(form.dims[form.rank++], GSC_FORM_BYTES, "%.*s", (int)word.length,
                 word.text);
    return form;
}

/* Heads side by side in one dimension, as nn.Linear has them. */
static bool
merge_heads(const gsc_form *own, gsc_form *merged)
{
    static const char heads[] = "(n_heads d_head)";
    if (own->rank < 2 || strcmp(own->dims[0], "n_heads") != 0)
        return false;
    *merged = (gsc_form){.rank = own->rank - 1};
    for (size_t i = 0; i + 1 < own->rank; i++) {
        const char *dim = own->dims[i + 1];
        snprintf(merged->dims[i], GSC_FORM_BYTES, "%s",
                 strcmp(dim, "d_head") == 0 ? heads : dim);
    }
    return true;
}

static bool
transpose(gsc_form *form)
{
    if (form->rank < 2)
        return false;
    gsc_form as_it_was = *form;
    memcpy(form->dims[form->rank - 2], as_it_was.dims[form->rank - 1], GSC_FORM_BYTES);
    memcpy(form->dims[form->rank - 1], as_it_was.dims[form->rank - 2], GSC_FORM_BYTES);
    return true;
}

size_t
gsc_forms(const gsc_own_row *row, bool is_transposed, gsc_form forms[GSC_MOST_FORMS])
{
    gsc_form own = form_of(row->axes), all[GSC_MOST_FORMS];
    size_t count = 0, kept = 0;
    if (merge_heads(&own, &all[count]))
        count++;
    all[count++] = own;
    if (!is_transposed && strcmp(row->name, "pos_embed.W_pos") == 0) {
        all[count++] = form_of("1 n_ctx d_model");
        all[count++] = form_of("n_ctx 1 d_model");
    }
    for (size_t i = 0; i < count; i++)
        if (!is_transposed || transpose(&all[i]))
            forms[kept++] = all[i];
    return kept;
}

bool
gsc_form_axes(const gsc_form *form, const gsc_map_part *part, char axes[GSC_NAME_BYTES])
{
    size_t used = 0;
    if (part->of > 0 && part->along >= form->rank)
        return false;
    for (size_t i = 0; i < form->rank; i++) {
        const char *dim = form->dims[i], *bare = dim + (*dim == '(');
        used += (size_t)snprintf(axes + used, GSC_NAME_BYTES - used, "%s",
                                 i > 0 ? " " : "");
        if (part->of == 0 || i != part->along)
            used += (size_t)snprintf(axes + used, GSC_NAME_BYTES - used, "%s", dim);
        else
            used +=
                (size_t)snprintf(axes + used, GSC_NAME_BYTES - used, "(%zu/%zu %s%s",
                                 part->number, part->of, bare, *dim == '(' ? "" : ")");
    }
    return true;
}

/* ---- Axes ---- */

static bool
is_word(const gsc_axis_word *word, const char *text)
{
    return word->length == strlen(text) && strncmp(word->text, text, word->length) == 0;
}

size_t
gsc_axes_find(const char *axes, const char *text)
{
    gsc_axis_word word = {0};
    size_t dimension = 0, found = GSC_MAX_RANK, found_at = GSC_MAX_RANK;
    bool is_first = true;
    while (gsc_axes_next(&axes, &word)) {
        dimension += !is_first && !word.is_merged;
        is_first = false;
        if (word.is_merged && dimension == found_at)
            found = GSC_MAX_RANK;
        if (is_word(&word, text) && !word.is_merged)
            found = found_at = dimension;
    }
    return found;
}

static size_t
count_word(const char *axes, const gsc_axis_word *wanted)
{
    gsc_axis_word word = {0};
    size_t count = 0;
    while (gsc_axes_next(&axes, &word))
        count += word.length == wanted->length &&
                 strncmp(word.text, wanted->text, word.length) == 0;
    return count;
}

/* A number from 1, or K/N with K before N. */
static bool
is_count(const gsc_axis_word *word)
{
    char *end;
    enum { MOST_DIGITS = 6 };
    if (word->length > 2 * MOST_DIGITS + 1 ||
        strspn(word->text, "0123456789") > MOST_DIGITS)
        return false;
    unsigned long number = strtoul(word->text, &end, 10), of;
    if (end == word->text + word->length)
        return number > 0;
    if (*end != '/' || strspn(end + 1, "0123456789") > MOST_DIGITS ||
        strspn(end + 1, "0123456789") == 0)
        return false;
    of = strtoul(end + 1, &end, 10);
    return end == word->text + word->length && number < of;
}

/* Brackets that open and close, none in another, none empty. */
static bool
is_balanced(const char *axes)
{
    const char *open = NULL;
    for (; *axes; axes++) {
        if (*axes == '(' ? open != NULL : *axes == ')' && (!open || axes == open + 1))
            return false;
        if (*axes == '(' || *axes == ')')
            open = *axes == '(' ? axes : NULL;
    }
    return !open;
}

int
gsc_axes_check(const char *axes, const gsc_own_row *row)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_/'() ";
    gsc_axis_word word = {0};
    if (axes[strspn(axes, letters)] || !is_balanced(axes) || gsc_axes_rank(axes) == 0)
        return gsc_fail(GSC_EARGUMENT,
                        "'%s': expected axes, words with those of one dimension in "
                        "brackets: %s",
                        axes, row->axes);
    if (gsc_axes_rank(axes) > GSC_MAX_RANK)
        return gsc_fail(GSC_EARGUMENT, "'%s': more than %d dimensions", axes,
                        GSC_MAX_RANK);
    for (const char *own = row->axes; gsc_axes_next(&own, &word);)
        if (count_word(axes, &word) != 1)
            return gsc_fail(GSC_EARGUMENT, "'%s': expected %.*s once; ours has %s",
                            axes, (int)word.length, word.text, row->axes);
    word = (gsc_axis_word){0};
    for (const char *at = axes; gsc_axes_next(&at, &word);)
        if (count_word(row->axes, &word) == 0 && !is_count(&word))
            return gsc_fail(GSC_EARGUMENT,
                            "'%.*s': expected a number, K/N, or an axis of ours: %s",
                            (int)word.length, word.text, row->axes);
    return 0;
}
