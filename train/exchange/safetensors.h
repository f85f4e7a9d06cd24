/* safetensors: a JSON header of names, types, shapes and places, then the data.
 * Format: the README of github.com/huggingface/safetensors. */
#ifndef GSC_SAFETENSORS_H
#define GSC_SAFETENSORS_H

#include "train/exchange/arena.h"
#include "train/exchange/value.h"

/* The tensors of a whole file in memory, which they borrow, as a dictionary, and its
 * metadata as another, or NULL. */
int gsc_safetensors_read(gsc_arena *arena, const unsigned char *data, size_t length,
                         gsc_value **root, gsc_value **metadata);

#endif
