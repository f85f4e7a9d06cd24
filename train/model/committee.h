/* A committee of polynomial neurons. */
#ifndef GSC_MODEL_COMMITTEE_H
#define GSC_MODEL_COMMITTEE_H

#include "grokscope/model.h"

typedef struct gsc_committee_options {
    int64_t d_mlp;    /* neurons */
    double curvature; /* epsilon */
} gsc_committee_options;

extern const gsc_architecture gsc_architecture_committee;

#endif
