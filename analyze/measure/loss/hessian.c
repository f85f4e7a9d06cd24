/* The measure "hessian": how curved the training loss is at a checkpoint. */
#include "grokscope/error.h"
#include "grokscope/measure.h"
#include "grokscope/memory.h"
#include "grokscope/rng.h"

#include "analyze/method/weights/lanczos.h"
#include "analyze/network/loss/hessian.h"

#include <math.h>
#include <stdlib.h>

struct options {
    int64_t lanczos_steps, probes, probe_seed, grid;
    double difference;
};

static const gsc_option option_rows[] = {
    GSC_ROW_INTEGER(struct options, lanczos_steps, "20", 2, 1000,
                    "Steps of Lanczos's iteration from each probe."),
    GSC_ROW_INTEGER(struct options, probes, "2", 1, 1000,
                    "Random vectors of signs that it begins with."),
    GSC_ROW_INTEGER(struct options, probe_seed, "0", 0, 0x1p53,
                    "Seed of these vectors."),
    GSC_ROW_REAL(
        struct options, difference, "1e-8", 1e-12, 1,
        "Distance over which gradients are compared; short, so that no kink of "
        "relu lies within it."),
    GSC_ROW_INTEGER(struct options, grid, "101", 2, 100000,
                    "Points at which the density is told (--long=density)."),
};
static const gsc_measure_options option_set = {"hessian", option_rows,
                                               sizeof option_rows / sizeof *option_rows,
                                               sizeof(struct options)};

/* What probes tell of a checkpoint's Hessian. */
typedef struct spectrum {
    gsc_hessian hessian;
    size_t probes, n; /* trained weights */
    gsc_ritz *ritz;   /* [probes] */
    double trace, trace_error;
} spectrum;

static void
free_spectrum(spectrum *s)
{
    for (size_t i = 0; s->ritz && i < s->probes; i++)
        gsc_ritz_free(&s->ritz[i]);
    free(s->ritz);
    gsc_hessian_close(&s->hessian);
}

/* The mean of v' H v over vectors v of signs is the trace (Hutchinson 1990); v' H v is
 * |v|^2 times the mean of the Ritz values by their weights. */
static void
find_trace(spectrum *s)
{
    double squares = 0;
    for (size_t p = 0; p < s->probes; p++) {
        double along = 0;
        for (size_t i = 0; i < s->ritz[p].count; i++)
            along += s->ritz[p].weights[i] * s->ritz[p].values[i];
        along *= (double)s->n;
        s->trace += along / (double)s->probes;
        squares += along * along / (double)s->probes;
    }
    double variance = squares - s->trace * s->trace;
    s->trace_error =
        s->probes > 1 ? sqrt(fmax(0, variance) / (double)(s->probes - 1)) : (double)NAN;
}

static int
find_spectrum(spectrum *s, const gsc_measure_request *request)
{
    int status = 0;
    const struct options *o = request->options;
    double *v = NULL;
    *s = (spectrum){.probes = (size_t)o->probes};
    GSC_TRY(gsc_hessian_open(&s->hessian, request->loaded, NULL, o->difference,
                             request->threads));
    GSC_NEW(s->ritz, s->probes);
    GSC_NEW(v, s->hessian.n);
    for (size_t p = 0; p < s->probes; p++) {
        uint64_t stream = gsc_rng_substream(gsc_rng_stream("hessian"), p);
        s->n = 0;
        for (size_t i = 0; i < s->hessian.n; i++) {
            bool up = gsc_rng_bits((uint64_t)o->probe_seed, stream, i) & 1;
            v[i] = s->hessian.marks[i] * (up ? 1 : -1);
            s->n += s->hessian.marks[i] > 0;
        }
        GSC_TRY(gsc_ritz_init(&s->ritz[p], s->hessian.n, v, (size_t)o->lanczos_steps,
                              gsc_hessian_product, &s->hessian));
    }
    find_trace(s);
out:
    free(v);
    return status;
}

/* ---- One row for each checkpoint ---- */

static const gsc_column checkpoint_columns[] = {
    {"loss", GSC_CELL_REAL, false, "loss of the training examples", false},
    {"eigenvalue_1", GSC_CELL_REAL, false, "largest eigenvalue of its Hessian", false},
    {"residual_1", GSC_CELL_REAL, false,
     "how far it may be off: an eigenvalue lies within this", false},
    {"eigenvalue_2", GSC_CELL_REAL, false, "second largest", false},
    {"eigenvalue_3", GSC_CELL_REAL, false, "third largest", false},
    {"eigenvalue_last", GSC_CELL_REAL, false,
     "smallest or most negative Ritz value: the smallest eigenvalue is no larger",
     false},
    {"trace", GSC_CELL_REAL, false, "sum of all eigenvalues", false},
    {"trace_error", GSC_CELL_REAL, false,
     "its standard error over the probes; nan of one", false},
    {"product_error", GSC_CELL_REAL, false,
     "largest relative error of a product by differences of gradients", false},
};

