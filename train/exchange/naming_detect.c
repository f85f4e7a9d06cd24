/* Which naming tensors have: the one under which all of them fit with one size an axis.
 */
#include "grokscope/error.h"

#include "train/exchange/naming_table.h"

#include <stdio.h>
#include <string.h>

/* How the tensors fit one naming of one family. */
typedef struct fit {
    gsc_named named;
    size_t num_matched, num_complaints;
    gsc_text complaints; /* a line each */
} fit;

static const gsc_naming_form *
form_of(const fit *f, const char *name, size_t *layer)
{
    const gsc_naming_row *row =
        gsc_naming_find(f->named.family, f->named.naming, name, layer);
    return row ? &row->forms[f->named.naming] : NULL;
}

/* ---- One tensor ---- */

/* The dimension of all words from `*axes` on that lie in it, as far as their sizes are
 * known; the one unknown size, if it is one. */
typedef struct dimension {
    size_t product, num_unknown;
    gsc_axis unknown;
} dimension;

static size_t
read_dimensions(const char *axes, const size_t *sizes, dimension dims[GSC_MAX_RANK])
{
    gsc_axis_word word = {0};
    size_t rank = 0;
    while (gsc_axes_next(&axes, &word)) {
        gsc_axis axis = gsc_axis_find(word.text, word.length);
        if (!word.is_merged)
            dims[rank++] = (dimension){.product = 1};
        dimension *d = &dims[rank - 1];
        if (sizes[axis] > 0) {
            d->product *= sizes[axis];
        } else {
            d->num_unknown++;
            d->unknown = axis;
        }
    }
    return rank;
}

/* Learn sizes from a shape; false where it does not fit those that are known. */
static bool
learn(const gsc_naming_form *form, gsc_shape shape, size_t *sizes)
{
    dimension dims[GSC_MAX_RANK];
    if (read_dimensions(form->axes, sizes, dims) != shape.rank)
        return false;
    for (size_t i = 0; i < shape.rank; i++) {
        read_dimensions(form->axes, sizes, dims); /* the one before may have told */
        if (dims[i].num_unknown == 0 ? dims[i].product != shape.dims[i]
                                     : shape.dims[i] % dims[i].product != 0)
            return false;
        if (dims[i].num_unknown == 1)
            sizes[dims[i].unknown] = shape.dims[i] / dims[i].product;
    }
    return true;
}

/* "[d_vocab 59, n_heads 4 d_head ?]" */
static int
add_expected(gsc_text *text, const char *axes, const size_t *sizes)
{
    int status = 0;
    gsc_axis_word word = {0};
    const char *before = "[";
    while (gsc_axes_next(&axes, &word)) {
        size_t size = sizes[gsc_axis_find(word.text, word.length)];
        GSC_TRY(gsc_text_add(text, "%s%.*s", word.is_merged ? " x " : before,
                             (int)word.length, word.text));
        if (size > 0)
            GSC_TRY(gsc_text_add(text, " %zu", size));
        before = ", ";
    }
    GSC_TRY(gsc_text_add(text, "]"));
out:
    return status;
}

static int
complain(fit *f, const gsc_tensor *tensor, const gsc_naming_form *form)
{
    int status = 0;
    gsc_text *text = &f->complaints;
    f->num_complaints++;
    GSC_TRY(gsc_text_add(text, "\n  "));
    GSC_TRY(gsc_text_add_escaped(text, tensor->name));
    GSC_TRY(gsc_text_add(text, " "));
    GSC_TRY(gsc_shape_add(tensor->shape, text));
    GSC_TRY(gsc_text_add(text, form ? ": expected " : ": not expected"));
    if (form)
        GSC_TRY(add_expected(text, form->axes, f->named.sizes));
out:
    return status;
}

/* ---- All tensors ---- */

static int
fit_tensors(fit *f, const gsc_tensor *tensors, size_t count)
{
    int status = 0;
    size_t layer;
    for (size_t i = 0; i < count; i++) { /* first what all shapes tell */
        const gsc_naming_form *form = form_of(f, tensors[i].name, &layer);
        f->num_matched += form != NULL;
        if (form && strchr(form->name, '*') && layer >= f->named.n_layers)
            f->named.n_layers = layer + 1;
        if (form)
            learn(form, tensors[i].shape, f->named.sizes);
    }
    for (size_t i = 0; i < count; i++) {
        const gsc_naming_form *form = form_of(f, tensors[i].name, &layer);
        if (!form || !learn(form, tensors[i].shape, f->named.sizes))
            GSC_TRY(complain(f, &tensors[i], form));
    }
out:
    return status;
}

