/* What the writers of checkpoint files share: the file as bytes. */
#ifndef STORE_CHECKPOINT_IMAGE_H
#define STORE_CHECKPOINT_IMAGE_H

#include "grokscope/checkpoint.h"

/* The file that gsc_checkpoint_write would write; `path` is for messages. The caller
 * frees *image. GSC_EARGUMENT where the checkpoint is against the format. */
int gsc_checkpoint_image(const gsc_checkpoint *checkpoint, const char *path,
                         void **image, size_t *length);

/* The number of words, separated by single spaces, that a list of axes names. */
size_t gsc_checkpoint_count_words(const char *axes);

#endif
