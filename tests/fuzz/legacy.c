/* Fuzzed: what torch.save wrote before PyTorch 1.6. An input is what follows the three
 * pickles at its beginning: the value, the keys of its storages, and these. With
 * FUZZ_RAW_FILE as its first byte it is the file itself. */
#include "fuzz.h"
#include "seeds.h"

#include <stdlib.h>
#include <string.h>

static const char head[] =
    "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19." /* the form */
    "\x80\x02M\xe9\x03."                                        /* version 1001 */
    "\x80\x02}X\x0d\x00\x00\x00little_endian\x88s.";            /* the machine */
enum { HEAD = sizeof head - 1 };

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
    if (length > 0 && data[0] == FUZZ_RAW_FILE) {
        fuzz_read_external(fuzz_file(data + 1, length - 1));
        return 0;
    }
    uint8_t *file = malloc(HEAD + length);
    if (!file)
        abort();
    memcpy(file, head, HEAD);
    if (length > 0)
        memcpy(file + HEAD, data, length);
    fuzz_read_external(fuzz_file(file, HEAD + length));
    free(file);
    return 0;
}

size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t length, size_t most, unsigned seed)
{
    (void)seed;
    return LLVMFuzzerMutate(data, length, most);
}

/* A value with its one storage of 16 elements of `size` bytes; 0: it has none. */
static size_t
put_value(uint8_t *to, size_t pickle, size_t size)
{
    static const char none[] = "\x80\x02].", one[] = "\x80\x02]X\x01\x00\x00\x00"
                                                     "0a.";
    uint8_t *at = to;
    memcpy(at, pickles[pickle].data, pickles[pickle].length);
    at += pickles[pickle].length;
    size_t length = size > 0 ? sizeof one - 1 : sizeof none - 1;
    memcpy(at, size > 0 ? one : none, length);
    at += length;
    if (size > 0) {
        memset(at, 0, 8 + 16 * size);
        *at = 16;
        at += 8 + 16 * size;
    }
    return (size_t)(at - to);
}

void
fuzz_seeds(fuzz_add *add, void *context)
{
    static const size_t sizes[] = {0, 1, 2, 4, 8};
    uint8_t room[4096];
    for (size_t i = 0; i < NUM_PICKLES; i++)
        for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++)
            add(context, room, put_value(room, i, sizes[k]));
    room[0] = FUZZ_RAW_FILE;
    memcpy(room + 1, head, HEAD);
    add(context, room, 1 + HEAD + put_value(room + 1 + HEAD, 0, 4));
}
