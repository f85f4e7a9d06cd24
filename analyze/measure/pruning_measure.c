/* The measure "pruning": accuracies while neurons are pruned in the order of their
 * inverse participation ratio, by which Doshi et al. (arXiv 2310.13061) tell those that
 * generalise from those that memorise. */
#include "grokscope/error.h"
#include "grokscope/memory.h"

#include "analyze/measure/circuit/spectra.h"
#include "analyze/network/pairs/pair_outputs.h"
#include "analyze/network/part/ablation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct options {
    double threshold;
    int64_t shares;
};

static const gsc_option option_rows[] = {
    GSC_ROW_REAL(struct options, threshold, "0.5", 0, 1,
                 "Neurons with an inverse participation ratio of at least this count "
                 "as those that generalise."),
    GSC_ROW_INTEGER(struct options, shares, "20", 1, 1e4,
                    "Steps from all neurons to none, for --long."),
};
static const gsc_measure_options option_set = {"pruning", option_rows,
                                               sizeof option_rows / sizeof *option_rows,
                                               sizeof(struct options)};

/* ---- A network, its neurons by their ratio, and pairs by their label ---- */

typedef struct neuron {
    size_t index;
    double ipr;
} neuron;

typedef struct network {
    gsc_pair_outputs pair_outputs;
    size_t num_neurons;
    neuron *neurons; /* lowest ratio first */
    double *weights; /* of a network that is pruned */
    size_t writer;   /* the first weight of neuron 0's row, of `width` */
    size_t width;
} network;

static void
close_network(network *self)
{
    gsc_pair_outputs_free(&self->pair_outputs);
    free(self->neurons);
    free(self->weights);
}

static int
by_ipr(const void *a, const void *b)
{
    const neuron *x = a, *y = b;
    if (x->ipr != y->ipr)
        return x->ipr < y->ipr ? -1 : 1;
    return x->index < y->index ? -1 : 1;
}

/* The mean over what a neuron reads of a and of b and what it writes, of which not all
 * need be there; 0 of a neuron that has none. */
static int
find_neurons(network *self, const gsc_loaded_model *loaded, gsc_residue_order order)
{
    static const gsc_view views[] = {GSC_VIEW_NEURON_IN, GSC_VIEW_NEURON_IN_RIGHT,
                                     GSC_VIEW_NEURON_LOGIT};
    int status = 0;
    double *ipr = NULL, *times = NULL;
    size_t n = self->num_neurons;
    GSC_NEW(ipr, n);
    GSC_NEW(times, n);
    GSC_NEW(self->neurons, n);
    for (size_t j = 0; j < n; j++)
        self->neurons[j] = (neuron){j, 0};
    for (size_t v = 0; v < sizeof views / sizeof *views; v++) {
        GSC_TRY(gsc_spectra_neuron_ipr(loaded, views[v], order, n, ipr));
        for (size_t j = 0; j < n; j++)
            if (!isnan(ipr[j]))
                self->neurons[j].ipr += (ipr[j] - self->neurons[j].ipr) / ++times[j];
    }
    qsort(self->neurons, n, sizeof *self->neurons, by_ipr);
out:
    free(ipr);
    free(times);
    return status;
}

static int
find_writer(network *self, const gsc_loaded_model *loaded)
{
    char name[GSC_NAME_BYTES];
    gsc_ablation_name_writer(loaded, name);
    const gsc_tensor *t = gsc_loaded_model_tensor(loaded, name);
    if (!t || t->shape.rank != 2 || t->shape.dims[0] != self->num_neurons)
        return gsc_fail(GSC_EARGUMENT,
                        "no matrix %s with a row for each of %zu neurons", name,
                        self->num_neurons);
    self->writer = (size_t)((const double *)t->data - loaded->weights);
    self->width = t->shape.dims[1];
    return 0;
}

static int
open_network(network *self, const gsc_measure_request *request)
{
    int status = 0;
    const gsc_loaded_model *loaded = request->loaded;
    gsc_residue_order order = loaded->pairs.order;
    *self = (network){.neurons = NULL};
    GSC_TRY(gsc_loaded_model_need_weights(loaded));
    GSC_TRY(gsc_pair_outputs_init(&self->pair_outputs, loaded, order, true));
    self->num_neurons = self->pair_outputs.evaluator.num_neurons;
    GSC_TRY(find_neurons(self, loaded, order));
    GSC_TRY(find_writer(self, loaded));
    GSC_NEW(self->weights, loaded->num_weights);
out:
    return status;
}

