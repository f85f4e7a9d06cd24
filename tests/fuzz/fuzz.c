/* Files, values and random numbers of the fuzz targets. */
#define _GNU_SOURCE

#include "fuzz.h"

#include "grokscope/error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

const char *__asan_default_options(void);

/* No file of a fuzzer is large, so that no reader of it asks for much. */
const char *
__asan_default_options(void)
{
    return "max_allocation_size_mb=2048:handle_abort=1";
}

uint64_t
fuzz_random(fuzz_rng *rng)
{
    uint64_t z = rng->state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

size_t
fuzz_below(fuzz_rng *rng, size_t n)
{
    return n == 0 ? 0 : (size_t)(fuzz_random(rng) % n);
}

void
fuzz_check(int status)
{
    if (status >= 0 || status == GSC_EFORMAT || status == GSC_EARGUMENT ||
        status == GSC_ENUMERIC)
        return;
    fprintf(stderr, "code %d: %s\n", status, gsc_error_text());
    abort();
}

const char *
fuzz_file(const void *data, size_t length)
{
    static char path[64];
    static int file = -1;
    if (file < 0) {
        file = memfd_create("fuzz", MFD_CLOEXEC);
        snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    }
    if (file < 0 || ftruncate(file, 0) != 0 ||
        pwrite(file, data, length, 0) != (ssize_t)length)
        abort();
    return path;
}

/* ---- Values ---- */

typedef struct reader {
    gsc_external *file;
    size_t num_values;
} reader;

enum { MOST_VALUES = 20000, MOST_TENSORS = 64 };

static int
read_one(void *context, const char *path, const gsc_value *value)
{
    reader *r = context;
    gsc_tensor tensor = {.data = NULL};
    gsc_text text = {0};
    if (++r->num_values > MOST_VALUES)
        return 1;
    fuzz_check(gsc_value_add_type(value, &text));
    fuzz_check(gsc_value_add_scalar(value, &text));
    gsc_text_free(&text);
    if (r->num_values < MOST_TENSORS)
        gsc_value_at(gsc_external_root(r->file), path);
    if (value->kind != GSC_VALUE_ARRAY || r->num_values >= MOST_TENSORS)
        return 0;
    fuzz_check(gsc_external_tensor(r->file, value->array, &tensor));
    free(tensor.data);
    return 0;
}

void
fuzz_read_value(gsc_external *file)
{
    reader r = {.file = file};
    fuzz_check(gsc_value_walk(gsc_external_root(file), read_one, &r));
    if (gsc_external_metadata(file))
        fuzz_check(gsc_value_walk(gsc_external_metadata(file), read_one, &r));
}

void
fuzz_read_external(const char *path)
{
    gsc_external *file;
    int status = gsc_external_open(&file, path);
    fuzz_check(status);
    if (status == 0)
        fuzz_read_value(file);
    gsc_external_close(file);
}
