/* What torch.save wrote before PyTorch 1.6, and still does where it is told to
 * (_use_new_zipfile_serialization=False): five pickles (a number that marks the form,
 * the version, facts of the machine, the value, the keys of its storages), and then the
 * storages in the order of the keys, each a count of elements and these. */
#ifndef GSC_TORCH_LEGACY_H
#define GSC_TORCH_LEGACY_H

#include "train/exchange/arena.h"
#include "train/exchange/value.h"

#include <stdbool.h>

/* Whether the bytes begin with that number. */
bool gsc_torch_legacy_begins(const unsigned char *data, size_t length);

/* The value, whose tensors borrow the data. GSC_EFORMAT. Cost: its pickle is read
 * twice, since the keys after it tell where its storages lie. */
int gsc_torch_legacy_read(gsc_arena *arena, const unsigned char *data, size_t length,
                          gsc_value **root);

#endif
