/* The measure "gradients": which parts of a network the loss pulls at, and how hard.
 *
 * One account of grokking has it that a network memorises first because the paths of
 * those gradients are shorter. Here stand, tensor by tensor, its distance from the
 * loss, the norms of the gradients of the training and of the test loss, and how much
 * of the former lies in the planes of the frequencies that the run ends with. */
#include "grokscope/error.h"
#include "grokscope/fourier.h"
#include "grokscope/key_frequency.h"
#include "grokscope/measure.h"
#include "grokscope/memory.h"

#include "analyze/network/depth.h"
#include "analyze/network/loss/loss_gradient.h"
#include "analyze/network/pairs/key_rule.h"
#include "analyze/network/pairs/residue_rows.h"
#include "analyze/network/pairs/spectrum.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct options {
    int64_t key_rule;
    double key_fve;
};

static const char *const rule_names[] = {"neuron", "logit", NULL};

static const gsc_option option_rows[] = {
    GSC_ROW_CHOICE(struct options, key_rule, "neuron", rule_names,
                   "Rule by which a frequency of the run's last checkpoint is "
                   "key:\nneuron: it is the frequency of some neuron;\nlogit: its mode "
                   "has at least a hundredth of the logits' power."),
    GSC_ROW_REAL(struct options, key_fve, "0.5", 0, 1,
                 "With --key-rule neuron: count only neurons whose frequency explains "
                 "at least this share of their variance."),
};
static const gsc_measure_options option_set = {"definition", option_rows,
                                               sizeof option_rows / sizeof *option_rows,
                                               sizeof(struct options)};

/* ---- The frequencies that the run ends with ---- */

typedef struct ending {
    const gsc_loaded_model *last;
    gsc_residue_order order;
    size_t n, count; /* residues of the order; frequencies 0 … n/2 */
    bool *key;       /* [count] */
    double chance;   /* share of an even spectrum that the keys have */
} ending;

static void
free_ending(void *state)
{
    ending *e = state;
    if (e)
        free(e->key);
    free(e);
}

/* Whether the network has what the rule looks at: residues over which its operation is
 * defined, neurons, and by logit a sum or a difference. */
static int
find_frequencies(const gsc_loaded_model *loaded, const struct options *o, bool *found)
{
    gsc_grid grid = {0};
    gsc_direction direction;
    bool by_logit = o->key_rule == 1;
    *found = loaded->pairs.n >= 3 && gsc_binary_table_has_frequencies(&loaded->pairs) &&
             (by_logit || loaded->model.neurons != GSC_NO_NODE);
    if (!*found)
        return 0;
    int status = gsc_grid_init(&grid, loaded, gsc_spectrum_order(loaded, 0));
    if (status == 0 && by_logit)
        status = gsc_grid_direction(&grid, loaded, &direction);
    gsc_grid_free(&grid);
    *found = status == 0;
    return status == GSC_EARGUMENT ? 0 : status;
}

/* Each plane has two of the n - 1 dimensions, the Nyquist frequency one. */
static double
chance_of(const ending *e)
{
    size_t dimensions = 0;
    for (size_t k = 1; k < e->count; k++)
        dimensions += e->key[k] ? (2 * k == e->n ? 1 : 2) : 0;
    return (double)dimensions / (double)(e->n - 1);
}

/* Without a last checkpoint, or one without frequencies, there are no keys. */
static int
prepare(size_t table, const void *options, gsc_run_context *run_context, void **state)
{
    int status = 0;
    (void)table;
    const struct options *o = options;
    const gsc_key_rule rule = o->key_rule ? GSC_KEYS_BY_LOGIT : GSC_KEYS_BY_NEURON;
    ending *e = NULL;
    bool found;
    *state = NULL;
    if (!run_context->last.name)
        return 0;
    GSC_TRY(gsc_lazy_checkpoint_open(&run_context->last));
    GSC_TRY(find_frequencies(run_context->last.loaded, o, &found));
    if (!found)
        return 0;
    GSC_NEW(e, 1);
    e->last = run_context->last.loaded;
    e->order = gsc_spectrum_order(e->last, 0);
    e->n = e->last->pairs.n - (e->order == GSC_RESIDUE_ORDER_LOGARITHM);
    e->count = gsc_fourier_count(e->n);
    GSC_NEW(e->key, e->count);
    GSC_TRY(gsc_key_rule_find(rule, o->key_fve, e->last, e->order, NULL, e->key));
    e->chance = chance_of(e);
    if (e->chance > 0) {
        *state = e;
        e = NULL;
    }
out:
    free_ending(e);
    return status;
}

