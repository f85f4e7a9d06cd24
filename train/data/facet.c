/* Facets of a dataset. */
#include "grokscope/facet.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
gsc_facets_free(gsc_facets *facets)
{
    for (size_t i = 0; i < facets->count; i++) {
        gsc_facet *facet = &facets->items[i];
        for (size_t k = 0; k < facet->num_items; k++)
            free(facet->items[k].data);
        free(facet->items);
    }
    free(facets->items);
    *facets = (gsc_facets){.count = 0};
}

const gsc_facet *
gsc_facets_find(const gsc_facets *facets, const char *name)
{
    for (size_t i = 0; i < facets->count; i++)
        if (strcmp(facets->items[i].name, name) == 0)
            return &facets->items[i];
    return NULL;
}

int
gsc_facets_add(gsc_facets *facets, const char *name, gsc_facet **facet)
{
    int status = 0;
    GSC_TRY(
        gsc_grow(&facets->items, facets->count, &facets->room, sizeof *facets->items));
    *facet = &facets->items[facets->count++];
    **facet = (gsc_facet){.num_items = 0};
    snprintf((*facet)->name, sizeof(*facet)->name, "%s", name);
out:
    return status;
}

size_t
gsc_facet_type_size(gsc_facet_type type)
{
    return type == GSC_FACET_TEXT ? 1 : type == GSC_FACET_INDEX ? 2 : 8;
}

/* ---- Adding ---- */

static int
add_item(gsc_facet *facet, const char *name, gsc_facet_type type, gsc_shape shape,
         const void *data, size_t bytes)
{
    int status = 0;
    GSC_TRY(
        gsc_grow(&facet->items, facet->num_items, &facet->room, sizeof *facet->items));
    gsc_facet_item *item = &facet->items[facet->num_items];
    *item = (gsc_facet_item){.type = type, .shape = shape};
    snprintf(item->name, sizeof item->name, "%s", name);
    item->data = gsc_new(bytes + 1, 1);
    if (!item->data)
        return GSC_EMEMORY;
    memcpy(item->data, data, bytes);
    facet->num_items++;
out:
    return status;
}

int
gsc_facet_add_text(gsc_facet *facet, const char *name, const char *text)
{
    return add_item(facet, name, GSC_FACET_TEXT, (gsc_shape){.rank = 0}, text,
                    strlen(text));
}

int
gsc_facet_add_array(gsc_facet *facet, const char *name, gsc_facet_type type,
                    gsc_shape shape, const void *data)
{
    return add_item(facet, name, type, shape, data,
                    gsc_shape_count(shape) * gsc_facet_type_size(type));
}

int
gsc_facet_add_integer(gsc_facet *facet, const char *name, int64_t value)
{
    return gsc_facet_add_array(facet, name, GSC_FACET_INTEGER, (gsc_shape){.rank = 0},
                               &value);
}

/* ---- Reading ---- */

const gsc_facet_item *
gsc_facet_find(const gsc_facet *facet, const char *name)
{
    for (size_t i = 0; i < facet->num_items; i++)
        if (strcmp(facet->items[i].name, name) == 0)
            return &facet->items[i];
    return NULL;
}

static bool
fits(gsc_shape shape, gsc_shape expected)
{
    bool same = shape.rank == expected.rank;
    for (size_t i = 0; same && i < shape.rank; i++)
        same = expected.dims[i] == 0 || shape.dims[i] == expected.dims[i];
    return same;
}

/* "[113, any]" */
static void
write_shape(gsc_shape shape, char *text, size_t bytes)
{
    size_t used = (size_t)snprintf(text, bytes, "[");
    for (size_t i = 0; i < shape.rank && used < bytes; i++)
        used +=
            (size_t)(shape.dims[i] > 0 ? snprintf(text + used, bytes - used, "%s%zu",
                                                  i > 0 ? ", " : "", shape.dims[i])
                                       : snprintf(text + used, bytes - used, "%sany",
                                                  i > 0 ? ", " : ""));
    if (used < bytes)
        snprintf(text + used, bytes - used, "]");
}

static int
expect(const gsc_facet *facet, const char *name, gsc_facet_type type, gsc_shape shape,
       const gsc_facet_item **item)
{
    static const char *const types[] = {"text", "int64", "uint16", "float64"};
    char found[64], expected[64];
    *item = gsc_facet_find(facet, name);
    if (!*item)
        return gsc_fail(GSC_EFORMAT, "/facets/%s: %s is missing", facet->name, name);
    if ((*item)->type != type)
        return gsc_fail(GSC_EFORMAT, "/facets/%s/%s: is %s, expected %s", facet->name,
                        name, types[(*item)->type], types[type]);
    if (fits((*item)->shape, shape))
        return 0;
    write_shape((*item)->shape, found, sizeof found);
    write_shape(shape, expected, sizeof expected);
    return gsc_fail(GSC_EFORMAT, "/facets/%s/%s: has shape %s, expected %s",
                    facet->name, name, found, expected);
}

int
gsc_facet_text(const gsc_facet *facet, const char *name, const char **text)
{
    const gsc_facet_item *item;
    int status = expect(facet, name, GSC_FACET_TEXT, (gsc_shape){.rank = 0}, &item);
    if (status == 0)
        *text = item->data;
    return status;
}

int
gsc_facet_integer(const gsc_facet *facet, const char *name, int64_t least, int64_t most,
                  int64_t *value)
{
    const gsc_facet_item *item;
    int status = expect(facet, name, GSC_FACET_INTEGER, (gsc_shape){.rank = 0}, &item);
    if (status < 0)
        return status;
    *value = *(const int64_t *)item->data;
    if (*value < least || *value > most)
        return gsc_fail(GSC_EFORMAT, "/facets/%s/%s: is %lld, expected %lld to %lld",
                        facet->name, name, (long long)*value, (long long)least,
                        (long long)most);
    return 0;
}

int
gsc_facet_array(const gsc_facet *facet, const char *name, gsc_facet_type type,
                gsc_shape shape, const void **data)
{
    const gsc_facet_item *item;
    int status = expect(facet, name, type, shape, &item);
    if (status == 0)
        *data = item->data;
    return status;
}
