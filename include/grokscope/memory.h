/* Allocation with checked sizes. */
#ifndef GROKSCOPE_MEMORY_H
#define GROKSCOPE_MEMORY_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Zeroed memory for `count` elements of `size` bytes, aligned to a cache line and
 * released with free(). NULL on failure, with the message set (return GSC_EMEMORY).
 * A count of 0 gives memory too. */
void *gsc_new(size_t count, size_t size);

/* The same without the zeros: of what is written before it is read. Large arrays are
 * not gone over once more. */
void *gsc_room(size_t count, size_t size);

/* A copy of a string, released with free(); NULL as gsc_new. */
char *gsc_copy_text(const char *text);

/* *product = a * b; GSC_EMEMORY where it does not fit a size_t. */
int gsc_size_multiply(size_t a, size_t b, size_t *product);

/* Make room for one more element after `count` in the array that the pointer at
 * `array` (a T **) points to; *room is how many it has room for. GSC_EMEMORY leaves the
 * array as it was. */
int gsc_grow(void *array, size_t count, size_t *room, size_t size);

/* For int functions: allocate or go to `out:` with GSC_EMEMORY. */
#define GSC_NEW(pointer, count)                          \
    do {                                                 \
        (pointer) = gsc_new((count), sizeof *(pointer)); \
        if (!(pointer)) {                                \
            status = GSC_EMEMORY;                        \
            goto out;                                    \
        }                                                \
    } while (0)

/* The same with gsc_room. */
#define GSC_ROOM(pointer, count)                          \
    do {                                                  \
        (pointer) = gsc_room((count), sizeof *(pointer)); \
        if (!(pointer)) {                                 \
            status = GSC_EMEMORY;                         \
            goto out;                                     \
        }                                                 \
    } while (0)

#ifdef __cplusplus
}
#endif
#endif
