/* Weights in HDF5 that is not ours: Keras's .h5 and .weights.h5, and what h5py wrote.
 */
#ifndef GSC_KERAS_H
#define GSC_KERAS_H

#include "train/exchange/arena.h"
#include "train/exchange/value.h"

/* The datasets of numbers of a file, or where it has a group model_weights of that one,
 * as a dictionary by dotted names: "dense/dense/kernel:0" is dense.kernel. What lies in
 * groups of an optimizer is left out. GSC_EFORMAT: a checkpoint of ours, soft links,
 * compressed data, none of numbers. */
int gsc_keras_read(gsc_arena *arena, const char *path, gsc_value **root);

#endif
