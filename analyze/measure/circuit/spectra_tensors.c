/* The table of the measure "fourier" with one row for each tensor: each spectrum in few
 * numbers, and where the frequencies that the run ends with stand in it. */
#include "grokscope/error.h"
#include "grokscope/key_frequency.h"
#include "grokscope/memory.h"

#include "analyze/measure/circuit/spectra.h"
#include "analyze/method/circuit/spectrum_summary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- The keys of the run's last step, a spectrum each of its tensors ---- */

typedef struct ending {
    size_t count;
    gsc_spectrum *spectra;
} ending;

void
gsc_spectra_release(void *state)
{
    ending *e = state;
    for (size_t i = 0; e && i < e->count; i++)
        gsc_spectrum_free(&e->spectra[i]);
    if (e)
        free(e->spectra);
    free(e);
}

static int
find_keys(ending *e, const gsc_loaded_model *loaded, const void *options)
{
    int status = 0;
    bool *keys = NULL;
    gsc_spectra_views views = {0};
    GSC_TRY(gsc_spectra_keys(loaded, options, NULL, &keys));
    GSC_TRY(gsc_spectra_views_init(&views, loaded, gsc_spectra_order(loaded, options)));
    GSC_NEW(e->spectra, views.count);
    for (; e->count < views.count; e->count++)
        GSC_TRY(gsc_spectra_spectrum(&views.items[e->count].matrix, keys,
                                     &e->spectra[e->count]));
out:
    free(keys);
    gsc_spectra_views_free(&views);
    return status;
}

int
gsc_spectra_prepare(size_t table, const void *options, gsc_run_context *run_context,
                    void **state)
{
    int status = 0;
    gsc_lazy_checkpoint *last = &run_context->last;
    ending *e = NULL;
    if (gsc_measure_fourier.tables[table].fill != gsc_spectra_fill_tensors ||
        !last->name)
        return 0; /* no other table asks for the last step */
    GSC_NEW(e, 1);
    GSC_TRY(gsc_lazy_checkpoint_open(last));
    status = gsc_loaded_model_need_model(last->loaded);
    if (status == 0)
        status = find_keys(e, last->loaded, options);
    if (status < 0)
        GSC_TRY(gsc_fail_in(status, last->name));
    *state = e;
    e = NULL;
out:
    gsc_spectra_release(e);
    return status;
}

/* ---- One row for each tensor ---- */

const gsc_column gsc_spectra_tensor_columns[] = {
    {"tensor", GSC_CELL_TEXT, true, "view of the weights that the spectrum is of",
     false},
    {"head", GSC_CELL_INTEGER, true, "head of attention; -1: of no head", false},
    {"order", GSC_CELL_TEXT, true,
     "order of the residues in which frequencies are counted", false},
    {"keys", GSC_CELL_TEXT, false, "key frequencies", false},
    {"share", GSC_CELL_REAL, false, "share of the power that the key frequencies have",
     false},
    {"gini", GSC_CELL_REAL, false,
     "Gini coefficient of the Fourier components: near 1, few have all", false},
    {"ipr", GSC_CELL_REAL, false,
     "mean inverse participation ratio of the columns; 1: one frequency in each",
     false},
    {"ffd", GSC_CELL_REAL, false,
     "Fourier frequency density: share of components above half of the largest", false},
    {"fcr", GSC_CELL_REAL, false,
     "Fourier coefficient ratio of cosines and sines: low where one of them has all",
     false},
    {"num_final", GSC_CELL_INTEGER, false,
     "number of key frequencies of the last step of the run", true},
    {"final_rank", GSC_CELL_REAL, false,
     "their mean rank here; the frequency with most power has rank 1", false},
    {"final_rank_expected", GSC_CELL_REAL, false,
     "mean rank of as many frequencies drawn at random", true},
    {"final_rank_p", GSC_CELL_REAL, false,
     "probability that such a draw ranks as high or higher", false},
};

/* Where the final keys stand; nan where there is none. */
static int
add_ranks(gsc_rows *rows, const gsc_spectrum *here, const gsc_spectrum *final)
{
    int status = 0;
    size_t num_keys = 0;
    const double none = (double)NAN;
    gsc_key_ranks r = {.mean = none, .expected = none, .p_value = none};
    for (size_t k = 0; final && k < final->count; k++)
        num_keys += final->key[k];
    if (num_keys > 0)
        GSC_TRY(gsc_key_frequency_ranks(here->power, final->key, here->count, &r));
    GSC_TRY(gsc_rows_integer(rows, (int64_t)num_keys));
    GSC_TRY(gsc_rows_real(rows, r.mean));
    GSC_TRY(gsc_rows_real(rows, r.expected));
    GSC_TRY(gsc_rows_real(rows, r.p_value));
out:
    return status;
}

static int
add_summary(gsc_rows *rows, const gsc_matrix *matrix, const gsc_spectrum *s)
{
    int status = 0;
    double gini, ipr, ffd, fcr;
    GSC_TRY(gsc_spectrum_summary_gini(matrix, &gini));
    GSC_TRY(gsc_spectra_ipr(matrix, &ipr));
    GSC_TRY(gsc_spectrum_summary_furuta(matrix, GSC_FFD_ETA, &ffd, &fcr));
    GSC_TRY(gsc_spectra_add_keys(rows, s));
    GSC_TRY(gsc_rows_real(rows, gsc_spectrum_share(s)));
    GSC_TRY(gsc_rows_real(rows, gini));
    GSC_TRY(gsc_rows_real(rows, ipr));
    GSC_TRY(gsc_rows_real(rows, ffd));
    GSC_TRY(gsc_rows_real(rows, fcr));
out:
    return status;
}

/* The last step's spectrum of the same tensor, which there is: a run is of one network.
 */
static const gsc_spectrum *
final_of(const ending *e, size_t index, const gsc_spectrum *here)
{
    bool same = e && index < e->count && e->spectra[index].count == here->count;
    return same ? &e->spectra[index] : NULL;
}

int
gsc_spectra_fill_tensors(const gsc_measure_request *request, gsc_rows *rows)
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
        const gsc_spectra_matrix *m = &views.items[i];
        GSC_TRY(gsc_spectra_spectrum(&m->matrix, keys, &s));
        GSC_TRY(gsc_rows_text(rows, gsc_view_names[m->view]));
        GSC_TRY(gsc_rows_integer(rows, m->head));
        GSC_TRY(gsc_rows_text(rows, gsc_spectra_order_name(order)));
        GSC_TRY(add_summary(rows, &m->matrix, &s));
        GSC_TRY(add_ranks(rows, &s, final_of(request->state, i, &s)));
        gsc_spectrum_free(&s);
    }
out:
    free(keys);
    gsc_spectra_views_free(&views);
    gsc_spectrum_free(&s);
    return status;
}
