/* Fuzzed: NumPy's .npy and .npz. An input's first byte says which: NPY is a header's
 * line and what follows it, else it lists the members of a zip. */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NPY = 0xfe };

static const char *const names[FUZZ_NUM_NAMES] = {
    "w.npy", "b.npy", "blocks.0.mlp.W_in.npy", "x", ".npy", "w.npy", "a/b.npy", ""};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
    size_t file_length;
    bool is_npy = length > 0 && data[0] == NPY;
    uint8_t *file = is_npy ? fuzz_npy(data + 1, length - 1, &file_length)
                           : fuzz_zip(data, length, names, &file_length);
    fuzz_read_external(fuzz_file(file, file_length));
    free(file);
    return 0;
}

size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t length, size_t most, unsigned seed)
{
    (void)seed;
    return LLVMFuzzerMutate(data, length, most);
}

static const char *const headers[] = {
    "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\n",
    "{'descr': '<f8', 'fortran_order': True, 'shape': (3,), }\n",
    "{'descr': '|b1', 'fortran_order': False, 'shape': (), }\n",
    "{'descr': '<i2', 'fortran_order': False, 'shape': (0, 5), }\n",
    "{'descr': '>u8', 'fortran_order': False, 'shape': (1, 1, 1, 1, 3), }\n",
    "{'shape': (18446744073709551615, 2), 'fortran_order': True, 'descr': '<f2'}\n",
    "{'descr': '|O', 'fortran_order': False, 'shape': (), }\n\x80\x02}.",
    "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2, 3), }\n",
};

void
fuzz_seeds(fuzz_add *add, void *context)
{
    uint8_t room[4096], *at;
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        uint8_t npy[256] = {NPY};
        size_t length = strlen(headers[i]);
        memcpy(npy + 1, headers[i], length);
        add(context, npy, length + 1 + (i == 2 ? 1 : 24));
        at = room;
        fuzz_put_member(&at, 0, FUZZ_NPY | (i % 2 ? FUZZ_DEFLATED : 0), npy + 1,
                        length + 24);
        fuzz_put_member(&at, 1, FUZZ_NPY | (i % 3 ? 0 : FUZZ_SHARED), npy + 1,
                        length + 24);
        add(context, room, (size_t)(at - room));
    }
    uint8_t raw[16] = {FUZZ_RAW_FILE, 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, 2, 0};
    add(context, raw, sizeof raw);
}
