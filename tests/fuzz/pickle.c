/* Fuzzed: the reader of Python's pickles, without an archive around them. */
#include "train/exchange/pickle.h"
#include "fuzz.h"
#include "seeds.h"

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
    size_t *count = context;
    gsc_text text = {0};
    (void)path;
    fuzz_check(gsc_value_add_type(value, &text));
    gsc_text_free(&text);
    return ++*count > 10000 ? 1 : 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
    gsc_arena arena = {NULL};
    gsc_value *root;
    size_t count = 0, used;
    int status =
        gsc_pickle_read(&arena, data, length, find_storage, NULL, &root, &used);
    fuzz_check(status);
    if (status == 0)
        fuzz_check(gsc_value_walk(root, visit, &count));
    gsc_arena_free(&arena);
    return 0;
}

size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t length, size_t most, unsigned seed)
{
    (void)seed;
    return LLVMFuzzerMutate(data, length, most);
}

void
fuzz_seeds(fuzz_add *add, void *context)
{
    for (size_t i = 0; i < NUM_PICKLES; i++)
        add(context, pickles[i].data, pickles[i].length);
}
