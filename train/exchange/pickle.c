/* The stack machine of Python's pickles. What opcodes do is described in CPython's
 * Lib/pickletools.py. */
#include "train/exchange/pickle.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include <stdlib.h>
#include <string.h>

/* ---- Containers ---- */

/* A list, tuple or set of what stands after the mark; also the last `count` values. */
static int
push_list(gsc_pickle *m, gsc_value *const *items, size_t count)
{
    int status = 0;
    gsc_value *list;
    GSC_TRY(gsc_pickle_make(m, GSC_VALUE_LIST, &list));
    GSC_TRY(gsc_pickle_make_room(m, list, 0, count));
    if (count > 0)
        memcpy(list->items, items, count * sizeof *items);
    list->count = count;
    status = gsc_pickle_push(m, list);
out:
    return status;
}

static int
push_marked_list(gsc_pickle *m)
{
    gsc_value **items;
    size_t count;
    int status = gsc_pickle_pop_mark(m, &items, &count);
    return status < 0 ? status : push_list(m, items, count);
}

static int
push_tuple(gsc_pickle *m, size_t count)
{
    int status = 0;
    gsc_value *items[3];
    for (size_t i = count; i-- > 0;)
        GSC_TRY(gsc_pickle_pop(m, &items[i]));
    status = push_list(m, items, count);
out:
    return status;
}

static int
set_pairs(gsc_pickle *m, gsc_value *dict, gsc_value *const *items, size_t count)
{
    int status = 0;
    if (count % 2 != 0)
        return gsc_fail(GSC_EFORMAT, "sets a key without a value");
    for (size_t i = 0; i < count; i += 2)
        GSC_TRY(gsc_pickle_set(m, dict, items[i], items[i + 1]));
out:
    return status;
}

/* Items after the mark to the list or dictionary before it. */
static int
add_marked(gsc_pickle *m, bool pairs)
{
    int status = 0;
    gsc_value **items, *container;
    size_t count;
    GSC_TRY(gsc_pickle_pop_mark(m, &items, &count));
    GSC_TRY(gsc_pickle_top(m, &container));
    if (pairs)
        return set_pairs(m, container, items, count);
    for (size_t i = 0; i < count; i++)
        GSC_TRY(gsc_pickle_append(m, container, items[i]));
out:
    return status;
}

static int
add_one(gsc_pickle *m, bool pair)
{
    int status = 0;
    gsc_value *value, *key = NULL, *container;
    GSC_TRY(gsc_pickle_pop(m, &value));
    if (pair)
        GSC_TRY(gsc_pickle_pop(m, &key));
    GSC_TRY(gsc_pickle_top(m, &container));
    status = pair ? gsc_pickle_set(m, container, key, value)
                  : gsc_pickle_append(m, container, value);
out:
    return status;
}

static int
push_marked_dict(gsc_pickle *m)
{
    int status = 0;
    gsc_value **items, *dict;
    size_t count;
    GSC_TRY(gsc_pickle_pop_mark(m, &items, &count));
    GSC_TRY(gsc_pickle_make(m, GSC_VALUE_DICT, &dict));
    GSC_TRY(set_pairs(m, dict, items, count));
    status = gsc_pickle_push(m, dict);
out:
    return status;
}

/* ---- The memo ---- */

/* A pickle spends a byte at least on each number it gives, so none is larger. */
static int
keep(gsc_pickle *m, uint64_t number)
{
    gsc_value *value;
    int status = gsc_pickle_top(m, &value);
    if (status < 0)
        return status;
    if (number >= (uint64_t)(m->end - m->data))
        return gsc_fail(GSC_EFORMAT, "keeps value number %llu",
                        (unsigned long long)number);
    while (number >= m->memo_room && status == 0)
        status = gsc_grow(&m->memo, m->memo_room, &m->memo_room, sizeof(gsc_value *));
    if (status < 0)
        return status;
    m->num_kept += !m->memo[number];
    m->memo[number] = value;
    return 0;
}

static int
keep_sized(gsc_pickle *m, size_t size)
{
    uint64_t number;
    int status = gsc_pickle_take_number(m, size, &number);
    return status < 0 ? status : keep(m, number);
}

