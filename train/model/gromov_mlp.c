/* The one-hot two-layer network of Gromov (arXiv 2301.02679) and of Doshi et al.
 * (2310.13061): the one-hot vectors of a and b, side by side, through N neurons with a
 * square activation and no biases. A product with a one-hot vector is a row of a table:
 *
 *   logits_q = sum_k (U_ak + V_bk)^2 W_kq
 *
 * U is embed.W_left, V embed.W_right, W unembed.W_U, N d_mlp.
 *
 * Initial weights "gromov": Gaussian with deviation 0.5 / (2N)^(1/3), Doshi's standard.
 *
 * "analytic" is Gromov's solution (section 3), exact at step 0 for large N:
 *   U_ak = cos(2 pi s_k a / p + phi_k),   V_bk = cos(2 pi s_k b / p + psi_k),
 *   W_kq = cos(2 pi s_k q / p + phi_k + psi_k),
 * random phases phi, psi, and the frequencies s_k = 1 … (p-1)/2 in turn. Then
 *   sum_k 2 U_ak V_bk W_kq = N/2 for q = a + b, near 0 for any other q,
 * and the rest averages out over the phases. Each table is scaled by (2/N)^(1/3), so
 * that the right output is 1; the paper leaves the scale free. */
#include "grokscope/rng.h"

#include "train/model/token_model.h"

#include <math.h>

static const double pi = 0x1.921fb54442d18p+1;

typedef enum table { LEFT, RIGHT, OUT } table;

static double
wave(table which, size_t residue, size_t neuron, size_t p, uint64_t seed)
{
    size_t frequencies = p > 2 ? (p - 1) / 2 : 1;
    double s = (double)(1 + neuron % frequencies);
    double phi = gsc_rng_uniform(seed, gsc_rng_stream("phase:left"), neuron);
    double psi = gsc_rng_uniform(seed, gsc_rng_stream("phase:right"), neuron);
    double phase = which == LEFT ? phi : which == RIGHT ? psi : phi + psi;
    return cos(2 * pi * (fmod(s * (double)residue, (double)p) / (double)p + phase));
}

static double
left_wave(gsc_shape shape, size_t i, uint64_t seed)
{
    return wave(LEFT, i / shape.dims[1], i % shape.dims[1], shape.dims[0], seed);
}

static double
right_wave(gsc_shape shape, size_t i, uint64_t seed)
{
    return wave(RIGHT, i / shape.dims[1], i % shape.dims[1], shape.dims[0], seed);
}

static double
out_wave(gsc_shape shape, size_t i, uint64_t seed)
{
    return wave(OUT, i % shape.dims[1], i / shape.dims[1], shape.dims[1], seed);
}

static gsc_node
build(gsc_model *model, const void *options, const gsc_dataset *dataset)
{
    gsc_graph *g = model->graph;
    const gsc_token_model *c = options;
    double n = (double)c->d_mlp, scale = cbrt(2 / n);
    bool analytic = c->init == GSC_INIT_ANALYTIC;
    gsc_initializer left = {GSC_INITIALIZER_FUNCTION, scale, left_wave};
    gsc_initializer right = {GSC_INITIALIZER_FUNCTION, scale, right_wave};
    gsc_initializer out = {GSC_INITIALIZER_FUNCTION, scale, out_wave};
    if (!analytic)
        left = right = out = gsc_normal_initializer(0.5 / cbrt(2 * n));
    gsc_shape shape = gsc_shape2(c->d_vocab, c->d_mlp);
    gsc_node U =
        gsc_graph_parameter(g, "embed.W_left", "d_vocab d_mlp", shape, left, true);
    gsc_node V =
        gsc_graph_parameter(g, "embed.W_right", "d_vocab d_mlp", shape, right, true);
    gsc_node W = gsc_graph_parameter(g, "unembed.W_U", "d_mlp d_vocab_out",
                                     gsc_shape2(c->d_mlp, c->d_vocab_out), out, true);
    gsc_node tokens = gsc_tokens(g, dataset);
    gsc_node pre = gsc_graph_add(g, gsc_graph_gather(g, U, tokens, 0, 1),
                                 gsc_graph_gather(g, V, tokens, 1, 1));
    gsc_graph_name(g, pre, "hook_pre");
    gsc_node post = gsc_activation(g, c->act_fn, pre);
    gsc_graph_name(g, post, "hook_post");
    model->neurons = post;
    model->views[GSC_VIEW_EMBEDDING] = U;
    model->views[GSC_VIEW_EMBEDDING_RIGHT] = V;
    model->views[GSC_VIEW_NEURON_IN] = U;
    model->views[GSC_VIEW_NEURON_IN_RIGHT] = V;
    model->views[GSC_VIEW_UNEMBEDDING] = gsc_graph_transpose(g, W);
    model->views[GSC_VIEW_NEURON_LOGIT] = model->views[GSC_VIEW_UNEMBEDDING];
    return gsc_graph_matmul(g, post, W);
}

static const gsc_option rows[] = {GSC_TOKEN_D_MLP, GSC_TOKEN_SIZES, GSC_TOKEN_ACT_FN,
                                  GSC_TOKEN_INIT};

static int
resolve(void *options, const gsc_dataset *dataset)
{
    return gsc_token_model_resolve(options, dataset, "gromov_mlp", 2, GSC_INIT_GROMOV,
                                   1 << GSC_INIT_GROMOV | 1 << GSC_INIT_ANALYTIC);
}

const gsc_architecture gsc_architecture_gromov_mlp = {"gromov_mlp",
                                                      "(U_a + V_b)^2 W, Gromov's",
                                                      rows,
                                                      sizeof rows / sizeof *rows,
                                                      sizeof(gsc_token_model),
                                                      resolve,
                                                      build};
