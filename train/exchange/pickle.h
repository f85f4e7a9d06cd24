/* Python's pickles, protocols 2 to 5, as plain values.
 *
 * A pickle is a program for a stack machine that may name any function of Python and
 * call it. Here nothing is called: a few names (pickle_call.c) stand for code of ours
 * that makes the value they would make. What any other class or function would make is
 * an object of its name, with the fields or arguments that the pickle gives it.
 */
#ifndef GSC_PICKLE_H
#define GSC_PICKLE_H

#include "train/exchange/arena.h"
#include "train/exchange/value.h"

#include <stdbool.h>
#include <stddef.h>

/* Where the storage `key` of a PyTorch archive lies, an array of one dimension: fills
 * its data or entry, and bytes. */
typedef int gsc_find_storage(void *context, const char *key, gsc_array *storage);

/* Read the pickle that the data begin with, and how many bytes it has; all values come
 * from the arena. GSC_EFORMAT with the byte at which it fails. */
int gsc_pickle_read(gsc_arena *arena, const unsigned char *data, size_t length,
                    gsc_find_storage *find, void *context, gsc_value **root,
                    size_t *used);

/* ---- The machine's parts, for its own files ---- */

typedef struct gsc_pickle {
    gsc_arena *arena;
    const unsigned char *data, *at, *end;
    gsc_value **stack;
    size_t height, stack_room;
    size_t *marks; /* heights at which they were set */
    size_t num_marks, marks_room;
    gsc_value **memo;
    size_t memo_room, num_kept;
    size_t num_copied; /* items and bytes that calls have copied */
    gsc_find_storage *find;
    void *context;
    bool stopped;
} gsc_pickle;

int gsc_pickle_make(gsc_pickle *m, gsc_value_kind kind, gsc_value **value);
/* Count what a call copies of a value that many calls may name: in all no more than a
 * few times the pickle's length. GSC_EFORMAT. */
int gsc_pickle_count_copies(gsc_pickle *m, size_t count);
/* Room for `more` items after those a container uses. */
int gsc_pickle_make_room(gsc_pickle *m, gsc_value *container, size_t used, size_t more);
int gsc_pickle_append(gsc_pickle *m, gsc_value *list, gsc_value *item);
int gsc_pickle_set(gsc_pickle *m, gsc_value *dict, gsc_value *key, gsc_value *value);

/* The stack down to the last mark is what an operation may take from. */
int gsc_pickle_push(gsc_pickle *m, gsc_value *value);
int gsc_pickle_push_new(gsc_pickle *m, gsc_value_kind kind, gsc_value **value);
int gsc_pickle_pop(gsc_pickle *m, gsc_value **value);
int gsc_pickle_pop_mark(gsc_pickle *m, gsc_value ***items, size_t *count);
int gsc_pickle_top(gsc_pickle *m, gsc_value **value);

/* The bytes, number (little-endian, of 8 bytes at most) or line after an opcode. */
int gsc_pickle_take(gsc_pickle *m, size_t count, const unsigned char **bytes);
int gsc_pickle_take_number(gsc_pickle *m, size_t size, uint64_t *number);
int gsc_pickle_take_line(gsc_pickle *m, const unsigned char **line, size_t *length);

/* Push what they give: an integer of `size` bytes, one with its size before it, a
 * float64, a text or bytes with their size before them, the name of a class or function
 * from two lines or from the stack. */
int gsc_pickle_push_integer(gsc_pickle *m, gsc_value_kind kind, int64_t integer);
int gsc_pickle_push_sized(gsc_pickle *m, size_t size);
int gsc_pickle_push_long(gsc_pickle *m, size_t size_bytes);
int gsc_pickle_push_float(gsc_pickle *m);
int gsc_pickle_push_bytes(gsc_pickle *m, gsc_value_kind kind, size_t size_bytes);
int gsc_pickle_read_global(gsc_pickle *m);
int gsc_pickle_read_stack_global(gsc_pickle *m);

/* What is known only by the name of its class or function; its arguments, a list, are
 * kept where there are any. */
int gsc_pickle_make_opaque(gsc_pickle *m, const char *name, gsc_value *arguments,
                           gsc_value **object);

/* Argument number i, or NULL; whether there is a value of that kind. */
const gsc_value *gsc_pickle_argument(const gsc_value *arguments, size_t i);
bool gsc_pickle_is(const gsc_value *value, gsc_value_kind kind);

/* Calls of containers and other plain things. */
typedef int gsc_pickle_make_call(gsc_pickle *m, const gsc_value *arguments,
                                 gsc_value **result);
gsc_pickle_make_call gsc_pickle_call_list, gsc_pickle_call_dict, gsc_pickle_call_encode,
    gsc_pickle_call_bytes, gsc_pickle_call_first;

/* What function(arguments) gives. */
int gsc_pickle_call(gsc_pickle *m, const gsc_value *function, gsc_value *arguments,
                    gsc_value **result);

/* What object.__setstate__(state) or object.__dict__.update(state) leaves. */
int gsc_pickle_build(gsc_pickle *m, gsc_value *object, gsc_value *state);

/* The storage that a persistent id names, as an array of one dimension. */
int gsc_pickle_storage(gsc_pickle *m, const gsc_value *id, gsc_value **storage);

#endif
