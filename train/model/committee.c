/* A committee of polynomial neurons, the toy of Kumar et al. (arXiv 2310.06110,
 * section 4):
 *
 *     f(x) = 1/N sum_i phi(w_i . x),   phi(h) = h + epsilon h^2 / 2
 *
 * Only the w_i learn, which begin as standard normal numbers. With w the mean of the
 * w_i and M that of w_i w_i', f = w . x + epsilon/2 x' M x, so that the network is
 * known by w and M, and its test loss is a formula of them. */
#include "train/model/committee.h"

#include "grokscope/error.h"

#include "train/model/parts.h"

static const gsc_option rows[] = {
    GSC_ROW_INTEGER(gsc_committee_options, d_mlp, "200", 1, 65536, "Neurons."),
    GSC_ROW_REAL(gsc_committee_options, curvature, "0.25", 0, 1e6,
                 "The epsilon of a neuron's h + epsilon h^2 / 2."),
};

static int
resolve(void *options, const gsc_dataset *dataset)
{
    int status = 0;
    size_t width;
    (void)options;
    if (!gsc_input_field(dataset, false))
        return gsc_fail(GSC_EARGUMENT,
                        "architecture: committee takes numbers, which this task does "
                        "not have; transformer takes tokens");
    GSC_TRY(gsc_check_one_row(dataset, "committee"));
    GSC_TRY(gsc_model_width(dataset, &width));
    if (width != 1)
        status = gsc_fail(GSC_EARGUMENT,
                          "architecture: committee has one output, but this task asks "
                          "for %zu",
                          width);
out:
    return status;
}

static gsc_node
build(gsc_model *model, const void *options, const gsc_dataset *dataset)
{
    gsc_graph *g = model->graph;
    const gsc_committee_options *o = options;
    const gsc_field *field = gsc_input_field(dataset, false);
    int64_t d = (int64_t)gsc_shape_count(field->shape);
    gsc_node x = gsc_graph_input(g, field->name, gsc_shape2(1, d));
    gsc_node W = gsc_graph_parameter(g, "linear1.W", "d_0 d_1", gsc_shape2(d, o->d_mlp),
                                     gsc_normal_initializer(1), true);
    gsc_node mean =
        gsc_graph_parameter(g, "linear2.W", "d_1 d_2", gsc_shape2(o->d_mlp, 1),
                            gsc_constant_initializer(1 / (double)o->d_mlp), false);
    gsc_node h = gsc_graph_matmul(g, x, W);
    gsc_graph_name(g, h, "linear1.hook_pre");
    gsc_node post = gsc_graph_add(
        g, h, gsc_graph_scale(g, gsc_graph_square(g, h), o->curvature / 2));
    gsc_graph_name(g, post, "linear1.hook_post");
    model->neurons = post;
    return gsc_graph_matmul(g, post, mean);
}

const gsc_architecture gsc_architecture_committee = {
    "committee",
    "the mean of neurons h + epsilon h^2 / 2, Kumar et al.'s",
    rows,
    sizeof rows / sizeof *rows,
    sizeof(gsc_committee_options),
    resolve,
    build};
