/* What an imported network answers. */
#include "train/exchange/import.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"
#include "grokscope/weights.h"

#include <math.h>
#include <stdlib.h>

static double
sum_of_squares(const gsc_tensor *t)
{
    double sum = 0;
    for (size_t i = 0; i < gsc_shape_count(t->shape); i++) {
        double w = t->type == GSC_FLOAT32 ? (double)((const float *)t->data)[i]
                                          : ((const double *)t->data)[i];
        sum += w * w;
    }
    return sum;
}

int
gsc_import_evaluate(const gsc_import *im, gsc_import_scores *scores)
{
    int status = 0;
    gsc_engine *engine = NULL;
    gsc_engine_options options;
    gsc_result results[2 * GSC_MAX_TARGETS];
    double *weights = NULL, squares = 0;
    const gsc_network *n = &im->network;
    gsc_checkpoint own = {.num_params = im->num_tensors, .params = im->tensors};
    for (size_t i = 0; i < im->num_tensors; i++)
        squares += sum_of_squares(&im->tensors[i]);
    *scores = (gsc_import_scores){.norm = sqrt(squares)};
    if (im->is_plain)
        return 0;
    GSC_NEW(weights, gsc_graph_num_weights(n->model.graph));
    GSC_TRY(gsc_weights_place(n->model.graph, &own, GSC_FLOAT64, weights));
    GSC_TRY(gsc_network_options(n, GSC_TO_EVALUATE, n->dataset.num_examples, &options));
    options.type = GSC_FLOAT64;
    GSC_TRY(gsc_engine_open(&engine, n->model.graph, &options));
    gsc_batch all = gsc_network_batch(n, NULL, n->dataset.num_examples);
    GSC_TRY(gsc_engine_run(engine, NULL, weights, &all, NULL, results));
    scores->num_outputs = n->model.num_outputs;
    for (size_t i = 0; i < scores->num_outputs; i++)
        scores->outputs[i] = gsc_network_score(n, i, &all, results);
out:
    gsc_engine_close(engine);
    free(weights);
    return status;
}
