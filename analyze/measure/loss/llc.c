/* The measure "llc": the local learning coefficient of a checkpoint, by Langevin
 * dynamics around its weights (Lau et al., arXiv 2308.12108).
 *
 * Half the number of weights where the loss is a regular minimum; the fewer directions
 * the loss depends on, the smaller. */
#include "grokscope/error.h"
#include "grokscope/measure.h"
#include "grokscope/memory.h"
#include "grokscope/rng.h"

#include "analyze/method/weights/sgld.h"
#include "analyze/network/loss/loss_gradient.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct options {
    double epsilon, gamma, n_beta;
    int64_t draws, burn_in, chains, batch, chain_seed;
    double sweep_from, sweep_to;
    int64_t sweep_points;
};

static const gsc_option option_rows[] = {
    GSC_ROW_REAL(struct options, epsilon, "1e-4", 1e-15, 1,
                 "Step size of the dynamics; find one on a plateau by --long=epsilon."),
    GSC_ROW_REAL(struct options, gamma, "200", 0, 1e9,
                 "Pull towards the checkpoint's weights."),
    GSC_ROW_REAL(struct options, n_beta, "0", 0, 1e9,
                 "Number of examples times the inverse temperature; 0: n / ln n of the "
                 "n training examples."),
    GSC_ROW_INTEGER(struct options, draws, "100", 2, 1e6, "Draws of a chain."),
    GSC_ROW_INTEGER(struct options, burn_in, "100", 0, 1e6,
                    "Steps of a chain before its draws."),
    GSC_ROW_INTEGER(struct options, chains, "2", 1, 1024, "Number of chains."),
    GSC_ROW_INTEGER(struct options, batch, "0", 0, 1e9,
                    "Examples of a step's gradient, drawn with replacement; 0: all."),
    GSC_ROW_INTEGER(struct options, chain_seed, "0", 0, 0x1p53,
                    "Seed of noise and minibatches."),
    GSC_ROW_REAL(struct options, sweep_from, "1e-6", 1e-15, 1,
                 "Smallest step size of the sweep (--long=epsilon)."),
    GSC_ROW_REAL(struct options, sweep_to, "1e-3", 1e-15, 1,
                 "Largest step size of the sweep."),
    GSC_ROW_INTEGER(struct options, sweep_points, "6", 1, 1000,
                    "Number of step sizes of the sweep, at equal ratios."),
};
static const gsc_measure_options option_set = {
    "local learning coefficient", option_rows, sizeof option_rows / sizeof *option_rows,
    sizeof(struct options)};

/* ---- The dynamics around a checkpoint ---- */

typedef struct sampling {
    const struct options *o;
    gsc_threads *threads;
    gsc_loss_gradient loss;
    gsc_sgld sgld;
    double *marks;
    uint32_t *examples; /* [batch] */
    double at_origin;   /* L(w0) of all examples */
    double *losses;     /* [chains, draws] */
    gsc_llc found;
} sampling;

static void
free_sampling(sampling *s)
{
    gsc_loss_gradient_close(&s->loss);
    free(s->marks);
    free(s->examples);
    free(s->losses);
}

static int
sampled_loss(void *context, const double *w, uint64_t draw, double *loss,
             double *gradient)
{
    sampling *s = context;
    const double *found;
    size_t batch = (size_t)s->o->batch;
    int status;
    if (batch > 0) {
        gsc_loss_gradient_draw(&s->loss, (uint64_t)s->o->chain_seed,
                               gsc_rng_stream("llc"), draw, batch, s->examples);
        status = gsc_loss_gradient_run_on(&s->loss, w, s->threads, s->examples, batch,
                                          loss, &found);
    } else {
        status = gsc_loss_gradient_run(&s->loss, w, s->threads, loss, &found);
    }
    if (status == 0)
        memcpy(gradient, found, s->sgld.n * sizeof *gradient);
    return status;
}

