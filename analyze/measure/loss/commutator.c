/* The measure "commutator": whether the order of two minibatches matters (arXiv
 * 2602.16746).
 *
 * With A and B minibatches and theta_AB the weights after a step of gradient descent
 * on A and then one on B,
 *
 *     defect = |theta_AB - theta_BA| / (|rate g_A| |rate g_B|)
 *
 * which is, for small rates, |H_A g_B - H_B g_A| / (|g_A| |g_B|): 0 where the Hessians
 * of the minibatches are one and share eigenvectors with the gradients' difference. */
#include "grokscope/error.h"
#include "grokscope/measure.h"
#include "grokscope/memory.h"
#include "grokscope/rng.h"

#include "analyze/network/loss/loss_gradient.h"
#include "train/numeric/stats.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct options {
    int64_t batch, batch_pairs, batch_seed;
    double rate;
};

static const gsc_option option_rows[] = {
    GSC_ROW_INTEGER(struct options, batch, "128", 1, 1e9,
                    "Examples of a minibatch, drawn with replacement."),
    GSC_ROW_INTEGER(struct options, batch_pairs, "9", 1, 10000,
                    "Pairs of minibatches, of whose defects the median is told."),
    GSC_ROW_INTEGER(struct options, batch_seed, "0", 0, 0x1p53,
                    "Seed by which they are drawn."),
    GSC_ROW_REAL(struct options, rate, "0.001", 1e-12, 1e6,
                 "Learning rate of the steps."),
};
static const gsc_measure_options option_set = {"commutator", option_rows,
                                               sizeof option_rows / sizeof *option_rows,
                                               sizeof(struct options)};

typedef struct steps {
    const struct options *o;
    gsc_loss_gradient loss;
    gsc_threads *threads;
    size_t n;
    uint32_t *batches[2];
    double *at, *ends[2]; /* [n] */
    double norms[2];      /* of the first gradient on each */
} steps;

static void
free_steps(steps *s)
{
    gsc_loss_gradient_close(&s->loss);
    for (size_t i = 0; i < 2; i++) {
        free(s->batches[i]);
        free(s->ends[i]);
    }
    free(s->at);
}

static int
init_steps(steps *s, const gsc_measure_request *request)
{
    int status = 0;
    const struct options *o = request->options;
    *s =
        (steps){.o = o, .threads = request->threads, .n = request->loaded->num_weights};
    GSC_TRY(gsc_loss_gradient_open(&s->loss, request->loaded));
    GSC_TRY(gsc_loss_gradient_need_smooth(&s->loss));
    for (size_t i = 0; i < 2; i++) {
        GSC_NEW(s->batches[i], (size_t)o->batch);
        GSC_NEW(s->ends[i], s->n);
    }
    GSC_NEW(s->at, s->n);
out:
    return status;
}

/* s->at -= rate g; *norm is |g|. */
static int
descend(steps *s, const uint32_t *batch, double *norm)
{
    double loss, squares = 0;
    const double *gradient;
    int status = gsc_loss_gradient_run_on(&s->loss, s->at, s->threads, batch,
                                          (size_t)s->o->batch, &loss, &gradient);
    for (size_t i = 0; status == 0 && i < s->n; i++) {
        s->at[i] -= s->o->rate * gradient[i];
        squares += gradient[i] * gradient[i];
    }
    *norm = sqrt(squares);
    return status;
}

static int
find_defect(steps *s, uint64_t pair, double *defect)
{
    int status = 0;
    double ignored, squares = 0;
    for (uint64_t i = 0; i < 2; i++)
        gsc_loss_gradient_draw(&s->loss, (uint64_t)s->o->batch_seed,
                               gsc_rng_stream("commutator"), 2 * pair + i,
                               (size_t)s->o->batch, s->batches[i]);
    for (size_t first = 0; first < 2; first++) {
        memcpy(s->at, s->loss.loaded->weights, s->n * sizeof *s->at);
        GSC_TRY(descend(s, s->batches[first], &s->norms[first]));
        GSC_TRY(descend(s, s->batches[!first], &ignored));
        memcpy(s->ends[first], s->at, s->n * sizeof *s->at);
    }
    for (size_t i = 0; i < s->n; i++)
        squares += pow(s->ends[0][i] - s->ends[1][i], 2);
    double rate = s->o->rate;
    *defect = sqrt(squares) / (rate * s->norms[0] * rate * s->norms[1]);
out:
    return status;
}

static const gsc_column columns[] = {
    {"defect", GSC_CELL_REAL, false, "median over the pairs of minibatches", false},
    {"least", GSC_CELL_REAL, false, "smallest of them", false},
    {"most", GSC_CELL_REAL, false, "largest of them", false},
    {"pairs", GSC_CELL_INTEGER, false, "number of pairs", false},
};

static int
fill(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    const struct options *o = request->options;
    size_t count = (size_t)o->batch_pairs;
    double *defects = NULL, *work = NULL;
    steps s;
    GSC_TRY(init_steps(&s, request));
    GSC_NEW(defects, count);
    GSC_NEW(work, count);
    bool known = true;
    for (size_t i = 0; i < count; i++) {
        GSC_TRY(find_defect(&s, i, &defects[i]));
        known = known && isfinite(defects[i]);
    }
    if (known)
        gsc_stats_sort(defects, count, work);
    double median = (defects[(count - 1) / 2] + defects[count / 2]) / 2;
    const double none = (double)NAN;
    GSC_TRY(GSC_ROWS_REALS(rows, known ? median : none, known ? defects[0] : none,
                           known ? defects[count - 1] : none));
    GSC_TRY(gsc_rows_integer(rows, o->batch_pairs));
out:
    free(defects);
    free(work);
    free_steps(&s);
    return status;
}

const gsc_measure gsc_measure_commutator = {
    .name = "commutator",
    .purpose = "whether the order of two minibatches matters",
    .examples = "  grokscope-commutator checkpoints/demo --step all\n"
                "      the defect along the run, to be held against its grok\n",
    .needs = GSC_NEEDS_NETWORK,
    .options = &option_set,
    .num_tables = 1,
    .tables = {GSC_TABLE("checkpoint", columns, fill, NULL)}};
