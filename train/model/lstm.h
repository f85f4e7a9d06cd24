/* Long short-term memory. */
#ifndef GSC_MODEL_LSTM_H
#define GSC_MODEL_LSTM_H

#include "train/model/parts.h"

typedef struct gsc_lstm_options {
    int64_t n_layers, d_model, d_state;
} gsc_lstm_options;

extern const gsc_architecture gsc_architecture_lstm;

#endif