/* ---- Sums over the weights of a tensor, or of all ---- */

typedef struct sums {
    size_t count;
    double train, test, weights; /* squares */
    double train_weights, train_test;
    double keys, frequencies; /* power of the training gradient; 0: not known */
} sums;

typedef struct gradients {
    gsc_loss_gradient loss;
    const gsc_loaded_model *loaded;
    const ending *ending; /* NULL: not known */
    double value;         /* of the training loss */
    double *train, *test; /* [num_weights]; test may be NULL */
    gsc_depth *depths;    /* [num_tensors] */
} gradients;

static void
free_gradients(gradients *g)
{
    gsc_loss_gradient_close(&g->loss);
    free(g->train);
    free(g->test);
    free(g->depths);
}

static int
take_gradient(gradients *g, const gsc_split *split, gsc_threads *threads, double *value,
              double **gradient)
{
    int status = 0;
    const double *found;
    GSC_NEW(*gradient, g->loaded->num_weights);
    GSC_TRY(gsc_loss_gradient_run_on(&g->loss, g->loaded->weights, threads,
                                     split->indices, split->count, value, &found));
    memcpy(*gradient, found, g->loaded->num_weights * sizeof **gradient);
out:
    return status;
}

static int
init_gradients(gradients *g, const gsc_measure_request *request)
{
    int status = 0;
    double ignored;
    *g = (gradients){.loaded = request->loaded, .ending = request->state};
    if (g->ending)
        GSC_TRY(gsc_loaded_model_check_same(g->ending->last, g->loaded, request->name));
    GSC_TRY(gsc_loss_gradient_open(&g->loss, g->loaded));
    GSC_TRY(take_gradient(g, g->loss.split, request->threads, &g->value, &g->train));
    const gsc_split *test = gsc_dataset_split(&g->loaded->checkpoint.dataset, "test");
    if (test && test->count > 0)
        GSC_TRY(take_gradient(g, test, request->threads, &ignored, &g->test));
    GSC_NEW(g->depths, g->loaded->num_tensors);
    GSC_TRY(gsc_parameter_depths(&g->loaded->model, g->depths));
out:
    return status;
}

static int
add_power(const gradients *g, size_t tensor, sums *s)
{
    int status = 0;
    gsc_matrix rows = {0};
    double *power = NULL;
    if (!g->ending || !gsc_residue_rows_has(g->loaded, tensor))
        return 0;
    GSC_TRY(
        gsc_residue_rows_take(g->loaded, tensor, g->train, g->ending->order, &rows));
    GSC_NEW(power, g->ending->count);
    GSC_TRY(gsc_fourier_power(&rows, power));
    for (size_t k = 1; k < g->ending->count; k++) {
        s->frequencies += power[k];
        s->keys += g->ending->key[k] ? power[k] : 0;
    }
out:
    gsc_matrix_free(&rows);
    free(power);
    return status;
}

static int
add_tensor(const gradients *g, size_t tensor, sums *s)
{
    const gsc_tensor *t = &g->loaded->tensors[tensor];
    const double *w = t->data;
    size_t first = (size_t)(w - g->loaded->weights), n = gsc_shape_count(t->shape);
    for (size_t i = 0; i < n; i++) {
        double train = g->train[first + i], test = g->test ? g->test[first + i] : NAN;
        s->train += train * train;
        s->test += test * test;
        s->weights += w[i] * w[i];
        s->train_weights += train * w[i];
        s->train_test += train * test;
    }
    s->count += n;
    return add_power(g, tensor, s);
}

/* NaN where the divisor is 0. */
static double
ratio(double of, double to)
{
    return to > 0 ? of / to : (double)NAN;
}

static int
add_sums(const gradients *g, const sums *s, gsc_rows *rows)
{
    double train = sqrt(s->train), test = sqrt(s->test), weights = sqrt(s->weights);
    double keys = ratio(s->keys, s->frequencies);
    return GSC_ROWS_REALS(rows, train, train / sqrt((double)s->count), test, weights,
                          ratio(train, weights),
                          ratio(-s->train_weights, train * weights),
                          ratio(s->train_test, train * test), keys,
                          g->ending ? ratio(keys, g->ending->chance) : (double)NAN);
}