static int
recall(gsc_pickle *m, size_t size)
{
    uint64_t number;
    int status = gsc_pickle_take_number(m, size, &number);
    if (status == 0 && (number >= m->memo_room || !m->memo[number]))
        return gsc_fail(GSC_EFORMAT, "recalls value number %llu, which was not kept",
                        (unsigned long long)number);
    return status < 0 ? status : gsc_pickle_push(m, m->memo[number]);
}

/* ---- Objects ---- */

static int
reduce(gsc_pickle *m)
{
    int status = 0;
    gsc_value *function, *arguments, *result;
    GSC_TRY(gsc_pickle_pop(m, &arguments));
    GSC_TRY(gsc_pickle_pop(m, &function));
    GSC_TRY(gsc_pickle_call(m, function, arguments, &result));
    status = gsc_pickle_push(m, result);
out:
    return status;
}

/* An instance of a class, of which no code is run: class.__new__(arguments), with named
 * ones too. */
static int
make_object(gsc_pickle *m, bool has_named)
{
    int status = 0;
    gsc_value *class, *named = NULL, *arguments, *object;
    if (has_named)
        GSC_TRY(gsc_pickle_pop(m, &named));
    GSC_TRY(gsc_pickle_pop(m, &arguments));
    GSC_TRY(gsc_pickle_pop(m, &class));
    if (class->kind != GSC_VALUE_OBJECT)
        return gsc_fail(GSC_EFORMAT, "makes an object of what is no class");
    GSC_TRY(gsc_pickle_make_opaque(m, class->text, arguments, &object));
    if (named && named->kind == GSC_VALUE_DICT && named->count > 0)
        object->state = named;
    status = gsc_pickle_push(m, object);
out:
    return status;
}

static int
build(gsc_pickle *m)
{
    int status = 0;
    gsc_value *state, *object;
    GSC_TRY(gsc_pickle_pop(m, &state));
    GSC_TRY(gsc_pickle_top(m, &object));
    status = gsc_pickle_build(m, object, state);
out:
    return status;
}

static int
load_storage(gsc_pickle *m)
{
    int status = 0;
    gsc_value *id, *storage;
    GSC_TRY(gsc_pickle_pop(m, &id));
    GSC_TRY(gsc_pickle_storage(m, id, &storage));
    status = gsc_pickle_push(m, storage);
out:
    return status;
}

/* ---- Opcodes ---- */

static int
set_mark(gsc_pickle *m)
{
    int status = gsc_grow(&m->marks, m->num_marks, &m->marks_room, sizeof *m->marks);
    if (status == 0)
        m->marks[m->num_marks++] = m->height;
    return status;
}

static int
push_empty(gsc_pickle *m, gsc_value_kind kind)
{
    gsc_value *value;
    return gsc_pickle_push_new(m, kind, &value);
}

static int
drop(gsc_pickle *m, bool to_mark)
{
    gsc_value *value, **values;
    size_t count;
    return to_mark ? gsc_pickle_pop_mark(m, &values, &count)
                   : gsc_pickle_pop(m, &value);
}

static int
repeat(gsc_pickle *m)
{
    gsc_value *value;
    int status = gsc_pickle_top(m, &value);
    return status < 0 ? status : gsc_pickle_push(m, value);
}

static int
check_protocol(gsc_pickle *m)
{
    uint64_t protocol;
    int status = gsc_pickle_take_number(m, 1, &protocol);
    if (status == 0 && (protocol < 2 || protocol > 5))
        return gsc_fail(GSC_EFORMAT, "is of protocol %d, expected 2 to 5",
                        (int)protocol);
    return status;
}

static int
skip_frame(gsc_pickle *m)
{
    uint64_t bytes;
    return gsc_pickle_take_number(m, 8, &bytes);
}

