/* Tensors that change from one naming to another. */
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "train/exchange/naming/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Layout ---- */

enum { MOST_WORDS = 8 };

/* The words of our axes with their sizes; where in theirs the first element lies, and
 * how far apart those along each word. */
typedef struct path {
    size_t count, dims[MOST_WORDS], strides[MOST_WORDS];
    size_t first;
} path;

/* The elements of theirs between two along a word; 0 where it has no such word. */
static size_t
stride_of(const char *axes, const gsc_axis_word *wanted, const gsc_axis_sizes *sizes)
{
    gsc_axis_word word = {0};
    size_t stride = 0;
    while (gsc_axes_next(&axes, &word)) {
        if (stride > 0)
            stride *= gsc_axis_size(sizes, &word);
        else if (word.length == wanted->length &&
                 strncmp(word.text, wanted->text, word.length) == 0)
            stride = 1;
    }
    return stride;
}

/* Part K of N begins at K strides of that axis. */
static size_t
first_of(const char *axes, const gsc_axis_sizes *sizes)
{
    gsc_axis_word word = {0};
    size_t first = 0;
    for (const char *at = axes; gsc_axes_next(&at, &word);)
        if (memchr(word.text, '/', word.length))
            first += strtoul(word.text, NULL, 10) * stride_of(axes, &word, sizes);
    return first;
}

static void
find_path(const char *theirs, const char *own, const gsc_axis_sizes *sizes, path *p,
          gsc_shape *shape)
{
    gsc_axis_word word = {0};
    *p = (path){.first = first_of(theirs, sizes)};
    *shape = (gsc_shape){.rank = 0};
    while (p->count < MOST_WORDS && gsc_axes_next(&own, &word)) {
        size_t size = gsc_axis_size(sizes, &word);
        p->dims[p->count] = size;
        p->strides[p->count++] = stride_of(theirs, &word, sizes);
        if (word.is_merged)
            shape->dims[shape->rank - 1] *= size;
        else
            shape->dims[shape->rank++] = size;
    }
}

/* The next place in theirs, in the order of ours. */
static size_t
next_place(const path *p, size_t index[MOST_WORDS], size_t at)
{
    for (size_t axis = p->count; axis-- > 0;) {
        at += p->strides[axis];
        if (++index[axis] < p->dims[axis])
            break;
        at -= index[axis] * p->strides[axis];
        index[axis] = 0;
    }
    return at;
}

static void
gather(const path *p, size_t size, size_t count, const char *theirs, char *own)
{
    size_t index[MOST_WORDS] = {0}, at = p->first;
    for (size_t i = 0; i < count; i++, at = next_place(p, index, at))
        memcpy(own + i * size, theirs + at * size, size);
}

static void
scatter(const path *p, size_t size, size_t count, const char *own, char *theirs)
{
    size_t index[MOST_WORDS] = {0}, at = p->first;
    for (size_t i = 0; i < count; i++, at = next_place(p, index, at))
        memcpy(theirs + at * size, own + i * size, size);
}

static gsc_axis_sizes
sizes_of(const gsc_named *named)
{
    gsc_axis_sizes sizes = {.num_local = 0};
    memcpy(sizes.known, named->sizes, sizeof sizes.known);
    return sizes;
}

/* ---- Theirs as ours ---- */

typedef struct tensor_list {
    gsc_tensor *items;
    size_t count, room;
} tensor_list;

static void
free_tensors(gsc_tensor *tensors, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(tensors[i].data);
    free(tensors);
}

/* Fill what a line makes; `theirs`, as the line sees it, is NULL where it makes a
 * constant. */
static int
add_own(tensor_list *list, const gsc_named *named, const gsc_map_line *line,
        size_t layer, const gsc_tensor *theirs, gsc_type type)
{
    int status = 0;
    path p;
    gsc_axis_sizes sizes = sizes_of(named);
    const char *own = gsc_map_row(named->map, line->own)->axes;
    GSC_TRY(gsc_grow(&list->items, list->count, &list->room, sizeof *list->items));
    gsc_tensor *t = &list->items[list->count];
    *t = (gsc_tensor){.type = type, .trained = true};
    gsc_naming_fill(line->own, layer, t->name);
    if (theirs)
        gsc_axes_learn(&sizes, line->axes, theirs->shape);
    find_path(line->axes, own, &sizes, &p, &t->shape);
    size_t size = gsc_type_size(type), count = gsc_shape_count(t->shape);
    if (count == 0)
        return gsc_fail(GSC_EFORMAT, "%s: nothing tells its size, so %s cannot fill it",
                        t->name, line->theirs);
    t->data = gsc_new(count, size);
    if (!t->data)
        return GSC_EMEMORY;
    list->count++;
    if (theirs)
        gather(&p, size, count, theirs->data, t->data);
    for (size_t i = 0; !theirs && i < count; i++)
        if (type == GSC_FLOAT32)
            ((float *)t->data)[i] = (float)strtod(line->theirs, NULL);
        else
            ((double *)t->data)[i] = strtod(line->theirs, NULL);
out:
    return status;
}

