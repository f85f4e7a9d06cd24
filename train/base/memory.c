/* Allocation with checked sizes. */
#include "grokscope/memory.h"

#include "grokscope/error.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { CACHE_LINE = 64 };

int
gsc_size_multiply(size_t a, size_t b, size_t *product)
{
    if (b != 0 && a > SIZE_MAX / b)
        return gsc_fail(GSC_EMEMORY, "%zu times %zu bytes do not fit in memory", a, b);
    *product = a * b;
    return 0;
}

/* Memory for so many bytes, and how many there are. */
static void *
allocate(size_t count, size_t size, size_t *whole)
{
    size_t bytes = 0;
    if (gsc_size_multiply(count, size, &bytes) < 0)
        return NULL;
    if (bytes > SIZE_MAX - CACHE_LINE) {
        gsc_fail(GSC_EMEMORY, "%zu bytes do not fit in memory", bytes);
        return NULL;
    }
    *whole = (bytes / CACHE_LINE + 1) * CACHE_LINE;
    void *memory = aligned_alloc(CACHE_LINE, *whole);
    if (!memory)
        gsc_fail(GSC_EMEMORY, "no memory for %zu bytes", bytes);
    return memory;
}

void *
gsc_new(size_t count, size_t size)
{
    size_t whole;
    void *memory = allocate(count, size, &whole);
    return memory ? memset(memory, 0, whole) : NULL;
}

void *
gsc_room(size_t count, size_t size)
{
    size_t whole;
    void *memory = allocate(count, size, &whole);
#ifdef __SANITIZE_ADDRESS__ /* what is read all the same becomes NaN */
    if (memory)
        memset(memory, 0xff, whole);
#endif
    return memory;
}

int
gsc_grow(void *array, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return 0;
    void *old, *grown;
    size_t more = 2 * *room + 16, bytes = 0;
    if (gsc_size_multiply(more, size, &bytes) < 0 || !(grown = gsc_new(bytes, 1)))
        return GSC_EMEMORY;
    memcpy(&old, array, sizeof old); /* whatever T is, the pointer's bits are moved */
    if (count > 0)
        memcpy(grown, old, count * size);
    free(old);
    memcpy(array, &grown, sizeof grown);
    *room = more;
    return 0;
}

char *
gsc_copy_text(const char *text)
{
    size_t length = strlen(text);
    char *copy = gsc_new(length + 1, 1);
    if (copy)
        memcpy(copy, text, length);
    return copy;
}
