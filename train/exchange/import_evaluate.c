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

/* In double, of some examples (NULL: all). */
static int
run_examples(const gsc_import *im, const uint32_t *examples, size_t count,
             double *accuracy, double *loss)
{
    int status = 0;
    gsc_engine *engine = NULL;
    gsc_engine_options options;
    gsc_result results[2 * GSC_MAX_TARGETS];
    double *weights = NULL;
    const gsc_network *n = &im->network;
    gsc_checkpoint own = {.num_params = im->num_tensors, .params = im->tensors};
    GSC_NEW(weights, gsc_graph_num_weights(n->model.graph));
    GSC_TRY(gsc_weights_place(n->model.graph, &own, GSC_FLOAT64, weights));
    GSC_TRY(gsc_network_options(n, GSC_TO_EVALUATE, count, &options));
    options.type = GSC_FLOAT64;
    GSC_TRY(gsc_engine_open(&engine, n->model.graph, &options));
    gsc_batch batch = gsc_network_batch(n, examples, count);
    GSC_TRY(gsc_engine_run(engine, NULL, weights, &batch, NULL, results));
    *loss = results[n->loss_roots[0]].mean;
    *accuracy = (double)results[n->metric_roots[0]].num_right / (double)count;
out:
    gsc_engine_close(engine);
    free(weights);
    return status;
}

int
gsc_import_evaluate(const gsc_import *im, double *accuracy, double *loss, double *norm)
{
    double squares = 0;
    for (size_t i = 0; i < im->num_tensors; i++)
        squares += sum_of_squares(&im->tensors[i]);
    *norm = sqrt(squares);
    *accuracy = *loss = (double)NAN;
    if (im->is_plain)
        return 0;
    return run_examples(im, NULL, im->network.dataset.num_examples, accuracy, loss);
}

int
gsc_import_sample(const gsc_import *im, size_t most, size_t *num_examples,
                  double *accuracy, double *loss)
{
    int status = 0;
    size_t all = im->network.dataset.num_examples, count = all < most ? all : most;
    uint32_t *examples = NULL;
    *num_examples = count;
    GSC_NEW(examples, count);
    for (size_t i = 0; i < count; i++)
        examples[i] = (uint32_t)(i * all / count);
    GSC_TRY(run_examples(im, examples, count, accuracy, loss));
out:
    free(examples);
    return status;
}