#define SUMS                                                                           \
    {"gradient_norm", GSC_CELL_REAL, false, "l2 of the gradient of the training loss", \
     false},                                                                           \
        {"gradient_rms", GSC_CELL_REAL, false,                                         \
         "the same for each weight: root of the mean square", false},                  \
        {"test_gradient_norm", GSC_CELL_REAL, false,                                   \
         "l2 of the gradient of the test loss; nan: no test examples", false},         \
        {"weight_norm", GSC_CELL_REAL, false, "l2 of the weights", false},             \
        {"ratio", GSC_CELL_REAL, false, "gradient_norm over weight_norm", false},      \
        {"cos_gradient_weights", GSC_CELL_REAL, false,                                 \
         "cosine of the training loss's negative gradient and the weights", false},    \
        {"cos_train_test", GSC_CELL_REAL, false,                                       \
         "cosine of the gradients of both losses: 1: what lowers one lowers the "      \
         "other",                                                                      \
         false},                                                                       \
        {"key_share", GSC_CELL_REAL, false,                                            \
         "share of the training gradient's power over the residues, but for its "      \
         "mean, "                                                                      \
         "at the key frequencies of the run's last checkpoint; nan: no residues, or "  \
         "no such frequency",                                                          \
         false},                                                                       \
    {                                                                                  \
        "key_ratio", GSC_CELL_REAL, false,                                             \
            "key_share over that of an even spectrum: 1 by chance", false              \
    }

/* ---- One row for each checkpoint ---- */

static const gsc_column checkpoint_columns[] = {
    {"train_loss", GSC_CELL_REAL, false, "loss of the training examples", false}, SUMS};

static int
fill_checkpoint(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    gradients g;
    sums all = {.count = 0};
    GSC_TRY(init_gradients(&g, request));
    for (size_t i = 0; i < g.loaded->num_tensors; i++)
        if (g.loaded->tensors[i].trained)
            GSC_TRY(add_tensor(&g, i, &all));
    GSC_TRY(gsc_rows_real(rows, g.value));
    GSC_TRY(add_sums(&g, &all, rows));
out:
    free_gradients(&g);
    return status;
}

/* ---- One row for each trained tensor ---- */

static const gsc_column tensor_columns[] = {
    {"tensor", GSC_CELL_TEXT, true, "its name", false},
    {"shortest_path", GSC_CELL_INTEGER, false,
     "smallest number of matrix products between where it enters and the loss; -1: the "
     "loss does not depend on it",
     false},
    {"longest_path", GSC_CELL_INTEGER, false, "largest number of them", false},
    SUMS};

static int
fill_tensors(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    gradients g;
    GSC_TRY(init_gradients(&g, request));
    for (size_t i = 0; i < g.loaded->num_tensors; i++) {
        const gsc_depth *d = &g.depths[i];
        sums one = {.count = 0};
        if (!g.loaded->tensors[i].trained)
            continue;
        GSC_TRY(add_tensor(&g, i, &one));
        GSC_TRY(gsc_rows_text(rows, g.loaded->tensors[i].name));
        GSC_TRY(gsc_rows_integer(rows, d->reaches ? (int64_t)d->shortest : -1));
        GSC_TRY(gsc_rows_integer(rows, d->reaches ? (int64_t)d->longest : -1));
        GSC_TRY(add_sums(&g, &one, rows));
    }
out:
    free_gradients(&g);
    return status;
}

const gsc_measure gsc_measure_gradients = {
    .name = "gradients",
    .purpose = "where the loss pulls: gradients by tensor, depth and key frequency",
    .examples =
        "  grokscope-gradients checkpoints/demo --step all\n"
        "      how large the gradient is, and how much of it is on the circuit\n"
        "  grokscope-gradients checkpoints/demo --long --step 0\n"
        "      each tensor's part, beside how far from the loss it stands\n",
    .needs = GSC_NEEDS_NETWORK,
    .options = &option_set,
    .num_tables = 2,
    .tables = {GSC_TABLE("checkpoint", checkpoint_columns, fill_checkpoint, NULL),
               GSC_TABLE("tensor", tensor_columns, fill_tensors, NULL)},
    .prepare = prepare,
    .release = free_ending};
