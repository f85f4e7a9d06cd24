/* The measure "ntk": the tangent kernel of a checkpoint, whether the targets lie along
 * its large eigenvectors, and how far it has moved.
 *
 * A network whose kernel stays that of its first weights is lazy: it does kernel
 * regression with fixed features. Where the kernel turns towards the targets, features
 * are learned (Kumar et al., arXiv 2310.06110). */
#include "grokscope/error.h"
#include "grokscope/measure.h"
#include "grokscope/memory.h"

#include "analyze/method/tangent_kernel.h"
#include "analyze/network/loss/jacobian.h"

#include <math.h>
#include <stdlib.h>

struct options {
    int64_t kernel, split, examples, example_seed;
    double ridge;
};

static const char *const kernel_names[] = {"exact", "pseudo", NULL};

static const gsc_option option_rows[] = {
    GSC_ROW_CHOICE(
        struct options, kernel, "exact", kernel_names,
        "Kernel: summed over all outputs, or that of the outputs' sum, which "
        "costs one output's gradients."),
    GSC_ROW_CHOICE(struct options, split, "test", gsc_examples_of_names,
                   "Examples between which the kernel is computed."),
    GSC_ROW_INTEGER(struct options, examples, "50", 2, 8192,
                    "Most of them that are drawn."),
    GSC_ROW_INTEGER(struct options, example_seed, "0", 0, 0x1p53,
                    "Seed by which they are drawn."),
    GSC_ROW_REAL(struct options, ridge, "1e-6", 0, 1,
                 "Added to each eigenvalue before the difficulty divides by it, as a "
                 "share of the largest."),
};
static const gsc_measure_options option_set = {"tangent kernel", option_rows,
                                               sizeof option_rows / sizeof *option_rows,
                                               sizeof(struct options)};

static int
compute(const gsc_loaded_model *loaded, const struct options *o, gsc_threads *threads,
        gsc_matrix *kernel, gsc_matrix *targets)
{
    int status = 0;
    gsc_jacobian jacobian = {.loaded = NULL};
    *kernel = (gsc_matrix){0};
    GSC_TRY(gsc_jacobian_open(&jacobian, loaded, (gsc_examples_of)o->split,
                              (size_t)o->examples, (uint64_t)o->example_seed));
    if (targets)
        GSC_TRY(gsc_jacobian_targets(&jacobian, targets));
    GSC_TRY(gsc_jacobian_go_to(&jacobian, loaded->weights, threads));
    GSC_TRY(gsc_tangent_kernel(&jacobian, o->kernel == 1, kernel));
out:
    gsc_jacobian_close(&jacobian);
    return status;
}

/* ---- What a run shares: its first kernel ---- */

static void
release(void *state)
{
    gsc_matrix *first = state;
    if (!first)
        return;
    gsc_matrix_free(first);
    free(first);
}

static int
prepare(size_t table, const void *options, gsc_run_context *run_context, void **state)
{
    int status = 0;
    gsc_matrix *first = NULL;
    *state = NULL;
    if (table != 0 || run_context->alone)
        return 0;
    GSC_TRY(gsc_lazy_checkpoint_open(&run_context->first));
    GSC_NEW(first, 1);
    GSC_TRY(compute(run_context->first.loaded, options, NULL, first, NULL));
    *state = first;
    first = NULL;
out:
    release(first);
    return status;
}

static double
distance(const gsc_matrix *first, const gsc_matrix *kernel)
{
    return first && first->rows == kernel->rows ? gsc_kernel_distance(first, kernel)
                                                : (double)NAN;
}

/* ---- One row for each checkpoint ---- */

