/* The measure "parity": what moves in a network of bits before its accuracy does (Barak
 * et al., arXiv 2207.08799, appendix C.3). */
#include "grokscope/error.h"
#include "grokscope/measure.h"
#include "grokscope/memory.h"

#include "analyze/method/task/walsh.h"
#include "analyze/network/signs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct options {
    int64_t exact_bits;
};

static const gsc_option option_rows[] = {
    GSC_ROW_INTEGER(struct options, exact_bits, "16", 0, GSC_MOST_SIGNS,
                    "Largest number of bits of which all inputs are asked for Fourier "
                    "coefficients; of more bits, 16384 random ones."),
};
static const gsc_measure_options option_set = {"parity", option_rows,
                                               sizeof option_rows / sizeof *option_rows,
                                               sizeof(struct options)};

/* ---- Weights, bit by bit ---- */

/* Of the first layer's weights of one bit; NaN where the network has no such layer, the
 * movement also where it is not known how the run began. */
typedef struct bit_weights {
    double mean, max, move; /* |w|, and the largest |w - w_0| */
} bit_weights;

/* NULL where it is not known: the only file of a run tells it if that is step 0. */
static const gsc_tensor *
first_layer(const gsc_run_context *run_context, size_t n)
{
    const gsc_loaded_model *first = run_context->first.loaded;
    return run_context->alone || first->checkpoint.step != 0
               ? NULL
               : gsc_signs_layer(first, n);
}

static int
measure_weights(const gsc_measure_request *request, size_t n, bit_weights **bits)
{
    int status = 0;
    const gsc_tensor *W = gsc_signs_layer(request->loaded, n);
    const gsc_tensor *first = first_layer(request->run_context, n);
    const double none = (double)NAN;
    GSC_NEW(*bits, n);
    for (size_t i = 0; i < n; i++) {
        bit_weights *b = &(*bits)[i];
        *b = (bit_weights){none, none, none};
        if (!W)
            continue;
        size_t width = W->shape.dims[1];
        bool moves = first && first->shape.dims[1] == width;
        const double *w = (const double *)W->data + i * width;
        const double *w_0 = moves ? (const double *)first->data + i * width : NULL;
        *b = (bit_weights){0, 0, w_0 ? 0 : none};
        for (size_t j = 0; j < width; j++) {
            b->mean += fabs(w[j]) / (double)width;
            b->max = fmax(b->max, fabs(w[j]));
            if (w_0)
                b->move = fmax(b->move, fabs(w[j] - w_0[j]));
        }
    }
out:
    return status;
}

/* ---- Fourier coefficients ---- */

/* Of the network's score f and of its neurons' slopes g_j = sigma'(w_j x + b_j). */
typedef struct fourier {
    double relevant; /* f^(S) */
    double other;    /* the largest |f^(T)|, T not S; NaN of a sample */
    double gap;      /* the mean of the neurons' Fourier gaps */
    double *signal;  /* [n]: the mean over neurons of |g_j^| at S without a bit, or and
                        it */
} fourier;

static double
mean_product(const double *a, const double *b, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += a[i] * b[i];
    return sum / (double)count;
}

static size_t
set_of(const gsc_signs *s)
{
    size_t set = 0;
    for (size_t j = 0; j < s->k; j++)
        set |= (size_t)1 << s->relevant[j];
    return set;
}

/* The coefficients of f; score becomes them where all inputs are asked. */
static void
transform_score(const gsc_signs *s, double *score, fourier *f)
{
    f->relevant = mean_product(score, s->parity, s->num_inputs);
    f->other = (double)NAN;
    if (!s->all)
        return;
    gsc_walsh_transform(score, s->n);
    f->other = 0;
    for (size_t T = 0; T < s->num_inputs; T++)
        if (T != set_of(s))
            f->other = fmax(f->other, fabs(score[T]));
}

/* toggled[i] = g^(S without i), or g^(S and i); slope becomes the coefficients. */
static void
transform_slope(const gsc_signs *s, double *slope, double *toggled)
{
    gsc_walsh_transform(slope, s->n);
    for (size_t i = 0; i < s->n; i++)
        toggled[i] = slope[set_of(s) ^ (size_t)1 << i];
}

