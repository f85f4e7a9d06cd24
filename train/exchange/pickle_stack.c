/* The stack of the machine that reads pickles, and what opcodes push on it. */
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "train/exchange/pickle.h"

#include <string.h>

/* ---- Values ---- */

int
gsc_pickle_make(gsc_pickle *m, gsc_value_kind kind, gsc_value **value)
{
    *value = gsc_arena_new(m->arena, 1, sizeof **value);
    if (!*value)
        return GSC_EMEMORY;
    (*value)->kind = kind;
    return 0;
}

enum { MOST_COPIES = 4 }; /* of the pickle's length */

int
gsc_pickle_count_copies(gsc_pickle *m, size_t count)
{
    size_t most = MOST_COPIES * (size_t)(m->end - m->data) + 1000;
    m->num_copied += count;
    return m->num_copied <= most
               ? 0
               : gsc_fail(GSC_EFORMAT, "copies values again and again: more than %zu",
                          most);
}

/* Room for `more` items after those of a container. */
int
gsc_pickle_make_room(gsc_pickle *m, gsc_value *container, size_t used, size_t more)
{
    if (used + more <= container->room)
        return 0;
    size_t room = 2 * (used + more);
    gsc_value **items = gsc_arena_new(m->arena, room, sizeof(gsc_value *));
    if (!items)
        return GSC_EMEMORY;
    if (used > 0)
        memcpy(items, container->items, used * sizeof(gsc_value *));
    container->items = items;
    container->room = room;
    return 0;
}

int
gsc_pickle_make_opaque(gsc_pickle *m, const char *name, gsc_value *arguments,
                       gsc_value **object)
{
    int status = gsc_pickle_make(m, GSC_VALUE_OBJECT, object);
    if (status < 0)
        return status;
    (*object)->text = name;
    (*object)->count = strlen(name);
    if (arguments && arguments->kind == GSC_VALUE_LIST && arguments->count > 0)
        (*object)->state = arguments;
    return 0;
}

/* An object that is given items is a list or dictionary of some class. */
static void
become(gsc_value *value, gsc_value_kind kind)
{
    if (value->kind != GSC_VALUE_OBJECT)
        return;
    *value = (gsc_value){.kind = kind};
}

int
gsc_pickle_append(gsc_pickle *m, gsc_value *list, gsc_value *item)
{
    become(list, GSC_VALUE_LIST);
    if (list->kind != GSC_VALUE_LIST)
        return gsc_fail(GSC_EFORMAT, "appends to what is no list");
    int status = gsc_pickle_make_room(m, list, list->count, 1);
    if (status == 0)
        list->items[list->count++] = item;
    return status;
}

int
gsc_pickle_set(gsc_pickle *m, gsc_value *dict, gsc_value *key, gsc_value *value)
{
    become(dict, GSC_VALUE_DICT);
    if (dict->kind != GSC_VALUE_DICT)
        return gsc_fail(GSC_EFORMAT, "sets an item of what is no dictionary");
    int status = gsc_pickle_make_room(m, dict, 2 * dict->count, 2);
    if (status < 0)
        return status;
    dict->items[2 * dict->count] = key;
    dict->items[2 * dict->count++ + 1] = value;
    return 0;
}

/* ---- The stack ---- */

int
gsc_pickle_push(gsc_pickle *m, gsc_value *value)
{
    int status = gsc_grow(&m->stack, m->height, &m->stack_room, sizeof(gsc_value *));
    if (status == 0)
        m->stack[m->height++] = value;
    return status;
}

int
gsc_pickle_push_new(gsc_pickle *m, gsc_value_kind kind, gsc_value **value)
{
    int status = gsc_pickle_make(m, kind, value);
    return status < 0 ? status : gsc_pickle_push(m, *value);
}

/* The stack down to the last mark is what an operation may touch. */
int
gsc_pickle_pop(gsc_pickle *m, gsc_value **value)
{
    size_t floor = m->num_marks > 0 ? m->marks[m->num_marks - 1] : 0;
    *value = NULL;
    if (m->height == floor)
        return gsc_fail(GSC_EFORMAT, "takes more from the stack than is on it");
    *value = m->stack[--m->height];
    return 0;
}

/* Take what was pushed since the last mark. */
int
gsc_pickle_pop_mark(gsc_pickle *m, gsc_value ***items, size_t *count)
{
    *items = NULL;
    *count = 0;
    if (m->num_marks == 0)
        return gsc_fail(GSC_EFORMAT, "takes a mark where none is set");
    size_t floor = m->marks[--m->num_marks];
    *items = m->stack + floor;
    *count = m->height - floor;
    m->height = floor;
    return 0;
}

int
gsc_pickle_top(gsc_pickle *m, gsc_value **value)
{
    int status = gsc_pickle_pop(m, value);
    m->height += status == 0;
    return status;
}

/* ---- What stands after an opcode ---- */

int
gsc_pickle_take(gsc_pickle *m, size_t count, const unsigned char **bytes)
{
    *bytes = m->at;
    if (count > (size_t)(m->end - m->at))
        return gsc_fail(GSC_EFORMAT, "ends too early: %zu bytes missing",
                        count - (size_t)(m->end - m->at));
    m->at += count;
    return 0;
}

/* A little-endian number of `size` bytes, 8 at most. */
int
gsc_pickle_take_number(gsc_pickle *m, size_t size, uint64_t *number)
{
    const unsigned char *bytes;
    int status = gsc_pickle_take(m, size, &bytes);
    *number = 0;
    for (size_t i = 0; status == 0 && i < size; i++)
        *number |= (uint64_t)bytes[i] << 8 * i;
    return status;
}

