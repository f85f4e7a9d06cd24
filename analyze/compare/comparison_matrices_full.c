/* What asks for two networks at once: their neurons, and the way from one to the other.
 */
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "analyze/compare/barrier.h"
#include "analyze/compare/comparison_matrices.h"
#include "analyze/compare/matching.h"
#include "analyze/method/difference.h"
#include "analyze/tool/jobs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct crew {
    const gsc_inputs *inputs;
    const gsc_feature_set *set;
    const gsc_feature_set_options *options;
    size_t num_points;
    gsc_comparison_matrices *pairs;
    gsc_loaded_model *loaded_models; /* [count] */
    gsc_compared_features *both;     /* [count] */
    size_t *items;                   /* [pairs] i * count + j, i <= j */
} crew;

/* ---- Each by itself ---- */

static int
join(void *context, size_t i, gsc_threads *threads)
{
    int status = 0;
    (void)threads;
    crew *c = context;
    const char *path = c->inputs->items[i].path;
    gsc_compared_features_options options = {.wanted = {[GSC_FEATURE_MOMENTS] = true}};
    size_t grid = c->set->grid_of[i];
    if (grid != GSC_NO_GRID && c->set->grids[grid].n == 0) {
        options.like = &c->set->grids[grid].questions;
        options.wanted[GSC_FEATURE_MOMENTS] = options.like->count > 0;
    }
    if (options.like && options.like->count == 0)
        options.like = NULL;
    GSC_TRY(gsc_inputs_open(c->inputs, i, &c->loaded_models[i]));
    status = gsc_compared_features_init(&c->both[i], &c->loaded_models[i], path,
                                        &options, NULL);
    if (status < 0)
        status = gsc_fail_in(status, path);
out:
    return status;
}

/* ---- Two of them ---- */

typedef struct couple {
    const gsc_compared_features *a, *b;
    gsc_agreement agreement;
    gsc_matching matching;
    double *permuted; /* b's weights, its neurons in a's order */
    bool *no_test;    /* [questions] false: lines are over all of them */
    double *loss, *test_loss;
    double values[GSC_NUM_COMPARISON_VALUES];
} couple;

static void
free_couple(couple *two)
{
    gsc_agreement_free(&two->agreement);
    gsc_matching_free(&two->matching);
    free(two->permuted);
    free(two->no_test);
    free(two->loss);
    free(two->test_loss);
}

/* What cannot be asked, or is not finite, stays nan. */
static int
or_nan(int status)
{
    return status == GSC_EARGUMENT || status == GSC_ENUMERIC ? 0 : status;
}

static int
match(couple *two)
{
    int status = 0;
    gsc_compared_network a = {two->a->loaded, &two->a->questions},
                         b = {two->b->loaded, &two->b->questions};
    GSC_TRY(gsc_agreement_init(&two->agreement, a, b, NULL));
    if (two->agreement.neurons.product.rows > 0)
        two->values[GSC_COMPARISON_NEURON_CKA] = gsc_moments_cka(
            &two->agreement.neurons, &two->a->own.neurons, &two->b->own.neurons);
    GSC_TRY(gsc_matching_init(&two->matching, two->a, two->b, &two->agreement));
    two->values[GSC_COMPARISON_MATCHED_CORRELATION] = two->matching.mean;
out:
    return status;
}

/* Only weights of one shape: how far the permuted ones of b are. */
static int
permute(couple *two)
{
    int status = 0;
    const gsc_loaded_model *a = two->a->loaded, *b = two->b->loaded;
    gsc_difference difference = {0};
    double *permuted = NULL;
    GSC_NEW(permuted, b->num_weights);
    GSC_TRY(gsc_matching_permute(&two->matching, b, permuted));
    for (size_t i = 0; i < a->num_tensors; i++) {
        const gsc_tensor *x = &a->tensors[i], *y = &b->tensors[i];
        gsc_difference_add(&difference, x->data,
                           permuted + ((const double *)y->data - b->weights),
                           gsc_shape_count(x->shape), (gsc_tolerance){0, 0});
    }
    two->values[GSC_COMPARISON_MATCHED_DISTANCE] = gsc_difference_distance(&difference);
    two->permuted = permuted;
    permuted = NULL;
out:
    free(permuted);
    return status;
}

