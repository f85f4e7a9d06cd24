/* Weights of ours for programs of others: their names and layouts, their files. */
#ifndef GROKSCOPE_EXPORT_H
#define GROKSCOPE_EXPORT_H

#include "grokscope/checkpoint.h"

#include "train/exchange/naming/naming.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Tensors as they are to be written. */
typedef struct gsc_export {
    gsc_naming naming;
    gsc_naming_biases biases;
    size_t count;
    gsc_tensor *tensors; /* with their data */
} gsc_export;

/* Give the parameters of a checkpoint the names and layouts of a naming, with the
 * biases that those ask for who load strictly. Tensors without a network keep theirs:
 * GSC_EARGUMENT for another naming than GSC_NAMING_TL. Also GSC_EARGUMENT where the
 * naming has no such network. gsc_export_free takes what is zeroed or half built.
 */
int gsc_export_init(gsc_export *self, const gsc_checkpoint *checkpoint,
                    gsc_naming naming, gsc_naming_biases biases);
void gsc_export_free(gsc_export *self);

/* Keep only the tensor of this name. GSC_EARGUMENT where there is none. */
int gsc_export_choose(gsc_export *self, const char *name);

/* GSC_EARGUMENT where a path has the ending of a form that is not written (.pt, .mat,
 * …), with what to write instead. */
int gsc_export_check_name(const char *path);

/* Write them: X.safetensors (with the configuration and the step of the checkpoint that
 * they are of), X.npz, X.npy of the first one, or a folder of .npy. Each file appears
 * whole. GSC_EIO, GSC_EARGUMENT for a folder's name that is too long. */
int gsc_export_write(const gsc_export *self, const gsc_checkpoint *checkpoint,
                     const char *path);

#ifdef __cplusplus
}
#endif
#endif
