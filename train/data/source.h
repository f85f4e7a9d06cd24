/* Fields whose numbers lie in files of others: the files are named and checked, not
 * copied. */
#ifndef GSC_DATA_SOURCE_H
#define GSC_DATA_SOURCE_H

#include "grokscope/dataset.h"

/* Add a field of bytes that an IDX file holds, one row for each example: images as
 * vectors, labels as indices below num_values. The first source decides num_examples;
 * others have to agree. The path is made absolute. */
int gsc_source_add_idx(gsc_dataset *dataset, const char *name, const char *path,
                       size_t rank, size_t num_values);

/* Read the numbers of every field that a checkpoint only names. GSC_EFORMAT where the
 * file has moved, with what to do, or is another by its SHA-256. */
int gsc_source_load(gsc_dataset *dataset);

#endif