/* ---- Accuracies ---- */

typedef struct share {
    size_t right, count;
} share;

static double
of(share s)
{
    return s.count > 0 ? (double)s.right / (double)s.count : (double)NAN;
}

static void
add(share *s, bool right)
{
    s->count++;
    s->right += right;
}

/* A pair is mislabelled where its label in training is not the operation's answer. */
typedef struct accuracies {
    share train, clean, mislabelled, corrected, test;
} accuracies;

/* The output column of the largest logit, among those of answers. */
static uint16_t
answered(const gsc_pair_outputs *outputs, size_t pair)
{
    size_t n = outputs->grid.n, best = 0;
    const double *logits = outputs->logits + pair * n;
    for (size_t c = 1; c < n; c++)
        if (logits[c] > logits[best])
            best = c;
    return outputs->grid.outputs[best];
}

static accuracies
count_right(const gsc_pair_outputs *outputs)
{
    const gsc_grid *grid = &outputs->grid;
    accuracies a = {.train = {0}};
    for (size_t i = 0; i < grid->n * grid->n; i++) {
        if (grid->answers[i] == GSC_NO_ANSWER)
            continue;
        uint16_t said = answered(outputs, i), answer = grid->outputs[grid->answers[i]];
        uint16_t label = grid->labels[i];
        if (!grid->train[i] || label == GSC_NO_ANSWER) {
            if (grid->split_is_known)
                add(&a.test, said == answer);
            continue;
        }
        add(&a.train, said == label);
        add(label == answer ? &a.clean : &a.mislabelled, said == label);
        if (label != answer)
            add(&a.corrected, said == answer);
    }
    return a;
}

/* Accuracies without the neurons first … first + count - 1 in the order of the ratio.
 */
static int
prune(network *self, const gsc_measure_request *request, size_t first, size_t count,
      accuracies *found)
{
    int status = 0;
    const gsc_loaded_model *loaded = request->loaded;
    memcpy(self->weights, loaded->weights, loaded->num_weights * sizeof(double));
    for (size_t k = first; k < first + count; k++) {
        double *row =
            self->weights + self->writer + self->neurons[k].index * self->width;
        for (size_t c = 0; c < self->width; c++)
            row[c] = 0;
    }
    GSC_TRY(gsc_pair_outputs_run(&self->pair_outputs, self->weights, request->threads));
    *found = count_right(&self->pair_outputs);
out:
    return status;
}

/* ---- One row for each checkpoint ---- */

static const gsc_column checkpoint_columns[] = {
    {"neurons", GSC_CELL_INTEGER, false, "how many there are", false},
    {"mean_ipr", GSC_CELL_REAL, false,
     "mean inverse participation ratio of what a neuron reads and writes", false},
    {"generalising", GSC_CELL_REAL, false,
     "share of the neurons whose ratio is at least the threshold", false},
    {"mislabelled", GSC_CELL_REAL, false,
     "share of the training pairs whose label is not the operation's answer", false},
    {"train_accuracy", GSC_CELL_REAL, false,
     "share of the training pairs answered with their label", false},
    {"clean_accuracy", GSC_CELL_REAL, false,
     "the same of those whose label is the operation's answer", false},
    {"mislabelled_accuracy", GSC_CELL_REAL, false, "the same of the mislabelled",
     false},
    {"corrected_accuracy", GSC_CELL_REAL, false,
     "share of the mislabelled answered with the operation's answer instead", false},
    {"test_accuracy", GSC_CELL_REAL, false, "share of the test pairs that are right",
     false},
    {"train_accuracy_high", GSC_CELL_REAL, false,
     "train_accuracy without the neurons below the threshold", false},
    {"mislabelled_accuracy_high", GSC_CELL_REAL, false,
     "mislabelled_accuracy without them", false},
    {"test_accuracy_high", GSC_CELL_REAL, false, "test_accuracy without them", false},
    {"train_accuracy_low", GSC_CELL_REAL, false,
     "train_accuracy without the neurons at or above the threshold", false},
    {"mislabelled_accuracy_low", GSC_CELL_REAL, false,
     "mislabelled_accuracy without them", false},
    {"test_accuracy_low", GSC_CELL_REAL, false, "test_accuracy without them", false},
};

