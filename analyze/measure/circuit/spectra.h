/* What the tables of the measure "fourier" share; each has a file of its own. */
#ifndef GSC_MEASURE_SPECTRA_H
#define GSC_MEASURE_SPECTRA_H

#include "grokscope/measure.h"

#include "analyze/method/circuit/neuron_phase.h"
#include "analyze/network/pairs/key_rule.h"
#include "analyze/network/pairs/spectrum.h"

/* The order that the option `order` asks for, and its name. */
gsc_residue_order gsc_spectra_order(const gsc_loaded_model *loaded,
                                    const void *options);
const char *gsc_spectra_order_name(gsc_residue_order order);

/* The keys of the whole network by the rule that the option key_rule asks for; none are
 * known (NULL, which is no failure) where each matrix has its own. The caller frees
 * them. */
int gsc_spectra_keys(const gsc_loaded_model *loaded, const void *options,
                     gsc_threads *threads, bool **keys);

/* The rule that these keys are by. */
const char *gsc_spectra_rule_name(const gsc_loaded_model *loaded, const void *options);

/* The spectrum of a matrix with the network's keys, or those of its own. */
int gsc_spectra_spectrum(const gsc_matrix *matrix, const bool *keys,
                         gsc_spectrum *spectrum);

/* Add a cell with the key frequencies: "15 26 29". */
int gsc_spectra_add_keys(gsc_rows *rows, const gsc_spectrum *spectrum);

/* The mean inverse participation ratio of the columns. */
int gsc_spectra_ipr(const gsc_matrix *matrix, double *ipr);

/* That of what each of n neurons reads or writes, by a view; NaN where there is no view
 * with one column for each. */
int gsc_spectra_neuron_ipr(const gsc_loaded_model *loaded, gsc_view view,
                           gsc_residue_order order, size_t n, double *ipr);

/* Every matrix that a loaded model shows: a view, or a head of it (else -1). */
typedef struct gsc_spectra_matrix {
    gsc_view view;
    int64_t head;
    gsc_matrix matrix;
} gsc_spectra_matrix;

typedef struct gsc_spectra_views {
    size_t count;
    gsc_spectra_matrix *items; /* their numbers are parts of: */
    gsc_matrix stacks[GSC_NUM_VIEWS];
} gsc_spectra_views;

int gsc_spectra_views_init(gsc_spectra_views *views, const gsc_loaded_model *loaded,
                           gsc_residue_order order);
void gsc_spectra_views_free(gsc_spectra_views *views);

/* The table with one row for each tensor; what it knows of a run are the keys of the
 * last step.
 */
extern const gsc_column gsc_spectra_tensor_columns[13];
int gsc_spectra_fill_tensors(const gsc_measure_request *request, gsc_rows *rows);
int gsc_spectra_prepare(size_t table, const void *options, gsc_run_context *run_context,
                        void **state);
void gsc_spectra_release(void *state);

/* The phases of the neurons of the last layer, by weights alone: each reads of an
 * operand what it reads directly, where the answer stands at an operand, and what it
 * reads through all heads,
 *
 *     W_E W_in + sum_h W_E W_V W_O W_in,
 *
 * as if each head attended to it fully, and writes W_out W_U. *count is 0 where that is
 * not so: without neurons, in networks of several layers, or of several hidden ones.
 * Misalignments are NaN where the operation is no sum or difference over the order. The
 * caller frees *phases. */
int gsc_spectra_phases(const gsc_loaded_model *loaded, gsc_residue_order order,
                       gsc_neuron_phase **phases, size_t *count);

/* The table with one row for each neuron. */
extern const gsc_column gsc_spectra_neuron_columns[15];
int gsc_spectra_fill_neurons(const gsc_measure_request *request, gsc_rows *rows);

/* The table with one row for each pair of frequencies. */
extern const gsc_column gsc_spectra_pair_columns[7];
int gsc_spectra_fill_pairs(const gsc_measure_request *request, gsc_rows *rows);

#endif
