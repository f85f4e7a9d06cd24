/* The smallest networks that can be a product of k bits (Barak et al., NeurIPS 2022,
 * arXiv 2207.08799, section 3), on x in {±1}^n:
 *
 *   polynet  f(x) = prod_i (<w_i, x> + b_i), i = 1 … degree
 *   neuron   f(x) = sigma(<w, x> + b)
 *
 * With k = degree and w = 1 at k bits, 0 elsewhere, <w, x> is k - 2m, m the number of
 * -1 among them, and sigma(k - 2m) = (-1)^m is their product:
 *
 *   zigzag          straight lines between these k + 1 points, the outer ones going on
 *   endless_zigzag  the same for every whole m
 *   polynomial      of degree k through these points
 *   sine            cos(pi (z - k) / 2) */
#include "grokscope/error.h"

#include "train/model/mlp.h"

#include <math.h>
#include <string.h>

enum { MOST_DEGREE = 16 };

typedef struct options {
    int64_t degree, act_fn, biases, init;
} options;

typedef enum act_fn { ZIGZAG, ENDLESS_ZIGZAG, POLYNOMIAL, SINE } act_fn;

static const char *const act_fn_names[] = {"zigzag", "endless_zigzag", "polynomial",
                                           "sine", NULL};

#define COMMON                                                      \
    GSC_ROW_CHOICE(options, biases, "absent", gsc_biases_names,     \
                   "Biases of the inner products."),                \
        GSC_ROW_CHOICE(options, init, "xavier", gsc_mlp_init_names, \
                       "Scales of the first weights.")

static const gsc_option polynet_rows[] = {
    GSC_ROW_INTEGER(options, degree, "3", 1, MOST_DEGREE,
                    "Inner products that are multiplied."),
    COMMON};
static const gsc_option neuron_rows[] = {
    GSC_ROW_INTEGER(options, degree, "3", 1, MOST_DEGREE,
                    "Number of bits at whose sum the activation is their product."),
    GSC_ROW_CHOICE(options, act_fn, "zigzag", act_fn_names,
                   "Activation function of the neuron."),
    COMMON};

static int
check(const gsc_dataset *dataset, const char *name)
{
    int status = 0;
    size_t width;
    if (!gsc_input_field(dataset, false))
        return gsc_fail(GSC_EARGUMENT,
                        "architecture: %s takes numbers, which this task does not "
                        "have; transformer takes tokens",
                        name);
    GSC_TRY(gsc_check_one_row(dataset, name));
    GSC_TRY(gsc_model_width(dataset, &width));
    if (width != 1)
        status = gsc_fail(GSC_EARGUMENT,
                          "architecture: %s has one output, but this task asks for "
                          "%zu; loss hinge and mse ask for one",
                          name, width);
out:
    return status;
}

static int
resolve_polynet(void *values, const gsc_dataset *dataset)
{
    (void)values;
    return check(dataset, "polynet");
}

static int
resolve_neuron(void *values, const gsc_dataset *dataset)
{
    (void)values;
    return check(dataset, "neuron");
}

/* x W + b, [1, width]: "linear1.W" [n, width] and "linear1.b" [width]. */
static gsc_node
inner_products(gsc_model *model, const options *o, const gsc_dataset *dataset,
               int64_t width)
{
    gsc_graph *g = model->graph;
    const gsc_field *field = gsc_input_field(dataset, false);
    int64_t n = (int64_t)gsc_shape_count(field->shape);
    gsc_node x = gsc_graph_input(g, field->name, gsc_shape2(1, n));
    gsc_node W = gsc_graph_parameter(g, "linear1.W", "d_0 d_1", gsc_shape2(n, width),
                                     gsc_mlp_initializer(o->init, n, width), true);
    gsc_node z = gsc_graph_matmul(g, x, W);
    if (o->biases != GSC_BIASES_ABSENT)
        z = gsc_graph_add(g, z,
                          gsc_graph_parameter(g, "linear1.b", "d_1", gsc_shape1(width),
                                              o->init == GSC_MLP_PYTORCH
                                                  ? gsc_linear_initializer(n)
                                                  : gsc_constant_initializer(0),
                                              o->biases == GSC_BIASES_TRAINED));
    gsc_graph_name(g, z, "linear1.hook_pre");
    return z;
}

static gsc_node
build_polynet(gsc_model *model, const void *values, const gsc_dataset *dataset)
{
    const options *o = values;
    model->neurons = inner_products(model, o, dataset, o->degree);
    return gsc_graph_row_product(model->graph, model->neurons);
}

/* ---- The neuron ---- */

/* coefficients[j] of z^j: the sum over the points m of (-1)^m and the polynomial that
 * is 1 there and 0 at the others (Lagrange). */
static void
interpolate(int64_t k, double coefficients[MOST_DEGREE + 1])
{
    memset(coefficients, 0, (MOST_DEGREE + 1) * sizeof *coefficients);
    for (int64_t m = 0; m <= k; m++) {
        double basis[MOST_DEGREE + 1] = {m % 2 == 0 ? 1 : -1};
        for (int64_t other = 0, degree = 0; other <= k; other++) {
            if (other == m)
                continue;
            double zero = (double)(k - 2 * other),
                   scale = 1 / (double)(2 * (other - m));
            degree++;
            for (int64_t j = degree; j >= 0; j--)
                basis[j] = ((j > 0 ? basis[j - 1] : 0) - zero * basis[j]) * scale;
        }
        for (int64_t j = 0; j <= k; j++)
            coefficients[j] += basis[j];
    }
}

/* Only powers of k's own parity are there. */
static gsc_node
polynomial(gsc_graph *g, gsc_node z, int64_t k)
{
    double c[MOST_DEGREE + 1];
    interpolate(k, c);
    gsc_node sum = gsc_graph_scale(g, gsc_graph_power(g, z, k), c[k]);
    for (int64_t j = k - 2; j > 0; j -= 2)
        sum = gsc_graph_add(g, sum, gsc_graph_scale(g, gsc_graph_power(g, z, j), c[j]));
    if (k % 2 == 1)
        return sum;
    return gsc_graph_add(g, sum,
                         gsc_graph_parameter(g, "constant", "d_1", gsc_shape1(1),
                                             gsc_constant_initializer(c[0]), false));
}

static gsc_node
build_neuron(gsc_model *model, const void *values, const gsc_dataset *dataset)
{
    const options *o = values;
    const double half_pi = acos(0);
    gsc_graph *g = model->graph;
    gsc_node z = inner_products(model, o, dataset, 1);
    switch (o->act_fn) {
    case POLYNOMIAL:
        z = polynomial(g, z, o->degree);
        break;
    case SINE:
        z = gsc_graph_sine(g, z, half_pi, half_pi * (double)(1 - o->degree));
        break;
    default:
        z = gsc_graph_zigzag(g, z, o->degree, o->act_fn == ENDLESS_ZIGZAG);
    }
    gsc_graph_name(g, z, "linear1.hook_post");
    model->neurons = z;
    return z;
}

const gsc_architecture gsc_architecture_polynet = {
    "polynet",       "a product of linear functions, Barak et al.'s",
    polynet_rows,    sizeof polynet_rows / sizeof *polynet_rows,
    sizeof(options), resolve_polynet,
    build_polynet};

const gsc_architecture gsc_architecture_neuron = {
    "neuron",        "one neuron that can be a product of bits, Barak et al.'s",
    neuron_rows,     sizeof neuron_rows / sizeof *neuron_rows,
    sizeof(options), resolve_neuron,
    build_neuron};
