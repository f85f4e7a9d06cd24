/* What a configuration stands for. */
#include "grokscope/network.h"

#include "grokscope/error.h"
#include "grokscope/loss.h"
#include "grokscope/memory.h"
#include "grokscope/rng.h"

#include "train/numeric/precision.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t
add_root(gsc_network *n, gsc_node node, double weight)
{
    n->roots[n->num_roots] = (gsc_root){node, weight};
    return n->num_roots++;
}

/* The losses that are minimised come first, then what is only reported. */
static void
list_roots(gsc_network *n)
{
    const gsc_model *m = &n->model;
    for (size_t i = 0; i < m->num_outputs; i++)
        if (m->outputs[i].target.weight > 0)
            n->loss_roots[i] =
                add_root(n, m->outputs[i].loss, m->outputs[i].target.weight);
    for (size_t i = 0; i < m->num_penalties; i++)
        add_root(n, m->penalties[i].loss, m->penalties[i].weight);
    n->num_trained = n->num_roots;
    for (size_t i = 0; i < m->num_outputs; i++)
        if (!(m->outputs[i].target.weight > 0))
            n->loss_roots[i] = add_root(n, m->outputs[i].loss, 0);
    for (size_t i = 0; i < m->num_outputs; i++)
        n->metric_roots[i] = m->outputs[i].metric == m->outputs[i].loss
                                 ? n->loss_roots[i]
                                 : add_root(n, m->outputs[i].metric, 0);
}

static int
find_constants(gsc_network *n)
{
    int status = 0;
    GSC_NEW(n->constants, n->dataset.num_fields);
    for (size_t i = 0; i < n->dataset.num_fields; i++) {
        const gsc_field *field = &n->dataset.fields[i];
        int32_t *values;
        if (field->num_values == 0)
            continue;
        GSC_NEW(values, gsc_shape_count(field->shape));
        gsc_dataset_constants(&n->dataset, field, values);
        n->constants[n->num_constants++] = (gsc_constant_field){field->name, values};
    }
out:
    return status;
}

/* The loss of that name with its softmax in another type; a network that is built
 * again has it already. */
static int
set_precision(gsc_network *n)
{
    int precision = (int)n->config.run.loss_precision;
    const char *narrow = gsc_loss_of_precision(precision);
    size_t count = 0;
    if (precision == GSC_PRECISION_FLOAT64)
        return 0;
    for (size_t i = 0; i < n->dataset.num_targets; i++) {
        gsc_target *t = &n->dataset.targets[i];
        if (gsc_loss_precision(t->loss) == GSC_PRECISION_FLOAT64)
            snprintf(t->loss, sizeof t->loss, "%s", narrow);
        count += strcmp(t->loss, narrow) == 0;
    }
    if (count > 0)
        return 0;
    return gsc_fail(GSC_EARGUMENT,
                    "loss_precision: %s is for a cross entropy, and the loss is %s; "
                    "leave it at float64",
                    gsc_precision_names[precision],
                    n->dataset.num_targets > 0 ? n->dataset.targets[0].loss : "none");
}

int
gsc_network_build(gsc_network *n)
{
    int status = 0;
    GSC_TRY(set_precision(n));
    GSC_TRY(gsc_config_resolve(&n->config, &n->dataset));
    GSC_TRY(gsc_config_model(&n->config, &n->dataset, &n->model));
    list_roots(n);
    GSC_TRY(find_constants(n));
out:
    return status;
}

/* Examples of the training split in an order drawn by the seed, of which the first
 * stay; so a smaller subset is a part of a larger one. */
static int
take_subset(gsc_network *n)
{
    int status = 0;
    size_t keep = (size_t)n->config.run.train_subset;
    gsc_split *train = (gsc_split *)gsc_dataset_split(&n->dataset, "train");
    if (keep == 0)
        return 0;
    if (!train || keep >= train->count)
        return gsc_fail(GSC_EARGUMENT,
                        "train_subset: %zu, but %zu examples train; expected fewer, or "
                        "0 for all",
                        keep, train ? train->count : (size_t)0);
    gsc_rng_shuffle(train->indices, train->count, (uint64_t)n->config.init.seed,
                    gsc_rng_stream("train_subset"));
    GSC_TRY(gsc_dataset_add_split(&n->dataset, "removed", train->indices + keep,
                                  train->count - keep));
    train->count = keep;
out:
    return status;
}

