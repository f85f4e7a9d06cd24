/* The measure "efficiency": how large logits are for the size of the weights, and how
 * much of them generalises, as Varma, Shah, Kenton, Kramár and Kumar ask it (arXiv
 * 2309.02390, section 5 and appendix B).
 *
 * A circuit is efficient where it makes the right logit large with small weights. The
 * circuit that generalises writes logits sum_k v_k cos(w_k (s - c)); what lies outside
 * the space of these is taken for memorised. A part of what is memorised lies inside,
 * so that the share is an upper bound. */
#include "grokscope/error.h"
#include "grokscope/key_frequency.h"
#include "grokscope/measure.h"
#include "grokscope/memory.h"
#include "grokscope/text.h"

#include "analyze/network/pairs/fourier_modes.h"

#include <math.h>
#include <stdlib.h>

/* ---- Logits that are asked for ---- */

typedef struct logit_mean {
    double sum;
    size_t count;
} logit_mean;

static double
mean_of(logit_mean m)
{
    return m.count > 0 ? m.sum / (double)m.count : (double)NAN;
}

/* Add a pair's logit at a place of the order, less the mean of its logits. */
static void
add_logit(logit_mean *m, const double *logits, size_t n, size_t place)
{
    double mean = 0;
    for (size_t c = 0; c < n; c++)
        mean += logits[c] / (double)n;
    m->sum += logits[place] - mean;
    m->count++;
}

static size_t
place_of(const gsc_grid *grid, uint16_t output)
{
    size_t place = 0;
    while (place < grid->n && grid->outputs[place] != output)
        place++;
    return place;
}

/* Of training pairs the logit of their label, whatever it is; of the others that of the
 * operation's answer. */
static void
add_logits(const gsc_pair_outputs *outputs, logit_mean *train, logit_mean *test)
{
    const gsc_grid *grid = &outputs->grid;
    size_t n = grid->n;
    for (size_t i = 0; i < n * n; i++) {
        const double *logits = outputs->logits + i * n;
        if (grid->train[i]) {
            size_t place = place_of(grid, grid->labels[i]);
            if (place < n)
                add_logit(train, logits, n, place);
        } else if (grid->split_is_known && grid->answers[i] != GSC_NO_ANSWER) {
            add_logit(test, logits, n, grid->answers[i]);
        }
    }
}

/* ---- What is trigonometric ---- */

/* The share of the centred logits' squares on some frequencies; NULL: on all. */
static double
share_of(const gsc_fourier_modes *modes, const bool *key)
{
    double squares = 0, all = modes->cube.centred * modes->cube.centred;
    for (size_t k = 1; k < modes->count; k++)
        if (!key || key[k])
            squares += modes->v[k] * modes->v[k];
    return all > 0 ? squares / all : (double)NAN;
}

static int
add_shares(const gsc_fourier_modes *modes, gsc_rows *rows)
{
    int status = 0;
    bool *key = NULL;
    gsc_text names = {0};
    GSC_NEW(key, modes->count);
    GSC_TRY(gsc_fourier_modes_keys(modes, GSC_KEYS_BY_LOGIT, 0, key));
    GSC_TRY(gsc_text_add(&names, "%s", ""));
    for (size_t k = 1; k < modes->count; k++)
        if (key[k])
            GSC_TRY(gsc_text_add(&names, "%s%zu", names.length > 0 ? "," : "", k));
    GSC_TRY(GSC_ROWS_REALS(rows, share_of(modes, NULL), share_of(modes, key)));
    GSC_TRY(gsc_rows_text(rows, names.data));
out:
    free(key);
    gsc_text_free(&names);
    return status;
}

/* ---- One row for each checkpoint ---- */

static const gsc_column columns[] = {
    {"sum_of_squares", GSC_CELL_REAL, false, "what weight decay shrinks", false},
    {"train_logit", GSC_CELL_REAL, false,
     "mean logit of the label less the mean logit, of the training pairs", false},
    {"test_logit", GSC_CELL_REAL, false,
     "the same of the operation's answer, of the other pairs", false},
    {"train_efficiency", GSC_CELL_REAL, false,
     "train_logit over the root of sum_of_squares", false},
    {"test_efficiency", GSC_CELL_REAL, false, "the same of test_logit", false},
    {"trig_share", GSC_CELL_REAL, false,
     "share of the centred logits' squares on cosines of the sum", false},
    {"trig_share_keys", GSC_CELL_REAL, false, "the same of the key frequencies alone",
     false},
    {"key_frequencies", GSC_CELL_TEXT, false,
     "frequencies with at least a hundredth of the logits' squares", false},
};

static int
fill(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    gsc_fourier_modes modes = {.v = NULL};
    logit_mean train = {0, 0}, test = {0, 0};
    GSC_TRY(gsc_fourier_modes_init(&modes, request->loaded, GSC_CONVENTION_NANDA, false,
                                   request->threads));
    add_logits(modes.pair_outputs, &train, &test);
    double squares = gsc_loaded_model_sum_of_squares(request->loaded);
    double norm = sqrt(squares);
    GSC_TRY(GSC_ROWS_REALS(rows, squares, mean_of(train), mean_of(test),
                           mean_of(train) / norm, mean_of(test) / norm));
    GSC_TRY(add_shares(&modes, rows));
out:
    gsc_fourier_modes_free(&modes);
    return status;
}

const gsc_measure gsc_measure_efficiency = {
    .name = "efficiency",
    .purpose = "how large the right logits are for the size of the weights",
    .examples = "  grokscope-efficiency checkpoints/demo\n"
                "      logits over norm, and the share that is trigonometric\n"
                "  grokscope-efficiency checkpoints/demo --step all\n"
                "      while it groks\n",
    .needs = GSC_NEEDS_BINARY_TABLE,
    .of_frequencies = true,
    .least_residues = 2,
    .num_tables = 1,
    .tables = {GSC_TABLE("checkpoint", columns, fill, NULL)},
};
