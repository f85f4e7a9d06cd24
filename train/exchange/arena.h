/* Memory that is given back as a whole: for trees whose parts share parts. */
#ifndef GSC_ARENA_H
#define GSC_ARENA_H

#include <stddef.h>

typedef struct gsc_arena {
    struct gsc_arena_block *newest;
} gsc_arena;

/* Zeroed memory, aligned for any type; NULL as gsc_new. */
void *gsc_arena_new(gsc_arena *arena, size_t count, size_t size);

/* `length` bytes and a NUL after them. */
char *gsc_arena_copy(gsc_arena *arena, const void *bytes, size_t length);

void gsc_arena_free(gsc_arena *arena);

#endif