/* Over all neurons of the first layer. Of a sample there is nothing to be said: the
 * largest of so many small coefficients would be that of the noise. */
static int
transform_neurons(const gsc_signs *s, const gsc_loaded_model *loaded, double *slope,
                  fourier *f)
{
    int status = 0;
    const gsc_tensor *W = gsc_signs_layer(loaded, s->n);
    size_t width = W && s->all ? W->shape.dims[1] : 0;
    double *toggled = NULL;
    GSC_NEW(toggled, s->n);
    GSC_NEW(f->signal, s->n);
    f->gap = width > 0 ? 0 : (double)NAN;
    for (size_t i = 0; width == 0 && i < s->n; i++)
        f->signal[i] = (double)NAN;
    for (size_t j = 0; j < width; j++) {
        gsc_signs_slope(s, loaded, j, slope);
        transform_slope(s, slope, toggled);
        f->gap += gsc_walsh_fourier_gap(toggled, s->n, s->in_set) / (double)width;
        for (size_t i = 0; i < s->n; i++)
            f->signal[i] += fabs(toggled[i]) / (double)width;
    }
out:
    free(toggled);
    return status;
}

static int
measure_fourier(const gsc_measure_request *request, const gsc_signs *s, fourier *f)
{
    int status = 0;
    double *values = NULL;
    *f = (fourier){.signal = NULL};
    GSC_NEW(values, s->num_inputs);
    GSC_TRY(gsc_signs_score(s, request->loaded, request->threads, values));
    transform_score(s, values, f);
    GSC_TRY(transform_neurons(s, request->loaded, values, f));
out:
    free(values);
    return status;
}

/* ---- What both tables begin with ---- */

typedef struct findings {
    gsc_signs signs;
    bit_weights *bits;
    fourier fourier;
} findings;

static void
free_findings(findings *found)
{
    gsc_signs_free(&found->signs);
    free(found->bits);
    free(found->fourier.signal);
}

static int
find(const gsc_measure_request *request, findings *found)
{
    int status = 0;
    const struct options *o = request->options;
    *found = (findings){.bits = NULL};
    GSC_TRY(gsc_signs_init(&found->signs, request->loaded, (size_t)o->exact_bits));
    GSC_TRY(measure_weights(request, found->signs.n, &found->bits));
    GSC_TRY(measure_fourier(request, &found->signs, &found->fourier));
out:
    return status;
}

/* ---- One row for each checkpoint ---- */

static const gsc_column checkpoint_columns[] = {
    {"relevant_mean", GSC_CELL_REAL, false,
     "mean |w| of the first layer's weights of the relevant bits", false},
    {"other_mean", GSC_CELL_REAL, false, "the same of all other bits", false},
    {"relevant_max", GSC_CELL_REAL, false, "largest |w| of a relevant bit", false},
    {"other_max", GSC_CELL_REAL, false, "largest |w| of any other bit", false},
    {"relevant_move", GSC_CELL_REAL, false,
     "farthest that a weight of a relevant bit is from the run's first step", false},
    {"least_move", GSC_CELL_REAL, false,
     "the same of the relevant bit that has moved least", false},
    {"other_move", GSC_CELL_REAL, false, "the same of all other bits", false},
    {"rho_inf", GSC_CELL_REAL, false,
     "the same of all bits, ||w - w_0||_inf: Barak et al.'s hidden progress", false},
    {"relevant_coefficient", GSC_CELL_REAL, false,
     "Fourier coefficient of the output at the relevant bits: E f(x) y", false},
    {"other_coefficient", GSC_CELL_REAL, false,
     "largest Fourier coefficient at any other set of bits; nan of a sample", false},
    {"fourier_gap", GSC_CELL_REAL, false,
     "mean over the first layer's neurons of the Fourier gap of their slopes; nan of a "
     "sample",
     false},
    {"fourier_inputs", GSC_CELL_INTEGER, false,
     "number of inputs of the coefficients: all 2^n, or a random sample", false},
    {"leads_from", GSC_CELL_REAL, false,
     "step of the first row from which on least_move is above other_move; nan: never",
     true},
};

typedef struct summary {
    size_t count;
    double mean, max, move, least;
} summary;

