/* Maps that users write: which tensor of theirs is which of ours.
 *
 *   # a network of one's own
 *   embed.W_E         = lookup.table
 *   blocks.*.attn.W_Q = stage.*.qkv.weight, transpose, part 0 of 3 along 0, heads 4
 *   blocks.*.attn.b_O = 0
 *   unembed.W_U       = "read out": d_vocab_out d_model
 *   operands          = 1-97
 *   ignore            = *.scratch
 *
 * Ours is on the left; * is the layer, {a,b} any of these words. What changes a tensor
 * is written after it, and is done in this order whatever the order of the words:
 *
 *   reshape A B …            it is read as of this shape; one size may be -1
 *   rows R, columns R        these rows of its first dimension, or of its second one
 *   part K of N along D      ours is part K of N of dimension D, counted from 0
 *   transpose                its last two dimensions change places
 *   heads N                  how many heads lie in a dimension
 *
 * or, in place of the last three, its axes after a colon, in the language of naming.h.
 * R is a list of rows and ranges: 1-97 0. The line `operands` says which rows of the
 * embedding are the residues 0 … p - 1, `outputs` the same of the outputs; the other
 * rows come after them. */
#ifndef GROKSCOPE_NAMING_FILE_H
#define GROKSCOPE_NAMING_FILE_H

#include "train/exchange/arena.h"
#include "train/exchange/naming/naming.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gsc_map_file {
    gsc_map map;
    size_t num_ignored;
    char **ignored;  /* patterns of names that are left out */
    gsc_arena arena; /* holds all of it */
} gsc_map_file;

/* Read a map. GSC_EFORMAT with "path:line: ", what was expected and what was found.
 * The file may be freed after a failure too. */
int gsc_map_file_read(gsc_map_file *file, const char *path);
void gsc_map_file_free(gsc_map_file *file);

#ifdef __cplusplus
}
#endif
#endif
