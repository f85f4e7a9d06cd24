/* The toy of Liu et al., "Towards Understanding Grokking" (arXiv 2205.10343, section
 * 3): p symbols, examples the pairs i <= j, answers the sums i + j = 0 … 2p-2. With the
 * squared error each sum has a template, a vector of normal numbers, and an example is
 * right where its nearest template is its own; with cross entropy the sums are labels.
 */
#include "train/task/symbol_sum.h"

#include "grokscope/error.h"
#include "grokscope/rng.h"

#include "train/task/templates.h"

static const char *const loss_names[] = {"mse", "cross_entropy", "stablemax", NULL};

static const gsc_option rows[] = {
    GSC_ROW_INTEGER(gsc_symbol_sum, p, "10", 2, 1024, "Number of symbols."),
    GSC_ROW_INTEGER(gsc_symbol_sum, train_samples, "45", 1, 1e6,
                    "Pairs to train on, of p (p + 1) / 2."),
    GSC_ROW_CHOICE(gsc_symbol_sum, loss, "mse", loss_names,
                   "Loss that is minimised: squared error against the sum's template, "
                   "or cross entropy, or StableMax, of its label."),
    GSC_ROW_INTEGER(gsc_symbol_sum, d_out, "30", 1, 4096, "Numbers in a template."),
    GSC_ROW_REAL(gsc_symbol_sum, label_scale, "1", 0, 1e6,
                 "Standard deviation of the templates' numbers."),
    GSC_ROW_BOOL(gsc_symbol_sum, random_labels, "no",
                 "Draw every label at random, so that there is nothing to generalise."),
    GSC_ROW_INTEGER(gsc_symbol_sum, data_seed, "0", 0, 0x1p53, "Seed of the split."),
};

static void
draw_labels(uint16_t *label, size_t count, uint64_t seed, size_t num_labels)
{
    uint64_t stream = gsc_rng_stream("random_labels");
    for (size_t i = 0; i < count; i++)
        label[i] = (uint16_t)gsc_rng_below(seed, stream, i, num_labels);
}

static int
add_fields(gsc_dataset *dataset, const gsc_symbol_sum *o)
{
    int status = 0;
    const size_t p = (size_t)o->p;
    void *tokens, *label;
    GSC_TRY(gsc_dataset_add_field(dataset, GSC_TOKENS, GSC_FIELD_UINT16,
                                  (gsc_shape){1, {2}}, p, &tokens));
    GSC_TRY(gsc_dataset_add_field(dataset, "label", GSC_FIELD_UINT16,
                                  (gsc_shape){1, {1}}, 2 * p - 1, &label));
    uint16_t *pair = tokens, *sum = label;
    for (size_t i = 0; i < p; i++)
        for (size_t j = i; j < p; j++) {
            *pair++ = (uint16_t)i;
            *pair++ = (uint16_t)j;
            *sum++ = (uint16_t)(i + j);
        }
    if (o->random_labels)
        draw_labels(label, dataset->num_examples, (uint64_t)o->data_seed, 2 * p - 1);
out:
    return status;
}

static int
make(void *values, gsc_dataset *dataset, gsc_facets *facets)
{
    int status = 0;
    const gsc_symbol_sum *o = values;
    gsc_facet *facet;
    size_t p = (size_t)o->p;
    const gsc_templates templates = {o->train_samples, o->data_seed,   o->loss,
                                     o->d_out,         o->label_scale, 2 * p - 1};
    dataset->num_examples = p * (p + 1) / 2;
    GSC_TRY(gsc_templates_check(&templates, dataset->num_examples));
    GSC_TRY(add_fields(dataset, o));
    GSC_TRY(gsc_templates_add(dataset, &templates));
    if (o->random_labels)
        goto out; /* they are no sums */
    GSC_TRY(gsc_facets_add(facets, GSC_SYMBOL_SUM, &facet));
    GSC_TRY(gsc_facet_add_integer(facet, "p", o->p));
out:
    return status;
}

const gsc_task gsc_task_symbol_sum = {"symbol_sum",
                                      "the sum of two symbols, Liu et al.'s toy",
                                      rows,
                                      sizeof rows / sizeof *rows,
                                      sizeof(gsc_symbol_sum),
                                      make};
