/* What a line of a user's map does to a tensor before its axes are read: it reshapes
 * it, and chooses rows. */
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "train/exchange/naming/table.h"

#include <stdlib.h>
#include <string.h>

/* ---- Shapes ---- */

/* The shape that is asked for, with what is left for the size that is not given; false
 * where it has another number of elements. */
static bool
reshape(gsc_shape wanted, gsc_shape theirs, gsc_shape *seen)
{
    size_t count = gsc_shape_count(theirs), product = 1, open = wanted.rank;
    *seen = wanted;
    for (size_t i = 0; i < wanted.rank; i++) {
        if (wanted.dims[i] == 0)
            open = i;
        else if (wanted.dims[i] > count / product)
            return false;
        else
            product *= wanted.dims[i];
    }
    if (open < wanted.rank)
        seen->dims[open] = count / product;
    return open < wanted.rank ? count % product == 0 : product == count;
}

bool
gsc_map_see_shape(const gsc_map *map, size_t i, gsc_shape theirs, gsc_shape *seen)
{
    const gsc_map_view *view = map->views ? &map->views[i] : NULL;
    *seen = theirs;
    if (!view)
        return true;
    if (view->shape.rank > 0 && !reshape(view->shape, theirs, seen))
        return false;
    if (!view->rows)
        return true;
    if (view->axis >= seen->rank)
        return false;
    for (size_t k = 0; k < view->num_rows; k++)
        if (view->rows[k] >= seen->dims[view->axis])
            return false;
    if (!view->and_rest)
        seen->dims[view->axis] = view->num_rows;
    return true;
}

/* ---- Elements ---- */

/* The rows in their new order: those that are listed, then the others. */
static int
order_rows(const gsc_map_view *view, size_t count, size_t **order)
{
    int status = 0;
    bool *listed = NULL;
    size_t used = view->num_rows;
    GSC_NEW(*order, count + view->num_rows);
    GSC_NEW(listed, count);
    memcpy(*order, view->rows, view->num_rows * sizeof **order);
    for (size_t i = 0; i < view->num_rows; i++)
        listed[view->rows[i]] = true;
    for (size_t i = 0; view->and_rest && i < count; i++)
        if (!listed[i])
            (*order)[used++] = i;
out:
    free(listed);
    return status;
}

/* Each piece is one row of one index of the axes before: what lies after its axis. */
static int
choose_rows(const gsc_map_view *view, gsc_shape whole, gsc_tensor *seen, void **copy)
{
    int status = 0;
    size_t *order = NULL, before = 1, after = gsc_type_size(seen->type);
    size_t rows = whole.dims[view->axis], kept = seen->shape.dims[view->axis];
    for (size_t i = 0; i < whole.rank; i++) {
        before *= i < view->axis ? whole.dims[i] : 1;
        after *= i > view->axis ? whole.dims[i] : 1;
    }
    GSC_TRY(order_rows(view, rows, &order));
    *copy = gsc_new(before * kept, after);
    if (!*copy) {
        status = GSC_EMEMORY;
        goto out;
    }
    for (size_t i = 0; i < before; i++)
        for (size_t k = 0; k < kept; k++)
            memcpy((char *)*copy + (i * kept + k) * after,
                   (const char *)seen->data + (i * rows + order[k]) * after, after);
    seen->data = *copy;
out:
    free(order);
    return status;
}

int
gsc_map_see(const gsc_map *map, size_t i, const gsc_tensor *theirs, gsc_tensor *seen,
            void **copy)
{
    const gsc_map_view *view = map->views ? &map->views[i] : NULL;
    gsc_shape whole = theirs->shape;
    *copy = NULL;
    *seen = *theirs;
    if (!gsc_map_see_shape(map, i, theirs->shape, &seen->shape))
        return gsc_fail(GSC_EFORMAT, "%s: has not the rows of its line", theirs->name);
    if (!view || !view->rows)
        return 0;
    if (view->shape.rank > 0)
        (void)reshape(view->shape, theirs->shape, &whole);
    return choose_rows(view, whole, seen, copy);
}

/* ---- Lines that read a tensor ---- */

bool
gsc_map_read_next(const gsc_map *map, const gsc_tensor *tensor, gsc_reading *r)
{
    for (size_t count = gsc_map_num_lines(map); r->next < count;) {
        r->number = r->next++;
        r->line = gsc_map_line_at(map, r->number);
        r->layer = 0;
        r->can_see = gsc_naming_match(r->line.theirs, tensor->name, &r->layer) &&
                     gsc_map_see_shape(map, r->number, tensor->shape, &r->shape);
        if (r->can_see && gsc_axes_allow(r->line.axes, r->shape))
            return true;
    }
    return false;
}

/* ---- Names that are meant ---- */

enum { MOST_NEAREST = 3 };

/* How many letters two names share at most, one after the other. */
static size_t
shared(const char *a, const char *b)
{
    size_t most = 0;
    for (; *a; a++)
        for (const char *from = b; *from; from++) {
            size_t length = 0;
            while (a[length] && a[length] == from[length])
                length++;
            most = length > most ? length : most;
        }
    return most;
}

int
gsc_naming_add_nearest(gsc_text *text, const char *pattern, const char *const *names,
                       size_t count)
{
    int status = 0;
    char name[GSC_NAME_BYTES];
    size_t most = 0, shown = 0;
    gsc_naming_fill(pattern, 0, name);
    for (size_t i = 0; i < count; i++) {
        size_t length = shared(name, names[i]);
        most = length > most ? length : most;
    }
    for (size_t i = 0; i < count && shown < MOST_NEAREST; i++)
        if (most > 1 && shared(name, names[i]) == most) {
            GSC_TRY(gsc_text_add(text, shown++ > 0 ? ", " : "; nearest: "));
            GSC_TRY(gsc_text_add_escaped(text, names[i]));
        }
out:
    return status;
}
