/* Another checkpoint of the same run: in memory, or a file that is read when it is
 * first asked for. */
#ifndef GROKSCOPE_LAZY_CHECKPOINT_H
#define GROKSCOPE_LAZY_CHECKPOINT_H

#include "grokscope/loaded_model.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A checkpoint by its name, and what was read of it. */
typedef struct gsc_lazy_checkpoint {
    const char *name; /* its file, or what else it is; NULL: there is none */
    const gsc_registry *registry;   /* what it may be made of; NULL: built-in kinds */
    gsc_loading loading;            /* what is chosen of it, once it is read */
    const gsc_loaded_model *loaded; /* NULL: not read yet */
    gsc_loaded_model read;          /* what was read */
} gsc_lazy_checkpoint;

/* Read its file, where it is not in memory already: `loaded` is there from now on.
 * Errors are those of gsc_loaded_model_open and gsc_loaded_model_choose. One thread at
 * a time. */
int gsc_lazy_checkpoint_open(gsc_lazy_checkpoint *lazy);

/* Let go of what was read; what is in memory stays its owner's. */
void gsc_lazy_checkpoint_close(gsc_lazy_checkpoint *lazy);

#ifdef __cplusplus
}
#endif
#endif
