/* Namings: what others call the tensors of our networks, and how they lay them out.
 *
 * A naming is a map for each family of networks, and a map is data: one line for each
 * tensor of ours, with the name of theirs that holds it and that one's axes.
 *
 *   blocks.*.attn.W_Q = {h,layers}.*.attn.qkv.weight: (0/3 n_heads d_head) d_model
 *
 * In a name * is the layer, and {a,b} any of these words (the first is what exports
 * write). Axes are words; those in brackets lie in one dimension of theirs. K/N is an
 * axis of N parts of which ours is part K, counted from 0; a number N one of length N
 * of which ours is the first part. A word that is none of gsc_axis_names stands for
 * whatever size the tensor has. Theirs may hold several of ours, and theirs may also be
 * a number, which ours is then filled with.
 *
 * A map of a user's own is a file of such lines (naming_file.h), where a line may also
 * reshape a tensor and choose rows of it before its axes are read. */
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
    GSC_NAMING_NANOGPT,      /* queries, keys and values in one nn.Linear */
    GSC_NAMING_GPT2,         /* the same in a Conv1D, [in, out] */
    GSC_NAMING_NEOX,         /* GPT-NeoX: the same of each head side by side */
    GSC_NAMING_TORCH_QKV,    /* an nn.Linear each */
    GSC_NAMING_TORCH_ENCODER, /* nn.TransformerEncoderLayer */
    GSC_NAMING_TORCH_MHA,     /* nn.MultiheadAttention, in a block of any other names */
    GSC_NAMING_TORCH_MLP,     /* a chain of nn.Linear, maybe after nn.Embedding */
    GSC_NUM_NAMINGS
} gsc_naming;

/* "auto", then the namings; NULL after the last. */
extern const char *const gsc_naming_choices[];
#define gsc_naming_names (gsc_naming_choices + 1)

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
    GSC_FAMILY_STACK, /* any number of layers */
    GSC_NUM_FAMILIES
} gsc_family;

typedef struct gsc_map_line {
    const char *own, *theirs;
    const char *axes; /* of theirs; NULL: as ours */
} gsc_map_line;

/* What a line of a file does to a tensor of theirs before its axes are read: zeros do
 * nothing. */
typedef struct gsc_map_view {
    size_t line;     /* its number in the file, from 1 */
    gsc_shape shape; /* what the tensor is reshaped to, rank 0: not; a size of 0 is what
                        the others leave */
    size_t axis;     /* of the tensor so reshaped, along which rows are chosen */
    size_t num_rows;
    const size_t *rows; /* those that are taken, in the order of ours; NULL: all */
    bool and_rest;      /* the other ones come after them */
} gsc_map_view;

typedef struct gsc_map {
    gsc_naming naming; /* GSC_NUM_NAMINGS: a user's own */
    gsc_family family;
    const gsc_map_line *lines; /* NULL: the names and axes are ours */
    size_t num_lines;
    const char *path;           /* the file of a user's own map */
    const gsc_map_view *views;  /* and its views, one for each line */
    size_t sizes[GSC_NUM_AXES]; /* that it tells */
    size_t num_operands;        /* how many residues it tells, 0: not */
} gsc_map;

/* Which biases a strict reader of an export asks for. */
typedef enum gsc_naming_biases {
    GSC_BIASES_OF_NAMING, /* those that the naming's own modules have */
    GSC_BIASES_OWN,       /* those that the network has */
    GSC_BIASES_ALL,       /* zeros for those that it lacks */
    GSC_BIASES_NONZERO    /* none that are all zeros */
} gsc_naming_biases;

extern const char *const gsc_naming_biases_names[];

/* What tensors were found to be. */
typedef struct gsc_named {
    gsc_naming naming;
    gsc_family family;
    size_t n_layers;
    size_t sizes[GSC_NUM_AXES];
    const gsc_map *map;
    gsc_naming_biases biases; /* of an export */
    void *made;               /* the map, where it was made for these tensors */
} gsc_named;

void gsc_named_free(gsc_named *named);

/* "torch-qkv", or the path of a user's own map. */
const char *gsc_map_name(const gsc_map *map);

/* The map of a naming for a family, NULL where there is none. What is read as
 * GSC_NAMING_TORCH_MLP has a map made from its tensors, if this one does not fit. */
const gsc_map *gsc_naming_map(gsc_naming naming, gsc_family family);

/* Whether some naming has a tensor of this name, and whether it is a buffer that holds
 * no weights: the attention's mask and what it fills in, positions that are counted,
 * running averages. */
bool gsc_naming_knows(const char *name);
bool gsc_naming_is_buffer(const char *name);

/* Add "; nearest: a, b": the names of at most three tensors that a name or pattern may
 * mean, those that share most letters in a row with it. */
int gsc_naming_add_nearest(gsc_text *text, const char *pattern,
                           const char *const *names, size_t count);

/* Find the map under which all tensors fit, with one size an axis. `known` has the
 * sizes that are known already; `naming` one that is asked for, or GSC_NUM_NAMINGS.
 * GSC_EFORMAT: none fits (every tensor that does not fit the nearest one is named, with
 * what was expected), or several do that give other tensors of ours. */
int gsc_naming_detect(const gsc_tensor *tensors, size_t count,
                      const size_t known[GSC_NUM_AXES], gsc_naming naming,
                      gsc_named *named);

/* The same for one map. What a user's own map says and the file is not is told with the
 * number of its line; each of its lines has to name a tensor. */
int gsc_naming_fit(const gsc_tensor *tensors, size_t count,
                   const size_t known[GSC_NUM_AXES], const gsc_map *map,
                   gsc_named *named);

/* Theirs as ours: the array and its tensors are replaced. */
int gsc_naming_to_own(const gsc_named *named, gsc_tensor **tensors, size_t *count);

/* Ours as another naming has them, in a new array that the caller frees with the data
 * of its tensors; it is valid, and has *num_theirs tensors, after a failure too.
 * named->map is the map, the sizes are those of our tensors, and named->biases says
 * which biases there are: of the naming's own modules TransformerLens's and Zhong et
 * al.'s have all, Hugging Face's GPT-2 and GPT-NeoX and nn.TransformerEncoderLayer all
 * but the output's, nanoGPT's all of these or none, nn.MultiheadAttention both or none.
 * GSC_EARGUMENT where the naming has no such tensor. */
int gsc_naming_from_own(const gsc_named *named, const gsc_tensor *own, size_t count,
                        gsc_tensor **theirs, size_t *num_theirs);

#ifdef __cplusplus
}
#endif
#endif