static bool
has_name(const gsc_tensor *tensors, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(tensors[i].name, name) == 0)
            return true;
    return false;
}

static int
find_missing(fit *f, const gsc_tensor *tensors, size_t count)
{
    int status = 0;
    const gsc_naming_table *table = &gsc_naming_tables[f->named.family];
    for (size_t i = 0; i < table->num_rows; i++) {
        const gsc_naming_form *form = &table->rows[i].forms[f->named.naming];
        bool in_layers = form->name && strchr(form->name, '*');
        size_t copies = in_layers ? f->named.n_layers : 1;
        for (size_t layer = 0; layer < copies; layer++) {
            char name[GSC_NAME_BYTES];
            if (table->rows[i].kind != GSC_NAMING_NEEDED || !form->name)
                continue;
            gsc_naming_fill(form->name, layer, name);
            if (has_name(tensors, count, name))
                continue;
            f->num_complaints++;
            GSC_TRY(gsc_text_add(&f->complaints, "\n  %s: missing, expected ", name));
            GSC_TRY(add_expected(&f->complaints, form->axes, f->named.sizes));
        }
    }
out:
    return status;
}

/* ---- All namings ---- */

static int
refuse_several(const fit *a, const fit *b)
{
    return gsc_fail(
        GSC_EFORMAT,
        "names and shapes fit the naming %s of a %s and %s of a %s; "
        "--naming decides",
        gsc_naming_names[a->named.naming], gsc_naming_tables[a->named.family].what,
        gsc_naming_names[b->named.naming], gsc_naming_tables[b->named.family].what);
}

static int
refuse(const fit *best)
{
    if (best->num_matched == 0)
        return gsc_fail(GSC_EFORMAT,
                        "no naming knows any of its tensors; --architecture tensors "
                        "takes them as they are");
    return gsc_fail(GSC_EFORMAT,
                    "%zu tensors do not fit a %s in the naming %s, and --architecture "
                    "tensors takes them as they are:%s",
                    best->num_complaints, gsc_naming_tables[best->named.family].what,
                    gsc_naming_names[best->named.naming],
                    best->complaints.data ? best->complaints.data : "");
}

/* The one that explains more tensors, or else the one with fewer complaints. */
static bool
is_better(const fit *a, const fit *b)
{
    if (a->num_matched != b->num_matched)
        return a->num_matched > b->num_matched;
    return a->num_complaints < b->num_complaints;
}

static int
try_all(fit fits[GSC_NUM_FAMILIES * GSC_NUM_NAMINGS], size_t *num_fits,
        const gsc_tensor *tensors, size_t count, const size_t known[GSC_NUM_AXES],
        gsc_naming asked)
{
    int status = 0;
    for (int family = 0; family < GSC_NUM_FAMILIES; family++)
        for (int naming = 0; naming < GSC_NUM_NAMINGS; naming++) {
            if (asked != GSC_NUM_NAMINGS && asked != (gsc_naming)naming)
                continue;
            fit *f = &fits[(*num_fits)++];
            *f = (fit){.named = {(gsc_naming)naming, (gsc_family)family, 0, {0}}};
            memcpy(f->named.sizes, known, sizeof f->named.sizes);
            GSC_TRY(fit_tensors(f, tensors, count));
            if (f->num_matched > 0)
                GSC_TRY(find_missing(f, tensors, count));
        }
out:
    return status;
}

int
gsc_naming_detect(const gsc_tensor *tensors, size_t count,
                  const size_t known[GSC_NUM_AXES], gsc_naming naming, gsc_named *named)
{
    int status = 0;
    fit fits[GSC_NUM_FAMILIES * GSC_NUM_NAMINGS];
    const fit *good = NULL, *best = fits;
    size_t num_fits = 0;
    GSC_TRY(try_all(fits, &num_fits, tensors, count, known, naming));
    for (size_t i = 0; i < num_fits; i++) {
        if (is_better(&fits[i], best))
            best = &fits[i];
        if (fits[i].num_matched == 0 || fits[i].num_complaints > 0)
            continue;
        if (good) {
            status = refuse_several(good, &fits[i]);
            goto out;
        }
        good = &fits[i];
    }
    if (good)
        *named = good->named;
    else
        status = refuse(best);
out:
    for (size_t i = 0; i < num_fits; i++)
        gsc_text_free(&fits[i].complaints);
    return status;
}
