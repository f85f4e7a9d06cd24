/* The measure "fourier": which frequencies the views of a checkpoint are made of. */
#include "grokscope/error.h"
#include "grokscope/fourier.h"
#include "grokscope/memory.h"
#include "grokscope/text.h"

#include "analyze/measure/circuit/rank.h"
#include "analyze/measure/circuit/spectra.h"
#include "analyze/method/circuit/spectrum_summary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct options {
    int64_t order, key_rule;
    double key_fve;
};

static const gsc_option option_rows[] = {
    GSC_ROW_CHOICE(struct options, order, "task", gsc_spectrum_orders,
                   "Order of the residues in which frequencies are counted; task: "
                   "their logarithms where the operation is a product."),
    GSC_ROW_CHOICE(
        struct options, key_rule, "neuron", gsc_key_rule_names,
        "Rule by which a frequency is key:\nneuron: it is the frequency of some "
        "neuron;\nenergy: it has at least twice an even share of the matrix's "
        "energy;\nlogit: its mode has at least a hundredth of the logits' power."),
    GSC_ROW_REAL(struct options, key_fve, "0.5", 0, 1,
                 "With --key-rule neuron: count only neurons whose frequency explains "
                 "at least this share of their variance."),
};
static const gsc_measure_options option_set = {"spectrum", option_rows,
                                               sizeof option_rows / sizeof *option_rows,
                                               sizeof(struct options)};

/* ---- What the tables share ---- */

gsc_residue_order
gsc_spectra_order(const gsc_loaded_model *loaded, const void *options)
{
    const struct options *o = options;
    return gsc_spectrum_order(loaded, o->order);
}

const char *
gsc_spectra_order_name(gsc_residue_order order)
{
    return gsc_spectrum_orders[1 + (int)order];
}

/* By energy each matrix has keys of its own; and so it has in a network without
 * neurons, where the rule that is the default says nothing. */
static bool
has_network_keys(const gsc_loaded_model *loaded, const struct options *o)
{
    bool neurons = loaded->model.graph && loaded->model.neurons != GSC_NO_NODE;
    return o->key_rule == GSC_KEYS_BY_LOGIT ||
           (o->key_rule == GSC_KEYS_BY_NEURON && neurons);
}

const char *
gsc_spectra_rule_name(const gsc_loaded_model *loaded, const void *options)
{
    const struct options *o = options;
    return gsc_key_rule_names[has_network_keys(loaded, o) ? o->key_rule
                                                          : GSC_KEYS_BY_ENERGY];
}

int
gsc_spectra_keys(const gsc_loaded_model *loaded, const void *options,
                 gsc_threads *threads, bool **keys)
{
    int status = 0;
    const struct options *o = options;
    *keys = NULL;
    if (!has_network_keys(loaded, o))
        return 0;
    GSC_NEW(*keys, gsc_fourier_count(loaded->pairs.n));
    GSC_TRY(gsc_key_rule_find((gsc_key_rule)o->key_rule, o->key_fve, loaded,
                              gsc_spectra_order(loaded, o), threads, *keys));
out:
    if (status < 0) {
        free(*keys);
        *keys = NULL;
    }
    return status;
}

int
gsc_spectra_spectrum(const gsc_matrix *matrix, const bool *keys, gsc_spectrum *spectrum)
{
    int status = gsc_spectrum_init(spectrum, matrix);
    if (status == 0 && keys)
        memcpy(spectrum->key, keys, spectrum->count * sizeof *keys);
    return status;
}

int
gsc_spectra_add_keys(gsc_rows *rows, const gsc_spectrum *s)
{
    int status = 0;
    gsc_text names = {0};
    GSC_TRY(gsc_text_add(&names, "%s", ""));
    for (size_t k = 0; k < s->count; k++)
        if (s->key[k])
            GSC_TRY(gsc_text_add(&names, "%s%zu", names.length > 0 ? " " : "", k));
    GSC_TRY(gsc_rows_text(rows, names.data));
out:
    gsc_text_free(&names);
    return status;
}

int
gsc_spectra_ipr(const gsc_matrix *matrix, double *ipr)
{
    int status = 0;
    double *all = NULL, sum = 0;
    GSC_NEW(all, matrix->cols);
    GSC_TRY(gsc_spectrum_summary_ipr(matrix, 2, all));
    for (size_t j = 0; j < matrix->cols; j++)
        sum += all[j];
    *ipr = sum / (double)matrix->cols;
out:
    free(all);
    return status;
}

