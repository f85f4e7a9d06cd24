/* Whose initial scales a transformer begins with.
 *
 *   nanda    progress-measures-paper, transformers.py: every weight is Gaussian with
 *            deviation 1/sqrt(d_model), the unembedding with 1/sqrt(d_vocab); biases 0
 *   zhong    pizza, train-main.py: as Nanda's, but W_in with 1/sqrt(d_mlp)
 *   transformerlens  HookedTransformerConfig's own (init_mode gpt2): every weight is
 *            Gaussian with deviation 0.8/sqrt(d_model); biases 0
 *   furuta   grok_mod_poly, model.py: as Nanda's, but the embedding with
 *            1/sqrt(d_vocab), the unembedding with 1/sqrt(d_model)
 *   pytorch  what nn.Embedding and nn.Linear have by themselves, as in Power et al.'s
 *            grok/transformer.py: embeddings Gaussian with deviation 1, weights and
 *            biases even within 1/sqrt(fan_in) of 0 */
#include "train/model/token_model.h"

#include <math.h>

/* What stands under the root: the deviation is 1/sqrt of it. */
typedef enum size {
    ZERO, /* the weights begin at 0 */
    ONE,
    D_MODEL,
    D_MODEL_LENS, /* times 0.8 */
    D_MLP,
    D_VOCAB,
    FAN_IN /* even, not Gaussian */
} size;

static const size scales[][GSC_NUM_ROLES] = {
    [GSC_INIT_NANDA] = {[GSC_ROLE_EMBEDDING] = D_MODEL,
                        [GSC_ROLE_POSITION] = D_MODEL,
                        [GSC_ROLE_ATTENTION] = D_MODEL,
                        [GSC_ROLE_MLP_IN] = D_MODEL,
                        [GSC_ROLE_MLP_OUT] = D_MODEL,
                        [GSC_ROLE_UNEMBEDDING] = D_VOCAB,
                        [GSC_ROLE_BIAS] = ZERO},
    [GSC_INIT_ZHONG] = {[GSC_ROLE_EMBEDDING] = D_MODEL,
                        [GSC_ROLE_POSITION] = D_MODEL,
                        [GSC_ROLE_ATTENTION] = D_MODEL,
                        [GSC_ROLE_MLP_IN] = D_MLP,
                        [GSC_ROLE_MLP_OUT] = D_MODEL,
                        [GSC_ROLE_UNEMBEDDING] = D_VOCAB,
                        [GSC_ROLE_BIAS] = ZERO},
    [GSC_INIT_TRANSFORMERLENS] = {[GSC_ROLE_EMBEDDING] = D_MODEL_LENS,
                                  [GSC_ROLE_POSITION] = D_MODEL_LENS,
                                  [GSC_ROLE_ATTENTION] = D_MODEL_LENS,
                                  [GSC_ROLE_MLP_IN] = D_MODEL_LENS,
                                  [GSC_ROLE_MLP_OUT] = D_MODEL_LENS,
                                  [GSC_ROLE_UNEMBEDDING] = D_MODEL_LENS,
                                  [GSC_ROLE_BIAS] = ZERO},
    [GSC_INIT_FURUTA] = {[GSC_ROLE_EMBEDDING] = D_VOCAB,
                         [GSC_ROLE_POSITION] = D_MODEL,
                         [GSC_ROLE_ATTENTION] = D_MODEL,
                         [GSC_ROLE_MLP_IN] = D_MODEL,
                         [GSC_ROLE_MLP_OUT] = D_MODEL,
                         [GSC_ROLE_UNEMBEDDING] = D_MODEL,
                         [GSC_ROLE_BIAS] = ZERO},
    [GSC_INIT_PYTORCH] = {[GSC_ROLE_EMBEDDING] = ONE,
                          [GSC_ROLE_POSITION] = ONE,
                          [GSC_ROLE_ATTENTION] = FAN_IN,
                          [GSC_ROLE_MLP_IN] = FAN_IN,
                          [GSC_ROLE_MLP_OUT] = FAN_IN,
                          [GSC_ROLE_UNEMBEDDING] = FAN_IN,
                          [GSC_ROLE_BIAS] = FAN_IN},
};

gsc_initializer
gsc_role_initializer(const gsc_token_model *c, gsc_role role, int64_t fan_in)
{
    switch (scales[c->init][role]) {
    case ONE:
        return gsc_normal_initializer(1);
    case D_MODEL:
        return gsc_normal_initializer(1 / sqrt((double)c->d_model));
    case D_MODEL_LENS:
        return gsc_normal_initializer(0.8 / sqrt((double)c->d_model));
    case D_MLP:
        return gsc_normal_initializer(1 / sqrt((double)c->d_mlp));
    case D_VOCAB:
        return gsc_normal_initializer(1 / sqrt((double)c->d_vocab));
    case FAN_IN:
        return gsc_linear_initializer(fan_in);
    default:
        return gsc_constant_initializer(0);
    }
}

double
gsc_sinusoid(gsc_shape shape, size_t index, uint64_t seed)
{
    size_t d = shape.dims[1], t = index / d, i = index % d;
    double angle = (double)t / pow(10000, (double)(i - i % 2) / (double)d);
    (void)seed;
    return i % 2 == 0 ? sin(angle) : cos(angle);
}