int
gsc_network_init(gsc_network *n, const gsc_config *config)
{
    int status = 0;
    *n = (gsc_network){.config = *config};
    GSC_TRY(gsc_config_task(config)->make(n->config.task.room.values, &n->dataset,
                                          &n->facets));
    GSC_TRY(take_subset(n));
    GSC_TRY(gsc_network_build(n));
out:
    if (status < 0)
        gsc_network_free(n);
    return status;
}

void
gsc_network_free(gsc_network *n)
{
    gsc_model_free(&n->model);
    gsc_dataset_free(&n->dataset);
    gsc_facets_free(&n->facets);
    for (size_t i = 0; i < n->num_constants; i++)
        free((int32_t *)n->constants[i].values);
    free(n->constants);
    n->constants = NULL;
    n->num_constants = n->num_roots = n->num_trained = 0;
}

int
gsc_network_options(const gsc_network *n, gsc_network_use use, size_t num_examples,
                    gsc_engine_options *options)
{
    *options = (gsc_engine_options){.type = (gsc_type)n->config.run.dtype,
                                    .products = (gsc_products)n->config.run.products,
                                    .roots = n->roots,
                                    .num_roots = use == GSC_TO_TRAIN ? n->num_trained
                                                                     : n->num_roots,
                                    .gradients = use == GSC_TO_TRAIN,
                                    .num_examples = num_examples,
                                    .constants = n->constants,
                                    .num_constants = n->num_constants};
    return gsc_rewrites_from_text(n->config.run.rewrite, &options->rewrites);
}

int
gsc_network_engine(const gsc_network *n, gsc_network_use use, size_t num_examples,
                   gsc_engine **engine)
{
    gsc_engine_options options;
    int status = gsc_network_options(n, use, num_examples, &options);
    return status < 0 ? status : gsc_engine_open(engine, n->model.graph, &options);
}

gsc_batch
gsc_network_batch(const gsc_network *n, const uint32_t *examples, size_t num_examples)
{
    return (gsc_batch){.fields = n->dataset.fields,
                       .num_fields = n->dataset.num_fields,
                       .examples = examples,
                       .num_examples = num_examples};
}

/* ---- Scores ---- */

static bool
counts(const gsc_field *mask, size_t example)
{
    for (size_t i = 0; i < gsc_shape_count(mask->shape); i++) {
        double counted = gsc_field_element(mask, example, i);
        if (counted < 0 || counted > 0)
            return true;
    }
    return false;
}

static size_t
count_examples(const gsc_target *target, const gsc_batch *batch)
{
    size_t count = 0;
    if (!*target->mask)
        return batch->num_examples;
    const gsc_field *mask =
        gsc_field_find(batch->fields, batch->num_fields, target->mask);
    for (size_t i = 0; i < batch->num_examples; i++)
        count += counts(mask, batch->examples ? batch->examples[i] : i);
    return count;
}

/* A run's mean is over the whole batch; an example that does not count has the loss 0
 * there, and is right. */
gsc_output_score
gsc_network_score(const gsc_network *n, size_t output, const gsc_batch *batch,
                  const gsc_result *results)
{
    const gsc_target *target = &n->model.outputs[output].target;
    size_t counted = count_examples(target, batch);
    double mean = results[n->loss_roots[output]].mean;
    gsc_output_score score = {.num_counted = counted,
                              .num_right = results[n->metric_roots[output]].num_right -
                                           (batch->num_examples - counted),
                              .loss = counted > 0 ? mean : (double)NAN};
    if (counted > 0 && counted < batch->num_examples)
        score.loss = mean * ((double)batch->num_examples / (double)counted);
    return score;
}

double
gsc_network_accuracy(const gsc_output_score *score)
{
    return score->num_counted > 0
               ? (double)score->num_right / (double)score->num_counted
               : (double)NAN;
}