int
gsc_spectra_views_init(gsc_spectra_views *views, const gsc_loaded_model *loaded,
                       gsc_residue_order order)
{
    int status = 0;
    size_t most = 0;
    *views = (gsc_spectra_views){0};
    for (int view = 0; view < GSC_NUM_VIEWS; view++)
        most += gsc_loaded_model_heads(loaded, (gsc_view)view);
    GSC_NEW(views->items, most);
    for (int i = 0; i < GSC_NUM_VIEWS; i++) {
        gsc_view view = (gsc_view)i;
        size_t heads = gsc_loaded_model_heads(loaded, view);
        gsc_matrix *stack = &views->stacks[i];
        if (heads == 0)
            continue;
        GSC_TRY(gsc_loaded_model_view(loaded, view, order, stack));
        size_t rows = stack->rows / heads, size = rows * stack->cols;
        for (size_t head = 0; head < heads; head++)
            views->items[views->count++] =
                (gsc_spectra_matrix){view,
                                     gsc_view_has_heads(view) ? (int64_t)head : -1,
                                     {rows, stack->cols, stack->data + head * size}};
    }
out:
    if (status < 0)
        gsc_spectra_views_free(views);
    return status;
}

void
gsc_spectra_views_free(gsc_spectra_views *views)
{
    for (int i = 0; i < GSC_NUM_VIEWS; i++)
        gsc_matrix_free(&views->stacks[i]);
    free(views->items);
    *views = (gsc_spectra_views){0};
}

/* ---- One row for each checkpoint ---- */

#define VIEW_COLUMNS(view, what)                                                     \
    {view "_keys", GSC_CELL_TEXT, false, "key frequencies of " what, false},         \
        {view "_share", GSC_CELL_REAL, false, "share of its power that they have",   \
         false},                                                                     \
        {view "_gini", GSC_CELL_REAL, false,                                         \
         "Gini coefficient of its Fourier components: near 1, few have all", false}, \
    {                                                                                \
        view "_ipr", GSC_CELL_REAL, false,                                           \
            "mean inverse participation ratio of its columns; 1: one frequency in "  \
            "each",                                                                  \
            false                                                                    \
    }

static const gsc_column checkpoint_columns[] = {
    {"order", GSC_CELL_TEXT, true,
     "order of the residues in which frequencies are counted", false},
    {"key_rule", GSC_CELL_TEXT, false, "rule by which frequencies are key", false},
    VIEW_COLUMNS("embedding", "the embedding"),
    VIEW_COLUMNS("unembedding", "the unembedding"),
    VIEW_COLUMNS("neuron_logit", "the neuron-logit map"),
    {"phase_misalignment", GSC_CELL_REAL, false,
     "mean over neurons of |sin| of the phase that each writes less those that it "
     "reads: 0 in phase, 2/pi at random",
     false},
    {"frequency_concentration", GSC_CELL_REAL, false,
     "how far all neurons read the same frequency: 0 evenly many each, 1 all one",
     false},
    GSC_RANK_COLUMNS,
};

static int
add_view(const gsc_loaded_model *loaded, gsc_view view, gsc_residue_order order,
         const bool *keys, gsc_rows *rows)
{
    int status = 0;
    gsc_matrix matrix = {0};
    gsc_spectrum s = {.power = NULL};
    double share = (double)NAN, gini = (double)NAN, ipr = (double)NAN;
    if (gsc_loaded_model_heads(loaded, view) > 0) {
        GSC_TRY(gsc_loaded_model_view(loaded, view, order, &matrix));
        GSC_TRY(gsc_spectra_spectrum(&matrix, keys, &s));
        GSC_TRY(gsc_spectrum_summary_gini(&matrix, &gini));
        GSC_TRY(gsc_spectra_ipr(&matrix, &ipr));
        share = gsc_spectrum_share(&s);
    }
    GSC_TRY(gsc_spectra_add_keys(rows, &s));
    GSC_TRY(gsc_rows_real(rows, share));
    GSC_TRY(gsc_rows_real(rows, gini));
    GSC_TRY(gsc_rows_real(rows, ipr));
out:
    gsc_matrix_free(&matrix);
    gsc_spectrum_free(&s);
    return status;
}

static int
add_phases(const gsc_loaded_model *loaded, gsc_residue_order order, gsc_rows *rows)
{
    int status = 0;
    size_t count, p = loaded->pairs.n - (order == GSC_RESIDUE_ORDER_LOGARITHM);
    gsc_neuron_phase *phases = NULL;
    GSC_TRY(gsc_spectra_phases(loaded, order, &phases, &count));
    GSC_TRY(gsc_rows_real(rows, gsc_neuron_phase_mean(phases, count)));
    GSC_TRY(gsc_rows_real(rows, gsc_neuron_phase_concentration(phases, count, p)));
out:
    free(phases);
    return status;
}

