/* The architectures: each writes its plain graph and its views in one file. */
#ifndef GSC_MODEL_ARCHITECTURES_H
#define GSC_MODEL_ARCHITECTURES_H

#include "grokscope/model.h"

/* Build into model->graph, which is open and empty; mistakes in the sizes show in
 * gsc_graph_status. Returns the outputs [positions, d_vocab_out]: at every position, or
 * at the only one there is. */
typedef gsc_node gsc_architecture(gsc_model *model, const gsc_model_config *config);

gsc_architecture gsc_transformer;
gsc_architecture gsc_zhong_alpha, gsc_zhong_beta, gsc_zhong_gamma, gsc_zhong_delta;
gsc_architecture gsc_gromov_mlp, gsc_chughtai_mlp;

/* x through the configuration's activation. */
gsc_node gsc_activation(gsc_graph *graph, int64_t act_fn, gsc_node x);

/* Which part a weight plays, for the scale it begins with. */
typedef enum gsc_role {
    GSC_ROLE_EMBEDDING,
    GSC_ROLE_POSITION,
    GSC_ROLE_ATTENTION,
    GSC_ROLE_MLP_IN,
    GSC_ROLE_MLP_OUT,
    GSC_ROLE_UNEMBEDDING,
    GSC_ROLE_BIAS,
    GSC_NUM_ROLES
} gsc_role;

/* How a transformer's weight with `fan_in` inputs begins, by config->init. */
gsc_start gsc_role_start(const gsc_model_config *config, gsc_role role, int64_t fan_in);

static inline gsc_start
gsc_constant(double value)
{
    return (gsc_start){GSC_START_CONSTANT, value, NULL};
}

static inline gsc_start
gsc_normal_start(double deviation)
{
    return (gsc_start){GSC_START_NORMAL, deviation, NULL};
}

/* PyTorch's nn.Linear, weight and bias: even within 1/sqrt(fan_in) of 0. */
gsc_start gsc_linear_start(int64_t fan_in);

static inline gsc_shape
gsc_shape1(int64_t a)
{
    return (gsc_shape){1, {(size_t)a}};
}

static inline gsc_shape
gsc_shape2(int64_t a, int64_t b)
{
    return (gsc_shape){2, {(size_t)a, (size_t)b}};
}

static inline gsc_shape
gsc_shape3(int64_t a, int64_t b, int64_t c)
{
    return (gsc_shape){3, {(size_t)a, (size_t)b, (size_t)c}};
}

#endif
