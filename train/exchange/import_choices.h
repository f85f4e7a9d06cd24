/* What of a network its tensors tell, and what they do not. */
#ifndef GSC_EXCHANGE_IMPORT_CHOICES_H
#define GSC_EXCHANGE_IMPORT_CHOICES_H

#include "train/exchange/import.h"

/* The tensor of a name, NULL where there is none. */
const gsc_tensor *gsc_import_find(const gsc_import *im, const char *name);

bool gsc_import_is_zero(const gsc_tensor *tensor);

/* The sizes that are known beforehand. */
void gsc_import_known_sizes(gsc_import *im, size_t sizes[GSC_NUM_AXES]);

/* Fill in im->config from tensors that are ours by name and layout. GSC_EARGUMENT names
 * what they do not tell and nobody told. */
int gsc_import_choose_all(gsc_import *im);

#endif
