/* A fuzz target without a fuzzer.
 *     replay_<target>                  its seeds, and each changed a few times
 *     replay_<target> FILE…            these inputs
 *     replay_<target> --seeds FOLDER   write the seeds there */
#include "grokscope/error.h"
#include "grokscope/text.h"

#include "fuzz.h"
#include "train/base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHANGES = 40, ROOM = 1 << 16 };

static size_t num_runs;
static fuzz_rng rng;

/* In place of libFuzzer's: a byte changed, left out or doubled, or the end cut off. */
size_t
LLVMFuzzerMutate(uint8_t *data, size_t length, size_t most)
{
    size_t at = fuzz_below(&rng, length);
    if (length == 0)
        return 0;
    switch (fuzz_below(&rng, 4)) {
    case 0:
        memmove(data + at, data + at + 1, length - at - 1);
        return length - 1;
    case 1:
        return at;
    case 2:
        if (length == most)
            return length;
        memmove(data + at + 1, data + at, length - at);
        return length + 1;
    default:
        data[at] ^= (uint8_t)(1u << fuzz_below(&rng, 8));
        return length;
    }
}

static void
run(const void *data, size_t length)
{
    LLVMFuzzerTestOneInput(data, length);
    num_runs++;
}

static void
run_changed(void *context, const void *data, size_t length)
{
    static uint8_t changed[ROOM];
    (void)context;
    run(data, length);
    for (unsigned i = 0; i < CHANGES && length <= ROOM; i++) {
        size_t count = length;
        memcpy(changed, data, length);
        for (size_t times = 1 + fuzz_below(&rng, 3); times > 0; times--)
            count = LLVMFuzzerCustomMutator(changed, count, ROOM,
                                            (unsigned)fuzz_random(&rng));
        run(changed, count);
    }
}

static void
write_seed(void *context, const void *data, size_t length)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/seed-%03zu", (const char *)context, num_runs++);
    fuzz_check(gsc_file_write(path, data, length));
}

int
main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "--seeds") == 0) {
        fuzz_seeds(write_seed, argv[2]);
        return 0;
    }
    for (int i = 1; i < argc; i++) {
        char *data;
        size_t length;
        if (gsc_text_read_file(argv[i], SIZE_MAX / 4, &data, &length) < 0) {
            fprintf(stderr, "%s\n", gsc_error_text());
            return 1;
        }
        run(data, length);
        free(data);
    }
    if (argc == 1)
        fuzz_seeds(run_changed, NULL);
    printf("%zu inputs\n", num_runs);
    return 0;
}