static const gsc_column checkpoint_columns[] = {
    {"examples", GSC_CELL_INTEGER, false, "number of examples of the kernel", false},
    {"outputs", GSC_CELL_INTEGER, false, "number of outputs of an example", false},
    {"alignment", GSC_CELL_REAL, false,
     "y' K y / (|K| |y|^2), y the targets: one-hot vectors less their mean, or numbers",
     false},
    {"difficulty", GSC_CELL_REAL, false, "y' (K + ridge)^-1 y", false},
    {"ridge", GSC_CELL_REAL, false, "what the ridge adds to each eigenvalue", false},
    {"distance_from_init", GSC_CELL_REAL, false,
     "1 less the cosine of K and the kernel of the run's first step", false},
    {"trace", GSC_CELL_REAL, false, "sum of the eigenvalues of K", false},
    {"eigenvalue_1", GSC_CELL_REAL, false, "the largest eigenvalue", false},
    {"eigenvalue_2", GSC_CELL_REAL, false, "the second largest", false},
    {"eigenvalue_3", GSC_CELL_REAL, false, "the third largest", false},
    {"effective_rank", GSC_CELL_REAL, false,
     "exp of the entropy of the eigenvalues as shares of their sum", false},
};

static int
add_summary(const gsc_kernel_summary *s, double moved, gsc_rows *rows)
{
    int status = 0;
    double values[3] = {NAN, NAN, NAN};
    for (size_t i = 0; i < 3 && i < s->count; i++)
        values[i] = s->values[i];
    GSC_TRY(GSC_ROWS_REALS(rows, s->alignment, s->difficulty, s->ridge, moved, s->trace,
                           values[0], values[1], values[2], s->effective_rank));
out:
    return status;
}

static int
fill_checkpoint(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    const struct options *o = request->options;
    gsc_matrix kernel = {0}, targets = {0};
    gsc_kernel_summary summary = {.count = 0};
    GSC_TRY(compute(request->loaded, o, request->threads, &kernel, &targets));
    GSC_TRY(gsc_kernel_summary_init(&summary, &kernel, &targets, o->ridge));
    GSC_TRY(gsc_rows_integer(rows, (int64_t)targets.rows));
    GSC_TRY(gsc_rows_integer(rows, (int64_t)targets.cols));
    GSC_TRY(add_summary(&summary, distance(request->state, &kernel), rows));
out:
    gsc_kernel_summary_free(&summary);
    gsc_matrix_free(&kernel);
    gsc_matrix_free(&targets);
    return status;
}

/* ---- One row for each eigenvalue ---- */

static const gsc_column eigenvalue_columns[] = {
    {"number", GSC_CELL_INTEGER, true, "its number, from 0, the largest first", false},
    {"eigenvalue", GSC_CELL_REAL, false, "of the kernel K", false},
    {"target_share", GSC_CELL_REAL, false,
     "share of |y|^2 that lies along its eigenvector", false},
    {"target_share_to_here", GSC_CELL_REAL, false,
     "the same of all eigenvectors up to this one", false},
};

static int
fill_eigenvalues(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    const struct options *o = request->options;
    gsc_matrix kernel = {0}, targets = {0};
    gsc_kernel_summary s = {.count = 0};
    double sum = 0;
    GSC_TRY(compute(request->loaded, o, request->threads, &kernel, &targets));
    GSC_TRY(gsc_kernel_summary_init(&s, &kernel, &targets, o->ridge));
    for (size_t k = 0; k < s.count; k++) {
        sum += s.shares[k];
        GSC_TRY(gsc_rows_integer(rows, (int64_t)k));
        GSC_TRY(GSC_ROWS_REALS(rows, s.values[k], s.shares[k], sum));
    }
out:
    gsc_kernel_summary_free(&s);
    gsc_matrix_free(&kernel);
    gsc_matrix_free(&targets);
    return status;
}

const gsc_measure gsc_measure_ntk = {
    .name = "ntk",
    .purpose = "whether the network is lazy: its tangent kernel and the targets",
    .examples = "  grokscope-ntk checkpoints/demo --step 0:3000:500\n"
                "      how far the kernel has moved, and whether to the targets\n"
                "  grokscope-ntk checkpoints/demo --kernel pseudo --examples 500\n"
                "      the kernel of the outputs' sum: one gradient an example\n"
                "  grokscope-ntk checkpoints/demo --long\n"
                "      eigenvalues, and the share of the targets along each\n",
    .needs = GSC_NEEDS_NETWORK,
    .options = &option_set,
    .num_tables = 2,
    .tables = {GSC_TABLE("checkpoint", checkpoint_columns, fill_checkpoint, NULL),
               GSC_TABLE("eigenvalue", eigenvalue_columns, fill_eigenvalues, NULL)},
    .prepare = prepare,
    .release = release};
