/* Parts of a network, as a command line names them. */
#ifndef GROKSCOPE_PARTS_H
#define GROKSCOPE_PARTS_H

#include "grokscope/tensor.h"

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum gsc_part_kind {
    GSC_PART_CIRCLE,  /* a frequency's component of the embedding, from 1 */
    GSC_PART_PC,      /* a principal component of the embedding, from 1 */
    GSC_PART_HEAD,    /* an attention head, from 0 */
    GSC_PART_NEURONS, /* neurons, from 0 */
    GSC_PART_TENSOR,  /* a parameter */
    GSC_NUM_PART_KINDS
} gsc_part_kind;

/* "circle", "pc", "head", "neurons", "tensor" */
extern const char *const gsc_part_names[GSC_NUM_PART_KINDS];

typedef struct gsc_part {
    gsc_part_kind kind;
    size_t first, last; /* numbers, both counted; neurons: frequencies where so named */
    bool by_frequency;
    bool has_layer; /* a head of this layer */
    size_t layer;
    char tensor[GSC_NAME_BYTES];
} gsc_part;

typedef struct gsc_parts {
    size_t count, room;
    gsc_part *items;
} gsc_parts;

/* Read a list: "circle=21", "circle=4,7,pc=1-6", "head=2", "head=0.2" (layer 0),
 * "neurons=3-10", "neurons=freq:17", "tensor=embed.W_E". What has no kind is of the one
 * before. GSC_EARGUMENT for anything else, an empty list too. */
int gsc_parts_init(gsc_parts *parts, const char *text);
void gsc_parts_free(gsc_parts *parts);

/* Whether any of them is of a kind. */
bool gsc_parts_have(const gsc_parts *parts, gsc_part_kind kind);

#ifdef __cplusplus
}
#endif
#endif
