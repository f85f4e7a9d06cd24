/* Two circuits whose logits are fixed and whose strengths are learned, in the style of
 * Varma, Shah, Kenton, Kramár and Kumar (arXiv 2309.02390, section 3), whose constants
 * are not published:
 *
 *   logits = s_gen generalising + s_mem memorising,   s = efficiency w_1 w_2
 *
 * A strength is a product of two weights, so that from small ones it grows slowly at
 * first. With both weights alike, a logit s costs (w_1^2 + w_2^2) / 2 = s / efficiency
 * of what weight decay shrinks: with a decay L the loss that is minimised is
 *
 *   cross entropy + L (s_gen / efficiency_gen + s_mem / efficiency_mem).
 *
 * The predictions have three rows: the logits, and those of each circuit alone. */
#include "train/model/two_circuits.h"

#include "grokscope/error.h"

#include "train/data/circuit_fields.h"
#include "train/model/parts.h"

#include <stdio.h>

static const gsc_option rows[] = {
    GSC_ROW_REAL(gsc_two_circuits, generalising_efficiency, "2", 0, 1e6,
                 "Logit of the generalising circuit where both of its weights are 1."),
    GSC_ROW_REAL(gsc_two_circuits, memorising_efficiency, "1", 0, 1e6,
                 "Logit of the memorising circuit where both of its weights are 1."),
    GSC_ROW_REAL(gsc_two_circuits, generalising_init, "0.001", 0, 1e6,
                 "Both first weights of the generalising circuit; small: it is slow."),
    GSC_ROW_REAL(gsc_two_circuits, memorising_init, "0.3", 0, 1e6,
                 "Both first weights of the memorising circuit."),
};

static int
resolve(void *options, const gsc_dataset *dataset)
{
    int status = 0;
    size_t width;
    (void)options;
    if (!gsc_dataset_find(dataset, GSC_GENERALISING) ||
        !gsc_dataset_find(dataset, GSC_MEMORISING))
        return gsc_fail(GSC_EARGUMENT,
                        "architecture: two_circuits takes the logits of two circuits, "
                        "which this task does not have; three_ingredients has them");
    GSC_TRY(gsc_model_width(dataset, &width));
out:
    return status;
}

/* The logits of one circuit, [1, width], of weights "<name>.w_1" and "<name>.w_2". */
static gsc_node
circuit(gsc_graph *g, const char *name, size_t width, double efficiency, double init)
{
    gsc_node w[2];
    for (int i = 0; i < 2; i++) {
        char weight[GSC_NAME_BYTES];
        snprintf(weight, sizeof weight, "%s.w_%d", name, i + 1);
        w[i] = gsc_graph_parameter(g, weight, "d_1 d_1", gsc_shape2(1, 1),
                                   gsc_constant_initializer(init), true);
    }
    gsc_node strength =
        gsc_graph_scale(g, gsc_graph_multiply(g, w[0], w[1]), efficiency);
    gsc_node table = gsc_graph_input(g, name, (gsc_shape){2, {width, 1}});
    gsc_node logits = gsc_graph_move_axis(g, gsc_graph_matmul(g, table, strength));
    gsc_graph_name(g, logits, "%s.hook_logits", name);
    return logits;
}

static gsc_node
build(gsc_model *model, const void *options, const gsc_dataset *dataset)
{
    gsc_graph *g = model->graph;
    const gsc_two_circuits *o = options;
    size_t width;
    if (gsc_model_width(dataset, &width) < 0)
        return GSC_NO_NODE;
    gsc_node generalising = circuit(g, GSC_GENERALISING, width,
                                    o->generalising_efficiency, o->generalising_init);
    gsc_node memorising =
        circuit(g, GSC_MEMORISING, width, o->memorising_efficiency, o->memorising_init);
    gsc_node both = gsc_graph_add(g, generalising, memorising);
    gsc_node alone = gsc_graph_concatenate(g, generalising, memorising, 0);
    return gsc_graph_concatenate(g, both, alone, 0);
}

const gsc_architecture gsc_architecture_two_circuits = {
    "two_circuits",
    "two fixed circuits of learned strengths, after Varma et al.",
    rows,
    sizeof rows / sizeof *rows,
    sizeof(gsc_two_circuits),
    resolve,
    build};
