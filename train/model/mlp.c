/* Fully connected layers on numbers, "mlp", and on the sum or the product of two
 * embeddings, "embedding_sum" and "embedding_product":
 *
 *   mlp                h = x;          h = f(h W_l + b_l) for every hidden layer l;
 *   embedding_sum      h = E_a + E_b;  the same;
 *   embedding_product  h = E_a E_b;    the same, E_a and E_b being square matrices;
 *   all                predictions = h W + b
 *
 * The second is the toy of Liu et al. (arXiv 2205.10343, section 3 and appendix A): the
 * addition of the embeddings is hard-coded, so that what is to be learned is the
 * representation E and a decoder. E begins even within 1/2 of 0, or, with a messiness
 * m, as (1 - m) E_linear + m E_random (Liu, Michaud and Tegmark, arXiv 2210.01117). The
 * paper tells no scales: here the numbers of both have a mean square of 1, and the line
 * is the diagonal. */
#include "train/model/mlp.h"

#include "grokscope/error.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const char *const gsc_mlp_init_names[] = {"pytorch", "xavier", "kaiming", "bernoulli",
                                          NULL};

#define HIDDEN(fallback)                                      \
    GSC_ROW_TEXT(gsc_mlp_options, hidden, fallback, "WIDTHS", \
                 "Width of each hidden layer, with commas between.")
#define COMMON                                                               \
    GSC_ROW_CHOICE(gsc_mlp_options, act_fn, "relu", gsc_act_fn_names,        \
                   "Activation function of the neurons."),                   \
        GSC_ROW_CHOICE(gsc_mlp_options, biases, "trained", gsc_biases_names, \
                       "Biases of the layers."),                             \
        GSC_ROW_REAL(gsc_mlp_options, dropout, "0", 0, 0.999999,             \
                     "Share of the neurons that each training step drops."), \
        GSC_ROW_CHOICE(gsc_mlp_options, init, "pytorch", gsc_mlp_init_names, \
                       "Scales of the first weights.")

static const gsc_option mlp_rows[] = {HIDDEN("100"), COMMON};
static const gsc_option sum_rows[] = {
    HIDDEN("200,200"),
    GSC_ROW_INTEGER(gsc_mlp_options, d_model, "1", 1, 16384, "Width of an embedding."),
    GSC_ROW_REAL(gsc_mlp_options, embed_messiness, "-1", -1, 1,
                 "Share of normal numbers in first embeddings, the rest of which lie "
                 "equally spaced on a line; below 0: even within 1/2 of 0."),
    COMMON};

static const gsc_option product_rows[] = {
    HIDDEN("200,200"),
    GSC_ROW_INTEGER(gsc_mlp_options, d_model, "9", 1, 1024,
                    "Width of an embedding, a square number: 9 is a matrix of 3 x 3."),
    GSC_ROW_REAL(gsc_mlp_options, embedding_scale, "0.1", 0, 1e6,
                 "First embeddings are even within half of this of 0."),
    COMMON};

/* ---- Options ---- */

static int
resolve_mlp(void *options, const gsc_dataset *dataset)
{
    int status = 0;
    int64_t widths[GSC_MOST_LAYERS];
    GSC_TRY(gsc_read_widths(((gsc_mlp_options *)options)->hidden, widths));
    if (!gsc_input_field(dataset, false))
        return gsc_fail(GSC_EARGUMENT,
                        "architecture: mlp takes numbers, which this task does not "
                        "have; transformer takes tokens, and of two tokens "
                        "chughtai_mlp, which was mlp in version 0.1");
    status = gsc_check_one_row(dataset, "mlp");
out:
    return status;
}

static int
resolve_embeddings(const gsc_mlp_options *o, const gsc_dataset *dataset,
                   const char *name)
{
    int status = 0;
    int64_t widths[GSC_MOST_LAYERS];
    const gsc_field *tokens = gsc_input_field(dataset, true);
    GSC_TRY(gsc_read_widths(o->hidden, widths));
    if (!tokens || gsc_shape_count(tokens->shape) != 2)
        return gsc_fail(GSC_EARGUMENT,
                        "architecture: %s takes two tokens, which this task does not "
                        "have",
                        name);
    status = gsc_check_one_row(dataset, name);
out:
    return status;
}

static int
resolve_sum(void *options, const gsc_dataset *dataset)
{
    return resolve_embeddings(options, dataset, "embedding_sum");
}

/* The n of n^2. */
static int64_t
root_of(int64_t square)
{
    int64_t n = 1;
    while (n * n < square)
        n++;
    return n;
}

static int
resolve_product(void *options, const gsc_dataset *dataset)
{
    const gsc_mlp_options *o = options;
    int64_t n = root_of(o->d_model);
    if (n * n != o->d_model)
        return gsc_fail(GSC_EARGUMENT, "d_model: %lld is no square number, as 9",
                        (long long)o->d_model);
    return resolve_embeddings(o, dataset, "embedding_product");
}

