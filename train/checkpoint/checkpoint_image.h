/* What the writers of checkpoint files share: the file as bytes. */
#ifndef STORE_CHECKPOINT_IMAGE_H
#define STORE_CHECKPOINT_IMAGE_H

#include "grokscope/checkpoint.h"

#include "train/hdf5/h5.h"

/* The file that gsc_checkpoint_write would write; `path` is for messages. The caller
 * frees *image. GSC_EARGUMENT where the checkpoint is against the format. */
int gsc_checkpoint_image(const gsc_checkpoint *checkpoint, const char *path,
                         void **image, size_t *length);

/* The number of words, separated by single spaces, that a list of axes names. */
size_t gsc_checkpoint_count_words(const char *axes);

/* ---- Parts of a file that is being written or read ---- */

int gsc_checkpoint_add_integer(gsc_h5 *file, const char *object, const char *attribute,
                               int64_t value);
int gsc_checkpoint_add_vector(gsc_h5 *file, const char *object, const char *attribute,
                              gsc_h5_type type, size_t count, const void *data);

/* /history, all rows. */
int gsc_checkpoint_add_history(gsc_h5 *file, const gsc_table *tables,
                               size_t num_tables);
int gsc_checkpoint_read_history(const gsc_h5 *file, gsc_checkpoint *checkpoint);

/* /data, /outputs and /facets. */
int gsc_checkpoint_add_data(gsc_h5 *file, const gsc_checkpoint *checkpoint);
int gsc_checkpoint_read_data(const gsc_h5 *file, gsc_checkpoint *checkpoint,
                             bool with_numbers);

/* /task of version 1.0, as the same. */
int gsc_checkpoint_read_former_task(const gsc_h5 *file, gsc_checkpoint *checkpoint);

#endif
