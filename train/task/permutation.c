/* The permutation toy of Liu et al., "Towards understanding grokking" (arXiv
 * 2205.10343, figure 5d): two permutations of n things, and the one that comes of doing
 * the first and then the second, c[i] = p2[p1[i]]. With the squared error each
 * permutation has a template, as sums have in the task symbol_sum. */
#include "train/task/permutation.h"

#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "train/data/split.h"

#include <stdlib.h>

enum { MOST_N = 5 };

static const char *const loss_names[] = {"mse", "cross_entropy", NULL};

static const gsc_option rows[] = {
    GSC_ROW_INTEGER(gsc_permutation, n, "3", 2, MOST_N,
                    "Things that are permuted; there are n! permutations."),
    GSC_ROW_INTEGER(gsc_permutation, train_samples, "24", 1, 1e6,
                    "Pairs to train on, of (n!)^2."),
    GSC_ROW_CHOICE(gsc_permutation, loss, "mse", loss_names,
                   "Loss that is minimised: squared error against the permutation's "
                   "template, or cross entropy of its label."),
    GSC_ROW_INTEGER(gsc_permutation, d_out, "30", 1, 4096, "Numbers in a template."),
    GSC_ROW_REAL(gsc_permutation, label_scale, "1", 0, 1e6,
                 "Standard deviation of the templates' numbers."),
    GSC_ROW_INTEGER(gsc_permutation, data_seed, "0", 0, 0x1p53, "Seed of the split."),
};

static size_t
factorial(size_t n)
{
    return n > 1 ? n * factorial(n - 1) : 1;
}

/* Number `rank` of the permutations in lexicographic order: each digit of the rank in
 * the base of factorials chooses among what is left. */
static void
unrank(size_t rank, size_t n, size_t *p)
{
    size_t left[MOST_N];
    for (size_t i = 0; i < n; i++)
        left[i] = i;
    for (size_t i = 0; i < n; i++) {
        size_t choice = rank / factorial(n - 1 - i);
        rank %= factorial(n - 1 - i);
        p[i] = left[choice];
        for (size_t k = choice; k + 1 < n - i; k++)
            left[k] = left[k + 1];
    }
}

/* The inverse of it: how many later ones are smaller than each. */
static size_t
rank_of(const size_t *p, size_t n)
{
    size_t rank = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t k = i + 1; k < n; k++)
            rank += p[k] < p[i] ? factorial(n - 1 - i) : 0;
    return rank;
}

static size_t
compose(size_t first, size_t second, size_t n)
{
    size_t p1[MOST_N], p2[MOST_N], c[MOST_N];
    unrank(first, n, p1);
    unrank(second, n, p2);
    for (size_t i = 0; i < n; i++)
        c[i] = p2[p1[i]];
    return rank_of(c, n);
}

static int
add_fields(gsc_dataset *dataset, size_t n)
{
    int status = 0;
    size_t count = factorial(n);
    void *tokens, *label;
    GSC_TRY(gsc_dataset_add_field(dataset, GSC_TOKENS, GSC_FIELD_UINT16,
                                  (gsc_shape){1, {2}}, count, &tokens));
    GSC_TRY(gsc_dataset_add_field(dataset, "label", GSC_FIELD_UINT16,
                                  (gsc_shape){1, {1}}, count, &label));
    uint16_t *pair = tokens, *answer = label;
    for (size_t a = 0; a < count; a++)
        for (size_t b = 0; b < count; b++) {
            *pair++ = (uint16_t)a;
            *pair++ = (uint16_t)b;
            *answer++ = (uint16_t)compose(a, b, n);
        }
out:
    return status;
}

static void
add_target(gsc_dataset *dataset, const gsc_permutation *o)
{
    bool squared = o->loss == 0;
    gsc_target *target = gsc_dataset_add_target(
        dataset, "answer", "label", squared ? "squared_error" : "cross_entropy");
    if (!squared)
        return;
    target->num_templates = factorial((size_t)o->n);
    target->template_width = (size_t)o->d_out;
    target->template_scale = o->label_scale;
}

static int
make(void *values, gsc_dataset *dataset, gsc_facets *facets)
{
    int status = 0;
    const gsc_permutation *o = values;
    gsc_facet *facet;
    size_t count = factorial((size_t)o->n);
    dataset->num_examples = count * count;
    if ((size_t)o->train_samples > dataset->num_examples)
        return gsc_fail(GSC_EARGUMENT, "train_samples: %lld, but there are %zu pairs",
                        (long long)o->train_samples, dataset->num_examples);
    gsc_split_order order = {.train_fraction = ((double)o->train_samples + 0.5) /
                                               (double)dataset->num_examples,
                             .seed = o->data_seed,
                             .file = ""};
    GSC_TRY(add_fields(dataset, (size_t)o->n));
    GSC_TRY(gsc_split_make(dataset, &order));
    add_target(dataset, o);
    GSC_TRY(gsc_facets_add(facets, GSC_PERMUTATION, &facet));
    GSC_TRY(gsc_facet_add_integer(facet, "n", o->n));
out:
    return status;
}

const gsc_task gsc_task_permutation = {"permutation",
                                       "one permutation after another, Liu et al.'s",
                                       rows,
                                       sizeof rows / sizeof *rows,
                                       sizeof(gsc_permutation),
                                       make};
