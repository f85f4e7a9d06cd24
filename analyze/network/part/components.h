/* Components of a network, as a command line names them. */
#ifndef GROKSCOPE_COMPONENTS_H
#define GROKSCOPE_COMPONENTS_H

#include "grokscope/tensor.h"

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum gsc_component_kind {
    GSC_COMPONENT_CIRCLE,  /* a frequency's component of the embedding, from 1 */
    GSC_COMPONENT_PC,      /* a principal component of the embedding, from 1 */
    GSC_COMPONENT_HEAD,    /* an attention head, from 0 */
    GSC_COMPONENT_NEURONS, /* neurons, from 0 */
    GSC_COMPONENT_TENSOR,  /* a parameter */
    GSC_NUM_COMPONENT_KINDS
} gsc_component_kind;

/* "circle", "pc", "head", "neurons", "tensor" */
extern const char *const gsc_component_names[GSC_NUM_COMPONENT_KINDS];

typedef struct gsc_component {
    gsc_component_kind kind;
    size_t first, last; /* numbers, both counted; neurons: frequencies where so named */
    bool by_frequency;
    bool has_layer; /* a head of this layer */
    size_t layer;
    char tensor[GSC_NAME_BYTES];
} gsc_component;

typedef struct gsc_components {
    size_t count, room;
    gsc_component *items;
} gsc_components;

/* Read a list: "circle=21", "circle=4,7,pc=1-6", "head=2", "head=0.2" (layer 0),
 * "neurons=3-10", "neurons=freq:17", "tensor=embed.W_E". What has no kind is of the one
 * before. GSC_EARGUMENT for anything else, an empty list too. */
int gsc_components_init(gsc_components *components, const char *text);
void gsc_components_free(gsc_components *components);

/* Whether any of them is of a kind. */
bool gsc_components_have(const gsc_components *components, gsc_component_kind kind);

#ifdef __cplusplus
}
#endif
#endif