static int
add_constants(tensor_list *list, const gsc_named *named, gsc_type type)
{
    int status = 0;
    for (size_t i = 0; i < gsc_map_num_lines(named->map); i++) {
        gsc_map_line line = gsc_map_line_at(named->map, i);
        size_t copies = strchr(line.own, '*') ? named->n_layers : 1;
        for (size_t layer = 0; gsc_map_is_constant(&line) && layer < copies; layer++)
            GSC_TRY(add_own(list, named, &line, layer, NULL, type));
    }
out:
    return status;
}

static int
add_all(tensor_list *list, const gsc_named *named, const gsc_tensor *theirs)
{
    int status = 0;
    size_t before = list->count;
    void *copy = NULL;
    gsc_tensor seen;
    for (gsc_reading r = {.next = 0}; gsc_map_read_next(named->map, theirs, &r);) {
        GSC_TRY(gsc_map_see(named->map, r.number, theirs, &seen, &copy));
        GSC_TRY(add_own(list, named, &r.line, r.layer, &seen, theirs->type));
        free(copy);
        copy = NULL;
    }
    if (list->count == before)
        status = gsc_fail(GSC_EFORMAT, "%s is no tensor of the map %s", theirs->name,
                          gsc_map_name(named->map));
out:
    free(copy);
    return status;
}

int
gsc_naming_to_own(const gsc_named *named, gsc_tensor **tensors, size_t *count)
{
    int status = 0;
    tensor_list list = {.items = NULL};
    for (size_t i = 0; i < *count; i++)
        GSC_TRY(add_all(&list, named, &(*tensors)[i]));
    GSC_TRY(add_constants(&list, named, *count > 0 ? (*tensors)[0].type : GSC_FLOAT32));
    free_tensors(*tensors, *count);
    *tensors = list.items;
    *count = list.count;
    list = (tensor_list){.items = NULL};
out:
    free_tensors(list.items, list.count);
    return status;
}

/* ---- Ours as theirs ---- */

static gsc_tensor *
find(const gsc_tensor *tensors, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(tensors[i].name, name) == 0)
            return (gsc_tensor *)&tensors[i];
    return NULL;
}

/* The shape of theirs, its words side by side. */
static gsc_shape
shape_of(const char *axes, const gsc_axis_sizes *sizes)
{
    gsc_axis_word word = {0};
    gsc_shape shape = {.rank = 0};
    while (gsc_axes_next(&axes, &word)) {
        if (!word.is_merged)
            shape.dims[shape.rank++] = 1;
        shape.dims[shape.rank - 1] *= gsc_axis_size(sizes, &word);
    }
    return shape;
}

/* The tensor of theirs that a line writes to, all zeros where it is new. */
static int
find_or_add(tensor_list *list, const gsc_map_line *line, size_t layer,
            const gsc_axis_sizes *sizes, gsc_type type, gsc_tensor **theirs)
{
    int status = 0;
    char name[GSC_NAME_BYTES];
    gsc_naming_fill(line->theirs, layer, name);
    *theirs = find(list->items, list->count, name);
    if (*theirs)
        return 0;
    GSC_TRY(gsc_grow(&list->items, list->count, &list->room, sizeof *list->items));
    gsc_tensor *t = *theirs = &list->items[list->count];
    *t = (gsc_tensor){.type = type, .trained = true};
    memcpy(t->name, name, sizeof name);
    t->shape = shape_of(line->axes, sizes);
    t->data = gsc_new(gsc_shape_count(t->shape), gsc_type_size(type));
    if (!t->data)
        return GSC_EMEMORY;
    list->count++;
out:
    return status;
}

static int
write_own(tensor_list *list, const gsc_named *named, const gsc_tensor *own)
{
    int status = 0;
    gsc_tensor *theirs;
    path p;
    gsc_shape shape;
    for (size_t i = 0; i < gsc_map_num_lines(named->map); i++) {
        gsc_map_line line = gsc_map_line_at(named->map, i);
        gsc_axis_sizes sizes = sizes_of(named);
        const char *axes = gsc_map_row(named->map, line.own)->axes;
        size_t layer = 0;
        if (!gsc_naming_match(line.own, own->name, &layer) ||
            gsc_map_is_constant(&line))
            continue;
        gsc_axes_learn(&sizes, axes, own->shape);
        GSC_TRY(find_or_add(list, &line, layer, &sizes, own->type, &theirs));
        find_path(line.axes, axes, &sizes, &p, &shape);
        scatter(&p, gsc_type_size(own->type), gsc_shape_count(shape), own->data,
                theirs->data);
        return 0; /* the lines after it are other ways to read it */
    }
    return gsc_fail(GSC_EARGUMENT, "naming: %s has no %s",
                    gsc_naming_names[named->naming], own->name);
out:
    return status;
}

/* ---- Biases ---- */

