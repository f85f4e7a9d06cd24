/* The measure "norms": how large the trained weights of a checkpoint are, of what
 * shape, and how far they have come. */
#include "grokscope/error.h"
#include "grokscope/matrix_metrics.h"
#include "grokscope/measure.h"
#include "grokscope/memory.h"

#include "analyze/method/phases.h"
#include "train/numeric/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- What a run shares: the weights it began with ---- */

/* NULL where it is not known: the only file of a run tells it if that is step 0. */
static const gsc_loaded_model *
beginning(const gsc_run_context *run_context)
{
    const gsc_loaded_model *first = run_context->first.loaded;
    bool only = run_context->last.name &&
                strcmp(run_context->first.name, run_context->last.name) == 0;
    return run_context->alone || (only && first->checkpoint.step != 0) ? NULL : first;
}

/* Both ends where this checkpoint's path comes from; NULL where there is none. */
typedef struct origins {
    const gsc_loaded_model *init, *before;
} origins;

static int
open_origins(const gsc_measure_request *request, origins *o)
{
    int status = 0;
    *o = (origins){.init = beginning(request->run_context)};
    if (o->init)
        GSC_TRY(gsc_loaded_model_check_same(request->loaded, o->init,
                                            request->run_context->first.name));
    if (!request->before)
        return 0;
    GSC_TRY(gsc_lazy_checkpoint_open(request->before));
    o->before = request->before->loaded;
    GSC_TRY(
        gsc_loaded_model_check_same(request->loaded, o->before, request->before->name));
out:
    return status;
}

/* ---- Stretches of the path ---- */

/* `count` numbers at `offset` of a tensor: all of it, or a head. */
typedef struct part {
    size_t tensor, offset, count;
} part;

static const double *
data_of(const gsc_loaded_model *loaded, const part *p)
{
    return (const double *)loaded->tensors[p->tensor].data + p->offset;
}

static void
add_part(gsc_weight_sums *sums, const gsc_loaded_model *from,
         const gsc_loaded_model *to, const part *p)
{
    if (from)
        gsc_matrix_metrics_add(sums, data_of(from, p), data_of(to, p), p->count);
}

/* What stands in a row of a stretch that is not known. */
static gsc_weight_step
step_of(const gsc_loaded_model *from, const gsc_weight_sums *sums)
{
    const double none = (double)NAN;
    return from ? gsc_matrix_metrics_step(sums) : (gsc_weight_step){none, none, none};
}

/* ---- One row for each checkpoint ---- */

static const gsc_column checkpoint_columns[] = {
    {"parameters", GSC_CELL_INTEGER, false, "number of trained parameters", false},
    {"l1", GSC_CELL_REAL, false, "sum of their absolute values", false},
    {"l2", GSC_CELL_REAL, false, "root of the sum of their squares", false},
    {"max", GSC_CELL_REAL, false, "the largest absolute value", false},
    {"sum_of_squares", GSC_CELL_REAL, false, "what weight decay shrinks", false},
    {"rms", GSC_CELL_REAL, false, "root of the mean square", false},
    {"gini", GSC_CELL_REAL, false,
     "Gini coefficient of the absolute values: 0 all alike, 1 one has all", false},
    {"distance_from_init", GSC_CELL_REAL, false,
     "l2 of the difference from the run's first step", false},
    {"overlap_with_init", GSC_CELL_REAL, false, "cosine with the run's first step",
     false},
    {"distance_from_before", GSC_CELL_REAL, false,
     "l2 of the difference from the row above", false},
    {"cosine_of_step", GSC_CELL_REAL, false,
     "cosine of that difference with the row above: below 0, weights shrink", false},
    {"phase", GSC_CELL_TEXT, false,
     "growth: to the largest l2 of all rows; decay: to within 5 % of the last one; "
     "then settled",
     true},
};

/* All trained numbers one after the other; the caller frees them. */
static int
gather_weights(const gsc_loaded_model *loaded, double **weights, size_t *count)
{
    int status = 0;
    *count = 0;
    GSC_NEW(*weights, loaded->num_weights);
    for (size_t i = 0; i < loaded->num_tensors; i++) {
        const gsc_tensor *t = &loaded->tensors[i];
        size_t n = t->trained ? gsc_shape_count(t->shape) : 0;
        if (n > 0)
            memcpy(*weights + *count, t->data, n * sizeof **weights);
        *count += n;
    }
out:
    return status;
}

/* Absolute values in their order, in the numbers' own place. */
static int
sort_sizes(double *x, size_t n, double **work)
{
    int status = 0;
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(x[i]))
            return gsc_fail(GSC_ENUMERIC,
                            "Gini coefficient: number %zu is %g, not finite", i, x[i]);
        x[i] = fabs(x[i]);
    }
    GSC_NEW(*work, n);
    gsc_stats_sort(x, n, *work);
out:
    return status;
}