static int
fill_checkpoint(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    const struct options *o = request->options;
    network n;
    accuracies all, high, low;
    double mean = 0;
    size_t below = 0;
    GSC_TRY(open_network(&n, request));
    for (size_t k = 0; k < n.num_neurons; k++) {
        mean += n.neurons[k].ipr / (double)n.num_neurons;
        below += n.neurons[k].ipr < o->threshold;
    }
    GSC_TRY(prune(&n, request, 0, 0, &all));
    GSC_TRY(prune(&n, request, 0, below, &high));
    GSC_TRY(prune(&n, request, below, n.num_neurons - below, &low));
    share wrong = {all.mislabelled.count, all.train.count};
    GSC_TRY(gsc_rows_integer(rows, (int64_t)n.num_neurons));
    GSC_TRY(GSC_ROWS_REALS(
        rows, mean, (double)(n.num_neurons - below) / (double)n.num_neurons, of(wrong),
        of(all.train), of(all.clean), of(all.mislabelled), of(all.corrected),
        of(all.test), of(high.train), of(high.mislabelled), of(high.test),
        of(low.train), of(low.mislabelled), of(low.test)));
out:
    close_network(&n);
    return status;
}

/* ---- One row for each share of the neurons ---- */

static const gsc_column share_columns[] = {
    {"first", GSC_CELL_TEXT, true, "which neurons go first: low or high ratios", false},
    {"pruned", GSC_CELL_INTEGER, true, "neurons that are pruned", false},
    {"share", GSC_CELL_REAL, false, "the same as a share of all neurons", false},
    {"ipr", GSC_CELL_REAL, false, "ratio of the last one that is pruned", false},
    {"train_accuracy", GSC_CELL_REAL, false,
     "share of the training pairs answered with their label", false},
    {"clean_accuracy", GSC_CELL_REAL, false,
     "the same of those whose label is the operation's answer", false},
    {"mislabelled_accuracy", GSC_CELL_REAL, false, "the same of the mislabelled",
     false},
    {"corrected_accuracy", GSC_CELL_REAL, false,
     "share of the mislabelled answered with the operation's answer instead", false},
    {"test_accuracy", GSC_CELL_REAL, false, "share of the test pairs that are right",
     false},
};

static int
add_share(network *n, const gsc_measure_request *request, bool high, size_t count,
          gsc_rows *rows)
{
    int status = 0;
    accuracies a;
    size_t first = high ? n->num_neurons - count : 0;
    size_t last = high ? first : count - 1; /* of those that are pruned */
    GSC_TRY(prune(n, request, first, count, &a));
    GSC_TRY(gsc_rows_text(rows, high ? "high" : "low"));
    GSC_TRY(gsc_rows_integer(rows, (int64_t)count));
    GSC_TRY(GSC_ROWS_REALS(rows, (double)count / (double)n->num_neurons,
                           count > 0 ? n->neurons[last].ipr : (double)NAN, of(a.train),
                           of(a.clean), of(a.mislabelled), of(a.corrected),
                           of(a.test)));
out:
    return status;
}

static int
fill_shares(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    size_t shares = (size_t)((const struct options *)request->options)->shares;
    network n;
    GSC_TRY(open_network(&n, request));
    if (shares > n.num_neurons)
        shares = n.num_neurons;
    for (int high = 0; high < 2; high++)
        for (size_t k = 0; k <= shares; k++)
            GSC_TRY(add_share(&n, request, high, k * n.num_neurons / shares, rows));
out:
    close_network(&n);
    return status;
}

const gsc_measure gsc_measure_pruning = {
    .name = "pruning",
    .purpose = "which neurons memorise: accuracy without those of low or high IPR",
    .examples = "  grokscope-pruning checkpoints/corrupted\n"
                "      accuracies on wrong labels, right ones and test pairs, whole "
                "and pruned\n"
                "  grokscope-pruning checkpoints/corrupted --long\n"
                "      the same while more and more neurons are pruned\n"
                "  grokscope-pruning checkpoints/corrupted --step all --threshold "
                "0.3\n"
                "      how neurons became periodic, step by step\n",
    .needs = GSC_NEEDS_BINARY_TABLE,
    .of_frequencies = true,
    .least_residues = 2,
    .options = &option_set,
    .num_tables = 2,
    .tables = {GSC_TABLE("checkpoint", checkpoint_columns, fill_checkpoint, NULL),
               GSC_TABLE("share", share_columns, fill_shares, NULL)},
};
