/* Fuzzed: PyTorch's archives, a zip of a pickle and of storages. The input lists the
 * members (members.c), so that lengths and checksums are right unless they are meant
 * not to be. */
#include "fuzz.h"
#include "seeds.h"

#include <stdlib.h>
#include <string.h>

static const char *const names[FUZZ_NUM_NAMES] = {
    "a/data.pkl", "a/data/0", "a/data/1",     "a/byteorder",
    "a/version",  "data.pkl", "b/./data.pkl", ""};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
    size_t zip_length;
    uint8_t *zip = fuzz_zip(data, length, names, &zip_length);
    fuzz_read_external(fuzz_file(zip, zip_length));
    free(zip);
    return 0;
}

size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t length, size_t most, unsigned seed)
{
    (void)seed;
    return LLVMFuzzerMutate(data, length, most);
}

static void
add_archive(fuzz_add *add, void *context, size_t pickle, unsigned flags)
{
    uint8_t room[4096], storage[64] = {0, 0, 0x80, 0x3f}, *at = room;
    fuzz_put_member(&at, 0, flags, pickles[pickle].data, pickles[pickle].length);
    fuzz_put_member(&at, 3, 0, "little", 6);
    fuzz_put_member(&at, 1, flags & FUZZ_BAD_SUM, storage, sizeof storage);
    if (flags & FUZZ_SHARED)
        fuzz_put_member(&at, 2, FUZZ_SHARED, storage, sizeof storage);
    add(context, room, (size_t)(at - room));
}

void
fuzz_seeds(fuzz_add *add, void *context)
{
    static const unsigned flags[] = {FUZZ_DEFLATED, FUZZ_LONGER, FUZZ_ENCRYPTED,
                                     FUZZ_SHARED, FUZZ_BAD_SUM};
    uint8_t raw[4096] = {FUZZ_RAW_FILE}, members[4096], *at = members;
    size_t length;
    for (size_t i = 0; i < NUM_PICKLES; i++)
        add_archive(add, context, i, 0);
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        add_archive(add, context, 0, flags[i]);
    fuzz_put_member(&at, 0, 0, pickles[0].data, pickles[0].length);
    fuzz_put_member(&at, 1, 0, pickles[1].data, 64);
    uint8_t *zip = fuzz_zip(members, (size_t)(at - members), names, &length);
    memcpy(raw + 1, zip, length);
    add(context, raw, length + 1);
    free(zip);
}
