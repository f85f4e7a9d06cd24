/* The table of architectures, and a model of any of them. */
#include "grokscope/model.h"

#include "grokscope/error.h"

#include "train/model/committee.h"
#include "train/model/graph_network.h"
#include "train/model/lstm.h"
#include "train/model/mlp.h"
#include "train/model/outputs.h"
#include "train/model/token_model.h"
#include "train/model/two_circuits.h"

#include <stdio.h>

const gsc_architecture gsc_architecture_tensors = {
    .name = "tensors", .purpose = "weights without a network"};

const gsc_architecture *const gsc_builtin_architectures[] = {
    &gsc_architecture_transformer,       &gsc_architecture_mlp,
    &gsc_architecture_polynet,           &gsc_architecture_neuron,
    &gsc_architecture_zhong_alpha,       &gsc_architecture_zhong_beta,
    &gsc_architecture_zhong_gamma,       &gsc_architecture_zhong_delta,
    &gsc_architecture_gromov_mlp,        &gsc_architecture_chughtai_mlp,
    &gsc_architecture_token_mlp,         &gsc_architecture_embedding_sum,
    &gsc_architecture_embedding_product, &gsc_architecture_lstm,
    &gsc_architecture_graph_network,     &gsc_architecture_committee,
    &gsc_architecture_two_circuits,      &gsc_architecture_outputs,
    &gsc_architecture_tensors,           NULL};

const char *const gsc_view_names[GSC_NUM_VIEWS] = {
    "embedding",   "embedding_right", "neuron_in",   "neuron_in_right",
    "head_scores", "head_neurons",    "unembedding", "neuron_logit"};

/* ---- What the targets ask for ---- */

/* Numbers that a target asks for at each of its positions. */
static int
target_width(const gsc_dataset *dataset, const gsc_target *target, size_t *width)
{
    const gsc_field *field = gsc_dataset_find(dataset, target->field);
    if (!field)
        return gsc_fail(GSC_EFORMAT, "output %s: field '%s' is not in the dataset",
                        target->name, target->field);
    size_t count = gsc_shape_count(field->shape);
    bool whole = target->num_positions > 0 && count % target->num_positions == 0;
    *width = target->num_templates > 0 ? target->template_width
             : field->num_values > 0   ? field->num_values
             : whole                   ? count / target->num_positions
                                       : 0;
    if (*width == 0)
        return gsc_fail(GSC_EFORMAT,
                        "output %s: field '%s' has %zu numbers for %zu "
                        "positions",
                        target->name, target->field, count, target->num_positions);
    return 0;
}

int
gsc_model_width(const gsc_dataset *dataset, size_t *width)
{
    int status = 0;
    size_t one = 0;
    *width = 0;
    for (size_t i = 0; i < dataset->num_targets; i++) {
        GSC_TRY(target_width(dataset, &dataset->targets[i], &one));
        if (i > 0 && one != *width)
            return gsc_fail(GSC_EARGUMENT,
                            "output %s asks for %zu numbers at a position, %s for %zu",
                            dataset->targets[i].name, one, dataset->targets[0].name,
                            *width);
        *width = one;
    }
out:
    return status;
}

/* ---- Losses ---- */

/* A target's field, or its mask, as a leaf of the graph: indices as they are, numbers
 * in the shape of the prediction. */
static gsc_node
leaf(gsc_graph *g, const gsc_dataset *dataset, const char *name, size_t num_positions)
{
    const gsc_field *field = gsc_dataset_find(dataset, name);
    if (!field)
        return GSC_NO_NODE;
    size_t width = gsc_shape_count(field->shape) / num_positions;
    return field->num_values > 0
               ? gsc_graph_index(g, field->name, field->shape, field->num_values)
               : gsc_graph_input(g, field->name,
                                 (gsc_shape){2, {num_positions, width}});
}

/* GSC_EFORMAT where the loss is not known, or asks for what the field is not. */
static int
find_loss(const gsc_loss *const *losses, const gsc_dataset *dataset,
          const gsc_target *t, const gsc_loss **loss)
{
    *loss = gsc_loss_find(losses, t->loss);
    if (!*loss)
        return gsc_fail(GSC_EFORMAT, "output %s: loss '%s' is not known", t->name,
                        t->loss);
    if (*t->mask && t->num_templates > 0)
        return gsc_fail(GSC_EFORMAT, "output %s: templates go with no mask", t->name);
    bool has_labels = gsc_dataset_find(dataset, t->field)->num_values > 0;
    bool wants_labels = (*loss)->of_labels || t->num_templates > 0;
    if (has_labels != wants_labels)
        return gsc_fail(GSC_EFORMAT,
                        "output %s: field '%s' has %s, but the loss %s asks for %s",
                        t->name, t->field, has_labels ? "labels" : "numbers", t->loss,
                        wants_labels ? "labels" : "numbers");
    return 0;
}

