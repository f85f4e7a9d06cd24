/* What a network of any architecture said of every example. */
#ifndef GSC_MODEL_OUTPUTS_H
#define GSC_MODEL_OUTPUTS_H

#include "train/model/parts.h"

/* The field in which an example (a, b) has the number a n + b; files of this
 * architecture have it beside the task's own fields. */
#define GSC_PAIR "pair"

typedef struct gsc_outputs_model {
    int64_t d_embed, n_neurons; /* 0: nothing was said of them */
} gsc_outputs_model;

extern const gsc_architecture gsc_architecture_outputs;

#endif