const char *const gsc_naming_biases_names[] = {"auto", "own", "all", "nonzero", NULL};

static bool
is_bias(const char *own)
{
    const char *last = strrchr(own, '.');
    return last && strncmp(last, ".b", 2) == 0;
}

static bool
is_zero(const gsc_tensor *t)
{
    for (size_t i = 0; i < gsc_shape_count(t->shape); i++)
        if (gsc_element(t->type, t->data, i) != 0)
            return false;
    return true;
}

static bool
has_part(const gsc_tensor *own, size_t count, const char *part)
{
    for (size_t i = 0; i < count; i++)
        if (strstr(own[i].name, part))
            return true;
    return false;
}

/* Whether some linear map of a block has a bias, or a norm one that is not zero. */
static bool
has_biases(const gsc_tensor *own, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (is_bias(own[i].name) && strncmp(own[i].name, "unembed.", 8) != 0 &&
            (strstr(own[i].name, ".b_") || !is_zero(&own[i])))
            return true;
    return false;
}

/* A gate of modules has no bias, unless somebody gave it one. */
static bool
is_kept(const gsc_named *named, const gsc_tensor *t, bool keeps_zeros)
{
    const char *last = strrchr(t->name, '.');
    bool is_gate = last && strcmp(last, ".b_gate") == 0;
    if (is_gate && named->biases == GSC_BIASES_OF_NAMING)
        keeps_zeros = false;
    return keeps_zeros || !is_bias(t->name) || !is_zero(t);
}

/* Where there is no MLP it has no biases either. */
static bool
is_there(const gsc_tensor *own, size_t count, const char *bias)
{
    return !strstr(bias, ".mlp.") || has_part(own, count, ".mlp.W_in");
}

/* Which biases an export has: `keeps_zeros` of those that are there, and those that are
 * added begin so. */
typedef struct wanted {
    bool keeps_zeros;
    const char *added; /* NULL: none */
} wanted;

static wanted
wanted_biases(const gsc_named *named, const gsc_tensor *own, size_t count)
{
    if (named->biases != GSC_BIASES_OF_NAMING)
        return (wanted){named->biases != GSC_BIASES_NONZERO,
                        named->biases == GSC_BIASES_ALL ? "" : NULL};
    if (named->naming <= GSC_NAMING_TORCH_LINEAR)
        return (wanted){true, ""};
    if (named->naming == GSC_NAMING_GPT2 || named->naming == GSC_NAMING_NEOX ||
        named->naming == GSC_NAMING_TORCH_ENCODER ||
        (named->naming == GSC_NAMING_NANOGPT && has_biases(own, count)))
        return (wanted){true, "blocks."};
    if (named->naming == GSC_NAMING_TORCH_MHA && has_part(own, count, ".attn.b_"))
        return (wanted){true, "blocks.*.attn."};
    return (wanted){named->naming != GSC_NAMING_NANOGPT, NULL};
}

/* Whether a line before it makes the same: those after the first are for reading. */
static bool
is_other_way(const gsc_named *named, size_t i)
{
    const char *own = gsc_map_line_at(named->map, i).own;
    for (size_t k = 0; k < i; k++)
        if (strcmp(gsc_map_line_at(named->map, k).own, own) == 0)
            return true;
    return false;
}

static int
add_zeros(tensor_list *list, const gsc_named *named, const gsc_tensor *own,
          size_t count, const char *begin)
{
    int status = 0;
    gsc_axis_sizes sizes = sizes_of(named);
    gsc_tensor *theirs;
    for (size_t i = 0; i < gsc_map_num_lines(named->map); i++) {
        gsc_map_line line = gsc_map_line_at(named->map, i);
        size_t copies = strchr(line.own, '*') ? named->n_layers : 1;
        if (strncmp(line.own, begin, strlen(begin)) != 0 || is_other_way(named, i) ||
            gsc_map_row(named->map, line.own)->kind != GSC_NAMING_BIAS)
            continue;
        for (size_t layer = 0; layer < copies; layer++) {
            char name[GSC_NAME_BYTES];
            gsc_naming_fill(line.own, layer, name);
            if (!find(own, count, name) && is_there(own, count, name))
                GSC_TRY(find_or_add(list, &line, layer, &sizes,
                                    count > 0 ? own[0].type : GSC_FLOAT32, &theirs));
        }
    }
out:
    return status;
}

int
gsc_naming_from_own(const gsc_named *named, const gsc_tensor *own, size_t count,
                    gsc_tensor **theirs, size_t *num_theirs)
{
    int status = 0;
    tensor_list list = {.items = NULL};
    wanted biases = wanted_biases(named, own, count);
    for (size_t i = 0; i < count; i++)
        if (is_kept(named, &own[i], biases.keeps_zeros))
            GSC_TRY(write_own(&list, named, &own[i]));
    if (biases.added)
        GSC_TRY(add_zeros(&list, named, own, count, biases.added));
out:
    *theirs = list.items;
    *num_theirs = list.count;
    return status;
}
