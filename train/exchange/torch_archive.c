/* What torch.save writes. */
#include "train/exchange/torch_archive.h"

#include "grokscope/error.h"
#include "grokscope/text.h"

#include "train/exchange/pickle.h"

#include <stdlib.h>
#include <string.h>

/* The pickle has only names, shapes and numbers of a log; every byte of it may make a
 * value of ours, which is a hundred times as large. */
enum { MOST_PICKLE = 32 << 20 };

static const char pickle_name[] = "/data.pkl";

int
gsc_torch_find(const gsc_zip *zip, gsc_zip_entry *pickle, bool *found)
{
    size_t tail = strlen(pickle_name);
    *found = false;
    for (size_t i = 0; i < gsc_zip_count(zip) && !*found; i++) {
        int status = gsc_zip_inspect(zip, i, pickle);
        if (status < 0)
            return status;
        size_t length = strlen(pickle->name);
        *found =
            length > tail && strcmp(pickle->name + length - tail, pickle_name) == 0;
    }
    return 0;
}

typedef struct archive {
    const gsc_zip *zip;
    const char *name; /* of the pickle */
} archive;

/* The entry beside the pickle. */
static int
find_beside(const archive *a, const char *name, gsc_zip_entry *entry, bool *found)
{
    gsc_text path = {0};
    int folder = (int)(strlen(a->name) - strlen(pickle_name));
    int status = gsc_text_add(&path, "%.*s/%s", folder, a->name, name);
    if (status == 0)
        status = gsc_zip_find(a->zip, path.data, entry, found);
    gsc_text_free(&path);
    return status;
}

static int
find_storage(void *context, const char *key, gsc_array *storage)
{
    int status = 0;
    gsc_text name = {0};
    gsc_zip_entry entry;
    bool found;
    GSC_TRY(gsc_text_add(&name, "data/%s", key));
    GSC_TRY(find_beside(context, name.data, &entry, &found));
    if (!found || !entry.is_stored) {
        status = gsc_fail(GSC_EFORMAT, "%s is %s", name.data,
                          found ? "compressed" : "missing");
        goto out;
    }
    storage->entry = entry.index;
    storage->bytes = entry.bytes;
out:
    gsc_text_free(&name);
    return status;
}

/* The entry `byteorder`, where there is one, says "little". */
static int
check_byte_order(const archive *a)
{
    int status = 0;
    gsc_zip_entry entry;
    bool found;
    unsigned char *order = NULL;
    GSC_TRY(find_beside(a, "byteorder", &entry, &found));
    if (!found)
        return 0;
    GSC_TRY(gsc_zip_read(a->zip, &entry, &order));
    if (strcmp((char *)order, "little") != 0)
        status =
            gsc_fail(GSC_EFORMAT, "byteorder is '%.20s', expected 'little'", order);
out:
    free(order);
    return status;
}

int
gsc_torch_read(gsc_arena *arena, const gsc_zip *zip, const gsc_zip_entry *pickle,
               gsc_value **root)
{
    int status = 0;
    archive a = {zip, pickle->name};
    unsigned char *data = NULL;
    size_t used;
    GSC_TRY(check_byte_order(&a));
    if (pickle->bytes > MOST_PICKLE)
        return gsc_fail(GSC_EFORMAT, "data.pkl has %zu bytes, expected at most %d",
                        pickle->bytes, MOST_PICKLE);
    GSC_TRY(gsc_zip_read(zip, pickle, &data));
    status = gsc_pickle_read(arena, data, pickle->bytes, find_storage, &a, root, &used);
    if (status < 0)
        status = gsc_fail_in(status, "data.pkl");
out:
    free(data);
    return status;
}
