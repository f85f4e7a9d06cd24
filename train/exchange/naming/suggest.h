/* Maps that are begun for a user to complete. */
#ifndef GROKSCOPE_NAMING_SUGGEST_H
#define GROKSCOPE_NAMING_SUGGEST_H

#include "train/exchange/naming/naming.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Add a map of tensors as a file of gsc_map_file_read's has it: the built-in one that
 * fits them (of one naming, or GSC_NUM_NAMINGS), or one made from names and shapes.
 * What these do not tell has a question mark, and the choices in a comment. `known` has
 * the sizes that are known. */
int gsc_map_suggest(const gsc_tensor *tensors, size_t count,
                    const size_t known[GSC_NUM_AXES], gsc_naming naming,
                    gsc_text *text);

#ifdef __cplusplus
}
#endif
#endif
