/* Namings: what others call the tensors of our networks, and how they lay them out.
 *
 * Each is a column of one table, one row for each tensor: its name and its axes,
 * "(n_heads d_head) d_model" where two of ours lie in one dimension. Import, detection
 * and export all read that table. */
#ifndef GROKSCOPE_NAMING_H
#define GROKSCOPE_NAMING_H

#include "grokscope/model.h"
#include "grokscope/tensor.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum gsc_naming {
    GSC_NAMING_TL,           /* TransformerLens's x @ W, which is ours */
    GSC_NAMING_TL_NATIVE,    /* TransformerLens 3's own modules: tok_embed.weight … */
    GSC_NAMING_TRANSPOSED,   /* TransformerLens's names, W @ x: Nanda's and Zhong et
                                al.'s code */
    GSC_NAMING_TORCH_LINEAR, /* nn.Linear and nn.Embedding: Zhong et al.'s networks
                                without attention; Chughtai et al.'s */
    GSC_NUM_NAMINGS
} gsc_naming;

extern const char *const gsc_naming_names[]; /* NULL after the last */

/* Sizes by axis, 0 where not known. */
typedef enum gsc_axis {
    GSC_AXIS_D_VOCAB,
    GSC_AXIS_D_VOCAB_OUT,
    GSC_AXIS_N_CTX,
    GSC_AXIS_D_MODEL,
    GSC_AXIS_N_HEADS,
    GSC_AXIS_D_HEAD,
    GSC_AXIS_D_MLP,
    GSC_AXIS_D_EMBED, /* of an embedding that is not as wide as what it enters */
    GSC_NUM_AXES
} gsc_axis;

extern const char *const gsc_axis_names[GSC_NUM_AXES];

typedef enum gsc_family {
    GSC_FAMILY_TRANSFORMER,
    GSC_FAMILY_LINEAR,
    GSC_FAMILY_GROMOV,
    GSC_FAMILY_MLP,
    GSC_NUM_FAMILIES
} gsc_family;

/* What tensors were found to be. */
typedef struct gsc_named {
    gsc_naming naming;
    gsc_family family;
    size_t n_layers;
    size_t sizes[GSC_NUM_AXES];
} gsc_named;

/* Whether some naming has a tensor of this name, and whether it is a buffer that holds
 * no weights: the attention's mask and what it fills in. */
bool gsc_naming_knows(const char *name);
bool gsc_naming_is_buffer(const char *name);

/* Find the naming and family under which all tensors fit, with one size an axis.
 * `known` has the sizes that are known already; `naming` one that is asked for, or
 * GSC_NUM_NAMINGS. GSC_EFORMAT: none fits (every tensor that does not fit the nearest
 * one is named, with what was expected), or several do. */
int gsc_naming_detect(const gsc_tensor *tensors, size_t count,
                      const size_t known[GSC_NUM_AXES], gsc_naming naming,
                      gsc_named *named);

/* Give a tensor of `named` our name and layout: name, shape and data are replaced. */
int gsc_naming_to_own(const gsc_named *named, gsc_tensor *tensor);

/* A tensor of ours as another naming has it; the caller frees out->data. The sizes are
 * those of our tensors. GSC_EARGUMENT where the naming has none. */
int gsc_naming_from_own(const gsc_named *named, const gsc_tensor *own, gsc_tensor *out);

/* Those tensors of a naming that a strict reader asks for and the network lacks: its
 * biases. Fills up to `room` names, shapes and axes of zeros to make; their count is
 * returned. */
size_t gsc_naming_missing_biases(const gsc_named *named, const gsc_tensor *own,
                                 size_t count, gsc_tensor *zeros, size_t room);

#ifdef __cplusplus
}
#endif
#endif
