/* The keys of an optimizer, and the learning rate. */
#include "grokscope/optimizer.h"

#include <math.h>

static const double pi = 0x1.921fb54442d18p+1;

static const char *const goal_names[] = {"zero", "initial", NULL};
static const char *const decaying_names[] = {"all", "matrices", NULL};
static const char *const annealing_names[] = {"none", "linear", "cosine", "step", NULL};

static const gsc_option rows[] = {
    GSC_ROW_TEXT(
        gsc_optimizer_config, optimizer, "adamw", "RULE",
        "Rule by which weights follow gradients, and its own options after it."),
    GSC_ROW_REAL(gsc_optimizer_config, learning_rate, "0.001", 0, 1e3,
                 "Learning rate after the warm-up."),
    GSC_ROW_REAL(gsc_optimizer_config, weight_decay, "1", 0, 1e3,
                 "Weight decay; adam and sgd add it to the gradient."),
    GSC_ROW_CHOICE(gsc_optimizer_config, decay_to, "zero", goal_names,
                   "Values that the weights decay to."),
    GSC_ROW_CHOICE(
        gsc_optimizer_config, decay_parameters, "all", decaying_names,
        "Trained weights that decay; matrices: those with two axes or more."),
    GSC_ROW_REAL(gsc_optimizer_config, beta1, "0.9", 0, 0.999999,
                 "Decay of the mean gradient."),
    GSC_ROW_REAL(gsc_optimizer_config, beta2, "0.98", 0, 0.999999,
                 "Decay of the mean squared gradient."),
    GSC_ROW_REAL(gsc_optimizer_config, epsilon, "1e-08", 0, 1,
                 "Number added to the root of the mean squared gradient."),
    GSC_ROW_REAL(gsc_optimizer_config, momentum, "0", 0, 0.999999,
                 "With sgd: share of the last step that is kept."),
    GSC_ROW_INTEGER(gsc_optimizer_config, warmup, "10", 0, 1e9,
                    "Updates over which the learning rate rises."),
    GSC_ROW_BOOL(gsc_optimizer_config, first_rate_zero, "no",
                 "Begin the warm-up with an update of rate 0."),
    GSC_ROW_CHOICE(gsc_optimizer_config, annealing, "none", annealing_names,
                   "Curve along which the learning rate falls after the warm-up; step: "
                   "times anneal_floor after every anneal_steps updates."),
    GSC_ROW_INTEGER(gsc_optimizer_config, anneal_steps, "0", 0, 1e12,
                    "Updates over which it falls, or between falls; 0: all updates of "
                    "the run."),
    GSC_ROW_REAL(
        gsc_optimizer_config, anneal_floor, "0.1", 0, 1,
        "Share of the learning rate that is left at the end, or by each fall."),
    GSC_ROW_TEXT(
        gsc_optimizer_config, groups, "", "GROUPS",
        "Other options for some parameters, as in 'embed.* pos_embed.*: learning_rate "
        "0.01, weight_decay 0; *:'. Semicolons separate groups. Each trained parameter "
        "belongs to one group; a last '*' takes the rest."),
    GSC_ROW_TEXT(
        gsc_optimizer_config, perturbations, "", "STAGES",
        "Changes of the weights during the forward and backward pass of a step."),
    GSC_ROW_TEXT(
        gsc_optimizer_config, filters, "", "STAGES",
        "Changes of the gradient, in order, as in 'grokfast_ema alpha 0.9, clip'."),
    GSC_ROW_TEXT(gsc_optimizer_config, update_filters, "", "STAGES",
                 "Changes of the update that the rule makes, before the learning rate "
                 "scales it."),
    GSC_ROW_TEXT(gsc_optimizer_config, projections, "", "STAGES",
                 "Changes of the weights after the update."),
};

gsc_options
gsc_optimizer_options(gsc_optimizer_config *config)
{
    return (gsc_options){"optimizer", rows, sizeof rows / sizeof *rows, config};
}

/* What is left of the rate after a share of the annealing. */
static double
annealed(const gsc_optimizer_config *config, double share)
{
    double left =
        config->annealing == GSC_ANNEAL_COSINE ? (1 + cos(pi * share)) / 2 : 1 - share;
    return config->anneal_floor + (1 - config->anneal_floor) * left;
}

/* Falls before update `part` that are anneal_steps updates of the full rate apart, as
 * those of PyTorch's StepLR. */
static double
falls(const gsc_optimizer_config *config, int64_t part)
{
    int64_t first = config->first_rate_zero || config->warmup > 0 ? config->warmup : 1;
    return floor((double)(part - first) / (double)config->anneal_steps);
}

double
gsc_learning_rate(const gsc_optimizer_config *config, int64_t update)
{
    int64_t part = config->first_rate_zero ? update : update + 1;
    double rate = config->learning_rate;
    if (part < config->warmup)
        return rate * (double)part / (double)config->warmup;
    if (config->annealing == GSC_ANNEAL_NONE || config->anneal_steps == 0)
        return rate;
    if (config->annealing == GSC_ANNEAL_STEP)
        return rate * pow(config->anneal_floor, falls(config, part));
    double share = (double)(part - config->warmup) / (double)config->anneal_steps;
    return rate * annealed(config, fmin(share, 1));
}
