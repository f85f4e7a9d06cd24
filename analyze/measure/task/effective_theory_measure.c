/* The measure "effective_theory": what the training set of Liu et al.'s toy asks of a
 * representation, what the representation allows, and what is right. */
#include "grokscope/error.h"
#include "grokscope/measure.h"
#include "grokscope/memory.h"
#include "grokscope/rqi.h"

#include "analyze/maths/standardise.h"
#include "analyze/method/task/effective_theory.h"
#include "analyze/network/examples_right.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct options {
    int64_t equations, draws;
    double rate;
};

static const char *const equation_names[] = {"train", "all", NULL};

static const gsc_option option_rows[] = {
    GSC_ROW_CHOICE(struct options, equations, "train", equation_names,
                   "Equations of the effective loss: of the training set's "
                   "parallelograms, as in the paper, or of all, as in its program."),
    GSC_ROW_REAL(struct options, rate, "0", 0, 1e6,
                 "Rate of the descent on the effective loss; 0: the run's learning "
                 "rate of the embedding."),
    GSC_ROW_INTEGER(struct options, draws, "100", 1, 1e6,
                    "Training sets that are drawn for each size."),
};
static const gsc_measure_options option_set = {"effective theory", option_rows,
                                               sizeof option_rows / sizeof *option_rows,
                                               sizeof(struct options)};

/* ---- The toy in a file ---- */

static int
open_embedding(const gsc_loaded_model *loaded, gsc_matrix *embedding)
{
    int status = 0;
    const gsc_tensor *t = gsc_loaded_model_tensor(loaded, "embed.W_E");
    *embedding = (gsc_matrix){0};
    if (!t || t->shape.rank != 2)
        return gsc_fail(GSC_EARGUMENT, "no matrix embed.W_E, a row for each symbol");
    GSC_TRY(gsc_matrix_init(embedding, t->shape.dims[0], t->shape.dims[1]));
    memcpy(embedding->data, t->data,
           embedding->rows * embedding->cols * sizeof(double));
out:
    return status;
}

/* The pairs of the training set, [count, 2]. */
static int
training_pairs(const gsc_loaded_model *loaded, uint32_t **pairs, size_t *count)
{
    int status = 0;
    const gsc_dataset *dataset = &loaded->checkpoint.dataset;
    const gsc_field *tokens = gsc_dataset_find(dataset, GSC_TOKENS);
    const gsc_split *train = gsc_dataset_split(dataset, "train");
    if (!tokens || !tokens->data || gsc_shape_count(tokens->shape) != 2 || !train)
        return gsc_fail(GSC_EFORMAT, "no pairs of symbols, or no training set");
    GSC_NEW(*pairs, 2 * train->count);
    for (size_t i = 0; i < 2 * train->count; i++)
        (*pairs)[i] = (uint32_t)gsc_field_element(tokens, train->indices[i / 2], i % 2);
    *count = train->count;
out:
    return status;
}

/* ---- What a run shares ---- */

typedef struct theory {
    gsc_parallelograms set;
    gsc_equation_modes modes;
    gsc_matrix start; /* the standardised embedding of step 0; empty where it is not
                         known */
    double rate;
} theory;

static void
release(void *state)
{
    theory *t = state;
    if (!t)
        return;
    gsc_parallelograms_free(&t->set);
    gsc_equation_modes_free(&t->modes);
    gsc_matrix_free(&t->start);
    free(t);
}

static int
find_start(theory *t, const gsc_run_context *run_context)
{
    const gsc_loaded_model *first = run_context->first.loaded;
    if (run_context->alone || first->checkpoint.step != 0)
        return 0;
    int status = open_embedding(first, &t->start);
    if (status == 0)
        gsc_standardise(&t->start);
    return status;
}

static int
prepare(size_t table, const void *options, gsc_run_context *run_context, void **state)
{
    int status = 0;
    const struct options *o = options;
    theory *t = NULL;
    uint32_t *pairs = NULL;
    gsc_matrix embedding = {0};
    size_t count;
    (void)table;
    GSC_NEW(t, 1);
    GSC_TRY(gsc_lazy_checkpoint_open(&run_context->first));
    const gsc_loaded_model *first = run_context->first.loaded;
    GSC_TRY(open_embedding(first, &embedding));
    GSC_TRY(training_pairs(first, &pairs, &count));
    GSC_TRY(gsc_parallelograms_init(&t->set, embedding.rows, pairs, count));
    GSC_TRY(gsc_equation_modes_init(&t->modes, &t->set, o->equations == 1));
    GSC_TRY(find_start(t, run_context));
    t->rate = o->rate;
    if (o->rate == 0)
        GSC_TRY(gsc_optimizer_rate_of(&first->config.optimizer, first->model.graph,
                                      "embed.W_E", &t->rate));
    *state = t;
    t = NULL;
out:
    release(t);
    free(pairs);
    gsc_matrix_free(&embedding);
    return status;
}