/* ---- Layers ---- */

typedef struct layer {
    gsc_node W, b; /* b GSC_NO_NODE without biases */
} layer;

gsc_initializer
gsc_mlp_initializer(int64_t init, int64_t fan_in, int64_t fan_out)
{
    double in = (double)fan_in, out = (double)fan_out;
    switch (init) {
    case GSC_MLP_XAVIER:
        return (gsc_initializer){GSC_INITIALIZER_UNIFORM, sqrt(6 / (in + out)), NULL};
    case GSC_MLP_KAIMING:
        return gsc_normal_initializer(sqrt(2 / in));
    case GSC_MLP_BERNOULLI:
        return (gsc_initializer){GSC_INITIALIZER_SIGN, 1 / sqrt(in), NULL};
    default:
        return gsc_linear_initializer(fan_in);
    }
}

/* "linear<number>.W" [in, out] and "linear<number>.b" [out]. */
static layer
make_layer(gsc_graph *g, const gsc_mlp_options *o, int number, int64_t in, int64_t out)
{
    char name[GSC_NAME_BYTES], axes[GSC_NAME_BYTES];
    layer l = {.b = GSC_NO_NODE};
    gsc_initializer zero = gsc_constant_initializer(0);
    snprintf(name, sizeof name, "linear%d.W", number);
    snprintf(axes, sizeof axes, "d_%d d_%d", number - 1, number);
    l.W = gsc_graph_parameter(g, name, axes, gsc_shape2(in, out),
                              gsc_mlp_initializer(o->init, in, out), true);
    if (o->biases == GSC_BIASES_ABSENT)
        return l;
    snprintf(name, sizeof name, "linear%d.b", number);
    snprintf(axes, sizeof axes, "d_%d", number);
    l.b = gsc_graph_parameter(g, name, axes, gsc_shape1(out),
                              o->init == GSC_MLP_PYTORCH ? gsc_linear_initializer(in)
                                                         : zero,
                              o->biases == GSC_BIASES_TRAINED);
    return l;
}

static gsc_node
apply(gsc_graph *g, layer l, gsc_node x)
{
    gsc_node out = gsc_graph_matmul(g, x, l.W);
    return l.b == GSC_NO_NODE ? out : gsc_graph_add(g, out, l.b);
}

/* x [1, in] through all layers, to [1, width]. */
static gsc_node
decode(gsc_model *model, const gsc_mlp_options *o, const gsc_dataset *dataset,
       gsc_node x, int64_t in)
{
    gsc_graph *g = model->graph;
    int64_t widths[GSC_MOST_LAYERS];
    int count = gsc_read_widths(o->hidden, widths);
    char stream[GSC_NAME_BYTES];
    size_t width;
    if (count < 0 || gsc_model_width(dataset, &width) < 0)
        return GSC_NO_NODE;
    for (int i = 0; i < count; i++) {
        x = apply(g, make_layer(g, o, i + 1, in, widths[i]), x);
        gsc_graph_name(g, x, "linear%d.hook_pre", i + 1);
        x = gsc_activation(g, o->act_fn, x);
        gsc_graph_name(g, x, "linear%d.hook_post", i + 1);
        model->neurons = x;
        snprintf(stream, sizeof stream, "dropout:linear%d", i + 1);
        x = gsc_graph_dropout(g, x, o->dropout, stream);
        in = widths[i];
    }
    layer last = make_layer(g, o, count + 1, in, (int64_t)width);
    model->views[GSC_VIEW_UNEMBEDDING] = gsc_graph_transpose(g, last.W);
    model->views[GSC_VIEW_NEURON_LOGIT] = model->views[GSC_VIEW_UNEMBEDDING];
    return apply(g, last, x);
}

static gsc_node
build_mlp(gsc_model *model, const void *options, const gsc_dataset *dataset)
{
    const gsc_field *field = gsc_input_field(dataset, false);
    int64_t in = (int64_t)gsc_shape_count(field->shape);
    gsc_node x = gsc_graph_input(model->graph, field->name, gsc_shape2(1, in));
    return decode(model, options, dataset, x, in);
}

/* The embeddings of both tokens, [2, d_model]. */
static gsc_node
embed(gsc_model *model, const gsc_mlp_options *o, const gsc_dataset *dataset,
      gsc_initializer initializer)
{
    gsc_graph *g = model->graph;
    const gsc_field *field = gsc_input_field(dataset, true);
    gsc_node tokens = gsc_graph_index(g, field->name, field->shape, field->num_values);
    gsc_node W_E = gsc_graph_parameter(
        g, "embed.W_E", "d_vocab d_model",
        gsc_shape2((int64_t)field->num_values, o->d_model), initializer, true);
    gsc_node both = gsc_graph_gather(g, W_E, tokens, 0, 2);
    gsc_graph_name(g, both, "hook_embed");
    model->embed = both;
    model->views[GSC_VIEW_EMBEDDING] = W_E;
    return both;
}