static int
cross(couple *two, const double *to, size_t num_points, gsc_comparison_value value)
{
    int status = 0;
    gsc_line line = {two->a, to, two->no_test, num_points};
    GSC_TRY(gsc_barrier_line(&line, NULL, two->loss, two->test_loss));
    two->values[value] = gsc_barrier_height(two->loss, num_points);
out:
    return status;
}

static int
cross_both(couple *two, size_t num_points)
{
    int status = 0;
    GSC_TRY(gsc_barrier_check(two->a, two->b));
    GSC_NEW(two->no_test, two->a->questions.count);
    GSC_NEW(two->loss, num_points);
    GSC_NEW(two->test_loss, num_points);
    GSC_TRY(cross(two, two->b->loaded->weights, num_points, GSC_COMPARISON_BARRIER));
    if (two->permuted)
        GSC_TRY(cross(two, two->permuted, num_points, GSC_COMPARISON_MATCHED_BARRIER));
out:
    return status;
}

static int
pair_up(void *context, size_t item, gsc_threads *threads)
{
    int status = 0;
    (void)threads;
    crew *c = context;
    size_t i = c->items[item] / c->set->count, j = c->items[item] % c->set->count;
    const gsc_feature_set *set = c->set;
    couple two = {.a = &c->both[i], .b = &c->both[j]};
    bool alike = strcmp(set->items[i].tensors, set->items[j].tensors) == 0;
    for (size_t v = GSC_NUM_QUICK_COMPARISON_VALUES; v < GSC_NUM_COMPARISON_VALUES; v++)
        two.values[v] = (double)NAN;
    if (set->grid_of[i] == set->grid_of[j] &&
        gsc_compared_features_has(two.a, GSC_FEATURE_MOMENTS) &&
        gsc_compared_features_has(two.b, GSC_FEATURE_MOMENTS)) {
        GSC_TRY(or_nan(match(&two)));
        if (alike && two.matching.of_a)
            GSC_TRY(or_nan(permute(&two)));
        if (alike)
            GSC_TRY(or_nan(cross_both(&two, c->num_points)));
    }
    for (size_t v = GSC_NUM_QUICK_COMPARISON_VALUES; v < GSC_NUM_COMPARISON_VALUES; v++)
        c->pairs->values[v][i * set->count + j] =
            c->pairs->values[v][j * set->count + i] = two.values[v];
out:
    free_couple(&two);
    return status;
}

/* ---- All ---- */

static int
run(crew *c, const char *what, gsc_job *work, size_t num_items)
{
    const gsc_jobs jobs = {.count = num_items,
                           .work = work,
                           .context = c,
                           .threads = c->options->threads,
                           .what = what,
                           .show = c->options->show,
                           .show_context = c->options->context};
    return gsc_jobs_run(&jobs);
}

static int
list_items(crew *c)
{
    int status = 0;
    size_t count = c->set->count, at = 0;
    GSC_NEW(c->items, count * (count + 1) / 2);
    for (size_t i = 0; i < count; i++)
        for (size_t j = i; j < count; j++)
            c->items[at++] = i * count + j;
out:
    return status;
}

static int
add_values(gsc_comparison_matrices *pairs)
{
    int status = 0;
    for (; pairs->num_values < GSC_NUM_COMPARISON_VALUES; pairs->num_values++)
        GSC_NEW(pairs->values[pairs->num_values], pairs->count * pairs->count);
out:
    return status;
}

int
gsc_comparison_matrices_complete(gsc_comparison_matrices *self,
                                 const gsc_inputs *inputs, const gsc_feature_set *set,
                                 const gsc_feature_set_options *options,
                                 size_t num_points)
{
    int status = 0;
    size_t count = set->count;
    crew c = {.inputs = inputs,
              .set = set,
              .options = options,
              .num_points = num_points,
              .pairs = self};
    GSC_NEW(c.loaded_models, count);
    GSC_NEW(c.both, count);
    GSC_TRY(list_items(&c));
    GSC_TRY(add_values(self));
    GSC_TRY(run(&c, "asking networks", join, count));
    GSC_TRY(run(&c, "matching and crossing", pair_up, count * (count + 1) / 2));
out:
    for (size_t i = 0; i < count; i++) {
        if (c.both)
            gsc_compared_features_free(&c.both[i]);
        if (c.loaded_models)
            gsc_loaded_model_close(&c.loaded_models[i]);
    }
    free(c.both);
    free(c.loaded_models);
    free(c.items);
    return status;
}
