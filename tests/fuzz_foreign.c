/* libFuzzer on pickles: build with -DGSC_FUZZ=ON and clang, then
 *     build/bin/fuzz_foreign -max_len=4096 */
#include "../train/store/pickle.h"

#include "grokscope/value.h"

static int
find_storage(void *context, const char *key, gsc_array *storage)
{
    static const unsigned char bytes[64];
    (void)context, (void)key;
    storage->data = bytes;
    storage->bytes = sizeof bytes;
    return 0;
}

static int
visit(void *context, const char *path, const gsc_value *value)
{
    size_t *budget = context;
    (void)path, (void)value;
    return ++*budget > 10000 ? -1 : 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
    gsc_arena arena = {NULL};
    gsc_value *root;
    size_t budget = 0;
    if (gsc_pickle_read(&arena, data, length, find_storage, NULL, &root) == 0)
        gsc_value_walk(root, visit, &budget);
    gsc_arena_free(&arena);
    return 0;
}
