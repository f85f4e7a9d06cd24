/* What the files of architectures share. */
#include "train/model/parts.h"

#include "grokscope/error.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_WIDTH = 65536 };

const char *const gsc_act_fn_names[] = {"relu",     "gelu",     "square",     "tanh",
                                        "identity", "gelu_new", "silu",       "cube",
                                        "quartic",  "sine",     "leaky_relu", NULL};
const char *const gsc_biases_names[] = {"trained", "frozen", "absent", NULL};

/* x (1 + tanh u) / 2 */
static gsc_node
gate_by_tanh(gsc_graph *g, gsc_node x, gsc_node u)
{
    gsc_node gated = gsc_graph_multiply(g, x, gsc_graph_tanh(g, u));
    return gsc_graph_scale(g, gsc_graph_add(g, x, gated), 0.5);
}

/* GELU as GPT-2 has it, with u = sqrt(2 / pi) (x + 0.044715 x^3) (Hendrycks and Gimpel,
 * arXiv 1606.08415, section 2). */
static gsc_node
gelu_new(gsc_graph *g, gsc_node x)
{
    const double root = 0x1.9884533d43651p-1; /* sqrt(2 / pi) */
    gsc_node cube = gsc_graph_multiply(g, x, gsc_graph_square(g, x));
    gsc_node u = gsc_graph_add(g, gsc_graph_scale(g, x, root),
                               gsc_graph_scale(g, cube, 0.044715 * root));
    return gate_by_tanh(g, x, u);
}

/* x where it is positive, else x / 5 (Maas, Hannun and Ng, 2013, with Omnigrok's
 * slope): x / 5 + 4 relu(x) / 5. */
static gsc_node
leaky_relu(gsc_graph *g, gsc_node x)
{
    return gsc_graph_add(g, gsc_graph_scale(g, x, 0.2),
                         gsc_graph_scale(g, gsc_graph_relu(g, x), 0.8));
}

gsc_node
gsc_activation(gsc_graph *graph, int64_t act_fn, gsc_node x)
{
    switch (act_fn) {
    case GSC_ACT_RELU:
        return gsc_graph_relu(graph, x);
    case GSC_ACT_GELU:
        return gsc_graph_gelu(graph, x);
    case GSC_ACT_SQUARE:
        return gsc_graph_square(graph, x);
    case GSC_ACT_TANH:
        return gsc_graph_tanh(graph, x);
    case GSC_ACT_GELU_NEW:
        return gelu_new(graph, x);
    case GSC_ACT_SILU: /* x / (1 + exp(-x)) */
        return gate_by_tanh(graph, x, gsc_graph_scale(graph, x, 0.5));
    case GSC_ACT_CUBE:
        return gsc_graph_power(graph, x, 3);
    case GSC_ACT_QUARTIC:
        return gsc_graph_power(graph, x, 4);
    case GSC_ACT_SINE:
        return gsc_graph_sine(graph, x, 1, 0);
    case GSC_ACT_LEAKY_RELU:
        return leaky_relu(graph, x);
    default:
        return x;
    }
}

const gsc_field *
gsc_input_field(const gsc_dataset *dataset, bool of_indices)
{
    for (size_t i = 0; i < dataset->num_fields; i++) {
        const gsc_field *field = &dataset->fields[i];
        bool is_target = false;
        for (size_t k = 0; k < dataset->num_targets; k++)
            is_target = is_target ||
                        strcmp(dataset->targets[k].field, field->name) == 0 ||
                        strcmp(dataset->targets[k].mask, field->name) == 0;
        if (!is_target && (field->num_values > 0) == of_indices)
            return field;
    }
    return NULL;
}

int
gsc_check_one_row(const gsc_dataset *dataset, const char *name)
{
    size_t width;
    for (size_t i = 0; i < dataset->num_targets; i++)
        if (dataset->targets[i].num_positions != 1 || dataset->targets[i].position != 0)
            return gsc_fail(GSC_EARGUMENT,
                            "architecture: %s has one row of outputs, but this task "
                            "asks for positions; transformer has them",
                            name);
    return gsc_model_width(dataset, &width);
}

gsc_initializer
gsc_linear_initializer(int64_t fan_in)
{
    return (gsc_initializer){GSC_INITIALIZER_UNIFORM, 1 / sqrt((double)fan_in), NULL};
}

int
gsc_read_widths(const char *text, int64_t widths[GSC_MOST_LAYERS])
{
    int count = 0;
    for (const char *at = text; *text; at++) {
        char *end;
        errno = 0;
        long long width = strtoll(at, &end, 10);
        if (end == at || errno != 0 || width < 1 || width > MOST_WIDTH ||
            (*end != ',' && *end != '\0') || count == GSC_MOST_LAYERS)
            return gsc_fail(GSC_EARGUMENT,
                            "hidden: '%s' does not begin with a width of 1 to %d, or "
                            "there are more than %d; expected 200,200",
                            at, MOST_WIDTH, GSC_MOST_LAYERS);
        widths[count++] = width;
        if (*end == '\0')
            break;
        at = end;
    }
    return count;
}

gsc_node
gsc_mean_of_rows(gsc_graph *g, gsc_node x, size_t count)
{
    gsc_node sum = gsc_graph_slice(g, x, 0, 0, 1);
    for (size_t i = 1; i < count; i++)
        sum = gsc_graph_add(g, sum, gsc_graph_slice(g, x, 0, i, 1));
    return gsc_graph_scale(g, sum, 1 / (double)count);
}
