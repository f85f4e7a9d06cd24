/* Tensors that a state dictionary has twice: under the name that its network gives it,
 * and under one more, as modules have that keep a part of another at hand. */
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "analyze/import/state_dicts.h"
#include "train/exchange/naming/naming.h"

#include <stdlib.h>
#include <string.h>

static bool
is_known(const gsc_value *weights, size_t i)
{
    const char *name = weights->items[2 * i]->text;
    return gsc_naming_knows(name) || gsc_naming_is_buffer(name);
}

/* Tensors of a dictionary may be many, all of one large array. */
enum { MOST_COPIES = 16, MOST_COMPARED = 64, MOST_ELEMENTS = 1 << 24 };

/* Whether `copy` may be rows of `whole`, from the first on. */
static bool
fits(const gsc_array *copy, const gsc_array *whole)
{
    size_t elements = 1;
    if (copy->dtype != whole->dtype || copy->rank != whole->rank || copy->rank == 0 ||
        copy->dims[0] > whole->dims[0])
        return false;
    for (size_t axis = 0; axis < copy->rank; axis++) {
        if ((axis > 0 && copy->dims[axis] != whole->dims[axis]) ||
            whole->dims[axis] > MOST_ELEMENTS / elements)
            return false;
        elements *= whole->dims[axis] > 0 ? whole->dims[axis] : 1;
    }
    return true;
}

static int
compare(const gsc_external *file, const gsc_array *a, const gsc_array *b, bool *same)
{
    int status = 0;
    gsc_tensor copy = {.data = NULL}, whole = {.data = NULL};
    GSC_TRY(gsc_external_tensor(file, a, &copy));
    GSC_TRY(gsc_external_tensor(file, b, &whole));
    *same = memcmp(copy.data, whole.data,
                   gsc_shape_count(copy.shape) * gsc_type_size(copy.type)) == 0;
out:
    free(copy.data);
    free(whole.data);
    return status;
}

/* The known tensor that number i repeats, or the count of all. */
static int
find_whole(const gsc_state_dict *state, size_t i, size_t *found)
{
    int status = 0;
    size_t num_compared = 0;
    const gsc_value *w = state->weights;
    bool same = false;
    for (*found = 0; *found < w->count; ++*found) {
        const gsc_array *copy = w->items[2 * i + 1]->array,
                        *whole = w->items[2 * *found + 1]->array;
        if (*found == i || !is_known(w, *found) || !fits(copy, whole))
            continue;
        GSC_TRY(compare(state->file, copy, whole, &same));
        if (same)
            return 0;
        if (++num_compared == MOST_COMPARED)
            *found = w->count - 1;
    }
out:
    return status;
}

static int
tell(gsc_state_dicts *s, const gsc_value *weights, size_t i, size_t whole)
{
    if (s->count > 0) /* of the first state; others are like it */
        return 0;
    return gsc_text_add(&s->left_out, "%s%s (%s again)",
                        s->left_out.length > 0 ? ", " : "", weights->items[2 * i]->text,
                        weights->items[2 * whole]->text);
}

/* Those that are known, in a new dictionary. */
static int
keep_known(gsc_state_dicts *s, gsc_state_dict *state)
{
    const gsc_value *w = state->weights;
    gsc_value *dict = gsc_arena_new(&s->arena, 1, sizeof *dict);
    gsc_value **items = gsc_arena_new(&s->arena, w->count, 2 * sizeof *items);
    if (!dict || !items)
        return GSC_EMEMORY;
    *dict = (gsc_value){.kind = GSC_VALUE_DICT, .items = items};
    for (size_t i = 0; i < w->count; i++)
        if (is_known(w, i)) {
            items[2 * dict->count] = w->items[2 * i];
            items[2 * dict->count++ + 1] = w->items[2 * i + 1];
        }
    state->weights = dict;
    return 0;
}

int
gsc_state_dicts_drop_copies(gsc_state_dicts *s, gsc_state_dict *state)
{
    int status = 0;
    const gsc_value *w = state->weights;
    size_t copies[MOST_COPIES], wholes[MOST_COPIES], count = 0;
    for (size_t i = 0; i < w->count; i++) {
        if (is_known(w, i))
            continue;
        if (count == MOST_COPIES || count + 1 >= w->count)
            return 0;
        copies[count++] = i;
    }
    for (size_t i = 0; i < count; i++) {
        GSC_TRY(find_whole(state, copies[i], &wholes[i]));
        if (wholes[i] == w->count)
            return 0;
    }
    for (size_t i = 0; i < count; i++)
        GSC_TRY(tell(s, w, copies[i], wholes[i]));
    if (count > 0)
        GSC_TRY(keep_known(s, state));
out:
    return status;
}
