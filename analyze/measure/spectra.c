/* The measure "fourier": which frequencies the views of a checkpoint are made of. */
#include "grokscope/error.h"
#include "grokscope/fourier.h"
#include "grokscope/measure.h"
#include "grokscope/spectrum.h"
#include "grokscope/text.h"

static struct options {
    int64_t order;
} options;

static const gsc_key option_rows[] = {
    GSC_ROW_CHOICE(struct options, order, "task", gsc_spectrum_orders,
                   "order of the residues that frequencies are over; 'task' takes "
                   "logarithms for a product"),
};
static const gsc_keys option_set = {"spectrum", option_rows,
                                    sizeof option_rows / sizeof *option_rows, &options};

/* ---- A row a checkpoint ---- */

static const gsc_column checkpoint_columns[] = {
    {"order", GSC_CELL_TEXT, true, "what frequencies are over", false},
    {"embedding_keys", GSC_CELL_TEXT, false, "key frequencies of the embedding", false},
    {"embedding_share", GSC_CELL_REAL, false, "their part of its power", false},
    {"unembedding_keys", GSC_CELL_TEXT, false, "key frequencies of the unembedding",
     false},
    {"unembedding_share", GSC_CELL_REAL, false, "their part of its power", false},
    {"neuron_logit_keys", GSC_CELL_TEXT, false,
     "key frequencies of the neuron-logit map", false},
    {"neuron_logit_share", GSC_CELL_REAL, false, "their part of its power", false},
};

/* "15 26 29", and what of the power they are. */
static int
add_keys(gsc_rows *rows, const gsc_spectrum *s)
{
    int status = 0;
    gsc_text names = {0};
    double share = 0;
    GSC_TRY(gsc_text_add(&names, "%s", ""));
    for (size_t k = 0; k < s->count; k++) {
        if (!s->key[k])
            continue;
        share += s->fraction[k];
        GSC_TRY(gsc_text_add(&names, "%s%zu", names.length > 0 ? " " : "", k));
    }
    GSC_TRY(gsc_rows_text(rows, names.data));
    GSC_TRY(gsc_rows_real(rows, share));
out:
    gsc_text_free(&names);
    return status;
}

static int
fill_checkpoint(const gsc_visit *visit, gsc_rows *rows)
{
    static const gsc_view views[] = {GSC_VIEW_EMBEDDING, GSC_VIEW_UNEMBEDDING,
                                     GSC_VIEW_NEURON_LOGIT};
    int status = 0;
    gsc_spectrum spectrum = {.power = NULL};
    gsc_order order = gsc_spectrum_order(visit->subject, options.order);
    GSC_TRY(gsc_rows_text(rows, gsc_spectrum_orders[1 + (int)order]));
    for (size_t i = 0; i < sizeof views / sizeof *views; i++) {
        if (visit->subject->model.views[views[i]] != GSC_NO_NODE)
            GSC_TRY(gsc_spectrum_init(&spectrum, visit->subject, views[i], order));
        GSC_TRY(add_keys(rows, &spectrum));
        gsc_spectrum_free(&spectrum);
    }
out:
    gsc_spectrum_free(&spectrum);
    return status;
}

/* ---- A row a frequency of each view ---- */

static const gsc_column frequency_columns[] = {
    {"tensor", GSC_CELL_TEXT, true, "which view of the weights", false},
    {"order", GSC_CELL_TEXT, true, "what frequencies are over", false},
    {"frequency", GSC_CELL_INTEGER, true, "0 … p/2", false},
    {"power", GSC_CELL_REAL, false, "squared norm of its cosine and sine", false},
    {"fraction", GSC_CELL_REAL, false, "of the power without the mean's", false},
    {"key", GSC_CELL_BOOL, false, "whether it has twice an even share", false},
};

static int
fill_frequencies(const gsc_visit *visit, gsc_rows *rows)
{
    int status = 0;
    gsc_spectrum s = {.power = NULL};
    gsc_order order = gsc_spectrum_order(visit->subject, options.order);
    for (int view = 0; view < GSC_NUM_VIEWS; view++) {
        if (visit->subject->model.views[view] == GSC_NO_NODE)
            continue;
        GSC_TRY(gsc_spectrum_init(&s, visit->subject, (gsc_view)view, order));
        for (size_t k = 0; k < s.count; k++) {
            GSC_TRY(gsc_rows_text(rows, gsc_view_names[view]));
            GSC_TRY(gsc_rows_text(rows, gsc_spectrum_orders[1 + (int)order]));
            GSC_TRY(gsc_rows_integer(rows, (int64_t)k));
            GSC_TRY(gsc_rows_real(rows, s.power[k]));
            GSC_TRY(gsc_rows_real(rows, s.fraction[k]));
            GSC_TRY(gsc_rows_bool(rows, s.key[k]));
        }
        gsc_spectrum_free(&s);
    }
out:
    gsc_spectrum_free(&s);
    return status;
}

const gsc_measure gsc_measure_fourier = {
    .name = "fourier",
    .purpose = "which frequencies embedding, unembedding and neurons are made of",
    .options = &option_set,
    .num_tables = 2,
    .tables = {{"checkpoint", checkpoint_columns,
                sizeof checkpoint_columns / sizeof *checkpoint_columns, fill_checkpoint,
                NULL},
               {"frequency", frequency_columns,
                sizeof frequency_columns / sizeof *frequency_columns, fill_frequencies,
                NULL}},
};
