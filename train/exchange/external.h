/* Files of other programs: PyTorch's (.pt, .pth, .bin), safetensors, NumPy's .npz and
 * .npy, pickles, Keras's .h5, JSON, and the index of one that lies in several files
 * (model.safetensors.index.json). They are read as plain values, and nothing in them is
 * ever executed. */
#ifndef GROKSCOPE_EXTERNAL_H
#define GROKSCOPE_EXTERNAL_H

#include "grokscope/tensor.h"

#include "train/exchange/value.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gsc_external gsc_external;

/* Read what a file holds; its first bytes tell which form it has. Data of large arrays
 * stays in the file until asked for. GSC_EFORMAT: unreadable, truncated, or of no form
 * of these; the message says what it is, where that is plain, and what to do. */
int gsc_external_open(gsc_external **file, const char *path);

/* The same of a JSON text; `name` stands for the file in messages. */
int gsc_external_open_json(gsc_external **file, const char *text, const char *name);

void gsc_external_close(gsc_external *file);

/* What it holds; of safetensors, npz and HDF5 a dictionary of arrays, and of a whole
 * module of PyTorch too (torch.save(model)). */
const gsc_value *gsc_external_root(const gsc_external *file);

/* Notes beside the tensors: the metadata of safetensors, a dictionary of texts; or
 * NULL.
 */
const gsc_value *gsc_external_metadata(const gsc_external *file);

/* The elements of an array in C order. 16-bit floats, bools and integers of at most 16
 * bits become float32, which holds them exactly; float64 and longer integers float64.
 * Name and axes stay as they are; the caller frees tensor->data. GSC_EFORMAT where the
 * rank is above GSC_MAX_RANK. */
int gsc_external_tensor(const gsc_external *file, const gsc_array *array,
                        gsc_tensor *tensor);

/* ---- Written ---- */

typedef struct gsc_metadata_item {
    const char *name, *text;
} gsc_metadata_item;

/* The bytes of a file in new memory, which the caller frees. safetensors keeps notes;
 * its tensors are ordered by the size of their elements, then by name, and aligned. An
 * npz is a zip of .npy files without compression and without times. */
int gsc_safetensors_image(const gsc_tensor *tensors, size_t count,
                          const gsc_metadata_item *metadata, size_t num_metadata,
                          void **image, size_t *length);
int gsc_npz_image(const gsc_tensor *tensors, size_t count, void **image,
                  size_t *length);
int gsc_npy_image(const gsc_tensor *tensor, void **image, size_t *length);

/* Write a tensor as an .npy, which appears whole. GSC_EIO, GSC_EMEMORY. */
int gsc_npy_write(const gsc_tensor *tensor, const char *path);

#ifdef __cplusplus
}
#endif
#endif
