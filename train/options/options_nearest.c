/* What an error suggests where a name or a choice is unknown: what the rest of the
 * field calls it here, or else what it is a slip of. */
#include "train/options/options_nearest.h"

#include "grokscope/text.h"

#include <ctype.h>
#include <stdbool.h>

/* ---- Other names of the field ---- */

/* Names that papers, PyTorch, other repositories and our version 0.1 use, and ours.
 * Several rows of one name are tried in order: the first of ours that there is. They
 * are told in an error rather than accepted, so that a setting has one name in recipes,
 * commands and files.
 */
static const struct alias {
    const char *theirs, *ours;
} aliases[] = {
    /* the task */
    {"modulus", "p"},
    {"mod", "p"},
    {"prime", "p"},
    {"op", "operation"},
    {"fn_name", "operation"},
    {"frac_train", "train_fraction"},
    {"train_frac", "train_fraction"},
    {"training_fraction", "train_fraction"},
    {"fraction", "train_fraction"},
    {"split", "train_fraction"},
    {"noise", "label_noise"},
    /* the model */
    {"model", "architecture"},
    {"arch", "architecture"},
    {"layers", "n_layers"},
    {"num_layers", "n_layers"},
    {"n_layer", "n_layers"},
    {"depth", "n_layers"},
    {"heads", "n_heads"},
    {"num_heads", "n_heads"},
    {"n_head", "n_heads"},
    {"hidden", "d_mlp"},
    {"hidden", "d_model"},
    {"hidden_size", "d_mlp"},
    {"hidden_size", "d_model"},
    {"hidden_dim", "d_mlp"},
    {"d_hidden", "d_mlp"},
    {"d_ff", "d_mlp"},
    {"mlp_dim", "d_mlp"},
    {"width", "d_mlp"},
    {"width", "d_model"},
    {"n_embd", "d_model"},
    {"dim", "d_model"},
    {"embed_dim", "d_model"},
    {"embedding_dim", "d_model"},
    {"head_dim", "d_head"},
    {"vocab_size", "d_vocab"},
    {"seq_len", "n_ctx"},
    {"context", "n_ctx"},
    {"activation", "act_fn"},
    {"act", "act_fn"},
    {"act_type", "act_fn"},
    {"nonlinearity", "act_fn"},
    {"norm", "normalization_type"},
    {"layernorm", "normalization_type"},
    {"use_ln", "normalization_type"},
    {"bias", "biases"},
    {"loss_fn", "loss"},
    {"criterion", "loss"},
    {"random_seed", "seed"},
    {"manual_seed", "seed"},
    {"init_scale", "init"},
    {"initialization", "init"},
    {"pretrained", "init_from"},
    {"load", "init_from"},
    /* the optimizer */
    {"optim", "optimizer"},
    {"opt", "optimizer"},
    {"lr", "learning_rate"},
    {"step_size", "learning_rate"},
    {"alpha", "learning_rate"},
    {"wd", "weight_decay"},
    {"l2", "weight_decay"},
    {"lambda", "weight_decay"},
    {"betas", "beta1"},
    {"adam_eps", "epsilon"},
    {"adam_epsilon", "epsilon"},
    {"lr_warmup", "warmup"},
    {"warmup_steps", "warmup"},
    {"num_warmup_steps", "warmup"},
    {"scheduler", "annealing"},
    {"lr_schedule", "annealing"},
    {"lr_scheduler", "annealing"},
    /* the run */
    {"epochs", "steps"},
    {"num_epochs", "steps"},
    {"n_epochs", "steps"},
    {"num_steps", "steps"},
    {"max_steps", "steps"},
    {"iterations", "steps"},
    {"iters", "steps"},
    {"optimization_steps", "steps"},
    {"batch", "batch_size"},
    {"batchsize", "batch_size"},
    {"bs", "batch_size"},
    {"train_batch_size", "batch_size"},
    {"save_every", "checkpoints"},
    {"checkpoint_every", "checkpoints"},
    {"save_steps", "checkpoints"},
    {"log_interval", "log_every"},
    {"eval_every", "log_every"},
    {"logging_steps", "log_every"},
    {"early_stopping", "stop_when"},
    {"stopping_thresh", "stop_test_loss"},
    {"precision", "dtype"},
    {"metrics", "measure"},
    {"output_dir", "out"},
    {"out_dir", "out"},
    {"save_dir", "out"},
    {"output", "out"},
    {"out", "output"},
    {"outfile", "output"},
    {"num_threads", "threads"},
    {"jobs", "threads"},
    {"num_workers", "threads"},
    {"overwrite", "force"},
    {"continue", "resume"},
    {"verbose", "log_every"},
    {"fields", "columns"},
    /* what version 0.1 called them */
    {"decay", "decay_parameters"},
    {"own", "default"},
    {"gromov", "gromov_mlp"},
    {"linear_alpha", "zhong_alpha"},
    {"linear_beta", "zhong_beta"},
    {"linear_gamma", "zhong_gamma"},
    {"linear_delta", "zhong_delta"},
    {"mlp", "chughtai_mlp"}, /* where there is no architecture mlp */
    /* choices */
    {"plus", "add"},
    {"addition", "add"},
    {"sum", "add"},
    {"minus", "subtract"},
    {"subtraction", "subtract"},
    {"multiplication", "multiply"},
    {"product", "multiply"},
    {"times", "multiply"},
    {"division", "divide"},
    {"layer_norm", "LN"},
    {"layernorm", "LN"},
    {"ce", "cross_entropy"},
    {"cross_entropy_loss", "cross_entropy"},
    {"l2_loss", "mse"},
    {"quadratic", "mse"},
    {"fp32", "float32"},
    {"float", "float32"},
    {"single", "float32"},
    {"fp64", "float64"},
    {"double", "float64"},
    {"table", "text"},
    {"pretty", "text"},
    {"hdf5", "h5"},
};

/* Capitals are small letters, '-' is '_'. */
static bool
same_name(const char *a, const char *b)
{
    for (; *a && *b; a++, b++) {
        int one = *a == '-' ? '_' : tolower((unsigned char)*a);
        int other = *b == '-' ? '_' : tolower((unsigned char)*b);
        if (one != other)
            return false;
    }
    return *a == *b;
}

const char *
gsc_options_nearest_of(const char *name, const char *const *names, size_t count)
{
    for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++)
        for (size_t k = 0; same_name(name, aliases[i].theirs) && k < count; k++)
            if (same_name(names[k], aliases[i].ours))
                return names[k];
    return gsc_text_nearest(name, names, count);
}
