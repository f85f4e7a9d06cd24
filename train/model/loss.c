/* The table of losses. */
#include "grokscope/loss.h"

#include "train/numeric/precision.h"

#include <stdio.h>
#include <string.h>

static gsc_node
build_cross_entropy(gsc_graph *g, const gsc_loss_terms *t, gsc_node *metric)
{
    (void)metric;
    return gsc_graph_cross_entropy(g, t->prediction, t->answer, t->mask);
}

static gsc_node
build_in_float16(gsc_graph *g, const gsc_loss_terms *t, gsc_node *metric)
{
    (void)metric;
    return gsc_graph_narrow_cross_entropy(g, t->prediction, t->answer, t->mask, true);
}

static gsc_node
build_in_float32(gsc_graph *g, const gsc_loss_terms *t, gsc_node *metric)
{
    (void)metric;
    return gsc_graph_narrow_cross_entropy(g, t->prediction, t->answer, t->mask, false);
}

static gsc_node
build_stablemax(gsc_graph *g, const gsc_loss_terms *t, gsc_node *metric)
{
    (void)metric;
    return gsc_graph_stablemax(g, t->prediction, t->answer, t->mask);
}

static gsc_node
build_one_hot_error(gsc_graph *g, const gsc_loss_terms *t, gsc_node *metric)
{
    (void)metric;
    return gsc_graph_one_hot_error(g, t->prediction, t->answer, t->mask);
}

static gsc_node
build_hinge(gsc_graph *g, const gsc_loss_terms *t, gsc_node *metric)
{
    (void)metric;
    return gsc_graph_hinge(g, t->prediction, t->answer, t->mask);
}

static gsc_node
build_binary_cross_entropy(gsc_graph *g, const gsc_loss_terms *t, gsc_node *metric)
{
    (void)metric;
    return gsc_graph_binary_cross_entropy(g, t->prediction, t->answer, t->mask);
}

/* An untrained table of normal numbers, one row per label. */
static gsc_node
make_templates(gsc_graph *g, const gsc_target *t)
{
    char name[GSC_NAME_BYTES];
    gsc_shape shape = {2, {t->num_templates, t->template_width}};
    gsc_initializer normal = {GSC_INITIALIZER_NORMAL, t->template_scale, NULL};
    snprintf(name, sizeof name, "targets.%.*s", GSC_NAME_BYTES - 16, t->name);
    return gsc_graph_parameter(g, name, "label d_out", shape, normal, false);
}

static gsc_node
build_squared_error(gsc_graph *g, const gsc_loss_terms *t, gsc_node *metric)
{
    gsc_node y = t->prediction;
    if (t->target->num_templates > 0) {
        gsc_node templates = make_templates(g, t->target);
        gsc_node wanted = gsc_graph_gather(g, templates, t->answer, 0, 1);
        *metric = gsc_graph_nearest_row(g, y, templates, t->answer);
        return gsc_graph_mean_squared_error(g, y, wanted, t->mask);
    }
    *metric = gsc_graph_within(g, y, t->answer, t->mask, t->target->tolerance);
    return gsc_graph_mean_squared_error(g, y, t->answer, t->mask);
}

static const gsc_loss losses[] = {
    {"cross_entropy", "-log softmax at the label", true, build_cross_entropy},
    {"cross_entropy_float16", "the same with a softmax in float16", true,
     build_in_float16},
    {"cross_entropy_float32", "the same with a softmax in float32", true,
     build_in_float32},
    {"stablemax", "-log stablemax at the label", true, build_stablemax},
    {"one_hot_error", "mean squared error to the label's one-hot vector", true,
     build_one_hot_error},
    {"squared_error", "mean squared error to numbers", false, build_squared_error},
    {"hinge", "max(0, 1 - target score), the target -1 or 1", false, build_hinge},
    {"binary_cross_entropy", "-log of the logistic function, the target 0 or 1", false,
     build_binary_cross_entropy}};

const gsc_loss *const gsc_builtin_losses[] = {&losses[0], &losses[1], &losses[2],
                                              &losses[3], &losses[4], &losses[5],
                                              &losses[6], &losses[7], NULL};

const gsc_loss *
gsc_loss_find(const gsc_loss *const *list, const char *name)
{
    for (size_t i = 0; list[i]; i++)
        if (strcmp(list[i]->name, name) == 0)
            return list[i];
    return NULL;
}

static const char *const cross_entropies[GSC_NUM_PRECISIONS] = {
    [GSC_PRECISION_FLOAT16] = "cross_entropy_float16",
    [GSC_PRECISION_FLOAT32] = "cross_entropy_float32",
    [GSC_PRECISION_FLOAT64] = "cross_entropy"};

const char *
gsc_loss_of_precision(int precision)
{
    return cross_entropies[precision];
}

int
gsc_loss_precision(const char *name)
{
    int p = 0;
    while (p < GSC_NUM_PRECISIONS && strcmp(name, cross_entropies[p]) != 0)
        p++;
    return p;
}