static int
add_size(const gsc_loaded_model *loaded, gsc_rows *rows)
{
    int status = 0;
    size_t n = 0;
    double *x = NULL, *work = NULL, l1 = 0, squares = 0, most = 0, gini = 0;
    GSC_TRY(gather_weights(loaded, &x, &n));
    for (size_t i = 0; i < n; i++) {
        l1 += fabs(x[i]);
        squares += x[i] * x[i];
        most = fmax(most, fabs(x[i]));
    }
    GSC_TRY(sort_sizes(x, n, &work));
    gini = gsc_stats_gini_sorted(x, n);
    GSC_TRY(gsc_rows_integer(rows, (int64_t)n));
    GSC_TRY(gsc_rows_real(rows, l1));
    GSC_TRY(gsc_rows_real(rows, sqrt(squares)));
    GSC_TRY(gsc_rows_real(rows, most));
    GSC_TRY(gsc_rows_real(rows, squares));
    GSC_TRY(gsc_rows_real(rows, n > 0 ? sqrt(squares / (double)n) : 0));
    GSC_TRY(gsc_rows_real(rows, gini));
out:
    free(x);
    free(work);
    return status;
}

static int
fill_checkpoint(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    const gsc_loaded_model *loaded = request->loaded;
    origins o = {.init = NULL};
    gsc_weight_sums from_init = {0}, from_before = {0};
    GSC_TRY(open_origins(request, &o));
    GSC_TRY(add_size(loaded, rows));
    for (size_t i = 0; i < loaded->num_tensors; i++) {
        part all = {i, 0, gsc_shape_count(loaded->tensors[i].shape)};
        if (!loaded->tensors[i].trained)
            continue;
        add_part(&from_init, o.init, loaded, &all);
        add_part(&from_before, o.before, loaded, &all);
    }
    gsc_weight_step init = step_of(o.init, &from_init);
    gsc_weight_step before = step_of(o.before, &from_before);
    GSC_TRY(gsc_rows_real(rows, init.distance));
    GSC_TRY(gsc_rows_real(rows, init.overlap));
    GSC_TRY(gsc_rows_real(rows, before.distance));
    GSC_TRY(gsc_rows_real(rows, before.cosine));
    GSC_TRY(gsc_rows_text(rows, ""));
out:
    return status;
}

/* A row ends the stretch from the row above, so it is that stretch which has a phase;
 * a single row has none. */
static const char *
phase_of(const gsc_norm_phases *phases, int64_t first, int64_t step)
{
    if (step <= phases->peak && phases->peak > first)
        return "growth";
    return step <= phases->settled ? "decay" : "settled";
}

static int
conclude(gsc_rows *rows, const int64_t *steps)
{
    int status = 0;
    size_t count = gsc_rows_count(rows), l2 = gsc_rows_column(rows, "l2");
    double *norm = NULL;
    gsc_norm_phases phases;
    GSC_NEW(norm, count);
    for (size_t i = 0; i < count; i++)
        norm[i] = gsc_rows_cell(rows, i, l2)->real;
    gsc_phases_of_norm(steps, norm, count, GSC_NORM_BAND, &phases);
    for (size_t i = 0; count > 1 && i < count; i++)
        GSC_TRY(gsc_rows_replace_text(rows, i, gsc_rows_column(rows, "phase"),
                                      phase_of(&phases, steps[0], steps[i])));
out:
    free(norm);
    return status;
}

/* ---- One row for each tensor, or a head of it ---- */

static const gsc_column tensor_columns[] = {
    {"tensor", GSC_CELL_TEXT, true, "its name", false},
    {"head", GSC_CELL_INTEGER, true,
     "head of attention, whose matrix this is; -1: of no head", false},
    {"l1", GSC_CELL_REAL, false, "sum of absolute values", false},
    {"l2", GSC_CELL_REAL, false, "Frobenius norm", false},
    {"max", GSC_CELL_REAL, false, "the largest absolute value", false},
    {"sum_of_squares", GSC_CELL_REAL, false, "what weight decay shrinks", false},
    {"share", GSC_CELL_REAL, false,
     "share of the sum of squares of all trained tensors", false},
    {"rms", GSC_CELL_REAL, false, "root of the mean square", false},
    {"gini", GSC_CELL_REAL, false,
     "Gini coefficient of the absolute values: 0 all alike, 1 one has all", false},
    {"spectral_norm", GSC_CELL_REAL, false,
     "largest singular value s_1; of a vector this and the next ones are nan", false},
    {"nuclear_norm", GSC_CELL_REAL, false, "sum of the singular values", false},
    {"stable_rank", GSC_CELL_REAL, false, "sum s^2 / s_1^2", false},
    {"erank_s", GSC_CELL_REAL, false, "effective rank exp H(s / sum s)", false},
    {"erank_s2", GSC_CELL_REAL, false, "effective rank exp H(s^2 / sum s^2)", false},
    {"participation_ratio", GSC_CELL_REAL, false, "(sum s^2)^2 / sum s^4", false},
    {"spectral_entropy", GSC_CELL_REAL, false,
     "H(s^2 / sum s^2) / ln rank: 1 isotropic, 0 of rank one", false},
    {"distance_from_init", GSC_CELL_REAL, false,
     "l2 of the difference from the run's first step", false},
    {"overlap_with_init", GSC_CELL_REAL, false, "cosine with the run's first step",
     false},
    {"distance_from_before", GSC_CELL_REAL, false,
     "l2 of the difference from the step that was asked for before", false},
    {"cosine_of_step", GSC_CELL_REAL, false,
     "cosine of that difference with those weights", false},
};

