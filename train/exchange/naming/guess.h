/* A transformer under names of anyone's: which tensor is which. */
#ifndef GSC_NAMING_GUESS_H
#define GSC_NAMING_GUESS_H

#include "train/exchange/naming/lines.h"

typedef enum gsc_guess_shape {
    GSC_GUESS_TABLE,  /* rows of d_model */
    GSC_GUESS_SQUARE, /* from d_model to the heads, or back */
    GSC_GUESS_FUSED,  /* queries, keys and values */
    GSC_GUESS_WIDE,   /* from d_model to d_mlp */
    GSC_GUESS_NARROW  /* and back */
} gsc_guess_shape;

/* A tensor, or the same one of each layer. */
typedef struct gsc_unit {
    char name[GSC_NAME_BYTES]; /* with * for the layer where is_in_block */
    size_t first, last;        /* layers */
    gsc_shape shape;
    bool is_in_block;
    int role; /* of its matrix, -1: not known */
    bool is_by_shape;
} gsc_unit;

typedef struct gsc_guess {
    size_t count;
    gsc_unit *units;
    size_t d_model;
    bool has_blocks;   /* some names have a layer in them */
    bool knows_layout; /* whether is_linear is known: matrices are [out, in] */
    bool is_linear;
} gsc_guess;

/* Find the role of each matrix that its name or shape tells. */
void gsc_guess_roles(gsc_guess *guess);

/* "blocks.*.attn.W_Q", or W_QKV of the three in one; "" where it is not known. */
const char *gsc_guess_own(const gsc_unit *unit);

/* What a matrix that is not known may be of ours; returns how many there are. */
enum { GSC_GUESS_MOST = 12 };
size_t gsc_guess_choices(const gsc_guess *guess, const gsc_unit *unit,
                         const char *choices[GSC_GUESS_MOST]);

#endif