/* The standardised representation that descent on the effective loss has at a step;
 * NaN where it is not known how the run began. */
static int
follow(const theory *t, int64_t step, size_t dims, gsc_matrix *e)
{
    int status = 0;
    if (t->start.rows > 0 && t->start.cols == dims) {
        GSC_TRY(gsc_matrix_copy(&t->start, e));
        GSC_TRY(gsc_effective_flow(&t->modes, t->rate, step, e));
        gsc_standardise(e);
    } else {
        GSC_TRY(gsc_matrix_init(e, t->set.p, dims));
        for (size_t i = 0; i < t->set.p * dims; i++)
            e->data[i] = NAN;
    }
out:
    return status;
}

/* ---- One row for each checkpoint ---- */

static const gsc_column checkpoint_columns[] = {
    {"parallelograms_shown", GSC_CELL_INTEGER, false,
     "parallelograms both of whose pairs are trained on", false},
    {"parallelograms_implied", GSC_CELL_INTEGER, false,
     "those and what follows from them linearly, of p (p - 1) (2 p - 1)", false},
    {"dof", GSC_CELL_INTEGER, false,
     "dimensions of the representations that satisfy what is shown, beside shift and "
     "scale; 0: only the regular row",
     false},
    {"slowest_rate", GSC_CELL_REAL, false,
     "third smallest eigenvalue of the equations that are shown: the rate of what "
     "becomes regular last",
     false},
    {"ideal_accuracy", GSC_CELL_REAL, false,
     "share of all pairs that are shown or share an implied parallelogram with one "
     "that is",
     false},
    {"rqi", GSC_CELL_REAL, false,
     "share of all parallelograms that are real in the representation", false},
    {"predicted_accuracy", GSC_CELL_REAL, false,
     "share of all pairs that are shown or share a real parallelogram with one that is",
     false},
    {"accuracy", GSC_CELL_REAL, false, "share of all pairs that are right", false},
    {"accuracy_gap", GSC_CELL_REAL, false, "accuracy less predicted_accuracy", false},
    {"effective_loss", GSC_CELL_REAL, false,
     "l0/Z0, the effective loss of the standardised representation", false},
    {"theory_loss", GSC_CELL_REAL, false,
     "the same where descent on it from the run's first step is at this step", false},
    {"theory_rqi", GSC_CELL_REAL, false, "share of parallelograms real there", false},
    {"theory_distance", GSC_CELL_REAL, false,
     "root mean square from there to the representation, in standard deviations",
     false},
    {"start_distance", GSC_CELL_REAL, false,
     "root mean square from the first step's representation to this one", false},
};

/* Root mean square of the difference; NaN where one is not known. */
static double
distance(const gsc_matrix *a, const gsc_matrix *b)
{
    double sum = 0;
    size_t count = a->rows * a->cols;
    if (a->rows != b->rows || a->cols != b->cols)
        return NAN;
    for (size_t i = 0; i < count; i++)
        sum += (a->data[i] - b->data[i]) * (a->data[i] - b->data[i]);
    return sqrt(sum / (double)count);
}

static int
real_accuracy(const gsc_measure_request *request, double *accuracy)
{
    int status = 0;
    size_t count = request->loaded->checkpoint.dataset.num_examples, right;
    uint32_t *all = NULL;
    GSC_NEW(all, count);
    for (uint32_t i = 0; i < count; i++)
        all[i] = i;
    GSC_TRY(gsc_examples_right(request->loaded, request->threads, all, count, &right));
    *accuracy = (double)right / (double)count;
out:
    free(all);
    return status;
}

static int
predicted_accuracy(const gsc_loaded_model *loaded, const gsc_matrix *embedding,
                   double *accuracy)
{
    int status = 0;
    uint32_t *pairs = NULL;
    size_t count;
    GSC_TRY(training_pairs(loaded, &pairs, &count));
    GSC_TRY(gsc_rqi_liu_accuracy(embedding, GSC_RQI_THRESHOLD, pairs, count, accuracy));
out:
    free(pairs);
    return status;
}

/* The cells of the training set. */
static int
add_set(gsc_rows *rows, const gsc_parallelograms *set)
{
    int status = 0;
    GSC_TRY(gsc_rows_integer(rows, (int64_t)set->num_shown));
    GSC_TRY(gsc_rows_integer(rows, (int64_t)set->num_implied));
    GSC_TRY(gsc_rows_integer(rows, (int64_t)set->dof));
    GSC_TRY(gsc_rows_real(rows, set->slowest));
    GSC_TRY(gsc_rows_real(rows, set->ideal_accuracy));
out:
    return status;
}

