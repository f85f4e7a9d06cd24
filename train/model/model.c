/* The table of architectures, and a model of any of them. */
#include "grokscope/model.h"

#include "grokscope/error.h"

#include "train/model/mlp.h"
#include "train/model/token_model.h"

#include <stdio.h>

const gsc_architecture gsc_architecture_tensors = {
    .name = "tensors", .purpose = "weights without a network"};

const gsc_architecture *const gsc_builtin_architectures[] = {
    &gsc_architecture_transformer,
    &gsc_architecture_mlp,
    &gsc_architecture_zhong_alpha,
    &gsc_architecture_zhong_beta,
    &gsc_architecture_zhong_gamma,
    &gsc_architecture_zhong_delta,
    &gsc_architecture_gromov_mlp,
    &gsc_architecture_chughtai_mlp,
    &gsc_architecture_embedding_sum,
    &gsc_architecture_tensors,
    NULL};

const char *const gsc_view_names[GSC_NUM_VIEWS] = {
    "embedding",   "embedding_right", "neuron_in",   "neuron_in_right",
    "head_scores", "head_neurons",    "unembedding", "neuron_logit"};

/* ---- What the targets ask for ---- */

static int
target_width(const gsc_dataset *dataset, const gsc_target *target, size_t *width)
{
    const gsc_field *field = gsc_dataset_find(dataset, target->field);
    if (!field)
        return gsc_fail(GSC_EFORMAT, "output %s: field '%s' is not in the dataset",
                        target->name, target->field);
    bool of_labels = target->loss == GSC_LOSS_CROSS_ENTROPY ||
                     target->loss == GSC_LOSS_ONE_HOT_ERROR;
    *width = of_labels                   ? field->num_values
             : target->num_templates > 0 ? target->template_width
                                         : gsc_shape_count(field->shape);
    if (*width == 0)
        return gsc_fail(GSC_EFORMAT, "output %s: field '%s' has %s, expected %s",
                        target->name, target->field, of_labels ? "numbers" : "nothing",
                        of_labels ? "labels" : "numbers");
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

/* An untrained table of normal numbers, one row for each label. */
static gsc_node
make_templates(gsc_graph *g, const gsc_target *t)
{
    char name[GSC_NAME_BYTES];
    gsc_shape shape = {2, {t->num_templates, t->template_width}};
    gsc_initializer normal = {GSC_INITIALIZER_NORMAL, t->template_scale, NULL};
    snprintf(name, sizeof name, "targets.%.*s", GSC_NAME_BYTES - 16, t->name);
    return gsc_graph_parameter(g, name, "label d_out", shape, normal, false);
}

static void
add_squared_error(gsc_graph *g, const gsc_target *t, gsc_node answer,
                  gsc_output_node *out)
{
    if (t->num_templates > 0) {
        gsc_node templates = make_templates(g, t);
        gsc_node wanted = gsc_graph_gather(g, templates, answer, 0, 1);
        out->loss = gsc_graph_mean_squared_error(g, out->prediction, wanted);
        out->metric = gsc_graph_nearest_row(g, out->prediction, templates, answer);
        return;
    }
    out->loss = gsc_graph_mean_squared_error(g, out->prediction, answer);
    out->metric = gsc_graph_within(g, out->prediction, answer, t->tolerance);
}

static void
add_output(gsc_model *model, const gsc_dataset *dataset, const gsc_target *t)
{
    gsc_graph *g = model->graph;
    gsc_output_node *out = &model->outputs[model->num_outputs++];
    gsc_node answer = leaf(g, dataset, t->field, t->num_positions);
    gsc_node mask = GSC_NO_NODE;
    if (*t->mask)
        mask = gsc_graph_input(g, t->mask, (gsc_shape){1, {t->num_positions}});
    *out = (gsc_output_node){.target = *t};
    out->prediction =
        gsc_graph_slice(g, model->predictions, 0, t->position, t->num_positions);
    switch (t->loss) {
    case GSC_LOSS_SQUARED_ERROR:
        add_squared_error(g, t, answer, out);
        return;
    case GSC_LOSS_HINGE:
        out->loss = gsc_graph_hinge(g, out->prediction, answer);
        break;
    case GSC_LOSS_ONE_HOT_ERROR:
        out->loss = gsc_graph_one_hot_error(g, out->prediction, answer);
        break;
    default:
        out->loss = gsc_graph_cross_entropy(g, out->prediction, answer, mask);
    }
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
add_outputs(gsc_model *model, const gsc_dataset *dataset)
{
    int status = 0;
    gsc_graph *g = model->graph;
    gsc_graph_name(g, model->predictions, "hook_logits");
    for (size_t i = 0; i < dataset->num_targets; i++) {
        gsc_target target = dataset->targets[i];
        GSC_TRY(place_output(model, &target));
        add_output(model, dataset, &target);
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

int
gsc_model_init(gsc_model *model, const gsc_architecture *architecture,
               const void *options, const gsc_dataset *dataset)
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
    GSC_TRY(add_outputs(model, dataset));
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