static int
add_metrics(gsc_rows *rows, const gsc_matrix *a, double total)
{
    int status = 0;
    gsc_matrix_metrics m;
    GSC_TRY(gsc_matrix_metrics_of(a, &m));
    double squares = m.l2 * m.l2, n = (double)(a->rows * a->cols);
    const double sizes[] = {
        m.l1,  m.l2, m.max, squares, total > 0 ? squares / total : 0, sqrt(squares / n),
        m.gini};
    const double shapes[] = {m.spectral_norm,   m.nuclear_norm, m.stable_rank,
                             m.erank_s,         m.erank_s2,     m.participation_ratio,
                             m.spectral_entropy};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        GSC_TRY(gsc_rows_real(rows, sizes[i]));
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
        GSC_TRY(gsc_rows_real(rows, a->rows > 1 ? shapes[i] : (double)NAN));
out:
    return status;
}

/* A tensor as matrices, as it is used: the last two axes, one a head where there are
 * more. The heads' biases [n_heads, d_head] are a matrix. */
typedef struct stack {
    size_t heads, rows, cols;
} stack;

static stack
stack_of(gsc_shape shape)
{
    stack s = {1, 1, shape.rank > 0 ? shape.dims[shape.rank - 1] : 1};
    if (shape.rank > 1)
        s.rows = shape.dims[shape.rank - 2];
    for (size_t i = 0; i + 2 < shape.rank; i++)
        s.heads *= shape.dims[i];
    return s;
}

static int
add_matrix(gsc_rows *rows, const gsc_loaded_model *loaded, const origins *o,
           const part *p, const gsc_matrix *a, double total)
{
    int status = 0;
    gsc_weight_sums from_init = {0}, from_before = {0};
    add_part(&from_init, o->init, loaded, p);
    add_part(&from_before, o->before, loaded, p);
    gsc_weight_step init = step_of(o->init, &from_init);
    gsc_weight_step before = step_of(o->before, &from_before);
    GSC_TRY(add_metrics(rows, a, total));
    GSC_TRY(gsc_rows_real(rows, init.distance));
    GSC_TRY(gsc_rows_real(rows, init.overlap));
    GSC_TRY(gsc_rows_real(rows, before.distance));
    GSC_TRY(gsc_rows_real(rows, before.cosine));
out:
    return status;
}

static int
add_tensor(gsc_rows *rows, const gsc_loaded_model *loaded, const origins *o,
           size_t index, double total)
{
    int status = 0;
    const gsc_tensor *t = &loaded->tensors[index];
    stack s = stack_of(t->shape);
    size_t size = s.rows * s.cols;
    for (size_t head = 0; size > 0 && head < s.heads; head++) {
        part p = {index, head * size, size};
        gsc_matrix a = {s.rows, s.cols, (double *)t->data + p.offset};
        GSC_TRY(gsc_rows_text(rows, t->name));
        GSC_TRY(gsc_rows_integer(rows, t->shape.rank > 2 ? (int64_t)head : -1));
        GSC_TRY(add_matrix(rows, loaded, o, &p, &a, total));
    }
out:
    return status;
}

static int
fill_tensors(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    const gsc_loaded_model *loaded = request->loaded;
    origins o = {.init = NULL};
    double total = 0;
    GSC_TRY(open_origins(request, &o));
    for (size_t i = 0; i < loaded->num_tensors; i++) {
        const double *x = loaded->tensors[i].data;
        size_t n = gsc_shape_count(loaded->tensors[i].shape);
        for (size_t k = 0; loaded->tensors[i].trained && k < n; k++)
            total += x[k] * x[k];
    }
    for (size_t i = 0; i < loaded->num_tensors; i++)
        if (loaded->tensors[i].trained)
            GSC_TRY(add_tensor(rows, loaded, &o, i, total));
out:
    return status;
}

const gsc_measure gsc_measure_norms = {
    .name = "norms",
    .purpose = "how large the weights are, of what rank, how far they have come",
    .examples = "  grokscope-norms checkpoints/demo --step all\n"
                "      how the weights grew and shrank: one row for each step\n"
                "  grokscope-norms checkpoints/demo --long --control init\n"
                "      every matrix and its rank, beside what it began with\n",
    .needs = GSC_NEEDS_WEIGHTS,
    .looks_back = true,
    .num_tables = 2,
    .tables = {GSC_TABLE("checkpoint", checkpoint_columns, fill_checkpoint, conclude),
               GSC_TABLE("tensor", tensor_columns, fill_tensors, NULL)},
    .prepare = gsc_measure_prepare_first,
};
