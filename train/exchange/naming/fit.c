/* How tensors fit one map: each has a line, with one size an axis. */
#include "train/exchange/naming/fit.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include <stdlib.h>
#include <string.h>

/* The first line that reads it, or else the first that knows its name. */
static bool
line_of(const gsc_map *map, const gsc_tensor *tensor, gsc_reading *r)
{
    *r = (gsc_reading){.number = 0};
    if (gsc_map_read_next(map, tensor, r))
        return true;
    for (size_t i = 0; i < gsc_map_num_lines(map); i++) {
        *r = (gsc_reading){.number = i, .line = gsc_map_line_at(map, i)};
        if (gsc_naming_match(r->line.theirs, tensor->name, &r->layer)) {
            r->can_see = gsc_map_see_shape(map, i, tensor->shape, &r->shape);
            return true;
        }
    }
    return false;
}

/* ---- One tensor ---- */

static bool
learn(gsc_fit *f, const gsc_reading *r)
{
    f->sizes.num_local = 0;
    return r->can_see && gsc_axes_learn(&f->sizes, r->line.axes, r->shape);
}

/* "[d_vocab 59, n_heads 4 x d_head]" */
static int
add_expected(gsc_text *text, const char *axes, const gsc_axis_sizes *sizes)
{
    int status = 0;
    gsc_axis_word word = {0};
    const char *before = "[";
    while (gsc_axes_next(&axes, &word)) {
        size_t size = gsc_axis_size(sizes, &word);
        bool is_number = *word.text >= '0' && *word.text <= '9';
        GSC_TRY(gsc_text_add(text, "%s", word.is_merged ? " x " : before));
        if (!is_number)
            GSC_TRY(gsc_text_add(text, "%.*s", (int)word.length, word.text));
        if (size > 0)
            GSC_TRY(gsc_text_add(text, is_number ? "%zu" : " %zu", size));
        before = ", ";
    }
    GSC_TRY(gsc_text_add(text, "]"));
out:
    return status;
}

/* Begin a complaint, with the line of a user's map that it is about. */
static int
begin(gsc_fit *f, const size_t *number)
{
    f->num_complaints++;
    f->sizes.num_local = 0;
    if (number && f->map->views)
        return gsc_text_add(&f->complaints,
                            "\n  line %zu: ", f->map->views[*number].line);
    return gsc_text_add(&f->complaints, "\n  ");
}

/* What is not right with how a line reads a tensor. */
static int
complain_of(gsc_fit *f, const gsc_reading *r)
{
    int status = 0;
    const gsc_map_view *view = f->map->views ? &f->map->views[r->number] : NULL;
    if (r->can_see) {
        GSC_TRY(gsc_text_add(&f->complaints, ": expected "));
        status = add_expected(&f->complaints, r->line.axes, &f->sizes);
    } else if (view->rows) {
        GSC_TRY(gsc_text_add(&f->complaints, ": has not all of these %zu rows",
                             view->num_rows));
    } else {
        GSC_TRY(gsc_text_add(&f->complaints, ": cannot be reshaped to "));
        GSC_TRY(gsc_shape_add(view->shape, &f->complaints));
    }
out:
    return status;
}

static int
complain(gsc_fit *f, const gsc_tensor *tensor, const gsc_reading *r)
{
    int status = 0;
    gsc_text *text = &f->complaints;
    GSC_TRY(begin(f, r ? &r->number : NULL));
    GSC_TRY(gsc_text_add_escaped(text, tensor->name));
    GSC_TRY(gsc_text_add(text, " "));
    GSC_TRY(gsc_shape_add(tensor->shape, text));
    if (r)
        GSC_TRY(complain_of(f, r));
    else
        GSC_TRY(gsc_text_add(text, f->map->path ? ": on no line; --ignore leaves it out"
                                                : ": not expected"));
out:
    return status;
}

/* ---- All tensors ---- */

/* How many layers there are at least where ours is in this one; 0 for none. */
static size_t
own_layer(const gsc_map *map, const gsc_reading *r)
{
    size_t layer = 0;
    const char *row = gsc_map_row(map, r->line.own)->name;
    if (strchr(r->line.own, '*'))
        return r->layer + 1;
    return strchr(row, '*') && gsc_naming_match(row, r->line.own, &layer) ? layer + 1
                                                                          : 0;
}