/* Of the bits that are relevant, or of the others. */
static summary
sum_up(const findings *found, bool relevant)
{
    summary s = {.least = INFINITY};
    for (size_t i = 0; i < found->signs.n; i++) {
        const bit_weights *b = &found->bits[i];
        if (found->signs.in_set[i] != relevant)
            continue;
        s.count++;
        s.mean += b->mean;
        s.max = isnan(b->max) ? b->max : fmax(s.max, b->max);
        s.move = isnan(b->move) ? b->move : fmax(s.move, b->move);
        s.least = isnan(b->move) ? b->move : fmin(s.least, b->move);
    }
    s.mean /= (double)s.count;
    if (s.count == 0)
        s.mean = s.max = s.move = s.least = (double)NAN;
    return s;
}

static int
fill_checkpoint(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    findings found;
    GSC_TRY(find(request, &found));
    const fourier *f = &found.fourier;
    summary in = sum_up(&found, true), out_of = sum_up(&found, false);
    GSC_TRY(GSC_ROWS_REALS(rows, in.mean, out_of.mean, in.max, out_of.max, in.move,
                           in.least, out_of.move, fmax(in.move, out_of.move),
                           f->relevant, f->other, f->gap));
    GSC_TRY(gsc_rows_integer(rows, (int64_t)found.signs.num_inputs));
    GSC_TRY(gsc_rows_real(rows, (double)NAN));
out:
    free_findings(&found);
    return status;
}

static int
conclude(gsc_rows *rows, const int64_t *steps)
{
    size_t count = gsc_rows_count(rows), from = count;
    size_t least = gsc_rows_column(rows, "least_move");
    size_t other = gsc_rows_column(rows, "other_move");
    size_t leads = gsc_rows_column(rows, "leads_from");
    while (from > 0 && gsc_rows_cell(rows, from - 1, least)->real >
                           gsc_rows_cell(rows, from - 1, other)->real)
        from--;
    for (size_t i = 0; i < count; i++)
        gsc_rows_cell(rows, i, leads)->real =
            from < count ? (double)steps[from] : (double)NAN;
    return 0;
}

/* ---- One row for each bit ---- */

static const gsc_column bit_columns[] = {
    {"bit", GSC_CELL_INTEGER, true, "its number, from 0", false},
    {"relevant", GSC_CELL_BOOL, false, "whether the answer depends on it", false},
    {"mean", GSC_CELL_REAL, false, "mean |w| of the first layer's weights of it",
     false},
    {"max", GSC_CELL_REAL, false, "largest |w| of them", false},
    {"move", GSC_CELL_REAL, false, "farthest that one is from the run's first step",
     false},
    {"signal", GSC_CELL_REAL, false,
     "what the gradient of the loss at rest says of it: mean over the neurons of the "
     "Fourier coefficient of their slopes at the relevant bits without it, or with it; "
     "nan where not all inputs were asked",
     false},
};

static int
fill_bits(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    findings found;
    GSC_TRY(find(request, &found));
    for (size_t i = 0; i < found.signs.n; i++) {
        const bit_weights *b = &found.bits[i];
        GSC_TRY(gsc_rows_integer(rows, (int64_t)i));
        GSC_TRY(gsc_rows_bool(rows, found.signs.in_set[i]));
        GSC_TRY(
            GSC_ROWS_REALS(rows, b->mean, b->max, b->move, found.fourier.signal[i]));
    }
out:
    free_findings(&found);
    return status;
}

const gsc_measure gsc_measure_parity = {
    .name = "parity",
    .purpose = "which bits a network of bits reads, before and after it is right",
    .examples = "  grokscope-parity checkpoints/parity-online --step all\n"
                "      weights of the relevant bits and of all others: one row for "
                "each step\n"
                "  grokscope-parity checkpoints/parity-online --long\n"
                "      one row for each bit\n",
    .needs = GSC_NEEDS_BITS,
    .options = &option_set,
    .num_tables = 2,
    .tables = {GSC_TABLE("checkpoint", checkpoint_columns, fill_checkpoint, conclude),
               GSC_TABLE("bit", bit_columns, fill_bits, NULL)},
    .prepare = gsc_measure_prepare_first,
};
