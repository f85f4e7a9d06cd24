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
             gsc_import_scores *scores)
{
    int status = 0;
    gsc_engine *engine = NULL;
    gsc_engine_options options;
    gsc_result results[GSC_MAX_ROOTS];
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
    scores->num_outputs = n->model.num_outputs;
    for (size_t i = 0; i < scores->num_outputs; i++)
        scores->outputs[i] = gsc_network_score(n, i, &batch, results);
out:
    gsc_engine_close(engine);
    free(weights);
    return status;
}

int
gsc_import_evaluate(const gsc_import *im, gsc_import_scores *scores)
{
    double squares = 0;
    for (size_t i = 0; i < im->num_tensors; i++)
        squares += sum_of_squares(&im->tensors[i]);
    *scores = (gsc_import_scores){.norm = sqrt(squares)};
    if (im->is_plain)
        return 0;
    return run_examples(im, NULL, im->network.dataset.num_examples, scores);
}

int
gsc_import_sample(const gsc_import *im, size_t most, size_t *num_examples,
                  double *accuracy, double *loss)
{
    int status = 0;
    size_t all = im->network.dataset.num_examples, count = all < most ? all : most;
    uint32_t *examples = NULL;
    gsc_import_scores scores;
    *num_examples = count;
    GSC_NEW(examples, count);
    for (size_t i = 0; i < count; i++)
        examples[i] = (uint32_t)(i * all / count);
    GSC_TRY(run_examples(im, examples, count, &scores));
    *accuracy = gsc_network_accuracy(&scores.outputs[0]);
    *loss = scores.outputs[0].loss;
out:
    free(examples);
    return status;
}
