/* Fuzzed: the index of a file that lies in several, a JSON text that names them. Beside
 * it lie two files of safetensors, one of which is broken. */
#define _GNU_SOURCE

#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_BYTES = 128 };

static char folder[] = "/tmp/grokscope-fuzz-XXXXXX";

static void
write_file(const char *name, const void *data, size_t length, char path[PATH_BYTES])
{
    snprintf(path, PATH_BYTES, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(data, 1, length, file) != length || fclose(file) != 0)
        abort();
}

static void
remove_all(void)
{
    static const char *const names[] = {"a", "b", "index.json"};
    char path[PATH_BYTES];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        unlink(path);
    }
    rmdir(folder);
}

static void
make_folder(void)
{
    static const char shard[] = "\x48\0\0\0\0\0\0\0"
                                "{\"w\":{\"dtype\":\"F32\",\"shape\":[2],"
                                "\"data_offsets\":[0,8]}}                  "
                                "\0\0\x80\x3f\0\0\0\x40";
    char path[PATH_BYTES];
    if (!mkdtemp(folder))
        abort();
    write_file("a", shard, sizeof shard - 1, path);
    write_file("b", shard, 20, path);
    atexit(remove_all);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
    static bool is_made;
    char path[PATH_BYTES];
    if (!is_made)
        make_folder();
    is_made = true;
    write_file("index.json", data, length, path);
    fuzz_read_external(path);
    return 0;
}

size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t length, size_t most, unsigned seed)
{
    fuzz_rng rng = {seed};
    return fuzz_below(&rng, 2) ? fuzz_mutate_json(data, length, most, &rng)
                               : LLVMFuzzerMutate(data, length, most);
}

void
fuzz_seeds(fuzz_add *add, void *context)
{
    static const char *const seeds[] = {
        "{\"metadata\":{\"total_size\":8},\"weight_map\":{\"w\":\"a\"}}",
        "{\"weight_map\":{\"w\":\"a\",\"x\":\"a\"}}",
        "{\"weight_map\":{\"w\":\"b\"}}",
        "{\"weight_map\":{\"w\":\"index.json\",\"x\":\"../a\",\"y\":\"\"}}",
        "{\"weight_map\":{\"w\":5}}",
        "{\"weight_map\":[]}"};
    for (size_t i = 0; i < sizeof seeds / sizeof *seeds; i++)
        add(context, seeds[i], strlen(seeds[i]));
}
