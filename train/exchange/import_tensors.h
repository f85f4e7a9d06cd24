/* The tensors of a file of another program, before they have places in a network. */
#ifndef GROKSCOPE_IMPORT_TENSORS_H
#define GROKSCOPE_IMPORT_TENSORS_H

#include "train/exchange/import.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Read those of a dictionary, without buffers. GSC_EFORMAT for what is no tensor, and
 * for more elements than any network here has. */
int gsc_import_read_tensors(gsc_import *im, const gsc_external *file,
                            const gsc_value *weights);

/* Give all of them the type `dtype`, where the configuration knows it: float32 rounds.
 * Else `dtype` becomes theirs, float64 where one is. It is known from then on.
 * GSC_EARGUMENT with the tensor for a number that float32 does not reach. */
int gsc_import_convert_tensors(gsc_import *im);

#ifdef __cplusplus
}
#endif
#endif
