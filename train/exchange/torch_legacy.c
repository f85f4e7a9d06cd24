/* What torch.save wrote before PyTorch 1.6. */
#include "train/exchange/torch_legacy.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "train/exchange/pickle.h"

#include <stdlib.h>
#include <string.h>

enum {
    MOST_PICKLE = 32 << 20, /* as of an archive's */
    COUNT_BYTES = 8,
    FORM_VERSION = 1001
};

static const unsigned char magic[] = {0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46,
                                      0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19};

typedef struct storage {
    const char *key; /* NULL: a free place of the table */
    size_t count, bytes;
    const unsigned char *data; /* NULL: not found yet */
} storage;

typedef struct reader {
    gsc_arena *arena;
    const unsigned char *at, *end;
    size_t num_storages, room; /* a power of two */
    storage *storages;         /* [room] a hash table */
    bool is_placed;            /* the data of all of them are found */
} reader;

bool
gsc_torch_legacy_begins(const unsigned char *data, size_t length)
{
    /* after the protocol, and the frame of the later ones */
    for (size_t at = 2; at <= 11 && at + sizeof magic <= length; at++)
        if (data[0] == 0x80 && memcmp(data + at, magic, sizeof magic) == 0)
            return true;
    return false;
}

/* ---- Storages ---- */

/* The place of a key, or the free one where it would be (FNV-1a). */
static storage *
find_place(const reader *r, const char *key)
{
    uint32_t hash = 2166136261u;
    for (const char *c = key; *c; c++)
        hash = (hash ^ (unsigned char)*c) * 16777619u;
    size_t at = hash & (r->room - 1);
    while (r->storages[at].key && strcmp(r->storages[at].key, key) != 0)
        at = (at + 1) & (r->room - 1);
    return &r->storages[at];
}

static int
make_room(reader *r)
{
    int status = 0;
    storage *old = r->storages;
    size_t former = r->room;
    if (2 * r->num_storages < r->room)
        return 0;
    r->storages = NULL;
    r->room = former > 0 ? 2 * former : 64;
    GSC_NEW(r->storages, r->room);
    for (size_t i = 0; i < former; i++)
        if (old[i].key)
            *find_place(r, old[i].key) = old[i];
out:
    if (!r->storages)
        r->room = 0;
    free(old);
    return status;
}

/* Where it lies; in the first pass, that it is somewhere in the file. */
static int
find_storage(void *context, const char *key, gsc_array *array)
{
    int status = 0;
    reader *r = context;
    size_t bytes;
    GSC_TRY(make_room(r));
    storage *place = find_place(r, key);
    GSC_TRY(gsc_size_multiply(array->dims[0], gsc_dtype_size(array->dtype), &bytes));
    if (!place->key && !r->is_placed) {
        *place = (storage){.count = array->dims[0], .bytes = bytes};
        place->key = gsc_arena_copy(r->arena, key, strlen(key));
        r->num_storages++;
        if (!place->key)
            return GSC_EMEMORY;
    }
    if (!place->key || place->bytes != bytes || bytes > (size_t)(r->end - r->at))
        return gsc_fail(GSC_EFORMAT, "storage %.60s has %zu bytes, expected %zu", key,
                        bytes, place->bytes);
    array->data = r->is_placed ? place->data : r->at;
    array->bytes = bytes;
out:
    return status == GSC_EMEMORY
               ? gsc_fail(GSC_EFORMAT, "a storage of %zu elements", array->dims[0])
               : status;
}

/* A count of elements, and these. */
static int
place_storage(reader *r, const gsc_value *key)
{
    uint64_t count = 0;
    storage *place =
        key->kind == GSC_VALUE_TEXT && r->room > 0 ? find_place(r, key->text) : NULL;
    if (!place || !place->key || place->data)
        return gsc_fail(GSC_EFORMAT, "lists a storage that no tensor has, or twice");
    if ((size_t)(r->end - r->at) < COUNT_BYTES)
        return gsc_fail(GSC_EFORMAT, "ends before storage %.60s", key->text);
    for (size_t i = COUNT_BYTES; i-- > 0;)
        count = count << 8 | r->at[i];
    r->at += COUNT_BYTES;
    if (count != place->count || place->bytes > (size_t)(r->end - r->at))
        return gsc_fail(GSC_EFORMAT,
                        "storage %.60s has %llu elements, expected %zu in %zu bytes",
                        key->text, (unsigned long long)count, place->count,
                        (size_t)(r->end - r->at));
    place->data = r->at;
    r->at += place->bytes;
    return 0;
}

static int
place_all(reader *r, const gsc_value *keys)
{
    int status = 0;
    if (keys->kind != GSC_VALUE_LIST || keys->count != r->num_storages)
        return gsc_fail(GSC_EFORMAT, "lists no keys of its %zu storages",
                        r->num_storages);
    for (size_t i = 0; i < keys->count; i++)
        GSC_TRY(place_storage(r, keys->items[i]));
    r->is_placed = true;
out:
    return status;
}

/* ---- Pickles ---- */

/* The next pickle; its bytes are gone past. */
static int
take_pickle(reader *r, gsc_value **value)
{
    size_t left = (size_t)(r->end - r->at), used = 0;
    size_t most = left < MOST_PICKLE ? left : MOST_PICKLE;
    int status = gsc_pickle_read(r->arena, r->at, most, find_storage, r, value, &used);
    r->at += used;
    return status;
}

/* Machines whose numbers are big-endian wrote them so. */
static int
check_machine(const gsc_value *version, const gsc_value *machine)
{
    const gsc_value *little = gsc_value_get(machine, "little_endian");
    if (version->kind != GSC_VALUE_INTEGER || version->integer != FORM_VERSION)
        return gsc_fail(GSC_EFORMAT, "is of a version of this form other than %d",
                        FORM_VERSION);
    if (little && little->kind == GSC_VALUE_BOOL && !little->integer)
        return gsc_fail(GSC_EFORMAT, "is of a big-endian machine, which is not read");
    return 0;
}

int
gsc_torch_legacy_read(gsc_arena *arena, const unsigned char *data, size_t length,
                      gsc_value **root)
{
    int status = 0;
    gsc_arena first_pass = {.newest = NULL};
    gsc_value *mark, *version, *machine, *value, *keys;
    reader r = {.arena = &first_pass, .at = data, .end = data + length};
    GSC_TRY(take_pickle(&r, &mark));
    GSC_TRY(take_pickle(&r, &version));
    GSC_TRY(take_pickle(&r, &machine));
    GSC_TRY(check_machine(version, machine));
    const unsigned char *main = r.at;
    GSC_TRY(take_pickle(&r, &value));
    GSC_TRY(take_pickle(&r, &keys));
    GSC_TRY(place_all(&r, keys));
    r.arena = arena;
    r.at = main;
    status = take_pickle(&r, root);
out:
    gsc_arena_free(&first_pass);
    free(r.storages);
    return status < 0 ? gsc_fail_in(status, "the form of PyTorch before 1.6") : 0;
}