/* Of the probe that found the largest one. */
static const gsc_ritz *
best_of(const spectrum *s)
{
    const gsc_ritz *best = &s->ritz[0];
    for (size_t p = 1; p < s->probes; p++)
        best = s->ritz[p].values[0] > best->values[0] ? &s->ritz[p] : best;
    return best;
}

/* Of all probes. */
static double
smallest_of(const spectrum *s)
{
    double smallest = (double)INFINITY;
    for (size_t p = 0; p < s->probes; p++)
        smallest = fmin(smallest, s->ritz[p].values[s->ritz[p].count - 1]);
    return smallest;
}

static int
fill_checkpoint(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    spectrum s;
    GSC_TRY(find_spectrum(&s, request));
    const gsc_ritz *r = best_of(&s);
    const double none = (double)NAN;
    GSC_TRY(GSC_ROWS_REALS(rows, s.hessian.at, r->values[0], r->residuals[0],
                           r->count > 1 ? r->values[1] : none,
                           r->count > 2 ? r->values[2] : none, smallest_of(&s), s.trace,
                           s.trace_error, s.hessian.error));
out:
    free_spectrum(&s);
    return status;
}

/* ---- One row for each eigenvalue ---- */

static const gsc_column eigenvalue_columns[] = {
    {"probe", GSC_CELL_INTEGER, true, "number of the first vector, from 0", false},
    {"number", GSC_CELL_INTEGER, true, "its number, from 0, the largest first", false},
    {"eigenvalue", GSC_CELL_REAL, false, "Ritz value", false},
    {"weight", GSC_CELL_REAL, false,
     "share of the first vector along it: of the spectrum near there", false},
    {"residual", GSC_CELL_REAL, false, "an eigenvalue lies within this", false},
};

static int
fill_eigenvalues(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    spectrum s;
    GSC_TRY(find_spectrum(&s, request));
    for (size_t p = 0; p < s.probes; p++)
        for (size_t i = 0; i < s.ritz[p].count; i++) {
            const gsc_ritz *r = &s.ritz[p];
            GSC_TRY(gsc_rows_integer(rows, (int64_t)p));
            GSC_TRY(gsc_rows_integer(rows, (int64_t)i));
            GSC_TRY(GSC_ROWS_REALS(rows, r->values[i], r->weights[i], r->residuals[i]));
        }
out:
    free_spectrum(&s);
    return status;
}

/* ---- One row for each point of the density ---- */

static const gsc_column density_columns[] = {
    {"value", GSC_CELL_REAL, true, "a place on the axis of eigenvalues", false},
    {"density", GSC_CELL_REAL, false,
     "share of the eigenvalues there, for each unit of the axis", false},
};

/* The range that all Ritz values span. */
static void
find_range(const spectrum *s, double *low, double *high)
{
    *low = INFINITY;
    *high = -INFINITY;
    for (size_t p = 0; p < s->probes; p++) {
        *low = fmin(*low, s->ritz[p].values[s->ritz[p].count - 1]);
        *high = fmax(*high, s->ritz[p].values[0]);
    }
}

static int
fill_density(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    const struct options *o = request->options;
    spectrum s;
    double low, high;
    GSC_TRY(find_spectrum(&s, request));
    find_range(&s, &low, &high);
    double width = fmax((high - low) / 50, 1e-300), from = low - 3 * width;
    double apart = (high - low + 6 * width) / (double)(o->grid - 1);
    for (int64_t i = 0; i < o->grid; i++) {
        double x = from + (double)i * apart;
        GSC_TRY(
            GSC_ROWS_REALS(rows, x, gsc_spectral_density(s.ritz, s.probes, x, width)));
    }
out:
    free_spectrum(&s);
    return status;
}

const gsc_measure gsc_measure_hessian = {
    .name = "hessian",
    .purpose = "how curved the loss is: eigenvalues, trace, spectral density",
    .examples = "  grokscope-hessian checkpoints/demo --step 0:3000:1000\n"
                "      the largest eigenvalues and the trace along the run\n"
                "  grokscope-hessian checkpoints/demo --long=density --probes 4\n"
                "      the spectral density\n",
    .needs = GSC_NEEDS_NETWORK,
    .options = &option_set,
    .num_tables = 3,
    .tables = {GSC_TABLE("checkpoint", checkpoint_columns, fill_checkpoint, NULL),
               GSC_TABLE("eigenvalue", eigenvalue_columns, fill_eigenvalues, NULL),
               GSC_TABLE("density", density_columns, fill_density, NULL)}};