static int
run_plain(gsc_pickle *m, unsigned char opcode)
{
    switch (opcode) {
    case 'N':
        return push_empty(m, GSC_VALUE_NONE);
    case 0x88:
    case 0x89:
        return gsc_pickle_push_integer(m, GSC_VALUE_BOOL, opcode == 0x88);
    case 'K':
        return gsc_pickle_push_sized(m, 1);
    case 'M':
        return gsc_pickle_push_sized(m, 2);
    case 'J':
        return gsc_pickle_push_sized(m, 4);
    case 0x8a:
        return gsc_pickle_push_long(m, 1);
    case 0x8b:
        return gsc_pickle_push_long(m, 4);
    case 'G':
        return gsc_pickle_push_float(m);
    case 0x8c:
        return gsc_pickle_push_bytes(m, GSC_VALUE_TEXT, 1);
    case 'X':
        return gsc_pickle_push_bytes(m, GSC_VALUE_TEXT, 4);
    case 0x8d:
        return gsc_pickle_push_bytes(m, GSC_VALUE_TEXT, 8);
    case 'C':
    case 'U':
        return gsc_pickle_push_bytes(m, GSC_VALUE_BYTES, 1);
    case 'B':
    case 'T':
        return gsc_pickle_push_bytes(m, GSC_VALUE_BYTES, 4);
    case 0x8e:
    case 0x96:
        return gsc_pickle_push_bytes(m, GSC_VALUE_BYTES, 8);
    default:
        return gsc_fail(GSC_EFORMAT, "has an opcode 0x%02x, which is not read", opcode);
    }
}

static int
run_container(gsc_pickle *m, unsigned char opcode)
{
    switch (opcode) {
    case ']':
    case ')':
    case 0x8f:
        return push_empty(m, GSC_VALUE_LIST);
    case '}':
        return push_empty(m, GSC_VALUE_DICT);
    case 't':
    case 'l':
    case 0x91:
        return push_marked_list(m);
    case 0x85:
    case 0x86:
    case 0x87:
        return push_tuple(m, opcode - 0x84u);
    case 'd':
        return push_marked_dict(m);
    case 'a':
        return add_one(m, false);
    case 's':
        return add_one(m, true);
    case 'e':
    case 0x90:
        return add_marked(m, false);
    case 'u':
        return add_marked(m, true);
    default:
        return run_plain(m, opcode);
    }
}

static int
run(gsc_pickle *m, unsigned char opcode)
{
    switch (opcode) {
    case 0x80:
        return check_protocol(m);
    case 0x95:
        return skip_frame(m);
    case '.':
        m->stopped = true;
        return 0;
    case '(':
        return set_mark(m);
    case '0':
    case '1':
        return drop(m, opcode == '1');
    case '2':
        return repeat(m);
    case 'q':
        return keep_sized(m, 1);
    case 'r':
        return keep_sized(m, 4);
    case 0x94:
        return keep(m, m->num_kept);
    case 'h':
        return recall(m, 1);
    case 'j':
        return recall(m, 4);
    case 'c':
        return gsc_pickle_read_global(m);
    case 0x93:
        return gsc_pickle_read_stack_global(m);
    case 'R':
        return reduce(m);
    case 0x81:
    case 0x92:
        return make_object(m, opcode == 0x92);
    case 'b':
        return build(m);
    case 'Q':
        return load_storage(m);
    default:
        return run_container(m, opcode);
    }
}

int
gsc_pickle_read(gsc_arena *arena, const unsigned char *data, size_t length,
                gsc_find_storage *find, void *context, gsc_value **root, size_t *used)
{
    int status = 0;
    gsc_pickle m = {.arena = arena,
                    .data = data,
                    .at = data,
                    .end = data + length,
                    .find = find,
                    .context = context};
    gsc_text place = {0};
    status = gsc_grow(&m.stack, 0, &m.stack_room, sizeof(gsc_value *));
    while (status == 0 && !m.stopped)
        status = m.at == m.end ? gsc_fail(GSC_EFORMAT, "has no end") : run(&m, *m.at++);
    if (status == 0)
        status = gsc_pickle_pop(&m, root);
    if (status < 0 && gsc_text_add(&place, "byte %zu", (size_t)(m.at - m.data)) == 0)
        status = gsc_fail_in(status, place.data);
    *used = (size_t)(m.at - m.data);
    gsc_text_free(&place);
    free(m.stack);
    free(m.marks);
    free(m.memo);
    return status;
}