static int
init_sampling(sampling *s, const gsc_measure_request *request)
{
    int status = 0;
    const struct options *o = request->options;
    const gsc_loaded_model *loaded = request->loaded;
    const double *gradient;
    *s = (sampling){.o = o, .threads = request->threads};
    GSC_TRY(gsc_loss_gradient_open(&s->loss, loaded));
    GSC_NEW(s->marks, loaded->num_weights);
    GSC_NEW(s->examples, (size_t)o->batch);
    GSC_NEW(s->losses, (size_t)(o->chains * o->draws));
    gsc_mark_trained(loaded, s->marks);
    double n = (double)s->loss.split->count;
    s->sgld = (gsc_sgld){.n = loaded->num_weights,
                         .origin = loaded->weights,
                         .marks = s->marks,
                         .loss = sampled_loss,
                         .context = s,
                         .epsilon = o->epsilon,
                         .gamma = o->gamma,
                         .n_beta = o->n_beta > 0 ? o->n_beta
                                   : n > 2       ? n / log(n)
                                                 : n,
                         .burn_in = (size_t)o->burn_in,
                         .draws = (size_t)o->draws,
                         .seed = (uint64_t)o->chain_seed};
    GSC_TRY(gsc_loss_gradient_run(&s->loss, loaded->weights, s->threads, &s->at_origin,
                                  &gradient));
out:
    return status;
}

static int
run_chains(sampling *s)
{
    int status = 0;
    size_t chains = (size_t)s->o->chains, draws = s->sgld.draws;
    for (size_t c = 0; c < chains; c++)
        GSC_TRY(gsc_sgld_run(&s->sgld, c, s->losses + c * draws));
    s->found = gsc_llc_of(s->losses, chains, draws, s->sgld.n_beta, s->at_origin);
out:
    return status;
}

static const char *
verdict(const gsc_llc *found)
{
    if (!isfinite(found->llc))
        return "diverged";
    if (found->llc < 0)
        return "negative";
    return fabs(found->drift) > 0.2 * found->llc ? "drifting" : "settled";
}

/* ---- What several tables have ---- */

#define FOUND_COLUMNS                                                                 \
    {"llc", GSC_CELL_REAL, false,                                                     \
     "n_beta times the rise of the mean loss of all draws over that of the weights",  \
     false},                                                                          \
        {"spread", GSC_CELL_REAL, false,                                              \
         "its standard deviation over the chains; nan of one", false},                \
        {"drift", GSC_CELL_REAL, false, "its later half of the draws less its first", \
         false},                                                                      \
    {                                                                                 \
        "verdict", GSC_CELL_TEXT, false,                                              \
            "diverged: no finite loss; negative: below 0, left the minimum or none "  \
            "there; drifting: by more than a fifth of it; else settled",              \
            false                                                                     \
    }

static int
add_found(const gsc_llc *found, gsc_rows *rows)
{
    int status = 0;
    GSC_TRY(GSC_ROWS_REALS(rows, found->llc, found->spread, found->drift));
    GSC_TRY(gsc_rows_text(rows, verdict(found)));
out:
    return status;
}

/* ---- One row for each checkpoint ---- */

static const gsc_column checkpoint_columns[] = {
    {"loss", GSC_CELL_REAL, false, "loss of all training examples at the weights",
     false},
    FOUND_COLUMNS,
    {"epsilon", GSC_CELL_REAL, false, "step size", false},
    {"gamma", GSC_CELL_REAL, false, "pull towards the weights", false},
    {"n_beta", GSC_CELL_REAL, false, "examples times the inverse temperature", false},
    {"draws", GSC_CELL_INTEGER, false, "draws of a chain", false},
    {"burn_in", GSC_CELL_INTEGER, false, "steps before them", false},
    {"chains", GSC_CELL_INTEGER, false, "number of chains", false},
    {"batch", GSC_CELL_INTEGER, false, "examples of a step's gradient; 0: all", false},
};

