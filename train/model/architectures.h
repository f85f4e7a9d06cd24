/* The architectures: each writes its plain graph and its views in one file. */
#ifndef GSC_MODEL_ARCHITECTURES_H
#define GSC_MODEL_ARCHITECTURES_H

#include "grokscope/model.h"

/* Build into model->graph, which is open and empty; mistakes in the sizes show in
 * gsc_graph_status. */
typedef void gsc_architecture(gsc_model *model, const gsc_model_config *config,
                              const gsc_init_config *init);

gsc_architecture gsc_transformer;

#endif
