/* Memory that is given back as a whole. */
#include "train/exchange/arena.h"

#include "grokscope/memory.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = 1 << 16, ALIGNMENT = alignof(max_align_t) };

struct gsc_arena_block {
    struct gsc_arena_block *older;
    size_t used, bytes;
    alignas(max_align_t) unsigned char data[];
};

static struct gsc_arena_block *
add_block(gsc_arena *arena, size_t bytes)
{
    size_t whole = bytes < BLOCK_BYTES ? BLOCK_BYTES : bytes;
    struct gsc_arena_block *block = gsc_new(whole + sizeof *block, 1);
    if (!block)
        return NULL;
    block->older = arena->newest;
    block->bytes = whole;
    arena->newest = block;
    return block;
}

void *
gsc_arena_new(gsc_arena *arena, size_t count, size_t size)
{
    size_t bytes, doubled;
    if (gsc_size_multiply(count, size, &bytes) < 0 ||
        gsc_size_multiply(bytes, 2, &doubled) < 0) /* room for the block's head too */
        return NULL;
    bytes = (bytes / ALIGNMENT + 1) * ALIGNMENT;
    struct gsc_arena_block *block = arena->newest;
    if (!block || block->bytes - block->used < bytes)
        block = add_block(arena, bytes);
    if (!block)
        return NULL;
    void *memory = block->data + block->used;
    block->used += bytes;
    return memory;
}

char *
gsc_arena_copy(gsc_arena *arena, const void *bytes, size_t length)
{
    char *copy = gsc_arena_new(arena, length + 1, 1);
    if (copy && length > 0)
        memcpy(copy, bytes, length);
    return copy;
}

void
gsc_arena_free(gsc_arena *arena)
{
    while (arena->newest) {
        struct gsc_arena_block *older = arena->newest->older;
        free(arena->newest);
        arena->newest = older;
    }
}