static int
fill_checkpoint(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    const theory *t = request->state;
    gsc_matrix x = {0}, e = {0};
    gsc_rqi_count real, ideal;
    double predicted, accuracy;
    GSC_TRY(open_embedding(request->loaded, &x));
    GSC_TRY(gsc_rqi_liu(&x, GSC_RQI_THRESHOLD, &real));
    GSC_TRY(predicted_accuracy(request->loaded, &x, &predicted));
    GSC_TRY(real_accuracy(request, &accuracy));
    GSC_TRY(follow(t, request->loaded->checkpoint.step, x.cols, &e));
    GSC_TRY(gsc_rqi_liu(&e, GSC_RQI_THRESHOLD, &ideal));
    gsc_standardise(&x);
    bool known = t->start.rows > 0;
    GSC_TRY(add_set(rows, &t->set));
    GSC_TRY(GSC_ROWS_REALS(
        rows, real.index, predicted, accuracy, accuracy - predicted,
        gsc_effective_loss(&t->modes, &x), gsc_effective_loss(&t->modes, &e),
        known ? ideal.index : (double)NAN, distance(&x, &e), distance(&x, &t->start)));
out:
    gsc_matrix_free(&x);
    gsc_matrix_free(&e);
    return status;
}

/* ---- One row for each symbol ---- */

static const gsc_column symbol_columns[] = {
    {"symbol", GSC_CELL_INTEGER, true, "0 … p - 1", false},
    {"dimension", GSC_CELL_INTEGER, true, "of the representation, from 0", false},
    {"start", GSC_CELL_REAL, false, "its place at the run's first step", false},
    {"place", GSC_CELL_REAL, false,
     "its place, in standard deviations from the symbols' mean", false},
    {"theory_place", GSC_CELL_REAL, false,
     "where descent on the effective loss has it at this step", false},
};

static int
fill_symbols(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    const theory *t = request->state;
    gsc_matrix x = {0}, e = {0};
    GSC_TRY(open_embedding(request->loaded, &x));
    GSC_TRY(follow(t, request->loaded->checkpoint.step, x.cols, &e));
    gsc_standardise(&x);
    bool known = t->start.rows == x.rows && t->start.cols == x.cols;
    for (size_t i = 0; i < x.rows * x.cols; i++) {
        GSC_TRY(gsc_rows_integer(rows, (int64_t)(i / x.cols)));
        GSC_TRY(gsc_rows_integer(rows, (int64_t)(i % x.cols)));
        GSC_TRY(GSC_ROWS_REALS(rows, known ? t->start.data[i] : (double)NAN, x.data[i],
                               e.data[i]));
    }
out:
    gsc_matrix_free(&x);
    gsc_matrix_free(&e);
    return status;
}

/* ---- One row for each size of a training set ---- */

enum { MOST_SIZES = 64 };

static const gsc_column size_columns[] = {
    {"size", GSC_CELL_INTEGER, true,
     "pairs in the training set: each number of them, or 64 numbers evenly spaced",
     false},
    {"fraction", GSC_CELL_REAL, false, "the same as a share of all pairs", false},
    {"regular_share", GSC_CELL_REAL, false,
     "share of random training sets of this size whose dof is 0", false},
    {"mean_ideal_accuracy", GSC_CELL_REAL, false, "their mean ideal accuracy", false},
    {"mean_slowest_rate", GSC_CELL_REAL, false, "their mean slowest rate", false},
};

static int
fill_sizes(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    const theory *t = request->state;
    const struct options *o = request->options;
    size_t p = t->set.p, all = p * (p + 1) / 2;
    size_t count = all < MOST_SIZES ? all : MOST_SIZES;
    for (size_t k = 1; k <= count; k++) {
        size_t size = k * all / count;
        gsc_training_size found;
        GSC_TRY(gsc_training_size_draw(p, size, (size_t)o->draws, 0, &found));
        GSC_TRY(gsc_rows_integer(rows, (int64_t)size));
        GSC_TRY(GSC_ROWS_REALS(rows, (double)size / (double)all, found.regular,
                               found.ideal_accuracy, found.slowest));
    }
out:
    return status;
}

const gsc_measure gsc_measure_effective_theory = {
    .name = "effective_theory",
    .purpose = "what a toy's training set asks of its representation",
    .examples =
        "  grokscope-effective-theory checkpoints/liu-toy --step all\n"
        "      predicted and real accuracy, and the theory's path, step by step\n"
        "  grokscope-effective-theory checkpoints/liu-toy --long\n"
        "      where each symbol is, and where theory has it\n"
        "  grokscope-effective-theory checkpoints/liu-toy --long=size\n"
        "      how many pairs a training set needs to ask for a regular row\n",
    .needs = GSC_NEEDS_SYMBOL_SUM,
    .options = &option_set,
    .num_tables = 3,
    .tables = {GSC_TABLE("checkpoint", checkpoint_columns, fill_checkpoint, NULL),
               GSC_TABLE("symbol", symbol_columns, fill_symbols, NULL),
               GSC_TABLE("size", size_columns, fill_sizes, NULL)},
    .prepare = prepare,
    .release = release,
};