static int
fill_checkpoint(const gsc_measure_request *request, gsc_rows *rows)
{
    static const gsc_view views[] = {GSC_VIEW_EMBEDDING, GSC_VIEW_UNEMBEDDING,
                                     GSC_VIEW_NEURON_LOGIT};
    int status = 0;
    bool *keys = NULL;
    gsc_residue_order order = gsc_spectra_order(request->loaded, request->options);
    GSC_TRY(
        gsc_spectra_keys(request->loaded, request->options, request->threads, &keys));
    GSC_TRY(gsc_rows_text(rows, gsc_spectra_order_name(order)));
    GSC_TRY(
        gsc_rows_text(rows, gsc_spectra_rule_name(request->loaded, request->options)));
    for (size_t i = 0; i < sizeof views / sizeof *views; i++)
        GSC_TRY(add_view(request->loaded, views[i], order, keys, rows));
    GSC_TRY(add_phases(request->loaded, order, rows));
    GSC_TRY(gsc_rank_add(request->loaded, rows));
out:
    free(keys);
    return status;
}

/* ---- One row for each frequency of each view ---- */

static const gsc_column frequency_columns[] = {
    {"tensor", GSC_CELL_TEXT, true, "view of the weights that the spectrum is of",
     false},
    {"head", GSC_CELL_INTEGER, true, "head of attention; -1: of no head", false},
    {"order", GSC_CELL_TEXT, true,
     "order of the residues in which frequencies are counted", false},
    {"frequency", GSC_CELL_INTEGER, true, "0 … p/2", false},
    {"power", GSC_CELL_REAL, false, "squared norm of its cosine and sine", false},
    {"fraction", GSC_CELL_REAL, false, "share of the power, without that of the mean",
     false},
    {"key", GSC_CELL_BOOL, false, "whether it is a key frequency, by --key-rule",
     false},
};

static int
add_frequencies(gsc_rows *rows, const gsc_spectrum *s, const gsc_spectra_matrix *of,
                const char *order)
{
    int status = 0;
    for (size_t k = 0; k < s->count; k++) {
        GSC_TRY(gsc_rows_text(rows, gsc_view_names[of->view]));
        GSC_TRY(gsc_rows_integer(rows, of->head));
        GSC_TRY(gsc_rows_text(rows, order));
        GSC_TRY(gsc_rows_integer(rows, (int64_t)k));
        GSC_TRY(gsc_rows_real(rows, s->power[k]));
        GSC_TRY(gsc_rows_real(rows, s->fraction[k]));
        GSC_TRY(gsc_rows_bool(rows, s->key[k]));
    }
out:
    return status;
}

static int
fill_frequencies(const gsc_measure_request *request, gsc_rows *rows)
{
    int status = 0;
    bool *keys = NULL;
    gsc_spectra_views views = {0};
    gsc_spectrum s = {.power = NULL};
    gsc_residue_order order = gsc_spectra_order(request->loaded, request->options);
    GSC_TRY(
        gsc_spectra_keys(request->loaded, request->options, request->threads, &keys));
    GSC_TRY(gsc_spectra_views_init(&views, request->loaded, order));
    for (size_t i = 0; i < views.count; i++) {
        GSC_TRY(gsc_spectra_spectrum(&views.items[i].matrix, keys, &s));
        GSC_TRY(
            add_frequencies(rows, &s, &views.items[i], gsc_spectra_order_name(order)));
        gsc_spectrum_free(&s);
    }
out:
    free(keys);
    gsc_spectra_views_free(&views);
    gsc_spectrum_free(&s);
    return status;
}

const gsc_measure gsc_measure_fourier = {
    .name = "fourier",
    .purpose = "which frequencies embedding, unembedding and neurons are made of",
    .examples = "  grokscope-fourier checkpoints/demo --format text\n"
                "      draw the spectra of a run's last step\n"
                "  grokscope-fourier checkpoints/demo --step all\n"
                "      how key frequencies came: one row for each step\n"
                "  grokscope-fourier checkpoints/demo --long --control random\n"
                "      the power of every frequency, and that of random weights\n"
                "  grokscope-fourier checkpoints/demo --long=tensor --step first\n"
                "      did the final frequencies begin ahead of the others?\n"
                "  grokscope-fourier checkpoints/demo --long=neuron\n"
                "      which frequency each neuron has over all pairs\n",
    .needs = GSC_NEEDS_BINARY_TABLE,
    .of_frequencies = true,
    .least_residues = 2,
    .options = &option_set,
    .num_tables = 5,
    .tables = {GSC_TABLE("checkpoint", checkpoint_columns, fill_checkpoint,
                         gsc_rank_conclude),
               GSC_TABLE("frequency", frequency_columns, fill_frequencies, NULL),
               GSC_TABLE("tensor", gsc_spectra_tensor_columns, gsc_spectra_fill_tensors,
                         NULL),
               GSC_TABLE("neuron", gsc_spectra_neuron_columns, gsc_spectra_fill_neurons,
                         NULL),
               GSC_TABLE("pair", gsc_spectra_pair_columns, gsc_spectra_fill_pairs,
                         NULL)},
    .prepare = gsc_spectra_prepare,
    .release = gsc_spectra_release,
};
