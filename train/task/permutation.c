/* The permutation toy of Liu et al., "Towards understanding grokking" (arXiv
 * 2205.10343, figure 5d): two permutations of n things, and the one that comes of doing
 * the first and then the second, c[i] = p2[p1[i]]. With the squared error each
 * permutation has a template, as sums have in the task symbol_sum. */
#include "train/task/permutation.h"

#include "grokscope/error.h"
#include "grokscope/group.h"

#include "train/task/templates.h"

#include <stdio.h>

enum { MOST_N = 5 };

static const char *const loss_names[] = {"mse", "cross_entropy", "stablemax", NULL};

static const gsc_option rows[] = {
    GSC_ROW_INTEGER(gsc_permutation, n, "3", 2, MOST_N,
                    "Things that are permuted; there are n! permutations."),
    GSC_ROW_INTEGER(gsc_permutation, train_samples, "24", 1, 1e6,
                    "Pairs to train on, of (n!)^2."),
    GSC_ROW_CHOICE(gsc_permutation, loss, "mse", loss_names,
                   "Loss that is minimised: squared error against the permutation's "
                   "template, or cross entropy, or StableMax, of its label."),
    GSC_ROW_INTEGER(gsc_permutation, d_out, "30", 1, 4096, "Numbers in a template."),
    GSC_ROW_REAL(gsc_permutation, label_scale, "1", 0, 1e6,
                 "Standard deviation of the templates' numbers."),
    GSC_ROW_INTEGER(gsc_permutation, data_seed, "0", 0, 0x1p53, "Seed of the split."),
};

static int
add_fields(gsc_dataset *dataset, const gsc_group *g)
{
    int status = 0;
    void *tokens, *label;
    GSC_TRY(gsc_dataset_add_field(dataset, GSC_TOKENS, GSC_FIELD_UINT16,
                                  (gsc_shape){1, {2}}, g->order, &tokens));
    GSC_TRY(gsc_dataset_add_field(dataset, "label", GSC_FIELD_UINT16,
                                  (gsc_shape){1, {1}}, g->order, &label));
    uint16_t *pair = tokens, *answer = label;
    for (size_t a = 0; a < g->order; a++)
        for (size_t b = 0; b < g->order; b++) {
            *pair++ = (uint16_t)a;
            *pair++ = (uint16_t)b;
            *answer++ = (uint16_t)gsc_group_product(g, a, b);
        }
out:
    return status;
}

static int
make(void *values, gsc_dataset *dataset, gsc_facets *facets)
{
    int status = 0;
    const gsc_permutation *o = values;
    gsc_facet *facet;
    gsc_group group;
    char name[8];
    snprintf(name, sizeof name, "S%d", (int)o->n);
    GSC_TRY(gsc_group_init(&group, name));
    dataset->num_examples = group.order * group.order;
    const gsc_templates templates = {o->train_samples, o->data_seed,   o->loss,
                                     o->d_out,         o->label_scale, group.order};
    GSC_TRY(gsc_templates_check(&templates, dataset->num_examples));
    GSC_TRY(add_fields(dataset, &group));
    GSC_TRY(gsc_templates_add(dataset, &templates));
    GSC_TRY(gsc_facets_add(facets, GSC_PERMUTATION, &facet));
    GSC_TRY(gsc_facet_add_integer(facet, "n", o->n));
out:
    gsc_group_free(&group);
    return status;
}

const gsc_task gsc_task_permutation = {"permutation",
                                       "one permutation after another, Liu et al.'s",
                                       rows,
                                       sizeof rows / sizeof *rows,
                                       sizeof(gsc_permutation),
                                       make};
