/* What torch.save has written since PyTorch 1.6: a zip with one pickle, NAME/data.pkl,
 * and the storages of its tensors, NAME/data/KEY, not compressed. */
#ifndef GSC_TORCH_ARCHIVE_H
#define GSC_TORCH_ARCHIVE_H

#include "train/exchange/arena.h"
#include "train/exchange/value.h"
#include "train/exchange/zip.h"

/* Whether a zip is such an archive: gives its pickle. */
int gsc_torch_find(const gsc_zip *zip, gsc_zip_entry *pickle, bool *found);

/* The pickled value; the data of tensors stays in the file. */
int gsc_torch_read(gsc_arena *arena, const gsc_zip *zip, const gsc_zip_entry *pickle,
                   gsc_value **root);

#endif
