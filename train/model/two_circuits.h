/* A generalising and a memorising circuit, fixed but for their strengths. */
#ifndef GSC_MODEL_TWO_CIRCUITS_H
#define GSC_MODEL_TWO_CIRCUITS_H

#include "grokscope/model.h"

typedef struct gsc_two_circuits {
    double generalising_efficiency, memorising_efficiency;
    double generalising_init, memorising_init;
} gsc_two_circuits;

extern const gsc_architecture gsc_architecture_two_circuits;

#endif
