/* What the tables of the measure "compare" share. */
#ifndef GSC_MEASURE_COMPARISON_H
#define GSC_MEASURE_COMPARISON_H

#include "grokscope/text.h"

#include "analyze/compare/barrier.h"
#include "analyze/compare/compare.h"
#include "analyze/compare/compared_features.h"
#include "analyze/compare/matching.h"
#include "analyze/method/difference.h"

extern const gsc_measure_options gsc_compare_option_set;

/* Open the first of the two for all runs, close it after the last. */
int gsc_compare_prepare(size_t table, const void *options, gsc_run_context *run_context,
                        void **state);
void gsc_compare_release(void *state);

static inline gsc_tolerance
gsc_compare_tolerance(const gsc_compare_options *options)
{
    return (gsc_tolerance){options->rtol, options->atol};
}

/* Two checkpoints side by side. What cannot be said of them is not there; `why` tells
 * of it, reason after reason. */
typedef struct gsc_comparison {
    const gsc_compare_options *options;
    const gsc_compared_features *a;
    const char *run_a;
    gsc_compared_features b;
    gsc_threads *threads;
    gsc_text why;
    bool same_shapes, joined, matched;
    gsc_agreement agreement; /* where joined */
    gsc_matching matching;   /* where matched */
    double *permuted;        /* b's weights, its neurons in a's order, or NULL */
} gsc_comparison;

/* Compare the requested checkpoint with the chosen one, as a table needs it; errors
 * other than GSC_EARGUMENT and GSC_ENUMERIC. */
int gsc_comparison_init(gsc_comparison *self, const gsc_measure_request *request,
                        size_t table);
void gsc_comparison_free(gsc_comparison *self);

/* Append "what: reason" to `why`, once. GSC_EMEMORY. */
int gsc_comparison_note(gsc_comparison *self, const char *what, const char *reason);

/* Whether both have a feature; else notes why. Facets of other sizes are no matter. */
int gsc_comparison_both(gsc_comparison *self, gsc_feature feature, bool *have);

/* Losses along the line to b's weights, and to b's permuted ones. */
typedef struct gsc_lines {
    size_t num_points;              /* 0: there are none */
    double *loss, *test_loss;       /* [num_points] */
    double *matched, *test_matched; /* NaN without a matching */
} gsc_lines;

int gsc_comparison_lines(gsc_comparison *self, gsc_lines *lines);
void gsc_comparison_free_lines(gsc_lines *lines);

/* GSC_EARGUMENT with all of `why`: for a table that is nothing without it. */
int gsc_comparison_refuse(const gsc_comparison *self, const char *what);

/* The cells that begin every row: run_a, step_a. */
#define GSC_COMPARE_IDENTIFIERS                                                   \
    {"run_a", GSC_CELL_TEXT, true, "folder of the first, or a lone file", false}, \
    {                                                                             \
        "step_a", GSC_CELL_INTEGER, true, "its step", false                       \
    }
int gsc_comparison_add_identifiers(const gsc_comparison *self, gsc_rows *rows);

/* ---- Longer tables ---- */

enum {
    GSC_COMPARE_FREQUENCY_COLUMNS = 16,
    GSC_COMPARE_TENSOR_COLUMNS = 14,
    GSC_COMPARE_BARRIER_COLUMNS = 7,
    GSC_COMPARE_NEURON_COLUMNS = 9
};
extern const gsc_column gsc_compare_frequency_columns[GSC_COMPARE_FREQUENCY_COLUMNS],
    gsc_compare_tensor_columns[GSC_COMPARE_TENSOR_COLUMNS],
    gsc_compare_barrier_columns[GSC_COMPARE_BARRIER_COLUMNS],
    gsc_compare_neuron_columns[GSC_COMPARE_NEURON_COLUMNS];
int gsc_compare_fill_frequencies(const gsc_measure_request *request, gsc_rows *rows);
int gsc_compare_fill_tensors(const gsc_measure_request *request, gsc_rows *rows);
int gsc_compare_fill_barrier(const gsc_measure_request *request, gsc_rows *rows);
int gsc_compare_fill_neurons(const gsc_measure_request *request, gsc_rows *rows);

#endif