static void
add_output(gsc_model *model, const gsc_dataset *dataset, const gsc_target *t,
           const gsc_loss *loss)
{
    gsc_graph *g = model->graph;
    gsc_output_node *out = &model->outputs[model->num_outputs++];
    *out = (gsc_output_node){.target = *t, .metric = GSC_NO_NODE};
    gsc_loss_terms terms = {.target = t,
                            .answer = leaf(g, dataset, t->field, t->num_positions),
                            .mask = GSC_NO_NODE};
    if (*t->mask)
        terms.mask = gsc_graph_input(g, t->mask, (gsc_shape){1, {t->num_positions}});
    out->prediction = terms.prediction =
        gsc_graph_slice(g, model->predictions, 0, t->position, t->num_positions);
    out->loss = loss->build(g, &terms, &out->metric);
    if (out->metric == GSC_NO_NODE)
        out->metric = out->loss;
}

/* Where a network has an output's predictions: one that answers an example as a whole,
 * in one row, has them there. */
static int
place_output(const gsc_model *model, gsc_target *t)
{
    size_t rows = gsc_graph_shape(model->graph, model->predictions).dims[0];
    if (rows == 1 && t->num_positions == 1)
        t->position = 0;
    if (t->position + t->num_positions <= rows)
        return 0;
    return gsc_fail(GSC_EARGUMENT,
                    "output %s is at positions %zu to %zu, but %s predicts %zu",
                    t->name, t->position, t->position + t->num_positions - 1,
                    model->architecture->name, rows);
}

static int
add_outputs(gsc_model *model, const gsc_dataset *dataset, const gsc_loss *const *losses)
{
    int status = 0;
    gsc_graph *g = model->graph;
    gsc_graph_name(g, model->predictions, "hook_logits");
    for (size_t i = 0; i < dataset->num_targets; i++) {
        gsc_target target = dataset->targets[i];
        const gsc_loss *loss;
        GSC_TRY(find_loss(losses, dataset, &target, &loss));
        GSC_TRY(place_output(model, &target));
        add_output(model, dataset, &target, loss);
    }
    size_t answer = gsc_model_answer_position(model);
    gsc_graph_name(g, model->predictions, "hook_logits");
    model->logits = gsc_graph_slice(g, model->predictions, 0, answer, 1);
    if (model->neurons != GSC_NO_NODE)
        model->neurons = gsc_graph_slice(g, model->neurons, 0, answer, 1);
out:
    return status;
}

/* ---- A model ---- */

/* scale (f - f_0) */
static gsc_node
predict(gsc_graph *g, gsc_node f, const gsc_predictor *predictor)
{
    if (predictor->centred) {
        gsc_node f_0 = gsc_graph_at_initial(g, f);
        f = gsc_graph_add(g, f, gsc_graph_scale(g, f_0, -1));
    }
    return predictor->scale == 1 ? f : gsc_graph_scale(g, f, predictor->scale);
}

int
gsc_model_init(gsc_model *model, const gsc_architecture *architecture,
               const void *options, const gsc_dataset *dataset,
               const gsc_loss *const *losses, const gsc_predictor *predictor)
{
    int status = 0;
    *model = (gsc_model){.architecture = architecture,
                         .predictions = GSC_NO_NODE,
                         .logits = GSC_NO_NODE,
                         .embed = GSC_NO_NODE,
                         .neurons = GSC_NO_NODE};
    for (size_t i = 0; i < GSC_NUM_VIEWS; i++)
        model->views[i] = GSC_NO_NODE;
    if (!architecture->build)
        return gsc_fail(GSC_EARGUMENT,
                        "architecture: '%s' is no network; this asks for one",
                        architecture->name);
    if (dataset->num_targets == 0)
        return gsc_fail(GSC_EFORMAT, "nothing is to be learned: no outputs");
    GSC_TRY(gsc_graph_open(&model->graph));
    model->predictions = architecture->build(model, options, dataset);
    GSC_TRY(gsc_graph_status(model->graph));
    if (predictor)
        model->predictions = predict(model->graph, model->predictions, predictor);
    GSC_TRY(gsc_graph_status(model->graph));
    GSC_TRY(add_outputs(model, dataset, losses ? losses : gsc_builtin_losses));
    GSC_TRY(gsc_graph_status(model->graph));
out:
    if (status < 0)
        gsc_model_free(model);
    return status;
}

void
gsc_model_free(gsc_model *model)
{
    gsc_graph_close(model->graph);
    *model = (gsc_model){0};
}

size_t
gsc_model_answer_position(const gsc_model *model)
{
    const gsc_target *first = &model->outputs[0].target;
    return first->position + first->answer_row;
}