static gsc_node
build_sum(gsc_model *model, const void *options, const gsc_dataset *dataset)
{
    gsc_graph *g = model->graph;
    const gsc_mlp_options *o = options;
    gsc_initializer even = {GSC_INITIALIZER_UNIFORM, 0.5, NULL};
    gsc_initializer line = {GSC_INITIALIZER_LINE, o->embed_messiness, NULL};
    gsc_node both = embed(model, o, dataset, o->embed_messiness < 0 ? even : line);
    gsc_node sum = gsc_graph_add(g, gsc_graph_slice(g, both, 0, 0, 1),
                                 gsc_graph_slice(g, both, 0, 1, 1));
    return decode(model, o, dataset, sum, o->d_model);
}

/* ---- The product of two matrices ----
 *
 * Column c = (i, j, k) of n^3 is one product A_ij B_jk. Fixed matrices of zeros and
 * ones lay A and B out so that they can be multiplied element by element, and add up
 * over j. */

/* [n^2, n^3]: row (i, j) is 1 in all columns (i, j, k). */
static double
is_left(gsc_shape shape, size_t at, uint64_t seed)
{
    size_t n = shape.dims[1] / shape.dims[0];
    (void)seed;
    return at / shape.dims[1] == at % shape.dims[1] / n;
}

/* [n^2, n^3]: row (j, k) is 1 in all columns (i, j, k). */
static double
is_right(gsc_shape shape, size_t at, uint64_t seed)
{
    (void)seed;
    return at / shape.dims[1] == at % shape.dims[1] % shape.dims[0];
}

/* [n^3, n^2]: row (i, j, k) is 1 in column (i, k). */
static double
is_sum(gsc_shape shape, size_t at, uint64_t seed)
{
    size_t square = shape.dims[1], n = shape.dims[0] / square, c = at / square;
    (void)seed;
    return at % square == c / square * n + c % n;
}

static gsc_node
fixed(gsc_graph *g, const char *name, const char *axes, gsc_shape shape,
      double (*function)(gsc_shape, size_t, uint64_t))
{
    gsc_initializer by = {GSC_INITIALIZER_FUNCTION, 1, function};
    return gsc_graph_parameter(g, name, axes, shape, by, false);
}

static gsc_node
build_product(gsc_model *model, const void *options, const gsc_dataset *dataset)
{
    gsc_graph *g = model->graph;
    const gsc_mlp_options *o = options;
    int64_t square = o->d_model, cube = square * root_of(square);
    gsc_initializer even = {GSC_INITIALIZER_UNIFORM, o->embedding_scale / 2, NULL};
    gsc_node both = embed(model, o, dataset, even);
    gsc_node left = fixed(g, "product.W_left", "d_model d_products",
                          gsc_shape2(square, cube), is_left);
    gsc_node right = fixed(g, "product.W_right", "d_model d_products",
                           gsc_shape2(square, cube), is_right);
    gsc_node sum = fixed(g, "product.W_sum", "d_products d_model",
                         gsc_shape2(cube, square), is_sum);
    gsc_node a = gsc_graph_matmul(g, gsc_graph_slice(g, both, 0, 0, 1), left);
    gsc_node b = gsc_graph_matmul(g, gsc_graph_slice(g, both, 0, 1, 1), right);
    gsc_node product = gsc_graph_matmul(g, gsc_graph_multiply(g, a, b), sum);
    gsc_graph_name(g, product, "hook_product");
    return decode(model, o, dataset, product, square);
}

const gsc_architecture gsc_architecture_mlp = {"mlp",
                                               "fully connected layers on numbers",
                                               mlp_rows,
                                               sizeof mlp_rows / sizeof *mlp_rows,
                                               sizeof(gsc_mlp_options),
                                               resolve_mlp,
                                               build_mlp};

const gsc_architecture gsc_architecture_embedding_sum = {
    "embedding_sum",
    "layers on the sum of two embeddings, Liu et al.'s",
    sum_rows,
    sizeof sum_rows / sizeof *sum_rows,
    sizeof(gsc_mlp_options),
    resolve_sum,
    build_sum};

const gsc_architecture gsc_architecture_embedding_product = {
    "embedding_product",
    "layers on the product of two matrices, Liu et al.'s",
    product_rows,
    sizeof product_rows / sizeof *product_rows,
    sizeof(gsc_mlp_options),
    resolve_product,
    build_product};