static int
fill_checkpoint(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    const struct options *o = request->options;
    const int64_t counts[] = {o->draws, o->burn_in, o->chains, o->batch};
    sampling s;
    GSC_TRY(init_sampling(&s, request));
    GSC_TRY(run_chains(&s));
    GSC_TRY(gsc_rows_real(rows, s.at_origin));
    GSC_TRY(add_found(&s.found, rows));
    GSC_TRY(GSC_ROWS_REALS(rows, o->epsilon, o->gamma, s.sgld.n_beta));
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        GSC_TRY(gsc_rows_integer(rows, counts[i]));
out:
    free_sampling(&s);
    return status;
}

/* ---- One row for each chain, for each draw ---- */

static const gsc_column chain_columns[] = {
    {"chain", GSC_CELL_INTEGER, true, "its number, from 0", false}, FOUND_COLUMNS};

static int
fill_chains(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    sampling s;
    GSC_TRY(init_sampling(&s, request));
    GSC_TRY(run_chains(&s));
    for (size_t c = 0; c < (size_t)s.o->chains; c++) {
        gsc_llc one = gsc_llc_of(s.losses + c * s.sgld.draws, 1, s.sgld.draws,
                                 s.sgld.n_beta, s.at_origin);
        GSC_TRY(gsc_rows_integer(rows, (int64_t)c));
        GSC_TRY(add_found(&one, rows));
    }
out:
    free_sampling(&s);
    return status;
}

static const gsc_column draw_columns[] = {
    {"chain", GSC_CELL_INTEGER, true, "the chain's number, from 0", false},
    {"draw", GSC_CELL_INTEGER, true, "the draw's number, from 0", false},
    {"loss", GSC_CELL_REAL, false, "loss of the draw's examples", false}};

static int
fill_draws(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    sampling s;
    GSC_TRY(init_sampling(&s, request));
    GSC_TRY(run_chains(&s));
    for (size_t i = 0; i < (size_t)s.o->chains * s.sgld.draws; i++) {
        GSC_TRY(gsc_rows_integer(rows, (int64_t)(i / s.sgld.draws)));
        GSC_TRY(gsc_rows_integer(rows, (int64_t)(i % s.sgld.draws)));
        GSC_TRY(gsc_rows_real(rows, s.losses[i]));
    }
out:
    free_sampling(&s);
    return status;
}

/* ---- One row for each step size ---- */

static const gsc_column epsilon_columns[] = {
    {"epsilon", GSC_CELL_REAL, true, "step size", false}, FOUND_COLUMNS};

static int
fill_sweep(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    const struct options *o = request->options;
    sampling s;
    GSC_TRY(init_sampling(&s, request));
    for (int64_t i = 0; i < o->sweep_points; i++) {
        double along =
            o->sweep_points > 1 ? (double)i / (double)(o->sweep_points - 1) : 0;
        s.sgld.epsilon = o->sweep_from * pow(o->sweep_to / o->sweep_from, along);
        GSC_TRY(run_chains(&s));
        GSC_TRY(gsc_rows_real(rows, s.sgld.epsilon));
        GSC_TRY(add_found(&s.found, rows));
    }
out:
    free_sampling(&s);
    return status;
}

const gsc_measure gsc_measure_llc = {
    .name = "llc",
    .purpose = "how degenerate the minimum is: the local learning coefficient",
    .examples = "  grokscope-llc checkpoints/demo --long=epsilon --draws 50\n"
                "      which step sizes lie on a plateau\n"
                "  grokscope-llc checkpoints/demo --step 0:3000:1000\n"
                "      the coefficient along the run\n"
                "  grokscope-llc checkpoints/demo --long=draw --draws 50\n"
                "      the losses of all draws, for a trace\n",
    .needs = GSC_NEEDS_NETWORK,
    .options = &option_set,
    .num_tables = 4,
    .tables = {GSC_TABLE("checkpoint", checkpoint_columns, fill_checkpoint, NULL),
               GSC_TABLE("chain", chain_columns, fill_chains, NULL),
               GSC_TABLE("epsilon", epsilon_columns, fill_sweep, NULL),
               GSC_TABLE("draw", draw_columns, fill_draws, NULL)}};