/* A line of text without its end. */
int
gsc_pickle_take_line(gsc_pickle *m, const unsigned char **line, size_t *length)
{
    const unsigned char *end = memchr(m->at, '\n', (size_t)(m->end - m->at));
    *line = m->at;
    *length = 0;
    if (!end)
        return gsc_fail(GSC_EFORMAT, "ends in the middle of a line");
    *length = (size_t)(end - m->at);
    m->at = end + 1;
    return 0;
}

/* ---- Numbers ---- */

int
gsc_pickle_push_integer(gsc_pickle *m, gsc_value_kind kind, int64_t integer)
{
    gsc_value *value;
    int status = gsc_pickle_push_new(m, kind, &value);
    if (status == 0)
        value->integer = integer;
    return status;
}

/* Unsigned for sizes 1 and 2, two's complement for others. */
int
gsc_pickle_push_sized(gsc_pickle *m, size_t size)
{
    uint64_t number;
    int status = gsc_pickle_take_number(m, size, &number);
    if (size >= 4 && size < 8 && number >> (8 * size - 1))
        number |= UINT64_MAX << 8 * size;
    return status < 0 ? status
                      : gsc_pickle_push_integer(m, GSC_VALUE_INTEGER, (int64_t)number);
}

static int
push_wide_integer(gsc_pickle *m, uint64_t size)
{
    int status = 0;
    const unsigned char *bytes;
    gsc_value *value;
    GSC_TRY(gsc_pickle_take(m, size > SIZE_MAX ? SIZE_MAX : (size_t)size, &bytes));
    GSC_TRY(gsc_pickle_make_opaque(m, "builtins.int", NULL, &value));
    status = gsc_pickle_push(m, value);
out:
    return status;
}

int
gsc_pickle_push_long(gsc_pickle *m, size_t size_bytes)
{
    uint64_t size, number = 0;
    int status = gsc_pickle_take_number(m, size_bytes, &size);
    if (status == 0 && size > 8) /* a seed, or the state of a generator */
        return push_wide_integer(m, size);
    if (status == 0)
        status = gsc_pickle_take_number(m, (size_t)size, &number);
    if (size > 0 && size < 8 && number >> (8 * size - 1))
        number |= UINT64_MAX << 8 * size;
    return status < 0 ? status
                      : gsc_pickle_push_integer(m, GSC_VALUE_INTEGER, (int64_t)number);
}

/* A float64, its first byte the highest. */
int
gsc_pickle_push_float(gsc_pickle *m)
{
    const unsigned char *bytes;
    uint64_t bits = 0;
    gsc_value *value;
    int status = gsc_pickle_take(m, 8, &bytes);
    for (size_t i = 0; status == 0 && i < 8; i++)
        bits = bits << 8 | bytes[i];
    if (status == 0)
        status = gsc_pickle_push_new(m, GSC_VALUE_REAL, &value);
    if (status == 0)
        memcpy(&value->real, &bits, sizeof bits);
    return status;
}

/* ---- Text and bytes ---- */

int
gsc_pickle_push_bytes(gsc_pickle *m, gsc_value_kind kind, size_t size_bytes)
{
    uint64_t size;
    const unsigned char *bytes;
    gsc_value *value;
    int status = 0;
    GSC_TRY(gsc_pickle_take_number(m, size_bytes, &size));
    GSC_TRY(gsc_pickle_take(m, size > SIZE_MAX ? SIZE_MAX : (size_t)size, &bytes));
    GSC_TRY(gsc_pickle_push_new(m, kind, &value));
    value->count = (size_t)size;
    value->text = gsc_arena_copy(m->arena, bytes, value->count);
    if (!value->text)
        status = GSC_EMEMORY;
out:
    return status;
}

/* ---- Names of functions and classes ---- */

/* An object without fields: the class or function itself. */
static int
push_global(gsc_pickle *m, const char *module, size_t module_length, const char *name,
            size_t name_length)
{
    int status = 0;
    gsc_text full = {0};
    gsc_value *value;
    GSC_TRY(gsc_text_add(&full, "%.*s.%.*s", (int)module_length, module,
                         (int)name_length, name));
    GSC_TRY(gsc_pickle_push_new(m, GSC_VALUE_OBJECT, &value));
    value->count = full.length;
    value->text = gsc_arena_copy(m->arena, full.data, full.length);
    if (!value->text)
        status = GSC_EMEMORY;
out:
    gsc_text_free(&full);
    return status;
}

enum { MOST_NAME = 4096 };

int
gsc_pickle_read_global(gsc_pickle *m)
{
    int status = 0;
    const unsigned char *module, *name;
    size_t module_length, name_length;
    GSC_TRY(gsc_pickle_take_line(m, &module, &module_length));
    GSC_TRY(gsc_pickle_take_line(m, &name, &name_length));
    if (module_length > MOST_NAME || name_length > MOST_NAME)
        return gsc_fail(GSC_EFORMAT, "names something in more than %d bytes",
                        MOST_NAME);
    status = push_global(m, (const char *)module, module_length, (const char *)name,
                         name_length);
out:
    return status;
}

int
gsc_pickle_read_stack_global(gsc_pickle *m)
{
    int status = 0;
    gsc_value *module, *name;
    GSC_TRY(gsc_pickle_pop(m, &name));
    GSC_TRY(gsc_pickle_pop(m, &module));
    if (name->kind != GSC_VALUE_TEXT || module->kind != GSC_VALUE_TEXT ||
        name->count > MOST_NAME || module->count > MOST_NAME)
        return gsc_fail(GSC_EFORMAT, "names something by what is no name");
    status = push_global(m, module->text, module->count, name->text, name->count);
out:
    return status;
}
