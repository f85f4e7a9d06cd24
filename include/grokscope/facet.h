/* Facets: facts about the structure of a dataset that measures may ask for.
 *
 * A facet is optional. It has a name, as "binary_table", "bits", "digits", "image",
 * "regression" or a client's own, and named items: texts and arrays. Checkpoints keep
 * facets, so that what looks at a network needs no task to make them again. */
#ifndef GROKSCOPE_FACET_H
#define GROKSCOPE_FACET_H

#include "grokscope/tensor.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What an item holds. */
typedef enum gsc_facet_type {
    GSC_FACET_TEXT,    /* data is a string; the shape has rank 0 */
    GSC_FACET_INTEGER, /* int64_t, one or an array */
    GSC_FACET_INDEX,   /* uint16_t */
    GSC_FACET_REAL     /* double */
} gsc_facet_type;

/* One named fact: a text or an array. */
typedef struct gsc_facet_item {
    char name[GSC_NAME_BYTES]; /* what it is called: "formula" */
    gsc_facet_type type;       /* of its elements */
    gsc_shape shape;           /* of the array; of rank 0: one element, or a text */
    void *data;                /* the text or the array, which the facet owns */
} gsc_facet_item;

/* Facts of one kind. */
typedef struct gsc_facet {
    char name[GSC_NAME_BYTES]; /* what they are about: "binary_table" */
    size_t num_items;
    size_t room;           /* items allocated */
    gsc_facet_item *items; /* in the order of adding */
} gsc_facet;

/* The facets of a dataset. Zeroed: none. */
typedef struct gsc_facets {
    size_t count;     /* how many facets there are */
    size_t room;      /* facets allocated */
    gsc_facet *items; /* in the order of adding */
} gsc_facets;

/* Release all; takes what is zeroed or freed. */
void gsc_facets_free(gsc_facets *facets);

/* The facet called `name`, or NULL. */
const gsc_facet *gsc_facets_find(const gsc_facets *facets, const char *name);

/* Add a facet without items; *facet is valid until the next one is added. */
int gsc_facets_add(gsc_facets *facets, const char *name, gsc_facet **facet);

/* Add an item; what it holds is copied. */
int gsc_facet_add_text(gsc_facet *facet, const char *name, const char *text);
int gsc_facet_add_integer(gsc_facet *facet, const char *name, int64_t value);
int gsc_facet_add_array(gsc_facet *facet, const char *name, gsc_facet_type type,
                        gsc_shape shape, const void *data);

/* Bytes of one element of a type. */
size_t gsc_facet_type_size(gsc_facet_type type);

/* The item called `name`, or NULL. */
const gsc_facet_item *gsc_facet_find(const gsc_facet *facet, const char *name);

/* The items as what they should be. GSC_EFORMAT with facet and item where one is
 * missing, of another type, or of another shape: dims of `shape` that are 0 may be
 * anything. What is found stays the facet's. */
int gsc_facet_text(const gsc_facet *facet, const char *name, const char **text);
int gsc_facet_integer(const gsc_facet *facet, const char *name, int64_t least,
                      int64_t most, int64_t *value);
int gsc_facet_array(const gsc_facet *facet, const char *name, gsc_facet_type type,
                    gsc_shape shape, const void **data);

#ifdef __cplusplus
}
#endif
#endif