/* All lines that read a tensor agree with the sizes. */
static int
check_tensor(gsc_fit *f, const gsc_tensor *tensor)
{
    int status = 0;
    gsc_reading r = {.next = 0};
    size_t num_read = 0;
    for (; gsc_map_read_next(f->map, tensor, &r); num_read++)
        if (!learn(f, &r))
            GSC_TRY(complain(f, tensor, &r));
    if (num_read == 0)
        GSC_TRY(complain(f, tensor, line_of(f->map, tensor, &r) ? &r : NULL));
out:
    return status;
}

static int
fit_tensors(gsc_fit *f, const gsc_tensor *tensors, size_t count)
{
    int status = 0;
    gsc_reading r;
    for (size_t i = 0; i < count; i++) { /* first what all shapes tell */
        if (!line_of(f->map, &tensors[i], &r))
            continue;
        f->num_matched++;
        size_t layer = own_layer(f->map, &r);
        if (layer > f->n_layers)
            f->n_layers = layer;
        learn(f, &r);
    }
    for (size_t i = 0; i < count; i++)
        GSC_TRY(check_tensor(f, &tensors[i]));
out:
    return status;
}

/* How many tensors give ours of this pattern in a layer; the last two of them. */
static size_t
count_sources(const gsc_fit *f, const gsc_tensor *tensors, size_t count,
              const char *own, size_t wanted, const gsc_tensor *last[2])
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++)
        for (gsc_reading r = {.next = 0}; gsc_map_read_next(f->map, &tensors[i], &r);)
            if (strcmp(r.line.own, own) == 0 && r.layer == wanted) {
                last[found++ % 2] = &tensors[i];
                break;
            }
    return found;
}

static int
complain_missing(gsc_fit *f, const gsc_tensor *named, size_t number,
                 const gsc_map_line *line, size_t layer)
{
    int status = 0;
    char name[GSC_NAME_BYTES];
    gsc_reading r = {.next = 0};
    if (named && !gsc_map_read_next(f->map, named, &r))
        return 0; /* no line reads it, which was told */
    if (named) {
        r.line = *line;
        r.can_see = gsc_map_see_shape(f->map, number, named->shape, &r.shape);
        r.number = number;
        return complain(f, named, &r);
    }
    gsc_naming_fill(line->theirs, layer, name);
    GSC_TRY(begin(f, &number));
    GSC_TRY(gsc_text_add(&f->complaints, "%s: missing, expected ", name));
    GSC_TRY(add_expected(&f->complaints, line->axes, &f->sizes));
out:
    return status;
}

static int
complain_twice(gsc_fit *f, const gsc_tensor *last[2], const char *own)
{
    int status = 0;
    GSC_TRY(begin(f, NULL));
    GSC_TRY(gsc_text_add_escaped(&f->complaints, last[0]->name));
    GSC_TRY(gsc_text_add(&f->complaints, " and "));
    GSC_TRY(gsc_text_add_escaped(&f->complaints, last[1]->name));
    GSC_TRY(gsc_text_add(&f->complaints, ": both are our %s", own));
out:
    return status;
}

/* The tensor that a line of a user's map names in a layer, NULL for built-in maps. */
static const gsc_tensor *
named_by(const gsc_fit *f, const gsc_tensor *tensors, size_t count, const char *pattern,
         size_t wanted)
{
    for (size_t i = 0; f->map->path && i < count; i++) {
        size_t layer = 0;
        if (gsc_naming_match(pattern, tensors[i].name, &layer) && layer == wanted)
            return &tensors[i];
    }
    return NULL;
}

/* What a line makes is there once in each layer, or in none where it may be missing; a
 * tensor that a user's line names is read by it. */
static int
check_line(gsc_fit *f, const gsc_tensor *tensors, size_t count, size_t number,
           const gsc_map_line *line)
{
    int status = 0;
    gsc_naming_presence kind = gsc_map_row(f->map, line->own)->kind;
    size_t copies = strchr(line->own, '*') ? f->n_layers : 1, present = 0;
    const gsc_tensor *last[2];
    for (size_t layer = 0; layer < copies; layer++)
        present += count_sources(f, tensors, count, line->own, layer, last) > 0;
    for (size_t layer = 0; layer < copies; layer++) {
        size_t found = count_sources(f, tensors, count, line->own, layer, last);
        const gsc_tensor *named = named_by(f, tensors, count, line->theirs, layer);
        bool is_all_or_none = kind == GSC_NAMING_USUAL || f->map->path;
        bool is_needed =
            kind == GSC_NAMING_NEEDED || named || (is_all_or_none && present > 0);
        if (found == 0 && is_needed)
            GSC_TRY(complain_missing(f, named, number, line, layer));
        if (found > 1)
            GSC_TRY(complain_twice(f, last, line->own));
    }
out:
    return status;
}

