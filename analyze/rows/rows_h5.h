/* Rows inside an HDF5 file. */
#ifndef STORE_ROWS_H5_H
#define STORE_ROWS_H5_H

#include "grokscope/rows.h"
#include "grokscope/text.h"

#include "train/hdf5/h5.h"

/* Add one dataset for each column to a group ("" is the file itself, "/metadata" one
 * that there is), and their names, with blanks between, to `names`. */
int gsc_rows_add_h5(gsc_h5 *file, const char *group, const gsc_rows *rows,
                    gsc_text *names);

#endif