static int
check_lines(gsc_fit *f, const gsc_tensor *tensors, size_t count)
{
    int status = 0;
    const char *before = "";
    for (size_t i = 0; i < gsc_map_num_lines(f->map); i++) {
        gsc_map_line line = gsc_map_line_at(f->map, i);
        bool is_new = strcmp(line.own, before) != 0;
        if (is_new &&
            !gsc_map_is_constant(&line)) /* other ways to read it come right after */
            GSC_TRY(check_line(f, tensors, count, i, &line));
        before = line.own;
    }
    /* Ours has no block where the file has none; of others it is what they are. */
    if (f->map->family == GSC_FAMILY_TRANSFORMER && f->n_layers == 0 &&
        f->map->naming > GSC_NAMING_TORCH_LINEAR) {
        GSC_TRY(begin(f, NULL));
        GSC_TRY(gsc_text_add(&f->complaints, "no block of attention"));
    }
out:
    return status;
}

static bool
is_named(const gsc_tensor *tensors, size_t count, const char *pattern)
{
    size_t layer;
    for (size_t i = 0; i < count; i++)
        if (gsc_naming_match(pattern, tensors[i].name, &layer))
            return true;
    return false;
}

/* Each line of a user's map names a tensor that is there. */
static int
check_names(gsc_fit *f, const gsc_tensor *tensors, size_t count)
{
    int status = 0;
    size_t before = 0;
    const char **names;
    GSC_NEW(names, count);
    for (size_t i = 0; i < f->map->num_lines; i++) {
        const gsc_map_line *line = &f->map->lines[i];
        bool is_new = f->map->views[i].line != before;
        before = f->map->views[i].line;
        if (!is_new || gsc_map_is_constant(line) ||
            is_named(tensors, count, line->theirs))
            continue;
        GSC_TRY(begin(f, &i));
        GSC_TRY(gsc_text_add(&f->complaints, "no tensor is named %s", line->theirs));
        for (size_t k = 0; k < count; k++)
            names[k] = tensors[k].name;
        GSC_TRY(gsc_naming_add_nearest(&f->complaints, line->theirs, names, count));
    }
out:
    free(names);
    return status;
}

int
gsc_fit_map(gsc_fit *f, const gsc_tensor *tensors, size_t count,
            const size_t known[GSC_NUM_AXES], const gsc_map *map)
{
    int status = 0;
    *f = (gsc_fit){.map = map};
    memcpy(f->sizes.known, known, sizeof f->sizes.known);
    GSC_TRY(fit_tensors(f, tensors, count));
    if (f->num_matched > 0)
        GSC_TRY(check_lines(f, tensors, count));
    if (map->path)
        GSC_TRY(check_names(f, tensors, count));
out:
    return status;
}

bool
gsc_fit_is_good(const gsc_fit *f)
{
    return f->num_matched > 0 && f->num_complaints == 0;
}

int
gsc_fit_refuse(const gsc_fit *best)
{
    if (best && best->map->path)
        return gsc_fail(GSC_EFORMAT, "%s: %zu things do not fit a %s:%s",
                        best->map->path, best->num_complaints,
                        gsc_families[best->map->family].what,
                        best->complaints.data ? best->complaints.data : "");
    if (!best || best->num_matched == 0)
        return gsc_fail(GSC_EFORMAT,
                        "no naming knows any of its tensors; --suggest-map begins "
                        "a map of them, --architecture tensors takes them as they are");
    return gsc_fail(
        GSC_EFORMAT,
        "%zu tensors do not fit a %s in the naming %s; --ignore leaves some "
        "out, --suggest-map begins a map of them, --architecture tensors "
        "takes them as they are:%s",
        best->num_complaints, gsc_families[best->map->family].what,
        gsc_naming_names[best->map->naming],
        best->complaints.data ? best->complaints.data : "");
}
